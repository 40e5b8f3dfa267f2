/* Finds the subcommand in a table and runs it. */
#include "cmd/command.h"
#include "json/cjson_arena.h"

#include <string.h>

static const struct command commands[] = {
    {"serve", command_serve, "answer the API server: the webhook itself"},
    {"mutate", command_mutate, "show how pods, workloads and recorded reviews are rewritten"},
    {"explain", command_explain, "explain which rule of which file decided what, and why"},
    {"lint", command_lint, "cross-check policies and cluster manifests"},
    {"test", command_test, "run the SliceTest cases of the policies"},
    {"classes", command_classes, "list the slice classes of the policies"},
    {"render", command_render, "generate the node side: Karpenter, device plugin, MIG, GPU Operator"},
    {"gpu", command_gpu, "print the built-in table of GPUs and their MIG profiles"},
    {"migrate", command_migrate, "convert manifests of older Karpenter versions and guides to current ones"},
    {"certs", command_certs, "issue, show and rotate the webhook's certificates"},
    {"version", command_version, "print the version, the commit and the libraries"},
};

static void print_help(FILE *out)
{
    (void)fputs("Usage: gpuslice COMMAND [OPTION...]\n\n"
                "A mutating admission webhook that puts pods on GPU slices: by a policy per namespace it writes\n"
                "the resource, node affinity and tolerations that time-sliced, MPS or MIG nodes need.\n\n",
                out);
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
        (void)fprintf(out, "  %-9s %s\n", commands[i].name, commands[i].summary);
    (void)fputs("\n`gpuslice COMMAND --help` explains a command, with an example.\n"
                "Exit status: 0 success; 1 denied, failed or findings; 2 usage or input error.\n",
                out);
}

/* Flushes stdout: if that fails, such as on a full disk, the command has not succeeded. Returns the exit status. */
static int flush_stdout(int status)
{
    if (status == EXIT_USAGE || (fflush(stdout) == 0 && !ferror(stdout)))
        return status;
    perror("gpuslice: standard output");
    return EXIT_USAGE;
}

int main(int argc, char **argv)
{
    cjson_arena_install();
    if (argc < 2) {
        print_help(stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
        print_help(stdout);
        return flush_stdout(EXIT_OK);
    }
    if (strcmp(argv[1], "--version") == 0)
        return flush_stdout(command_version(1, argv));

    int status = command_run(commands, ARRAY_SIZE(commands), "gpuslice", argc, argv);
    if (status >= 0)
        return flush_stdout(status);

    (void)fprintf(stderr, "gpuslice: unknown command \"%s\"; `gpuslice --help` lists them\n", argv[1]);
    return EXIT_USAGE;
}

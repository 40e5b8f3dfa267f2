/* gpuslice render: writes the node side of the policies to a folder or to standard output. */
#include "base/units.h"
#include "cmd/command.h"
#include "render/render.h"

#include <string.h>

enum { STREAM_MAX = 64 * MIB };

static const char doc[] =
    "Generate the node side of the policies: Karpenter's NodePools, NodeOverlays and EC2NodeClasses, the "
    "configuration of NVIDIA's device plugin and MIG manager, Helm values for the GPU Operator, and a "
    "kustomization. Without -d the objects are printed as one stream, without the Helm values. With -d, only files "
    "that gpuslice generated are replaced; generated files that are no longer rendered are listed, not "
    "removed.\vExamples:\n"
    "  gpuslice render --cluster prod -d nodes && kubectl apply -k nodes\n"
    "  gpuslice render --cluster prod --pool t4-thirds | kubectl diff -f -\n"
    "Exit status: 0 success; 1 pools contradict each other, or DIR contains files that gpuslice did not generate or "
    "no longer renders; "
    "2 usage or input error.\n";

struct options {
    struct policies_options policies;
    struct render_options render;
    const char *directory;
    const char *namespaces;
    bool all;
};

static void store_guard(const struct command_option *option, char *word, void *member, struct argp_state *state)
{
    if (word && strcmp(word, "gpu-only") != 0)
        argp_error(state, "--%s \"%s\": must be gpu-only or have no value", option->name, word);
    *(enum render_guard *)member = word ? RENDER_GUARD_GPU_ONLY : RENDER_GUARD_FULL;
}

static void check_options(void *context, struct argp_state *state)
{
    const struct options *options = context;
    if (options->all && options->render.pools.count > 0)
        argp_error(state, "--all and --pool are mutually exclusive");
    if (options->render.pools.count > 0 && (options->render.quota || options->render.dra || options->render.guard))
        argp_error(state, "--quota, --dra and --guard apply to the whole cluster and cannot be combined with --pool");
    if (options->namespaces && !options->render.quota)
        argp_error(state, "--namespaces requires --quota");
}

static const char *const node_classes[] = {[RENDER_EC2] = "ec2", [RENDER_KWOK] = "kwok", NULL};

static const struct command_option rows[] = {
    {"directory", 'd', "DIR", "write one file for each object into DIR", option_text,
     .offset = offsetof(struct options, directory)},
    {"pool", 0, "NAME", "only the NodePool, overlays and node class of this pool; may be repeated", option_list,
     .offset = offsetof(struct options, render.pools)},
    {"all", 0, NULL, "all pools and the cluster-wide objects (default)", option_flag,
     .offset = offsetof(struct options, all)},
    {"cluster", 0, "NAME",
     "name of the cluster, used to find the subnets, security groups and role of pools that do not name them "
     "(default: $CLUSTER_NAME)",
     option_text, .offset = offsetof(struct options, render.cluster)},
    {"node-class", 0, "ec2|kwok", "kwok: for tests with Karpenter's kwok provider (default: ec2)", option_choice,
     offsetof(struct options, render.node_class), OPTION_CHOICES(node_classes)},
    {"quota", 0, NULL, "also namespaces, ResourceQuotas, LimitRanges and Kueue flavors", option_flag,
     .offset = offsetof(struct options, render.quota)},
    {"namespaces", 'N', "FILE", "with --quota: render for the namespaces in FILE instead of examples", option_text,
     .offset = offsetof(struct options, namespaces)},
    {"dra", 0, NULL, "also DeviceClasses with extendedResourceName (Kubernetes 1.34)", option_flag,
     .offset = offsetof(struct options, render.dra)},
    {"guard", 0, "gpu-only",
     "also a ValidatingAdmissionPolicy. It refuses GPU pods that were not placed because the webhook was down. In "
     "namespaces whose policy guards visible devices it also refuses all other pods that the webhook has not seen, "
     "unless the value is gpu-only",
     store_guard, .offset = offsetof(struct options, render.guard), .flags = OPTION_ARG_OPTIONAL},
    {.table = &policies_table, .offset = offsetof(struct options, policies)},
};
static const struct option_table table = {NULL, doc, OPTION_ROWS(rows), check_options};

static void print_lines(const struct strlist *lines, FILE *stream, const char *before, const char *after)
{
    for (size_t i = 0; i < lines->count; i++)
        (void)fprintf(stream, "%s%s%s\n", before, lines->items[i], after);
}

static int print_stream(const struct render_files *files)
{
    struct err err;
    AUTO(buf) text;
    buf_init(&text, STREAM_MAX);
    if (render_files_stream(files, &text, &err) < 0 || command_print(&text, stdout, &err) < 0)
        return command_fail(&err);
    for (size_t i = 0; i < files->count; i++) {
        if (files->items[i].use == RENDER_OTHER && strcmp(files->items[i].name, "kustomization.yaml") != 0)
            (void)fprintf(stderr, "gpuslice: %s is not a Kubernetes object and is written only with -d\n",
                          files->items[i].name);
    }
    return EXIT_OK;
}

static int write_folder(const struct options *options, const struct render_files *files)
{
    struct err err;
    AUTO(render_folder) folder = {0};
    if (render_files_write(files, options->directory, options->render.pools.count == 0, &folder, &err) < 0)
        return command_fail(&err);
    print_lines(&folder.written, stdout, "wrote ", "");
    (void)printf("%zu written, %zu unchanged\n", folder.written.count, folder.unchanged);
    print_lines(&folder.foreign, stderr,
                "gpuslice: ", ": left unchanged, because gpuslice did not generate it; move it out of the folder");
    print_lines(&folder.stale, stderr,
                "gpuslice: ", ": is no longer rendered; remove it, or use the options that it was rendered with");
    return folder.foreign.count + folder.stale.count > 0 ? EXIT_FINDINGS : EXIT_OK;
}

static int render_and_output(struct options *options)
{
    AUTO(loaded) loaded = {0};
    AUTO(problems) problems = {0};
    AUTO(render_files) files = {0};
    AUTO(namespaces) namespaces = NULL;
    struct err err;

    if (command_load(&options->policies, &loaded) < 0 || command_load_namespaces(options->namespaces, &namespaces) < 0)
        return EXIT_USAGE;

    options->render.directory = options->policies.policies;
    options->render.namespaces = namespaces;
    if (render(loaded.set, &options->render, &files, &problems, &err) < 0) {
        int status = command_fail_problems(&problems, &err);
        return problems.count > 0 ? EXIT_FINDINGS : status; /* problems: pools contradict each other */
    }

    print_lines(&files.notes, stderr, "gpuslice: ", "");
    return options->directory ? write_folder(options, &files) : print_stream(&files);
}

int command_render(int argc, char **argv)
{
    const char *cluster = getenv("CLUSTER_NAME");
    struct options options = {.render = {.cluster = cluster && *cluster ? cluster : NULL}};
    options_parse(&table, argc, argv, &options);
    int status = render_and_output(&options);
    strlist_fini(&options.render.pools);
    return status;
}

/* Functions that several subcommands use. */
#include "cmd/command.h"

#include "base/units.h"
#include "json/unconst.h"

#include <string.h>
#include <unistd.h>

enum { PROBLEMS_TEXT_MAX = MIB };

int command_run(const struct command *commands, size_t count, const char *parent, int argc, char **argv)
{
    for (size_t i = 0; argc > 1 && i < count; i++) {
        char name[32];
        if (strcmp(argv[1], commands[i].name) != 0)
            continue;
        (void)snprintf(name, sizeof(name), "%s %s", parent, commands[i].name);
        argv[1] = name;
        return commands[i].run(argc - 1, argv + 1);
    }
    return -1;
}

/* Sets ret_path to "PREFIX/share/gpuslice/policies" for the program PREFIX/bin/gpuslice, or to "" if /proc does not
 * give the program's path or the result is too long. A path relative to the program is right for every PREFIX and
 * DESTDIR, and keeps both out of the binary. */
static void find_installed(char ret_path[PATH_MAX])
{
    static const char below[] = "/share/gpuslice/policies";
    ssize_t length = readlink("/proc/self/exe", ret_path, PATH_MAX - 1);
    ret_path[length > 0 ? length : 0] = '\0';
    for (int i = 0; i < 2; i++) {
        char *slash = strrchr(ret_path, '/');
        if (slash)
            *slash = '\0';
    }
    size_t used = strlen(ret_path);
    if (length > 0 && used + sizeof(below) <= PATH_MAX)
        memcpy(ret_path + used, below, sizeof(below));
    else
        *ret_path = '\0';
}

static void find_policies(void *context, struct argp_state *state)
{
    (void)state;
    struct policies_options *options = context;
    const char *environment = getenv("GPUSLICE_POLICIES");
    if (options->policies)
        return;

    find_installed(options->installed);
    if (environment && *environment)
        options->policies = environment;
    else if (access("policies", F_OK) == 0)
        options->policies = "policies";
    else if (access(options->installed, F_OK) == 0)
        options->policies = options->installed;
}

static const struct command_option policies_rows[] = {
    {"policies", 'p', "DIR",
     "the folder of policy files, read recursively (default: $GPUSLICE_POLICIES, else ./policies, else the installed "
     "ones)",
     option_text, .offset = offsetof(struct policies_options, policies)},
};
const struct option_table policies_table = {OPTION_ROWS(policies_rows), .check = find_policies};

int policies_options_fail(const struct policies_options *options)
{
    (void)fprintf(stderr,
                  "gpuslice: no policies found: neither ./policies nor %s exists; "
                  "name their folder with -p DIR or in $GPUSLICE_POLICIES\n",
                  *options->installed ? options->installed : "an installed folder");
    return EXIT_USAGE;
}

int command_fail(const struct err *err)
{
    (void)fprintf(stderr, "gpuslice: %s\n", err->text);
    return err_exit_status(err->code);
}

bool command_print_problems(struct problems *problems)
{
    AUTO(buf) text;
    buf_init(&text, PROBLEMS_TEXT_MAX);
    problems_sort(problems);
    problems_print(problems, &text);
    (void)fputs(buf_text(&text), stderr);
    return problems->count > 0 || problems->out_of_memory;
}

int command_print(struct buf *text, FILE *stream, struct err *err)
{
    if (buf_check(text, err) < 0)
        return -1;
    if (fwrite(buf_text(text), 1, text->length, stream) != text->length || fflush(stream) != 0)
        return err_errno(err, stream == stdout ? "standard output" : "standard error");
    buf_reset(text);
    return 0;
}

int command_print_json(const json_t *document, struct err *err)
{
    AUTO(string) text = document ? json_dumps(document, JSON_INDENT(2)) : NULL;
    if (!text)
        return err_nomem(err);
    (void)puts(text);
    return 0;
}

int command_fail_problems(struct problems *problems, const struct err *err)
{
    (void)command_print_problems(problems);
    if (problems->count == 1 && err->code == ERR_INVALID)
        return err_exit_status(err->code); /* the error would only repeat the problem */
    return command_fail(err);
}

static void print_warnings(const struct policy_set *set)
{
    for (size_t i = 0; set && i < set->warnings.count; i++) {
        const struct problem *warning = &set->warnings.items[i];
        (void)fprintf(stderr, "%s:%u:%u: warning: %s\n", warning->file, warning->line, warning->column, warning->text);
    }
}

int command_load(const struct policies_options *options, struct loaded *ret_loaded)
{
    AUTO(loaded) loaded = {0};
    AUTO(problems) problems = {0};
    struct err err;

    if (options && !options->policies) {
        (void)policies_options_fail(options);
        return -1;
    }
    if (gpu_table_load(&loaded.gpus, &err) < 0 ||
        (options && policy_set_load(options->policies, loaded.gpus, &loaded.set, &problems, &err) < 0)) {
        (void)command_fail_problems(&problems, &err);
        return -1;
    }

    print_warnings(loaded.set);
    *ret_loaded = TAKE(loaded);
    return 0;
}

int command_load_namespaces(const char *path, struct namespaces **ret_namespaces)
{
    AUTO(problems) problems = {0};
    struct err err;
    *ret_namespaces = NULL;
    if (!path || namespaces_load(path, ret_namespaces, &problems, &err) == 0)
        return 0;
    (void)command_fail_problems(&problems, &err);
    return -1;
}

void command_note_assumed_namespaces(void)
{
    (void)fputs("gpuslice: no --namespaces: every namespace counts as labelled gpuslice.dev/inject=enabled and as "
                "nothing else\n",
                stderr);
}

void loaded_fini(struct loaded *loaded)
{
    policy_set_unref(loaded->set);
    gpu_table_free(loaded->gpus);
    *loaded = (struct loaded){0};
}

bool command_colour(void)
{
    const char *no_color = getenv("NO_COLOR");
    const char *term = getenv("TERM");
    return isatty(STDOUT_FILENO) && !(no_color && *no_color) && term && strcmp(term, "dumb") != 0;
}

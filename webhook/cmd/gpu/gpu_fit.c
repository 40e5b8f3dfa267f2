/* gpuslice gpu fit: finds whether a mix of MIG profiles fits one GPU, and how many GPUs it needs. */
#include "cmd/gpu/gpu.h"

#include "base/units.h"
#include "policy/names.h"

#include <string.h>

enum { TEXT_MAX = 4 * MIB, LIST_MAX = 1024 };

static const char doc[] =
    "Find whether a mix of MIG profiles fits one GPU, by trying every placement. If it fits, prints a drawing of the "
    "GPU's memory units, and what else would fit. If it does not fit, prints why, the nearest mix that fits, the "
    "least number of GPUs with the partitioning of each, and the best layout for one pool, whose GPUs are all "
    "partitioned alike. --pool draws the layout of a pool of the policies.\vExamples:\n"
    "  gpuslice gpu fit --gpu h100-80gb 1g.10gb=3 3g.40gb=1\n"
    "  gpuslice gpu fit --gpu a100-40gb -o json 2g.10gb=20 1g.5gb=9\n"
    "  gpuslice gpu fit --pool h100-balanced --policies policies\n"
    "\n"
    "Exit status: 0 the mix fits one GPU; 1 it does not; 2 usage or input error. The least number of GPUs is exact; "
    "if it cannot be found within a fixed number of steps, a lower and an upper bound are printed. A mix can have at "
    "most 10000 slices.";

struct fit_options {
    struct policies_options policies;
    const char *gpu, *pool;
    struct argument_list mix; /* PROFILE=COUNT */
    unsigned output;
};

static void check_options(void *context, struct argp_state *state)
{
    const struct fit_options *options = context;
    if (options->gpu && options->pool)
        argp_error(state, "--gpu and --pool are mutually exclusive");
    if (options->pool && options->mix.count > 0)
        argp_error(state, "--pool has a layout of its own; PROFILE=COUNT goes with --gpu");
    if (!options->pool && (!options->gpu || options->mix.count == 0))
        argp_error(state, "expected --gpu MODEL PROFILE=COUNT..., or --pool NAME");
}

static const struct command_option rows[] = {
    {"gpu", 'g', "MODEL", "the ID of a GPU, as `gpuslice gpu list` prints it", option_text,
     .offset = offsetof(struct fit_options, gpu)},
    {"pool", 'P', "NAME", "draw the layout of this SlicePool; instead of --gpu and PROFILE=COUNT", option_text,
     .offset = offsetof(struct fit_options, pool)},
    {"output", 'o', "FORM", "text (default) or json", option_choice, offsetof(struct fit_options, output),
     OPTION_CHOICES(option_outputs)},
    {.store = option_arguments, .offset = offsetof(struct fit_options, mix)},
    {.table = &policies_table, .offset = offsetof(struct fit_options, policies)},
};
static const struct option_table table = {"--gpu MODEL PROFILE=COUNT...\n--pool NAME", doc, OPTION_ROWS(rows),
                                          check_options};

static int unknown_profile(const struct gpu_model *model, const char *name, struct err *err)
{
    AUTO(buf) list;
    buf_init(&list, LIST_MAX);
    names_list(NAMES(model->profiles, model->profile_count), name, &list);
    return err_set(err, ERR_INVALID, "\"%s\" is not a MIG profile of the %s, which has %s", name, model->id,
                   buf_text(&list));
}

/* Parses an entry such as "3g.40gb=2"; without "=2", the count is 1. */
static int read_entry(const struct gpu_model *model, const char *text, struct layout_entry *ret_entry, struct err *err)
{
    size_t length = strcspn(text, "=");
    AUTO(string) name = strndup(text, length);
    unsigned long count = 1;

    if (!name)
        return err_nomem(err);

    if (text[length] == '=') {
        const char *number = text + length + 1;
        char *end;
        count = strtoul(number, &end, 10);
        if (*number < '0' || *number > '9' || *end || count < 1 || count > DEMAND_INSTANCES_MAX)
            return err_set(err, ERR_INVALID, "%s: the count must be a whole number from 1 to %d, as in %s=2", text,
                           DEMAND_INSTANCES_MAX, name);
    }

    const struct mig_profile *profile = gpu_profile(model, name);
    if (!profile)
        return unknown_profile(model, name, err);

    *ret_entry = (struct layout_entry){profile, (unsigned)count};
    return 0;
}

/* Adds an entry to the demand; if its profile is in the demand already, adds its count there. */
static void add_entry(struct layout *demand, const struct layout_entry *entry)
{
    for (size_t i = 0; i < demand->count; i++) {
        if (demand->entries[i].profile == entry->profile) {
            demand->entries[i].count += entry->count;
            return;
        }
    }
    if (demand->count < LAYOUT_ENTRIES_MAX) /* always: a test checks that no GPU has more profiles */
        demand->entries[demand->count++] = *entry;
}

static int read_mix(const struct fit_options *options, const struct gpu_table *gpus, struct gpu_answer *answer,
                    struct err *err)
{
    answer->model = gpu_find(gpus, options->gpu);
    if (!answer->model)
        return gpu_unknown(gpus, options->gpu, err);
    if (answer->model->profile_count == 0)
        return err_set(err, ERR_INVALID, "the %s has no MIG: it has no profiles to fit", answer->model->id);
    for (size_t i = 0; i < options->mix.count; i++) {
        struct layout_entry entry;
        if (read_entry(answer->model, options->mix.items[i], &entry, err) < 0)
            return -1;
        add_entry(&answer->demand, &entry);
    }
    return 0;
}

static int read_pool(const char *name, const struct policy_set *set, struct gpu_answer *answer, struct err *err)
{
    const struct pool *pool = names_find(NAMES(set->pools, set->pool_count), name);
    if (pool && pool->layout.count == 0)
        return err_set(err, ERR_INVALID, "pool %s (%s:%u) does not partition its GPUs by MIG: it has no layout",
                       pool->name, pool->mark.file, pool->mark.line);
    if (pool) {
        answer->pool = pool;
        answer->model = pool->gpu;
        answer->demand = pool->layout;
        return 0;
    }

    AUTO(buf) list;

    buf_init(&list, LIST_MAX);
    names_list(NAMES(set->pools, set->pool_count), name, &list);
    return err_set(err, ERR_NOT_FOUND, "the policies have no SlicePool \"%s\"; they have %s", name, buf_text(&list));
}

static int find_answer(struct gpu_answer *answer, struct err *err)
{
    answer->fits = layout_check(answer->model, &answer->demand, &answer->why) == 0;
    answer->nearest = layout_nearest(answer->model, &answer->demand);
    if (demand_plan(answer->model, &answer->demand, &answer->plan, err) < 0)
        return -1;
    return demand_repeat(answer->model, &answer->demand, &answer->repeated, err);
}

static int print_answer(struct gpu_answer *answer, bool json, struct err *err)
{
    AUTO(buf) out;
    buf_init(&out, TEXT_MAX);
    if (find_answer(answer, err) < 0)
        return -1;
    if (json)
        return gpu_answer_json(answer, err);

    gpu_answer_text(answer, gpu_brush_of_terminal(), &out);
    return command_print(&out, stdout, err);
}

static int answer_about(const struct fit_options *options, const struct loaded *loaded)
{
    struct err err;
    struct gpu_answer answer = {.model = NULL};
    int result = loaded->set ? read_pool(options->pool, loaded->set, &answer, &err)
                             : read_mix(options, loaded->gpus, &answer, &err);
    if (result == 0)
        result = print_answer(&answer, options->output == OUTPUT_JSON, &err);
    demand_plan_fini(&answer.plan);
    if (result < 0)
        return command_fail(&err);
    return answer.fits ? EXIT_OK : EXIT_FINDINGS;
}

int gpu_fit(int argc, char **argv)
{
    struct fit_options options = {0};
    AUTO(loaded) loaded = {0};
    options_parse(&table, argc, argv, &options);
    if (command_load(options.pool ? &options.policies : NULL, &loaded) < 0)
        return EXIT_USAGE;
    return answer_about(&options, &loaded);
}

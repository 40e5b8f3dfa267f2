/* gpuslice gpu list and show: print the built-in table of GPUs. `fit` and `probe` have files of their own. */
#include "cmd/gpu/gpu.h"

#include "base/units.h"
#include "core/quantity.h"
#include "gpu/resource.h"

#include <string.h>

static const char doc[] =
    "Print the built-in GPU table: `list` has a line per GPU; `show ID` prints everything about one GPU: its MIG "
    "profiles with the resource names that pods request, and the AWS instance types that have it. `fit` finds "
    "whether a mix of profiles fits a GPU, and how many GPUs it needs; `probe` compares the GPUs of this machine "
    "with the table. See `gpuslice gpu fit --help` and `gpuslice gpu probe --help`.\vExamples:\n"
    "  gpuslice gpu list\n"
    "  gpuslice gpu show h100-80gb\n"
    "  gpuslice gpu fit --gpu h100-80gb 1g.10gb=3 3g.40gb=1\n"
    "  gpuslice gpu probe\n";

static void check_arguments(void *context, struct argp_state *state)
{
    const struct argument_list *arguments = context;
    bool list = arguments->count == 1 && strcmp(arguments->items[0], "list") == 0;
    bool show = arguments->count == 2 && strcmp(arguments->items[0], "show") == 0;
    if (!list && !show)
        argp_error(state, "expected a subcommand: list, show, fit or probe");
}

static const struct command_option rows[] = {{.store = option_arguments, .maximum = 2}};
static const struct option_table table = {"list\nshow ID\nfit ...\nprobe", doc, OPTION_ROWS(rows), check_arguments};

enum { PRICE_WIDTH = 24 };

/* Writes what the instance costs an hour, and a GPU of it; - if that is not known, or the instance has no whole GPU. */
static void prices_text(const struct gpu_instance_type *type, char hour[PRICE_WIDTH], char gpu[PRICE_WIDTH])
{
    const bool known = type && type->microdollars > 0;
    (void)snprintf(hour, PRICE_WIDTH, known ? "%.4f" : "-", known ? (double)type->microdollars / 1e6 : 0);
    const bool whole = known && type->gpu_count > 0;
    (void)snprintf(gpu, PRICE_WIDTH, whole ? "%.4f" : "-",
                   whole ? (double)type->microdollars / 1e6 / type->gpu_count : 0);
}

static void print_price_source(const struct gpu_table *gpus)
{
    (void)printf("$/HOUR is of an instance and $/GPU of one of its GPUs, on demand in us-east-1 (table of %s). Spot "
                 "prices are not known.\n",
                 gpus->version);
}

static void print_list(const struct gpu_table *gpus)
{
    (void)printf("%-28s %-8s %-10s %-18s %-9s %-9s %s\n", "ID", "MEMORY", "CUT BY MIG", "INSTANCES", "$/HOUR", "$/GPU",
                 "GPU");
    for (size_t i = 0; i < gpus->model_count; i++) {
        const struct gpu_model *model = &gpus->models[i];
        char memory[QUANTITY_TEXT_SIZE];
        char mig[QUANTITY_TEXT_SIZE] = "no";
        (void)snprintf(memory, sizeof(memory), "%.0f GiB", (double)model->memory_bytes / GIB);
        if (model->profile_count > 0)
            (void)snprintf(mig, sizeof(mig), "into %u", model->max_instances);
        const struct gpu_instance_type *first = model->instance_type_count ? &model->instance_types[0] : NULL;
        char hour[PRICE_WIDTH];
        char gpu[PRICE_WIDTH];
        prices_text(first, hour, gpu);
        (void)printf("%-28s %-8s %-10s %-18s %-9s %-9s %s\n", model->id, memory, mig, first ? first->name : "-", hour,
                     gpu, model->product);
    }
    (void)printf("\nINSTANCES is the first of the GPU's instance types; `gpuslice gpu show ID` lists all. ");
    print_price_source(gpus);
}

static void print_profiles(const struct gpu_model *model)
{
    (void)printf("\n%-15s %-32s %-4s %-7s %-6s %-12s %s\n", "MIG PROFILE", "RESOURCE", "MAX", "COMPUTE", "MEMORY",
                 "SLICE MEMORY", "STARTS");
    for (size_t i = 0; i < model->profile_count; i++) {
        const struct mig_profile *profile = &model->profiles[i];
        char resource[GPU_RESOURCE_SIZE];
        char memory[QUANTITY_TEXT_SIZE];
        gpu_resource_name(profile->name, false, resource);
        (void)snprintf(memory, sizeof(memory), "%s%lld MiB", profile->memory_measured ? "" : "~",
                       (long long)(profile->memory_bytes >> 20));
        (void)printf("%-15s %-32s %-4u %-7u %-6u %-12s", profile->name, resource, profile->max_instances,
                     profile->compute_slices, profile->memory_units, memory);
        for (size_t j = 0; j < profile->start_count; j++)
            (void)printf("%s%u", j ? "," : " ", profile->starts[j]);
        (void)printf("\n");
    }

    (void)printf(
        "\nOne GPU has %u compute slices and %u memory units; an instance takes consecutive memory units from one "
        "of its profile's STARTS.\n"
        "Placements: %s. ~ marks memory that is taken from the profile's name, because no driver's figure is known.\n",
        model->compute_slices, model->memory_units, model->evidence);
}

/* Prints a number in a column of that width. A negative number means that no source states it, and is printed as -. */
static void print_number(int64_t number, int width)
{
    if (number < 0)
        (void)printf(" %-*s", width, "-");
    else
        (void)printf(" %-*lld", width, (long long)number);
}

static void print_instance(const struct gpu_instance_type *type)
{
    (void)printf("%-20s %-6s", type->name, type->arch);
    if (type->gpu_count > 0)
        print_number(type->gpu_count, 5);
    else
        (void)printf(" %-5s", "share");
    print_number(type->gpu_memory_mib, 12);
    print_number(type->cpus, 6);
    print_number(type->memory_mib < 0 ? -1 : type->memory_mib >> 10, 6);
    char hour[PRICE_WIDTH];
    char gpu[PRICE_WIDTH];
    prices_text(type, hour, gpu);
    (void)printf(" %-9s %s\n", hour, gpu);
}

static void print_instances(const struct gpu_table *gpus, const struct gpu_model *model)
{
    (void)printf("\n%-20s %-6s %-5s %-12s %-6s %-6s %-9s %s\n", "AWS INSTANCE TYPE", "ARCH", "GPUS", "LABEL MEMORY",
                 "VCPUS", "GIB", "$/HOUR", "$/GPU");
    for (size_t i = 0; i < model->instance_type_count + model->fraction_count; i++)
        print_instance(&model->instance_types[i]);
    (void)printf(
        "\nLABEL MEMORY is the label karpenter.k8s.aws/instance-gpu-memory, in MiB, which is not what the driver "
        "reports. ");
    print_price_source(gpus);
    if (model->fraction_count > 0)
        (void)printf(
            "A share is a part of one GPU. Karpenter counts no nvidia.com/gpu on these instances; a SlicePool uses them "
            "only if its instanceTypes name them.\n");
}

int gpu_unknown(const struct gpu_table *gpus, const char *id, struct err *err)
{
    const char *near = gpu_nearest_id(gpus, id);
    return err_set(err, ERR_NOT_FOUND, "the table has no GPU \"%s\"; %s%s%s`gpuslice gpu list` prints all", id,
                   near ? "did you mean \"" : "", near ? near : "", near ? "\"? " : "");
}

static int show(const struct gpu_table *gpus, const char *id)
{
    const struct gpu_model *model = gpu_find(gpus, id);
    struct err err;

    if (!model) {
        (void)gpu_unknown(gpus, id, &err);
        return command_fail(&err);
    }

    char memory[QUANTITY_TEXT_SIZE];

    quantity_bytes_text(model->memory_bytes, memory);
    (void)printf("%s: %s, %s, %s; time-slicing, MPS up to %u clients%s\n", model->id, model->product,
                 model->architecture, memory, model->mps_max_replicas, model->profile_count ? ", MIG" : ", no MIG");
    if (model->profile_count > 0)
        print_profiles(model);
    if (model->instance_type_count + model->fraction_count > 0)
        print_instances(gpus, model);

    return EXIT_OK;
}

/* The subcommands that have options. */
static const struct command subcommands[] = {{.name = "fit", .run = gpu_fit}, {.name = "probe", .run = gpu_probe}};

int command_gpu(int argc, char **argv)
{
    struct argument_list arguments = {0};

    int status = command_run(subcommands, ARRAY_SIZE(subcommands), argv[0], argc, argv);
    if (status >= 0)
        return status;

    options_parse(&table, argc, argv, &arguments);

    AUTO(loaded) loaded = {0};

    if (command_load(NULL, &loaded) < 0)
        return EXIT_USAGE;
    if (arguments.count == 2)
        return show(loaded.gpus, arguments.items[1]);

    print_list(loaded.gpus);
    return EXIT_OK;
}

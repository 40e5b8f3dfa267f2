/* gpuslice classes: lists the classes of a folder of policies. */
#include "cmd/command.h"
#include "core/quantity.h"

#include <stdio.h>

static const char doc[] =
    "List the slice classes in a folder of policies: the resource that their pods request, the GPU memory of a "
    "slice, and the pools that offer it, in order of preference.\vExample:\n"
    "  gpuslice classes --policies policies\n";

static error_t parse_classes_option(int key, char *argument, struct argp_state *state)
{
    (void)argument;
    if (key != ARGP_KEY_INIT)
        return ARGP_ERR_UNKNOWN;
    state->child_inputs[0] = state->input;
    return 0;
}

static const struct argp_child children[] = {{&command_policies_argp, 0, NULL, 0}, {0}};
static const struct argp argp = {.parser = parse_classes_option, .doc = doc, .children = children};

int command_classes(int argc, char **argv)
{
    struct policies_options options = {0};
    command_parse(&argp, argc, argv, &options);

    AUTO(loaded) loaded = {0};
    if (command_load(&options, &loaded) < 0)
        return EXIT_USAGE;

    (void)printf("%-16s %-26s %-9s %s\n", "CLASS", "RESOURCE", "MEMORY", "POOLS");
    for (size_t i = 0; i < loaded.set->class_count; i++) {
        const struct slice_class *slice_class = &loaded.set->classes[i];
        char memory[QUANTITY_TEXT_SIZE];
        quantity_bytes_text(slice_class->memory_bytes, memory);
        (void)printf("%-16s %-26s %-9s", slice_class->name, slice_class->resource, memory);
        for (size_t j = 0; j < slice_class->pool_count; j++)
            (void)printf("%s%s", j ? ", " : " ", slice_class->pools[j]->name);
        (void)printf("\n");
    }

    return EXIT_OK;
}

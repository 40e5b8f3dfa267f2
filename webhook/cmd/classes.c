/* gpuslice classes: lists the classes of a folder of policies. */
#include "cmd/command.h"
#include "core/quantity.h"

static const char doc[] =
    "List the slice classes in a folder of policies: the resource that their pods request, the GPU memory of a "
    "slice, and the pools that offer it, in order of preference.\vExample:\n"
    "  gpuslice classes --policies policies\n";

static const struct option_table table = {
    .doc = doc, .rows = &(const struct command_option){.table = &policies_table}, .count = 1};

int command_classes(int argc, char **argv)
{
    struct policies_options options = {0};
    options_parse(&table, argc, argv, &options);

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

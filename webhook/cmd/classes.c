/* gpuslice classes: lists the classes of a folder of policies, or those that the pods of a namespace may ask for. */
#include "base/text.h"
#include "cmd/command.h"
#include "core/names.h"
#include "core/quantity.h"
#include "offline/namespaces.h"
#include "policy/memory.h"
#include "policy/price.h"

static const char doc[] =
    "List the slice classes in a folder of policies: the GPU, the memory of a slice, what keeps the pods on one GPU "
    "apart, and what a slice costs an hour. The price is the class's own (spec.price) or, without one, the lowest of its "
    "instance types when all slices of a node are in use: by nodes.overlay of the pool, or on demand in us-east-1. "
    "Spot prices are not known.\vExamples:\n"
    "  gpuslice classes --policies policies\n"
    "  gpuslice classes -o wide                     # also resources, and the price in each pool\n"
    "  gpuslice classes --for ml-team --namespaces namespaces.yaml\n";

enum { CLASSES_TABLE, CLASSES_WIDE };
static const char *const outputs[] = {"table", "wide", NULL};

struct classes_options {
    struct policies_options policies;
    const char *namespace_name;  /* NULL: all classes */
    const char *namespaces_file; /* NULL: the namespace counts as opted in */
    unsigned output;
};

static const struct command_option rows[] = {
    {"for", 'f', "NAMESPACE", "only the classes that the pods of this namespace may ask for, and how it chooses",
     option_text, .offset = offsetof(struct classes_options, namespace_name)},
    {"namespaces", 'N', "FILE",
     "Namespace objects with their labels and annotations, for --for; without it, the namespace counts as labelled "
     "gpuslice.dev/inject: enabled",
     option_text, .offset = offsetof(struct classes_options, namespaces_file)},
    {"output", 'o', "FORMAT", "table (default) or wide", option_choice,
     .offset = offsetof(struct classes_options, output), OPTION_CHOICES(outputs)},
    {.table = &policies_table, .offset = offsetof(struct classes_options, policies)},
};

static void check_options(void *context, struct argp_state *state)
{
    const struct classes_options *options = context;
    if (options->namespaces_file && !options->namespace_name)
        argp_error(state, "--namespaces is of use with --for only");
}

static const struct option_table table = {.doc = doc, OPTION_ROWS(rows), .check = check_options};

/* -- The table -- */

enum { LINE_MAX_SIZE = 64 * 1024, NAMES_MAX_SIZE = 4096 };

enum { COLUMNS = 9, WIDE_FIRST = 5, WIDE_LAST = 7 };

/* The table is gone through twice: first to measure its columns, then to print it. */
struct listing {
    unsigned output;
    bool prints;
    int widths[COLUMNS];
};

/* Columns that the output does not have may be NULL; the last is left out if it is empty. */
static void list_line(struct listing *listing, const char *const columns[])
{
    AUTO(buf) line;
    buf_init(&line, LINE_MAX_SIZE);
    for (int i = 0; i < COLUMNS; i++) {
        if (listing->output != CLASSES_WIDE && i >= WIDE_FIRST && i <= WIDE_LAST)
            continue;
        int width = (int)strlen(columns[i]);
        if (!listing->prints && i < COLUMNS - 1 && width > listing->widths[i])
            listing->widths[i] = width;
        buf_addf(&line, "%-*s  ", listing->widths[i], columns[i]);
    }

    size_t length = line.length;
    while (length > 0 && buf_text(&line)[length - 1] == ' ')
        length--;
    if (listing->prints)
        (void)printf("%.*s\n", (int)length, buf_text(&line));
}

/* Adds the pool, and what a slice costs on its nodes. */
static void add_pool(const struct slice_class *slice_class, const struct pool *pool, struct buf *out)
{
    char text[PRICE_TEXT_SIZE];
    const struct gpu_instance_type *type;
    int64_t price = pool_slice_price(pool, class_profile(slice_class, pool), &type);
    price_text(price, text);
    buf_addf(out, "%s%s %s%s", out->length ? ", " : "", pool->name, price ? "$" : "price ", text);
}

/* Adds the GPU models of the class's pools, each once, and the pools with their prices. */
static void add_pools(const struct slice_class *slice_class, struct buf *gpus, struct buf *pools)
{
    for (size_t i = 0; i < slice_class->pool_count; i++) {
        bool listed = false;
        for (size_t j = 0; j < i; j++)
            listed = listed || slice_class->pools[j]->gpu == slice_class->pools[i]->gpu;
        if (!listed)
            buf_addf(gpus, "%s%s", i ? "," : "", slice_class->pools[i]->gpu->id);
        add_pool(slice_class, slice_class->pools[i], pools);
    }
}

static void list_class(struct listing *listing, const struct slice_class *slice_class)
{
    char memory[QUANTITY_TEXT_SIZE];
    char price[PRICE_TEXT_SIZE];
    AUTO(buf) gpus;
    AUTO(buf) pools;
    AUTO(buf) source;
    buf_init(&gpus, NAMES_MAX_SIZE);
    buf_init(&pools, NAMES_MAX_SIZE);
    buf_init(&source, NAMES_MAX_SIZE);
    quantity_bytes_text(slice_class->memory_bytes, memory);
    price_text(slice_class->price, price);
    add_pools(slice_class, &gpus, &pools);
    price_add_source(slice_class, &source);
    list_line(listing,
              (const char *const[]){slice_class->name, buf_text(&gpus), memory, isolation_text(slice_class->isolation),
                                    price, buf_text(&source), slice_class->resource, buf_text(&pools),
                                    slice_class->description ? slice_class->description : ""});
}

/* Prints the classes, and `none` if it can be chosen. */
static void print_classes(unsigned output, const struct slice_class *(*class_at)(const void *context, size_t index),
                          const void *context, size_t count, bool none)
{
    struct listing listing = {.output = output};
    for (int round = 0; round < 2; round++) {
        listing.prints = round > 0;
        list_line(&listing, (const char *const[]){"CLASS", "GPU", "MEMORY", "ISOLATION", "$/HOUR", "PRICE OF",
                                                  "RESOURCE", "POOLS AND $/HOUR", "DESCRIPTION"});
        for (size_t i = 0; i < count; i++)
            list_class(&listing, class_at(context, i));
        if (none)
            list_line(&listing, (const char *const[]){CLASS_NONE, "-", "-", "-", "-", "-", "-", "-",
                                                      "No slice: the pod stays as it is"});
    }
}

static void print_price_source(const struct gpu_table *gpus)
{
    (void)printf("\n$/HOUR is of a slice whose node is full. Prices that the policies do not give are on demand in "
                 "us-east-1 (table of %s). Spot prices are not known.\n",
                 gpus->version);
}

static const struct slice_class *class_of_set(const void *context, size_t index)
{
    return &((const struct policy_set *)context)->classes[index];
}

static const struct slice_class *class_of_policy(const void *context, size_t index)
{
    return ((const struct policy *)context)->allowed_classes[index];
}

/* -- A namespace -- */

static const char *value_of(const struct namespace_info *ns, const char *key)
{
    const char *value = keyvalues_get(&ns->annotations, key);
    return value && !text_is_blank(value) ? value : NULL;
}

/* Prints what a pod gets that names nothing itself. */
static void print_given(const struct policy_set *set, const struct policy *policy, const struct namespace_info *ns)
{
    const char *name = value_of(ns, ANNOTATION_CLASS);
    const char *memory = value_of(ns, ANNOTATION_MEMORY);
    const struct slice_class *found = policy->default_class;
    const char *by = "the policy's default";
    int64_t bytes;
    struct err err;

    if (name) {
        by = "the namespace's annotation " ANNOTATION_CLASS;
        found = policy_set_class(set, name);
    } else if (memory) {
        by = "the namespace's annotation " ANNOTATION_MEMORY;
        found = memory_asked_parse(memory, &bytes, &err) == 0 ? policy_class_by_memory(policy, bytes) : NULL;
    }

    const char *asked = name ? name : memory ? memory : CLASS_NONE;
    if (found && policy_allows(policy, found))
        (void)printf("  a pod gets   %s, by %s\n", found->name, by);
    else if ((!name && !memory) || (name && strcmp(name, CLASS_NONE) == 0 && policy->none_allowed))
        (void)printf("  a pod gets   no slice, unless it chooses one\n");
    else
        (void)printf("  a pod gets   refused: %s is \"%s\", which the policy does not allow\n", by, asked);
}

/* Prints the policy of the namespace. Sets *ret_policy to NULL, and says why, if its pods get no slices. */
static void print_namespace(const struct policy_set *set, const struct namespace_info *ns,
                            const struct policy **ret_policy)
{
    const struct policy *policy = policy_set_match(set, ns->name, &ns->labels);
    *ret_policy = NULL;
    if (!namespace_opts_in(&ns->labels)) {
        (void)printf("namespace %s is not opted in (label " LABEL_INJECT "): its pods get no slices\n", ns->name);
        return;
    }
    if (!policy) {
        (void)printf("namespace %s: no policy matches it, so its pods get no slices\n", ns->name);
        return;
    }

    (void)printf("namespace %s: policy %s (%s:%u)\n", ns->name, policy->name, policy->mark.file, policy->mark.line);
    print_given(set, policy, ns);
    if (policy->pod_choice)
        (void)printf("  a pod may    choose by its annotation " ANNOTATION_CLASS " or " ANNOTATION_MEMORY "\n");
    else
        (void)printf("  a pod may    not choose (podChoice: false); the annotations of the namespace may\n");
    if (policy->contact)
        (void)printf("  ask          %s\n", policy->contact);
    (void)printf("\n");
    *ret_policy = policy;
}

static int list_for(const struct classes_options *options, const struct loaded *loaded)
{
    AUTO(namespaces) namespaces = NULL;
    AUTO(namespace_ref) ref = {0};
    const struct policy *policy;
    struct err err;
    if (command_load_namespaces(options->namespaces_file, &namespaces) < 0)
        return EXIT_USAGE;
    struct namespace_source source = offline_namespaces(namespaces);
    if (source.find(source.context, options->namespace_name, 0, &ref, &err) < 0)
        return command_fail(&err);

    if (!namespaces)
        command_note_assumed_namespaces();
    print_namespace(loaded->set, ref.info, &policy);
    if (!policy)
        return EXIT_OK;
    print_classes(options->output, class_of_policy, policy, policy->allowed_count, policy->none_allowed);
    print_price_source(loaded->gpus);
    return EXIT_OK;
}

int command_classes(int argc, char **argv)
{
    struct classes_options options = {0};
    options_parse(&table, argc, argv, &options);

    AUTO(loaded) loaded = {0};
    if (command_load(&options.policies, &loaded) < 0)
        return EXIT_USAGE;

    if (options.namespace_name)
        return list_for(&options, &loaded);

    print_classes(options.output, class_of_set, loaded.set, loaded.set->class_count, false);
    print_price_source(loaded.gpus);
    return EXIT_OK;
}

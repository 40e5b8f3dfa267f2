/* Loads a directory: reads the objects, identifies their kinds, decodes them, resolves references and computes the
 * revision.
 *
 * The errors of all files are reported together: an invalid document does not prevent others from being checked, and a
 * reference to an invalid object is not reported as unknown. */
#include "base/file.h"
#include "base/vec.h"
#include "manifest/read.h"
#include "policy/commit.h"
#include "policy/object.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

/* An object of one of our kinds, SliceTest excluded. */
struct entry {
    enum object_kind kind;
    const char *name; /* "" if it has none */
    unsigned line;    /* of the name */
    const char *file; /* borrowed from set->files */
    const struct node *node;
    size_t order; /* the position at which it was read */
};

struct loader {
    struct policy_set *set;
    const struct gpu_table *gpus;
    struct problems *problems;
    struct object_scope scope;
    struct manifests manifests;
    struct entry *entries;
    size_t count;
    size_t counts[KIND_TEST]; /* of entries, by kind */
};

static void loader_fini(struct loader *loader)
{
    manifests_fini(&loader->manifests);
    free(loader->entries);
    policy_set_unref(loader->set);
}
DEFINE_AUTO_FINI(loader, struct loader, loader_fini);

/* Reading and identifying objects. */

static int identify_manifest(struct loader *loader, const char *file, const struct manifest *manifest, struct err *err)
{
    struct entry entry = {.name = "", .file = file, .node = &manifest->node};
    struct node name;

    if (manifest->form == MANIFEST_LIST)
        return 0;

    if (manifest->form == MANIFEST_TEMPLATE)
        manifest_refuse_template(manifest);
    if (manifest->form == MANIFEST_TEMPLATE || !object_identify(entry.node, &entry.kind)) {
        loader->scope.incomplete = true;
        return 0;
    }
    if (entry.kind == KIND_TEST)
        return 0;

    if (object_name_node(entry.node, &name)) {
        entry.name = json_string_value(name.value);
        entry.line = name.mark->line;
    } else {
        loader->scope.incomplete = true;
    }

    if (!GROW(loader->entries, loader->count))
        return err_nomem(err);
    entry.order = loader->count;
    loader->entries[loader->count++] = entry;
    loader->counts[entry.kind]++;
    return 0;
}

/* Adds a problem for each document that cannot be parsed. Any other error ends the load. */
static int read_file(struct loader *loader, const char *file, struct err *err)
{
    const struct manifest_options options = {.flags = YAML_STRICT, .context = &loader->scope};
    size_t first = loader->manifests.count;
    size_t problems = loader->problems->count;
    if (manifests_read(&loader->manifests, file, &options, loader->problems, err) < 0)
        return -1;
    loader->scope.incomplete = loader->scope.incomplete || loader->problems->count > problems;
    for (size_t i = first; i < loader->manifests.count; i++) {
        if (identify_manifest(loader, file, loader->manifests.items[i], err) < 0)
            return -1;
    }
    return 0;
}

static int compare_entries(const void *left, const void *right)
{
    const struct entry *a = left;
    const struct entry *b = right;
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    int order = strcmp(a->name, b->name);
    return order ? order : (a->order > b->order) - (a->order < b->order);
}

static int read_files(struct loader *loader, struct err *err)
{
    for (size_t i = 0; i < loader->set->files.count; i++) {
        if (read_file(loader, loader->set->files.items[i], err) < 0)
            return -1;
    }
    if (loader->count > 1)
        qsort(loader->entries, loader->count, sizeof(*loader->entries), compare_entries);
    return 0;
}

static void report_duplicates(struct loader *loader)
{
    const struct entry *first = loader->entries;
    for (size_t i = 1; i < loader->count; i++) {
        const struct entry *entry = &loader->entries[i];
        if (entry->kind != first->kind || !*entry->name || strcmp(entry->name, first->name) != 0) {
            first = entry;
            continue;
        }
        struct node name;
        if (object_name_node(entry->node, &name))
            node_problem(&name, "there is a %s \"%s\" already, at %s:%u; must be another name",
                         object_kind_name(entry->kind), entry->name, first->file, first->line);
    }
}

/* Decoding. The entries are sorted by kind and name, so each array that they fill is sorted by name. */

static int allocate_objects(struct loader *loader, struct err *err)
{
    struct policy_set *set = loader->set;
    set->pools = calloc(loader->counts[KIND_POOL] + 1, sizeof(*set->pools));
    set->classes = calloc(loader->counts[KIND_CLASS] + 1, sizeof(*set->classes));
    set->policies = calloc(loader->counts[KIND_POLICY] + 1, sizeof(*set->policies));
    return set->pools && set->classes && set->policies ? 0 : err_nomem(err);
}

static void decode_entry(struct loader *loader, const struct node *object, enum object_kind kind)
{
    struct policy_set *set = loader->set;
    if (kind == KIND_SETTINGS) /* a second object replaces the first, and one of them is reported */
        settings_fini(&set->settings);

    if (kind == KIND_POOL)
        pool_decode(object, loader->gpus, &set->pools[set->pool_count++]);
    else if (kind == KIND_CLASS)
        class_decode(object, &set->classes[set->class_count++]);
    else if (kind == KIND_POLICY)
        policy_decode(object, &set->policies[set->policy_count++]);
    else
        settings_decode(object, &set->settings);
}

static int decode_all(struct loader *loader, struct err *err)
{
    if (allocate_objects(loader, err) < 0)
        return -1;
    for (size_t i = 0; i < loader->count; i++) {
        const struct entry *entry = &loader->entries[i];
        loader->scope.file = entry->file;
        decode_entry(loader, entry->node, entry->kind);
    }
    /* If memory ran out, the name of an object may be NULL, but the steps after this one need it. */
    return loader->problems->out_of_memory ? err_nomem(err) : 0;
}

/* Warns of limits that no node can hold: Karpenter adds up the requests of a whole pod, and never finds a node. */
static void warn_of_limits(struct loader *loader, const struct entry *entry, const struct slice_class *slice_class)
{
    const struct {
        const char *name;
        int64_t limit;
    } limits[] = {{"perContainer", slice_class->per_container}, {"perPod", slice_class->per_pod}};

    for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
        struct node node = node_find(*entry->node, PATH("spec", "limits", limits[i].name));
        if (!node.value || slice_class->node_slices == 0 || limits[i].limit <= slice_class->node_slices)
            continue;
        struct mark mark = node_mark(node);
        problems_add(&loader->set->warnings, entry->file, mark.line, mark.column,
                     "spec.limits.%s: is %" PRId64 ", but no node of its pools has more than %" PRId64
                     " slice%s: a pod that asks for more stays Pending",
                     limits[i].name, limits[i].limit, slice_class->node_slices,
                     slice_class->node_slices == 1 ? "" : "s");
    }
}

/* Returns a pool of the class that has the taint for good, or NULL. */
static const struct pool *pool_with_taint(const struct slice_class *slice_class, const struct taint *taint)
{
    for (size_t i = 0; i < slice_class->pool_count; i++) {
        const struct pool *pool = slice_class->pools[i];
        if (taints_have(&pool->taints, taint->key, taint->effect) ||
            taints_have(&pool->nodes.taints, taint->key, taint->effect))
            return pool;
    }
    return NULL;
}

/* Warns of startup taints that the pods of the class tolerate, because another of its pools has the same taint: they
 * keep no pod off a node that is not ready. */
static void warn_of_startup_taints(struct loader *loader, const struct entry *entry,
                                   const struct slice_class *slice_class)
{
    struct node pools = node_find(*entry->node, PATH("spec", "pools"));
    for (size_t i = 0; i < slice_class->pool_count; i++) {
        const struct taints *startup = &slice_class->pools[i]->nodes.startup_taints;
        struct mark mark = node_mark(node_element(pools, i));
        for (size_t j = 0; j < startup->count; j++) {
            const struct taint *taint = &startup->items[j];
            const struct pool *other = pool_with_taint(slice_class, taint);
            if (other)
                problems_add(&loader->set->warnings, entry->file, mark.line, mark.column,
                             "spec.pools[%zu]: SlicePool %s has the startup taint %s:%s, but the pods of the class "
                             "tolerate it as a taint of SlicePool %s, so they do not wait until it is removed; one of "
                             "the two must have another key or effect",
                             i, slice_class->pools[i]->name, taint->key, taint->effect, other->name);
        }
    }
}

/* Narrows the instance types of pools, but not of one whose class lets a pod have more slices than a GPU has. */
static void narrow_types(struct policy_set *set)
{
    for (size_t i = 0; i < set->pool_count; i++) {
        struct pool *pool = &set->pools[i];
        bool needs_more = !pool->gpu; /* the pool is invalid */
        for (size_t j = 0; j < set->class_count; j++)
            needs_more = needs_more || (set->classes[j].per_pod > pool->replicas &&
                                        strlist_has(&set->classes[j].pool_names, pool->name));
        if (!needs_more)
            pool_narrow_types(pool);
    }
}

/* A policy needs resolved classes. They are resolved first, because the entries are sorted by kind. */
static void resolve_all(struct loader *loader)
{
    struct policy_set *set = loader->set;
    size_t classes = 0;
    size_t policies = 0;
    narrow_types(set);
    for (size_t i = 0; i < loader->count; i++) {
        const struct entry *entry = &loader->entries[i];
        if (entry->kind == KIND_CLASS) {
            class_resolve(entry->node, set->pools, set->pool_count, &set->classes[classes]);
            warn_of_limits(loader, entry, &set->classes[classes]);
            warn_of_startup_taints(loader, entry, &set->classes[classes++]);
        } else if (entry->kind == KIND_POLICY) {
            policy_resolve(entry->node, set->classes, set->class_count, &set->policies[policies++]);
        }
    }
}

/* Highest priority first, then by name. */
static int compare_policies(const void *left, const void *right)
{
    const struct policy *a = left;
    const struct policy *b = right;
    if (a->priority != b->priority)
        return a->priority > b->priority ? -1 : 1;
    return strcmp(a->name, b->name);
}

static int add_piece(const char *piece, size_t length, void *text)
{
    buf_add(text, piece, length);
    return 0;
}

/* Adds the prices by which a policy chooses among its classes and which the files do not have. They are those of the
 * GPU table, which two releases may not have in common. */
static void add_prices(const struct loader *loader, struct buf *text)
{
    const struct policy_set *set = loader->set;
    for (size_t i = 0; i < set->policy_count; i++) {
        const struct policy *policy = &set->policies[i];
        if (!policy_uses_table_prices(policy))
            continue;
        buf_addf(text, "prices of %s for %s:", loader->gpus->version, policy->name);
        for (size_t j = 0; j < policy->allowed_count; j++)
            buf_addf(text, " %" PRId64, policy->allowed_classes[j]->price);
        buf_add_char(text, '\n');
    }
}

/* Hashes one object per line, with sorted keys and without white space, so that the revision depends only on values. */
static int compute_revision(struct loader *loader, struct err *err)
{
    unsigned char hash[EVP_MAX_MD_SIZE];
    AUTO(buf) text;
    buf_init(&text, SIZE_MAX / 2);
    for (size_t i = 0; i < loader->count; i++) {
        if (json_dump_callback(loader->entries[i].node->value, add_piece, &text, JSON_COMPACT | JSON_SORT_KEYS) < 0)
            return err_nomem(err);
        buf_add_char(&text, '\n');
    }
    add_prices(loader, &text);
    if (buf_check(&text, err) < 0)
        return -1;

    if (EVP_Digest(buf_text(&text), text.length, hash, NULL, EVP_sha256(), NULL) != 1)
        return err_set(err, ERR_NOMEM, "cannot compute the revision: SHA-256 is not available");
    for (size_t i = 0; i + 1 < REVISION_SIZE; i += 2)
        (void)snprintf(loader->set->revision + i, 3, "%02x", hash[i / 2]);
    return 0;
}

static int loader_finish(struct loader *loader, const char *directory, struct err *err)
{
    struct policy_set *set = loader->set;
    problems_sort(loader->problems);
    problems_sort(&set->warnings);
    if (problems_check(loader->problems, err) < 0)
        return -1;
    if (set->pool_count + set->class_count + set->policy_count == 0)
        return err_set(err, ERR_INVALID,
                       "%s: there is no SlicePool, SliceClass or SlicePolicy in any .yaml or .yml file", directory);
    if (set->policy_count > 1)
        qsort(set->policies, set->policy_count, sizeof(*set->policies), compare_policies);
    if (set->warnings.out_of_memory)
        return err_nomem(err);
    commit_find(directory, set->commit);
    return compute_revision(loader, err);
}

static int loader_begin(struct loader *loader, const char *directory, struct err *err)
{
    static const char *const suffixes[] = {".yaml", ".yml", NULL};
    loader->set = calloc(1, sizeof(*loader->set));
    if (!loader->set)
        return err_nomem(err);
    refs_init(&loader->set->refs);
    return file_list(directory, suffixes, &loader->set->files, err);
}

int policy_set_load(const char *directory, const struct gpu_table *gpus, struct policy_set **ret_set,
                    struct problems *problems, struct err *err)
{
    AUTO(loader) loader = {.gpus = gpus, .problems = problems};
    if (loader_begin(&loader, directory, err) < 0 || read_files(&loader, err) < 0)
        return -1;
    report_duplicates(&loader);
    if (decode_all(&loader, err) < 0)
        return -1;
    resolve_all(&loader);
    loader.set->prices_of = gpus->version;
    if (loader_finish(&loader, directory, err) < 0)
        return -1;
    *ret_set = TAKE(loader.set);
    return 0;
}

/* Makes the decisions about the whole set before anything is rendered, and reports what cannot be rendered. */
#include "render/plan.h"

#include "base/text.h"
#include "policy/names.h"

#include <inttypes.h>
#include <string.h>

enum { COMMENT_MAX = 64 * KIB };

void plan_fini(struct plan *plan)
{
    free(plan->pools);
    buf_fini(&plan->comment);
    render_files_fini(&plan->files);
    *plan = (struct plan){0};
}

bool plan_has_nodes(const struct pool *pool)
{
    return pool->nodes.type_count > 0;
}

bool plan_has_overlays(const struct pool *pool)
{
    return plan_has_nodes(pool) && (pool->sharing != SHARING_WHOLE || pool_has_fractions(pool) || pool->nodes.price ||
                                    pool->nodes.price_adjustment);
}

bool plan_has_layout_taint(const struct plan *plan, const struct pool *pool)
{
    const struct taints *taints = &pool->nodes.startup_taints;
    bool found = false;
    for (size_t i = 0; i < taints->count; i++)
        found = found || strcmp(taints->items[i].key, TAINT_LAYOUT) == 0;
    return found && plan->options->node_class != RENDER_KWOK;
}

/* True if the pool's capacity types and its requirements on their label allow the capacity type. */
static bool allows_capacity(const struct pool_nodes *nodes, const char *type)
{
    bool allowed = strlist_has(&nodes->capacity_types, type);
    for (size_t i = 0; i < nodes->requirements.count; i++) {
        const struct requirement *requirement = &nodes->requirements.items[i];
        if (strcmp(requirement->key, LABEL_CAPACITY_TYPE) == 0)
            allowed = allowed && requirement_meets(requirement, type);
    }
    return allowed;
}

bool plan_lacks_reservation(const struct plan *plan, const struct pool *pool, bool *ret_only)
{
    const struct pool_nodes *nodes = &pool->nodes;
    bool rendered = plan_has_nodes(pool) && !nodes->node_class.name && plan->options->node_class != RENDER_KWOK;
    *ret_only = !allows_capacity(nodes, CAPACITY_ON_DEMAND) && !allows_capacity(nodes, CAPACITY_SPOT);
    return rendered && allows_capacity(nodes, CAPACITY_RESERVED) &&
           json_array_size(json_object_get(nodes->node_class.spec, RESERVATION_TERMS)) == 0;
}

bool plan_wastes_reservation(const struct pool *pool)
{
    const json_t *terms = json_object_get(pool->nodes.node_class.spec, RESERVATION_TERMS);
    return json_array_size(terms) > 0 && !allows_capacity(&pool->nodes, CAPACITY_RESERVED);
}

bool plan_has_mig_config(const struct plan *plan)
{
    for (size_t i = 0; i < plan->set->pool_count; i++) {
        if (pool_is_mig(&plan->set->pools[i]) && pool_has_plugin_config(&plan->set->pools[i]))
            return true;
    }
    return false;
}

unsigned plan_next_gpu_count(const struct pool *pool, unsigned gpus)
{
    unsigned next = 0;
    for (size_t i = 0; i < pool->nodes.type_count; i++) {
        unsigned count = gpu_instance_devices(pool->nodes.types[i]);
        if (count > gpus && (next == 0 || count < next))
            next = count;
    }
    return next;
}

bool plan_is_first_of_resource(const struct plan *plan, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (strcmp(plan->set->classes[i].resource, plan->set->classes[index].resource) == 0)
            return false;
    }
    return true;
}

const char *plan_file(const struct plan *plan, const struct mark *mark)
{
    const char *directory = plan->options->directory;
    size_t length = strlen(directory);
    const char *file = mark->file;
    if (strncmp(file, directory, length) != 0)
        return file;
    file += length;
    file += strspn(file, "/");
    if (*file)
        return file;
    const char *slash = strrchr(mark->file, '/'); /* the policies are in a single file */
    return slash ? slash + 1 : mark->file;
}

bool plan_class_uses(const struct slice_class *slice_class, const struct pool *pool)
{
    for (size_t i = 0; i < slice_class->pool_count; i++) {
        if (slice_class->pools[i] == pool)
            return true;
    }
    return false;
}

void plan_users(const struct plan *plan, const struct pool *pool, struct buf *out)
{
    size_t count = 0;
    for (size_t i = 0; i < plan->set->class_count; i++) {
        const struct slice_class *slice_class = &plan->set->classes[i];
        if (plan_class_uses(slice_class, pool))
            buf_addf(out, "%s %s (%s)", count++ ? "," : SLICE_CLASS, slice_class->name,
                     plan_file(plan, &slice_class->mark));
    }
    if (count == 0)
        buf_add_string(out, "no SliceClass");
}

int plan_note(struct plan *plan, struct err *err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    AUTO(string) text = text_vformat(format, args);
    va_end(args);
    return text ? strlist_add(&plan->files.notes, text, err) : err_nomem(err);
}

int plan_add(struct plan *plan, enum render_use use, json_t *object, struct err *err, const char *format, ...)
{
    AUTO(json) owned = object;
    va_list args;
    va_start(args, format);
    AUTO(string) name = text_vformat(format, args);
    va_end(args);
    if (!name || !owned)
        return err_nomem(err);
    if (buf_check(&plan->comment, err) < 0)
        return err_wrap(err, "%s", name);

    int result = render_files_add(&plan->files, use, name, buf_text(&plan->comment), owned, err);
    buf_reset(&plan->comment);
    return result;
}

/* Checks. */

static bool same_labels(const struct keyvalues *a, const struct keyvalues *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        if (strcmp(a->items[i].key, b->items[i].key) != 0 || strcmp(a->items[i].value, b->items[i].value) != 0)
            return false;
    }
    return true;
}

/* Reports pools with the same labels. Pods of one pool's class could run on the nodes of the other, whose GPUs may be
 * shared or partitioned differently. */
static void check_labels_differ(const struct plan *plan, struct problems *problems)
{
    for (size_t i = 0; i < plan->set->pool_count; i++) {
        const struct pool *pool = &plan->set->pools[i];
        for (size_t j = 0; j < i; j++) {
            const struct pool *other = &plan->set->pools[j];
            if (same_labels(&pool->labels, &other->labels))
                problems_add(problems, PLAN_MARK(pool->mark),
                             "SlicePool %s: has the labels of SlicePool %s (%s:%u), so that nothing tells their nodes "
                             "apart; must have others",
                             pool->name, other->name, other->mark.file, other->mark.line);
        }
    }
}

static void check_name(const struct pool *pool, struct problems *problems)
{
    if (pool_has_plugin_config(pool) && strcmp(pool->name, PLUGIN_CONFIG_NONE) == 0)
        problems_add(problems, PLAN_MARK(pool->mark),
                     "SlicePool %s: the device plugin's configuration for nodes that are not cut is called %s; the "
                     "pool must have another name",
                     pool->name, PLUGIN_CONFIG_NONE);
    if (pool_is_mig(pool) && strcmp(pool->name, MIG_CONFIG_NONE) == 0)
        problems_add(
            problems, PLAN_MARK(pool->mark),
            "SlicePool %s: mig-parted's configuration without MIG is called %s; the pool must have another name",
            pool->name, MIG_CONFIG_NONE);
}

/* True for the label that Karpenter itself sets to the pool's name, if the pool gives it the same value. */
static bool is_implied(const struct pool *pool, const struct keyvalue *label)
{
    return strcmp(label->key, LABEL_NODE_POOL) == 0 && strcmp(label->value, pool->name) == 0;
}

static void check_labels(const struct pool *pool, struct problems *problems)
{
    for (size_t i = 0; i < pool->labels.count; i++) {
        const struct keyvalue *label = &pool->labels.items[i];
        const char *why = pool_nodes_label_restriction(label->key);
        if (why && !is_implied(pool, label))
            problems_add(problems, PLAN_MARK(pool->mark), "SlicePool %s: a NodePool cannot set the pool's label %s: %s",
                         pool->name, label->key, why);
    }
}

static void check_reservation(const struct plan *plan, const struct pool *pool, struct problems *problems)
{
    bool only;
    if (plan_lacks_reservation(plan, pool, &only) && only)
        problems_add(problems, PLAN_MARK(pool->mark),
                     "SlicePool %s: its only capacity is reserved, but its node class selects no capacity reservation, "
                     "so that Karpenter would launch no node; add nodes.nodeClass." RESERVATION_TERMS
                     ", such as [{id: cr-0123456789abcdef0}], or another capacity type",
                     pool->name);
}

static void check_plan(const struct plan *plan, struct problems *problems)
{
    check_labels_differ(plan, problems);
    for (size_t i = 0; i < plan->set->pool_count; i++) {
        check_name(&plan->set->pools[i], problems);
        check_labels(&plan->set->pools[i], problems);
        check_reservation(plan, &plan->set->pools[i], problems);
    }
}

static int select_pools(struct plan *plan, struct err *err)
{
    const struct strlist *wanted = &plan->options->pools;
    const struct names names = NAMES(plan->set->pools, plan->set->pool_count);
    for (size_t i = 0; i < wanted->count; i++) {
        const struct pool *pool = names_find(names, wanted->items[i]);
        if (!pool) {
            AUTO(buf) list;
            buf_init(&list, COMMENT_MAX);
            names_list(names, wanted->items[i], &list);
            return err_set(err, ERR_NOT_FOUND, "there is no SlicePool \"%s\"; there are %s", wanted->items[i],
                           buf_text(&list));
        }
        plan->pools[pool - plan->set->pools].selected = true;
    }

    for (size_t i = 0; i < plan->set->pool_count && wanted->count == 0; i++)
        plan->pools[i].selected = true;
    return 0;
}

int plan_make(const struct policy_set *set, const struct render_options *options, struct plan *ret_plan,
              struct problems *problems, struct err *err)
{
    AUTO(plan) plan = {.set = set, .options = options};
    buf_init(&plan.comment, COMMENT_MAX);
    plan.pools = calloc(set->pool_count + 1, sizeof(*plan.pools));
    if (!plan.pools)
        return err_nomem(err);

    for (size_t i = 0; i < set->pool_count; i++)
        plan.pools[i].pool = &set->pools[i];

    check_plan(&plan, problems);
    plan_weights(&plan, problems);
    problems_sort(problems);
    if (problems_check(problems, err) < 0 || select_pools(&plan, err) < 0)
        return -1;

    *ret_plan = TAKE(plan);
    return 0;
}

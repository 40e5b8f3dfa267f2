/* Shared by the renderers: the set, decisions about it as a whole, and small builders. Private to render/. */
#ifndef GPUSLICE_RENDER_PLAN_H
#define GPUSLICE_RENDER_PLAN_H

#include "base/units.h"
#include "core/names.h"
#include "karpenter/names.h"
#include "nvidia/names.h"
#include "render/render.h"

#define PLUGIN_CONFIG_NONE "default" /* the key for nodes whose GPUs are neither shared nor partitioned */
#define KWOK_CLASS_NAME    "default"

enum { RENDER_NAME_SIZE = 256, RENDER_COMMENT_MAX = 64 * KIB, RENDER_TEXT_MAX = MIB };

struct plan_pool {
    const struct pool *pool;
    int64_t weight;        /* that of its NodePool */
    int64_t overlay_first; /* the weight of its first overlay */
    bool selected;
};

struct plan {
    const struct policy_set *set;
    const struct render_options *options;
    struct plan_pool *pools; /* in the order of set->pools */
    struct render_files files;
};

/* Determines weights, selects the pools to render, and checks that no two pools contradict each other. */
MUST_CHECK int plan_make(const struct policy_set *set, const struct render_options *options, struct plan *ret_plan,
                         struct problems *problems, struct err *err);
void plan_fini(struct plan *plan);

/* Sets the weights of the NodePools of all pools, and reports orders of pools that no weights satisfy (plan_weights.c).
 */
void plan_weights(struct plan *plan, struct problems *problems);

/* True if the pool has a NodePool; false if the table has no instance type for it. */
bool plan_has_nodes(const struct pool *pool);

/* Sets the distinct GPU counts of its instance types in ascending order and returns their number. `ret_counts` must
 * have room for pool->nodes.type_count. */
size_t plan_gpu_counts(const struct pool *pool, unsigned ret_counts[]);

/* True if the pool needs overlays. Pools of whole GPUs need them only to change a price. */
bool plan_has_overlays(const struct pool *pool);

/* Returns the path of a file of the set, relative to the policies' folder; if the set is a single file, its name. */
const char *plan_file(const struct plan *plan, const struct mark *mark);

/* Adds the pool and its file to `out`: "SlicePool t4-thirds (pools/t4-thirds.yaml)". */
void plan_origin(const struct plan *plan, const struct pool *pool, struct buf *out);

/* Adds the classes that use the pool to `out`: "SliceClass a (classes/a.yaml), b (...)", or "no SliceClass". */
void plan_users(const struct plan *plan, const struct pool *pool, struct buf *out);

/* Adds a note for the user. */
MUST_CHECK int plan_note(struct plan *plan, struct err *err, const char *format, ...) PRINTF(3, 4);

/* Builders. They return NULL when out of memory. put() sets a member. Its results can be summed: the sum is 0, or
 * negative if a call failed. */
json_t *build_metadata(const char *name, const char *namespace_name);
json_t *build_object(const char *api_version, const char *kind, json_t *metadata);
json_t *build_map(const struct keyvalues *map);
json_t *build_list(const struct strlist *list);
json_t *build_taints(const struct taints *first, const struct taints *second);
json_t *build_requirement(const char *key, const char *op, json_t *values);
json_t *build_number_text(int64_t number);
static inline int put(json_t *object, const char *key, json_t *value)
{
    return json_object_set_new(object, key, value); /* -1 if value is NULL */
}

/* Adds the YAML of `value` to `out` and releases the value; NULL means out of memory. */
MUST_CHECK int build_yaml(json_t *value, struct buf *out, struct err *err);

/* The renderers, one per file; each adds its files. Errors: ERR_LIMIT, ERR_NOMEM. */
MUST_CHECK int render_node_pool(struct plan *plan, const struct plan_pool *planned, struct err *err);
MUST_CHECK int render_node_overlays(struct plan *plan, const struct plan_pool *planned, struct err *err);
MUST_CHECK int render_ec2_node_class(struct plan *plan, const struct pool *pool, struct err *err);
MUST_CHECK int render_kwok_node_class(struct plan *plan, struct err *err);
MUST_CHECK int render_plugin_config(struct plan *plan, struct err *err);
MUST_CHECK int render_mig_config(struct plan *plan, struct err *err);
MUST_CHECK int render_operator_values(struct plan *plan, struct err *err);
MUST_CHECK int render_layout_ready(struct plan *plan, struct err *err);
MUST_CHECK int render_quota(struct plan *plan, struct err *err);
MUST_CHECK int render_kueue(struct plan *plan, struct err *err);
MUST_CHECK int render_device_classes(struct plan *plan, struct err *err);
MUST_CHECK int render_guard(struct plan *plan, struct err *err);
MUST_CHECK int render_kustomization(struct plan *plan, struct err *err);

/* Adds the TOML settings that share or partition the GPUs of a Bottlerocket node; adds nothing for whole GPUs. */
void bottlerocket_settings(const struct pool *pool, struct buf *out);

DEFINE_AUTO_FINI(plan, struct plan, plan_fini);

#endif

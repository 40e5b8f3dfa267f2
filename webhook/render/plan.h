/* Shared by the renderers: the set, decisions about it as a whole, and small builders. Private to render/. */
#pragma once

#include "base/units.h"
#include "core/names.h"
#include "json/build.h"
#include "karpenter/names.h"
#include "nvidia/names.h"
#include "render/render.h"

#define PLUGIN_CONFIG_NONE "default" /* the key for nodes whose GPUs are neither shared nor partitioned */
#define KWOK_CLASS_NAME    "default"

/* A position, as three arguments of problems_add(). */
#define PLAN_MARK(mark) (mark).file, (mark).line, (mark).column

enum { RENDER_NAME_SIZE = 256, RENDER_TEXT_MAX = MIB };

struct plan_pool {
    const struct pool *pool;
    int64_t weight; /* that of its NodePool */
    bool selected;
};

struct plan {
    const struct policy_set *set;
    const struct render_options *options;
    struct plan_pool *pools; /* in the order of set->pools */
    struct buf comment;      /* of the file that plan_add() adds next, without the "#" */
    struct render_files files;
};

/* Determines weights, selects the pools to render, and adds to `problems` what cannot be rendered. The plan points to
 * the set and the options. Errors: as for render(). */
MUST_CHECK int plan_make(const struct policy_set *set, const struct render_options *options, struct plan *ret_plan,
                         struct problems *problems, struct err *err);
void plan_fini(struct plan *plan);

/* Sets the weights of the NodePools of all pools, and reports orders of pools that they cannot satisfy
 * (plan_weights.c). */
void plan_weights(struct plan *plan, struct problems *problems);

/* True if the pool has a NodePool; false if the table has no instance type for it. */
bool plan_has_nodes(const struct pool *pool);

/* Returns the smallest GPU count above `gpus` that an instance type of the pool has, or 0 if there is none. Each count
 * needs its own overlay. */
unsigned plan_next_gpu_count(const struct pool *pool, unsigned gpus);

/* True if the pool needs overlays. Pools of whole GPUs need them only to change a price, those of shares of a
 * GPU because Karpenter counts none. */
bool plan_has_overlays(const struct pool *pool);

/* True if the NodePool has the startup taint TAINT_LAYOUT, which the DaemonSet of layout_ready.c removes. */
bool plan_has_layout_taint(const struct plan *plan, const struct pool *pool);

/* True if the pool's EC2NodeClass, which `render` writes, selects no capacity reservation although the pool allows
 * reserved capacity. Sets *ret_only to true if the pool allows no other capacity, so that nothing is launched. */
bool plan_lacks_reservation(const struct plan *plan, const struct pool *pool, bool *ret_only);

/* True if the pool's EC2NodeClass selects a capacity reservation although the pool does not allow reserved capacity. */
bool plan_wastes_reservation(const struct pool *pool);

/* True if at least one pool has a layout in mig-parted's ConfigMap. */
bool plan_has_mig_config(const struct plan *plan);

/* Returns the path of a file of the set, relative to the policies' folder; if the set is a single file, its name. */
const char *plan_file(const struct plan *plan, const struct mark *mark);

/* True if the class draws slices from the pool. */
bool plan_class_uses(const struct slice_class *slice_class, const struct pool *pool);

/* Adds the classes that use the pool to `out`: "SliceClass a (classes/a.yaml), b (...)", or "no SliceClass". */
void plan_users(const struct plan *plan, const struct pool *pool, struct buf *out);

/* Adds a note for the user, such as what was left out. Errors: ERR_NOMEM. */
MUST_CHECK int plan_note(struct plan *plan, struct err *err, const char *format, ...) PRINTF(3, 4);

/* True if no class before the one at `index` has the same resource. */
bool plan_is_first_of_resource(const struct plan *plan, size_t index);

/* Adds a file with plan->comment, which it then empties, and the object, whose reference it takes over. `format` gives
 * the file's name. A NULL `object` means that memory ran out. Errors: ERR_LIMIT, ERR_NOMEM. */
MUST_CHECK int plan_add(struct plan *plan, enum render_use use, json_t *object, struct err *err, const char *format,
                        ...) PRINTF(5, 6);

/* The first adds a toleration of a taint, whatever its value; the second adds one for each of the taints. Neither adds
 * one that the array already has. As with json_append(), a NULL array means that memory ran out. */
void append_toleration(json_t **array, const char *key, const char *effect);
void append_tolerations(json_t **array, const struct taints *taints);

/* Builders. They return NULL when out of memory, or if a value that they take over is NULL. */
json_t *build_object(const char *api_version, const char *kind, const char *name,
                     const char *namespace_name); /* namespace_name may be NULL */
json_t *build_map(const struct keyvalues *map);
json_t *build_taint(const struct taint *taint);
json_t *build_requirement_in(const char *key, json_t *values);        /* takes over the values */
json_t *build_instance_types(const struct pool *pool, unsigned gpus); /* names of those with that many GPUs; 0: all */
json_t *build_number_text(int64_t number);
json_t *build_template(const char *yaml); /* a value with fixed parts, written in YAML */
json_t *build_yaml_text(json_t *value);   /* the YAML of the value, which it takes over, as a string */

/* The renderers, one per source file. Each adds its files to the plan. Errors: ERR_LIMIT, ERR_NOMEM;
 * render_ec2_node_class() also ERR_NOT_FOUND if the cluster's name is needed and missing. */
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

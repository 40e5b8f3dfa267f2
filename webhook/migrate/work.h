/* Data and functions that the converters share. Private to migrate/.
 *
 * Converters add without checking for errors, because migration->out_of_memory is checked once at the end; an
 * incomplete result is then discarded. */
#pragma once

#include "base/text.h"
#include "core/names.h"
#include "gpu/resource.h"
#include "gpu/table.h"
#include "karpenter/names.h"
#include "migrate/input/source.h"

#define UNKNOWN_CLUSTER "CLUSTER_NAME" /* written where the cluster is not known */

#define POOL_LABELS       "spec.template.metadata.labels"
#define POOL_REQUIREMENTS "spec.template.spec.requirements"
#define POOL_TAINTS       "spec.template.spec.taints"

/* An object or values file of the result. Its address is stable. */
struct output {
    json_t *value;
    char *title;   /* "NodePool gpu", or the name of a Helm values file */
    unsigned rank; /* the position in which it is printed; RANK_VALUES for a Helm values file */
    bool hidden;   /* not printed */
    struct strlist comments;
};
enum { RANK_CLASS, RANK_POOL, RANK_OVERLAY, RANK_CONFIG, RANK_OTHER, RANK_VALUES };

/* A NodePool that is being built. */
struct pool_draft {
    struct output *out;
    const char *name;
    struct source_object *source;         /* NULL if it was made for a command */
    const struct source_command *command; /* or NULL */
    struct output *node_class;            /* NULL if it is not in the result */
    const char *class_name;
    struct node limits; /* the limits in the source; without a value if there are none */
    bool current;       /* a NodePool of today, from which only policies are made: nothing is added to it */
};

/* One configuration of the device plugin: one key of its ConfigMap. */
struct plugin_config {
    char *old_key, *key;
    struct output *map; /* its ConfigMap */
    bool sharing, mps, rename;
    bool packed; /* it fills one GPU with shares before the next */
    int64_t replicas;
    char *resource;   /* the first shared resource: nvidia.com/gpu, nvidia.com/mig-1g.5gb */
    json_t *shares;   /* {resource: replicas} of all shared resources */
    char *strategy;   /* none, single, mixed */
    bool selected;    /* a NodePool of the result has its label */
    struct node from; /* the text in the input that has it */
};

struct migration {
    const struct gpu_table *gpus;
    const char *cluster;          /* from --cluster, helm's --set or karpenter-global-settings; NULL if unknown */
    struct strlist set_values;    /* owns those that helm sets */
    const char *instance_profile; /* the old global default, or NULL */
    struct source source;
    struct report report;
    struct output **outputs;
    size_t output_count;
    struct pool_draft *pools;
    size_t pool_count;
    struct plugin_config *configs;
    size_t config_count;
    struct manifests embedded;  /* kept until the end, because the report refers to their marks */
    json_t *mig_layouts;        /* {name: [{profile: count}]} from the mig-parted ConfigMaps of the input */
    const char *plugin_default; /* the configuration of nodes without a label, from Helm values; NULL if unknown */
    const char *mig_strategy;   /* from Helm values: none, single, mixed, "" (each configuration's); NULL if unknown */
    bool to_policies;           /* the result is policies, without objects that pass through */
    bool out_of_memory;
};

/* Records that a call ran out of memory. */
static inline void work_must(struct migration *migration, int result)
{
    if (result < 0)
        migration->out_of_memory = true;
}

/* tree_put(), tree_put_key() and tree_append() that record when memory ran out. */
void work_put(struct migration *migration, json_t *object, const char *path, json_t *value);
void work_put_key(struct migration *migration, json_t *object, const char *path, const char *key, json_t *value);
void work_append(struct migration *migration, json_t *object, const char *path, json_t *value);

/* Makes a valid object name in lower case: characters that are not letters or digits become dashes ("all-1g.5gb"
 * becomes "all-1g-5gb"). The name is empty if there is no letter or digit. */
enum { OBJECT_NAME_SIZE = 64 };
void work_object_name(const char *text, char ret_name[OBJECT_NAME_SIZE]);

/* Adds a current object with apiVersion, kind and name (NULL: none) to the result. Returns NULL only when out of
 * memory, which is recorded. */
struct output *work_output(struct migration *migration, unsigned rank, const char *version, const char *kind,
                           const char *name);
/* Returns the metadata.name of the output, or "". */
const char *work_name(const struct output *output);
/* Adds a complete object (a new reference, taken over) to the result. Returns NULL only when out of memory. */
struct output *work_output_value(struct migration *migration, unsigned rank, json_t *value);
void work_comment(struct migration *migration, struct output *output, const char *format, ...) PRINTF(3, 4);

/* Returns the Helm values file `name`, which the first call creates. */
struct output *work_values(struct migration *migration, const char *name);
void work_put_value(struct migration *migration, const char *file, const char *path, json_t *value);

/* Reads the document in a string value of `outer` (manifest/embed.h). Returns false if it is not a single mapping, or
 * when out of memory, which is recorded. *ret_root lives as long as the migration. */
bool work_embedded(struct migration *migration, const struct manifest *outer, struct node text, struct node *ret_root);

/* Returns the object of that kind and name, or NULL. */
struct source_object *work_find_object(const struct migration *migration, const char *kind, const char *name);

/* Adds a report entry about a NodePool, at the position of its source. */
void work_report_pool(struct migration *migration, const struct pool_draft *pool, enum fate fate, const char *format,
                      ...) PRINTF(4, 5);
/* True if the pool has one of the keys (WORDS()) as a requirement or a label. */
bool work_pool_has_any(const json_t *pool, const char *const keys[]);
void work_pool_require(struct migration *migration, json_t *pool, const char *key, const char *operator_name,
                       json_t *values);

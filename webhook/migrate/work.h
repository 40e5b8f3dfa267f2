/* What the converters work on together. Private to migrate/.
 *
 * Out of memory is remembered in migration->out_of_memory and asked for once at the end, so converters add without
 * checking; what they add may then be incomplete, and is thrown away. */
#ifndef GPUSLICE_MIGRATE_WORK_H
#define GPUSLICE_MIGRATE_WORK_H

#include "core/names.h"
#include "gpu/resource.h"
#include "gpu/table.h"
#include "karpenter/names.h"
#include "migrate/source.h"

#define POOL_LABELS       "spec.template.metadata.labels"
#define POOL_REQUIREMENTS "spec.template.spec.requirements"
#define POOL_TAINTS       "spec.template.spec.taints"

/* One object, or one values file, of the result. At a fixed address. */
struct output {
    json_t *value;
    char *title;   /* "NodePool gpu" */
    char *file;    /* of a Helm values file its name; NULL for objects */
    unsigned rank; /* in which order they are printed */
    bool hidden;   /* not printed */
    struct strlist comments;
};
enum { RANK_CLASS, RANK_POOL, RANK_OVERLAY, RANK_CONFIG, RANK_OTHER, RANK_VALUES };

/* A NodePool in the making. */
struct pool_draft {
    struct output *out;
    const char *name;
    const struct source_object *source;        /* NULL where it was made for a command */
    const struct source_command *command;      /* or NULL */
    const struct source_object *node_template; /* the old guides' NodeTemplate that it takes from, or NULL */
    struct output *node_class;                 /* NULL where it is not in the input */
    const char *class_name;
    struct node limits; /* in the source; without a value where it has none */
    bool has_kubelet;
};

/* One configuration of the device plugin: one key of its ConfigMap. */
struct plugin_config {
    char *old_key, *key;
    const char *config_map; /* its name */
    bool sharing, mps, rename;
    int64_t replicas;
    char *resource; /* what is shared: nvidia.com/gpu, nvidia.com/mig-1g.5gb */
    char *strategy; /* none, single, mixed */
    bool selected;  /* a NodePool of the result has the label for it */
};

struct migration {
    const struct gpu_table *gpus;
    const char *cluster;          /* --cluster, or what karpenter-global-settings says; NULL if unknown */
    const char *instance_profile; /* the old global default, or NULL */
    struct source source;
    struct report report;
    struct output **outputs;
    size_t output_count;
    struct pool_draft *pools;
    size_t pool_count;
    struct plugin_config *configs;
    size_t config_count;
    struct manifests embedded; /* kept to the end, because the report knows their marks */
    json_t *mig_layouts;       /* names of a mig-parted ConfigMap of the input to {profile: count} */
    bool to_policies;          /* the result is policies: what passes through is no part of it */
    bool out_of_memory;
};

/* Marks the migration where a call could not be done for want of memory. */
static inline void work_must(struct migration *migration, int result)
{
    if (result < 0)
        migration->out_of_memory = true;
}

/* An object of today with apiVersion, kind and name (NULL: none); spec is added by what is put into it. Never NULL but
 * when out of memory, which is remembered. */
struct output *work_output(struct migration *migration, unsigned rank, const char *version, const char *kind,
                           const char *name);
/* The same from a value (a new reference, taken over). */
struct output *work_output_value(struct migration *migration, unsigned rank, json_t *value);
void work_comment(struct migration *migration, struct output *output, const char *format, ...) PRINTF(3, 4);

/* The members of Helm values file `name`, made when first asked for. */
struct output *work_values(struct migration *migration, const char *name);

/* Reads the document in a string value of `outer` (manifest/embed.h). False if it is no single mapping. *ret_root lives
 * as long as the migration. */
bool work_embedded(struct migration *migration, const struct manifest *outer, struct node text, struct node *ret_root);

/* Reports about a NodePool, at what it was made from. */
void work_report_pool(struct migration *migration, const struct pool_draft *pool, enum fate fate, const char *format,
                      ...) PRINTF(4, 5);
bool work_pool_has_key(const json_t *pool, const char *key); /* as a requirement or a label */
void work_pool_require(struct migration *migration, json_t *pool, const char *key, const char *operator_name,
                       json_t *values);

#endif

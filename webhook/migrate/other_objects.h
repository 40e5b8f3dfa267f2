/* Handles objects that are not converted to current kinds of Karpenter, and objects that are no longer needed. Private
 * to migrate/. */
#pragma once

#include "migrate/work.h"

/* Converts the ConfigMap karpenter-global-settings to Helm values (karpenter-values.yaml), and records the values that
 * the EC2NodeClasses need. Returns false, and does nothing, if it is another ConfigMap. */
bool settings_convert(struct migration *migration, const struct source_object *object);

/* What became of a key of karpenter-global-settings, which the chart's values had below `settings`. */
struct setting_today {
    const char *path; /* in karpenter-values.yaml, or NULL if it has none now */
    enum fate fate;
    const char *why; /* NULL if it has a path */
};

/* Returns false if there was no such key, or if it is the same today. */
bool settings_find_today(const char *key, struct setting_today *ret_today);

/* Explains a part of a pod (`resources:`, `affinity:`), which is not an object, and leaves it out of the result.
 * Returns false, and does nothing, for other documents. Call it after the NodePools are complete. */
bool fragment_explain(struct migration *migration, struct source_object *object);

/* Records the layouts and returns true if the ConfigMap is one of mig-parted. It passes through like other objects. */
bool mig_config_map_note(struct migration *migration, const struct source_object *object);

/* Reports what the webhook does with the parts of a pod's spec. */
void pod_spec_explain(struct migration *migration, struct node spec);

/* Passes the object through, with the current names of Karpenter's labels and annotations. Reports what the webhook
 * will do with its pods. */
void object_pass(struct migration *migration, struct source_object *object);
/* Reports that it did, once nothing changes it any more. */
void object_report_pass(struct migration *migration, const struct source_object *object);
/* Drops an object that Karpenter creates itself: a Machine, or a NodeClaim of v1beta1. */
void object_drop(struct migration *migration, struct source_object *object);

/* Reports what makes an object unfit to be applied: no kind; placeholders (${NAME}, {{ .Values.name }}, <name>), which
 * migrate does not fill in; a configuration of the device plugin or of mig-parted that is not YAML. Of objects of other
 * kinds than Karpenter's that pass through, only the metadata is searched for placeholders. */
void object_check(struct migration *migration, const struct source_object *object);

/* Objects that are not converted to current kinds of Karpenter, and those that are no longer needed. Private to
 * migrate/. */
#ifndef GPUSLICE_MIGRATE_OTHER_OBJECTS_H
#define GPUSLICE_MIGRATE_OTHER_OBJECTS_H

#include "migrate/work.h"

/* Converts karpenter-global-settings to Helm values (karpenter-values.yaml), and keeps what the EC2NodeClasses need. */
bool settings_is(const struct source_object *object);
void settings_convert(struct migration *migration, struct source_object *object);

/* Remembers the layouts of a mig-parted ConfigMap; it passes through like any other object. */
void mig_config_map_note(struct migration *migration, const struct source_object *object);

/* Passes the object through, with current names of Karpenter's labels and annotations. Reports what the webhook does
 * with pods. */
void object_pass(struct migration *migration, struct source_object *object);
/* Drops what Karpenter creates itself: Machine, NodeClaim of v1beta1. */
void object_drop(struct migration *migration, struct source_object *object);

#endif

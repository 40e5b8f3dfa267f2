/* Objects that are no Karpenter objects of then, and those that nobody needs any more. Private to migrate/. */
#ifndef GPUSLICE_MIGRATE_OTHER_OBJECTS_H
#define GPUSLICE_MIGRATE_OTHER_OBJECTS_H

#include "migrate/work.h"

/* karpenter-global-settings: to Helm values (karpenter-values.yaml), and to what the EC2NodeClasses need of it. */
bool settings_is(const struct source_object *object);
void settings_convert(struct migration *migration, struct source_object *object);

/* Remembers the layouts of a mig-parted ConfigMap; it passes through like any other object. */
void mig_config_map_note(struct migration *migration, const struct source_object *object);

/* As it is, but for Karpenter's label and annotation names, wherever they stand; and of pods it is told what the
 * webhook does with them. */
void object_pass(struct migration *migration, struct source_object *object);
/* Made by Karpenter itself: Machine, NodeClaim of v1beta1. */
void object_drop(struct migration *migration, struct source_object *object);

#endif

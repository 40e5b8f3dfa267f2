/* SliceSettings: settings of the whole set. Shape and defaults: docs/policies.md. */
#pragma once

#include "gpu/resource.h"
#include "policy/pool.h"

#define SETTINGS_NAME "default" /* the only allowed name, so that a set has at most one SliceSettings */

struct slice_settings {
    char *name;                 /* NULL: the set has no SliceSettings, and the rest is empty */
    struct mark mark;           /* of the object's metadata.name */
    struct gpu_names gpu_names; /* spec.gpuResources, spec.otherDevices */
};

void settings_fini(struct slice_settings *settings);

/* Decodes a SliceSettings and reports its problems. `object` is the root node of its document. */
void settings_decode(const struct node *object, struct slice_settings *ret_settings);

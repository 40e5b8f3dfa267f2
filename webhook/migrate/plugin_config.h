/* The device plugin's configuration in a ConfigMap: to one that the plugin takes, and takes as it was meant.
 * Private to migrate/. Source: k8s-device-plugin v0.20.0 api/config/v1. */
#ifndef GPUSLICE_MIGRATE_PLUGIN_CONFIG_H
#define GPUSLICE_MIGRATE_PLUGIN_CONFIG_H

#include "migrate/rules.h"

/* Does any key of the ConfigMap hold one? */
bool plugin_config_is(struct migration *migration, const struct source_object *object);
void plugin_config_convert(struct migration *migration, struct source_object *object);

/* NULL if there is none of that key. */
struct plugin_config *plugin_config_find(const struct migration *migration, const char *key);

/* What selects each configuration, once the NodePools are known: Helm values, comments. */
void plugin_config_select(struct migration *migration);

#endif

/* Converts configurations of the device plugin in a ConfigMap to ones that the plugin accepts and that do what was
 * intended. Private to migrate/. Source: k8s-device-plugin v0.20.0 api/config/v1. */
#pragma once

#include "migrate/rules.h"

/* Returns false, and does nothing, if no key of the ConfigMap has a configuration of the device plugin. */
bool plugin_config_convert(struct migration *migration, const struct source_object *object);

/* Reads the configurations in `data` of Helm values ({key: text}), which are not part of the result. */
void plugin_config_note(struct migration *migration, const struct source_object *object, struct node data);

/* Returns the configuration with that key, or NULL. */
struct plugin_config *plugin_config_find(const struct migration *migration, const char *key);

/* Returns the only configuration that shares, or NULL. Sets *ret_count to the number of configurations that share. */
const struct plugin_config *plugin_config_only_sharing(const struct migration *migration, size_t *ret_count);

/* Writes what selects each configuration (Helm values, comments). Call it after the NodePools are complete. */
void plugin_config_select(struct migration *migration);

/* -- plugin_sharing.c -- */

/* Reads the MIG strategy, and the sharing of the first valid resource; the caller sets the keys and the ConfigMap. The
 * strings in the result are NULL when out of memory. */
struct plugin_config sharing_read(const json_t *config);
void plugin_config_fini(struct plugin_config *config);

/* Converts sharing.timeSlicing and sharing.mps. */
void rule_sharing(struct draft *draft, const struct node *node, const struct rule *rule);

/* Writes defaults explicitly, and removes `sharing` if nothing is left to share. `text` is the node of the string that
 * contains the configuration. */
void sharing_finish(struct draft *draft, const struct node *text, const struct plugin_config *config);

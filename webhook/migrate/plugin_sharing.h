/* Converts `sharing` of a device plugin configuration. Private to migrate/. */
#ifndef GPUSLICE_MIGRATE_PLUGIN_SHARING_H
#define GPUSLICE_MIGRATE_PLUGIN_SHARING_H

#include "migrate/rules.h"

/* Reads the valid part of a configuration; the caller sets the keys and the ConfigMap. The strings in the result are
 * NULL when out of memory. */
struct plugin_config sharing_peek(const json_t *config);
void plugin_config_fini(struct plugin_config *config);

/* Converts sharing.timeSlicing and sharing.mps. */
void rule_sharing(struct draft *draft, const struct node *node, const struct rule *rule);

/* Writes defaults explicitly, and removes `sharing` if nothing is left to share. `text` is the string that contains the
 * configuration. */
void sharing_finish(struct draft *draft, const struct node *text, const struct plugin_config *config);

#endif

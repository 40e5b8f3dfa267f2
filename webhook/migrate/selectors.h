/* Converts selectors of AWSNodeTemplate (a map: all of it must match, a comma means "or") to the terms of EC2NodeClass
 * (a list: one term must match entirely). Private to migrate/. */
#ifndef GPUSLICE_MIGRATE_SELECTORS_H
#define GPUSLICE_MIGRATE_SELECTORS_H

#include "migrate/rules.h"

enum { SELECTOR_TERMS_MAX = 30 }; /* the limit of the CRD */

/* Converts the map at `node` to the list at rule->target. `aws-ids` and `aws::ids` become ids, `aws::name` and
 * `aws::owners` become name and owner, and all others become tags. */
void rule_selector(struct draft *draft, const struct node *node, const struct rule *rule);

#endif

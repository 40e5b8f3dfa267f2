/* Selectors of AWSNodeTemplate (a map: all of it must match, a comma is an "or") as the terms of EC2NodeClass (a list:
 * one must match, with all of it). Private to migrate/. */
#ifndef GPUSLICE_MIGRATE_SELECTORS_H
#define GPUSLICE_MIGRATE_SELECTORS_H

#include "migrate/rules.h"

enum { SELECTOR_TERMS_MAX = 30 }; /* the limit of the CRD */

/* Converts the map at `node` to the list at rule->target. `aws-ids` and `aws::ids` become ids, `aws::name` and
 * `aws::owners` name and owner, all others tags. */
void rule_selector(struct draft *draft, const struct node *node, const struct rule *rule);

#endif

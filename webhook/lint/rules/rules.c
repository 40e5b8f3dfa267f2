/* Looks up rules. */
#include "lint/rules/rules.h"

#include "base/spelling.h"

#include <string.h>

const char *severity_name(enum severity severity)
{
    static const char *const names[] = {
        [SEVERITY_INFO] = "info", [SEVERITY_WARNING] = "warning", [SEVERITY_ERROR] = "error"};
    return names[severity];
}

const struct rule_family rule_families[] = {
    {"Pods, workloads and classes", rules_pods},
    {"NodePools, node classes and overlays", rules_nodes},
    {"Device plugin, mig-parted and GPU Operator", rules_nvidia},
    {"Namespaces and policies", rules_cluster},
    {0},
};

const struct rule *rule_get(enum rule_id code)
{
    for (const struct rule_family *family = rule_families; family->title; family++) {
        for (const struct rule *rule = family->rules; rule->id; rule++) {
            if (rule->code == code)
                return rule;
        }
    }
    return NULL;
}

const struct rule *rule_find(const char *id)
{
    for (enum rule_id i = 0; i < RULES; i++) {
        if (strcmp(rule_get(i)->id, id) == 0)
            return rule_get(i);
    }
    return NULL;
}

const char *rule_nearest(const char *id)
{
    struct spelling_search search = {.mistyped = id, .limit = spelling_tolerance(id)};
    for (enum rule_id i = 0; i < RULES; i++)
        spelling_consider(&search, rule_get(i)->id);
    return search.nearest;
}

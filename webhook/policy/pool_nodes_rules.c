/* Karpenter's rules for the fields of a NodePool, as its CRDs state them (karpenter and karpenter-provider-aws 1.14.1,
 * pkg/apis/crds). Does not depend on pools. */
#include "json/unconst.h"
#include "karpenter/label.h"
#include "policy/object.h"
#include "policy/pool_nodes_parts.h"

#include <regex.h>
#include <string.h>

#define DURATION "([0-9]+(s|m|h))+"

bool rule_matches(const struct node *node, const char *pattern, const char *text)
{
    regex_t compiled;
    if (regcomp(&compiled, pattern, REG_EXTENDED | REG_NOSUB) != 0) {
        object_nomem(node); /* the patterns are constants, so the only possible failure is lack of memory */
        return true;
    }
    bool matches = regexec(&compiled, text, 0, NULL, 0) == 0;
    regfree(&compiled);
    return matches;
}

void decode_matching(const struct node *node, const char *pattern, const char *wanted, void *target)
{
    if (!node_expect(node, JSON_STRING))
        return;
    if (rule_matches(node, pattern, json_string_value(node->value)))
        decode_string(node, target);
    else
        node_problem(node, "is \"%s\", must be %s", json_string_value(node->value), wanted);
}

void decode_duration(const struct node *node, void *target)
{
    decode_matching(node, "^" DURATION "$", "a duration of s, m and h, such as 30m", target);
}

void decode_duration_or_never(const struct node *node, void *target)
{
    decode_matching(node, "^(" DURATION "|Never)$", "a duration of s, m and h, such as 5m, or Never", target);
}

void for_elements(const struct node *list, void (*each)(const struct node *element, void *context), void *context)
{
    if (!node_expect(list, JSON_ARRAY))
        return;
    NODE_ELEMENTS(*list, element) {
        each(&element, context);
    }
}

/* Budgets are checked here and kept as written. */

static void check_matching(const struct node *node, const char *pattern, const char *wanted)
{
    AUTO(string) ignored = NULL;
    decode_matching(node, pattern, wanted, &ignored);
}

static void check_budget_nodes(const struct node *node, void *target)
{
    (void)target;
    check_matching(node, "^((100|[0-9]{1,2})%|[0-9]+)$", "a number of nodes or a percentage, such as \"1\" or \"10%\"");
}

static void check_budget_reason(const struct node *node, void *target)
{
    static const char *const words[] = {"Underutilized", "Empty", "Drifted", NULL};
    (void)target;
    int ignored = 0;
    decode_word(node, words, &ignored);
}

static void check_budget_reasons(const struct node *node, void *target)
{
    for_elements(node, check_budget_reason, target);
}

static void check_budget_schedule(const struct node *node, void *target)
{
    (void)target;
    check_matching(node,
                   "^(@(annually|yearly|monthly|weekly|daily|midnight|hourly)"
                   "|[^ ]+ +[^ ]+ +[^ ]+ +[^ ]+ +[^ ]+)$",
                   "a cron schedule, such as \"0 9 * * mon-fri\" or @daily");
}

static void check_budget_duration(const struct node *node, void *target)
{
    (void)target;
    check_matching(node, "^([0-9]+(h|m)|[0-9]+h[0-9]+m)(0s)?$", "a duration of hours and minutes, such as 8h or 1h30m");
}

static void check_budget(const struct node *node, void *context)
{
    static const struct field fields[] = {
        {"nodes", check_budget_nodes, 0, FIELD_REQUIRED},
        {"reasons", check_budget_reasons, 0, 0},
        {"schedule", check_budget_schedule, 0, 0},
        {"duration", check_budget_duration, 0, 0},
    };
    decode_object(node, fields, ARRAY_SIZE(fields), context);
    if (json_is_object(node->value) && !node_member(*node, "schedule").value != !node_member(*node, "duration").value)
        node_problem(node, "has only one of schedule and duration, must have both or none");
}

void decode_budgets(const struct node *node, void *target)
{
    char unused;
    for_elements(node, check_budget, &unused);
    if (json_is_array(node->value))
        decode_any(node, target);
}

const char *pool_nodes_label_restriction(const char *key)
{
    if (strcmp(key, LABEL_CAPACITY_TYPE) == 0)
        return NULL;
    if (karpenter_key_of(key, KARPENTER_GROUP))
        return "keys of karpenter.sh are Karpenter's own";
    if (strcmp(key, LABEL_HOSTNAME) == 0)
        return "Karpenter refuses kubernetes.io/hostname: a node that does not exist has none";
    if (karpenter_label_refused(key))
        return "Karpenter knows no such key of karpenter.k8s.aws, and takes no others";
    return NULL;
}

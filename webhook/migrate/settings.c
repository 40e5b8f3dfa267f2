/* Converts the ConfigMap karpenter-global-settings, which has been replaced by environment variables and Helm values.
 * Source: the chart karpenter 1.14.1. */
#include "migrate/other_objects.h"
#include "migrate/report/tree.h"

#include <string.h>

static const struct setting {
    const char *key;
    const char *value; /* its path in karpenter-values.yaml, or NULL */
    enum fate fate;
    const char *why;
} settings[] = {
    {"aws.clusterName", "settings.clusterName", FATE_CHANGED, NULL},
    {"aws.clusterEndpoint", "settings.clusterEndpoint", FATE_CHANGED, NULL},
    {"aws.interruptionQueueName", "settings.interruptionQueue", FATE_CHANGED, NULL},
    {"aws.vmMemoryOverheadPercent", "settings.vmMemoryOverheadPercent", FATE_CHANGED, NULL},
    {"aws.isolatedVPC", "settings.isolatedVPC", FATE_CHANGED, NULL},
    {"batchMaxDuration", "settings.batchMaxDuration", FATE_CHANGED, NULL},
    {"batchIdleDuration", "settings.batchIdleDuration", FATE_CHANGED, NULL},
    {"aws.defaultInstanceProfile", NULL, FATE_CHANGED, "spec.instanceProfile of each EC2NodeClass that had none"},
    {"aws.enablePodENI", NULL, FATE_NEEDLESS, "Karpenter always counts pod ENIs"},
    {"featureGates.driftEnabled", NULL, FATE_NEEDLESS, "drift is always on"},
    {"aws.enableENILimitedPodDensity", NULL, FATE_LOST, "use maxPods or podsPerCore of the EC2NodeClass's kubelet"},
    {"aws.nodeNameConvention", NULL, FATE_LOST, "Karpenter learns node names from the nodes"},
    {"aws.assumeRoleARN", NULL, FATE_LOST, "give Karpenter's service account the role itself"},
    {"aws.assumeRoleDuration", NULL, FATE_LOST, "give Karpenter's service account the role itself"},
    {"aws.tags", NULL, FATE_LOST, "there are no global tags: add them to each EC2NodeClass (spec.tags)"},
};

static const char no_setting[] = "Karpenter has no such setting any more";

static const struct setting *find_setting(const char *key)
{
    for (size_t i = 0; i < ARRAY_SIZE(settings); i++) {
        if (strcmp(settings[i].key, key) == 0)
            return &settings[i];
    }
    return strncmp(key, "aws.tags.", 9) == 0 ? find_setting("aws.tags") : NULL;
}

bool settings_find_today(const char *key, struct setting_today *ret_today)
{
    const struct setting *setting = find_setting(key);
    if (setting)
        *ret_today = (struct setting_today){setting->value, setting->fate, setting->why};
    else if (strncmp(key, "aws.", 4) == 0)
        *ret_today = (struct setting_today){NULL, FATE_LOST, no_setting};
    return setting || strncmp(key, "aws.", 4) == 0;
}

static void convert_setting(struct migration *migration, const struct node *node)
{
    const struct setting *setting = find_setting(node->key);
    const char *text = json_string_value(node->value);
    if (!setting) {
        report_add(&migration->report, node, FATE_LOST, "%s", no_setting);
        return;
    }

    if (strcmp(setting->key, "aws.clusterName") == 0 && text && !migration->cluster)
        migration->cluster = text;
    if (strcmp(setting->key, "aws.defaultInstanceProfile") == 0 && text && *text)
        migration->instance_profile = text;

    if (!setting->value) {
        report_add(&migration->report, node, setting->fate, "%s", setting->why);
        return;
    }
    work_put_value(migration, "karpenter-values.yaml", setting->value, json_deep_copy(node->value));
    report_add(&migration->report, node, FATE_CHANGED, "%s of Karpenter's Helm values (karpenter-values.yaml)",
               setting->value);
}

bool settings_convert(struct migration *migration, const struct source_object *object)
{
    if (strcmp(object->name, "karpenter-global-settings") != 0)
        return false;
    NODE_MEMBERS(object->node, member) {
        if (strcmp(member.key, "data") != 0) {
            report_add(&migration->report, &member, FATE_NEEDLESS, "the ConfigMap is not read any more");
            continue;
        }
        NODE_MEMBERS(member, setting) {
            convert_setting(migration, &setting);
        }
    }
    return true;
}

/* Helm values that make NVIDIA's GPU Operator read our ConfigMaps and run on our nodes. Source: NVIDIA/gpu-operator,
 * deployments/gpu-operator/values.yaml and controllers/object_controls.go. */
#include "render/plan.h"

#include <string.h>

static int add_toleration(struct tolerations *list, const char *key, const char *effect, struct err *err)
{
    const struct toleration wanted = {.key = key, .op = "Exists", .effect = effect};
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->items[i].key, key) == 0 && strcmp(list->items[i].effect, effect) == 0)
            return 0;
    }
    return tolerations_add(list, &wanted, err);
}

static int tolerate_all(struct tolerations *list, const struct taints *taints, struct err *err)
{
    for (size_t i = 0; i < taints->count; i++) {
        if (add_toleration(list, taints->items[i].key, taints->items[i].effect, err) < 0)
            return -1;
    }
    return 0;
}

static int collect_tolerations(const struct plan *plan, struct tolerations *list, struct err *err)
{
    if (add_toleration(list, GPU_RESOURCE_WHOLE, "NoSchedule", err) < 0)
        return -1;
    for (size_t i = 0; i < plan->set->pool_count; i++) {
        const struct pool *pool = &plan->set->pools[i];
        if (tolerate_all(list, &pool->taints, err) < 0 || tolerate_all(list, &pool->nodes.taints, err) < 0 ||
            tolerate_all(list, &pool->nodes.startup_taints, err) < 0)
            return -1;
    }
    return 0;
}

static json_t *tolerations_json(const struct tolerations *list)
{
    AUTO(json) array = json_array();
    for (size_t i = 0; array && i < list->count; i++) {
        const struct toleration *item = &list->items[i];
        if (json_array_append_new(array, json_pack("{s:s, s:s, s:s}", "key", item->key, "operator", item->op, "effect",
                                                   item->effect)) < 0)
            return NULL;
    }
    return TAKE(array);
}

/* A list in Helm values replaces the chart's list, so the chart's own two entries are repeated. */
static json_t *worker_tolerations(const struct tolerations *list)
{
    AUTO(json)
    array = json_pack("[{s:s, s:s, s:s}, {s:s, s:s, s:s}]", "key", "node-role.kubernetes.io/master", "operator",
                      "Exists", "effect", "NoSchedule", "key", "node-role.kubernetes.io/control-plane", "operator",
                      "Exists", "effect", "NoSchedule");
    AUTO(json) ours = tolerations_json(list);
    if (!array || !ours || json_array_extend(array, ours) < 0)
        return NULL;
    return TAKE(array);
}

static bool has_mig(const struct plan *plan)
{
    for (size_t i = 0; i < plan->set->pool_count; i++) {
        if (pool_is_mig(&plan->set->pools[i]) && pool_has_plugin_config(&plan->set->pools[i]))
            return true;
    }
    return false;
}

static int put_mig_manager(json_t *values)
{
    return put(values, "migManager",
               json_pack("{s:b, s:{s:b, s:s, s:s}, s:[{s:s, s:s}]}", "enabled", 1, "config", "create", 0, "name",
                         MIG_CONFIG_NAME, "default", MIG_CONFIG_NONE, "env", "name", "WITH_REBOOT", "value", "true"));
}

static json_t *make_values(const struct plan *plan, const struct tolerations *list)
{
    AUTO(json) values = json_object();
    if (!values || put(values, "driver", json_pack("{s:b}", "enabled", 0)) < 0 ||
        put(values, "toolkit", json_pack("{s:b}", "enabled", 0)) < 0 ||
        put(values, "mig", json_pack("{s:s}", "strategy", "")) < 0 ||
        put(values, "devicePlugin",
            json_pack("{s:{s:b, s:s, s:s}}", "config", "create", 0, "name", PLUGIN_CONFIG_NAME, "default",
                      PLUGIN_CONFIG_NONE)) < 0 ||
        (has_mig(plan) && put_mig_manager(values) < 0) ||
        put(values, "daemonsets", json_pack("{s:o}", "tolerations", tolerations_json(list))) < 0 ||
        put(values, "node-feature-discovery",
            json_pack("{s:{s:o}}", "worker", "tolerations", worker_tolerations(list))) < 0)
        return NULL;

    return TAKE(values);
}

int render_operator_values(struct plan *plan, struct err *err)
{
    static const char comment[] =
        "Helm values for NVIDIA's GPU Operator (25 or newer): helm upgrade --install gpu-operator "
        "nvidia/gpu-operator\n"
        "-n " OPERATOR_NAMESPACE " -f gpu-operator-values.yaml, after the ConfigMaps in this folder.\n"
        "\n"
        "mig.strategy is empty on purpose: a value here is given to every node's device plugin as an environment\n"
        "variable, which wins over its configuration. Empty, each pool's own flags.migStrategy holds, so that pools "
        "of\n"
        "both strategies, and of MPS (which refuses to start under `mixed`), can be in one cluster.\n"
        "driver and toolkit are off, as the EKS images for GPU instances bring both; switch them on for others.\n"
        "WITH_REBOOT lets the MIG manager reboot a node where MIG mode cannot be switched otherwise (A100 in a "
        "cloud).\n"
        "The tolerations are those of all taints of all pools: without them a node would never be cut.\n";
    struct tolerations list = {0};
    if (collect_tolerations(plan, &list, err) < 0) {
        tolerations_fini(&list);
        return -1;
    }

    json_t *values = make_values(plan, &list);

    tolerations_fini(&list);
    return render_files_add(&plan->files, RENDER_OTHER, "gpu-operator-values.yaml", comment, values, err);
}

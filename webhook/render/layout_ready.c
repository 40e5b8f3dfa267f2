/* The DaemonSet that removes the startup taint of pools whose slices have the resource name of whole GPUs. None of
 * NVIDIA's components removes it. A pod is scheduled to a node when the node's labels say that the layout is active:
 * the MIG manager's nvidia.com/mig.config.state=success if GPUs are partitioned, GPU feature discovery's
 * nvidia.com/gpu.replicas if they are shared. The pod then removes the taint. Therefore no program of ours runs on the
 * nodes, and nothing has to be watched. */
#include "render/plan.h"

#define KUBECTL_IMAGE "registry.k8s.io/kubectl:v1.34.2"
#define PAUSE_IMAGE   "registry.k8s.io/pause:3.10"

/* Adds a requirement that the node's label has that value. */
static void append_label(json_t **expressions, const char *key, json_t *value)
{
    json_append(expressions, build_requirement_in(key, json_pack("[o]", value)));
}

/* Returns a term for the nodes of the pool whose labels say that their GPUs are shared or partitioned as the pool
 * specifies. */
static json_t *affinity_term(const struct pool *pool)
{
    json_t *expressions = json_array();
    for (size_t i = 0; i < pool->labels.count; i++)
        append_label(&expressions, pool->labels.items[i].key, json_string(pool->labels.items[i].value));
    if (pool_is_mig(pool)) {
        append_label(&expressions, LABEL_MIG_CONFIG, json_string(pool->name));
        append_label(&expressions, LABEL_MIG_CONFIG_STATE, json_string("success"));
    }
    if (pool_is_shared(pool))
        append_label(&expressions, LABEL_GPU_REPLICAS, build_number_text(pool->replicas));
    return json_pack("{s:o}", "matchExpressions", expressions);
}

static json_t *affinity(const struct plan *plan)
{
    json_t *terms = json_array();
    for (size_t i = 0; i < plan->set->pool_count; i++) {
        if (plan_has_layout_taint(plan, &plan->set->pools[i]))
            json_append(&terms, affinity_term(&plan->set->pools[i]));
    }
    return json_pack("{s:{s:{s:o}}}", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution",
                     "nodeSelectorTerms", terms);
}

/* kubectl fails if the taint is absent, for example after a restart of the pod, so the first container sets the taint
 * and the second removes it.
 *
 * For either, kubectl reads the API server's list of resources, and there is no way around it: `kubectl patch` reads it
 * as well, and the image has no shell. kubectl 1.37 took 51 MiB with 40 CRDs, 61 MiB with 1,000 and 81 to 91 MiB with
 * 4,000, of which about half is its own mapped program. */
static const char pod_template[] =
    "serviceAccountName: " LAYOUT_READY_NAME "\n"
    "priorityClassName: system-node-critical\n"
    "securityContext: {runAsNonRoot: true, runAsUser: 65532, seccompProfile: {type: RuntimeDefault}}\n"
    "tolerations: [{operator: Exists}]\n"
    "affinity: {}\n" /* depends on the pools */
    "initContainers:\n"
    "- name: set\n"
    "  image: " KUBECTL_IMAGE "\n"
    "  args: [taint, nodes, $(NODE_NAME), '" TAINT_LAYOUT "=" LAYOUT_PENDING ":NoSchedule', --overwrite]\n"
    "  env: &node_name [{name: NODE_NAME, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}]\n"
    "  resources: &kubectl {requests: {cpu: 1m, memory: 64Mi}, limits: {memory: 256Mi}}\n"
    "  securityContext: &locked_down\n"
    "    {allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}\n"
    "- name: remove\n"
    "  image: " KUBECTL_IMAGE "\n"
    "  args: [taint, nodes, $(NODE_NAME), '" TAINT_LAYOUT ":NoSchedule-']\n"
    "  env: *node_name\n"
    "  resources: *kubectl\n"
    "  securityContext: *locked_down\n"
    "containers:\n"
    "- name: done\n"
    "  image: " PAUSE_IMAGE "\n"
    "  resources: {requests: {cpu: 1m, memory: 16Mi}, limits: {memory: 64Mi}}\n"
    "  securityContext: *locked_down\n";

static json_t *daemon_set(const struct plan *plan)
{
    json_t *object = build_object("apps/v1", "DaemonSet", LAYOUT_READY_NAME, OPERATOR_NAMESPACE);
    json_t *labels = json_pack("{s:s}", "app.kubernetes.io/name", LAYOUT_READY_NAME);
    json_t *pod = build_template(pod_template);
    json_put(&pod, "affinity", affinity(plan));
    json_put(&object, "spec",
             json_pack("{s:{s:O}, s:{s:{s:o}, s:o}}", "selector", "matchLabels", labels, "template", "metadata",
                       "labels", labels, "spec", pod));
    return object;
}

/* Adds the DaemonSet's ServiceAccount, ClusterRole and ClusterRoleBinding. */
static int add_permissions(struct plan *plan, struct err *err)
{
    static const char comment[] = "For the DaemonSet of layout-ready-daemonset.yaml.\n";
    buf_add_string(&plan->comment, comment);
    json_t *account = build_object("v1", "ServiceAccount", LAYOUT_READY_NAME, OPERATOR_NAMESPACE);
    if (plan_add(plan, RENDER_APPLIED, account, err, "layout-ready-serviceaccount.yaml") < 0)
        return -1;

    buf_add_string(&plan->comment, comment);
    json_t *role = build_object("rbac.authorization.k8s.io/v1", "ClusterRole", LAYOUT_READY_NAME, NULL);
    json_put(&role, "rules", build_template("[{apiGroups: [''], resources: [nodes], verbs: [get, patch]}]"));
    if (plan_add(plan, RENDER_APPLIED, role, err, "layout-ready-clusterrole.yaml") < 0)
        return -1;

    buf_add_string(&plan->comment, comment);
    json_t *binding = build_object("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", LAYOUT_READY_NAME, NULL);
    json_put(&binding, "roleRef",
             build_template("{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: " LAYOUT_READY_NAME "}"));
    json_put(
        &binding, "subjects",
        build_template("[{kind: ServiceAccount, name: " LAYOUT_READY_NAME ", namespace: " OPERATOR_NAMESPACE "}]"));
    return plan_add(plan, RENDER_APPLIED, binding, err, "layout-ready-clusterrolebinding.yaml");
}

static void add_comment(const struct plan *plan, struct buf *comment)
{
    buf_add_string(comment, "Removes the startup taint " TAINT_LAYOUT " from a node once its labels say that its "
                            "GPUs are cut:\nnvidia.com/mig.config.state of the MIG manager, nvidia.com/gpu.replicas "
                            "of GPU feature discovery.\nTo take its images from another registry, set `images` in a "
                            "kustomization.\nRendered for");
    for (size_t i = 0, count = 0; i < plan->set->pool_count; i++) {
        if (!plan_has_layout_taint(plan, &plan->set->pools[i]))
            continue;
        buf_addf(comment, "%s SlicePool %s (%s)", count++ ? "," : "", plan->set->pools[i].name,
                 plan_file(plan, &plan->set->pools[i].mark));
    }
    buf_add_string(comment, ".\n");
}

int render_layout_ready(struct plan *plan, struct err *err)
{
    bool needed = false;
    for (size_t i = 0; i < plan->set->pool_count; i++)
        needed = needed || plan_has_layout_taint(plan, &plan->set->pools[i]);
    if (!needed)
        return 0;
    if (add_permissions(plan, err) < 0)
        return -1;

    add_comment(plan, &plan->comment);
    return plan_add(plan, RENDER_APPLIED, daemon_set(plan), err, "layout-ready-daemonset.yaml");
}

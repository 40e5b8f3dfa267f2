/* The DaemonSet that removes the startup taint of pools whose slices have the resource name of whole GPUs, because none
 * of NVIDIA's components does. It is scheduled to a node when the node's labels say that the layout is active: the MIG
 * manager's nvidia.com/mig.config.state=success, or GPU feature discovery's nvidia.com/gpu.replicas. Its pod then
 * removes the taint. Therefore no program of ours runs on the nodes, and nothing has to be watched. */
#include "render/plan.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define KUBECTL_IMAGE "registry.k8s.io/kubectl:v1.34.2"
#define PAUSE_IMAGE   "registry.k8s.io/pause:3.10"

static bool has_taint(const struct pool *pool)
{
    for (size_t i = 0; i < pool->nodes.startup_taints.count; i++) {
        if (strcmp(pool->nodes.startup_taints.items[i].key, TAINT_LAYOUT) == 0)
            return true;
    }
    return false;
}

/* Adds expressions for the labels of a node whose GPUs are shared or partitioned as the pool says. */
static int add_state(json_t *expressions, const struct pool *pool)
{
    char replicas[32];
    (void)snprintf(replicas, sizeof(replicas), "%" PRId64, pool->replicas);
    if (pool_is_mig(pool) && (json_array_append_new(expressions, build_requirement(LABEL_MIG_CONFIG, "In",
                                                                                   json_pack("[s]", pool->name))) < 0 ||
                              json_array_append_new(expressions, build_requirement(LABEL_MIG_CONFIG_STATE, "In",
                                                                                   json_pack("[s]", "success"))) < 0))
        return -1;
    if (!pool_is_shared(pool))
        return 0;
    return json_array_append_new(expressions, build_requirement(LABEL_GPU_REPLICAS, "In", json_pack("[s]", replicas)));
}

static json_t *pool_affinity_term(const struct pool *pool)
{
    AUTO(json) expressions = json_array();
    if (!expressions)
        return NULL;
    for (size_t i = 0; i < pool->labels.count; i++) {
        const struct keyvalue *label = &pool->labels.items[i];
        if (json_array_append_new(expressions, build_requirement(label->key, "In", json_pack("[s]", label->value))) < 0)
            return NULL;
    }
    if (add_state(expressions, pool) < 0)
        return NULL;
    return json_pack("{s:O}", "matchExpressions", expressions);
}

static json_t *pool_affinity_terms(const struct plan *plan)
{
    AUTO(json) list = json_array();
    for (size_t i = 0; list && i < plan->set->pool_count; i++) {
        if (has_taint(&plan->set->pools[i]) &&
            json_array_append_new(list, pool_affinity_term(&plan->set->pools[i])) < 0)
            return NULL;
    }
    return TAKE(list);
}

static json_t *small_resources(void)
{
    return json_pack("{s:{s:s, s:s}, s:{s:s}}", "requests", "cpu", "1m", "memory", "16Mi", "limits", "memory", "64Mi");
}

static json_t *locked_down(void)
{
    return json_pack("{s:b, s:b, s:{s:[s]}}", "allowPrivilegeEscalation", 0, "readOnlyRootFilesystem", 1,
                     "capabilities", "drop", "ALL");
}

static json_t *kubectl_container(const char *name, const char *taint, const char *flag)
{
    json_t *arguments = json_pack("[s, s, s, s, s*]", "taint", "nodes", "$(NODE_NAME)", taint, flag);
    json_t *node_name =
        json_pack("[{s:s, s:{s:{s:s}}}]", "name", "NODE_NAME", "valueFrom", "fieldRef", "fieldPath", "spec.nodeName");
    return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o}", "name", name, "image", KUBECTL_IMAGE, "args", arguments, "env",
                     node_name, "resources", small_resources(), "securityContext", locked_down());
}

/* kubectl fails if the taint is absent, for example after a restart of the pod, so the first container sets the taint
 * and the second removes it. */
static json_t *init_containers(void)
{
    return json_pack("[o, o]", kubectl_container("set", TAINT_LAYOUT "=" LAYOUT_PENDING ":NoSchedule", "--overwrite"),
                     kubectl_container("remove", TAINT_LAYOUT ":NoSchedule-", NULL));
}

static json_t *pod_spec(const struct plan *plan)
{
    AUTO(json) spec = json_object();
    if (!spec || put(spec, "serviceAccountName", json_string(LAYOUT_READY_NAME)) < 0 ||
        put(spec, "priorityClassName", json_string("system-node-critical")) < 0 ||
        put(spec, "securityContext",
            json_pack("{s:b, s:i, s:{s:s}}", "runAsNonRoot", 1, "runAsUser", 65532, "seccompProfile", "type",
                      "RuntimeDefault")) < 0 ||
        put(spec, "tolerations", json_pack("[{s:s}]", "operator", "Exists")) < 0 ||
        put(spec, "affinity",
            json_pack("{s:{s:{s:o}}}", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution",
                      "nodeSelectorTerms", pool_affinity_terms(plan))) < 0 ||
        put(spec, "initContainers", init_containers()) < 0 ||
        put(spec, "containers",
            json_pack("[{s:s, s:s, s:o, s:o}]", "name", "done", "image", PAUSE_IMAGE, "resources", small_resources(),
                      "securityContext", locked_down())) < 0)
        return NULL;

    return TAKE(spec);
}

static json_t *daemon_set(const struct plan *plan)
{
    json_t *object = build_object("apps/v1", "DaemonSet", build_metadata(LAYOUT_READY_NAME, OPERATOR_NAMESPACE));
    json_t *template = json_pack("{s:{s:{s:s}}, s:o}", "metadata", "labels", "app.kubernetes.io/name",
                                 LAYOUT_READY_NAME, "spec", pod_spec(plan));
    json_t *spec = json_pack("{s:{s:{s:s}}, s:o}", "selector", "matchLabels", "app.kubernetes.io/name",
                             LAYOUT_READY_NAME, "template", template);
    if (put(object, "spec", spec) == 0)
        return object;
    json_decref(object);
    return NULL;
}

static json_t *cluster_role(void)
{
    return json_pack("{s:s, s:s, s:o, s:[{s:[s], s:[s], s:[s, s]}]}", "apiVersion", "rbac.authorization.k8s.io/v1",
                     "kind", "ClusterRole", "metadata", build_metadata(LAYOUT_READY_NAME, NULL), "rules", "apiGroups",
                     "", "resources", "nodes", "verbs", "get", "patch");
}

static json_t *cluster_role_binding(void)
{
    return json_pack("{s:s, s:s, s:o, s:{s:s, s:s, s:s}, s:[{s:s, s:s, s:s}]}", "apiVersion",
                     "rbac.authorization.k8s.io/v1", "kind", "ClusterRoleBinding", "metadata",
                     build_metadata(LAYOUT_READY_NAME, NULL), "roleRef", "apiGroup", "rbac.authorization.k8s.io",
                     "kind", "ClusterRole", "name", LAYOUT_READY_NAME, "subjects", "kind", "ServiceAccount", "name",
                     LAYOUT_READY_NAME, "namespace", OPERATOR_NAMESPACE);
}

static void comment_text(const struct plan *plan, struct buf *comment)
{
    buf_add_string(comment, "Removes the startup taint " TAINT_LAYOUT " from a node once its labels say that its "
                            "GPUs are cut:\nnvidia.com/mig.config.state of the MIG manager, nvidia.com/gpu.replicas "
                            "of GPU feature discovery.\nIts images may be taken from elsewhere by a kustomization.\n"
                            "Made for");
    for (size_t i = 0, count = 0; i < plan->set->pool_count; i++) {
        if (!has_taint(&plan->set->pools[i]))
            continue;
        buf_add_string(comment, count++ ? ", " : " ");
        plan_origin(plan, &plan->set->pools[i], comment);
    }
    buf_add_string(comment, ".\n");
}

int render_layout_ready(struct plan *plan, struct err *err)
{
    static const char for_the_daemon_set[] = "For the DaemonSet of layout-ready-daemonset.yaml.\n";
    bool needed = false;
    AUTO(buf) comment;

    buf_init(&comment, RENDER_COMMENT_MAX);
    for (size_t i = 0; i < plan->set->pool_count; i++)
        needed = needed || has_taint(&plan->set->pools[i]);

    if (!needed || plan->options->node_class == RENDER_KWOK)
        return 0;

    comment_text(plan, &comment);
    if (render_files_add(&plan->files, RENDER_APPLIED, "layout-ready-serviceaccount.yaml", for_the_daemon_set,
                         build_object("v1", "ServiceAccount", build_metadata(LAYOUT_READY_NAME, OPERATOR_NAMESPACE)),
                         err) < 0 ||
        render_files_add(&plan->files, RENDER_APPLIED, "layout-ready-clusterrole.yaml", for_the_daemon_set,
                         cluster_role(), err) < 0 ||
        render_files_add(&plan->files, RENDER_APPLIED, "layout-ready-clusterrolebinding.yaml", for_the_daemon_set,
                         cluster_role_binding(), err) < 0)
        return -1;

    return render_files_add(&plan->files, RENDER_APPLIED, "layout-ready-daemonset.yaml", buf_text(&comment),
                            daemon_set(plan), err);
}

/* The guard: a ValidatingAdmissionPolicy (admissionregistration.k8s.io/v1, Kubernetes 1.30) that the API server itself
 * evaluates, so that pods that ask for GPUs are refused while the webhook is down, where failurePolicy Ignore lets
 * them pass. It refuses what the webhook would never have let through; where a policy lets pods be (keep, warn, shadow,
 * none), so does the guard. */
#include "render/guard_cel.h"
#include "render/plan.h"

#include <stdio.h>

#define NAME "gpuslice-guard"

/* One that is written here, or made of the policies. */
struct variable {
    const char *name, *expression;
    void (*make)(const struct policy_set *set, struct buf *out);
};

/* A quantity of "0" is no request. The class is determined as admission/choose does: the pod's wish where the policy
 * lets pods choose, else the namespace's, else the default. */
static const struct variable variables[] = {
    {"lists",
     "(object.spec.containers + object.spec.?initContainers.orValue([])).map(c, "
     "[c.?resources.?limits.orValue({}), c.?resources.?requests.orValue({})])",
     NULL},
    {"asks", "variables.lists.exists(l, l.exists(m, m.exists(k, " GUARD_IS_GPU("k") " && string(m[k]) != '0')))", NULL},
    {"asksWhole", "variables.lists.exists(l, l.exists(m, m.exists(k, k == 'nvidia.com/gpu' && string(m[k]) != '0')))",
     NULL},
    {"usesClaims",
     "size(object.spec.?resourceClaims.orValue([])) > 0 || "
     "variables.lists.exists(l, l.exists(m, m.exists(k, " GUARD_IS_DRA("k") " && string(m[k]) != '0')))",
     NULL},
    {"terms",
     "object.spec.?affinity.?nodeAffinity.?requiredDuringSchedulingIgnoredDuringExecution."
     "?nodeSelectorTerms.orValue([])",
     NULL},
    {"inject", "namespaceObject.metadata.?labels['gpuslice.dev/inject'].orValue('')", NULL},
    {"policies", NULL, guard_policies},
    {"policyName", NULL, guard_policy},
    {"policy", "variables.policies[variables.policyName]", NULL},
    {"resources", NULL, guard_resources},
    {"labels", NULL, guard_labels},
    {"podWishes",
     "('pods choose' in variables.policy['rules'] ? [object.metadata.?annotations.orValue({})] : [])"
     ".filter(a, 'gpuslice.dev/class' in a || 'gpuslice.dev/memory' in a)",
     NULL},
    {"wishes",
     "variables.podWishes + [namespaceObject.metadata.?annotations.orValue({})]"
     ".filter(a, 'gpuslice.dev/class' in a || 'gpuslice.dev/memory' in a)",
     NULL},
    {"classes",
     "size(variables.wishes) == 0 ? variables.policy['default'] : "
     "variables.policy['allowed'].filter(n, !('gpuslice.dev/class' in variables.wishes[0]) || "
     "variables.wishes[0]['gpuslice.dev/class'] == n)",
     NULL},
    /* What the pod asks for is left as it is where no class applies. */
    {"unclassed",
     "variables.policyName == '' || (size(variables.wishes) == 0 ? size(variables.policy['default']) == 0 : "
     "'none' in variables.policy['rules'] && 'gpuslice.dev/class' in variables.wishes[0] && "
     "variables.wishes[0]['gpuslice.dev/class'] == 'none')",
     NULL},
    {"optedOut",
     "variables.inject != 'required' && object.metadata.?labels['gpuslice.dev/inject'].orValue('') == 'disabled'",
     NULL},
    {"letBe",
     "variables.optedOut || 'only looks' in variables.policy['rules'] || "
     "(variables.inject != 'required' && variables.unclassed) || "
     "(!variables.unclassed && ('lenient' in variables.policy['rules'] || "
     "('keeps whole GPUs' in variables.policy['rules'] && variables.asksWhole && size(variables.podWishes) == 0)))",
     NULL},
    /* The classes whose resource is the only GPU resource that the pod asks for. */
    {"candidates",
     "variables.classes.filter(n, variables.lists.all(l, l.all(m, m.all(k, !" GUARD_IS_GPU(
         "k") " || "
              "string(m[k]) == '0' || k == variables.resources[n]))))",
     NULL},
    /* A term without expressions matches no node. */
    {"placed",
     "size(variables.terms) > 0 && variables.terms.all(t, "
     "(size(t.?matchExpressions.orValue([])) == 0 && size(t.?matchFields.orValue([])) == 0) || "
     "variables.candidates.exists(n, variables.labels[n].all(l, t.?matchExpressions.orValue([]).exists(e, "
     "e.key == l && e.operator == 'In' && e.?values.orValue([]).all(v, v in variables.labels[n][l])))))",
     NULL},
};

static int add_variable(const struct plan *plan, const struct variable *variable, json_t *list, struct err *err)
{
    AUTO(buf) made;
    buf_init(&made, RENDER_TEXT_MAX);
    if (variable->make)
        variable->make(plan->set, &made);
    if (buf_check(&made, err) < 0)
        return -1;
    const char *expression = variable->make ? buf_text(&made) : variable->expression;
    json_t *item = json_pack("{s:s, s:s}", "name", variable->name, "expression", expression);
    return json_array_append_new(list, item) < 0 ? err_nomem(err) : 0;
}

static json_t *validations(void)
{
    return json_pack(
        "[{s:s, s:s, s:s}, {s:s, s:s, s:s}, {s:s, s:s, s:s}]", /* */
        "expression",
        "!variables.asks || !has(object.spec.nodeName) || (variables.inject != 'required' && variables.letBe)", /* */
        "message", "a pod that asks for a GPU may not set spec.nodeName in this namespace",                     /* */
        "reason", "Forbidden",                                                                                  /* */
        "expression", "!variables.asks || variables.letBe || variables.placed",                                 /* */
        "message",
        "a pod that asks for a GPU must be placed on the pools of a slice class: gpuslice did not see this one (the "
        "webhook is down, or its record was forged); try again later", /* */
        "reason", "Forbidden",                                         /* */
        "expression",
        "!variables.usesClaims || variables.optedOut || 'keeps claims' in variables.policy['rules'] || "
        "(variables.inject != 'required' && !('denies claims' in variables.policy['rules']))", /* */
        "message", "resource claims (DRA) are not allowed in this namespace", "reason", "Forbidden");
}

static json_t *match_conditions(void)
{
    return json_pack("[{s:s, s:s}]", "name", "not-created-by-a-node", "expression",
                     "!('system:nodes' in request.userInfo.?groups.orValue([]))");
}

static json_t *guard_spec(const struct plan *plan, struct err *err)
{
    AUTO(json)
    spec =
        json_pack("{s:s, s:{s:[{s:[s], s:[s], s:[s], s:[s]}]}}", "failurePolicy", "Fail", "matchConstraints",
                  "resourceRules", "apiGroups", "", "apiVersions", "v1", "operations", "CREATE", "resources", "pods");
    AUTO(json) list = json_array();
    if (!spec || !list || put(spec, "matchConditions", match_conditions()) < 0) {
        (void)err_nomem(err);
        return NULL;
    }
    for (size_t i = 0; i < ARRAY_SIZE(variables); i++) {
        if (add_variable(plan, &variables[i], list, err) < 0)
            return NULL;
    }
    if (json_object_set(spec, "variables", list) < 0 || put(spec, "validations", validations()) < 0) {
        (void)err_nomem(err);
        return NULL;
    }
    return TAKE(spec);
}

/* The namespaces that the chart's webhook configuration sends. The operator's validators ask for GPUs, and are bound.
 */
static json_t *binding(void)
{
    json_t *selector = json_pack("{s:{s:[{s:s, s:s, s:[s, s]}, {s:s, s:s, s:[s, s, s]}]}}", "namespaceSelector",   /* */
                                 "matchExpressions", "key", "gpuslice.dev/inject", "operator", "In", "values",     /* */
                                 "enabled", "required", "key", "kubernetes.io/metadata.name", "operator", "NotIn", /* */
                                 "values", "kube-system", "kube-node-lease", OPERATOR_NAMESPACE);
    json_t *object =
        build_object("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicyBinding", build_metadata(NAME, NULL));
    json_t *spec =
        json_pack("{s:s, s:[s], s:o}", "policyName", NAME, "validationActions", "Deny", "matchResources", selector);
    if (put(object, "spec", spec) == 0)
        return object;
    json_decref(object);
    return NULL;
}

int render_guard(struct plan *plan, struct err *err)
{
    static const char policy_comment[] =
        "The guard: refuses pods that ask for a GPU without the placement of a slice class, in namespaces labelled\n"
        "gpuslice.dev/inject. The API server evaluates it itself, so it holds while the webhook is down: namespaces\n"
        "`enabled` fail open for plain pods and closed for pods that ask for GPUs.\n"
        "Needs Kubernetes 1.30 or newer. Apply it after the webhook works; it must be rendered again whenever pools,\n"
        "classes or policies change, and applied together with them.\n";
    struct err making = {0};
    json_t *spec = guard_spec(plan, &making);
    if (!spec) {
        *err = making;
        return -1;
    }
    json_t *object =
        build_object("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy", build_metadata(NAME, NULL));
    if (put(object, "spec", spec) < 0) {
        json_decref(object);
        return err_nomem(err);
    }
    if (render_files_add(&plan->files, RENDER_APPLIED, "guard-policy.yaml", policy_comment, object, err) < 0)
        return -1;
    return render_files_add(&plan->files, RENDER_APPLIED, "guard-binding.yaml",
                            "Puts the guard of guard-policy.yaml into force in namespaces that have opted in.\n",
                            binding(), err);
}

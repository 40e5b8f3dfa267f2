/* The guard: a ValidatingAdmissionPolicy (admissionregistration.k8s.io/v1, Kubernetes 1.30) that the API server itself
 * evaluates, so that pods that ask for GPUs are refused while the webhook is down, where failurePolicy Ignore lets
 * them pass. It refuses what the webhook would never have let through; where a policy lets pods be (keep, warn, shadow,
 * none), so does the guard. */
#include "render/guard_cel.h"
#include "render/plan.h"

#include <stdio.h>

#define NAME "gpuslice-guard"

static int add_variable(json_t *list, const char *name, const char *expression)
{
    return json_array_append_new(list, json_pack("{s:s, s:s}", "name", name, "expression", expression));
}

static int add_made(json_t *list, const char *name, const struct plan *plan,
                    void (*make)(const struct policy_set *set, struct buf *out), struct err *err)
{
    AUTO(buf) expression;
    buf_init(&expression, RENDER_TEXT_MAX);
    make(plan->set, &expression);
    if (buf_check(&expression, err) < 0)
        return -1;
    return add_variable(list, name, buf_text(&expression)) < 0 ? err_nomem(err) : 0;
}

/* A quantity of "0" is no request; "gpu" names are those of admission, and DRA's implicit ones. */
static const struct {
    const char *name, *expression;
} fixed_variables[] = {
    {"lists", "(object.spec.containers + object.spec.?initContainers.orValue([])).map(c, "
              "[c.?resources.?limits.orValue({}), c.?resources.?requests.orValue({})])"},
    {"asks", "variables.lists.exists(l, l.exists(m, m.exists(k, " GUARD_IS_GPU("k") " && string(m[k]) != '0')))"},
    {"inject", "namespaceObject.metadata.?labels['gpuslice.dev/inject'].orValue('')"},
    {"chosen", "object.metadata.?annotations['gpuslice.dev/class'].orValue("
               "namespaceObject.metadata.?annotations['gpuslice.dev/class'].orValue(''))"},
    {"terms", "object.spec.?affinity.?nodeAffinity.?requiredDuringSchedulingIgnoredDuringExecution."
              "?nodeSelectorTerms.orValue([])"},
};

static const char *const opted_out_expression =
    "variables.inject != 'required' && object.metadata.?labels['gpuslice.dev/inject'].orValue('') == 'disabled'";

/* A pod that no policy or class is for passes only where nothing is required. */
static const char *const let_be_expression =
    "variables.optedOut || variables.mode == 'lenient' || (variables.inject != 'required' && "
    "(variables.mode == 'open' || (variables.mode == 'none' && variables.chosen == 'none')))";

/* The classes whose resource is the only GPU resource that the pod asks for. */
static const char *const candidates_expression =
    "variables.resources.filter(n, variables.lists.all(l, l.all(m, m.all(k, !(" GUARD_IS_GPU(
        "k") ") || "
             "string(m[k]) == '0' || k == variables.resources[n]))))";

/* A term without expressions matches no node. */
static const char *const placed_expression =
    "size(variables.terms) > 0 && variables.terms.all(t, "
    "(size(t.?matchExpressions.orValue([])) == 0 && size(t.?matchFields.orValue([])) == 0) || "
    "variables.candidates.exists(n, variables.labels[n].all(l, t.?matchExpressions.orValue([]).exists(e, "
    "e.key == l && e.operator == 'In' && e.?values.orValue([]).all(v, v in variables.labels[n][l])))))";

static int add_variables(const struct plan *plan, json_t *list, struct err *err)
{
    for (size_t i = 0; i < ARRAY_SIZE(fixed_variables); i++) {
        if (add_variable(list, fixed_variables[i].name, fixed_variables[i].expression) < 0)
            return err_nomem(err);
    }
    if (add_made(list, "mode", plan, guard_mode, err) < 0 || add_made(list, "claims", plan, guard_claims, err) < 0 ||
        add_made(list, "resources", plan, guard_resources, err) < 0 ||
        add_made(list, "labels", plan, guard_labels, err) < 0)
        return -1;
    if (add_variable(list, "optedOut", opted_out_expression) < 0 ||
        add_variable(list, "letBe", let_be_expression) < 0 ||
        add_variable(list, "candidates", candidates_expression) < 0 ||
        add_variable(list, "placed", placed_expression) < 0)
        return err_nomem(err);
    return 0;
}

static json_t *validations(void)
{
    return json_pack(
        "[{s:s, s:s, s:s}, {s:s, s:s, s:s}, {s:s, s:s, s:s}]",                              /* */
        "expression", "variables.letBe || !variables.asks || !has(object.spec.nodeName)",   /* */
        "message", "a pod that asks for a GPU may not set spec.nodeName in this namespace", /* */
        "reason", "Forbidden",                                                              /* */
        "expression", "variables.letBe || !variables.asks || variables.placed",             /* */
        "message",
        "a pod that asks for a GPU must be placed on the pools of a slice class: gpuslice did not see this one (the "
        "webhook is down, or its record was forged); try again later", /* */
        "reason", "Forbidden",                                         /* */
        "expression",
        "variables.optedOut || size(object.spec.?resourceClaims.orValue([])) == 0 || variables.claims == 'keep' || "
        "(variables.claims == '' && variables.inject != 'required')", /* */
        "message", "resource claims are not allowed in this namespace", "reason", "Forbidden");
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
    AUTO(json) variables = json_array();
    if (!spec || !variables || put(spec, "matchConditions", match_conditions()) < 0) {
        (void)err_nomem(err);
        return NULL;
    }
    if (add_variables(plan, variables, err) < 0)
        return NULL;
    if (json_object_set(spec, "variables", variables) < 0 || put(spec, "validations", validations()) < 0) {
        (void)err_nomem(err);
        return NULL;
    }
    return TAKE(spec);
}

static json_t *binding(void)
{
    json_t *selector = json_pack("{s:{s:[{s:s, s:s, s:[s, s]}]}}", "namespaceSelector", "matchExpressions", "key",
                                 "gpuslice.dev/inject", "operator", "In", "values", "enabled", "required");
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

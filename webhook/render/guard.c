/* The guard: a ValidatingAdmissionPolicy (admissionregistration.k8s.io/v1, Kubernetes 1.30). The API server itself
 * evaluates it, so pods that request GPUs are refused while the webhook is down, although failurePolicy Ignore would
 * admit them. The guard admits a pod that looks as the webhook would leave it, which may be unchanged (keep, warn,
 * shadow, none); docs/rendering.md#the-guard lists the exceptions. Unlike the webhook, it also sees containers that are
 * added to a running pod.
 *
 * The API server gives each expression a cost budget, and refuses the pod if an expression exceeds it. A variable is
 * evaluated when it is first used, so cheap conditions come before costly ones. */
#include "render/guard_cel.h"
#include "render/plan.h"

#define NAME "gpuslice-guard"

/* A variable with a fixed expression, or with one that `make` builds from the policies. */
struct variable {
    const char *name, *expression;
    void (*make)(const struct policy_set *set, struct buf *out);
};

/* True if every term of the node affinity pins the pod to the pools of one of these classes. A term without expressions
 * matches no node, so it is accepted. */
#define PLACED_ON(classes)                                                                              \
    "size(variables.terms) > 0 && variables.terms.all(t, "                                              \
    "(size(t.?matchExpressions.orValue([])) == 0 && size(t.?matchFields.orValue([])) == 0) || " classes \
    ".exists(n, variables.labels[n].all(l, t.?matchExpressions.orValue([]).exists(e, "                  \
    "e.key == l && e.operator == 'In' && e.?values.orValue([]).all(v, v in variables.labels[n][l])))))"

/* CLASS_OF: the class in the map `a` of annotations, or ''. WISHES: true if `a` has a class or a memory. Charts write
 * blank annotations, which count as absent. */
#define CLASS_OF(a) a "[?'" ANNOTATION_CLASS "'].orValue('').trim()"
#define WISHES(a)   CLASS_OF(a) " != '' || " a "[?'" ANNOTATION_MEMORY "'].orValue('').trim() != ''"

#define SETS_DEVICES(c) c ".?env.orValue([]).exists(e, e.name == '" VISIBLE_DEVICES "')"

/* The kubelet uses the last of several entries with the same name. */
#define SEES_NO_DEVICES(c)                                                                           \
    "[" c ".?env.orValue([]).filter(e, e.name == '" VISIBLE_DEVICES "')].all(own, size(own) > 0 && " \
    "own[size(own) - 1].?value.orValue('') == '" VISIBLE_DEVICES_NONE "' && !has(own[size(own) - 1].valueFrom))"

/* The ephemeral containers that an update adds; existing ones cannot change. */
#define ADDED_CONTAINERS                                      \
    "object.spec.?ephemeralContainers.orValue([]).filter(c, " \
    "!oldObject.spec.?ephemeralContainers.orValue([]).exists(o, o.name == c.name))"

/* A quantity of zero is not a request. Limit and request of an extended resource are equal, because the API server
 * validates the pod before it evaluates the policy. The class is determined as in admission/steps/step_choose_class.c:
 * the pod's choice if the policy lets pods choose, else the namespace's, else the default. */
static const struct variable variables[] = {
    {"debugs", "request.operation == 'UPDATE'", NULL}, /* of pods/ephemeralcontainers, see policy_template */
    {"containers", "object.spec.containers + object.spec.?initContainers.orValue([])", NULL},
    {"asking", NULL, guard_asking},
    {"askingNames", "variables.asking.map(c, c.name)", NULL},
    {"asks", "size(variables.asking) > 0", NULL},
    {"asked", NULL, guard_asked},
    {"asksWhole",
     "variables.asked.exists(m, m.exists(k, k != '" GPU_RESOURCE_SHARED "' && !k.startsWith('" MIG_RESOURCE_PREFIX
     "')))",
     NULL},
    {"usesClaims",
     "size(object.spec.?resourceClaims.orValue([])) > 0 || variables.containers.exists(c, "
     "[c.?resources.?limits.orValue({}), c.?resources.?requests.orValue({})].exists(m, m.exists(k, " GUARD_IS_DRA(
         "k") " && string(m[k]) != '0')))",
     NULL},
    {"terms",
     "object.spec.?affinity.?nodeAffinity.?requiredDuringSchedulingIgnoredDuringExecution."
     "?nodeSelectorTerms.orValue([])",
     NULL},
    {"inject", "namespaceObject.metadata.?labels['" LABEL_INJECT "'].orValue('')", NULL},
    {"everyPod", "namespaceObject.metadata.?labels['" LABEL_PODS "'].orValue('') == 'all'", NULL},
    {"policies", NULL, guard_policies},
    {"policyName", NULL, guard_policy},
    {"policy", "variables.policies[variables.policyName]", NULL},
    {"resources", NULL, guard_resources},
    {"labels", NULL, guard_labels},
    {"limits", NULL, guard_limits},
    {"podWishes",
     "('pods choose' in variables.policy['rules'] ? [object.metadata.?annotations.orValue({})] : [])"
     ".filter(a, " WISHES("a") ")",
     NULL},
    {"wishes",
     "variables.podWishes + [namespaceObject.metadata.?annotations.orValue({})]"
     ".filter(a, " WISHES("a") ")",
     NULL},
    {"classes",
     "size(variables.wishes) == 0 ? variables.policy['default'] : "
     "variables.policy['allowed'].filter(n, " CLASS_OF("variables.wishes[0]") " in ['', n])",
     NULL},
    /* If no class applies, the webhook leaves the pod's requests unchanged. */
    {"unclassed",
     "variables.policyName == '' || (size(variables.wishes) == 0 ? size(variables.policy['default']) == 0 : "
     "'none' in variables.policy['rules'] && " CLASS_OF("variables.wishes[0]") " == 'none')",
     NULL},
    {"optedOut",
     "variables.inject != 'required' && object.metadata.?labels['" LABEL_INJECT "'].orValue('') == 'disabled'", NULL},
    {"letBe",
     "variables.optedOut || 'only looks' in variables.policy['rules'] || "
     "(variables.inject != 'required' && variables.unclassed) || "
     "(!variables.unclassed && ('lenient' in variables.policy['rules'] || "
     "('keeps whole GPUs' in variables.policy['rules'] && variables.asksWhole && size(variables.podWishes) == 0)))",
     NULL},
    /* The classes whose resource is the only GPU resource in the pod. */
    {"candidates", "variables.classes.filter(n, variables.asked.all(m, m.all(k, k == variables.resources[n])))", NULL},
    {"placed", PLACED_ON("variables.candidates"), NULL},
    /* The limit per pod applies to the sum over containers that run at the same time, the limit per container to each
     * container. */
    {"running",
     "(object.spec.containers + object.spec.?initContainers.orValue([]).filter(c, "
     "c.?restartPolicy.orValue('') == 'Always')).map(c, c.?resources.?limits.orValue({}))",
     NULL},
    {"fitting",
     "variables.candidates.filter(n, variables.asking.all(c, "
     "[c.?resources.?limits.orValue({}), c.?resources.?requests.orValue({})].all(m, "
     "!(variables.resources[n] in m) || quantity(string(m[variables.resources[n]]))"
     ".compareTo(quantity(string(variables.limits[n][0]))) <= 0)) && "
     "variables.running.map(m, variables.resources[n] in m ? "
     "quantity(string(m[variables.resources[n]])).asInteger() : 0).sum() <= variables.limits[n][1])",
     NULL},
    {"guards", "'guards' in variables.policy['rules'] && (variables.everyPod || !variables.optedOut)", NULL},
    {"guardsEveryPod", "variables.everyPod && variables.guards", NULL},
};

struct validation {
    const char *expression, *message;
};

static const struct validation validations[] = {
    {"variables.debugs || !variables.asks || !has(object.spec.nodeName) || "
     "(variables.inject != 'required' && variables.letBe)",
     "a pod that asks for a GPU may not set spec.nodeName in this namespace"},
    {"variables.debugs || !variables.asks || variables.letBe || variables.placed",
     "a pod that asks for a GPU must be placed on the pools of a slice class: gpuslice did not see this one (the "
     "webhook is down, or its record was forged); try again later"},
    {"variables.debugs || !variables.asks || variables.letBe || !variables.placed || (" PLACED_ON(
         "variables.fitting") ")",
     "this pod asks for more slices than its class allows in a container or in a pod: gpuslice did not see it (the "
     "webhook is down, or its record was forged)"},
    {"variables.debugs || !variables.usesClaims || variables.optedOut || 'keeps claims' in variables.policy['rules'] "
     "|| (variables.inject != 'required' && !('denies claims' in variables.policy['rules']))",
     "resource claims (DRA) are not allowed in this namespace"},
    {"variables.debugs || !variables.guards || variables.asking.all(c, !" SETS_DEVICES("c") ")",
     "a container that asks for a GPU may not set NVIDIA_VISIBLE_DEVICES in this namespace: the device plugin sets it"},
};

/* Images may set the variable themselves, so only a container that sets it to void is known to see no GPU. */
static const struct validation void_validations[] = {
    {"variables.debugs || !variables.guardsEveryPod || "
     "variables.containers.all(c, (c.name in variables.askingNames && !" GUARD_QUANTITIES_OF(
         "c") ".exists(m, " GUARD_TOO_MANY("m") ")) || " SEES_NO_DEVICES("c") ")",
     "every container without a GPU request must have NVIDIA_VISIBLE_DEVICES=void in this namespace; gpuslice writes "
     "it, but did not see this pod (the webhook is down): try again later"},
    {"!variables.debugs || !variables.guardsEveryPod || " ADDED_CONTAINERS ".all(c, " SEES_NO_DEVICES("c") ")",
     "a container that is added to a running pod must set NVIDIA_VISIBLE_DEVICES=void in this namespace: kubectl debug "
     "--env=" VISIBLE_DEVICES "=" VISIBLE_DEVICES_NONE},
};

static const struct validation gpu_only_validations[] = {
    {"!variables.debugs || !variables.guardsEveryPod || " ADDED_CONTAINERS
     ".all(c, !" SETS_DEVICES("c") " || " SEES_NO_DEVICES("c") ")",
     "a container that is added to a running pod may set NVIDIA_VISIBLE_DEVICES to nothing but void in this namespace"},
};

static int append_variable(json_t **list, const struct policy_set *set, const struct variable *variable,
                           struct err *err)
{
    AUTO(buf) made;
    buf_init(&made, RENDER_TEXT_MAX);
    if (variable->make)
        variable->make(set, &made);
    if (buf_check(&made, err) < 0)
        return -1;
    const char *expression = variable->make ? buf_text(&made) : variable->expression;
    json_append(list, json_pack("{s:s, s:s}", "name", variable->name, "expression", expression));
    return 0;
}

static void append_validations(json_t **list, const struct validation table[], size_t count)
{
    for (size_t i = 0; i < count; i++)
        json_append(list, json_pack("{s:s, s:s, s:s}", "expression", table[i].expression, "message", table[i].message,
                                    "reason", "Forbidden"));
}

static json_t *make_validations(enum render_guard guard)
{
    json_t *list = json_array();
    append_validations(&list, validations, ARRAY_SIZE(validations));
    if (guard == RENDER_GUARD_GPU_ONLY)
        append_validations(&list, gpu_only_validations, ARRAY_SIZE(gpu_only_validations));
    else
        append_validations(&list, void_validations, ARRAY_SIZE(void_validations));
    return list;
}

static const char policy_template[] =
    "failurePolicy: Fail\n"
    "matchConstraints:\n"
    "  resourceRules:\n"
    "  - {apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [pods]}\n"
    "  - {apiGroups: [''], apiVersions: [v1], operations: [UPDATE], resources: [pods/ephemeralcontainers]}\n"
    "matchConditions:\n"
    "- name: not-created-by-a-node\n"
    "  expression: \"!('system:nodes' in request.userInfo.?groups.orValue([]))\"\n";

/* Selects the same namespaces as the chart's webhook configuration does by default, except that the chart also excludes
 * the namespace of its release, which is not known here. The GPU Operator's validators request GPUs and are bound to a
 * node, so the namespace of the operator is exempt. */
static const char binding_template[] = "policyName: " NAME "\n"
                                       "validationActions: [Deny]\n"
                                       "matchResources:\n"
                                       "  namespaceSelector:\n"
                                       "    matchExpressions:\n"
                                       "    - {key: " LABEL_INJECT ", operator: In, values: [enabled, required]}\n"
                                       "    - key: kubernetes.io/metadata.name\n"
                                       "      operator: NotIn\n"
                                       "      values: [kube-system, kube-node-lease, " OPERATOR_NAMESPACE "]\n";

static void add_comment(enum render_guard guard, struct buf *out)
{
    buf_add_string(
        out,
        "The guard: in namespaces labelled gpuslice.dev/inject it refuses pods that ask for a GPU without the\n"
        "placement of a slice class, or for more slices than the class allows. The API server itself evaluates it,\n"
        "so it also applies while the webhook is down: `enabled` namespaces then stay open to plain pods, and are\n"
        "closed to pods that ask for GPUs.\n");
    if (guard == RENDER_GUARD_GPU_ONLY)
        buf_add_string(out, "Rendered with --guard=gpu-only: it does not require NVIDIA_VISIBLE_DEVICES=void.\n");
    else
        buf_add_string(
            out,
            "In namespaces labelled gpuslice.dev/pods: all whose policy has visibleDevices: guard it requires\n"
            "NVIDIA_VISIBLE_DEVICES=void in every container without a GPU request, as the webhook writes it. Such\n"
            "namespaces are closed to plain pods too while the webhook is down (--guard=gpu-only omits this rule).\n");

    buf_add_string(out,
                   "Needs Kubernetes 1.30 or newer. Apply it once the webhook works. Render it again whenever pools, "
                   "classes\n"
                   "or policies change, and apply it together with them.\n");
}

int render_guard(struct plan *plan, struct err *err)
{
    AUTO(json) list = json_array();
    for (size_t i = 0; i < ARRAY_SIZE(variables); i++) {
        if (append_variable(&list, plan->set, &variables[i], err) < 0)
            return -1;
    }

    add_comment(plan->options->guard, &plan->comment);
    json_t *spec = build_template(policy_template);
    json_put(&spec, "variables", TAKE(list));
    json_put(&spec, "validations", make_validations(plan->options->guard));
    json_t *policy = build_object("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy", NAME, NULL);
    json_put(&policy, "spec", spec);
    if (plan_add(plan, RENDER_APPLIED, policy, err, "guard-policy.yaml") < 0)
        return -1;

    buf_add_string(&plan->comment,
                   "Puts the guard of guard-policy.yaml into force in namespaces that have opted in.\n");
    json_t *binding = build_object("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicyBinding", NAME, NULL);
    json_put(&binding, "spec", build_template(binding_template));
    return plan_add(plan, RENDER_APPLIED, binding, err, "guard-binding.yaml");
}

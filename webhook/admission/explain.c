/* Puts a decision into words. Decides nothing itself. */
#include "admission/explain.h"

#include "admission/explain_candidates.h"
#include "base/text.h"
#include "core/names.h"
#include "core/quantity.h"
#include "json/apply.h"
#include "json/pointer.h"
#include "policy/price.h"

#include <string.h>

enum { EXPLAIN_PATCH_MAX = 4 * 1024 * 1024, EXPLAIN_VALUE_MAX = 160 };

/* How the class was found, and what is said if there is none. */
static const struct {
    const char *found, *none;
} class_sources[] = {
    [CLASS_FROM_NOTHING] = {"", "nothing names one"},
    [CLASS_FROM_POD_CLASS] = {"named by the pod's annotation gpuslice.dev/class",
                              "named by the pod's annotation gpuslice.dev/class"},
    [CLASS_FROM_POD_MEMORY] = {"the cheapest for the pod's annotation gpuslice.dev/memory",
                               "no class for the pod's annotation gpuslice.dev/memory"},
    [CLASS_FROM_NAMESPACE_CLASS] = {"named by the namespace's annotation gpuslice.dev/class",
                                    "named by the namespace's annotation gpuslice.dev/class"},
    [CLASS_FROM_NAMESPACE_MEMORY] = {"the cheapest for the namespace's annotation gpuslice.dev/memory",
                                     "no class for the namespace's annotation gpuslice.dev/memory"},
    [CLASS_FROM_DEFAULT] = {"the policy's default", ""},
    [CLASS_FROM_COPY] = {"whose slices and placement the pod has, as a copy of another pod", ""},
};

/* Adds why there is no policy: none matches, or none was looked for. */
static void explain_no_policy(const struct decision *decision, struct buf *out)
{
    static const char *const not_asked[REASONS] = {
        [REASON_NAMESPACE_NOT_ENABLED] = "the namespace is not opted in",
        [REASON_POD_OPTED_OUT] = "the pod opts out by its label " LABEL_INJECT ": disabled",
        [REASON_DAEMONSET_POD] = "pods of a DaemonSet get no slice",
        [REASON_DAEMONSET_GPU] = "pods of a DaemonSet get no slice",
        [REASON_ALREADY_BOUND] = "a pod with spec.nodeName gets no slice",
        [REASON_BOUND_GPU] = "a pod with spec.nodeName gets no slice",
        [REASON_NODE_CREATED_POD] = "a node creates this pod itself",
    };
    const char *why = not_asked[decision->out.reason];
    if (!why) {
        buf_addf(out, "  policy      none of %zu matches the namespace\n", decision->in->set->policy_count);
        return;
    }

    buf_addf(out, "  policy      not looked for: %s\n", why);
    if (decision->out.reason == REASON_NAMESPACE_NOT_ENABLED)
        buf_addf(out, "              to opt it in: kubectl label --overwrite namespace %s " LABEL_INJECT "=enabled\n",
                 decision->in->ns->name);
}

/* Adds the policy that applies, and the others that match the namespace. */
static void explain_policies(const struct decision *decision, struct buf *out)
{
    const struct namespace_info *ns = decision->in->ns;

    if (!decision->found.policy) {
        explain_no_policy(decision, out);
        return;
    }

    const struct policy *policy = decision->found.policy;
    buf_addf(out, "  policy      %s, priority %lld (%s:%u)\n", policy->name, (long long)policy->priority,
             policy->mark.file, policy->mark.line);

    for (size_t i = 0; i < decision->in->set->policy_count; i++) {
        const struct policy *other = &decision->in->set->policies[i];
        if (other == policy || !policy_matches(other, ns->name, &ns->labels))
            continue;
        buf_addf(out, "              matches too, but lost: %s, priority %lld (%s:%u)\n", other->name,
                 (long long)other->priority, other->mark.file, other->mark.line);
    }
}

/* Adds what a slice costs an hour by the class, and on the nodes of each of its pools if that may differ. */
static void explain_price(const struct decision *decision, struct buf *out)
{
    const struct slice_class *slice_class = decision->found.slice_class;
    const char *label = "price";
    bool of_table = false;
    if (slice_class->own_price) {
        char price[PRICE_TEXT_SIZE];
        price_text(slice_class->price, price);
        buf_addf(out, "  %-10s  $%s an hour, ", label, price);
        price_add_source(slice_class, out);
        buf_add_char(out, '\n');
        label = "";
    }

    for (size_t i = 0; i < slice_class->pool_count; i++) {
        buf_addf(out, "  %-10s  ", label);
        of_table = price_add_pool(slice_class, slice_class->pools[i], out) || of_table;
        buf_add_char(out, '\n');
        label = "";
    }

    if (slice_class->pool_count > 1 && slice_class->price_pool)
        buf_addf(out, "              the class has that of %s, the lowest\n", slice_class->price_pool->name);
    if (of_table)
        buf_addf(out, "              prices on demand are of us-east-1 (table of %s)\n", decision->in->set->prices_of);
}

static void explain_class(const struct decision *decision, struct buf *out)
{
    const struct slice_class *slice_class = decision->found.slice_class;

    if (!decision->found.policy)
        return;
    if (!slice_class) {
        buf_addf(out, "  class       none: %s\n", class_sources[decision->found.class_source].none);
        return;
    }

    char memory[QUANTITY_TEXT_SIZE];

    quantity_bytes_text(slice_class->memory_bytes, memory);
    buf_addf(out, "  class       %s (%s:%u), %s\n  slice       %s, %s%s, on", slice_class->name, slice_class->mark.file,
             slice_class->mark.line, class_sources[decision->found.class_source].found, slice_class->resource, memory,
             slice_class->shared ? " as a share" : "");
    for (size_t i = 0; i < slice_class->pool_count; i++)
        buf_addf(out, "%s %s", i ? "," : "", slice_class->pools[i]->name);

    buf_add_char(out, '\n');
    explain_price(decision, out);
}

static void explain_containers(const struct decision *decision, struct buf *out)
{
    const char *label = "containers";
    for (size_t i = 0; i < decision->in->pod->count; i++) {
        if (decision->found.slices[i] == 0)
            continue;
        const char *name = decision->in->pod->containers[i].name;
        buf_addf(out, "  %-10s  ", label);
        buf_add_printable(out, name, strlen(name), '?');
        buf_addf(out, ": %lld\n", (long long)decision->found.slices[i]);
        label = "";
    }
}

/* Adds the value as compact JSON, shortened if it is long. */
static int explain_value(const char *label, const json_t *value, struct buf *out, struct err *err)
{
    AUTO(string) text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    if (!text)
        return err_nomem(err);
    buf_addf(out, "              %s ", label);
    buf_add_printable(out, text, text_fit(text, EXPLAIN_VALUE_MAX), '?');
    buf_addf(out, "%s\n", strlen(text) > EXPLAIN_VALUE_MAX ? "..." : "");
    return 0;
}

static int explain_operation(const struct decision *decision, size_t index, const json_t *operation, json_t *before,
                             struct buf *out, struct err *err)
{
    const char *op = json_string_value(json_object_get(operation, "op"));
    const char *path = json_string_value(json_object_get(operation, "path"));
    const json_t *value = json_object_get(operation, "value");
    struct err absent;
    const json_t *old = pointer_get(before, path, &absent);

    buf_addf(out, "    %-8s  %s\n", op, path);
    if (value && explain_value("to ", value, out, err) < 0)
        return -1;
    if (old && explain_value("was", old, out, err) < 0)
        return -1;

    const struct origin *origin = changes_origin(&decision->out.changes, index);
    if (origin && origin->mark)
        buf_addf(out, "              by  %s %s (%s:%u): %s\n", origin->kind, origin->name, origin->mark->file,
                 origin->mark->line, origin->rule);
    else if (origin)
        buf_addf(out, "              by  %s %s (no longer there): %s\n", origin->kind, origin->name, origin->rule);

    return 0;
}

static int explain_patch(const struct decision *decision, const json_t *pod, struct buf *out, struct err *err)
{
    AUTO(buf) text;

    buf_init(&text, EXPLAIN_PATCH_MAX);
    if (patch_print(&decision->out.changes.patch, &text, err) < 0)
        return -1;

    AUTO(json) operations = json_loadb(text.data, text.length, 0, NULL);
    AUTO(json) current = json_deep_copy(pod);
    if (!operations || !current)
        return err_nomem(err);

    buf_addf(out, "  changes     %zu\n", decision->out.changes.patch.count);
    for (size_t i = 0; i < json_array_size(operations); i++) {
        const json_t *operation = json_array_get(operations, i);
        if (explain_operation(decision, i, operation, current, out, err) < 0)
            return -1;
        AUTO(json) one = json_pack("[O]", operation);
        if (!one)
            return err_nomem(err);
        if (patch_apply(&current, one, err) < 0)
            return err_set(err, ERR_INTERNAL, "the patch does not apply to its own pod");
    }

    return 0;
}

int explain_decision(const struct decision *decision, const json_t *pod, struct buf *out, struct err *err)
{
    explain_policies(decision, out);
    explain_class(decision, out);
    explain_candidates(decision, out);
    explain_containers(decision, out);
    if (decision->found.record_valid)
        buf_addf(out, "  record      valid: policy %s, revision %s\n", decision->found.record->policy,
                 decision->found.record->revision);
    if (decision->found.taken_back)
        buf_addf(out, "  taken back  slice class %s of the record: policy %s, revision %s\n",
                 decision->found.taken_back->class_name, decision->found.taken_back->policy,
                 decision->found.taken_back->revision);
    if (decision->out.message[0])
        buf_addf(out, "  message     %s\n", decision->out.message);
    for (size_t i = 0; i < decision->out.warnings.count; i++)
        buf_addf(out, "  warning     %s\n", decision->out.warnings.text[i]);

    if (decision->out.changes.patch.count > 0 && explain_patch(decision, pod, out, err) < 0)
        return -1;

    buf_addf(out, "  revision    %s%s%s%s\n", decision->in->set->revision,
             decision->in->set->commit[0] ? " (commit " : "", decision->in->set->commit,
             decision->in->set->commit[0] ? ")" : "");
    return 0;
}

void explain_today(const struct decision *decision, struct buf *out)
{
    const struct slice_class *slice_class = decision->found.slice_class;
    const char *reason = reason_name(decision->out.reason);
    enum outcome outcome = decision->out.outcome;
    bool has_slice = outcome == OUTCOME_INJECTED || decision->out.reason == REASON_ALREADY_CONFORMS;

    if (outcome == OUTCOME_WOULD_DENY || outcome == OUTCOME_WOULD_INJECT)
        buf_addf(out, "stay as it is: policy %s, which does not enforce, would ", decision->found.policy->name);
    if (outcome == OUTCOME_WOULD_DENY)
        buf_addf(out, "deny it [%s]", reason);
    else if (outcome == OUTCOME_WOULD_INJECT && decision->out.reason == REASON_GUARDED)
        buf_addf(out, "hide its GPUs [%s]", reason);
    else if (outcome == OUTCOME_WOULD_INJECT)
        buf_addf(out, "give it class %s", slice_class->name);
    else if (has_slice && slice_class)
        buf_addf(out, "get class %s", slice_class->name);
    else
        buf_addf(out, "be %s [%s]", outcome_name(outcome), reason);
}

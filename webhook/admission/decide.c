/* Runs a route's steps and edits, and applies the policy's mode. The rules themselves are in steps/ and edits/. */
#include "admission/decide.h"

#include "admission/edits/edits.h"
#include "admission/edits/take_back.h"
#include "admission/steps/steps.h"
#include "admission/traces.h"
#include "core/names.h"
#include "json/scan.h"

#include <string.h>

bool decide_without_namespace(const struct route *route, const struct decision_input *in, struct decision *ret_decision)
{
    bool taken = route->takes(in->review);
    if (taken && !in->review->made_by_node)
        return false;
    decision_init(ret_decision, in);
    decision_allow(ret_decision, taken ? REASON_NODE_CREATED_POD : REASON_NOT_POD_CREATE);
    return true;
}

static int run_steps(decision_step *const steps[], struct decision *decision, struct err *err)
{
    for (size_t i = 0; steps[i] && decision->out.reason == REASON_NONE && !decision->found.record_outdated; i++) {
        if (steps[i](decision, err) < 0)
            return -1;
    }
    return 0;
}

/* Errors: ERR_LIMIT if the patch gets too long. */
static int run_edits(decision_edit *const edits[], struct decision *decision, struct err *err)
{
    const struct edit edit = {decision->in, &decision->found, &decision->out};
    for (size_t i = 0; edits[i] && decision->out.outcome != OUTCOME_DENIED; i++) {
        if (edits[i](&edit, err) < 0)
            return -1;
    }
    return 0;
}

/* Sets outcome and reason after all edits were made. */
static void conclude_edits(struct decision *decision)
{
    if (decision->out.changes.patch.count == 0) {
        decision_allow(decision, REASON_ALREADY_CONFORMS);
    } else if (changes_are_guards(&decision->out.changes)) {
        decision->out.outcome = OUTCOME_GUARDED;
        decision->out.reason = REASON_GUARDED;
    } else {
        decision->out.outcome = OUTCOME_INJECTED;
        decision->out.reason = REASON_INJECTED;
    }
}

/* True for reasons of step_scope that the pod's author can cause (the opt-out label, owner references, spec.nodeName).
 * Such a pod gets no slice, but its containers must not see GPUs either. step_scope concludes before the policy is
 * matched. */
static bool exempt_but_guarded(enum reason reason)
{
    return reason == REASON_POD_OPTED_OUT || reason == REASON_DAEMONSET_POD || reason == REASON_ALREADY_BOUND ||
           reason == REASON_DAEMONSET_GPU || reason == REASON_BOUND_GPU;
}

/* Applies the guard to a pod without a slice. The pod is reported as guarded in the second round as well, when nothing
 * is left to do, because the API server keeps the first value of an audit annotation. */
static int guard_unsliced(struct decision *decision, struct err *err)
{
    static decision_edit *const guard[] = {edit_visible_devices, NULL};
    if (decision->out.outcome != OUTCOME_ALLOWED)
        return 0;

    const struct policy *policy = decision->found.policy;
    if (!policy && exempt_but_guarded(decision->out.reason))
        policy = policy_set_match(decision->in->set, decision->in->ns->name, &decision->in->ns->labels);
    if (!policy || policy->visible_devices != VISIBLE_DEVICES_GUARD)
        return 0;

    decision->found.policy = policy;
    if (run_edits(guard, decision, err) < 0) {
        if (err->code != ERR_LIMIT)
            return -1;
        verdict_deny(&decision->out, REASON_TOO_LARGE,
                     "NVIDIA_VISIBLE_DEVICES=void for each container (visibleDevices: guard) is a change longer than "
                     "%d MiB; give the pod fewer containers",
                     PATCH_MAX >> 20);
    }
    if (decision->out.outcome == OUTCOME_DENIED) {
        decision->out.warnings.count = 0; /* they say that the pod is unchanged */
    } else if (visible_devices_has_work(decision->in, &decision->found)) {
        decision->out.outcome = OUTCOME_GUARDED;
        decision->out.reason = REASON_GUARDED;
    }

    return 0;
}

/* A patch that is longer than the API server accepts can only be the doing of the pod's author, so the pod is denied:
 * an error would leave the decision to failurePolicy. */
static int give_slices(decision_edit *const edits[], struct decision *decision, struct err *err)
{
    if (run_edits(edits, decision, err) < 0) {
        if (err->code != ERR_LIMIT)
            return -1;
        verdict_deny(&decision->out, REASON_TOO_LARGE,
                     "the changes that slice class \"%s\" needs in this pod are longer than %d MiB; give it fewer node "
                     "affinity terms, tolerations or containers",
                     decision->found.slice_class->name, PATCH_MAX >> 20);
    }
    if (decision->out.reason == REASON_NONE)
        conclude_edits(decision);
    return 0;
}

static void mode_warn(struct decision *decision)
{
    struct warnings *warnings = &decision->out.warnings;
    if (decision->out.outcome == OUTCOME_WOULD_DENY)
        warnings_add(warnings, "mode warn: would be denied: %s", decision->out.message);
    else if (decision->out.reason == REASON_GUARDED)
        warnings_add(warnings, "mode warn: would get NVIDIA_VISIBLE_DEVICES=void (policy %s)",
                     decision->found.policy->name);
    else
        warnings_add(warnings, "mode warn: would get slice class %s, %s (policy %s)", decision->found.slice_class->name,
                     decision->found.slice_class->resource, decision->found.policy->name);
}

/* The modes warn and shadow change nothing. The reason stays that of enforce, which is what these modes are meant to
 * show. */
static void apply_mode(struct decision *decision)
{
    if (!decision->found.policy || decision->found.policy->mode == MODE_ENFORCE)
        return;

    bool changed = decision->out.changes.patch.count > 0;
    if (decision->out.outcome == OUTCOME_DENIED)
        decision->out.outcome = OUTCOME_WOULD_DENY;
    else if (decision->out.outcome == OUTCOME_INJECTED || (decision->out.outcome == OUTCOME_GUARDED && changed))
        decision->out.outcome = OUTCOME_WOULD_INJECT;
    else if (decision->out.outcome == OUTCOME_GUARDED)
        decision->out.outcome = OUTCOME_ALLOWED;

    changes_fini(&decision->out.changes);
    if (decision->found.policy->mode == MODE_SHADOW)
        decision->out.warnings.count = 0;
    else if (decision->out.outcome == OUTCOME_WOULD_DENY || decision->out.outcome == OUTCOME_WOULD_INJECT)
        mode_warn(decision);
}

/* Takes back what the record of another class says. Denies the pod if the patch gets too long, as give_slices() does.
 */
static int take_back_record(struct decision *decision, struct err *err)
{
    const char *resource = decision->found.slice_class->resource;
    const struct decision_input *in = decision->in;
    if (take_back(&decision->out.changes, in->pod, decision->found.record, in->set, resource, err) == 0)
        return 0;
    if (err->code != ERR_LIMIT)
        return -1;
    verdict_deny(&decision->out, REASON_TOO_LARGE,
                 "the changes that take back slice class \"%s\", which the pod's record names, are longer than %d MiB; "
                 "give it fewer node affinity terms, tolerations or containers, or remove the annotation %s",
                 decision->found.record->class_name, PATCH_MAX >> 20, ANNOTATION_APPLIED);
    return 0;
}

/* Forgets the findings, and reads the pod again as it is now. */
static int start_again(struct decision *decision, struct err *err)
{
    if (pod_init(&decision->owned.pod, decision->in->pod->object, &decision->in->set->settings.gpu_names, err) < 0)
        return -1;
    decision->owned.input = *decision->in;
    decision->owned.input.pod = &decision->owned.pod;
    decision->in = &decision->owned.input;

    decision->owned.taken_back = TAKE(decision->owned.record);
    decision->found =
        (struct decision_findings){.slices = decision->owned.slices, .taken_back = &decision->owned.taken_back};
    decision->out.warnings.count = 0;
    return 0;
}

/* Runs the steps. If the pod has a record of another class than theirs, what that says is taken back, and the steps run
 * again on what is left: what we changed is not what the author asked for (docs/decisions.md#taking-back). */
static int find_slices(const struct route *route, struct decision *decision, struct err *err)
{
    if (run_steps(route->steps, decision, err) < 0)
        return -1;
    if (!decision->found.record_outdated)
        return 0;
    if (take_back_record(decision, err) < 0)
        return -1;
    if (decision->out.reason != REASON_NONE)
        return 0;

    if (start_again(decision, err) < 0)
        return -1;
    return run_steps(route->steps, decision, err);
}

/* Without a slice for the pod, what an earlier round wrote stays, or was taken back in this one. Modes that change
 * nothing leave it, too. */
static void warn_of_leftover(struct decision *decision)
{
    static const bool warned[REASONS] = {
        [REASON_NO_POLICY] = true, [REASON_NO_CLASS] = true, [REASON_NO_GPU_REQUEST] = true};
    const struct decision_findings *found = &decision->found;
    const struct record *record = found->taken_back ? found->taken_back : found->record;
    if (!record || decision->out.outcome != OUTCOME_ALLOWED || !warned[decision->out.reason])
        return;

    if (found->taken_back && found->policy->mode == MODE_ENFORCE)
        warnings_add(&decision->out.warnings,
                     "the slice of class %s in the record goes: the pod asks for no GPU itself", record->class_name);
    else
        warnings_add(&decision->out.warnings,
                     "left as it is: what was written for slice class %s, which the record names", record->class_name);
}

static int decide_all(const struct route *route, struct decision *decision, struct err *err)
{
    decision->found.slices = decision->owned.slices =
        calloc(decision->in->pod->count + 1, sizeof(*decision->owned.slices));
    if (!decision->owned.slices)
        return err_nomem(err);
    if (find_slices(route, decision, err) < 0)
        return -1;

    if (settle_accelerators(decision, err) < 0)
        return -1;
    warn_of_leftover(decision);
    settle_unheeded(decision);
    if (decision->out.reason != REASON_NONE) {
        if (guard_unsliced(decision, err) < 0)
            return -1;
    } else if (give_slices(route->edits, decision, err) < 0) {
        return -1;
    }

    if (decision->out.outcome == OUTCOME_DENIED)
        changes_fini(&decision->out.changes); /* a denial has no patch, even if some edits were made */
    copied_class_explain(decision);
    decision_name_policy(decision);
    apply_mode(decision);
    return 0;
}

int decide(const struct route *route, const struct decision_input *in, struct decision *ret_decision, struct err *err)
{
    decision_init(ret_decision, in);
    if (decide_all(route, ret_decision, err) < 0) {
        decision_fini(ret_decision);
        return -1;
    }
    return 0;
}

/* True if a pod that was not read can be let through. */
static bool unread_may_pass(const struct decision *decision, const struct post *post)
{
    const struct policy *policy = decision->found.policy;
    if (!policy && !decision->found.required)
        return true; /* as with every pod in such a namespace */
    if (policy && (policy->visible_devices == VISIBLE_DEVICES_GUARD || policy->inject == INJECT_ALWAYS))
        return false;

    const struct resource_patterns *named = &decision->in->set->settings.gpu_names.gpus;
    struct trace more[GPU_NAMES_MAX];
    for (size_t i = 0; i < named->count; i++) {
        more[i] = trace_of(named->items[i].text);
        more[i].length = named->items[i].length;
    }
    return !traces_of_gpu(post->body, post->length, more, named->count);
}

static void deny_unread(struct decision *decision, size_t length, enum unread why)
{
    const double megabytes = (double)length / 1e6;
    if (why == UNREAD_LATE)
        verdict_deny(&decision->out, REASON_TOO_LARGE,
                     "the pod is so large (%.1f MB as a review) that it waited for longer than 2 s behind other large "
                     "ones; try again, or make it smaller",
                     megabytes);
    else
        verdict_deny(&decision->out, REASON_TOO_LARGE,
                     "the pod is made of more than %d values (%.1f MB as a review); give it fewer arguments, "
                     "variables, annotations or whatever it has so many of",
                     JSON_LEAN_VALUES, megabytes);
}

void decide_unread(const struct decision_input *in, const struct post *post, enum unread why,
                   struct decision *ret_decision)
{
    decision_init(ret_decision, in);
    scope_namespace(ret_decision);
    if (ret_decision->out.reason != REASON_NONE)
        return;

    ret_decision->found.policy = policy_set_match(in->set, in->ns->name, &in->ns->labels);
    if (unread_may_pass(ret_decision, post))
        decision_allow(ret_decision, ret_decision->found.policy ? REASON_NO_GPU_REQUEST : REASON_NO_POLICY);
    else
        deny_unread(ret_decision, post->length, why);
    decision_name_policy(ret_decision);
    apply_mode(ret_decision);
}

bool decision_repeats_record(const struct decision *decision)
{
    enum reason reason = decision->out.reason;
    bool sliced = reason == REASON_INJECTED || reason == REASON_ALREADY_CONFORMS || reason == REASON_GUARDED;
    return decision->found.record_valid && decision->found.policy->mode == MODE_ENFORCE && sliced;
}

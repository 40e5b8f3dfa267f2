/* Runs a route's steps and edits; and what the policy's mode makes of the outcome. The rules themselves are in the
 * steps' and edits' own files. */
#include "admission/decide.h"

#include "admission/edits/edits.h"
#include "admission/steps/steps.h"
#include "admission/traces.h"
#include "json/scan.h"

#include <string.h>

bool decide_at_sight(const struct route *route, const struct policy_set *set, const struct review *review,
                     struct decision *ret_decision)
{
    bool taken = route->takes(review);
    if (taken && !review->made_by_node)
        return false;
    *ret_decision = (struct decision){.set = set, .review = review};
    decision_allow(ret_decision, taken ? REASON_NODE_CREATED_POD : REASON_NOT_POD_CREATE);
    return true;
}

static int run(decision_step *const list[], struct decision *decision, struct err *err)
{
    for (size_t i = 0; list[i] && decision->reason == REASON_NONE; i++) {
        if (list[i](decision, err) < 0)
            return -1;
    }
    return 0;
}

/* All edits were made: what do they come to? */
static void conclude_edits(struct decision *decision)
{
    if (decision->patch.count == 0) {
        decision_allow(decision, REASON_ALREADY_CONFORMS);
    } else if (decision->patch.count == decision->guard_operations) {
        decision->outcome = OUTCOME_GUARDED;
        decision->reason = REASON_GUARDED;
    } else {
        decision->outcome = OUTCOME_INJECTED;
        decision->reason = REASON_INJECTED;
    }
}

/* Reasons of step 1 that an author can bring about (the opt-out label, owner references, spec.nodeName): good for
 * leaving the pod where it is, not for opening its view of GPUs. No policy was looked for by then. */
static bool exempt_but_guarded(enum reason reason)
{
    return reason == REASON_POD_OPTED_OUT || reason == REASON_DAEMONSET_POD || reason == REASON_ALREADY_BOUND ||
           reason == REASON_DAEMONSET_GPU || reason == REASON_BOUND_GPU;
}

/* A pod without a slice in a guarded namespace. It is called guarded in the second round too, when nothing is left to
 * do: the API server refuses another audit annotation. */
static int guard_unsliced(struct decision *decision, struct err *err)
{
    if (decision->outcome != OUTCOME_ALLOWED)
        return 0;
    const struct policy *policy = decision->policy;
    if (!policy && exempt_but_guarded(decision->reason))
        policy = policy_set_match(decision->set, decision->ns->name, &decision->ns->labels);
    if (!policy || policy->visible_devices != VISIBLE_DEVICES_GUARD)
        return 0;
    decision->policy = policy;
    if (edit_visible_devices(decision, err) < 0) {
        if (err->code != ERR_LIMIT)
            return -1;
        decision_deny(decision, REASON_TOO_LARGE,
                      "NVIDIA_VISIBLE_DEVICES=void for each container, which policy \"%s\" wants here "
                      "(visibleDevices: guard), is a change longer than %d MiB; give the pod fewer containers",
                      policy->name, PATCH_MAX >> 20);
    }
    if (decision->outcome == OUTCOME_DENIED) {
        decision->warnings.count = 0; /* they say that the pod is left as it is */
    } else if (decision->guarded_containers > 0) {
        decision->outcome = OUTCOME_GUARDED;
        decision->reason = REASON_GUARDED;
    }
    return 0;
}

/* A pod that would need more patch than the API server takes of an object is its author's doing, so it is denied: an
 * error would leave it to failurePolicy. */
static int run_edits(const struct route *route, struct decision *decision, struct err *err)
{
    if (run(route->edits, decision, err) < 0) {
        if (err->code != ERR_LIMIT)
            return -1;
        decision_deny(
            decision, REASON_TOO_LARGE,
            "the changes that slice class \"%s\" needs in this pod are longer than %d MiB; give it fewer node "
            "affinity terms, tolerations or containers",
            decision->slice_class->name, PATCH_MAX >> 20);
    }
    if (decision->reason == REASON_NONE)
        conclude_edits(decision);
    return 0;
}

static void mode_warn(struct decision *decision)
{
    struct warnings *warnings = &decision->warnings;
    if (decision->outcome == OUTCOME_WOULD_DENY)
        warnings_add_long(warnings, "mode warn: this would be denied: ", decision->message);
    else if (decision->reason == REASON_GUARDED)
        warnings_add(warnings, "mode warn: would get NVIDIA_VISIBLE_DEVICES=void (policy %s)", decision->policy->name);
    else
        warnings_add(warnings, "mode warn: would get slice class %s, %s (policy %s)", decision->slice_class->name,
                     decision->slice_class->resource, decision->policy->name);
}

/* warn and shadow change nothing. The reason stays the one of enforce: what they are for is to see it. */
static void apply_mode(struct decision *decision)
{
    if (!decision->policy || decision->policy->mode == MODE_ENFORCE)
        return;
    if (decision->outcome == OUTCOME_DENIED)
        decision->outcome = OUTCOME_WOULD_DENY;
    else if (decision->patch.count > 0)
        decision->outcome = OUTCOME_WOULD_INJECT;
    else if (decision->outcome == OUTCOME_GUARDED)
        decision->outcome = OUTCOME_ALLOWED;
    patch_fini(&decision->patch);
    if (decision->policy->mode == MODE_SHADOW)
        decision->warnings.count = 0;
    else if (decision->outcome == OUTCOME_WOULD_DENY || decision->outcome == OUTCOME_WOULD_INJECT)
        mode_warn(decision);
}

int decide(const struct route *route, const struct policy_set *set, const struct namespace_info *ns,
           const struct review *review, const struct pod *pod, struct decision *ret_decision, struct err *err)
{
    struct decision *decision = ret_decision;
    *decision = (struct decision){.set = set, .ns = ns, .review = review, .pod = pod};
    patch_init(&decision->patch, PATCH_MAX);
    decision->slices = calloc(pod->count + 1, sizeof(*decision->slices));
    if (!decision->slices)
        return err_nomem(err);
    if (run(route->steps, decision, err) < 0 || settle_accelerators(decision, err) < 0)
        return -1;
    if (decision->reason != REASON_NONE) {
        if (guard_unsliced(decision, err) < 0)
            return -1;
    } else if (run_edits(route, decision, err) < 0) {
        return -1;
    }
    if (decision->outcome == OUTCOME_DENIED)
        patch_fini(&decision->patch); /* a denial has no changes, whatever was written before it */
    apply_mode(decision);
    return 0;
}

/* Whether a pod of which nothing is known may pass. */
static bool unread_may_pass(const struct decision *decision, const struct post *post)
{
    const struct policy *policy = decision->policy;
    if (!policy && !decision->required)
        return true; /* as any pod without a policy does in such a namespace */
    if (policy && (policy->visible_devices == VISIBLE_DEVICES_GUARD || policy->inject == INJECT_ALWAYS))
        return false;

    const struct resource_patterns *named = &decision->set->settings.gpu_names.gpus;
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
        decision_deny(decision, REASON_TOO_LARGE,
                      "the pod is so large (%.1f MB as a review) that it waited for longer than 2 s behind other large "
                      "ones; try again, or make it smaller",
                      megabytes);
    else
        decision_deny(decision, REASON_TOO_LARGE,
                      "the pod is made of more than %d values (%.1f MB as a review); give it fewer arguments, "
                      "variables, annotations or whatever it has so many of",
                      JSON_LEAN_VALUES, megabytes);
}

void decide_unread(const struct policy_set *set, const struct namespace_info *ns, const struct review *review,
                   const struct post *post, enum unread why, struct decision *ret_decision)
{
    static const struct pod unread = {0};
    struct decision *decision = ret_decision;
    *decision = (struct decision){.set = set, .ns = ns, .review = review, .pod = &unread};
    scope_namespace(decision);
    if (decision->reason != REASON_NONE)
        return;

    decision->policy = policy_set_match(set, ns->name, &ns->labels);
    if (unread_may_pass(decision, post))
        decision_allow(decision, decision->policy ? REASON_NO_GPU_REQUEST : REASON_NO_POLICY);
    else
        deny_unread(decision, post->length, why);
    apply_mode(decision);
}

bool decision_repeats_record(const struct decision *decision)
{
    bool sliced = decision->reason == REASON_INJECTED || decision->reason == REASON_ALREADY_CONFORMS ||
                  (decision->reason == REASON_GUARDED && decision->guard_operations == decision->patch.count);
    return decision->record.valid && decision->policy->mode == MODE_ENFORCE && sliced;
}

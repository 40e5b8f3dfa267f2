/* Edit: the guard. Hides GPUs from containers without a GPU request, and lets the others see only what the device
 * plugin gives them. It also runs for pods without a slice, so that opting out does not make GPUs visible. */
#include "admission/edits/edits.h"
#include "admission/edits/take_back.h"
#include "nvidia/names.h"

/* A container with a GPU must not choose its devices: the runtime sees both the pod's value and the plugin's, so two
 * GPUs could become visible (k8s-device-plugin#1294). */
static void visible_devices_check(const struct edit *edit, const struct container *container, bool sliced)
{
    if (container_env(container, VISIBLE_DEVICES))
        verdict_deny(edit->out, REASON_VISIBLE_DEVICES_DENIED,
                     "container \"%.63s\" %s and sets " VISIBLE_DEVICES
                     " itself; remove the variable, because the device plugin sets it (visibleDevices: guard)",
                     container->name, sliced ? "gets a GPU slice" : "asks for a GPU");
}

static bool visible_devices_has_gpu(const struct decision_findings *found, const struct container *container,
                                    size_t index)
{
    bool defaulted = found->defaulted && found->defaulted[index];
    return found->slices[index] > 0 || (container_asks_gpu(container) && !defaulted);
}

bool visible_devices_has_work(const struct decision_input *in, const struct decision_findings *found)
{
    for (size_t i = 0; i < in->pod->count; i++) {
        if (!visible_devices_has_gpu(found, &in->pod->containers[i], i))
            return true;
    }
    return false;
}

/* Removes the variable that the guard of an earlier round wrote into a container that gets a slice now, because another
 * webhook has added a GPU request since. Where nothing guards and no record tells of an earlier round, the variable is
 * the author's; a container that a valid record names had its slice before. */
static int visible_devices_reveal(const struct edit *edit, struct err *err)
{
    const struct decision_findings *found = edit->found;
    if (!found->record_valid && !found->taken_back && found->policy->visible_devices != VISIBLE_DEVICES_GUARD)
        return 0;

    for (size_t i = 0; i < edit->in->pod->count; i++) {
        if (found->slices[i] == 0 || (found->record_valid && found->named[i]))
            continue;
        changes_because(&edit->out->changes, origin_class(found->slice_class, "a slice, so the guard's variable goes"));
        if (take_back_guard(&edit->out->changes, &edit->in->pod->containers[i], err) < 0)
            return -1;
    }
    return 0;
}

/* The variable is also set for containers with resource claims: DRA passes devices through CDI, regardless of the
 * variable. */
int edit_visible_devices(const struct edit *edit, struct err *err)
{
    const struct policy *policy = edit->found->policy;
    if (visible_devices_reveal(edit, err) < 0)
        return -1;
    if (policy->visible_devices != VISIBLE_DEVICES_GUARD)
        return 0;

    struct origin origin = origin_policy(policy, "visibleDevices: guard");
    origin.by_guard = true;
    changes_because(&edit->out->changes, origin);

    for (size_t i = 0; i < edit->in->pod->count && edit->out->outcome != OUTCOME_DENIED; i++) {
        const struct container *container = &edit->in->pod->containers[i];
        if (visible_devices_has_gpu(edit->found, container, i))
            visible_devices_check(edit, container, edit->found->slices[i] > 0);
        else if (environment_set(edit, container, VISIBLE_DEVICES, VISIBLE_DEVICES_NONE, err) < 0)
            return -1;
    }

    return 0;
}

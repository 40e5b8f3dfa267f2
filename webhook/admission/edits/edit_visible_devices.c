/* Edit: the guard. Containers without a GPU request see no GPU, and those with one see what the device plugin gives
 * them. It also runs for pods that get no slice: whatever lets a pod out of the policy does not open its view of GPUs.
 */
#include "admission/edits/edits.h"
#include "nvidia/names.h"

/* A container that has a GPU may not choose its devices: the runtime sees the pod's value behind the plugin's, and two
 * GPUs could be visible (k8s-device-plugin#1294). */
static void visible_devices_check(const struct edit *edit, const struct container *container, bool sliced)
{
    if (container_env(container, VISIBLE_DEVICES))
        edit_refuse(edit, REASON_VISIBLE_DEVICES_DENIED,
                    "container \"%s\" %s and sets " VISIBLE_DEVICES
                    " itself; remove the variable, the device plugin sets it (policy \"%s\", visibleDevices: guard)",
                    container->name, sliced ? "gets a GPU slice" : "asks for a GPU", edit->found->policy->name);
}

static bool visible_devices_has_gpu(const struct decision_findings *found, const struct container *container,
                                    size_t index)
{
    return found->slices[index] > 0 || container_asks_gpu(container);
}

bool visible_devices_has_work(const struct decision_input *in, const struct decision_findings *found)
{
    for (size_t i = 0; i < in->pod->count; i++) {
        if (!visible_devices_has_gpu(found, &in->pod->containers[i], i))
            return true;
    }
    return false;
}

/* Containers with resource claims are closed, too: DRA gives its devices by CDI, whatever the variable says. */
int edit_visible_devices(const struct edit *edit, struct err *err)
{
    const struct policy *policy = edit->found->policy;
    if (policy->visible_devices != VISIBLE_DEVICES_GUARD)
        return 0;

    struct origin origin = origin_policy(policy, "visibleDevices: guard");
    origin.by_guard = true;
    changes_because(edit->changes, origin);

    for (size_t i = 0; i < edit->in->pod->count && edit->refusal->reason == REASON_NONE; i++) {
        const struct container *container = &edit->in->pod->containers[i];
        if (visible_devices_has_gpu(edit->found, container, i))
            visible_devices_check(edit, container, edit->found->slices[i] > 0);
        else if (environment_set(edit, container, VISIBLE_DEVICES, VISIBLE_DEVICES_NONE, err) < 0)
            return -1;
    }

    return 0;
}

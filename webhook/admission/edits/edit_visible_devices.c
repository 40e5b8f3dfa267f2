/* Edit: the guard. Containers without a GPU request see no GPU, and those with one see what the device plugin gives
 * them (SPEC 5.5). It also runs for pods that get no slice: whatever lets a pod out of the policy does not open its
 * view of GPUs. */
#include "admission/edits/edits.h"
#include "nvidia/names.h"

/* A container that has a GPU may not choose its devices: the runtime sees the pod's value behind the plugin's, and two
 * GPUs could be visible (k8s-device-plugin#1294). */
static void visible_devices_check(struct decision *decision, const struct container *container, bool sliced)
{
    if (container_env(container, VISIBLE_DEVICES))
        decision_deny(decision, REASON_VISIBLE_DEVICES_DENIED,
                      "container \"%s\" %s and sets " VISIBLE_DEVICES
                      " itself; remove the variable, the device plugin sets it (policy \"%s\", visibleDevices: guard)",
                      container->name, sliced ? "gets a GPU slice" : "asks for a GPU", decision->policy->name);
}

int edit_visible_devices(struct decision *decision, struct err *err)
{
    if (decision->policy->visible_devices != VISIBLE_DEVICES_GUARD)
        return 0;
    size_t before = decision->patch.count;
    decision_because_policy(decision, "visibleDevices: guard");
    for (size_t i = 0; i < decision->pod->count && decision->outcome != OUTCOME_DENIED; i++) {
        const struct container *container = &decision->pod->containers[i];
        bool sliced = decision->slices[i] > 0;
        if (sliced || container_asks_gpu(container)) {
            visible_devices_check(decision, container, sliced);
            continue;
        }
        decision->guarded_containers++; /* with DRA, too: it gives its devices by CDI, whatever the variable says */
        if (environment_set(decision, container, VISIBLE_DEVICES, VISIBLE_DEVICES_NONE, err) < 0)
            return -1;
    }
    decision->guard_operations = decision->patch.count - before;
    return 0;
}

/* DeviceClass (resource.k8s.io/v1) with extendedResourceName: lets the same pods, with the same resource, run on nodes
 * where NVIDIA's DRA driver serves the slices instead of the device plugin. Source: KEP-5004;
 * kubernetes-sigs/dra-driver-nvidia-gpu (attributes type and profile). */
#include "render/plan.h"

#include <stdio.h>
#include <string.h>

/* How the pools that offer a resource implement it. */
struct offered {
    const char *profile; /* "": whole GPUs; NULL: no pool offers the resource */
    bool shared;         /* in at least one pool; DRA shares devices only through claims */
    bool ambiguous;      /* pools offer different profiles by this name */
};

static struct offered find_offers(const struct plan *plan, const char *resource)
{
    struct offered offered = {0};
    for (size_t i = 0; i < plan->set->pool_count; i++) {
        const struct pool *pool = &plan->set->pools[i];
        struct pool_offer offers[LAYOUT_ENTRIES_MAX];
        size_t count = pool_offers(pool, offers);
        for (size_t j = 0; j < count; j++) {
            if (strcmp(offers[j].resource, resource) != 0)
                continue;
            const char *profile = pool_is_mig(pool) ? pool->layout.entries[j].profile->name : "";
            offered.ambiguous = offered.ambiguous || (offered.profile && strcmp(offered.profile, profile) != 0);
            offered.shared = offered.shared || pool_is_shared(pool);
            offered.profile = profile;
        }
    }
    return offered;
}

#define DEVICE_ATTRIBUTES "device.attributes['" DRA_DRIVER_GPU "']"

static json_t *selector_expression(const char *profile)
{
    if (!profile || !*profile)
        return json_string("device.driver == '" DRA_DRIVER_GPU "' && " DEVICE_ATTRIBUTES ".type == 'gpu'");
    return json_sprintf("device.driver == '" DRA_DRIVER_GPU "' && " DEVICE_ATTRIBUTES
                        ".type == 'mig' && " DEVICE_ATTRIBUTES ".profile == '%s'",
                        profile);
}

static int render_device_class(struct plan *plan, const struct slice_class *slice_class, struct err *err)
{
    char name[RENDER_NAME_SIZE];
    const char *resource = slice_class->resource;
    const char *resource_name = strchr(resource, '/') + 1;
    struct offered offered = find_offers(plan, resource);
    if (offered.shared || offered.ambiguous)
        return plan_note(plan, err, "no DeviceClass for %s: %s", resource,
                         offered.shared
                             ? "its slices are shared by time-slicing or MPS, which DRA supports only through claims"
                             : "pools offer different profiles by this name");

    buf_addf(
        &plan->comment,
        "Serves %s by NVIDIA's DRA driver: SliceClass %s (%s).\n"
        "Needs Kubernetes 1.34 or newer with the feature gate DRAExtendedResource (alpha; on by default from 1.36),"
        "\nand a DRA driver that knows the device. If several DeviceClasses have this extendedResourceName, the newest "
        "wins.\nNo node may offer the same resource through the device plugin. Karpenter 1.14 cannot buy nodes for "
        "it.\n",
        resource, slice_class->name, plan_file(plan, &slice_class->mark));
    (void)snprintf(name, sizeof(name), "gpuslice-%s", resource_name);
    json_t *object = build_object("resource.k8s.io/v1", "DeviceClass", name, NULL);
    json_put(&object, "spec",
             json_pack("{s:s, s:[{s:{s:o}}]}", "extendedResourceName", resource, "selectors", "cel", "expression",
                       selector_expression(offered.profile)));
    return plan_add(plan, RENDER_APPLIED, object, err, "deviceclass-%s.yaml", resource_name);
}

int render_device_classes(struct plan *plan, struct err *err)
{
    for (size_t i = 0; i < plan->set->class_count; i++) {
        if (plan_is_first_of_resource(plan, i) && render_device_class(plan, &plan->set->classes[i], err) < 0)
            return -1;
    }
    return 0;
}

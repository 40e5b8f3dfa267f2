/* DeviceClass (resource.k8s.io/v1) with extendedResourceName: lets the same pods, with the same resource, run on nodes
 * where NVIDIA's DRA driver serves the slices instead of the device plugin. Source: KEP-5004;
 * kubernetes-sigs/dra-driver-nvidia-gpu (attributes type and profile). */
#include "render/plan.h"

#include <stdio.h>
#include <string.h>

/* How the pools that offer a resource implement it. */
struct offered {
    const char *profile; /* NULL: whole GPUs */
    bool shared;         /* shared by at least one pool; DRA shares devices only through claims */
    bool ambiguous;      /* the resource differs between pools */
    size_t pools;
};

static void offered_add_pool(struct offered *offered, const struct pool *pool, const char *profile)
{
    bool same =
        (!offered->profile && !profile) || (offered->profile && profile && strcmp(offered->profile, profile) == 0);
    offered->ambiguous = offered->ambiguous || (offered->pools > 0 && !same);
    offered->profile = profile;
    offered->shared = offered->shared || pool_is_shared(pool);
    offered->pools++;
}

static struct offered find_offers(const struct plan *plan, const char *resource)
{
    struct offered offered = {0};
    for (size_t i = 0; i < plan->set->pool_count; i++) {
        const struct pool *pool = &plan->set->pools[i];
        struct pool_offer offers[LAYOUT_ENTRIES_MAX];
        size_t count = pool_offers(pool, offers);
        for (size_t j = 0; j < count; j++) {
            if (strcmp(offers[j].resource, resource) == 0)
                offered_add_pool(&offered, pool, pool_is_mig(pool) ? pool->layout.entries[j].profile->name : NULL);
        }
    }
    return offered;
}

static json_t *device_class(const char *name, const char *resource, const char *profile)
{
    char expression[512];

    if (profile)
        (void)snprintf(expression, sizeof(expression),
                       "device.driver == '" DRA_DRIVER_GPU "' && device.attributes['" DRA_DRIVER_GPU
                       "'].type == 'mig' && "
                       "device.attributes['" DRA_DRIVER_GPU "'].profile == '%s'",
                       profile);
    else
        (void)snprintf(expression, sizeof(expression),
                       "device.driver == '" DRA_DRIVER_GPU "' && device.attributes['" DRA_DRIVER_GPU
                       "'].type == 'gpu'");

    json_t *object = build_object("resource.k8s.io/v1", "DeviceClass", build_metadata(name, NULL));
    json_t *spec = json_pack("{s:s, s:[{s:{s:s}}]}", "extendedResourceName", resource, "selectors", "cel", "expression",
                             expression);
    if (put(object, "spec", spec) == 0)
        return object;

    json_decref(object);
    return NULL;
}

static int render_device_class(struct plan *plan, const struct slice_class *slice_class, struct err *err)
{
    char name[RENDER_NAME_SIZE];
    char file[RENDER_NAME_SIZE + 32];
    const char *resource = slice_class->resource;
    struct offered offered = find_offers(plan, resource);
    if (offered.shared || offered.ambiguous)
        return plan_note(plan, err, "no DeviceClass for %s: %s", resource,
                         offered.shared
                             ? "its slices are shared by time-slicing or MPS, which DRA supports only through claims"
                             : "it means different things in different pools");

    (void)snprintf(name, sizeof(name), "gpuslice-%s", strchr(resource, '/') + 1);
    (void)snprintf(file, sizeof(file), "deviceclass-%s.yaml", strchr(resource, '/') + 1);

    AUTO(buf) comment;

    buf_init(&comment, RENDER_COMMENT_MAX);
    buf_addf(
        &comment,
        "Serves %s by NVIDIA's DRA driver: SliceClass %s (%s).\n"
        "Needs Kubernetes 1.34 or newer with the feature gate DRAExtendedResource (alpha; on by default from 1.36),"
        "\nand a DRA driver that knows the device. Of several DeviceClasses with one name the newest wins.\n"
        "Not on nodes where the device plugin offers the same resource. Karpenter 1.14 cannot buy nodes for it.\n",
        resource, slice_class->name, plan_file(plan, &slice_class->mark));
    return render_files_add(&plan->files, RENDER_APPLIED, file, buf_text(&comment),
                            device_class(name, resource, offered.profile), err);
}

static bool is_first_of_its_resource(const struct policy_set *set, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (strcmp(set->classes[i].resource, set->classes[index].resource) == 0)
            return false;
    }
    return true;
}

int render_device_classes(struct plan *plan, struct err *err)
{
    for (size_t i = 0; i < plan->set->class_count; i++) {
        if (is_first_of_its_resource(plan->set, i) && render_device_class(plan, &plan->set->classes[i], err) < 0)
            return -1;
    }
    return 0;
}

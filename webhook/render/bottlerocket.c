/* Settings of Bottlerocket, where the device plugin and the MIG manager are services of the host, configured by user
 * data instead of a ConfigMap. Source: bottlerocket.dev, settings.kubelet-device-plugins. Which GPUs and profiles the
 * MIG manager knows is in the GPU table. */
#include "nvidia/bottlerocket.h"
#include "render/plan.h"

#include <inttypes.h>
#include <string.h>

#define SETTINGS BOTTLEROCKET_NVIDIA

static void add_profile(const struct pool *pool, struct buf *out)
{
    buf_addf(out, "[" SETTINGS ".mig.profile]\n\"%s\" = \"%s\"\n", pool->gpu->bottlerocket_model,
             pool->layout.entries[0].profile->name);
}

void bottlerocket_settings(const struct pool *pool, struct buf *out)
{
    bool is_mps = pool->sharing == SHARING_MPS;
    const char *strategy = is_mps ? "mps" : "time-slicing";

    if (pool->sharing == SHARING_WHOLE)
        return;
    buf_add_string(out, "[" SETTINGS "]\n");
    if (pool_is_shared(pool))
        buf_addf(out, "device-sharing-strategy = \"%s\"\n", strategy);
    if (pool_is_mig(pool))
        buf_add_string(out, "device-partitioning-strategy = \"mig\"\n");

    if (pool_is_shared(pool))
        buf_addf(out, "[" SETTINGS ".%s]\nreplicas = %" PRId64 "\nrename-by-default = %s\n%s", strategy, pool->replicas,
                 pool->rename ? "true" : "false", is_mps ? "" : "fail-requests-greater-than-one = true\n");
    if (pool_is_mig(pool))
        add_profile(pool, out);
}

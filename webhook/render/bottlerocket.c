/* Settings of Bottlerocket, where the device plugin and the MIG manager are services of the host, configured by user
 * data instead of a ConfigMap. Source: bottlerocket.dev, settings.kubelet-device-plugins. */
#include "render/plan.h"

#include <inttypes.h>
#include <string.h>

#define SETTINGS "settings.kubelet-device-plugins.nvidia"

static const char *bool_text(bool value)
{
    return value ? "true" : "false";
}

static bool is_time_sliced(const struct pool *pool)
{
    return pool->sharing == SHARING_TIME_SLICING || pool->sharing == SHARING_MIG_TIME_SLICING;
}

static void add_sharing(const struct pool *pool, struct buf *out)
{
    if (is_time_sliced(pool))
        buf_addf(out,
                 "[" SETTINGS ".time-slicing]\nreplicas = %" PRId64
                 "\nrename-by-default = %s\nfail-requests-greater-than-one = true\n",
                 pool->replicas, bool_text(pool->rename));
    if (pool->sharing == SHARING_MPS)
        buf_addf(out, "[" SETTINGS ".mps]\nreplicas = %" PRId64 "\nrename-by-default = %s\n", pool->replicas,
                 bool_text(pool->rename));
}

/* Uses as the key the id of the GPU in our table, with a dot before the memory: "a100.40gb". */
static void add_profile(const struct pool *pool, struct buf *out)
{
    const char *id = pool->gpu->id;
    size_t model = strcspn(id, "-");
    buf_addf(out, "[" SETTINGS ".mig.profile]\n\"%.*s.%s\" = \"%s\"\n", (int)model, id, id + model + 1,
             pool->layout.entries[0].profile->name);
}

void bottlerocket_settings(const struct pool *pool, struct buf *out)
{
    if (pool->sharing == SHARING_WHOLE)
        return;
    buf_add_string(out, "[" SETTINGS "]\n");
    if (is_time_sliced(pool) || pool->sharing == SHARING_MPS)
        buf_addf(out, "device-sharing-strategy = \"%s\"\n", is_time_sliced(pool) ? "time-slicing" : "mps");
    if (pool_is_mig(pool))
        buf_add_string(out, "device-partitioning-strategy = \"mig\"\n");
    add_sharing(pool, out);
    if (pool_is_mig(pool))
        add_profile(pool, out);
}

/* Classifies GPU requests. Concludes nothing. */
#include "admission/model/record_use.h"
#include "admission/steps/steps.h"
#include "gpu/resource.h"

#include <string.h>

/* True for a container of a record that does not say what it replaced: it asks for slices, whatever the policy says of
 * whole GPUs. */
static bool asks_for_slices(const struct decision *decision, const struct container *container)
{
    const struct record *taken_back = decision->found.taken_back;
    return taken_back && !taken_back->has_was && record_find(taken_back, container->name) &&
           asks_find(&container->asks, decision->found.slice_class->resource);
}

enum request_kind request_kind_of_ask(const struct decision *decision, const struct ask *ask)
{
    if (!gpu_resource_is_slice(ask->resource))
        return REQUEST_WHOLE;
    return strcmp(ask->resource, decision->found.slice_class->resource) == 0 ? REQUEST_OWN : REQUEST_OTHER;
}

enum request_kind request_kind_of(const struct decision *decision, const struct container *container,
                                  const struct ask **ret_ask)
{
    /* A container that a valid record names already has its slice; whatever was added since (a LimitRange's default) is
     * dropped. */
    if (record_names(decision, container) || asks_for_slices(decision, container)) {
        *ret_ask = asks_find(&container->asks, decision->found.slice_class->resource);
        return REQUEST_OWN;
    }

    *ret_ask = request_is_default(decision, container) ? NULL : asks_next(&container->asks, ASK_GPU, NULL);
    if (!*ret_ask)
        return REQUEST_NONE;
    return request_kind_of_ask(decision, *ret_ask);
}

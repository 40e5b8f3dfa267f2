/* Chooses a class by the GPU memory that a pod or its namespace asks for. */
#include "admission/steps/class_request.h"
#include "core/names.h"
#include "core/quantity.h"
#include "policy/memory.h"

/* Sets *ret_bytes and returns true, or denies what is not an amount of memory and returns false. */
static bool read_memory(struct decision *decision, const struct class_request *request, int64_t *ret_bytes)
{
    struct err fault;
    if (memory_asked_parse(request->memory, ret_bytes, &fault) == 0)
        return true;
    class_request_deny(decision, request, REASON_INVALID_QUANTITY, "%s has %s: \"%.60s\", %s", request->who,
                       ANNOTATION_MEMORY, request->memory, fault.text);
    return false;
}

void class_check_memory(struct decision *decision, const struct class_request *request, const struct slice_class *found)
{
    int64_t bytes;
    if (!request->memory || !read_memory(decision, request, &bytes) || found->memory_bytes >= bytes)
        return;
    char text[QUANTITY_TEXT_SIZE];
    quantity_bytes_text(found->memory_bytes, text);
    class_request_deny(
        decision, request, REASON_CLASS_TOO_SMALL,
        "%s asks for slice class \"%s\" and %.60s of GPU memory, but a slice of that class has %s; leave out one "
        "of the two annotations",
        request->who, found->name, request->memory, text);
}

void class_by_memory(struct decision *decision, const struct class_request *request)
{
    const struct policy *policy = decision->found.policy;
    int64_t bytes;
    if (!read_memory(decision, request, &bytes))
        return;

    decision->found.memory_asked = bytes;
    decision->found.slice_class = policy_class_by_memory(policy, bytes);
    if (decision->found.slice_class)
        return;

    if (!policy->largest) {
        class_request_deny(decision, request, REASON_MEMORY_TOO_LARGE,
                           "%s asks for %.60s of GPU memory, but no slice class is allowed here", request->who,
                           request->memory);
        return;
    }

    char text[QUANTITY_TEXT_SIZE];
    quantity_bytes_text(policy->largest->memory_bytes, text);
    class_request_deny(decision, request, REASON_MEMORY_TOO_LARGE,
                       "%s asks for %.60s of GPU memory, but the largest slice allowed here is %s with %s",
                       request->who, request->memory, policy->largest->name, text);
}

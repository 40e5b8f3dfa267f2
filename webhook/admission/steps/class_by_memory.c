/* Chooses a class by the GPU memory that a pod or its namespace asks for. */
#include "admission/model/remedy.h"
#include "admission/steps/class_request.h"
#include "base/text.h"
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

/* Another class may have that memory, and take the pod. Where the namespace asks, only its owner can change that. */
static int too_small_remedy(const struct decision *decision, const struct class_request *request,
                            char ret_text[REMEDY_SIZE], struct err *err)
{
    static const char own[] = "leave out the annotation " ANNOTATION_MEMORY;
    if (!request->of_namespace)
        return remedy_join(decision->in, &decision->found, own, ret_text, err);
    text_copy(ret_text, REMEDY_SIZE, own);
    return 0;
}

int class_check_memory(struct decision *decision, const struct class_request *request, const struct slice_class *found,
                       struct err *err)
{
    int64_t bytes;
    if (!request->memory || !read_memory(decision, request, &bytes) || found->memory_bytes >= bytes)
        return 0;

    char text[QUANTITY_TEXT_SIZE];
    char remedy[REMEDY_SIZE];
    quantity_bytes_text(found->memory_bytes, text);
    if (too_small_remedy(decision, request, remedy, err) < 0)
        return -1;
    class_request_deny(decision, request, REASON_CLASS_TOO_SMALL,
                       "%s asks for slice class \"%s\" and %.60s of GPU memory, but a slice of that class has %s; %s",
                       request->who, found->name, request->memory, text, remedy);
    return 0;
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
    class_request_deny(
        decision, request, REASON_MEMORY_TOO_LARGE,
        "%s asks for %.60s of GPU memory, but the largest slice allowed here is %s with %s; ask for at most "
        "%s",
        request->who, request->memory, policy->largest->name, text, text);
}

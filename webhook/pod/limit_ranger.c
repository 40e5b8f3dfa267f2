/* Reads the annotation of LimitRanger: "LimitRanger plugin set: cpu, nvidia.com/gpu request for container a; memory
 * limit for init container b". Source: k8s.io/kubernetes plugin/pkg/admission/limitranger (v1.37.2),
 * mergeContainerResources.
 */
#include "pod/limit_ranger.h"

#include "base/text.h"

#include <string.h>

#define ANNOTATION_LIMIT_RANGER "kubernetes.io/limit-ranger"
#define BEGINNING               "LimitRanger plugin set: "

enum { LIMIT_RANGER_MAX = 64 * 1024 };

const char *limit_ranger_text(const struct pod *pod)
{
    const char *text = pod_annotation(pod, ANNOTATION_LIMIT_RANGER);
    bool plausible = text && text_begins(text, BEGINNING) && strnlen(text, LIMIT_RANGER_MAX) < LIMIT_RANGER_MAX;
    return plausible ? text + strlen(BEGINNING) : NULL;
}

/* Cuts `end` off the end of the text. */
static bool cut_end(const char *text, size_t *length, const char *end)
{
    size_t size = strlen(end);
    if (*length < size || strncmp(text + *length - size, end, size) != 0)
        return false;
    *length -= size;
    return true;
}

/* True if the text, "cpu, nvidia.com/gpu", lists the resource. */
static bool lists(const char *text, size_t length, const char *resource)
{
    const char *end = text + length;
    size_t size = strlen(resource);
    while (text < end) {
        size_t word = strcspn(text, ", ");
        word = word < (size_t)(end - text) ? word : (size_t)(end - text);
        if (word == size && strncmp(text, resource, size) == 0)
            return true;
        text += word;
        text += strspn(text, ", ");
    }
    return false;
}

bool limit_ranger_added(const char *text, const struct container *container, const char *resource)
{
    const char *of = container->kind == CONTAINER_MAIN ? " for container " : " for init container ";
    while (*text) {
        size_t length = strcspn(text, ";");
        size_t rest = length;
        bool meant = cut_end(text, &rest, container->name) && cut_end(text, &rest, of) &&
                     (cut_end(text, &rest, " request") || cut_end(text, &rest, " limit"));
        if (meant && lists(text, rest, resource))
            return true;
        text += length;
        text += strspn(text, "; ");
    }
    return false;
}

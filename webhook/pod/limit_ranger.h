/* What the admission plugin LimitRanger added to a pod. It says so in an annotation of the pod, which the pod's author
 * may have written as well. */
#pragma once

#include "pod/pod.h"

/* Returns the text of the annotation, or NULL if the pod has none or it is longer than the plugin would write. */
const char *limit_ranger_text(const struct pod *pod);

/* True if the text says that the plugin added a limit or request of the resource to the container. */
bool limit_ranger_added(const char *text, const struct container *container, const char *resource);

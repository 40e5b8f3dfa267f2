/* What a pod or its namespace asks for by its annotations class and memory. Private to step_choose_class.c and
 * class_by_memory.c. */
#pragma once

#include "admission/steps/steps.h"

enum { WHO_SIZE = 96 };

/* class_name and memory are NULL if there is no such annotation, or if it is blank. */
struct class_request {
    const char *class_name;
    const char *memory;
    const char *who; /* "the pod", "namespace ml-team" */
    bool of_namespace;
    enum class_source by_class, by_memory;
};

/* Denies the pod if it would get a slice; otherwise only records that the request for a class failed. If the annotation
 * is the namespace's, the message says so, because the author of the pod has not written it. */
void class_request_deny(struct decision *decision, const struct class_request *request, enum reason reason,
                        const char *format, ...) PRINTF(4, 5);

/* Chooses the cheapest allowed class with as much memory as is asked for, or denies. */
void class_by_memory(struct decision *decision, const struct class_request *request);

/* Denies if a slice of the class that is asked for has less memory than is asked for, too. Errors: ERR_NOMEM. */
MUST_CHECK int class_check_memory(struct decision *decision, const struct class_request *request,
                                  const struct slice_class *found, struct err *err);

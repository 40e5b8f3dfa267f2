/* Finds the pod templates of an object, and makes of each the pod that the object's controller would create.
 *
 * The templates of a kind in the table (workload/kinds.h) are at its paths. In other kinds every object below `spec`
 * is a template if it has the form {metadata?, spec: {containers: [...]}}, where there is at least one container and
 * each has a `name` and an `image` that are strings. Nothing within a template is searched.
 *
 * Takes time linear in the size of the object. */
#pragma once

#include "base/buf.h"
#include "workload/kinds.h"

#include <cjson/cJSON.h>

/* One template, or a place where the kind has one that cannot be turned into a pod. */
struct pod_template {
    char *pointer;        /* RFC 6901, from the object: "/spec/workerGroupSpecs/0/template" */
    char *path;           /* the same for people: "spec.workerGroupSpecs[0].template" */
    const char *unjudged; /* why there is no pod, such as "its model is served by a runtime"; NULL if there is one */
    cJSON *value;         /* in the object's tree */
};

struct pod_templates {
    const struct workload *workload; /* NULL: a kind that is not in the table */
    struct pod_template *items;
    size_t count;
    /* Nothing was found, although the kind is in the table, or something below `spec` asks for an extended resource
       (a name with a slash, such as nvidia.com/gpu) in an object of a group that may make pods. */
    bool could_hold;

    struct kind kind;        /* borrowed */
    cJSON *object;           /* private, borrowed */
    size_t inherited_values; /* private: copied to pods so far */
};

/* Fills the zeroed *ret_templates. `object` and the texts of `kind` must outlive it. Templates that are null are not
 * found. A place whose path has more than 1 KiB is not searched. Errors: ERR_NOMEM. */
MUST_CHECK int templates_find(cJSON *object, struct kind kind, struct pod_templates *ret_templates, struct err *err);
void templates_fini(struct pod_templates *templates);

/* Turns a template that is not `unjudged` into a pod, with everything that the decision reads of the pod that the
 * controller would create. Moves parts of the template out of the object's tree, so it can be done once. The pod may
 * still be malformed. Sets *ret_pod to NULL and the template's `unjudged` if the templates of the object inherit too
 * much to be copied for each. Errors: ERR_NOMEM. */
MUST_CHECK int templates_take_pod(struct pod_templates *templates, size_t index, cJSON **ret_pod, struct err *err);

/* True if the kind of the object says that its pods come from exactly one place, so a title need not name it. */
bool templates_are_single(const struct pod_templates *templates);

DEFINE_AUTO_FINI(templates, struct pod_templates, templates_fini);

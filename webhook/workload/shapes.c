/* Makes pods of templates. The pods are only judged: what no decision reads is left out. */
#include "workload/shapes.h"

#include "base/cleanup.h"
#include "core/names.h"
#include "json/find.h"
#include "json/patch.h"

#include <stdio.h>
#include <string.h>

static enum workload_shape shape_of(const struct workload *workload)
{
    return workload ? workload->shape : SHAPE_POD_TEMPLATE;
}

/* -- What is a template -- */

/* A component with one of these gets its container from a ServingRuntime, and only fields from the component
 * (kserve v1beta1 predictor.go, explainer.go). */
static const char *const kserve_models[] = {"model",  "sklearn", "xgboost", "tensorflow",  "pytorch",
                                            "triton", "onnx",    "pmml",    "huggingface", "lightgbm",
                                            "paddle", "art",     "runtime"};

static bool component_holds(const cJSON *value, const char **ret_unjudged)
{
    for (size_t i = 0; i < ARRAY_SIZE(kserve_models); i++) {
        if (cjson_find(value, PATH(kserve_models[i])))
            *ret_unjudged = "its container comes from a serving runtime";
    }
    if (!*ret_unjudged && !cjson_find(value, PATH("containers")))
        *ret_unjudged = "it has no containers";
    return true;
}

/* Returns the WorkflowSpec, which a CronWorkflow has one level down. */
static const cJSON *workflow_of(const cJSON *object)
{
    const cJSON *nested = cjson_find(object, PATH("spec", "workflowSpec"));
    return nested ? nested : cjson_find(object, PATH("spec"));
}

/* Only these types of Argo's templates have containers of the author's (argo-workflows workflow_types.go). */
static bool argo_holds(const cJSON *object, const cJSON *value, const char **ret_unjudged)
{
    const cJSON *workflow = workflow_of(object);
    if (!cjson_find(value, PATH("container")) && !cjson_find(value, PATH("script")) &&
        !cjson_find(value, PATH("containerSet")))
        return false;
    if (cjson_find(value, PATH("podSpecPatch")) || cjson_find(workflow, PATH("podSpecPatch")))
        *ret_unjudged = "a podSpecPatch changes its pod";
    else if (cjson_find(workflow, PATH("templateDefaults")))
        *ret_unjudged = "templateDefaults change its pod";
    return true;
}

bool shape_holds(const struct workload *workload, const cJSON *object, const cJSON *value, const char **ret_unjudged)
{
    *ret_unjudged = NULL;
    switch (shape_of(workload)) {
    case SHAPE_COMPONENT:
        return component_holds(value, ret_unjudged);
    case SHAPE_ARGO_TEMPLATE:
        return argo_holds(object, value, ret_unjudged);
    case SHAPE_POD_TEMPLATE:
        break;
    }
    return true;
}

/* -- The pod -- */

enum { INHERITED_MAX = 100000, CARRIED_MAX = 32 };

/* The pod that is made, and what it is made of. */
struct making {
    const struct workload *workload; /* NULL: an unknown kind */
    const cJSON *object;
    cJSON *value; /* the template */
    cJSON *pod, *metadata, *spec;
};

/* Moves a member, if there is one. Returns false if out of memory. */
static bool move(cJSON *from, const char *key, cJSON *to, const char *to_key)
{
    cJSON *value = cJSON_DetachItemFromObjectCaseSensitive(from, key);
    return !value || cjson_add(to, to_key, value);
}

static bool move_rest(cJSON *from, cJSON *to)
{
    while (from->child) {
        cJSON *value = cJSON_DetachItemViaPointer(from, from->child);
        if (!cjson_add(to, value->string, value))
            return false;
    }
    return true;
}

static bool make_from_template(struct making *making)
{
    static const char *const own[] = {"apiVersion", "kind", "metadata"};
    for (size_t i = 0; i < ARRAY_SIZE(own); i++)
        cJSON_DeleteItemFromObjectCaseSensitive(making->value, own[i]);
    return move_rest(making->value, making->pod);
}

static bool make_from_component(struct making *making)
{
    making->spec = cJSON_AddObjectToObject(making->pod, "spec");
    return making->spec && move(making->value, "annotations", making->metadata, "annotations") &&
           move(making->value, "labels", making->metadata, "labels") && move_rest(making->value, making->spec);
}

static size_t count_values(const cJSON *value)
{
    size_t count = 1;
    const cJSON *child;
    cJSON_ArrayForEach(child, value)
        count += count_values(child);
    return count;
}

/* Argo takes these fields from the template or, if it has none, from the workflow
 * (argo-workflows workflow/controller/workflowpod.go, addSchedulingConstraints). */
static bool inherit(struct making *making, const cJSON *workflow, size_t *inherited)
{
    static const char *const fields[] = {"nodeSelector", "affinity", "tolerations"};
    for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
        const cJSON *own = cjson_find(making->value, PATH(fields[i]));
        const cJSON *outer = own && own->child ? NULL : cjson_find(workflow, PATH(fields[i]));
        if (!outer) {
            if (!move(making->value, fields[i], making->spec, fields[i]))
                return false;
            continue;
        }
        *inherited += count_values(outer);
        if (*inherited <= INHERITED_MAX && !cjson_add(making->spec, fields[i], cJSON_Duplicate(outer, true)))
            return false;
    }
    return true;
}

/* The executor's own containers, which ask for no GPU, are left out. */
static bool make_from_argo(struct making *making, size_t *inherited)
{
    cJSON *set = cjson_find(making->value, PATH("containerSet", "containers"));
    cJSON *containers;
    making->spec = cJSON_AddObjectToObject(making->pod, "spec");
    if (!making->spec)
        return false;
    if (set) {
        if (!move(cjson_find(making->value, PATH("containerSet")), "containers", making->spec, "containers"))
            return false;
        containers = cjson_find(making->spec, PATH("containers"));
    } else {
        const char *main = cjson_find(making->value, PATH("container")) ? "container" : "script";
        containers = cJSON_AddArrayToObject(making->spec, "containers");
        if (!cjson_add(containers, NULL, cJSON_DetachItemFromObjectCaseSensitive(making->value, main)))
            return false;
    }

    cJSON *sidecars = cjson_find(making->value, PATH("sidecars"));
    while (sidecars && sidecars->child) {
        if (!cjson_add(containers, NULL, cJSON_DetachItemViaPointer(sidecars, sidecars->child)))
            return false;
    }
    return move(making->value, "initContainers", making->spec, "initContainers") &&
           inherit(making, workflow_of(making->object), inherited);
}

/* Copies our own annotations or labels, which are the only ones that a decision reads and that authors write on the
 * object for its pods. Those of the template win. */
static bool carry(const cJSON *from, cJSON *metadata, const char *field)
{
    size_t carried = 0;
    const cJSON *own;
    cJSON_ArrayForEach(own, cjson_find(from, PATH(field))) {
        if (!own->string || strncmp(own->string, OWN_PREFIX, strlen(OWN_PREFIX)) != 0 || carried++ == CARRIED_MAX)
            continue;
        cJSON *to = cjson_find(metadata, PATH(field));
        if (!to) {
            cJSON_DeleteItemFromObjectCaseSensitive(metadata, field);
            to = cJSON_AddObjectToObject(metadata, field);
        }
        if (!to)
            return false;
        if (cJSON_IsObject(to) && !cjson_member(to, own->string) &&
            !cjson_add(to, own->string, cJSON_Duplicate(own, true)))
            return false;
    }
    return true;
}

static bool name_container(cJSON *container, const char *name)
{
    cJSON_DeleteItemFromObjectCaseSensitive(container, "name");
    return cJSON_AddStringToObject(container, "name", name);
}

/* Names the containers that have no name. Where there are several in the list, a number follows the name, as in Knative
 * (serving pkg/apis/serving/v1/revision_defaults.go, applyDefaultContainerNames). */
static bool name_list(cJSON *containers, const char *name)
{
    char text[64];
    size_t number = 0;
    cJSON *container;
    if (!cJSON_IsArray(containers))
        return true;
    cJSON_ArrayForEach(container, containers) {
        if (!cJSON_IsObject(container) || cjson_find(container, PATH("name")))
            continue;
        (void)snprintf(text, sizeof(text), containers->child->next ? "%s-%zu" : "%s", name, number++);
        if (!name_container(container, text))
            return false;
    }
    return true;
}

/* Gives names to containers of kinds whose controllers do that: to all in Knative, else to the first. */
static bool name_containers(const struct making *making)
{
    const char *name = making->workload ? making->workload->container_name : NULL;
    cJSON *containers = cjson_find(making->pod, PATH("spec", "containers"));
    cJSON *first = cJSON_IsArray(containers) ? containers->child : NULL;
    if (name && shape_of(making->workload) == SHAPE_POD_TEMPLATE)
        return name_list(containers, name) &&
               name_list(cjson_find(making->pod, PATH("spec", "initContainers")), "init-container");
    if (!name || !cJSON_IsObject(first) || cjson_find(first, PATH("name")))
        return true;
    return name_container(first, name);
}

/* The metadata of the template, without what a controller sets itself. */
static bool make_metadata(struct making *making)
{
    cJSON *own = cJSON_DetachItemFromObjectCaseSensitive(making->value, "metadata");
    if (!cJSON_IsObject(own)) {
        cJSON_Delete(own);
        own = cJSON_CreateObject();
    }
    making->metadata = own;
    if (!cjson_add(making->pod, "metadata", own))
        return false;
    cJSON_DeleteItemFromObjectCaseSensitive(own, "ownerReferences");
    cJSON_DeleteItemFromObjectCaseSensitive(own, "namespace");
    return true;
}

/* Adds the controller as the owner, as far as a decision reads it. */
static bool make_owner(struct making *making, struct kind kind)
{
    AUTO(string) version = NULL;
    if (asprintf(&version, "%s%sv1", kind.group, *kind.group ? "/" : "") < 0)
        return false;
    cJSON *owner = cJSON_CreateObject();
    cJSON *owners = cJSON_AddArrayToObject(making->metadata, "ownerReferences");
    return cjson_add(owners, NULL, owner) && cJSON_AddStringToObject(owner, "apiVersion", version) &&
           cJSON_AddStringToObject(owner, "kind", kind.name) && cJSON_AddStringToObject(owner, "name", "") &&
           cJSON_AddTrueToObject(owner, "controller");
}

static bool make_parts(struct making *making, struct kind kind, size_t *inherited)
{
    const struct workload *workload = making->workload;
    if (!cJSON_AddStringToObject(making->pod, "apiVersion", "v1") ||
        !cJSON_AddStringToObject(making->pod, "kind", "Pod") || !make_metadata(making) || !make_owner(making, kind))
        return false;

    bool made = shape_of(workload) == SHAPE_COMPONENT       ? make_from_component(making)
                : shape_of(workload) == SHAPE_ARGO_TEMPLATE ? make_from_argo(making, inherited)
                                                            : make_from_template(making);
    if (!made || !name_containers(making))
        return false;

    const cJSON *above =
        workload && (workload->flags & WORKLOAD_CARRIES) ? cjson_find(making->object, PATH("metadata")) : NULL;
    if (shape_of(workload) == SHAPE_ARGO_TEMPLATE)
        above = cjson_find(workflow_of(making->object), PATH("podMetadata"));
    return carry(above, making->metadata, "annotations") && carry(above, making->metadata, "labels");
}

int shape_take_pod(const struct shape_source *source, cJSON *value, size_t *inherited, cJSON **ret_pod, struct err *err)
{
    AUTO(cjson) pod = cJSON_CreateObject();
    struct making making = {.workload = source->workload, .object = source->object, .value = value, .pod = pod};
    if (!pod || !make_parts(&making, source->kind, inherited))
        return err_nomem(err);
    *ret_pod = *inherited > INHERITED_MAX ? NULL : TAKE(pod);
    return 0;
}

/* -- The way back -- */

void shape_add_pointer(const struct workload *workload, const char *pointer, const char *pod_pointer, struct buf *out)
{
    const char *rest = pod_pointer;
    if (shape_of(workload) == SHAPE_COMPONENT) /* both /metadata and /spec are the component itself */
        rest += 1 + strcspn(pod_pointer + (*pod_pointer == '/'), "/");
    buf_addf(out, "%s%s", pointer, rest);
}

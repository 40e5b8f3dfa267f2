/* Edit: the class's environment variables, into slice containers (SPEC 5.5). */
#include "admission/edits/edits.h"

#include <stdio.h>
#include <string.h>

static cJSON *variable_to_json(const char *name, const char *value)
{
    AUTO(cjson) object = cJSON_CreateObject();
    if (!cJSON_AddStringToObject(object, "name", name) || !cJSON_AddStringToObject(object, "value", value))
        return NULL;
    return TAKE(object);
}

/* A variable without value is the empty string, as core/v1 has it. */
static bool variable_is(const cJSON *variable, const char *value)
{
    const char *own = cjson_text(variable, "value");
    return strcmp(own ? own : "", value) == 0 && !cjson_find(variable, PATH("valueFrom"));
}

int environment_set(struct decision *decision, const struct container *container, const char *name, const char *value,
                    struct err *err)
{
    struct place place = container_place(container);
    const cJSON *last = container_env(container, name);
    if (!last)
        return patch_append(&decision->patch, place, PATH("env"), variable_to_json(name, value), err);
    if (variable_is(last, value))
        return 0;
    size_t index = 0;
    for (const cJSON *own = cjson_find(container->object, PATH("env"))->child; own != last; own = own->next)
        index++;
    return patch_replace_item(&decision->patch, place, PATH("env"), index, variable_to_json(name, value), err);
}

static int environment_apply(struct decision *decision, const struct container *container, const struct env_var *wanted,
                             struct err *err)
{
    enum verdict verdict = VERDICT_APPLY;
    const cJSON *own = container_env(container, wanted->name);
    if (own && !variable_is(own, wanted->value)) {
        char found[ERR_TEXT_SIZE / 4];
        char needed[ERR_TEXT_SIZE / 4]; /* the class's value is policy, no secret; the pod's own is never shown */
        (void)snprintf(found, sizeof(found), "container \"%.63s\" sets %.100s itself", container->name, wanted->name);
        (void)snprintf(needed, sizeof(needed), "%.100s=%.100s", wanted->name, wanted->value);
        verdict = conflict_settle(decision, REASON_ENV_CONFLICT, found, needed);
    }
    if (verdict != VERDICT_APPLY)
        return 0;
    decision_because_class(decision, "pod.env");
    return environment_set(decision, container, wanted->name, wanted->value, err);
}

int edit_environment(struct decision *decision, struct err *err)
{
    const struct env_vars *wanted = &decision->slice_class->env;
    for (size_t i = 0; i < decision->pod->count; i++) {
        if (decision->slices[i] == 0)
            continue;
        for (size_t j = 0; j < wanted->count && decision->reason == REASON_NONE; j++) {
            if (environment_apply(decision, &decision->pod->containers[i], &wanted->items[j], err) < 0)
                return -1;
        }
    }
    return 0;
}

/* Edit: adds the class's environment variables to containers with slices. */
#include "admission/edits/edits.h"
#include "base/text.h"

#include <string.h>

static cJSON *variable_to_json(const char *name, const char *value)
{
    AUTO(cjson) object = cJSON_CreateObject();
    if (!cJSON_AddStringToObject(object, "name", name) || !cJSON_AddStringToObject(object, "value", value))
        return NULL;
    return TAKE(object);
}

/* A variable without a value is the empty string (core/v1). */
static bool variable_is(const cJSON *variable, const char *value)
{
    const char *own = cjson_text(variable, "value");
    return strcmp(own ? own : "", value) == 0 && !cjson_find(variable, PATH("valueFrom"));
}

int environment_set(const struct edit *edit, const struct container *container, const char *name, const char *value,
                    struct err *err)
{
    struct place place = container_place(container);
    const cJSON *last = container_env(container, name);
    if (!last)
        return patch_append(&edit->out->changes.patch, place, PATH("env"), variable_to_json(name, value), err);
    if (variable_is(last, value))
        return 0;
    size_t index = 0;
    for (const cJSON *own = cjson_find(container->object, PATH("env"))->child; own != last; own = own->next)
        index++;
    return patch_replace_item(&edit->out->changes.patch, place, PATH("env"), index, variable_to_json(name, value), err);
}

static int environment_apply(const struct edit *edit, const struct container *container, const struct env_var *wanted,
                             struct err *err)
{
    enum settlement settlement = SETTLED_APPLY;
    const cJSON *own = container_env(container, wanted->name);
    if (own && !variable_is(own, wanted->value)) {
        char found[ERR_TEXT_SIZE / 4];
        char needed[ERR_TEXT_SIZE / 4]; /* has the class's value, which is public; the pod's own value is never shown */
        text_printf(found, sizeof(found), "container \"%.63s\" sets %.100s itself", container->name, wanted->name);
        text_printf(needed, sizeof(needed), "%.100s=%.100s", wanted->name, wanted->value);
        settlement = conflict_settle(edit, REASON_ENV_CONFLICT, found, needed, CONFLICT_REMEDY);
    }

    if (settlement != SETTLED_APPLY)
        return 0;

    changes_because(&edit->out->changes, origin_class(edit->found->slice_class, "pod.env"));
    return environment_set(edit, container, wanted->name, wanted->value, err);
}

int edit_environment(const struct edit *edit, struct err *err)
{
    const struct env_vars *wanted = &edit->found->slice_class->env;
    for (size_t i = 0; i < edit->in->pod->count; i++) {
        if (edit->found->slices[i] == 0)
            continue;
        for (size_t j = 0; j < wanted->count && edit->out->outcome != OUTCOME_DENIED; j++) {
            if (environment_apply(edit, &edit->in->pod->containers[i], &wanted->items[j], err) < 0)
                return -1;
        }
    }
    return 0;
}

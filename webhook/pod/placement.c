/* Reads and writes the JSON forms of a pod's placement. Depends on the shapes of core/v1, not on policies. */
#include "pod/placement.h"

#include "base/vec.h"

#include <stdio.h>
#include <string.h>

bool pod_next_term(const struct pod *pod, struct term *term)
{
    if (!term->object) {
        term->index = 0;
        cJSON *terms = cjson_find(pod->object, PATH(REQUIRED_TERMS));
        term->object = terms ? terms->child : NULL;
    } else {
        term->index++;
        term->object = term->object->next;
    }
    (void)snprintf(term->pointer, sizeof(term->pointer),
                   "/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms/%zu",
                   term->index);
    return term->object != NULL;
}

struct place term_place(const struct term *term)
{
    return (struct place){term->object, term->pointer};
}

bool pod_has_required_affinity(const struct pod *pod)
{
    return cjson_find(pod->object, PATH(REQUIRED_AFFINITY)) != NULL;
}

bool term_has_fields(const struct term *term)
{
    return cJSON_GetArraySize(cjson_find(term->object, PATH("matchFields"))) > 0;
}

bool term_is_empty(const struct term *term)
{
    return cJSON_GetArraySize(cjson_find(term->object, PATH("matchExpressions"))) == 0 && !term_has_fields(term);
}

static int compare_values(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Reads one expression. The array of values is allocated, the strings are the pod's. The values are sorted for
 * searches, because the pod's author decides how many there are. */
static int expression_read(const cJSON *object, struct requirement *ret_requirement, struct err *err)
{
    const cJSON *values = cjson_find(object, PATH("values"));
    size_t count = (size_t)cJSON_GetArraySize(values);
    const char **items = calloc(count + 1, sizeof(*items));
    if (!items)
        return err_nomem(err);

    size_t index = 0;
    const cJSON *value;
    cJSON_ArrayForEach(value, values) {
        items[index++] = value->valuestring;
    }

    qsort(items, index, sizeof(*items), compare_values);
    *ret_requirement = (struct requirement){.key = cjson_text(object, "key"),
                                            .op = requirement_op_parse(cjson_text(object, "operator")),
                                            .values = items,
                                            .value_count = count,
                                            .sorted = true};
    return 0;
}

int term_expressions(const struct term *term, const char *key, struct expressions *list, struct err *err)
{
    const cJSON *expression;
    cJSON_ArrayForEach(expression, cjson_find(term->object, PATH("matchExpressions"))) {
        if (strcmp(cjson_text(expression, "key"), key) != 0)
            continue;
        if (!GROW(list->items, list->count))
            return err_nomem(err);
        if (expression_read(expression, &list->items[list->count], err) < 0)
            return -1;
        list->count++;
    }
    return 0;
}

void expressions_fini(struct expressions *list)
{
    for (size_t i = 0; i < list->count; i++)
        free((void *)(uintptr_t)list->items[i].values);
    free(list->items);
    *list = (struct expressions){0};
}

static bool requirement_has(const struct requirement *requirement, const char *value)
{
    size_t i = 0;
    while (i < requirement->value_count && strcmp(requirement->values[i], value) != 0)
        i++;
    return i < requirement->value_count;
}

static bool values_have(const cJSON *values, const char *wanted)
{
    const cJSON *value;
    cJSON_ArrayForEach(value, values) {
        if (strcmp(value->valuestring, wanted) == 0)
            return true;
    }
    return false;
}

bool expression_equals(const cJSON *expression, const struct requirement *requirement)
{
    const cJSON *values = cjson_find(expression, PATH("values"));
    if (strcmp(cjson_text(expression, "key"), requirement->key) != 0 ||
        requirement_op_parse(cjson_text(expression, "operator")) != requirement->op)
        return false;

    const cJSON *value;
    cJSON_ArrayForEach(value, values) {
        if (!requirement_has(requirement, value->valuestring))
            return false;
    }
    for (size_t i = 0; i < requirement->value_count; i++) {
        if (!values_have(values, requirement->values[i]))
            return false;
    }
    return true;
}

const char *pod_node_selector(const struct pod *pod, const char *key)
{
    return cJSON_GetStringValue(cjson_find(pod->object, PATH("spec", "nodeSelector", key)));
}

/* Converts a JSON number to seconds, clamped to the range of int64_t. */
static int64_t seconds_of(const cJSON *number)
{
    double value = number->valuedouble;
    if (value >= 9223372036854775808.0)
        return INT64_MAX;
    return value <= -9223372036854775808.0 ? INT64_MIN : (int64_t)value;
}

struct toleration toleration_read(const cJSON *object)
{
    const cJSON *seconds = cjson_find(object, PATH("tolerationSeconds"));
    return (struct toleration){
        .key = cjson_text(object, "key"),
        .op = cjson_text(object, "operator"),
        .value = cjson_text(object, "value"),
        .effect = cjson_text(object, "effect"),
        .has_seconds = seconds != NULL,
        .seconds = seconds ? seconds_of(seconds) : 0,
    };
}

cJSON *requirement_to_json(const struct requirement *requirement)
{
    AUTO(cjson) object = cJSON_CreateObject();
    if (!cjson_add(object, "key", cJSON_CreateString(requirement->key)) ||
        !cjson_add(object, "operator", cJSON_CreateString(requirement_op_name(requirement->op))))
        return NULL;
    if (requirement->value_count > 0 &&
        !cjson_add(object, "values", cJSON_CreateStringArray(requirement->values, (int)requirement->value_count)))
        return NULL;
    return TAKE(object);
}

cJSON *term_to_json(const struct requirements *requirements)
{
    AUTO(cjson) term = cJSON_CreateObject();
    cJSON *expressions = cJSON_AddArrayToObject(term, "matchExpressions");
    for (size_t i = 0; i < requirements->count; i++) {
        if (!cjson_add(expressions, NULL, requirement_to_json(&requirements->items[i])))
            return NULL;
    }
    return expressions ? TAKE(term) : NULL;
}

cJSON *toleration_to_json(const struct toleration *toleration)
{
    const struct {
        const char *key, *value;
    } members[] = {{"key", toleration->key},
                   {"operator", toleration->op},
                   {"value", toleration->value},
                   {"effect", toleration->effect}};

    AUTO(cjson) object = cJSON_CreateObject();
    for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
        if (members[i].value && *members[i].value &&
            !cjson_add(object, members[i].key, cJSON_CreateString(members[i].value)))
            return NULL;
    }

    if (toleration->has_seconds &&
        !cjson_add(object, "tolerationSeconds", cJSON_CreateNumber((double)toleration->seconds)))
        return NULL;

    return TAKE(object);
}

/* Checks the types of a pod's fields against tables that describe core/v1. Does not apply policies or defaults. */
#include "pod/shape.h"

#include "base/buf.h"
#include "json/find.h"

enum shape_type {
    SHAPE_STRING,
    SHAPE_NUMBER,
    SHAPE_QUANTITY, /* a string or a number: the API server accepts both as quantities */
    SHAPE_BOOL,
    SHAPE_OBJECT, /* `fields` describes the members */
    SHAPE_MAP,    /* every member is of type `element` */
    SHAPE_LIST,   /* every element is of type `element`; `fields` describes elements that are objects */
};

enum shape_presence {
    OPTIONAL, /* may be absent or null */
    REQUIRED,
    NULLABLE, /* required, but may be null: Go encodes a nil slice as null */
};

struct shape {
    const char *key;
    enum shape_type type;
    enum shape_type element;
    enum shape_presence presence;
    const struct shape *fields; /* ends with a NULL key */
};

static const struct shape expression_fields[] = {
    {"key", SHAPE_STRING, 0, REQUIRED, NULL},
    {"operator", SHAPE_STRING, 0, REQUIRED, NULL},
    {"values", SHAPE_LIST, SHAPE_STRING, OPTIONAL, NULL},
    {0},
};
static const struct shape term_fields[] = {
    {"matchExpressions", SHAPE_LIST, SHAPE_OBJECT, OPTIONAL, expression_fields},
    {"matchFields", SHAPE_LIST, SHAPE_OBJECT, OPTIONAL, expression_fields},
    {0},
};
static const struct shape required_affinity_fields[] = {
    {"nodeSelectorTerms", SHAPE_LIST, SHAPE_OBJECT, OPTIONAL, term_fields},
    {0},
};
static const struct shape node_affinity_fields[] = {
    {"requiredDuringSchedulingIgnoredDuringExecution", SHAPE_OBJECT, 0, OPTIONAL, required_affinity_fields},
    {"preferredDuringSchedulingIgnoredDuringExecution", SHAPE_LIST, SHAPE_OBJECT, OPTIONAL, NULL},
    {0},
};
static const struct shape affinity_fields[] = {
    {"nodeAffinity", SHAPE_OBJECT, 0, OPTIONAL, node_affinity_fields},
    {0},
};
static const struct shape toleration_fields[] = {
    {"key", SHAPE_STRING, 0, OPTIONAL, NULL},
    {"operator", SHAPE_STRING, 0, OPTIONAL, NULL},
    {"value", SHAPE_STRING, 0, OPTIONAL, NULL},
    {"effect", SHAPE_STRING, 0, OPTIONAL, NULL},
    {"tolerationSeconds", SHAPE_NUMBER, 0, OPTIONAL, NULL},
    {0},
};
static const struct shape env_fields[] = {
    {"name", SHAPE_STRING, 0, REQUIRED, NULL},
    {"value", SHAPE_STRING, 0, OPTIONAL, NULL},
    {0},
};
static const struct shape resources_fields[] = {
    {"limits", SHAPE_MAP, SHAPE_QUANTITY, OPTIONAL, NULL},
    {"requests", SHAPE_MAP, SHAPE_QUANTITY, OPTIONAL, NULL},
    {"claims", SHAPE_LIST, SHAPE_OBJECT, OPTIONAL, NULL},
    {0},
};
static const struct shape container_fields[] = {
    {"name", SHAPE_STRING, 0, REQUIRED, NULL},
    {"restartPolicy", SHAPE_STRING, 0, OPTIONAL, NULL},
    {"resources", SHAPE_OBJECT, 0, OPTIONAL, resources_fields},
    {"env", SHAPE_LIST, SHAPE_OBJECT, OPTIONAL, env_fields},
    {0},
};
static const struct shape owner_fields[] = {
    {"kind", SHAPE_STRING, 0, REQUIRED, NULL},
    {"name", SHAPE_STRING, 0, REQUIRED, NULL},
    {"controller", SHAPE_BOOL, 0, OPTIONAL, NULL},
    {0},
};
static const struct shape metadata_fields[] = {
    {"name", SHAPE_STRING, 0, OPTIONAL, NULL},
    {"generateName", SHAPE_STRING, 0, OPTIONAL, NULL},
    {"namespace", SHAPE_STRING, 0, OPTIONAL, NULL},
    {"labels", SHAPE_MAP, SHAPE_STRING, OPTIONAL, NULL},
    {"annotations", SHAPE_MAP, SHAPE_STRING, OPTIONAL, NULL},
    {"ownerReferences", SHAPE_LIST, SHAPE_OBJECT, OPTIONAL, owner_fields},
    {0},
};
static const struct shape spec_fields[] = {
    {"containers", SHAPE_LIST, SHAPE_OBJECT, NULLABLE, container_fields},
    {"initContainers", SHAPE_LIST, SHAPE_OBJECT, OPTIONAL, container_fields},
    {"nodeName", SHAPE_STRING, 0, OPTIONAL, NULL},
    {"nodeSelector", SHAPE_MAP, SHAPE_STRING, OPTIONAL, NULL},
    {"runtimeClassName", SHAPE_STRING, 0, OPTIONAL, NULL},
    {"affinity", SHAPE_OBJECT, 0, OPTIONAL, affinity_fields},
    {"tolerations", SHAPE_LIST, SHAPE_OBJECT, OPTIONAL, toleration_fields},
    {"resourceClaims", SHAPE_LIST, SHAPE_OBJECT, OPTIONAL, NULL},
    {0},
};
static const struct shape pod_fields[] = {
    {"metadata", SHAPE_OBJECT, 0, OPTIONAL, metadata_fields},
    {"spec", SHAPE_OBJECT, 0, REQUIRED, spec_fields},
    {0},
};

static const struct {
    const char *fault; /* of a value that has another type */
    int accepted;      /* cJSON types */
} shape_types[] = {
    [SHAPE_STRING] = {"must be a string", cJSON_String},
    [SHAPE_NUMBER] = {"must be a number", cJSON_Number},
    [SHAPE_QUANTITY] = {"must be a quantity", cJSON_String | cJSON_Number},
    [SHAPE_BOOL] = {"must be true or false", cJSON_True | cJSON_False},
    [SHAPE_OBJECT] = {"must be an object", cJSON_Object},
    [SHAPE_MAP] = {"must be an object", cJSON_Object},
    [SHAPE_LIST] = {"must be an array", cJSON_Array},
};

/* The path from the pod's root to a value, for messages: a linked list on the stack. */
struct trail {
    const struct trail *parent;
    const char *key; /* NULL for an element */
    size_t index;
};

enum { TRAIL_TEXT_MAX = 512 };

static void trail_print(const struct trail *trail, struct buf *out)
{
    if (trail->parent)
        trail_print(trail->parent, out);
    if (trail->key)
        buf_addf(out, "%s%s", trail->parent ? "." : "", trail->key);
    else
        buf_addf(out, "[%zu]", trail->index);
}

static int shape_fault(const struct trail *trail, const char *fault, struct err *err)
{
    AUTO(buf) path;
    buf_init(&path, TRAIL_TEXT_MAX);
    trail_print(trail, &path);
    return err_set(err, ERR_INVALID, "the pod's %s %s", buf_text(&path), fault);
}

static int shape_check_fields(const cJSON *object, const struct shape *fields, const struct trail *trail,
                              struct err *err);

static int shape_check_type(const cJSON *value, enum shape_type type, const struct trail *trail, struct err *err)
{
    return value->type & shape_types[type].accepted ? 0 : shape_fault(trail, shape_types[type].fault, err);
}

/* The recursion follows constant tables, so its depth is bounded. */
static int shape_check_value(const cJSON *value, const struct shape *shape, const struct trail *trail, struct err *err)
{
    if (shape_check_type(value, shape->type, trail, err) < 0)
        return -1;
    if (shape->type == SHAPE_OBJECT)
        return shape->fields ? shape_check_fields(value, shape->fields, trail, err) : 0;
    if (shape->type != SHAPE_MAP && shape->type != SHAPE_LIST)
        return 0;

    size_t index = 0;
    const cJSON *element;
    cJSON_ArrayForEach(element, value) {
        struct trail here = {trail, shape->type == SHAPE_MAP ? element->string : NULL, index++};
        if (shape->element == SHAPE_QUANTITY && cJSON_IsNull(element))
            continue; /* Quantity.UnmarshalJSON reads null as 0 */
        if (shape_check_type(element, shape->element, &here, err) < 0)
            return -1;
        if (shape->fields && shape_check_fields(element, shape->fields, &here, err) < 0)
            return -1;
    }

    return 0;
}

static int shape_check_fields(const cJSON *object, const struct shape *fields, const struct trail *trail,
                              struct err *err)
{
    for (const struct shape *field = fields; field->key; field++) {
        struct trail here = {trail, field->key, 0};
        const cJSON *value = cjson_member(object, field->key);
        if (!value || cJSON_IsNull(value)) {
            if (field->presence == REQUIRED || (field->presence == NULLABLE && !value))
                return shape_fault(&here, "is missing", err);
            continue;
        }
        if (shape_check_value(value, field, &here, err) < 0)
            return -1;
    }
    return 0;
}

int pod_shape_check(const cJSON *pod, struct err *err)
{
    if (!cJSON_IsObject(pod))
        return err_set(err, ERR_INVALID, "the pod must be an object");
    return shape_check_fields(pod, pod_fields, NULL, err);
}

/* Turns a scalar event into a JSON value. Does not handle sequences, mappings or anchors. */
#include "json/yaml_leaf.h"

#include "json/yaml_scalar.h"

#include <string.h>

static const struct {
    const char *tag;
    enum yaml_scalar_type type;
    const char *noun;
} scalar_tags[] = {
    {"null", YAML_SCALAR_NULL, "null"},
    {"bool", YAML_SCALAR_BOOL, "a boolean"},
    {"int", YAML_SCALAR_INTEGER, "an integer"},
    {"float", YAML_SCALAR_REAL, "a number"},
};

static const struct yaml_scalar null_scalar = {.type = YAML_SCALAR_NULL};

bool yaml_tag_is(const yaml_char_t *tag, const char *name)
{
    static const char core[] = "tag:yaml.org,2002:";
    const char *text = (const char *)tag;
    return text && strncmp(text, core, sizeof(core) - 1) == 0 && strcmp(text + sizeof(core) - 1, name) == 0;
}

int yaml_complain_of_tag(struct yaml_source *source, const yaml_event_t *event, const yaml_char_t *tag,
                         const char *allowed, struct err *err)
{
    return yaml_complain(source, &event->start_mark, err, "tag %s is not supported here, only %s", (const char *)tag,
                         allowed);
}

/* A scalar with a tag must have the type of the tag, however it is quoted. */
static int check_tag(struct yaml_source *source, const yaml_event_t *event, struct yaml_scalar *scalar, struct err *err)
{
    const yaml_char_t *tag = event->data.scalar.tag;
    enum yaml_scalar_type found = scalar->type;
    for (size_t i = 0; i < ARRAY_SIZE(scalar_tags); i++) {
        if (!yaml_tag_is(tag, scalar_tags[i].tag))
            continue;
        bool whole_number = found == YAML_SCALAR_INTEGER && scalar_tags[i].type == YAML_SCALAR_REAL;
        if (found == scalar_tags[i].type || whole_number)
            return 0;
        *scalar = null_scalar;
        return yaml_complain(source, &event->start_mark, err, "\"%.60s\" is not %s, as its tag says",
                             (const char *)event->data.scalar.value, scalar_tags[i].noun);
    }

    *scalar = null_scalar;
    return yaml_complain_of_tag(source, event, tag, "!!str, !!int, !!float, !!bool and !!null", err);
}

static int resolve(struct yaml_source *source, const yaml_event_t *event, struct yaml_scalar *scalar, struct err *err)
{
    const char *text = (const char *)event->data.scalar.value;
    const yaml_char_t *tag = event->data.scalar.tag;
    *scalar = null_scalar;
    if (strlen(text) != event->data.scalar.length)
        return yaml_complain(source, &event->start_mark, err, "the string holds a NUL character (\\0)");

    if (yaml_tag_is(tag, "str") || (!tag && !event->data.scalar.plain_implicit)) {
        scalar->type = YAML_SCALAR_STRING;
        return 0;
    }

    *scalar = yaml_scalar_resolve(text);
    if (scalar->type == YAML_SCALAR_REFUSED)
        return yaml_complain(source, &event->start_mark, err, "%.60s: %s", text, scalar->complaint);
    return tag ? check_tag(source, event, scalar, err) : 0;
}

static json_t *to_json(const struct yaml_scalar *scalar, const yaml_event_t *event)
{
    switch (scalar->type) {
    case YAML_SCALAR_NULL:
    case YAML_SCALAR_REFUSED:
        return json_null();
    case YAML_SCALAR_BOOL:
        return json_boolean(scalar->boolean);
    case YAML_SCALAR_INTEGER:
        return json_integer(scalar->integer);
    case YAML_SCALAR_REAL:
        return json_real(scalar->real);
    case YAML_SCALAR_STRING:
        break;
    }

    /* libyaml has checked that it is UTF-8. */
    return json_stringn_nocheck((const char *)event->data.scalar.value, event->data.scalar.length);
}

int yaml_leaf(struct yaml_source *source, const yaml_event_t *scalar, json_t **ret_value, struct err *err)
{
    struct yaml_scalar resolved;
    if (resolve(source, scalar, &resolved, err) < 0)
        return -1;
    json_t *value = to_json(&resolved, scalar);
    if (!value)
        return err_nomem(err);
    *ret_value = value;
    return 0;
}

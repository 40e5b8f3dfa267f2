/* Checks a document against a table of its fields. */
#include "lint/check/check.h"

#include "base/spelling.h"

#include <regex.h>
#include <stdio.h>
#include <string.h>

enum { FIELD_PATH_MAX = 512, FIELD_DEPTH_MAX = 16 };

struct walk {
    struct lint *lint;
    const struct field_spec *fields;
    const char *title;
    enum rule_id unknown;
};

static const struct field_spec *fields_find(const struct walk *walk, const char *path)
{
    for (const struct field_spec *spec = walk->fields; spec->path; spec++) {
        if (strcmp(spec->path, path) == 0)
            return spec;
    }
    return NULL;
}

static const char *path_leaf(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot ? dot + 1 : path;
}

/* True if the field is directly below `parent` ("" is the root). */
static bool is_below(const char *path, const char *parent)
{
    size_t length = strlen(parent);
    if (length == 0)
        return !strchr(path, '.') && !strchr(path, '[');
    return strncmp(path, parent, length) == 0 && path[length] == '.' && !strpbrk(path + length + 1, ".[");
}

/* -- Unknown fields -- */

static const char *nearest_sibling(const struct walk *walk, const char *parent, const char *key)
{
    struct spelling_search search = {.mistyped = key, .limit = 2};
    for (const struct field_spec *spec = walk->fields; spec->path; spec++) {
        if (is_below(spec->path, parent))
            spelling_consider(&search, path_leaf(spec->path));
    }
    return search.nearest;
}

/* Returns the path of another field with that name, or NULL. */
static const char *other_place(const struct walk *walk, const char *key)
{
    for (const struct field_spec *spec = walk->fields; spec->path; spec++) {
        if (strcmp(path_leaf(spec->path), key) == 0)
            return spec->path;
    }
    return NULL;
}

static void say_unknown(const struct walk *walk, struct node node, const char *parent, const char *key, bool open)
{
    const char *near = nearest_sibling(walk, parent, key);
    const char *elsewhere = open ? NULL : other_place(walk, key);
    if (near)
        SAY_KEY(walk->lint, walk->unknown, node, walk->title, "unknown field \"%s\"%s%s; did you mean \"%s\"?", key,
                *parent ? " in " : "", parent, near);
    else if (elsewhere)
        SAY_KEY(walk->lint, walk->unknown, node, walk->title, "unknown field \"%s\"%s%s; it belongs at %s", key,
                *parent ? " in " : "", parent, elsewhere);
    else if (!open)
        SAY_KEY(walk->lint, walk->unknown, node, walk->title, "unknown field \"%s\"%s%s", key,
                *parent ? " in " : " at the top", parent);
}

/* -- Values -- */

#define NUMBER "[0-9]+([.][0-9]+)?"

/* The pattern that each `range` of an F_MATCH field stands for. */
static const struct {
    const char *range, *pattern;
} forms[] = {
    {"number", NUMBER},
    {"adjustment", "[+-]" NUMBER "%?"},
    {"al2023@v20260917 or bottlerocket@v1.54.0",
     "(al2|windows2019|windows2022|windows2025)@(" AMI_LATEST "|v[0-9][^ \t]*)|al2023@(" AMI_LATEST
     "|" AMI_VERSION_AL2023 ")|bottlerocket@(" AMI_LATEST "|" AMI_VERSION_BOTTLEROCKET ")"},
};

/* True if the whole text matches the POSIX extended regular expression, or if that cannot be compiled. */
static bool text_matches(const char *text, const char *pattern)
{
    char whole[FIELD_PATH_MAX];
    regex_t compiled;
    (void)snprintf(whole, sizeof(whole), "^(%s)$", pattern);
    if (regcomp(&compiled, whole, REG_EXTENDED | REG_NOSUB) != 0)
        return true;
    bool matches = regexec(&compiled, text, 0, NULL, 0) != REG_NOMATCH;
    regfree(&compiled);
    return matches;
}

static bool form_matches(const char *text, const char *range)
{
    for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
        if (strcmp(forms[i].range, range) == 0)
            return text_matches(text, forms[i].pattern);
    }
    return true;
}

static bool is_in_range(int64_t value, const char *range)
{
    long long low = 0;
    long long high = 0;
    if (!range || sscanf(range, "%lld..%lld", &low, &high) != 2)
        return true;
    return value >= low && value <= high;
}

static bool value_fits(const struct field_spec *spec, struct node node)
{
    const json_t *value = node.value;
    const char *text = node_text(node);
    int64_t quantity;

    switch (spec->type) {
    case F_OBJECT:
    case F_OPEN:
    case F_MAP:
        return json_is_object(value);

    case F_LIST:
        return json_is_array(value);
    case F_TEXT:
        return json_is_string(value) && *text;
    case F_STRING:
        return json_is_string(value);
    case F_BOOL:
        return json_is_boolean(value);
    case F_INTEGER:
        return json_is_integer(value) && is_in_range(json_integer_value(value), spec->range);
    case F_QUANTITY:
        return !json_is_boolean(value) && node_quantity(node, &quantity);
    case F_DURATION:
        return text_matches(text, "([0-9]+[smh])+") || (spec->range && strcmp(spec->range, text) == 0);
    case F_WORD:
        return json_is_string(value) && text_matches(text, spec->range);
    case F_MATCH:
        return json_is_string(value) && form_matches(text, spec->range);
    default:
        return true;
    }
}

static const char *type_text(const struct field_spec *spec)
{
    static const char *const texts[] = {
        [F_OBJECT] = "an object",    [F_OPEN] = "an object",
        [F_MAP] = "an object",       [F_LIST] = "a list",
        [F_TEXT] = "a text",         [F_STRING] = "a string",
        [F_BOOL] = "true or false",  [F_INTEGER] = "an integer",
        [F_QUANTITY] = "a quantity", [F_DURATION] = "a duration such as 5m",
        [F_WORD] = "one of",         [F_MATCH] = "of the form",
        [F_ANY] = "anything",
    };
    return texts[spec->type];
}

static void say_invalid(const struct walk *walk, const struct field_spec *spec, struct node node, const char *path)
{
    char text[64] = "";
    const char *range = spec->range ? spec->range : "";
    (void)node_scalar(node, text, sizeof(text));
    if (manifest_text_placeholder(node_text(node))) {
        SAY(walk->lint, RULE_FIELD_PLACEHOLDER, node, walk->title, "%s is \"%s\", a placeholder: it was not checked",
            path, text);
        return;
    }
    SAY(walk->lint, RULE_FIELD_INVALID, node, walk->title, "%s is %s%s%s, must be %s%s%s", path,
        *text ? "\"" : "of another kind", text, *text ? "\"" : "", type_text(spec), *range ? " " : "", range);
}

/* -- The walk -- */

static void walk_object(const struct walk *walk, struct node object, const char *path, bool open, unsigned depth);

static void walk_value(const struct walk *walk, const struct field_spec *spec, struct node node, const char *path,
                       unsigned depth)
{
    if (json_is_null(node.value))
        return;
    if (!value_fits(spec, node)) {
        say_invalid(walk, spec, node, path);
        return;
    }

    if (spec->type == F_OBJECT || spec->type == F_OPEN)
        walk_object(walk, node, path, spec->type == F_OPEN, depth + 1);
    if (spec->type != F_LIST || depth > FIELD_DEPTH_MAX)
        return;
    char element[FIELD_PATH_MAX];
    (void)snprintf(element, sizeof(element), "%s[]", path);
    const struct field_spec *inner = fields_find(walk, element);
    for (size_t i = 0; inner && i < node_count(node); i++)
        walk_value(walk, inner, node_element(node, i), element, depth + 1);
}

static void check_required(const struct walk *walk, struct node object, const char *path)
{
    for (const struct field_spec *spec = walk->fields; spec->path; spec++) {
        if (!spec->required || !is_below(spec->path, path) || node_member(object, path_leaf(spec->path)).value)
            continue;
        SAY(walk->lint, RULE_FIELD_MISSING, object, walk->title, "%s is missing", spec->path);
    }
}

static void walk_object(const struct walk *walk, struct node object, const char *path, bool open, unsigned depth)
{
    NODE_MEMBERS(object, member) {
        const char *key = member.key;
        char below[FIELD_PATH_MAX];
        if (depth >= FIELD_DEPTH_MAX)
            break;
        (void)snprintf(below, sizeof(below), "%.400s%s%.100s", path, *path ? "." : "", key);
        const struct field_spec *spec = strchr(key, '.') || strchr(key, '[') ? NULL : fields_find(walk, below);
        if (spec)
            walk_value(walk, spec, member, below, depth);
        else
            say_unknown(walk, member, path, key, open);
    }

    check_required(walk, object, path);
}

void fields_check(struct lint *lint, struct node document, const struct field_spec *fields, const char *title,
                  enum rule_id unknown)
{
    struct walk walk = {lint, fields, title, unknown};
    bool open = fields[0].type == F_OPEN && !*fields[0].path;
    if (json_is_object(document.value))
        walk_object(&walk, document, "", open, 0);
    else
        SAY(lint, RULE_FIELD_INVALID, document, title, "is not an object");
}

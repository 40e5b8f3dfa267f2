/* RFC 6902 with jansson. Must not share code with json/patch.c, which it checks, except for parsing pointers. */
#include "json/apply.h"

#include "base/units.h"
#include "json/pointer.h"
#include "json/unconst.h"

#include <stdbool.h>
#include <string.h>

enum { TOKEN_MAX = MIB };

struct operation {
    const char *path;
    const char *from;    /* NULL if the operation has none */
    const json_t *value; /* NULL if the operation has none */
};

/* A target that does not exist makes the operation invalid (RFC 6902 section 5). */
static int get_target(json_t *root, const char *pointer, json_t **ret_value, struct err *err)
{
    json_t *value = pointer_get(root, pointer, err);
    if (!value) {
        err->code = err->code == ERR_NOT_FOUND ? ERR_INVALID : err->code;
        return -1;
    }
    *ret_value = value;
    return 0;
}

/* Finds the parent of a pointer's target, and the last token. The pointer "" is an error, because it has no parent. */
static int find_parent(json_t *root, const char *pointer, json_t **ret_parent, struct buf *token, struct err *err)
{
    const char *tail = strrchr(pointer, '/');
    if (!tail)
        return err_set(err, ERR_INVALID, "pointer \"%s\" must be empty or begin with /", pointer);
    AUTO(string) head = strndup(pointer, (size_t)(tail - pointer));
    if (!head)
        return err_nomem(err);
    if (pointer_next(&tail, token, err) < 0)
        return -1;
    return get_target(root, head, ret_parent, err);
}

static void set_root(json_t **root, json_t *value)
{
    json_decref(*root);
    *root = value;
}

/* How to put a value at a pointer's target. In an array PUT_ADD inserts it before the element there, and PUT_REPLACE
 * replaces that element. In an object both set the member, which keeps its position. */
enum put { PUT_ADD, PUT_REPLACE };

static int put_in_array(json_t *array, const char *token, json_t *value, enum put put, struct err *err)
{
    size_t size = json_array_size(array);
    size_t index = size;
    if (put == PUT_REPLACE && pointer_index(token, &index))
        return json_array_set(array, index, value) < 0 ? err_nomem(err) : 0;
    if (strcmp(token, "-") != 0 && (!pointer_index(token, &index) || index > size))
        return err_set(err, ERR_INVALID, "\"%s\" is not a position in an array of %zu; must be 0 to %zu or -", token,
                       size, size);
    return json_array_insert(array, index, value) < 0 ? err_nomem(err) : 0;
}

static int put_at(json_t **root, const char *path, json_t *value, enum put put, struct err *err)
{
    AUTO(buf) token;
    buf_init(&token, TOKEN_MAX);
    json_t *parent;
    if (*path == '\0') {
        set_root(root, json_incref(value));
        return 0;
    }

    if (find_parent(*root, path, &parent, &token, err) < 0)
        return -1;
    if (json_is_array(parent))
        return put_in_array(parent, buf_text(&token), value, put, err);
    if (!json_is_object(parent))
        return err_set(err, ERR_INVALID, "the parent is neither an object nor an array");
    return json_object_set_nocheck(parent, buf_text(&token), value) < 0 ? err_nomem(err) : 0;
}

static int remove_at(json_t **root, const char *path, struct err *err)
{
    AUTO(buf) token;
    buf_init(&token, TOKEN_MAX);
    json_t *parent;
    json_t *value;
    size_t index = 0;
    if (*path == '\0')
        return err_set(err, ERR_INVALID, "the whole document cannot be removed");

    if (get_target(*root, path, &value, err) < 0 || find_parent(*root, path, &parent, &token, err) < 0)
        return -1;

    if (json_is_object(parent))
        (void)json_object_del(parent, buf_text(&token));
    else if (pointer_index(buf_text(&token), &index))
        (void)json_array_remove(parent, index);

    return 0;
}

/* -- Equality by RFC 6902 section 4.6: numbers compare by value, while for jansson's json_equal() 1 is not 1.0 -- */

static bool numbers_equal(const json_t *a, const json_t *b)
{
    if (json_is_integer(a) && json_is_integer(b))
        return json_integer_value(a) == json_integer_value(b);
    return json_number_value(a) == json_number_value(b);
}

static bool values_equal(const json_t *a, const json_t *b);

static bool objects_equal(const json_t *a, const json_t *b)
{
    const char *key;
    json_t *value;
    if (json_object_size(a) != json_object_size(b))
        return false;
    json_object_foreach(json_unconst(a), key, value) {
        const json_t *other = json_object_get(b, key);
        if (!other || !values_equal(value, other))
            return false;
    }
    return true;
}

/* Recurses as deep as the documents, which their parsers limit. */
static bool values_equal(const json_t *a, const json_t *b)
{
    if (json_is_number(a) && json_is_number(b))
        return numbers_equal(a, b);
    if (json_is_object(a) && json_is_object(b))
        return objects_equal(a, b);
    if (!json_is_array(a) || !json_is_array(b))
        return json_equal(a, b);
    if (json_array_size(a) != json_array_size(b))
        return false;

    for (size_t i = 0; i < json_array_size(a); i++) {
        if (!values_equal(json_array_get(a, i), json_array_get(b, i)))
            return false;
    }

    return true;
}

/* -- The six operations -- */

/* Puts a copy, because later operations may change the value, and the patch must not change. */
static int put_copy(json_t **root, const char *path, const json_t *value, enum put put, struct err *err)
{
    AUTO(json) copy = json_deep_copy(value);
    return copy ? put_at(root, path, copy, put, err) : err_nomem(err);
}

static int apply_add(json_t **root, const struct operation *operation, struct err *err)
{
    return put_copy(root, operation->path, operation->value, PUT_ADD, err);
}

static int apply_remove(json_t **root, const struct operation *operation, struct err *err)
{
    return remove_at(root, operation->path, err);
}

static int apply_replace(json_t **root, const struct operation *operation, struct err *err)
{
    json_t *existing;
    if (get_target(*root, operation->path, &existing, err) < 0)
        return -1;
    return put_copy(root, operation->path, operation->value, PUT_REPLACE, err);
}

static int apply_move(json_t **root, const struct operation *operation, struct err *err)
{
    size_t length = strlen(operation->from);
    json_t *existing;
    if (get_target(*root, operation->from, &existing, err) < 0)
        return -1;
    if (strcmp(operation->path, operation->from) == 0)
        return 0;
    if (strncmp(operation->path, operation->from, length) == 0 && operation->path[length] == '/')
        return err_set(err, ERR_INVALID, "\"%s\" cannot be moved into itself", operation->from);
    AUTO(json) value = json_incref(existing);
    if (remove_at(root, operation->from, err) < 0)
        return -1;
    return put_at(root, operation->path, value, PUT_ADD, err);
}

static int apply_copy(json_t **root, const struct operation *operation, struct err *err)
{
    json_t *existing;
    if (get_target(*root, operation->from, &existing, err) < 0)
        return -1;
    return put_copy(root, operation->path, existing, PUT_ADD, err);
}

static int apply_test(json_t **root, const struct operation *operation, struct err *err)
{
    json_t *existing;
    if (get_target(*root, operation->path, &existing, err) < 0)
        return -1;
    if (values_equal(existing, operation->value))
        return 0;
    AUTO(string) found = json_dumps(existing, JSON_ENCODE_ANY | JSON_COMPACT);
    AUTO(string) wanted = json_dumps(operation->value, JSON_ENCODE_ANY | JSON_COMPACT);
    if (!found || !wanted)
        return err_nomem(err);
    return err_set(err, ERR_INVALID, "is %.200s, must be %.200s", found, wanted);
}

static const struct kind {
    const char *op;
    int (*apply)(json_t **root, const struct operation *operation, struct err *err);
    bool needs_from, needs_value;
} kinds[] = {
    {"add", apply_add, false, true},   {"remove", apply_remove, false, false}, {"replace", apply_replace, false, true},
    {"move", apply_move, true, false}, {"copy", apply_copy, true, false},      {"test", apply_test, false, true},
};

static const struct kind *kind_named(const char *op)
{
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        if (strcmp(kinds[i].op, op) == 0)
            return &kinds[i];
    }
    return NULL;
}

static int read_string(const json_t *object, const char *key, const char **ret_string, struct err *err)
{
    const json_t *value = json_object_get(object, key);
    if (!json_is_string(value))
        return err_set(err, ERR_INVALID, "must have a string \"%s\"", key);
    *ret_string = json_string_value(value);
    return 0;
}

static int apply_one(json_t **root, const json_t *object, struct err *err)
{
    struct operation operation = {0};
    const char *op;
    if (!json_is_object(object))
        return err_set(err, ERR_INVALID, "must be an object");
    if (read_string(object, "op", &op, err) < 0 || read_string(object, "path", &operation.path, err) < 0)
        return -1;

    const struct kind *kind = kind_named(op);
    if (!kind)
        return err_set(err, ERR_INVALID, "op is \"%s\", must be add, remove, replace, move, copy or test", op);
    if (kind->needs_from && read_string(object, "from", &operation.from, err) < 0)
        return -1;

    operation.value = json_object_get(object, "value");
    if (kind->needs_value && !operation.value)
        return err_set(err, ERR_INVALID, "must have a \"value\"");
    if (kind->apply(root, &operation, err) < 0)
        return err_wrap(err, "%s \"%s\"", op, operation.path);
    return 0;
}

int patch_apply(json_t **document, const json_t *operations, struct err *err)
{
    if (!json_is_array(operations))
        return err_set(err, ERR_INVALID, "a patch must be an array of operations");
    AUTO(json) result = json_deep_copy(*document);
    if (!result)
        return err_nomem(err);
    for (size_t i = 0; i < json_array_size(operations); i++) {
        if (apply_one(&result, json_array_get(operations, i), err) < 0)
            return err_wrap(err, "operation %zu", i);
    }
    set_root(document, TAKE(result));
    return 0;
}

/* String maps and the syntax of names. Does not interpret keys. */
#include "core/keyvalue.h"

#include "base/vec.h"
#include "json/unconst.h"

#include <string.h>

enum { NAME_MAX_LENGTH = 63, SUBDOMAIN_MAX_LENGTH = 253 };

static const char lower_alphanumeric[] = "abcdefghijklmnopqrstuvwxyz0123456789";
static const char label_characters[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
static const char alphanumeric[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
static const char name_characters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";

void keyvalues_fini(struct keyvalues *map)
{
    for (size_t i = 0; i < map->count; i++) {
        free(map->items[i].key);
        free(map->items[i].value);
    }
    free(map->items);
    *map = (struct keyvalues){0};
}

/* Returns the index of the first item whose key is not less than `key`. */
static size_t keyvalues_place(const struct keyvalues *map, const char *key)
{
    size_t low = 0;
    size_t high = map->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(map->items[middle].key, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool has_key_at(const struct keyvalues *map, size_t place, const char *key)
{
    return place < map->count && strcmp(map->items[place].key, key) == 0;
}

const char *keyvalues_get(const struct keyvalues *map, const char *key)
{
    if (!map)
        return NULL;
    size_t place = keyvalues_place(map, key);
    return has_key_at(map, place, key) ? map->items[place].value : NULL;
}

int keyvalues_set(struct keyvalues *map, const char *key, const char *value, struct err *err)
{
    AUTO(string) key_copy = strdup(key);
    AUTO(string) value_copy = strdup(value);
    if (!key_copy || !value_copy || !GROW(map->items, map->count))
        return err_nomem(err);

    size_t place = keyvalues_place(map, key);
    if (!has_key_at(map, place, key)) {
        memmove(&map->items[place + 1], &map->items[place], (map->count - place) * sizeof(*map->items));
        map->items[place] = (struct keyvalue){.key = TAKE(key_copy)};
        map->count++;
    }

    free(map->items[place].value);
    map->items[place].value = TAKE(value_copy);
    return 0;
}

/* Reports an invalid key or value; adds a valid member to `map` if that is not NULL. */
static void decode_keyvalue(const struct node *member, const char *(*value_fault)(const char *), struct keyvalues *map)
{
    const char *fault = name_qualified_fault(member->key);
    if (fault)
        node_problem_key(member, "the key %s", fault);
    if (!node_expect(member, JSON_STRING))
        return;
    const char *value = json_string_value(member->value);
    const char *wrong = value_fault ? value_fault(value) : NULL;
    if (wrong)
        node_problem(member, "\"%s\" %s", value, wrong);
    struct err err;
    if (map && !fault && !wrong && keyvalues_set(map, member->key, value, &err) < 0)
        member->document->problems->out_of_memory = true;
}

static void decode_map(const struct node *node, const char *(*value_fault)(const char *), struct keyvalues *map)
{
    if (!node_expect(node, JSON_OBJECT))
        return;
    NODE_MEMBERS(*node, member) {
        if (!json_is_null(member.value))
            decode_keyvalue(&member, value_fault, map);
        else /* if the key were ignored, a selector would match more than its author thinks */
            node_problem(node, "has null for the key \"%s\"; write a value, or leave the key out", member.key);
    }
}

void decode_labels(const struct node *node, void *target)
{
    decode_map(node, name_label_value_fault, target);
}

void decode_annotations(const struct node *node, void *target)
{
    decode_map(node, NULL, target);
}

static bool ends_are_in(const char *text, size_t length, const char *set)
{
    return strchr(set, text[0]) && strchr(set, text[length - 1]);
}

const char *name_dns_label_fault(const char *name)
{
    size_t length = strlen(name);
    if (length == 0)
        return "is empty; write a name of lower-case letters, digits and '-'";
    if (length > NAME_MAX_LENGTH)
        return "is longer than 63 characters";
    if (strspn(name, label_characters) != length)
        return "must consist of lower-case letters, digits and '-'";
    if (!ends_are_in(name, length, lower_alphanumeric))
        return "must begin and end with a lower-case letter or a digit";
    return NULL;
}

/* RFC 1123 subdomain: labels separated by dots. As in apimachinery, labels are not limited to 63 characters. */
static const char *subdomain_fault(const char *text, size_t length)
{
    if (length == 0)
        return "has nothing before its '/'; leave the '/' out or write a domain, such as example.com/name";
    if (length > SUBDOMAIN_MAX_LENGTH)
        return "has more than 253 characters before its '/'";

    size_t at = 0;
    while (at <= length) {
        size_t part = strspn(text + at, label_characters);
        if (part == 0 || !ends_are_in(text + at, part, lower_alphanumeric) ||
            (at + part < length && text[at + part] != '.'))
            return "must have a domain before its '/': lower-case letters, digits, '-' and '.', such as "
                   "example.com/name";
        at += part + 1;
    }

    return NULL;
}

const char *name_qualified_fault(const char *name)
{
    const char *slash = strchr(name, '/');
    const char *fault = slash ? subdomain_fault(name, (size_t)(slash - name)) : NULL;
    if (fault)
        return fault;

    if (slash)
        name = slash + 1;
    size_t length = strlen(name);
    if (length == 0)
        return slash ? "has nothing after its '/'" : "is empty; write a name, such as tier or example.com/tier";
    if (length > NAME_MAX_LENGTH)
        return slash ? "has more than 63 characters after its '/'" : "is longer than 63 characters";

    if (strchr(name, '/'))
        return "has more than one '/'";
    if (strspn(name, name_characters) != length)
        return "must consist of letters, digits, '-', '_' and '.', with at most one domain and '/' before them";
    if (!ends_are_in(name, length, alphanumeric))
        return "must begin and end with a letter or a digit";
    return NULL;
}

const char *name_label_value_fault(const char *value)
{
    size_t length = strlen(value);
    if (length == 0)
        return NULL;
    if (length > NAME_MAX_LENGTH)
        return "is longer than 63 characters, which a label value cannot be";
    if (strspn(value, name_characters) != length)
        return "is not a label value; it must consist of letters, digits, '-', '_' and '.'";
    if (!ends_are_in(value, length, alphanumeric))
        return "is not a label value; it must begin and end with a letter or a digit";
    return NULL;
}

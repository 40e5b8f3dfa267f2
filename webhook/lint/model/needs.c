/* Compares requirements as Karpenter does. */
#include "lint/model/needs.h"

#include "karpenter/instance.h"
#include "manifest/read.h"

#include <stdio.h>
#include <string.h>

enum { SAME_KEY_MAX = 64 };

void needs_add(struct arena *arena, struct needs *needs, struct node node, const struct requirement *requirement)
{
    struct need *need = ARENA_PUSH(arena, needs->items, needs->count);
    if (need)
        *need = (struct need){node, *requirement};
}

void needs_add_value(struct arena *arena, struct needs *needs, struct node node, const char *key, const char *value)
{
    const char **values = arena_alloc(arena, sizeof(char *));
    if (!values)
        return;
    values[0] = value;
    needs_add(arena, needs, node, &(struct requirement){.key = key, .op = OP_IN, .values = values, .value_count = 1});
}

void needs_add_labels(struct arena *arena, struct needs *needs, struct node labels)
{
    NODE_MEMBERS(labels, value) {
        if (json_is_string(value.value))
            needs_add_value(arena, needs, value, value.key, node_text(value));
    }
}

/* Converts Gte n to Gt n - 1, and Lte n to Lt n + 1 (Karpenter has both since 1.9; core/v1 has neither). */
static bool needs_read_inclusive(struct arena *arena, const char *op, struct requirement *requirement)
{
    int64_t bound;
    bool at_least = strcmp(op, "Gte") == 0;
    if ((!at_least && strcmp(op, "Lte") != 0) || requirement->value_count != 1 ||
        !requirement_integer(requirement->values[0], &bound))
        return false;
    const char **values = arena_alloc(arena, sizeof(char *));
    if (!values)
        return false;
    values[0] = arena_printf(arena, "%lld", (long long)(at_least ? bound - 1 : bound + 1));
    requirement->op = at_least ? OP_GT : OP_LT;
    requirement->values = values;
    return true;
}

static void add_expression(struct arena *arena, struct needs *needs, struct node expression)
{
    const char *key = node_text(node_member(expression, "key"));
    const char *op = node_text(node_member(expression, "operator"));
    struct node list = node_member(expression, "values");
    const char **values = arena_alloc(arena, (node_count(list) + 1) * sizeof(char *));
    if (!*key || !values)
        return;
    struct requirement requirement = {.key = key, .op = requirement_op_parse(op), .values = values};
    NODE_ELEMENTS(list, value) {
        values[requirement.value_count++] = node_text(value);
    }
    if (requirement.op == OP_OTHER)
        (void)needs_read_inclusive(arena, op, &requirement);
    needs_add(arena, needs, expression, &requirement);
}

void needs_add_expressions(struct arena *arena, struct needs *needs, struct node list)
{
    NODE_ELEMENTS(list, expression) {
        add_expression(arena, needs, expression);
    }
}

void needs_loosen_placeholders(struct needs *needs, size_t first)
{
    for (size_t i = first; i < needs->count; i++) {
        struct requirement *requirement = &needs->items[i].requirement;
        bool filled_in = false;
        for (size_t j = 0; j < requirement->value_count; j++)
            filled_in = filled_in || manifest_text_placeholder(requirement->values[j]);
        if (!filled_in || instance_label_narrows(requirement->key))
            continue;
        requirement->op = OP_EXISTS;
        requirement->value_count = 0;
    }
}

const struct need *needs_find(const struct needs *needs, const char *key)
{
    for (size_t i = 0; i < needs->count; i++) {
        if (strcmp(needs->items[i].requirement.key, key) == 0)
            return &needs->items[i];
    }
    return NULL;
}

const char *needs_value(const struct needs *needs, const char *key)
{
    const struct need *need = needs_find(needs, key);
    bool single = need && need->requirement.op == OP_IN && need->requirement.value_count == 1;
    return single ? need->requirement.values[0] : NULL;
}

bool requirements_have(const struct requirements *list, const struct requirement *wanted)
{
    for (size_t i = 0; i < list->count; i++) {
        if (requirement_equal(&list->items[i], wanted))
            return true;
    }
    return false;
}

/* -- Comparing -- */

static size_t needs_gather(const struct needs *needs, const char *key, const struct requirement *list[], size_t count)
{
    for (size_t i = 0; i < needs->count && count < SAME_KEY_MAX; i++) {
        if (strcmp(needs->items[i].requirement.key, key) == 0)
            list[count++] = &needs->items[i].requirement;
    }
    return count;
}

/* Follows Compatible() of Karpenter: a key that the node side does not define satisfies NotIn and DoesNotExist; if it
 * is well known, it satisfies any operator. */
static enum mismatch compare_key(const struct needs *offered, const struct needs *asked, const struct need *need)
{
    const struct requirement *all[SAME_KEY_MAX];
    size_t own = needs_gather(offered, need->requirement.key, all, 0);
    size_t count = needs_gather(asked, need->requirement.key, all, own);
    enum requirement_op op = need->requirement.op;
    if (own == 0 && !karpenter_label_known(need->requirement.key) && op != OP_NOT_IN && op != OP_DOES_NOT_EXIST)
        return MISMATCH_UNDEFINED;
    return requirements_satisfiable(all, count) ? MISMATCH_NONE : MISMATCH_VALUES;
}

enum mismatch needs_compare(const struct needs *offered, const struct needs *asked, const struct need **ret_culprit,
                            size_t *ret_unmet)
{
    enum mismatch first = MISMATCH_NONE;
    size_t unmet = 0;

    for (size_t i = 0; i < asked->count; i++) {
        enum mismatch mismatch = compare_key(offered, asked, &asked->items[i]);
        if (mismatch == MISMATCH_NONE)
            continue;
        if (unmet++ == 0) {
            first = mismatch;
            *ret_culprit = &asked->items[i];
        }
    }

    if (ret_unmet)
        *ret_unmet = unmet;
    return first;
}

bool needs_take_value(const struct needs *needs, const char *key, const char *value)
{
    for (size_t i = 0; i < needs->count; i++) {
        const struct requirement *requirement = &needs->items[i].requirement;
        if (strcmp(requirement->key, key) == 0 && !requirement_meets(requirement, value))
            return false;
    }
    return true;
}

void need_print(const struct need *need, struct buf *out)
{
    const struct requirement *requirement = &need->requirement;
    buf_addf(out, "%s %s", requirement->key, requirement_op_name(requirement->op));
    for (size_t i = 0; i < requirement->value_count && i < 5; i++)
        buf_addf(out, "%s%s", i ? ", " : " [", requirement->values[i]);
    if (requirement->value_count > 5)
        buf_addf(out, " and %zu more", requirement->value_count - 5);
    if (requirement->value_count > 0)
        buf_add_char(out, ']');
}

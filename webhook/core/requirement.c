/* Decides which labels meet a requirement, and whether one label can meet several. */
#include "core/requirement.h"

#include "base/vec.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

const char *const requirement_ops[] = {
    [OP_IN] = "In", [OP_NOT_IN] = "NotIn", [OP_EXISTS] = "Exists", [OP_DOES_NOT_EXIST] = "DoesNotExist",
    [OP_GT] = "Gt", [OP_LT] = "Lt",        [OP_OTHER] = NULL,
};

/* Frees what the list owns; its items have const pointers, because those of other lists are borrowed. */
static void free_owned(const void *owned)
{
    free((void *)(uintptr_t)owned);
}

static void requirement_fini(struct requirement *item)
{
    free_owned(item->key);
    free_owned((const void *)item->values);
}

void requirements_fini(struct requirements *list)
{
    for (size_t i = 0; i < list->count; i++)
        requirement_fini(&list->items[i]);
    free(list->items);
    *list = (struct requirements){0};
}

/* Copies into one block: the pointers, then the texts that they point to. Returns NULL if out of memory. */
static const char *const *values_copy(const char *const *values, size_t count)
{
    size_t size = (count + 1) * sizeof(char *);
    for (size_t i = 0; i < count; i++)
        size += strlen(values[i]) + 1;

    const char **copy = malloc(size);
    if (!copy)
        return NULL;

    char *text = (char *)(copy + count + 1);
    for (size_t i = 0; i < count; i++) {
        copy[i] = text;
        text = stpcpy(text, values[i]) + 1;
    }

    copy[count] = NULL;
    return (const char *const *)copy;
}

int requirements_add(struct requirements *list, const struct requirement *item, struct err *err)
{
    if (!GROW(list->items, list->count))
        return err_nomem(err);

    struct requirement copy = {
        .key = strdup(item->key),
        .op = item->op,
        .values = values_copy(item->values, item->value_count),
        .value_count = item->value_count,
    };
    if (!copy.key || !copy.values) {
        requirement_fini(&copy);
        return err_nomem(err);
    }

    list->items[list->count++] = copy;
    return 0;
}

const char *requirement_op_name(enum requirement_op op)
{
    return op < OP_OTHER ? requirement_ops[op] : "";
}

enum requirement_op requirement_op_parse(const char *name)
{
    for (int op = OP_IN; op < OP_OTHER; op++) {
        if (strcmp(name, requirement_ops[op]) == 0)
            return (enum requirement_op)op;
    }
    return OP_OTHER;
}

bool requirement_integer(const char *text, int64_t *ret_integer)
{
    const char *digits = text + (*text == '-' || *text == '+');
    size_t length = strspn(digits, "0123456789");
    if (length == 0 || digits[length])
        return false;
    errno = 0;
    long long integer = strtoll(text, NULL, 10);
    if (errno != 0)
        return false;
    *ret_integer = integer;
    return true;
}

static int compare_value(const void *value, const void *item)
{
    return strcmp(value, *(const char *const *)item);
}

static bool has_value(const struct requirement *item, const char *value)
{
    if (item->sorted && item->value_count > 0)
        return bsearch(value, item->values, item->value_count, sizeof(*item->values), compare_value) != NULL;
    for (size_t i = 0; i < item->value_count; i++) {
        if (strcmp(item->values[i], value) == 0)
            return true;
    }
    return false;
}

static bool has_all_values(const struct requirement *item, const struct requirement *of)
{
    for (size_t i = 0; i < of->value_count; i++) {
        if (!has_value(item, of->values[i]))
            return false;
    }
    return true;
}

bool requirement_equal(const struct requirement *a, const struct requirement *b)
{
    return a->op == b->op && strcmp(a->key, b->key) == 0 && has_all_values(a, b) && has_all_values(b, a);
}

/* Sets *ret_bound to the integer of a Gt or Lt. Returns false if it has no integer; then no label meets it. */
static bool bound_of(const struct requirement *item, int64_t *ret_bound)
{
    return item->value_count == 1 && requirement_integer(item->values[0], ret_bound);
}

static bool meets_bound(const struct requirement *item, const char *value)
{
    int64_t bound;
    int64_t integer;
    if (!value || !bound_of(item, &bound) || !requirement_integer(value, &integer))
        return false;
    return item->op == OP_GT ? integer > bound : integer < bound;
}

bool requirement_meets(const struct requirement *item, const char *value)
{
    switch (item->op) {
    case OP_IN:
        return value && has_value(item, value);
    case OP_NOT_IN:
        return !value || !has_value(item, value);
    case OP_EXISTS:
        return value != NULL;
    case OP_DOES_NOT_EXIST:
        return value == NULL;
    case OP_GT:
    case OP_LT:
        return meets_bound(item, value);
    case OP_OTHER:
        break;
    }

    return true;
}

static bool all_meet(const struct requirement *const items[], size_t count, const char *value)
{
    for (size_t i = 0; i < count; i++) {
        if (!requirement_meets(items[i], value))
            return false;
    }
    return true;
}

static const struct requirement *find_op(const struct requirement *const items[], size_t count, enum requirement_op op)
{
    for (size_t i = 0; i < count; i++) {
        if (items[i]->op == op)
            return items[i];
    }
    return NULL;
}

static bool any_value_meets(const struct requirement *in, const struct requirement *const items[], size_t count)
{
    for (size_t i = 0; i < in->value_count; i++) {
        if (all_meet(items, count, in->values[i]))
            return true;
    }
    return false;
}

/* The integers that Gt and Lt allow, from low to high. Label values are never negative: they begin with a letter or
 * digit. */
struct range {
    int64_t low, high;
};

static struct range range_of(const struct requirement *const items[], size_t count)
{
    static const struct range nothing = {.low = 0, .high = -1};
    struct range range = {.low = 0, .high = INT64_MAX};
    for (size_t i = 0; i < count; i++) {
        int64_t bound;
        if (items[i]->op != OP_GT && items[i]->op != OP_LT)
            continue;
        bool impossible = !bound_of(items[i], &bound) || bound == (items[i]->op == OP_GT ? INT64_MAX : INT64_MIN);
        if (impossible)
            return nothing;
        if (items[i]->op == OP_GT && bound + 1 > range.low)
            range.low = bound + 1;
        if (items[i]->op == OP_LT && bound - 1 < range.high)
            range.high = bound - 1;
    }

    return range;
}

/* Tries the integers of the range in each spelling that a label can have (7, 07, 007 ...: Gt and Lt compare numbers,
 * NotIn compares texts). A try fails only if a NotIn has its text, so at most one try more is needed than there are
 * values of NotIn. */
static bool any_integer_meets(struct range range, const struct requirement *const items[], size_t count)
{
    enum { LABEL_VALUE_LENGTH = 63 };
    for (int64_t integer = range.low; integer <= range.high; integer++) {
        char text[LABEL_VALUE_LENGTH + 1];
        for (int width = snprintf(text, sizeof(text), "%lld", (long long)integer); width <= LABEL_VALUE_LENGTH;
             width++) {
            (void)snprintf(text, sizeof(text), "%0*lld", width, (long long)integer);
            if (all_meet(items, count, text))
                return true;
        }
        if (integer == INT64_MAX)
            break;
    }

    return false;
}

static const struct requirement *smallest_in(const struct requirement *const items[], size_t count)
{
    const struct requirement *smallest = NULL;
    for (size_t i = 0; i < count; i++) {
        if (items[i]->op == OP_IN && (!smallest || items[i]->value_count < smallest->value_count))
            smallest = items[i];
    }
    return smallest;
}

/* Each try checks each requirement, so without a limit the work would grow with the square of the input. */
static bool too_much_work(size_t tries, size_t count)
{
    return tries > REQUIREMENT_WORK_MAX / (count + 1);
}

static size_t excluded_values(const struct requirement *const items[], size_t count)
{
    size_t values = 0;
    for (size_t i = 0; i < count; i++)
        values += items[i]->op == OP_NOT_IN ? items[i]->value_count : 0;
    return values;
}

bool requirements_satisfiable(const struct requirement *const items[], size_t count)
{
    if (all_meet(items, count, NULL))
        return true;
    if (find_op(items, count, OP_DOES_NOT_EXIST))
        return false;
    const struct requirement *in = smallest_in(items, count);
    if (in)
        return too_much_work(in->value_count, count) || any_value_meets(in, items, count);
    if (find_op(items, count, OP_GT) || find_op(items, count, OP_LT))
        return too_much_work(excluded_values(items, count), count) ||
               any_integer_meets(range_of(items, count), items, count);
    return true; /* only Exists and NotIn: there are more values than any list can name */
}

/* Decodes taints and tolerations, and decides whether one toleration covers another. */
#include "core/toleration.h"

#include "base/vec.h"
#include "core/keyvalue.h"

#include <string.h>

static const char *const effects[] = {"NoSchedule", "PreferNoSchedule", "NoExecute", NULL};
static const char *const operators[] = {"Exists", "Equal", NULL};

static const char *text_or_empty(const char *text)
{
    return text ? text : "";
}

static bool text_equal(const char *a, const char *b)
{
    return strcmp(text_or_empty(a), text_or_empty(b)) == 0;
}

static bool is_empty(const char *text)
{
    return !text || !*text;
}

/* Lists. */

static void taint_fini(struct taint *item)
{
    free(item->key);
    free(item->value);
    free(item->effect);
}

void taints_fini(struct taints *list)
{
    for (size_t i = 0; i < list->count; i++)
        taint_fini(&list->items[i]);
    free(list->items);
    *list = (struct taints){0};
}

int taints_add(struct taints *list, const char *key, const char *value, const char *effect, struct err *err)
{
    if (!GROW(list->items, list->count))
        return err_nomem(err);
    struct taint copy = {.key = strdup(key), .value = strdup(text_or_empty(value)), .effect = strdup(effect)};
    if (!copy.key || !copy.value || !copy.effect) {
        taint_fini(&copy);
        return err_nomem(err);
    }
    list->items[list->count++] = copy;
    return 0;
}

/* Frees what the list owns; its items have const pointers, because those of other lists are borrowed. */
static void free_owned(const char *owned)
{
    free((void *)(uintptr_t)owned);
}

static void toleration_fini(struct toleration *item)
{
    free_owned(item->key);
    free_owned(item->op);
    free_owned(item->value);
    free_owned(item->effect);
}

void tolerations_fini(struct tolerations *list)
{
    for (size_t i = 0; i < list->count; i++)
        toleration_fini(&list->items[i]);
    free(list->items);
    *list = (struct tolerations){0};
}

bool taints_have(const struct taints *list, const char *key, const char *effect)
{
    for (size_t i = 0; i < list->count; i++) {
        if (text_equal(list->items[i].key, key) && text_equal(list->items[i].effect, effect))
            return true;
    }
    return false;
}

int tolerations_add(struct tolerations *list, const struct toleration *item, struct err *err)
{
    if (!GROW(list->items, list->count))
        return err_nomem(err);

    struct toleration copy = {
        .key = strdup(text_or_empty(item->key)),
        .op = strdup(text_or_empty(item->op)),
        .value = strdup(text_or_empty(item->value)),
        .effect = strdup(text_or_empty(item->effect)),
        .has_seconds = item->has_seconds,
        .seconds = item->seconds,
    };
    if (!copy.key || !copy.op || !copy.value || !copy.effect) {
        toleration_fini(&copy);
        return err_nomem(err);
    }

    list->items[list->count++] = copy;
    return 0;
}

/* Decoding. */

struct raw_toleration {
    char *key, *op, *value, *effect;
    int64_t seconds;
};

static const struct field taint_fields[] = {
    {"key", .find_fault = name_qualified_fault, .offset = offsetof(struct taint, key), .flags = FIELD_REQUIRED},
    {"value", .find_fault = name_label_value_fault, .offset = offsetof(struct taint, value)},
    {"effect", .choices = effects, .offset = offsetof(struct taint, effect), .flags = FIELD_REQUIRED},
};

/* An empty text means the same as no field. The limit of the seconds keeps them far below 1e15, from where on cJSON
 * prints numbers in a form that the API server does not accept as an integer. */
static const struct field toleration_fields[] = {
    {"key", .find_fault = name_qualified_fault, .offset = offsetof(struct raw_toleration, key),
     .flags = FIELD_MAY_BE_EMPTY},
    {"operator", .choices = operators, .offset = offsetof(struct raw_toleration, op), .flags = FIELD_MAY_BE_EMPTY},
    {"value", .find_fault = name_label_value_fault, .offset = offsetof(struct raw_toleration, value)},
    {"effect", .choices = effects, .offset = offsetof(struct raw_toleration, effect), .flags = FIELD_MAY_BE_EMPTY},
    {"tolerationSeconds", .low = -TOLERATION_SECONDS_MAX, .high = TOLERATION_SECONDS_MAX,
     .offset = offsetof(struct raw_toleration, seconds)},
};

/* Returns the member that a problem is about, or the object if the member is absent. */
static struct node place_of(const struct node *object, const char *key)
{
    struct node member = node_member(*object, key);
    return member.value ? member : *object;
}

/* A node's taints are unique by key and effect (validateNodeTaints in k8s.io/kubernetes/pkg/apis/core/validation). */
static void check_unique(const struct node *node, const struct taints *list, const struct taint *taint)
{
    if (taints_have(list, taint->key, taint->effect))
        node_problem(node, "a taint with key %s and effect %s is in the list already; a node has only one of them",
                     taint->key, taint->effect);
}

static void decode_taint(const struct node *node, void *target)
{
    struct taints *list = target;
    size_t problems_before = node->document->problems->count;
    struct taint taint = {0};
    decode_object(node, taint_fields, ARRAY_SIZE(taint_fields), &taint);
    bool complete = taint.key && taint.effect;
    if (complete)
        check_unique(node, list, &taint);
    struct err err;
    bool fine = complete && node->document->problems->count == problems_before;
    if (fine && taints_add(list, taint.key, taint.value, taint.effect, &err) < 0)
        node->document->problems->out_of_memory = true;
    taint_fini(&taint);
}

void decode_taints(const struct node *node, void *target)
{
    decode_elements(node, decode_taint, target);
}

/* Checks the rules of ValidateTolerations (k8s.io/kubernetes/pkg/apis/core/validation). */
static void check_toleration(const struct node *node, const struct toleration *item)
{
    bool exists = text_equal(item->op, "Exists");
    if (is_empty(item->key) && !exists) {
        struct node place = place_of(node, "operator");
        node_problem(&place, "without a key, operator must be Exists (it tolerates every taint); or name the key");
    }

    if (exists && !is_empty(item->value)) {
        struct node place = place_of(node, "value");
        node_problem(&place, "is \"%s\", but operator Exists takes no value; leave it out, or use operator Equal",
                     item->value);
    }

    if (item->has_seconds && !text_equal(item->effect, "NoExecute")) {
        struct node place = place_of(node, "tolerationSeconds");
        node_problem(&place, "is only for effect NoExecute, but effect is %s; leave one of them out",
                     is_empty(item->effect) ? "not given" : item->effect);
    }
}

static void decode_toleration(const struct node *node, void *target)
{
    size_t problems_before = node->document->problems->count;
    struct raw_toleration raw = {0};
    decode_object(node, toleration_fields, ARRAY_SIZE(toleration_fields), &raw);

    struct toleration item = {
        .key = raw.key,
        .op = raw.op,
        .value = raw.value,
        .effect = raw.effect,
        .has_seconds =
            node->document->problems->count == problems_before && node_member(*node, "tolerationSeconds").value,
        .seconds = raw.seconds,
    };
    if (node->document->problems->count == problems_before)
        check_toleration(node, &item);
    struct err err;
    if (node->document->problems->count == problems_before && tolerations_add(target, &item, &err) < 0)
        node->document->problems->out_of_memory = true;
    toleration_fini(&item);
}

void decode_tolerations(const struct node *node, void *target)
{
    decode_elements(node, decode_toleration, target);
}

/* Coverage. */

static bool op_is_known(const struct toleration *item)
{
    return is_empty(item->op) || text_equal(item->op, "Equal") || text_equal(item->op, "Exists");
}

static bool same_toleration(const struct toleration *a, const struct toleration *b)
{
    return text_equal(a->key, b->key) && text_equal(a->op, b->op) && text_equal(a->value, b->value) &&
           text_equal(a->effect, b->effect) && a->has_seconds == b->has_seconds && a->seconds == b->seconds;
}

static bool covers_value(const struct toleration *a, const struct toleration *b)
{
    if (text_equal(a->op, "Exists"))
        return true;
    return !text_equal(b->op, "Exists") && text_equal(a->value, b->value);
}

/* Returns for how many seconds a NoExecute taint is tolerated. 0: the pod is evicted immediately. */
static int64_t duration_of(const struct toleration *item)
{
    if (!item->has_seconds)
        return INT64_MAX;
    return item->seconds > 0 ? item->seconds : 0;
}

static bool tolerates_eviction(const struct toleration *item)
{
    return is_empty(item->effect) || text_equal(item->effect, "NoExecute");
}

bool toleration_covers(const struct toleration *a, const struct toleration *b)
{
    if (!op_is_known(a) || !op_is_known(b))
        return same_toleration(a, b);
    if (!is_empty(a->key) && !text_equal(a->key, b->key))
        return false;
    if (!is_empty(a->effect) && !text_equal(a->effect, b->effect))
        return false;
    return covers_value(a, b) && (!tolerates_eviction(b) || duration_of(a) >= duration_of(b));
}

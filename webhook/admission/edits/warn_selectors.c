/* Edit that changes nothing: warns where the pod selects nodes by a label whose value no pool of the class can have,
 * such as the GPU of another pool. That is no conflict, because nodes may exist that the policies do not know. */
#include "admission/edits/edits.h"
#include "base/text.h"
#include "pod/placement.h"
#include "policy/class_nodes.h"

#include <string.h>

/* The most keys that are compared: each is looked up in the whole affinity, whose length the author controls. */
enum { SELECTORS_MAX = 16, SELECTOR_TEXT_SIZE = 48, OFFER_TEXT_SIZE = 48 };

static bool values_meet(const struct class_label *label, const struct expressions *own)
{
    for (size_t i = 0; i < label->count + label->absent; i++) {
        size_t met = 0;
        while (met < own->count && requirement_meets(&own->items[met], i < label->count ? label->values[i] : NULL))
            met++;
        if (met == own->count)
            return true;
    }
    return false;
}

/* Sets *ret_unmet to the first term's expression on the key if no term can be met, else to an empty text. */
static int terms_unmet(const struct edit *edit, const char *key, const struct class_label *label,
                       char ret_unmet[SELECTOR_TEXT_SIZE], struct err *err)
{
    struct term term = {0};
    char first[SELECTOR_TEXT_SIZE] = "";
    ret_unmet[0] = '\0';
    while (pod_next_term(edit->in->pod, &term)) {
        if (term_is_empty(&term))
            continue;
        AUTO(expressions) own = {0};
        if (term_expressions(&term, key, &own, err) < 0)
            return -1;
        if (own.count == 0 || values_meet(label, &own))
            return 0;
        const struct requirement *item = &own.items[0];
        if (!first[0])
            text_printf(first, sizeof(first), "%s%s%.30s%s", requirement_op_name(item->op),
                        item->value_count > 0 ? " " : "", item->value_count > 0 ? item->values[0] : "",
                        item->value_count > 1 ? " ..." : "");
    }

    memcpy(ret_unmet, first, sizeof(first));
    return 0;
}

/* "have t4, l4" */
static void offer_print(const struct class_label *label, char ret_text[OFFER_TEXT_SIZE])
{
    if (label->count == 0) {
        text_copy(ret_text, OFFER_TEXT_SIZE, label->too_late ? "get it too late for Karpenter" : "lack it");
        return;
    }
    text_copy(ret_text, OFFER_TEXT_SIZE, "have ");
    for (size_t i = 0; i < label->count; i++) {
        size_t length = strlen(ret_text);
        text_printf(ret_text + length, OFFER_TEXT_SIZE - length, "%s%s", i ? ", " : "", label->values[i]);
    }
}

static int warn_of_key(const struct edit *edit, const char *key, struct err *err)
{
    struct class_label label;
    if (!class_label_find(edit->found->slice_class, key, &label))
        return 0;

    char unmet[SELECTOR_TEXT_SIZE] = "";
    const char *value = pod_node_selector(edit->in->pod, key);
    const struct requirement entry = {.key = key, .op = OP_IN, .values = &value, .value_count = 1};
    if (value && !values_meet(&label, &(const struct expressions){(struct requirement *)(uintptr_t)&entry, 1}))
        text_printf(unmet, sizeof(unmet), "%.40s", value);
    else if (terms_unmet(edit, key, &label, unmet, err) < 0)
        return -1;
    if (!unmet[0])
        return 0;

    char offer[OFFER_TEXT_SIZE];
    offer_print(&label, offer);
    warnings_add(&edit->out->warnings, "%s the selector %.60s %s: %snodes of class %.30s %s",
                 label.rendered ? "check" : "remove", key, unmet, label.rendered ? "rendered " : "",
                 edit->found->slice_class->name, offer);
    return 0;
}

/* Adds the key if it is in the table and not yet in the list. */
static void keys_add(const char *keys[SELECTORS_MAX], size_t *count, const char *key)
{
    if (!key || *count == SELECTORS_MAX || !class_label_is_listed(key))
        return;
    for (size_t i = 0; i < *count; i++) {
        if (strcmp(keys[i], key) == 0)
            return;
    }
    keys[(*count)++] = key;
}

int warn_selectors(const struct edit *edit, struct err *err)
{
    const struct pod *pod = edit->in->pod;
    const cJSON *selector = cjson_find(pod->object, PATH("spec", "nodeSelector"));
    if (!selector && !pod_has_required_affinity(pod))
        return 0;

    const char *keys[SELECTORS_MAX];
    size_t count = 0;
    const cJSON *entry;
    cJSON_ArrayForEach(entry, selector)
        keys_add(keys, &count, entry->string);

    /* What all terms have, the first has, too. */
    struct term term = {0};
    while (pod_next_term(pod, &term)) {
        if (term_is_empty(&term))
            continue;
        cJSON_ArrayForEach(entry, cjson_find(term.object, PATH("matchExpressions")))
            keys_add(keys, &count, cjson_text(entry, "key"));
        break;
    }

    for (size_t i = 0; i < count; i++) {
        if (warn_of_key(edit, keys[i], err) < 0)
            return -1;
    }
    return 0;
}

/* Converts selector maps to selector terms. Does not depend on what is selected. */
#include "migrate/node_class.h"

#include "migrate/report/tree.h"

#include <string.h>

enum { SELECTOR_TERMS_MAX = 30 }; /* the limit of the CRD */

static const struct {
    const char *key, *field;
} special_keys[] = {
    {"aws-ids", "id"},
    {"aws::ids", "id"},
    {"aws::name", "name"},
    {"aws::owners", "owner"},
};

/* Returns the field of a term for a key of the map, or NULL for a tag. */
static const char *field_of(const char *key)
{
    for (size_t i = 0; i < ARRAY_SIZE(special_keys); i++) {
        if (strcmp(special_keys[i].key, key) == 0)
            return special_keys[i].field;
    }
    return NULL;
}

static bool is_id(const char *key)
{
    return text_is_any(key, WORDS("aws-ids", "aws::ids"));
}

static int set_choice(json_t *term, const char *key, const char *choice, size_t length)
{
    const char *field = field_of(key);
    json_t *value = json_stringn(choice, length);
    return tree_put_key(term, field ? "" : "tags", field ? field : key, value);
}

/* Returns every term combined with each of the comma-separated choices; NULL when out of memory. */
static json_t *terms_multiply(const json_t *terms, const char *key, const char *choices)
{
    AUTO(json) product = json_array();
    for (const char *choice = choices; product; choice += strcspn(choice, ",") + 1) {
        size_t blank = strspn(choice, " ");
        size_t length = strcspn(choice + blank, ",");
        size_t i;
        json_t *term;
        json_array_foreach(json_unconst(terms), i, term) {
            json_t *copy = json_deep_copy(term);
            if (!copy || json_array_append_new(product, copy) < 0 || set_choice(copy, key, choice + blank, length) < 0)
                return NULL;
        }
        if (choice[strcspn(choice, ",")] == '\0' || json_array_size(product) > SELECTOR_TERMS_MAX)
            break;
    }

    return TAKE(product);
}

static void report_member(struct draft *draft, const struct node *member, const char *target, bool single)
{
    const char *field = field_of(member->key);
    AUTO(buf) path = tree_path("%s[0].%s", target, field ? field : "tags");
    if (!field)
        node_path_add_key(&path, member->key);
    if (single)
        report_carried(draft->report, member, draft->out->title, "%s", buf_text(&path));
    else
        report_add(draft->report, member, FATE_CHANGED, "each of the values has a term of its own in %s of %s", target,
                   draft->out->title);
}

/* True if the map has ids and other keys. Karpenter rejects a term with an id and anything else, so the other keys are
 * lost. */
static bool mixes_ids(const struct node *node)
{
    bool ids = false;
    bool others = false;
    NODE_MEMBERS(*node, member) {
        *(is_id(member.key) ? &ids : &others) = true;
    }
    return ids && others;
}

static json_t *make_terms(struct draft *draft, const struct node *node, bool only_ids)
{
    struct migration *migration = draft->migration;
    AUTO(json) terms = json_pack("[{}]");

    NODE_MEMBERS(*node, member) {
        const char *text = json_string_value(member.value);
        if (!text || !*text) {
            report_add(&migration->report, &member, FATE_MANUAL, "must be a text; left out");
            continue;
        }
        if (only_ids && !is_id(member.key)) {
            report_add(&migration->report, &member, FATE_LOST, "a term with an id cannot have other keys");
            continue;
        }
        json_t *product = terms ? terms_multiply(terms, member.key, text) : NULL;
        json_decref(terms);
        terms = product;
    }

    if (!terms)
        migration->out_of_memory = true;
    return TAKE(terms);
}

void rule_selector(struct draft *draft, const struct node *node, const struct rule *rule)
{
    if (!json_is_object(node->value)) {
        report_add(draft->report, node, FATE_MANUAL, "must be a map; left out");
        return;
    }

    bool only_ids = mixes_ids(node);
    AUTO(json) terms = make_terms(draft, node, only_ids);
    size_t count = json_array_size(terms);
    if (count > SELECTOR_TERMS_MAX) {
        report_add(draft->report, node, FATE_MANUAL,
                   "would become more than %d terms, which Karpenter refuses; left out", SELECTOR_TERMS_MAX);
        return;
    }

    if (count == 0 || json_object_size(json_array_get(terms, 0)) == 0)
        return;
    draft_put(draft, rule->target, json_incref(terms));

    NODE_MEMBERS(*node, member) {
        if (json_string_length(member.value) > 0 && (!only_ids || is_id(member.key)))
            report_member(draft, &member, rule->target, !strchr(json_string_value(member.value), ','));
    }
}

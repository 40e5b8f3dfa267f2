/* Conversion by tables that have a row for each field of an old object. Private to migrate/.
 *
 *     {"spec.weight", rule_carry, "spec.weight", NULL},
 *     {"spec.launchTemplate", rule_lost, NULL, "Karpenter makes its own launch templates"},
 *
 * A row covers the field and everything below it. Fields that no row names are reported as lost, unless `fields` or
 * `partial` of the draft says otherwise. */
#pragma once

#include "core/field_spec.h"
#include "migrate/work.h"

struct draft {
    struct migration *migration;
    struct report *report; /* of the migration */
    const struct source_object *source;
    struct output *out;              /* NULL only when out of memory; no rule is applied then */
    struct pool_draft *pool;         /* NULL for objects other than NodePools */
    const char *base;                /* prefix of the targets of rows: NULL or "spec.kubelet." */
    const struct field_spec *fields; /* fields of the new object that are carried if no row names them, or NULL */
    const char *noun;                /* what reports of unknown fields call the object; NULL: its kind and version */
    bool partial;                    /* fields without a row are converted elsewhere */
};

struct rule {
    const char *path; /* the path in the old object, keys joined by dots; NULL ends a table */
    void (*apply)(struct draft *draft, const struct node *node, const struct rule *rule);
    const char *target; /* the path in the new object */
    const char *why;
};

/* A table whose paths all follow `prefix`, which is "" or "spec.". */
struct rules {
    const char *prefix;
    const struct rule *rows;
    bool elsewhere; /* the fields are converted elsewhere */
};

/* Applies to each field the first row that names it. The last of `tables` has no rows. */
void rules_apply(struct draft *draft, const struct node *root, const struct rules *tables);

/* Copies the value unchanged to the target. */
void rule_carry(struct draft *draft, const struct node *node, const struct rule *rule);
void rule_lost(struct draft *draft, const struct node *node, const struct rule *rule);
void rule_needless(struct draft *draft, const struct node *node, const struct rule *rule);
/* Copies nothing. Reports FATE_CHANGED with rule->why or, if that is NULL, with the output's value of the same key. */
void rule_changed(struct draft *draft, const struct node *node, const struct rule *rule);
/* Does nothing: the field is converted elsewhere. */
void rule_elsewhere(struct draft *draft, const struct node *node, const struct rule *rule);
void rule_name(struct draft *draft, const struct node *node, const struct rule *rule);
void rule_annotations(struct draft *draft, const struct node *node, const struct rule *rule);

/* Fields of every object outside its spec. */
extern const struct rule object_rules[];

/* Sets `value` (taken over) at `path` of the output. */
void draft_put(struct draft *draft, const char *path, json_t *value);
/* Copies `node` to `path` of the output, and reports each leaf as carried, or as lost if the new kind has no such
 * field.
 */
void draft_carry(struct draft *draft, const struct node *node, const char *path);
/* Returns a copy without the fields that the CRD of the new object does not have, which the API server would drop, and
 * reports all leaves. `path` is that of the copy; `row` is the same with [] for each index. */
json_t *draft_copy(struct draft *draft, const struct node *node, const char *path, const char *row);
/* Copies a member of a map, whose key may contain dots, to the map at `path`, and reports it as carried. */
void draft_carry_member(struct draft *draft, const struct node *node, const char *path);
/* Reports each leaf of `node` as carried to `path`, where the caller has put the value. */
void draft_report(struct draft *draft, const struct node *node, const char *path);

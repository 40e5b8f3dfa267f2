/* Strict decoding of a document into C structs, by tables. Reports mistakes with their positions.
 *
 *     static const struct field taint_fields[] = {
 *         {"key", decode_text, offsetof(struct taint, key), FIELD_REQUIRED},
 *         {"effect", .choices = effects, .offset = offsetof(struct taint, effect)},
 *     };
 *     decode_object(node, taint_fields, ARRAY_SIZE(taint_fields), taint);
 *
 * A decoder reports to node->document->problems as `file:line:column: path.to.field: what is wrong, what would be
 * right` and goes on, so that one run reports more than the first mistake. Strings are copied; the owner of the target
 * struct frees them. */
#pragma once

#include "base/strlist.h"
#include "json/cursor.h"

enum field_flags {
    FIELD_REQUIRED = 1,
    FIELD_ALONE = 2,        /* no other member may be given with it */
    FIELD_MAY_BE_EMPTY = 4, /* an empty string is accepted and not decoded */
};

/* The offset of a field whose value is only checked. */
#define NOT_KEPT SIZE_MAX

struct field {
    const char *name;
    void (*decode)(const struct node *node, void *target); /* NULL if one of the rules below applies */
    size_t offset;                                         /* of the target in the struct */
    unsigned flags;

    /* The rules. Each comment says what the value must be and, after a semicolon, what the target is. One rule is set,
     * or none if `decode` is. */
    const struct field *fields; /* an object with these members; a struct that holds their targets */
    size_t field_count;
    const struct field *elements;                /* an array of values by this rule; a struct that holds their target */
    const char *const *words;                    /* one of these; an int or enum that gets the word's index */
    const char *const *choices;                  /* one of these; a char * */
    const char *(*find_fault)(const char *text); /* a string for which this returns NULL; a char *. Otherwise the result
                                                    is reported as the string's fault, and the string is kept */
    const char *pattern, *wanted;                /* a string that matches this POSIX extended regular expression;
                                                    a char *. Messages describe it by `wanted` */
    int64_t low, high;                           /* an integer within these limits; an int64_t */

    const char *if_empty; /* the problem with an empty array or object; NULL if that is allowed */
};

/* Initializes `fields` and `field_count`. */
#define FIELDS(table) .fields = (table), .field_count = ARRAY_SIZE(table)

/* Decodes the members of an object by `fields`. Reports unknown members (with the nearest known name, or the list of
 * known ones), missing required ones, members that must be alone but are not, and a value that is not an object. `base`
 * is the struct that holds the targets. If it is NULL, the members are only checked. */
void decode_object(const struct node *node, const struct field *fields, size_t count, void *base);

/* Like decode_object(), but ignores unknown members and FIELD_ALONE. */
void decode_known(const struct node *node, const struct field *fields, size_t count, void *base);

/* Decodes one value, as decode_object() decodes a member. Ignores the field's name, FIELD_REQUIRED and FIELD_ALONE. */
void decode_field(const struct node *node, const struct field *field, void *base);

/* Calls `decode` for each element of an array, always with the same target. */
void decode_elements(const struct node *node, void (*decode)(const struct node *element, void *target), void *target);

/* Decoders for struct field. Targets: char *, bool, int64_t, struct strlist, json_t * (a new reference). A value whose
 * target is NULL is only checked. */
void decode_string(const struct node *node, void *target); /* any string */
void decode_text(const struct node *node, void *target);   /* not empty */
void decode_bool(const struct node *node, void *target);
void decode_integer(const struct node *node, void *target);
void decode_strings(const struct node *node, void *target); /* array of non-empty strings */
void decode_any(const struct node *node, void *target);     /* any value, unchanged */
void decode_mapping(const struct node *node, void *target); /* any object, unchanged */

/* Decodes one of the words, whose list ends with NULL, and sets *target to its index. Reports all words if the value is
 * none of them, or of a long list only the one that was probably meant. */
void decode_word(const struct node *node, const char *const words[], int *target);

/* Decodes an integer within [low, high]. Reports both limits if the value is not within them. */
void decode_integer_between(const struct node *node, int64_t low, int64_t high, int64_t *target);

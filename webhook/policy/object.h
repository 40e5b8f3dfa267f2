/* The common parts of the documents of all kinds: apiVersion, kind, metadata, and references between them. Private to
 * policy/. */
#ifndef GPUSLICE_POLICY_OBJECT_H
#define GPUSLICE_POLICY_OBJECT_H

#include "core/names.h"
#include "policy/names.h"
#include "policy/pool.h"

/* In alphabetical order of their names, which is their order in the revision. KIND_TEST belongs to `gpuslice test` and
 * is skipped when a set is loaded. */
enum object_kind { KIND_CLASS, KIND_POLICY, KIND_POOL, KIND_SETTINGS, KIND_TEST };

/* document->context points to this while a whole set is loaded; it is NULL when a single document is decoded. */
struct object_scope {
    const char *file; /* file of the current object; lives as long as the set */
    bool incomplete;  /* a file or document could not be read, and may contain the object that a reference names */
};

const char *object_kind_name(enum object_kind kind);

/* Sets the kind of the document. Reports a problem and returns false if the kind is not one of ours. */
bool object_identify(const struct node *object, enum object_kind *ret_kind);

/* Sets *ret_name to the node of metadata.name. Returns false if that is not a string. */
bool object_name_node(const struct node *object, struct node *ret_name);

/* Decodes a whole object. `base` is the target of the spec, a struct that begins with a `char *name`. The name is "" if
 * there is none; it is NULL only when out of memory. *ret_mark is the position of the name, or of the object if it has
 * none. */
void object_decode(const struct node *object, const struct field *spec, void *base, struct mark *ret_mark);

/* Accepts a known field whose value is decoded elsewhere, together with other fields. */
void object_field(const struct node *node, void *target);

/* Reports that there is no object `name` of that kind, and lists those that exist. Does nothing if the set is
 * incomplete. */
void object_unknown(const struct node *node, enum object_kind kind, const char *name, struct names names);

/* Records that memory ran out; the loader checks once at the end. */
void object_nomem(const struct node *node);

#endif

/* What the documents of all kinds have in common: apiVersion, kind, metadata, and references to other objects. Private
 * to policy/. */
#pragma once

#include "core/names.h"
#include "policy/names.h"
#include "policy/pool.h"

/* Alphabetical, because objects are sorted by kind before the revision is computed. Objects of KIND_TEST are for
 * `gpuslice test` and are skipped when a set is loaded. */
enum object_kind { KIND_CLASS, KIND_POLICY, KIND_POOL, KIND_SETTINGS, KIND_TEST };

/* document->context points to this while a whole set is loaded. It is NULL when a single document is decoded. */
struct object_scope {
    const char *file; /* of the current object; borrowed from the set */
    bool incomplete;  /* a document could not be read, and may be the object that a reference names */
};

const char *object_kind_name(enum object_kind kind);

/* Sets *ret_kind to the kind of the document. Reports a problem and returns false if its apiVersion or kind is not one
 * of ours. */
bool object_identify(const struct node *object, enum object_kind *ret_kind);

/* Sets *ret_name to the node of metadata.name. Returns false if the name is missing or not a string. */
bool object_name_node(const struct node *object, struct node *ret_name);

/* Decodes a whole object. `spec` describes its field spec. `base` is the target, a struct whose first member is `char
 * *name`. `name` is "" if the object has no name, and NULL only if out of memory. *ret_mark is the position of the
 * name, or of the object if it has none. */
void object_decode(const struct node *object, const struct field *spec, void *base, struct mark *ret_mark);

/* A decoder that does nothing, for a field that another function decodes. */
void decode_elsewhere(const struct node *node, void *target);

/* Reports that there is no object `name` of that kind. Suggests the most similar of `names`, or lists them. Does
 * nothing if the set is incomplete. */
void object_unknown(const struct node *node, enum object_kind kind, const char *name, struct names names);

/* Records that memory ran out. The loader checks for this after it has decoded all objects, and at the end. */
void object_nomem(const struct node *node);

/* What the documents of all kinds have in common: apiVersion, kind, metadata, and references between them.
 * Private to policy/. */
#ifndef GPUSLICE_POLICY_OBJECT_H
#define GPUSLICE_POLICY_OBJECT_H

#include "core/names.h"
#include "policy/names.h"
#include "policy/pool.h"

/* In alphabetical order, which is the order of the revision. KIND_TEST belongs to `gpuslice test` and is skipped here.
 */
enum object_kind { KIND_CLASS, KIND_POLICY, KIND_POOL, KIND_SETTINGS, KIND_TEST };

/* document->context points to this while a whole set is loaded; it is NULL when a single document is decoded. */
struct object_scope {
    const char *file; /* file of the current object; lives as long as the set */
    bool incomplete;  /* a file or document was not readable, and may contain whatever is referred to */
};

const char *object_kind_name(enum object_kind kind);

/* Sets the kind of the document. Returns false after reporting a problem if it is not one of ours. */
bool object_identify(const struct node *object, enum object_kind *ret_kind);

/* Sets the node of metadata.name. Returns false if that is not a string. */
bool object_name_node(const struct node *object, struct node *ret_name);

/* Decodes everything but the spec, and checks that there is one. *ret_name is "" if there is no name; it is NULL only
 * when out of memory. */
void object_decode(const struct node *object, bool needs_spec, char **ret_name, struct mark *ret_mark);

/* For a known field whose value is decoded elsewhere, together with other fields. */
void object_field(const struct node *node, void *target);

/* Reports that there is no object `name` of that kind, and which there are. Does nothing if the set is incomplete. */
void object_unknown(const struct node *node, enum object_kind kind, const char *name, struct names names);

/* Records that memory ran out; the loader checks once at the end. */
void object_nomem(const struct node *node);

#endif

/* What the documents of all kinds have in common: apiVersion, kind, metadata, and references between them.
 * Private to policy/. */
#ifndef GPUSLICE_POLICY_OBJECT_H
#define GPUSLICE_POLICY_OBJECT_H

#include "core/names.h"
#include "policy/names.h"
#include "policy/pool.h"

/* In the alphabet's order, which is the order of the revision. KIND_TEST is `gpuslice test`'s: passed over here. */
enum object_kind { KIND_CLASS, KIND_POLICY, KIND_POOL, KIND_SETTINGS, KIND_TEST };

/* What document->context points to while a whole set is loaded; NULL when a single document is decoded. */
struct object_scope {
    const char *file; /* of the object at hand, by the name that lives as long as the set */
    bool incomplete;  /* a file or document could not be told: what is referred to may stand there */
};

const char *object_kind_name(enum object_kind kind);

/* Which kind the document is of; false, with a problem reported, if it is none of ours. */
bool object_identify(const struct node *object, enum object_kind *ret_kind);

/* metadata.name as a node; false if there is none that is a string. */
bool object_name_node(const struct node *object, struct node *ret_name);

/* Decodes what stands around the spec, and the spec's presence. *ret_name is never NULL but out of memory: "" if there
 * is none. */
void object_decode(const struct node *object, bool needs_spec, char **ret_name, struct mark *ret_mark);

/* A field whose value is decoded elsewhere, because that takes its neighbours: known, and nothing more. */
void object_field(const struct node *node, void *target);

/* Reports that there is no object `name` of that kind and which there are; silent while the set is incomplete. */
void object_unknown(const struct node *node, enum object_kind kind, const char *name, struct names names);

/* Remembers that memory ran out; the loader asks once at the end. */
void object_nomem(const struct node *node);

#endif

/* SlicePolicy: which namespaces get which classes. Shape and defaults: docs/policies.md. */
#pragma once

#include "core/pattern.h"
#include "core/selector.h"
#include "policy/class.h"

enum { CONTACT_CHARACTERS = 100 };

enum policy_inject { INJECT_ON_REQUEST, INJECT_ALWAYS };
enum policy_target { TARGET_MAIN, TARGET_ALL, TARGET_NAMES };
enum whole_gpu { WHOLE_GPU_CONVERT, WHOLE_GPU_KEEP, WHOLE_GPU_DENY };
enum other_slice { OTHER_SLICE_DENY, OTHER_SLICE_KEEP, OTHER_SLICE_CONVERT };
enum claims { CLAIMS_KEEP, CLAIMS_DENY, CLAIMS_BY_NAMESPACE }; /* BY_NAMESPACE: deny in `required` namespaces only */
enum conflict { CONFLICT_DENY, CONFLICT_KEEP, CONFLICT_OVERRIDE };
enum visible_devices { VISIBLE_DEVICES_LEAVE, VISIBLE_DEVICES_GUARD };
enum other_accelerators { OTHER_ACCELERATORS_WARN, OTHER_ACCELERATORS_DENY, OTHER_ACCELERATORS_IGNORE };
enum policy_mode { MODE_ENFORCE, MODE_WARN, MODE_SHADOW };

struct policy {
    char *name;
    struct mark mark;
    int64_t priority;
    struct patterns namespace_names;        /* empty: any name */
    struct requirements namespace_selector; /* empty: any labels */
    struct patterns allowed;                /* as written; empty: only the default class */
    char *default_name;                     /* or NULL */
    bool pod_choice;
    enum policy_inject inject;
    enum policy_target target;
    struct strlist target_names;
    struct strlist sidecars;
    enum whole_gpu whole_gpu;
    enum other_slice other_slice;
    enum claims claims;
    enum conflict conflict;
    enum visible_devices visible_devices;
    enum other_accelerators other_accelerators; /* for requests for accelerators that no pool offers */
    enum policy_mode mode;
    char *contact; /* whom the author of a denied pod can ask; or NULL */

    /* Derived by policy_resolve(). */
    const struct slice_class *default_class;    /* NULL if there is no default, or it is `none` */
    const struct slice_class **allowed_classes; /* sorted by name */
    size_t allowed_count;
    const struct slice_class **by_price; /* the same classes in the order in which memory chooses: by price (unknown
                                            last), then memory, then name */
    const struct slice_class *largest; /* the one with the most memory, first in that order; NULL if none is allowed */
    bool none_allowed;                 /* `none` is an entry of allowed, or is the default */
};

void policy_fini(struct policy *policy);
/* Decodes a SlicePolicy and reports its problems. `object` is the root node of its document. */
void policy_decode(const struct node *object, struct policy *ret_policy);
/* Finds the policy's classes in `classes`, which is sorted by name, and reports names and patterns without a class. */
void policy_resolve(const struct node *object, const struct slice_class *classes, size_t class_count,
                    struct policy *policy);

/* True if the policy's names and selector match the namespace. */
bool policy_matches(const struct policy *policy, const char *name, const struct keyvalues *labels);
bool policy_allows(const struct policy *policy, const struct slice_class *slice_class);

/* Returns the cheapest allowed class whose slices have that much memory, or NULL. */
const struct slice_class *policy_class_by_memory(const struct policy *policy, int64_t bytes);

/* True if the order of the allowed classes depends on a price of the GPU table. */
bool policy_uses_table_prices(const struct policy *policy);

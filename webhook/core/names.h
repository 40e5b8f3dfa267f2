/* Our own names: API group, kinds, labels, annotations, taints and resources. No other file of webhook/ spells them.
 * names.c has the keys as a table, and docs/annotations.md has the same table for users. */
#pragma once

#include "core/keyvalue.h"
#include "core/kind.h"

#include <stdbool.h>

#define OWN_GROUP       "gpuslice.dev"
#define OWN_PREFIX      OWN_GROUP "/" /* of our keys */
#define OWN_API_VERSION OWN_GROUP "/v1alpha1"
#define OWN_WEBHOOKS    ".inject." OWN_GROUP /* the suffix of our webhooks' names */

/* Kinds. */
#define SLICE_CLASS     "SliceClass"
#define SLICE_POLICY    "SlicePolicy"
#define SLICE_POOL      "SlicePool"
#define SLICE_SETTINGS  "SliceSettings"
#define SLICE_TEST      "SliceTest"
#define SLICE_TEST_KIND KIND(OWN_GROUP, SLICE_TEST)

/* On namespaces and pods. */
#define LABEL_INJECT          OWN_PREFIX "inject"
#define LABEL_PODS            OWN_PREFIX "pods"
#define LABEL_CLASS           OWN_PREFIX "class" /* written on pods */
#define ANNOTATION_CLASS      OWN_PREFIX "class"
#define ANNOTATION_MEMORY     OWN_PREFIX "memory"
#define ANNOTATION_CONTAINERS OWN_PREFIX "containers"
#define ANNOTATION_ADVISE     OWN_PREFIX "advise" /* on namespaces: ADVISE_VERBOSE also reports what needs no attention */
#define ADVISE_VERBOSE        "verbose"
#define ANNOTATION_APPLIED    OWN_PREFIX "applied" /* written on pods: the record */

/* On nodes. */
#define LABEL_POOL OWN_PREFIX "pool" /* also the key of a taint */
/* The startup taint that keeps pods off a node whose GPUs are not partitioned yet; `gpuslice render` creates the
 * DaemonSet that removes it. */
#define TAINT_LAYOUT   OWN_PREFIX "layout"
#define LAYOUT_PENDING "pending" /* the value of TAINT_LAYOUT */

/* In a comment of a file that `gpuslice lint` reads. */
#define COMMENT_LINT_IGNORE OWN_PREFIX "lint-ignore"

/* The resource in which Kueue counts slices. */
#define RESOURCE_GPU_MEMORY OWN_PREFIX "gpu-memory"

/* Objects that `gpuslice render` creates. */
#define PLUGIN_CONFIG_NAME "gpuslice-device-plugin" /* ConfigMap */
#define MIG_CONFIG_NAME    "gpuslice-mig-parted"    /* ConfigMap */
#define LAYOUT_READY_NAME  "gpuslice-layout-ready"  /* DaemonSet: removes TAINT_LAYOUT */
#define LABEL_MANAGED_BY   "app.kubernetes.io/managed-by"
#define MANAGED_BY         "gpuslice" /* the value of LABEL_MANAGED_BY on rendered objects */

/* Means "no slice" where a class is named; no class may have this name. */
#define CLASS_NONE "none"

/* KEY_OF_POD includes pod templates. No key has a meaning on KEY_OF_WORKLOAD, an object that has a pod template. */
enum key_object { KEY_OF_NAMESPACE, KEY_OF_POD, KEY_OF_WORKLOAD, KEY_OF_NODE, KEY_OF_CLUSTER_QUEUE, KEY_OF_FILE };
enum key_place { KEY_IS_LABEL, KEY_IS_ANNOTATION, KEY_IS_TAINT, KEY_IS_RESOURCE, KEY_IS_COMMENT };

struct own_key {
    const char *key;
    enum key_object object;
    enum key_place place;
    const char *values[3]; /* the only valid values, followed by NULL; if empty, any value is valid */
    bool written;          /* only gpuslice writes it */
};

/* One row for each kind of object and place of a key. Ends with a row whose key is NULL. */
extern const struct own_key own_keys[];

/* Returns the row of the key for that kind of object and place, or NULL if the key has no meaning there. */
const struct own_key *own_key_find(const char *key, enum key_object object, enum key_place place);

/* True if the value is among key->values, or key->values is empty. */
bool own_key_takes(const struct own_key *key, const char *value);

/* True if a namespace with these labels is opted in: the API server sends its GPU pods, or all, to the webhook. */
bool namespace_opts_in(const struct keyvalues *labels);

/* True if the key is in our domain, whether or not it has a meaning. */
bool own_key_is(const char *key);

/* A key of our domain as it was found: a label or an annotation of a namespace, pod or workload. */
struct own_key_use {
    enum key_object object;
    enum key_place place;
    const char *who; /* the object, for the text: "pod", "namespace", "Deployment" */
    const char *key, *value;
};

enum { OWN_KEY_TEXT_SIZE = 160 };

/* Returns false if the key is where it belongs, with a value that it takes. Otherwise sets ret_text to a sentence that
 * says where it belongs or what was meant. An empty value is no fault here. */
bool own_key_fault(const struct own_key_use *use, char ret_text[OWN_KEY_TEXT_SIZE]);

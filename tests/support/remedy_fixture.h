/* Policies with many classes, and pods that they deny, for the tests of denials. */
#pragma once

#include "tests/support/engine_fixture.h"

#define POOL(name, spec)  API "kind: SlicePool\nmetadata: {name: " name "}\nspec: {" spec "}\n---\n"
#define CLASS(name, spec) API "kind: SliceClass\nmetadata: {name: " name "}\nspec: {" spec "}\n---\n"
#define POLICY(name, spec)                                \
    API "kind: SlicePolicy\nmetadata: {name: " name "}\n" \
        "spec: {namespaces: {selector: {matchLabels: {p: " name "}}}, " spec "}\n---\n"
enum { SENTENCE = 2048 };

enum { REMEDY_POLICIES = 13 };
extern const char *const remedy_policies[REMEDY_POLICIES];

/* A pod, and its namespace: that of a policy, or one of these that names a class. */
struct attempt {
    const char *policy;
    char class_name[64]; /* "": the namespace names none */
    cJSON *pod;
};

/* Has a namespace for each policy and, for each class, one more that names it; all are labelled required. */
struct engine_fixture remedy_fixture_make(void);

/* Sets `message` to the sentence of the denial, or to "" if the pod is admitted. */
void remedy_ask_engine(struct engine_fixture *fixture, const struct attempt *attempt, char message[SENTENCE]);

/* Returns a pod of `count` containers c0, c1 ..., each with `request` as its resources. `annotation` has the members of
 * its annotations; `placement` follows the containers: "" or further members of the spec, with a comma before each. */
cJSON *remedy_pod(const char *request, size_t count, const char *annotation, const char *placement);

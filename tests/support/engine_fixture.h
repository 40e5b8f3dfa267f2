/* An engine with policies and namespaces as text, for the tests of webhook/admission/. */
#pragma once

#include "admission/engine.h"
#include "tests/support/policy_fixture.h"
#include "tests/support/test.h"

/* Two classes, and one policy for the namespaces that have the label team. */
#define GUIDE_POLICY                                                                                             \
    API "kind: SlicePool\nmetadata: {name: t4-thirds}\nspec: {gpu: t4, sharing: {timeSlicing: {replicas: 3}}}\n" \
        "---\n" API "kind: SlicePool\nmetadata: {name: a100-sevenths}\n"                                         \
        "spec: {gpu: a100-40gb, sharing: {mig: {layout: {1g.5gb: 7}}}}\n"                                        \
        "---\n" API "kind: SliceClass\nmetadata: {name: t4-third}\nspec: {pools: [t4-thirds]}\n"                 \
        "---\n" API "kind: SliceClass\nmetadata: {name: a100-1g5gb}\nspec: {pools: [a100-sevenths]}\n"           \
        "---\n" API "kind: SlicePolicy\nmetadata: {name: teams}\n"                                               \
        "spec: {namespaces: {selector: {matchExpressions: [{key: team, operator: Exists}]}}, "                   \
        "classes: {allowed: [t4-third, a100-1g5gb], default: a100-1g5gb}}\n"

#define NAMESPACE(name, inject)                                                                                        \
    "apiVersion: v1\nkind: Namespace\nmetadata: {name: " name ", labels: {team: ml, gpuslice.dev/inject: " inject "}}" \
    "\n"
#define GUIDE_NAMESPACES NAMESPACE("ml", "enabled") "---\n" NAMESPACE("strict", "required")

struct engine_fixture {
    struct policy_fixture loaded;
    struct namespaces *namespaces;
    struct engine *engine;
};

struct namespaces *namespaces_text(const char *yaml);
struct engine_fixture engine_fixture_make(const char *policy, const char *namespaces);
void engine_fixture_fini(struct engine_fixture *fixture);
DEFINE_AUTO_FINI(engine_fixture, struct engine_fixture, engine_fixture_fini);

/* Returns the review of one object; free() it. `kind` is the text of the members of request.kind; `more` follows the
 * object: "" or further members of the request, with a comma before each. */
char *review_text_of(const char *kind, const char *namespace_name, const char *object, const char *more);

/* Decides about the pod and adds "outcome [reason]", the message of a denial and each warning, a line each and the
 * warnings without the name of the program. */
void engine_fixture_decide(const struct engine_fixture *fixture, const char *name, const char *namespace_name,
                           const char *pod, struct buf *out);

/* A pod, and the lines of engine_fixture_decide(). */
struct decided_row {
    const char *name, *namespace_name, *pod, *expected;
};
void check_decided(const struct engine_fixture *fixture, const struct decided_row *rows, size_t count);

#define KIND_POD JSON("group":"","version":"v1","kind":"Pod")

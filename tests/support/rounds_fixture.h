/* Rounds of admission: decides about a pod as text and gives the pod as it is afterwards, for the next round. */
#pragma once

#include "admission/decide.h"
#include "tests/support/check.h"
#include "tests/support/engine_fixture.h"

/* Policies, and a namespace for each that has its name. These give the class of their name: thirds (t4-third,
 * nvidia.com/gpu), mig (a100-1g5gb), small-mig (a100-2g10gb), wholes (gpu-whole, nvidia.com/gpu), shared (l4-quarter:
 * nvidia.com/gpu.shared, with a variable, a runtimeClassName and requirements), two-pools (t4-any), thirds-too
 * (t4-third-too, whose pool is that of t4-third). These give a100-1g5gb: always (inject: always), keep and whole-deny
 * (by wholeGPU), warn and shadow (by mode), guard (visibleDevices), fixed (podChoice: false), only (allows no other
 * class). In none, no class applies unless the pod names one. In warn-third, t4-third is the class, and the mode warn.
 */
struct rounds_fixture {
    struct policy_fixture loaded;
    struct namespaces *namespaces;
};

struct rounds_result {
    char *pod;   /* the pod afterwards; it is the pod of before with the patch applied */
    char *patch; /* "[]" without one */
    size_t operations;
    char *was; /* of the record, or "" */
    const char *decision, *reason;
    char class_name[64]; /* "" without one */
    char message[ERR_TEXT_SIZE];
    struct warnings warnings;
};

struct rounds_fixture rounds_fixture_make(void);
void rounds_fixture_fini(struct rounds_fixture *fixture);

/* Decides about the pod in the namespace. Fails the test if the patch does not apply or does not give the pod. */
struct rounds_result rounds_mutate(const struct rounds_fixture *fixture, const char *ns, const char *pod);
void rounds_result_fini(struct rounds_result *result);

/* Fails the test if a further round would change the pod. */
void expect_quiet(const char *name, const struct rounds_fixture *fixture, const char *ns, const char *pod);

/* Returns the text with the first `part`, which it must have, replaced. */
char *text_replaced(const char *text, const char *part, const char *by);

/* Fails the test unless both are the same JSON, whatever the order of members. */
void check_same_json(const char *name, const char *got, const char *expected);

DEFINE_AUTO_FINI(rounds_fixture, struct rounds_fixture, rounds_fixture_fini);
DEFINE_AUTO_FINI(rounds_result, struct rounds_result, rounds_result_fini);

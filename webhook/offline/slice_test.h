/* One SliceTest: a namespace, a pod or a workload, and the expected result. Format: docs/testing-policies.md. */
#pragma once

#include "policy/namespaces.h"
#include "policy/set.h"

#include <jansson.h>

/* What is expected of a pod. NULL (messages: empty) means that it is not checked; the decision always is. */
struct expectation {
    char *decision; /* NULL: there is no expectation */
    char *reason;
    char *slice_class;       /* CLASS_NONE: there must be none */
    json_t *slices;          /* by name of a container: its number of slices; all other containers must have none */
    json_t *values;          /* by JSON pointer into the resulting pod; a JSON null: there must be no value */
    struct strlist messages; /* each must occur in the denial or in a warning */
};

struct template_expectation {
    char *path; /* of a pod template, as the titles of subjects have it: "spec.headGroupSpec.template" */
    struct expectation expect;
};

struct slice_test {
    char *name;
    struct namespace_info ns;
    json_t *pod;               /* or NULL */
    struct node object;        /* a workload, if there is no pod; borrows from the document */
    struct expectation expect; /* of the pod, or of the templates that are not in `templates` */
    struct template_expectation *templates;
    size_t template_count;
};

/* True if the document is meant as a SliceTest: that is its kind, whatever its apiVersion, or it is of our group and of
 * no other kind of ours. */
bool slice_test_is(const json_t *document);

/* Decodes `document`, the root node of a SliceTest, and reports its problems: all that would make an expectation check
 * nothing, or fail whatever the policies say. Free *ret_test with slice_test_fini() even if there are any. */
void slice_test_decode(const struct node *document, const struct policy_set *set, struct slice_test *ret_test);

/* Decides about the pod or the pod templates with the policies, and adds lines to `faults`, which must be empty, for
 * each expectation that fails, such as "class: expected a, got b", and what was said about the pod where that explains
 * the fault. Errors: ERR_INVALID if the pod has values of wrong types, and those of subject_rewrite(). */
MUST_CHECK int slice_test_run(const struct slice_test *test, const struct policy_set *set, struct buf *faults,
                              struct err *err);
void slice_test_fini(struct slice_test *test);

DEFINE_AUTO_FINI(slice_test, struct slice_test, slice_test_fini);

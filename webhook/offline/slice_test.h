/* One SliceTest: a namespace, a pod, and what is expected of them. Shape: docs/testing-policies.md. */
#ifndef GPUSLICE_OFFLINE_SLICE_TEST_H
#define GPUSLICE_OFFLINE_SLICE_TEST_H

#include "policy/namespaces.h"
#include "policy/set.h"

#include <jansson.h>

struct slice_test {
    char *name;
    struct namespace_info ns;
    json_t *pod;
    /* Expected; NULL: not looked at. */
    char *decision;
    char *reason;
    char *slice_class;
    json_t *slices;          /* container name: number of slices, of all containers that get any */
    json_t *values;          /* JSON pointer in the pod afterwards: value, or null for "not there" */
    struct strlist messages; /* each must occur in the denial or in a warning */
};

/* Is the document a SliceTest of gpuslice.dev? */
bool slice_test_is(const json_t *document);

void slice_test_decode(const struct node *document, struct slice_test *ret_test);

/* Adds a line "     expected ..., got ..." to `faults` for each expectation that fails; none when the case passes.
 * Errors: ERR_INVALID (the pod has not the shape of a pod), ERR_NOMEM. */
MUST_CHECK int slice_test_run(const struct slice_test *test, const struct policy_set *set, struct buf *faults,
                              struct err *err);
void slice_test_fini(struct slice_test *test);

DEFINE_AUTO_FINI(slice_test, struct slice_test, slice_test_fini);

#endif

/* One SliceTest: a namespace, a pod, and the expected result. Format: docs/testing-policies.md. */
#ifndef GPUSLICE_OFFLINE_SLICE_TEST_H
#define GPUSLICE_OFFLINE_SLICE_TEST_H

#include "policy/namespaces.h"
#include "policy/set.h"

#include <jansson.h>

struct slice_test {
    char *name;
    struct namespace_info ns;
    json_t *pod;
    /* Expected values; NULL if not checked. */
    char *decision;
    char *reason;
    char *slice_class;
    json_t *slices; /* maps the names of all containers that get slices to their number */
    json_t *values; /* maps JSON pointers into the resulting pod to values, or to null if the value must be absent */
    struct strlist messages; /* each must occur in the denial or a warning */
};

/* True if the document is a SliceTest of gpuslice.dev. */
bool slice_test_is(const json_t *document);

void slice_test_decode(const struct node *document, struct slice_test *ret_test);

/* Adds a line "     expected ..., got ..." to `faults` for each expectation that fails. Errors: ERR_INVALID (the pod is
 * not shaped like a pod), ERR_NOMEM. */
MUST_CHECK int slice_test_run(const struct slice_test *test, const struct policy_set *set, struct buf *faults,
                              struct err *err);
void slice_test_fini(struct slice_test *test);

DEFINE_AUTO_FINI(slice_test, struct slice_test, slice_test_fini);

#endif

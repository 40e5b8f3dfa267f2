/* Golden cases (tests/golden/README.md): their files, and what must be true of every answer. Does not depend on a
 * server or a program. */
#ifndef GPUSLICE_TESTS_SUPPORT_GOLDEN_H
#define GPUSLICE_TESTS_SUPPORT_GOLDEN_H

#include "base/buf.h"
#include "base/strlist.h"

#include <stdbool.h>

struct golden {
    char *policy, *namespaces; /* paths: those of the case, or of common/ if it has none */
    char *review_path;
    char *expected_path;
    bool fails; /* response.txt: an HTTP error is expected */
    struct buf review;
    struct buf expected; /* empty if there is no file yet */
};

/* Sets *ret_names to the names of all cases below `folder`, sorted. Errors: ERR_NOT_FOUND, ERR_IO, ERR_NOMEM. */
MUST_CHECK int golden_list(const char *folder, struct strlist *ret_names, struct err *err);
MUST_CHECK int golden_load(const char *folder, const char *name, struct golden *ret_golden, struct err *err);
void golden_fini(struct golden *golden);

/* Adds an answer in the form of the expected files: indented by two, keys in the order of the answer, the patch
 * decoded. Errors: ERR_INVALID if it is not an AdmissionReview, ERR_NOMEM. */
MUST_CHECK int golden_readable(const char *answer, struct buf *out, struct err *err);

/* Returns ERR_INVALID with the difference unless both texts are the same. */
MUST_CHECK int golden_compare(const char *expected, const char *found, struct err *err);

/* Checks what must be true of every answer: the uid is the request's; a patch has its type and is never empty; a denial
 * has a status and no patch; warnings are at most 10 of at most 120 characters; audit keys have no slash. Errors:
 * ERR_INVALID. */
MUST_CHECK int golden_check_rules(const struct golden *golden, const char *answer, struct err *err);

/* Adds the review as the second round would send it: with the answer's patch applied to its object, whose shape is
 * checked. `out` stays empty if the answer has no patch. Errors: ERR_INVALID, ERR_NOMEM. */
MUST_CHECK int golden_second_round(const struct golden *golden, const char *answer, struct buf *out, struct err *err);

/* Returns ERR_INVALID unless the second answer has no patch, and the audit annotations of the first. */
MUST_CHECK int golden_check_second(const char *first, const char *second, struct err *err);

DEFINE_AUTO_FINI(golden, struct golden, golden_fini);

#endif

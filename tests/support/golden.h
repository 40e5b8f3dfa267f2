/* Golden cases (tests/golden/README.md): their files, and what must be true of every answer. */
#pragma once

#include "base/buf.h"
#include "base/strlist.h"

#include <stdbool.h>

struct golden {
    char *policy, *namespaces; /* paths: those of the case, or of common/ if it has none */
    char *review_path;
    char *expected_path;
    bool fails; /* the case has response.txt: an HTTP error is expected */
    struct buf review;
    struct buf expected; /* empty if the file does not exist yet */
};

/* Adds the names of all cases of `folder`, sorted. Errors: ERR_NOT_FOUND, ERR_IO, ERR_NOMEM. */
MUST_CHECK int golden_list(const char *folder, struct strlist *ret_names, struct err *err);
MUST_CHECK int golden_load(const char *folder, const char *name, struct golden *ret_golden, struct err *err);
void golden_fini(struct golden *golden);

/* Adds an answer in the form of the expected files: indented by two, keys in the order of the answer, the patch
 * decoded. Errors: ERR_INVALID if the answer has no response or its patch cannot be read; ERR_LIMIT; ERR_NOMEM. */
MUST_CHECK int golden_readable(const char *answer, struct buf *out, struct err *err);

/* Fails with ERR_INVALID and the difference if the texts differ. */
MUST_CHECK int golden_compare(const char *expected, const char *found, struct err *err);

/* Checks what must be true of every answer: its uid is the request's; a patch has the type JSONPatch and is not empty;
 * a denial has code 403, a message and no patch, an allowed answer has no status; there are at most 10 warnings, each a
 * line of at most 120 bytes; audit keys have no slash. Errors: ERR_INVALID, ERR_NOMEM. */
MUST_CHECK int golden_check_rules(const struct golden *golden, const char *answer, struct err *err);

/* Adds the review of a second round: that of the case, with the answer's patch applied to its object. Adds nothing if
 * the answer has no patch. Fails with ERR_INVALID if the patched object does not have the shape of a pod. */
MUST_CHECK int golden_second_round(const struct golden *golden, const char *answer, struct buf *out, struct err *err);

/* Fails with ERR_INVALID if the second answer has a patch, or if its audit annotations differ from the first's. It may
 * have a revision that the first has not. */
MUST_CHECK int golden_check_second(const char *first, const char *second, struct err *err);

DEFINE_AUTO_FINI(golden, struct golden, golden_fini);

/* For tests of lint rules: a test edits a copy of tests/lint/base, where lint finds nothing. */
#pragma once

#include "base/file.h"
#include "lint/lint.h"
#include "tests/support/check.h"
#include "tests/support/temp_dir.h"

#define LINT_FIXTURE_FOLDER "tests/lint/base"

enum { LINT_FIXTURE_TEXT_MAX = 1024 * 1024, LINT_FIXTURE_PATH_SIZE = 512 };

/* Replaces the first `from` in the file by `to`; if `from` is NULL, appends `to` to the file, which may be new. `file`
 * is a path below cluster/, or begins with "policies/". */
struct lint_edit {
    const char *file, *from, *to;
};

struct lint_case {
    enum rule_id rule;
    bool found; /* true if the rule must have a finding, false if it must have none */
    const char *name;
    struct lint_edit edits[3];
    const char *message; /* NULL, or a part of the message that a finding of the rule must have */
};

#define BAD(rule, name, ...)                  \
    {                                         \
        rule, true, name, {__VA_ARGS__}, NULL \
    }
/* Like BAD(), with a part of the expected message. */
#define SAYS(rule, message, ...)                    \
    {                                               \
        rule, true, message, {__VA_ARGS__}, message \
    }
#define GOOD(rule, name, ...)                  \
    {                                          \
        rule, false, name, {__VA_ARGS__}, NULL \
    }

struct lint_fixture {
    char *folder;
    char policies[LINT_FIXTURE_PATH_SIZE], cluster[LINT_FIXTURE_PATH_SIZE];
    struct gpu_table *gpus;
};

void lint_fixture_read(const char *path, struct buf *text);
struct lint_fixture lint_fixture_make(void);
void lint_fixture_fini(struct lint_fixture *fixture);
DEFINE_AUTO_FINI(lint_fixture, struct lint_fixture, lint_fixture_fini);
void lint_fixture_edit(const struct lint_fixture *fixture, const char *name, const struct lint_edit *edit);

/* Undoes all edits of a file; removes the file if tests/lint/base does not have it. */
void lint_fixture_restore(const struct lint_fixture *fixture, const struct lint_edit *edit);

/* Runs lint and calls `look` with the result. `disabled` may be NULL. */
void lint_fixture_lint(const struct lint_fixture *fixture, const char *name, struct strlist *disabled, void *context,
                       void (*look)(void *context, struct lint *lint));
void lint_fixture_list(struct lint *lint, struct buf *out);

/* The context of look_for_rule(): the case that is checked, and the faults of all cases so far. */
struct lint_look {
    const struct lint_case *item;
    struct buf faults;
};

void look_for_rule(void *context, struct lint *lint);
void try_cases(const struct lint_case cases[], size_t count);

/* Fails the test if a rule of the family has no BAD() or SAYS() case. `rules` ends with an entry without id. */
void expect_all_rules(const struct rule *rules, const struct lint_case cases[], size_t count);

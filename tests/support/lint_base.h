/* The folder tests/lint/base, in which lint finds nothing, with one thing changed: for the tests of the rules. */
#ifndef GPUSLICE_TESTS_LINT_BASE_H
#define GPUSLICE_TESTS_LINT_BASE_H

#include "base/file.h"
#include "lint/lint.h"
#include "tests/support/check.h"
#include "tests/support/temp_dir.h"

#define BASE_FOLDER "tests/lint/base"

enum { BASE_TEXT_MAX = 1024 * 1024, BASE_PATH_SIZE = 512 };

/* One edit: `from` in the file of that name becomes `to`; NULL for `from`: `to` is added at its end, or is a new file.
 * Files are of cluster/, or of policies/ if the name begins so. */
struct base_edit {
    const char *file, *from, *to;
};

struct lint_case {
    enum rule_id rule;
    bool found; /* must the rule be found? Else it must not. */
    const char *name;
    struct base_edit edits[3];
};

#define BAD(rule, name, ...) \
    {                        \
        rule, true, name,    \
        {                    \
            __VA_ARGS__      \
        }                    \
    }
#define GOOD(rule, name, ...) \
    {                         \
        rule, false, name,    \
        {                     \
            __VA_ARGS__       \
        }                     \
    }

struct base {
    char *folder;
    char policies[BASE_PATH_SIZE], cluster[BASE_PATH_SIZE];
    struct gpu_table *gpus;
};

static inline void base_read(const char *path, struct buf *text)
{
    struct err err;
    buf_init(text, BASE_TEXT_MAX);
    check_success(path, file_read(path, text, &err), &err);
}

static inline void base_path(const char *folder, const char *file, char path[BASE_PATH_SIZE])
{
    const char *below = strncmp(file, "policies/", 9) == 0 ? "" : "cluster/";
    (void)snprintf(path, BASE_PATH_SIZE, "%.200s/%s%.200s", folder, below, file);
}

static inline void base_write(const char *path, const struct buf *text)
{
    struct err err;
    check_success(path, file_write(path, buf_text(text), text->length, 0600, &err), &err);
}

static inline struct base base_make(void)
{
    static const char *const suffixes[] = {".yaml", NULL};
    struct base base = {.folder = temp_dir_new()};
    AUTO(strlist) files = {0};
    struct err err;
    temp_mkdir(base.folder, "policies");
    temp_mkdir(base.folder, "cluster");
    (void)snprintf(base.policies, sizeof(base.policies), "%.200s/policies", base.folder);
    (void)snprintf(base.cluster, sizeof(base.cluster), "%.200s/cluster", base.folder);
    check_success("gpus", gpu_table_load(&base.gpus, &err), &err);
    check_success("list", file_list(BASE_FOLDER, suffixes, &files, &err), &err);
    for (size_t i = 0; i < files.count; i++) {
        AUTO(buf) text;
        char path[BASE_PATH_SIZE];
        base_read(files.items[i], &text);
        (void)snprintf(path, sizeof(path), "%.200s/%.200s", base.folder, files.items[i] + strlen(BASE_FOLDER) + 1);
        base_write(path, &text);
    }
    return base;
}

static inline void base_fini(struct base *base)
{
    temp_dir_free(base->folder);
    gpu_table_free(base->gpus);
}
DEFINE_AUTO_FINI(base, struct base, base_fini);

static inline void base_edit(const struct base *base, const char *name, const struct base_edit *edit)
{
    AUTO(buf) before;
    AUTO(buf) after;
    char path[BASE_PATH_SIZE];
    base_path(base->folder, edit->file, path);
    buf_init(&before, BASE_TEXT_MAX);
    buf_init(&after, BASE_TEXT_MAX);
    struct err err;
    if (file_read(path, &before, &err) < 0) /* a new file */
        buf_reset(&before);
    const char *text = buf_text(&before);
    const char *at = edit->from ? strstr(text, edit->from) : text + strlen(text);
    if (!at)
        fail_msg("%s: %s does not hold %s", name, edit->file, edit->from);
    buf_add(&after, text, (size_t)(at - text));
    buf_add_string(&after, edit->to);
    buf_add_string(&after, at + (edit->from ? strlen(edit->from) : 0));
    base_write(path, &after);
}

/* The file as it was in the base; gone if it was not there. */
static inline void base_restore(const struct base *base, const struct base_edit *edit)
{
    AUTO(buf) text;
    char from[BASE_PATH_SIZE];
    char to[BASE_PATH_SIZE];
    struct err err;
    base_path(BASE_FOLDER, edit->file, from);
    base_path(base->folder, edit->file, to);
    buf_init(&text, BASE_TEXT_MAX);
    if (file_read(from, &text, &err) < 0)
        assert_int_equal(remove(to), 0);
    else
        base_write(to, &text);
}

/* Calls back with the run; false from it is a failure of the case. */
static inline void base_lint(const struct base *base, const char *name, struct strlist *disabled, void *context,
                             void (*look)(void *context, struct lint *lint))
{
    AUTO(policy_set) set = NULL;
    AUTO(problems) problems = {0};
    AUTO(lint) lint = {0};
    struct strlist none = {0};
    struct err err;
    char cluster[BASE_PATH_SIZE];
    char *paths[] = {cluster};
    (void)snprintf(cluster, sizeof(cluster), "%s", base->cluster);
    check_success(name, policy_set_load(base->policies, base->gpus, &set, &problems, &err), &err);
    struct lint_options options = {.gpus = base->gpus, .policies = set, .disabled = disabled ? disabled : &none};
    check_success(name, lint_run(&options, paths, 1, &lint, &problems, &err), &err);
    assert_int_equal(problems.count, 0);
    look(context, &lint);
}

static inline void base_list(struct lint *lint, struct buf *out)
{
    buf_init(out, BASE_TEXT_MAX);
    for (size_t i = 0; i < lint->findings.count; i++) {
        const struct finding *finding = &lint->findings.items[i];
        const char *slash = strrchr(finding->file, '/');
        buf_addf(out, "%s:%u:%u: %s [%s]\n", slash ? slash + 1 : finding->file, finding->line, finding->column,
                 finding->message, finding->rule->id);
    }
}

/* What is looked for, and what all cases so far did wrong. */
struct lint_look {
    const struct lint_case *item;
    struct buf faults;
};

static inline void look_for_rule(void *context, struct lint *lint)
{
    struct lint_look *look = context;
    const struct lint_case *item = look->item;
    const struct rule *rule = rule_get(item->rule);
    AUTO(buf) list;
    size_t count = 0;
    for (size_t i = 0; i < lint->findings.count; i++)
        count += lint->findings.items[i].rule == rule;
    base_list(lint, &list);
    if (item->found && count == 0)
        buf_addf(&look->faults, "%s: %s was not found, but:\n%s", item->name, rule->id, buf_text(&list));
    if (!item->found && count > 0)
        buf_addf(&look->faults, "%s: %s was found:\n%s", item->name, rule->id, buf_text(&list));
}

static inline void try_cases(const struct lint_case cases[], size_t count)
{
    AUTO(base) base = base_make();
    struct lint_look look;
    buf_init(&look.faults, BASE_TEXT_MAX);
    for (size_t i = 0; i < count; i++) {
        const struct base_edit *edits = cases[i].edits;
        look.item = &cases[i];
        struct lint_case item = cases[i];
        for (size_t j = 0; j < ARRAY_SIZE(item.edits) && edits[j].file; j++)
            base_edit(&base, item.name, &edits[j]);
        base_lint(&base, item.name, NULL, &look, look_for_rule);
        for (size_t j = 0; j < ARRAY_SIZE(item.edits) && edits[j].file; j++) {
            char path[BASE_PATH_SIZE];
            base_path(base.folder, edits[j].file, path);
            bool again = false;
            for (size_t k = 0; k < j; k++)
                again = again || strcmp(edits[k].file, edits[j].file) == 0;
            if (!again)
                base_restore(&base, &edits[j]);
        }
    }
    AUTO(buf) faults = look.faults;
    if (faults.length > 0)
        fail_msg("%s", buf_text(&faults));
}

/* Each rule of the family must have a case in which it is found. */
static inline void expect_all_rules(const struct rule_entry *entries, const struct lint_case cases[], size_t count)
{
    for (; entries->rule.id; entries++) {
        bool found = false;
        for (size_t i = 0; i < count; i++)
            found = found || (cases[i].rule == entries->id && cases[i].found);
        if (!found)
            fail_msg("%s has no case in which it is found", entries->rule.id);
    }
}

#endif

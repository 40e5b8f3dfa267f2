#include "tests/support/lint_fixture.h"

void lint_fixture_read(const char *path, struct buf *text)
{
    struct err err;
    buf_init(text, LINT_FIXTURE_TEXT_MAX);
    check_success(path, file_read(path, text, &err), &err);
}

static void lint_fixture_path(const char *folder, const char *file, char path[LINT_FIXTURE_PATH_SIZE])
{
    const char *subfolder = strncmp(file, "policies/", 9) == 0 ? "" : "cluster/";
    (void)snprintf(path, LINT_FIXTURE_PATH_SIZE, "%.200s/%s%.200s", folder, subfolder, file);
}

static void lint_fixture_write(const char *path, const struct buf *text)
{
    struct err err;
    check_success(path, file_write(path, buf_text(text), text->length, 0600, &err), &err);
}

struct lint_fixture lint_fixture_make(void)
{
    static const char *const suffixes[] = {".yaml", NULL};
    struct lint_fixture fixture = {.folder = temp_dir_new()};
    AUTO(strlist) files = {0};
    struct err err;
    temp_mkdir(fixture.folder, "policies");
    temp_mkdir(fixture.folder, "cluster");
    (void)snprintf(fixture.policies, sizeof(fixture.policies), "%.200s/policies", fixture.folder);
    (void)snprintf(fixture.cluster, sizeof(fixture.cluster), "%.200s/cluster", fixture.folder);
    check_success("gpus", gpu_table_load(&fixture.gpus, &err), &err);
    check_success("list", file_list(LINT_FIXTURE_FOLDER, suffixes, &files, &err), &err);
    for (size_t i = 0; i < files.count; i++) {
        AUTO(buf) text;
        char path[LINT_FIXTURE_PATH_SIZE];
        lint_fixture_read(files.items[i], &text);
        (void)snprintf(path, sizeof(path), "%.200s/%.200s", fixture.folder,
                       files.items[i] + strlen(LINT_FIXTURE_FOLDER) + 1);
        lint_fixture_write(path, &text);
    }
    return fixture;
}

void lint_fixture_fini(struct lint_fixture *fixture)
{
    temp_dir_free(fixture->folder);
    gpu_table_free(fixture->gpus);
}

void lint_fixture_edit(const struct lint_fixture *fixture, const char *name, const struct lint_edit *edit)
{
    AUTO(buf) before;
    AUTO(buf) after;
    char path[LINT_FIXTURE_PATH_SIZE];
    lint_fixture_path(fixture->folder, edit->file, path);
    buf_init(&before, LINT_FIXTURE_TEXT_MAX);
    buf_init(&after, LINT_FIXTURE_TEXT_MAX);
    struct err err;
    if (file_read(path, &before, &err) < 0) /* a new file */
        buf_reset(&before);
    const char *text = buf_text(&before);
    const char *at = edit->from ? strstr(text, edit->from) : text + strlen(text);
    if (!at)
        fail_msg("%s: %s does not contain %s", name, edit->file, edit->from);
    buf_add(&after, text, (size_t)(at - text));
    buf_add_string(&after, edit->to);
    buf_add_string(&after, at + (edit->from ? strlen(edit->from) : 0));
    lint_fixture_write(path, &after);
}

void lint_fixture_restore(const struct lint_fixture *fixture, const struct lint_edit *edit)
{
    AUTO(buf) text;
    char from[LINT_FIXTURE_PATH_SIZE];
    char to[LINT_FIXTURE_PATH_SIZE];
    struct err err;
    lint_fixture_path(LINT_FIXTURE_FOLDER, edit->file, from);
    lint_fixture_path(fixture->folder, edit->file, to);
    buf_init(&text, LINT_FIXTURE_TEXT_MAX);
    if (file_read(from, &text, &err) < 0)
        assert_int_equal(remove(to), 0);
    else
        lint_fixture_write(to, &text);
}

void lint_fixture_lint(const struct lint_fixture *fixture, const char *name, struct strlist *disabled, void *context,
                       void (*look)(void *context, struct lint *lint))
{
    AUTO(policy_set) set = NULL;
    AUTO(problems) problems = {0};
    AUTO(lint) lint = {0};
    struct strlist none = {0};
    struct err err;
    char cluster[LINT_FIXTURE_PATH_SIZE];
    char *paths[] = {cluster};
    (void)snprintf(cluster, sizeof(cluster), "%s", fixture->cluster);
    check_success(name, policy_set_load(fixture->policies, fixture->gpus, &set, &problems, &err), &err);
    struct lint_options options = {.gpus = fixture->gpus, .policies = set, .disabled = disabled ? disabled : &none};
    check_success(name, lint_run(&options, paths, 1, &lint, &problems, &err), &err);
    assert_int_equal(problems.count, 0);
    look(context, &lint);
}

void lint_fixture_list(struct lint *lint, struct buf *out)
{
    buf_init(out, LINT_FIXTURE_TEXT_MAX);
    for (size_t i = 0; i < lint->findings.count; i++) {
        const struct finding *finding = &lint->findings.items[i];
        const char *slash = strrchr(finding->file, '/');
        buf_addf(out, "%s:%u:%u: %s [%s]\n", slash ? slash + 1 : finding->file, finding->line, finding->column,
                 finding->message, finding->rule->id);
    }
}

void look_for_rule(void *context, struct lint *lint)
{
    struct lint_look *look = context;
    const struct lint_case *item = look->item;
    const struct rule *rule = rule_get(item->rule);
    AUTO(buf) list;
    size_t count = 0;
    for (size_t i = 0; i < lint->findings.count; i++) {
        const struct finding *finding = &lint->findings.items[i];
        count += finding->rule == rule && (!item->message || strstr(finding->message, item->message));
    }
    lint_fixture_list(lint, &list);
    if (item->found && count == 0)
        buf_addf(&look->faults, "%s: %s was not found, but:\n%s", item->name, rule->id, buf_text(&list));
    if (!item->found && count > 0)
        buf_addf(&look->faults, "%s: %s was found:\n%s", item->name, rule->id, buf_text(&list));
}

void try_cases(const struct lint_case cases[], size_t count)
{
    AUTO(lint_fixture) fixture = lint_fixture_make();
    struct lint_look look;
    buf_init(&look.faults, LINT_FIXTURE_TEXT_MAX);
    for (size_t i = 0; i < count; i++) {
        const struct lint_edit *edits = cases[i].edits;
        look.item = &cases[i];
        struct lint_case item = cases[i];
        for (size_t j = 0; j < ARRAY_SIZE(item.edits) && edits[j].file; j++)
            lint_fixture_edit(&fixture, item.name, &edits[j]);
        lint_fixture_lint(&fixture, item.name, NULL, &look, look_for_rule);
        for (size_t j = 0; j < ARRAY_SIZE(item.edits) && edits[j].file; j++) {
            char path[LINT_FIXTURE_PATH_SIZE];
            lint_fixture_path(fixture.folder, edits[j].file, path);
            bool again = false;
            for (size_t k = 0; k < j; k++)
                again = again || strcmp(edits[k].file, edits[j].file) == 0;
            if (!again)
                lint_fixture_restore(&fixture, &edits[j]);
        }
    }
    AUTO(buf) faults = look.faults;
    if (faults.length > 0)
        fail_msg("%s", buf_text(&faults));
}

void expect_all_rules(const struct rule *rules, const struct lint_case cases[], size_t count)
{
    for (; rules->id; rules++) {
        bool found = false;
        for (size_t i = 0; i < count; i++)
            found = found || (cases[i].rule == rules->code && cases[i].found);
        if (!found)
            fail_msg("%s has no case in which it is found", rules->id);
    }
}

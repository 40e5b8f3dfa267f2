/* Tests parts of migrate/: the report, trees, names of MIG configurations and scripts; also the time to walk a large
 * object. */
#include "tests/support/migrate_fixture.h"
#include "tests/support/test.h"

#include "gpu/mig_layout.h"
#include "gpu/table.h"
#include "migrate/input/source.h"
#include "tests/support/temp_dir.h"

#include <time.h>

static void read_text(const char *text, struct yaml_documents *ret_documents)
{
    AUTO(problems) problems = {0};
    struct err err;
    check_success(text, yaml_read("t.yaml", text, strlen(text), YAML_STRICT, ret_documents, &problems, &err), &err);
}

TEST(report__all_fates__text_and_json)
{
    AUTO(yaml_documents) documents = {0};
    AUTO(report) report = {0};
    AUTO(buf) out;
    struct err err;
    read_text("kind: A\nmetadata: {name: a}\nspec: {b: 1, \"x/y\": 2}\n", &documents);
    struct document document = document_of("t.yaml", &documents.items[0], NULL);
    struct node root = node_root(&document);
    struct node spec = case_child(&root, 2);
    struct node b = case_child(&spec, 0);
    struct node xy = case_child(&spec, 1);
    check_success("file", strlist_add(&report.files, "t.yaml", &err), &err);
    report_add(&report, &xy, FATE_LOST, "gone %d", 1);
    report_carried(&report, &b, "B b", "spec.c");
    report_note(&report, &root, FATE_ADDED, "a \"default\"");
    report_sort(&report);
    buf_init(&out, CASE_TEXT_MAX);
    report_print_text(&report, false, &out);
    check_text("text", buf_text(&out),
               "t.yaml:3:14: spec[\"x/y\"]: lost: gone 1\n"
               "t.yaml:1:1: A a: added: a \"default\"\n"
               "t.yaml:3:8: spec.b: carried as spec.c of B b\n"
               "0 need manual attention, 1 lost, 0 changed, 1 added, 1 carried, 0 kept, 0 not needed\n");
    buf_reset(&out);
    report_print_json(&report, &out);
    AUTO(json) parsed = json_loads(buf_text(&out), 0, NULL);
    const json_t *entries = json_object_get(parsed, "entries");
    assert_int_equal(json_array_size(entries), 3);
    check_text("outcome", tree_text(json_array_get(entries, 0), "outcome"), "lost");
    assert_null(tree_text(json_array_get(entries, 0), "targetPath"));
    check_text("target", tree_text(json_array_get(entries, 2), "targetPath"), "spec.c");
    AUTO(string) totals = json_dumps(json_object_get(parsed, "totals"), JSON_COMPACT);
    check_text("totals", totals,
               "{\"needs manual attention\":0,\"lost\":1,\"changed\":0,\"added\":1,\"carried\":1,\"kept\":0,"
               "\"not needed\":0}");
    assert_true(report_needs_attention(&report));
}

TEST(report_print_text__similar_entries__summed_up_unless_all_are_asked_for)
{
    AUTO(yaml_documents) documents = {0};
    AUTO(report) report = {0};
    AUTO(buf) out;
    struct err err;
    read_text("kind: A\nmetadata: {name: a, uid: u, generation: 1}\nspec: {b: 1, c: 2, d: 3}\n", &documents);
    struct document document = document_of("t.yaml", &documents.items[0], NULL);
    struct node root = node_root(&document);
    struct node metadata = case_child(&root, 1);
    struct node spec = case_child(&root, 2);
    struct node fields[] = {case_child(&spec, 0), case_child(&spec, 1), case_child(&spec, 2)};
    struct node own[] = {case_child(&metadata, 1), case_child(&metadata, 2)};
    check_success("file", strlist_add(&report.files, "t.yaml", &err), &err);
    check_success("file", strlist_add(&report.files, "s.sh", &err), &err);
    report_carried(&report, &fields[2], "B b", "spec.d");
    report_carried(&report, &fields[0], "B b", "spec.b");
    report_carried(&report, &fields[1], "C c", "spec.c");
    report_add(&report, &own[0], FATE_NEEDLESS, "the cluster writes it");
    report_add(&report, &own[1], FATE_NEEDLESS, "the cluster writes it");
    report_add_line(&report, (struct mark){"s.sh", 7, 1}, FATE_KEPT, "not read");
    report_add_line(&report, (struct mark){"s.sh", 3, 1}, FATE_KEPT, "not read");
    report_add_line(&report, (struct mark){"s.sh", 5, 1}, FATE_KEPT, "another reason");
    report_add_line(&report, (struct mark){"s.sh", 9, 1}, FATE_MANUAL, "check it");
    report_add_line(&report, (struct mark){"s.sh", 8, 1}, FATE_MANUAL, "check it");
    report_sort(&report);

    buf_init(&out, CASE_TEXT_MAX);
    report_print_text(&report, false, &out);
    check_text("short", buf_text(&out),
               "s.sh:8:1: needs manual attention: check it\n"
               "s.sh:9:1: needs manual attention: check it\n"
               "t.yaml:3:8: A a: carried: 3 fields to B b, C c\n"
               "s.sh:3:1: 2 lines: kept: not read\n"
               "s.sh:5:1: kept: another reason\n"
               "t.yaml:2:21: A a: not needed: 2 fields: the cluster writes it\n"
               "2 need manual attention, 0 lost, 0 changed, 0 added, 3 carried, 3 kept, 2 not needed; "
               "--report-all prints a line for each\n");

    buf_reset(&out);
    report_print_text(&report, true, &out);
    check_text("all", buf_text(&out),
               "s.sh:8:1: needs manual attention: check it\n"
               "s.sh:9:1: needs manual attention: check it\n"
               "t.yaml:3:8: spec.b: carried as spec.b of B b\n"
               "t.yaml:3:14: spec.c: carried as spec.c of C c\n"
               "t.yaml:3:20: spec.d: carried as spec.d of B b\n"
               "s.sh:3:1: kept: not read\n"
               "s.sh:5:1: kept: another reason\n"
               "s.sh:7:1: kept: not read\n"
               "t.yaml:2:21: metadata.uid: not needed: the cluster writes it\n"
               "t.yaml:2:29: metadata.generation: not needed: the cluster writes it\n"
               "2 need manual attention, 0 lost, 0 changed, 0 added, 3 carried, 3 kept, 2 not needed\n");
}

TEST(report_needs_attention__of_each_fate__only_lost_and_manual)
{
    static const struct {
        enum fate fate;
        bool expected;
    } cases[] = {{FATE_CARRIED, false},  {FATE_CHANGED, false}, {FATE_ADDED, false}, {FATE_KEPT, false},
                 {FATE_NEEDLESS, false}, {FATE_LOST, true},     {FATE_MANUAL, true}};
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(report) report = {0};
        if (cases[i].fate != FATE_CARRIED)
            report_add_line(&report, (struct mark){"f", 1, 1}, cases[i].fate, "x");
        if (report_needs_attention(&report) != cases[i].expected)
            fail_msg("%s", fate_name(cases[i].fate));
    }
}

TEST(report_sweep__of_unaccounted_values__reports_them_as_lost)
{
    AUTO(yaml_documents) documents = {0};
    AUTO(report) report = {0};
    AUTO(buf) out;
    read_text("a: {b: 1, c: [2, 3]}\nd: {}\ne: {f: {g: 4}}\nh: null\n", &documents);
    struct document document = document_of("t.yaml", &documents.items[0], NULL);
    struct node root = node_root(&document);
    struct node a = case_child(&root, 0);
    struct node e = case_child(&root, 2);
    struct node c = case_child(&a, 1);
    struct node last = case_child(&c, 1);
    report_account(&report, &e);
    report_account(&report, &last);
    report_note(&report, &root, FATE_MANUAL, "a note accounts for nothing");
    report_sweep(&report, &root);
    report_sort(&report);
    buf_init(&out, CASE_TEXT_MAX);
    report_print_text(&report, true, &out);
    check_text("sweep", buf_text(&out),
               "t.yaml:1:1: needs manual attention: a note accounts for nothing\n"
               "t.yaml:1:5: a.b: lost: nothing corresponds to it now\n"
               "t.yaml:1:15: a.c[0]: lost: nothing corresponds to it now\n"
               "t.yaml:2:1: d: lost: nothing corresponds to it now\n"
               "t.yaml:4:1: h: lost: nothing corresponds to it now\n"
               "1 needs manual attention, 4 lost, 0 changed, 0 added, 0 carried, 0 kept, 0 not needed\n");
}

TEST(tree__put_get_append_order)
{
    static const char *const order[] = {"spec", "absent", "a", NULL};
    AUTO(json) object = json_object();
    assert_int_equal(tree_put(object, "a.b.c", json_integer(1)), 0);
    assert_int_equal(tree_put_key(object, "a.b", "x.y/z", json_integer(2)), 0);
    assert_int_equal(tree_append(object, "spec.list", json_integer(3)), 0);
    assert_int_equal(tree_append(object, "spec.list", json_integer(4)), 0);
    assert_int_equal(tree_put(object, "a.b.c.d", json_integer(5)), -1); /* c is not an object */
    assert_int_equal(tree_append(object, "a.b.c", json_integer(5)), -1);
    assert_int_equal(tree_put(object, "z", NULL), -1);
    assert_int_equal(json_integer_value(tree_get(object, "a.b.c")), 1);
    assert_null(tree_get(object, "a.none.c"));
    assert_int_equal(json_array_size(tree_get(object, "spec.list")), 2);
    assert_int_equal(tree_order(object, order), 0);
    AUTO(string) text = json_dumps(object, JSON_COMPACT);
    check_text("order", text, JSON({"spec":{"list":[3,4]},"a":{"b":{"c":1,"x.y/z":2}}}));
}

static unsigned count_slices(const struct layout *layout)
{
    unsigned slices = 0;
    for (size_t i = 0; i < layout->count; i++)
        slices += layout->entries[i].count;
    return slices;
}

TEST(mig_layout_find__shipped_and_own_names__layout_or_none)
{
    AUTO(gpu_table) gpus = NULL;
    AUTO(json)
    own = json_pack("{s:[{s:i, s:i}], s:[{s:i}], s:[{s:i}], s:[{s:i}], s:[{s:i}, {s:i}], s:[]}", "ours", "1g.5gb", 4,
                    "3g.20gb", 1, "other-gpu", "1g.18gb", 7, "none", "1g.5gb", 0, "too-much", "3g.20gb", 3, "by-filter",
                    "1g.10gb", 7, "1g.5gb", 7, "some-gpus");
    static const struct {
        const char *gpu, *name;
        unsigned slices; /* 0: none */
        size_t kinds;
    } cases[] = {
        {"a100-40gb", "all-1g.5gb", 7, 1},
        {"a100-40gb", "all-1g.5gb.me", 1, 1},
        {"a100-40gb", "all-1g.10gb", 4, 1},
        {"h100-80gb", "all-1g.10gb", 7, 1},
        {"h100-80gb", "all-balanced", 4, 3},
        {"a30-24gb", "all-balanced", 3, 2},
        {"rtx-pro-6000-blackwell-96gb", "all-balanced", 3, 2},
        {"rtx-pro-6000-blackwell-96gb", "all-1g.24gb-me", 4, 1},
        {"rtx-pro-6000-blackwell-96gb", "all-1g.24gb.me.all", 1, 1},
        {"a100-40gb", "ours", 5, 2},
        {"a100-40gb", "other-gpu", 0, 0},
        {"a100-40gb", "by-filter", 7, 1},
        {"h100-80gb", "by-filter", 7, 1},
        {"a30-24gb", "by-filter", 0, 0},
        {"a100-40gb", "some-gpus", 0, 0},
        {"a100-40gb", "none", 0, 0},
        {"a100-40gb", "too-much", 0, 0},
        {"a100-40gb", "all-1g.18gb", 0, 0},
        {"a100-40gb", "all-disabled", 0, 0},
        {"a100-40gb", "all-enabled", 0, 0},
        {"a100-40gb", "all-1g.5g", 0, 0},
        {"a100-40gb", "1g.5gb", 0, 0},
        {"t4", "all-1g.5gb", 0, 0},
        {"t4", "all-balanced", 0, 0},
    };
    struct err err;
    check_success("table", gpu_table_load(&gpus, &err), &err);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct layout layout = {0};
        bool found = mig_layout_find(gpu_find(gpus, cases[i].gpu), cases[i].name, own, &layout);
        if (found != (cases[i].slices > 0) || count_slices(&layout) != cases[i].slices ||
            layout.count != cases[i].kinds)
            fail_msg("%s on %s: %d, %u slices", cases[i].name, cases[i].gpu, found, count_slices(&layout));
    }
}

TEST(mig_layout_only_gpu__one_or_several)
{
    AUTO(gpu_table) gpus = NULL;
    size_t count;
    struct err err;
    check_success("table", gpu_table_load(&gpus, &err), &err);
    const struct gpu_model *only = mig_layout_only_gpu(gpus, "all-1g.5gb", NULL, &count);
    assert_non_null(only);
    check_text("only", only->id, "a100-40gb");
    assert_null(mig_layout_only_gpu(gpus, "all-1g.10gb", NULL, &count));
    assert_int_equal(count, 3);
    assert_null(mig_layout_only_gpu(gpus, "all-9g.9gb", NULL, &count));
    assert_int_equal(count, 0);
}

struct script {
    struct source source;
    struct report report;
    struct problems problems;
    int result;
    struct err err;
};

static void read_script(struct script *script, const char *name, const char *text)
{
    AUTO(temp_dir) folder = temp_dir_new();
    AUTO(string) path = temp_path(folder, name);
    *script = (struct script){0};
    temp_write(folder, name, text);
    script->result = source_read(&script->source, path, &script->report, &script->problems, &script->err);
}

static void script_fini(struct script *script)
{
    source_fini(&script->source);
    report_fini(&script->report);
    problems_fini(&script->problems);
}

TEST(source_read__label_lines__words)
{
    static const struct {
        const char *text, *words; /* NULL: no command */
        unsigned line;
    } cases[] = {
        {"kubectl label node a b=c\n", "kubectl|label|node|a|b=c", 1},
        {"# x\n\n  $ kubectl label no a \"b=c d\" 'e=f' # g\n", "kubectl|label|no|a|b=c d|e=f", 3},
        {"kubectl label nodes a \\\n  b=c\\\n d=e", "kubectl|label|nodes|a|b=c|d=e", 1},
        {"kubectl label node/a b=\"c\"d;echo x\n", "kubectl|label|node/a|b=cd", 1},
        {"kubectl label node a b=c && x || y > z\n", "kubectl|label|node|a|b=c", 1},
        {"kubectl label node a 'b=c\n", "kubectl|label|node|a|b=c\n", 0},
        {"kubectl label pod a b=c\n", NULL, 0},
        {"kubectl label\n", NULL, 0},
        {"kubectl get nodes\n", NULL, 0},
        {"#!/bin/sh\necho kubectl label node a b=c\n", NULL, 0},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct script script;
        AUTO(buf) words;
        read_script(&script, "run.sh", cases[i].text);
        buf_init(&words, CASE_TEXT_MAX);
        assert_int_equal(script.result, 0);
        assert_int_equal(script.source.command_count, cases[i].words ? 1 : 0);
        for (size_t j = 0; cases[i].words && j < script.source.commands[0].words.count; j++)
            buf_addf(&words, "%s%s", j ? "|" : "", script.source.commands[0].words.items[j]);
        if (cases[i].line > 0) {
            check_text(cases[i].text, buf_text(&words), cases[i].words);
            assert_int_equal(script.source.commands[0].mark.line, cases[i].line);
        }
        script_fini(&script);
    }
}

TEST(source_read__here_document__positions_of_the_file)
{
    struct script script;
    read_script(&script, "run.sh",
                "kubectl apply -f - <<EOF\nkind: A\nmetadata: {name: a}\nEOF\nls\n"
                "kubectl create -f - <<-'END'\nkind: B\n\tEND\nkubectl exec x <<E\nnot: [yaml\nE\n");
    assert_int_equal(script.result, 0);
    const struct source_object *first = script.source.first;
    assert_non_null(first);
    assert_non_null(first->next);
    check_text("kind", first->kind, "A");
    check_text("name", first->name, "a");
    assert_int_equal(first->node.mark->line, 2);
    check_text("kind", first->next->kind, "B");
    assert_int_equal(first->next->node.mark->line, 7);
    assert_null(first->next->next);
    assert_int_equal(script.report.count, 4); /* two here-documents that are read, one that is not, and `ls` */
    script_fini(&script);
}

TEST(source_read__unreadable__reported_with_the_position)
{
    static const struct {
        const char *name, *text, *complaint;
        unsigned line;
    } cases[] = {
        {"a.yaml", "kind: A\nkind: B\n", "is given twice", 2},
        {"a.yaml", "---\n- 1\n", "is not an object", 2},
        {"a.yaml", "a: [\n", "", 2},
        {"a.sh", "kubectl apply -f - <<E\na: 1\na: 2\nE\n", "is given twice", 3},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct script script;
        read_script(&script, cases[i].name, cases[i].text);
        assert_int_equal(script.result, -1);
        assert_int_equal(script.err.code, ERR_INVALID);
        assert_int_equal(script.problems.count, 1);
        if (script.problems.items[0].line != cases[i].line ||
            !strstr(script.problems.items[0].text, cases[i].complaint))
            fail_msg("%s: %u: %s", cases[i].text, script.problems.items[0].line, script.problems.items[0].text);
        script_fini(&script);
    }
}

/* Returns the shortest time of several runs, because other load on the machine only adds time. */
static double seconds_to_walk(unsigned members)
{
    AUTO(json) object = json_object();
    double least = 1e9;
    for (unsigned i = 0; i < members; i++) {
        char key[32];
        (void)snprintf(key, sizeof(key), "a%u", i);
        assert_int_equal(json_object_set_new(object, key, json_true()), 0);
    }
    struct yaml_mark mark = {.line = 1};
    struct node root = {.value = object, .mark = &mark};
    for (unsigned run = 0; run < 5; run++) {
        clock_t start = clock();
        size_t seen = 0;
        NODE_MEMBERS(root, member)
            seen += member.index == seen;
        double took = (double)(clock() - start) / CLOCKS_PER_SEC;
        assert_int_equal(seen, members);
        least = took < least ? took : least;
    }
    return least;
}

TEST(node_members__many__linear_time)
{
    double few = seconds_to_walk(5000);
    double many = seconds_to_walk(80000); /* 16 times as many; quadratic time would be 256 times as long */
    if (many > few * 128 + 0.05)
        fail_msg("5,000 members take %.6f s, 80,000 take %.6f s", few, many);
}

/* Policy sets: which documents belong to a set, references, order and revision, and that one load reports the mistakes
 * of all files. */
#include "tests/support/policy_fixture.h"

#define POOL(name, spec)   API "kind: SlicePool\nmetadata: {name: " name "}\nspec: " spec "\n"
#define CLASS(name, spec)  API "kind: SliceClass\nmetadata: {name: " name "}\nspec: " spec "\n"
#define POLICY(name, spec) API "kind: SlicePolicy\nmetadata: {name: " name "}\nspec: " spec "\n"
#define THIRDS             "{gpu: t4, sharing: {timeSlicing: {replicas: 3}}}"

/* clang-format off */
static const struct broken broken_documents[] = {
{"apiVersion missing",
"kind: SlicePool\n"
"metadata: {name: x}\n",
"p.yaml:1:1: apiVersion is missing, must be gpuslice.dev/v1alpha1\n"},
{"apiVersion of another version",
"apiVersion: gpuslice.dev/v1\n"
"kind: SlicePool\n"
"metadata: {name: x}\n",
"p.yaml:1:13: apiVersion: is \"gpuslice.dev/v1\", must be gpuslice.dev/v1alpha1\n"},
{"apiVersion a number",
"apiVersion: 1\n"
"kind: SlicePool\n",
"p.yaml:1:13: apiVersion: is an integer, must be a string; put it in quotes\n"},
{"kind missing",
"apiVersion: gpuslice.dev/v1alpha1\n"
"metadata: {name: x}\n",
"p.yaml:1:1: kind is missing, must be SlicePool, SliceClass, SlicePolicy, SliceSettings or SliceTest\n"},
{"kind mistyped",
"apiVersion: gpuslice.dev/v1alpha1\n"
"kind: SlicePools\n"
"metadata: {name: x}\n",
"p.yaml:2:7: kind: is \"SlicePools\", must be SlicePool, SliceClass, SlicePolicy, SliceSettings or SliceTest\n"},
{"kind a list",
"apiVersion: gpuslice.dev/v1alpha1\n"
"kind: []\n",
"p.yaml:2:7: kind: is a list, must be a string\n"},
{"another object",
"apiVersion: v1\n"
"kind: ConfigMap\n"
"metadata: {name: x}\n"
"data: {}\n",
"p.yaml:1:13: apiVersion: is \"v1\", must be gpuslice.dev/v1alpha1\n"},
{"a list",
"- a\n",
"p.yaml:1:1: is a list, must be an object\n"},
{"metadata missing",
"apiVersion: gpuslice.dev/v1alpha1\n"
"kind: SlicePool\n"
"spec: {gpu: t4, sharing: {whole: {}}}\n",
"p.yaml:1:1: field \"metadata\" is missing\n"},
{"name missing",
"apiVersion: gpuslice.dev/v1alpha1\n"
"kind: SlicePool\n"
"metadata: {}\n"
"spec: {gpu: t4, sharing: {whole: {}}}\n",
"p.yaml:3:11: metadata: field \"name\" is missing\n"},
{"name with an underscore",
"apiVersion: gpuslice.dev/v1alpha1\n"
"kind: SlicePool\n"
"metadata: {name: t4_thirds}\n"
"spec: {gpu: t4, sharing: {whole: {}}}\n",
"p.yaml:3:18: metadata.name: \"t4_thirds\" must consist of lower-case letters, digits and '-'\n"},
{"name a number",
"apiVersion: gpuslice.dev/v1alpha1\n"
"kind: SlicePool\n"
"metadata: {name: 4}\n"
"spec: {gpu: t4, sharing: {whole: {}}}\n",
"p.yaml:3:18: metadata.name: is an integer, must be a string; put it in quotes\n"},
{"name of 64 characters",
"apiVersion: gpuslice.dev/v1alpha1\n"
"kind: SlicePool\n"
"metadata: {name: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa}\n"
"spec: {gpu: t4, sharing: {whole: {}}}\n",
"p.yaml:3:18: metadata.name: \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\" is longer than 63 characters\n"},
{"class named none",
"apiVersion: gpuslice.dev/v1alpha1\n"
"kind: SliceClass\n"
"metadata: {name: none}\n"
"spec: {pools: [thirds]}\n",
"p.yaml:3:18: metadata.name: \"none\" is reserved: it means no slice, must be another name\n"
"p.yaml:4:16: spec.pools[0]: there is no SlicePool \"thirds\"; there are none of that kind\n"},
{"metadata field unknown",
"apiVersion: gpuslice.dev/v1alpha1\n"
"kind: SlicePool\n"
"metadata: {name: x, namespace: y}\n"
"spec: {gpu: t4, sharing: {whole: {}}}\n",
"p.yaml:3:21: metadata.namespace: unknown field \"namespace\"; known are name, labels, annotations\n"},
{"metadata label bad",
"apiVersion: gpuslice.dev/v1alpha1\n"
"kind: SlicePool\n"
"metadata: {name: x, labels: {a: \"b c\"}}\n"
"spec: {gpu: t4, sharing: {whole: {}}}\n",
"p.yaml:3:33: metadata.labels.a: \"b c\" is not a label value; it must consist of letters, digits, '-', '_' and '.'\n"},
{"spec missing",
"apiVersion: gpuslice.dev/v1alpha1\n"
"kind: SlicePool\n"
"metadata: {name: x}\n",
"p.yaml:1:1: field \"spec\" is missing\n"},
{"status given",
"apiVersion: gpuslice.dev/v1alpha1\n"
"kind: SlicePool\n"
"metadata: {name: x}\n"
"spec: {gpu: t4, sharing: {whole: {}}}\n"
"status: {}\n",
"p.yaml:5:1: status: unknown field \"status\"; known are apiVersion, kind, metadata, spec\n"},
{"policy without spec",
"apiVersion: gpuslice.dev/v1alpha1\n"
"kind: SlicePolicy\n"
"metadata: {name: x}\n",
"p.yaml:1:1: gives no pod a class, must have classes.default or classes.allowed; both can be left out only if visibleDevices is guard\n"},
{"duplicate key",
"apiVersion: gpuslice.dev/v1alpha1\n"
"kind: SlicePool\n"
"metadata: {name: x}\n"
"spec: {gpu: t4, gpu: l4}\n",
"p.yaml:4:17: key \"gpu\" is given twice, first on line 4\n"},
{"anchor and alias",
"apiVersion: gpuslice.dev/v1alpha1\n"
"kind: SlicePool\n"
"metadata: {name: x}\n"
"spec: {gpu: &g t4, sharing: *g}\n",
"p.yaml:4:13: anchor &g: anchors are not supported here; write the value out wherever it is used\n"
"p.yaml:4:29: alias *g: aliases are not supported here; write the value out\n"},
{"no YAML",
"a: [\n",
"p.yaml:2:1: not YAML: did not find expected node content while parsing a flow node that begins on line 2\n"},
{"the name of another",
"apiVersion: gpuslice.dev/v1alpha1\n"
"kind: SlicePool\n"
"metadata: {name: x}\n"
"spec: {gpu: t4, sharing: {whole: {}}}\n"
"---\n"
"apiVersion: gpuslice.dev/v1alpha1\n"
"kind: SlicePool\n"
"metadata:\n"
"  name: x\n"
"spec: {gpu: l4, sharing: {whole: {}}}\n",
"p.yaml:9:9: metadata.name: there is a SlicePool \"x\" already, at p.yaml:3; must be another name\n"},
};
/* clang-format on */

TEST(policy_set_load__broken_documents__every_mistake_at_its_position)
{
    for (size_t i = 0; i < ARRAY_SIZE(broken_documents); i++)
        expect_problems(broken_documents[i].name, broken_documents[i].yaml, broken_documents[i].problems);
}

/* The shipped policies. Tests run from the repository's root. */

TEST(policy_set_load__shipped_policies__no_problem)
{
    AUTO(policy_fixture) loaded = load_folder("policies");
    const struct policy_set *set = expect_set(&loaded);
    assert_string_equal(loaded.problems, "");
    assert_int_equal(set->pool_count, 9);
    assert_int_equal(set->class_count, 10);
    assert_int_equal(set->policy_count, 4);
    assert_int_equal(set->files.count, 24);
    assert_int_equal(strlen(set->revision), 12);
}

static const struct {
    const char *name;
    const char *resource;
    int64_t memory_mebibytes;
    bool shared;
} shipped_classes[] = {
    {"a100-1g5gb", "nvidia.com/mig-1g.5gb", 4864, false},
    {"a10g-half", "nvidia.com/gpu.shared", 11514, true},
    {"gpu-whole", "nvidia.com/gpu", 23034, false},
    {"h100-1g10gb", "nvidia.com/mig-1g.10gb", 9984, false},
    {"h100-2g20gb", "nvidia.com/mig-2g.20gb", 20096, false},
    {"h100-3g40gb", "nvidia.com/mig-3g.40gb", 40448, false},
    {"h200-1g18gb", "nvidia.com/mig-1g.18gb", 16384, false},
    {"l4-quarter", "nvidia.com/gpu.shared", 5758, true},
    {"rtx6000-1g24gb", "nvidia.com/mig-1g.24gb", 24192, false},
    {"t4-third", "nvidia.com/gpu", 5120, true},
};

TEST(policy_set_load__shipped_classes__resource_and_memory)
{
    AUTO(policy_fixture) loaded = load_folder("policies");
    const struct policy_set *set = expect_set(&loaded);
    assert_int_equal(set->class_count, ARRAY_SIZE(shipped_classes));
    for (size_t i = 0; i < ARRAY_SIZE(shipped_classes); i++) {
        const struct slice_class *c = &set->classes[i];
        assert_string_equal(c->name, shipped_classes[i].name);
        assert_string_equal(c->resource, shipped_classes[i].resource);
        assert_int_equal(c->memory_bytes >> 20, shipped_classes[i].memory_mebibytes);
        assert_int_equal(c->shared, shipped_classes[i].shared);
    }
}

TEST(policy_set_match__shipped_policies__by_tier)
{
    static const char *const tiers[][2] = {
        {"ml", "ml-teams"}, {"guarded", "guarded"}, {"trial", "trial"}, {"other", "default"}};
    AUTO(policy_fixture) loaded = load_folder("policies");
    const struct policy_set *set = expect_set(&loaded);
    for (size_t i = 0; i < ARRAY_SIZE(tiers); i++) {
        struct keyvalues labels = {0};
        assert_int_equal(keyvalues_set(&labels, "team-tier", tiers[i][0], &loaded.err), 0);
        const struct policy *policy = policy_set_match(set, "a", &labels);
        assert_string_equal(policy->name, tiers[i][1]);
        keyvalues_fini(&labels);
    }
}

/* -- Several files -- */

static void expect_file_problems(const struct text_file *files, const char *problems)
{
    AUTO(policy_fixture) loaded = load_files(files);
    if (strcmp(loaded.problems, problems) != 0)
        fail_msg("found\n%swanted\n%s", loaded.problems, problems);
    assert_null(loaded.set);
    assert_int_equal(loaded.err.code, ERR_INVALID);
}

TEST(policy_set_load__mistakes_in_several_files__all_at_once)
{
    expect_file_problems(FILES({"c.yml", CLASS("c", "{pools: [thirds, gone]}")},
                               {"a/p.yaml", POOL("thirds", "{gpu: t5, sharing: {whole: {}}}")},
                               {"q.yaml", POLICY("q", "{classes: {default: c, allowed: [d, \"c*\"]}}")}),
                         "a/p.yaml:4:13: spec.gpu: there is no GPU \"t5\" in the table; did you mean \"t4\"? `gpuslice "
                         "gpu list` shows all\n"
                         "c.yml:4:24: spec.pools[1]: there is no SlicePool \"gone\"; there is thirds\n"
                         "q.yaml:4:40: spec.classes.allowed[0]: there is no SliceClass \"d\"; did you mean \"c\"?\n");
}

TEST(policy_set_load__one_name_in_two_files__second_names_first)
{
    AUTO(policy_fixture)
    loaded = load_files(FILES({"b.yaml", POOL("x", THIRDS)}, {"a.yaml", "# first\n" POOL("x", THIRDS)},
                              {"c.yaml", CLASS("x", "{pools: [x]}")}));
    assert_null(loaded.set);
    assert_string_equal(
        loaded.problems,
        "b.yaml:3:18: metadata.name: there is a SlicePool \"x\" already, at a.yaml:4; must be another name\n");
}

/* The unreadable file may have the objects that others refer to. */
TEST(policy_set_load__unreadable_file__no_problem_with_references)
{
    expect_file_problems(
        FILES({"c.yaml", CLASS("c", "{pools: [thirds], colour: red}")}, {"p.yaml", "kind: [\n"},
              {"q.yaml", POLICY("q", "{classes: {allowed: [d, \"e*\"]}}")}),
        "c.yaml:4:25: spec.colour: unknown field \"colour\"; known are description, pools, profile, "
        "limits, price, placement, pod\n"
        "p.yaml:2:1: not YAML: did not find expected node content while parsing a flow node that begins "
        "on line 2\n");
}

TEST(policy_set_load__slice_tests__ignored)
{
    AUTO(policy_fixture) loaded = load_text(API "kind: SliceTest\nanything: [goes, here]\n---\n" A_THIRD "---\n");
    assert_int_equal(expect_set(&loaded)->pool_count, 1);
}

TEST(policy_set_load__hidden_and_other_files__not_read)
{
    AUTO(policy_fixture)
    loaded = load_files(
        FILES({"p.yaml", A_THIRD}, {".hidden.yaml", "broken: ["}, {"..data/p.yaml", A_THIRD}, {"notes.txt", "["}));
    assert_int_equal(expect_set(&loaded)->files.count, 1);
}

TEST(policy_set_load__no_object__error)
{
    char folder[FOLDER_SIZE];
    char wanted[256];
    folder_make(folder);
    folder_put(folder, "test.yaml", API "kind: SliceTest\n");
    AUTO(policy_fixture) loaded = load_folder(folder);
    folder_remove(folder);
    assert_null(loaded.set);
    assert_int_equal(loaded.err.code, ERR_INVALID);
    (void)snprintf(wanted, sizeof(wanted),
                   "%s: there is no SlicePool, SliceClass or SlicePolicy in any .yaml or .yml file", folder);
    assert_string_equal(loaded.err.text, wanted);
}

TEST(policy_set_load__no_folder__not_found)
{
    AUTO(policy_fixture) loaded = load_folder("/nonexistent/policies");
    assert_null(loaded.set);
    assert_int_equal(loaded.err.code, ERR_NOT_FOUND);
    assert_string_equal(loaded.err.text, "/nonexistent/policies: No such file or directory");
}

TEST(policy_set_load__objects__sorted_and_located)
{
    AUTO(policy_fixture)
    loaded = load_files(
        FILES({"b.yaml", CLASS("c", "{pools: [p]}") "---\n" CLASS("b", "{pools: [p]}")},
              {"a.yaml",
               POLICY("one", "{classes: {default: b}}") "---\n" POLICY(
                   "two", "{priority: 5, classes: {default: b}}") "---\n" POLICY("three", "{classes: {default: c}}")},
              {"p.yaml", POOL("p", THIRDS)}));
    const struct policy_set *set = expect_set(&loaded);
    assert_string_equal(set->classes[0].name, "b");
    assert_string_equal(set->classes[1].name, "c");
    assert_int_equal(set->classes[0].mark.line, 8);
    assert_ptr_equal(set->classes[0].mark.file, set->files.items[1]);
    assert_string_equal(set->policies[0].name, "two");
    assert_string_equal(set->policies[1].name, "one");
    assert_string_equal(set->policies[2].name, "three");
    assert_ptr_equal(policy_set_class(set, "c"), &set->classes[1]);
    assert_null(policy_set_class(set, "x"));
}

TEST(policy_set_match__none_matches__null)
{
    AUTO(policy_fixture)
    loaded = load_text(POOL("p", THIRDS) "---\n" CLASS("c", "{pools: [p]}") "---\n" POLICY(
        "low", "{classes: {default: c}, namespaces: {names: [a, b]}}") "---\n" POLICY("high",
                                                                                      "{priority: 1, classes: "
                                                                                      "{default: c}, namespaces: "
                                                                                      "{names: [b]}}"));
    const struct policy_set *set = expect_set(&loaded);
    struct keyvalues labels = {0};
    assert_string_equal(policy_set_match(set, "a", &labels)->name, "low");
    assert_string_equal(policy_set_match(set, "b", &labels)->name, "high");
    assert_null(policy_set_match(set, "c", &labels));
}

TEST(policy_set_unref__of_two_references__freed_with_the_last)
{
    AUTO(policy_fixture) loaded = load_text(A_THIRD);
    struct policy_set *second = policy_set_ref(expect_set(&loaded));
    policy_set_unref(loaded.set);
    loaded.set = NULL;
    assert_string_equal(second->pools[0].name, "thirds");
    policy_set_unref(second);
    policy_set_unref(NULL);
}

/* -- Revision -- */

static void revision_of(const struct text_file *files, char revision[REVISION_SIZE])
{
    AUTO(policy_fixture) loaded = load_files(files);
    memcpy(revision, expect_set(&loaded)->revision, REVISION_SIZE);
}

/* Loads the text as by a release whose table has that version; NULL: that of this one. */
static void revision_with_table(const char *text, const char *version, char revision[REVISION_SIZE])
{
    AUTO(gpu_table) gpus = NULL;
    AUTO(policy_set) set = NULL;
    AUTO(problems) problems = {0};
    char folder[FOLDER_SIZE];
    struct err err;
    folder_make(folder);
    folder_put(folder, "p.yaml", text);
    assert_int_equal(gpu_table_load(&gpus, &err), 0);
    gpus->version = version ? version : gpus->version;
    assert_int_equal(policy_set_load(folder, gpus, &set, &problems, &err), 0);
    memcpy(revision, set->revision, REVISION_SIZE);
    folder_remove(folder);
}

#define FIRST_FORM POOL("p", THIRDS)
#define SECOND_FORM                                                                                                  \
    "# why\nkind: SlicePool\nspec:\n  sharing: {timeSlicing: {replicas: 0x3}} # three\n  gpu: \"t4\"\nmetadata:\n  " \
    "name: p\n"                                                                                                      \
    "apiVersion: gpuslice.dev/v1alpha1\n"

TEST(policy_set_load__same_objects_written_otherwise__same_revision)
{
    char first[REVISION_SIZE];
    char second[REVISION_SIZE];
    revision_of(FILES({"a.yaml", FIRST_FORM "---\n" CLASS("c", "{pools: [p]}")}), first);
    revision_of(
        FILES({"z.yml", SECOND_FORM}, {"b/c.yaml", API "kind: SliceTest\n---\n" CLASS("c", "\n  pools:\n  - p")}),
        second);
    assert_string_equal(first, second);
}

TEST(policy_set_load__another_value__another_revision)
{
    char first[REVISION_SIZE];
    char second[REVISION_SIZE];
    revision_of(FILES({"a.yaml", POOL("p", "{gpu: t4, sharing: {timeSlicing: {replicas: 3}}}")}), first);
    revision_of(FILES({"a.yaml", POOL("p", "{gpu: t4, sharing: {timeSlicing: {replicas: 4}}}")}), second);
    assert_string_not_equal(first, second);
}

/* A release with other prices may choose another class, so it must not have the same revision. */
TEST(policy_set_load__prices_of_the_table__part_of_the_revision_where_they_choose)
{
    static const struct {
        const char *name, *of_a, *of_b, *allowed;
        bool depends;
    } cases[] = {
        {"two classes without a price", "", "", "[a, b]", true},
        {"one of two", ", price: \"1\"", "", "[a, b]", true},
        {"none of two", ", price: \"1\"", ", price: \"2\"", "[a, b]", false},
        {"one class, among which nothing chooses", "", ", price: \"1\"", "[a]", false},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(string) text = NULL;
        char revisions[2][REVISION_SIZE];
        assert_true(asprintf(&text,
                             "%s---\n" API "kind: SliceClass\nmetadata: {name: a}\nspec: {pools: [p]%s}\n---\n" API
                             "kind: SliceClass\nmetadata: {name: b}\nspec: {pools: [p]%s}\n---\n" API
                             "kind: SlicePolicy\nmetadata: {name: q}\nspec: {classes: {allowed: %s}}\n",
                             FIRST_FORM, cases[i].of_a, cases[i].of_b, cases[i].allowed) > 0);
        for (size_t round = 0; round < 2; round++)
            revision_with_table(text, round == 0 ? NULL : "another", revisions[round]);
        if ((strcmp(revisions[0], revisions[1]) != 0) != cases[i].depends)
            fail_msg("%s: %s, %s", cases[i].name, revisions[0], revisions[1]);
    }
}

TEST(policy_set_load__limits_over_a_node__warned)
{
    static const struct {
        const char *name, *types, *limits, *warning;
    } cases[] = {
        {"as many as a node has", "[g4dn.xlarge]", "{perPod: 3}", NULL},
        {"more", "[g4dn.xlarge]", "{perPod: 4}",
         "spec.limits.perPod: is 4, but no node of its pools has more than 3 slices"},
        {"the largest node counts", "[g4dn.xlarge, g4dn.12xlarge]", "{perPod: 12}", NULL},
        {"more than the largest", "[g4dn.xlarge, g4dn.12xlarge]", "{perPod: 13}",
         "spec.limits.perPod: is 13, but no node of its pools has more than 12 slices"},
        {"no limit", "[g4dn.xlarge]", "{perContainer: 1}", NULL},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(string) text = NULL;
        assert_true(asprintf(&text,
                             API "kind: SlicePool\nmetadata: {name: p}\nspec: {gpu: t4, sharing: {timeSlicing: "
                                 "{replicas: 3}}, nodes: {instanceTypes: %s}}\n---\n" API
                                 "kind: SliceClass\nmetadata: {name: c}\nspec: {pools: [p], limits: %s}\n",
                             cases[i].types, cases[i].limits) > 0);
        AUTO(policy_fixture) loaded = load_text(text);
        const struct problems *warnings = &expect_set(&loaded)->warnings;
        if (warnings->count != (cases[i].warning ? 1 : 0) ||
            (cases[i].warning && !strstr(warnings->items[0].text, cases[i].warning)))
            fail_msg("%s: %s", cases[i].name, warnings->count ? warnings->items[0].text : "no warning");
    }
}

/* Pool a has a startup taint, and b has taints. */
TEST(policy_set_load__startup_taint_that_the_class_tolerates__warned)
{
    static const struct {
        const char *name, *a, *b, *more, *warning;
    } cases[] = {
        {"in nodes.taints", "{key: boot, effect: NoSchedule}", "nodes: {taints: [{key: boot, effect: NoSchedule}]}", "",
         "p.yaml:14:16: spec.pools[0]: SlicePool a has the startup taint boot:NoSchedule, but the pods of the class "
         "tolerate it as a taint of SlicePool b, so they do not wait until it is removed; one of the two must have "
         "another key or effect"},
        {"in taints, of another value", "{key: boot, value: w, effect: NoExecute}",
         "taints: [{key: boot, value: z, effect: NoExecute}]", "", "the startup taint boot:NoExecute"},
        {"the second of two", "{key: x, effect: NoSchedule}, {key: boot, effect: NoSchedule}",
         "nodes: {taints: [{key: boot, effect: NoSchedule}]}", "", "the startup taint boot:NoSchedule"},
        {"another effect", "{key: boot, effect: NoSchedule}", "nodes: {taints: [{key: boot, effect: NoExecute}]}", "",
         NULL},
        {"both at startup", "{key: boot, effect: NoSchedule}",
         "nodes: {startupTaints: [{key: boot, effect: NoSchedule}]}", "", NULL},
        {"a class's own toleration", "{key: boot, effect: NoSchedule}", "nodes: {}",
         ", placement: {tolerations: [{key: boot, operator: Exists}]}", NULL},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(string) text = NULL;
        assert_true(asprintf(&text,
                             API "kind: SlicePool\nmetadata: {name: a}\nspec: {gpu: t4, sharing: {timeSlicing: "
                                 "{replicas: 3}}, nodes: {startupTaints: [%s]}}\n---\n" API
                                 "kind: SlicePool\nmetadata: {name: b}\nspec: {gpu: t4, sharing: {timeSlicing: "
                                 "{replicas: 3}}, %s}\n---\n" API
                                 "kind: SliceClass\nmetadata: {name: c}\nspec: {pools: [a, b]%s}\n",
                             cases[i].a, cases[i].b, cases[i].more) > 0);
        AUTO(policy_fixture) loaded = load_text(text);
        const struct problems *warnings = &expect_set(&loaded)->warnings;
        AUTO(buf) warned = {0};
        buf_init(&warned, 1024);
        problems_print(warnings, &warned);
        if (warnings->count != (cases[i].warning ? 1 : 0) ||
            (cases[i].warning && !strstr(buf_text(&warned), cases[i].warning)))
            fail_msg("%s: %s", cases[i].name, buf_text(&warned));
    }
}

/* The expected value is what `printf CANONICAL_FORM | sha256sum | cut -c1-12` prints. */
TEST(policy_set_load__revision__is_sha256_of_the_canonical_form)
{
    char revision[REVISION_SIZE];
    revision_of(FILES({"a.yaml", FIRST_FORM "---\n" CLASS("c", "{pools: [p]}")}), revision);
    assert_string_equal(revision, "b710efcdeb64");
}

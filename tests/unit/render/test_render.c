/* Rendering of a whole set: weights, contradictions, what is left out, and that the same set always gives the same
 * bytes. tests/server/cli/test_render.c compares the contents of the files. */
#include "render/render.h"
#include "tests/support/policy_fixture.h"

#define A_POOL(name, spec)  API "kind: SlicePool\nmetadata: {name: " name "}\nspec: {" spec "}\n---\n"
#define A_CLASS(name, spec) API "kind: SliceClass\nmetadata: {name: " name "}\nspec: {" spec "}\n---\n"
#define THIRDS              "gpu: t4, sharing: {timeSlicing: {replicas: 3}}"

/* What rendering a set gives: files, or problems and an error. */
struct result {
    struct render_files files;
    char *problems;
    struct err err;
    int status;
};

static void result_fini(struct result *result)
{
    render_files_fini(&result->files);
    free(result->problems);
}
DEFINE_AUTO_FINI(result, struct result, result_fini);

static void render_set(const struct policy_fixture *loaded, const struct render_options *options, struct result *result)
{
    AUTO(problems) problems = {0};
    AUTO(buf) text;
    buf_init(&text, 1 << 20);
    struct render_options given = *options;
    const char *file = expect_set(loaded)->files.items[0];
    AUTO(string) folder = strndup(file, (size_t)(strrchr(file, '/') - file));
    assert_non_null(folder);
    given.directory = folder;
    result->status = render(expect_set(loaded), &given, &result->files, &problems, &result->err);
    problems_print(&problems, &text);
    result->problems = strdup(buf_text(&text));
    assert_non_null(result->problems);
}

/* Removes the names of the temporary folders. */
static void strip_folders(char *text)
{
    for (char *at = strstr(text, "/tmp/gpuslice-test-"); at; at = strstr(at, "/tmp/gpuslice-test-")) {
        char *end = strchr(at + 5, '/');
        assert_non_null(end);
        memmove(at, end + 1, strlen(end + 1) + 1);
    }
}

static void render_text(const char *yaml, struct result *result)
{
    AUTO(policy_fixture) loaded = load_text(yaml);
    render_set(&loaded, &(struct render_options){.cluster = "c"}, result);
    strip_folders(result->problems);
}

static const char *file_text(const struct result *result, const char *name)
{
    for (size_t i = 0; i < result->files.count; i++) {
        if (strcmp(result->files.items[i].name, name) == 0)
            return result->files.items[i].text;
    }
    return NULL;
}

static void expect_weight(const struct result *result, const char *file, int weight)
{
    char line[32];
    const char *text = file_text(result, file);
    (void)snprintf(line, sizeof(line), "\n  weight: %d\n", weight);
    if (!text || !strstr(text, line))
        fail_msg("%s: wanted weight %d in\n%s", file, weight, text ? text : result->problems);
}

TEST(node_pool__weight__by_the_position_in_classes)
{
    AUTO(result) result = {0};
    render_text(A_POOL("a", THIRDS) A_POOL("b", THIRDS) A_POOL("c", THIRDS) A_POOL("d", THIRDS ", nodes: {weight: 90}")
                    A_POOL("lone", THIRDS) A_CLASS("x", "pools: [b, a]") A_CLASS("v", "pools: [d, b, c]")
                        A_CLASS("z", "pools: [a, c]"),
                &result);
    assert_int_equal(result.status, 0);
    expect_weight(&result, "nodepool-d.yaml", 90);
    expect_weight(&result, "nodepool-b.yaml", 50);
    expect_weight(&result, "nodepool-a.yaml", 40);
    expect_weight(&result, "nodepool-c.yaml", 30);
    expect_weight(&result, "nodepool-lone.yaml", 50);
}

TEST(node_overlay__weights__one_unless_given)
{
    AUTO(result) result = {0};
    render_text(A_POOL("a", THIRDS ", nodes: {instanceTypes: [g4dn.xlarge, g4dn.12xlarge]}")
                    A_POOL("b", THIRDS ", nodes: {instanceTypes: [g4dn.xlarge], overlay: {weight: 3}}")
                        A_POOL("c", THIRDS ", nodes: {instanceTypes: [g4dn.xlarge, g4dn.12xlarge]}")
                            A_POOL("whole", "gpu: t4, sharing: {whole: {}}"),
                &result);
    assert_int_equal(result.status, 0);
    expect_weight(&result, "nodeoverlay-a-1gpu.yaml", 10);
    expect_weight(&result, "nodeoverlay-a-4gpu.yaml", 10);
    expect_weight(&result, "nodeoverlay-b-1gpu.yaml", 3);
    expect_weight(&result, "nodeoverlay-c-1gpu.yaml", 10);
    expect_weight(&result, "nodeoverlay-c-4gpu.yaml", 10);
    assert_null(file_text(&result, "nodeoverlay-whole-1gpu.yaml"));
}

#define NO_RESERVATION                                                                                             \
    "its only capacity is reserved, but its node class selects no capacity reservation, so that Karpenter would "  \
    "launch no node; add nodes.nodeClass.capacityReservationSelectorTerms, such as [{id: cr-0123456789abcdef0}], " \
    "or another capacity type\n"

/* clang-format off */
static const struct {
    const char *name, *yaml, *problems;
} contradictions[] = {
{"two pools with the same labels",
 A_POOL("a", THIRDS ", labels: {team: x}") A_POOL("b", "gpu: l4, sharing: {whole: {}}, labels: {team: x}"),
 "p.yaml:8:18: SlicePool b: has the labels of SlicePool a (p.yaml:3), so that nothing tells their nodes apart; must have others\n"},
{"given weights against a class's order",
 A_POOL("a", THIRDS ", nodes: {weight: 10}") A_POOL("b", THIRDS ", nodes: {weight: 20}") A_CLASS("x", "pools: [a, b]"),
 "p.yaml:8:18: SlicePool b has the weight 20 and SlicePool a (p.yaml:3) the weight 10, but SliceClass x (p.yaml:13) names a first; the weight of b must be lower\n"},
{"a given weight above that of a pool that the class names first",
 A_POOL("a", THIRDS) A_POOL("b", THIRDS ", nodes: {weight: 60}") A_CLASS("x", "pools: [a, b]"),
 "p.yaml:8:18: SlicePool b has the weight 60 and SlicePool a (p.yaml:3) the weight 50 (by its places in classes), but SliceClass x (p.yaml:13) names a first; the weight of b must be lower\n"},
{"classes that name pools in opposite orders",
 A_POOL("a", THIRDS) A_POOL("b", THIRDS) A_CLASS("x", "pools: [a, b]") A_CLASS("v", "pools: [b, a]"),
 "p.yaml:18:18: SliceClass v names SlicePool b before a, but SliceClass x (p.yaml:13) the other way round; a NodePool has one weight for all classes, so the order must be the same\n"},
{"a pool named like the configuration of nodes that are not cut",
 A_POOL("default", THIRDS),
 "p.yaml:3:18: SlicePool default: the device plugin's configuration for nodes that are not cut is called default; the pool must have another name\n"},
{"a pool named like the layout without MIG",
 A_POOL("all-disabled", "gpu: a100-40gb, sharing: {mig: {layout: {1g.5gb: 7}}}"),
 "p.yaml:3:18: SlicePool all-disabled: mig-parted's configuration without MIG is called all-disabled; the pool must have another name\n"},
{"a label that a NodePool cannot set",
 A_POOL("a", THIRDS ", labels: {kubernetes.io/hostname: h1}"),
 "p.yaml:3:18: SlicePool a: a NodePool cannot set the pool's label kubernetes.io/hostname: Karpenter refuses kubernetes.io/hostname, because a node has no host name until it exists\n"},
{"reserved capacity without a reservation",
 A_POOL("a", THIRDS ", nodes: {capacityTypes: [reserved]}"),
 "p.yaml:3:18: SlicePool a: " NO_RESERVATION},
{"reserved capacity with no term that selects a reservation",
 A_POOL("a", THIRDS ", nodes: {capacityTypes: [reserved], nodeClass: {capacityReservationSelectorTerms: []}}"),
 "p.yaml:3:18: SlicePool a: " NO_RESERVATION},
{"reserved capacity that is the only one by a requirement",
 A_POOL("a", THIRDS ", nodes: {capacityTypes: [reserved, spot], requirements: [{key: karpenter.sh/capacity-type, operator: NotIn, values: [spot]}]}"),
 "p.yaml:3:18: SlicePool a: " NO_RESERVATION},
{"reserved capacity of one of two pools",
 A_POOL("a", THIRDS) A_POOL("b", "gpu: h100-80gb, sharing: {mig: {layout: {1g.10gb: 7}}}, nodes: {capacityTypes: [reserved], nodeClass: {role: r}}"),
 "p.yaml:8:18: SlicePool b: " NO_RESERVATION},
};
/* clang-format on */

TEST(render__contradictions__problem_names_both_positions)
{
    for (size_t i = 0; i < ARRAY_SIZE(contradictions); i++) {
        AUTO(result) result = {0};
        render_text(contradictions[i].yaml, &result);
        assert_int_equal(result.status, -1);
        assert_int_equal(result.err.code, ERR_INVALID);
        if (strcmp(result.problems, contradictions[i].problems) != 0)
            fail_msg("%s: got\n%swanted\n%s", contradictions[i].name, result.problems, contradictions[i].problems);
    }
}

TEST(render__too_many_pools_in_a_row__refused)
{
    AUTO(buf) yaml;
    AUTO(result) result = {0};
    buf_init(&yaml, 1 << 20);
    for (int i = 0; i < 20; i++)
        buf_addf(&yaml, API "kind: SlicePool\nmetadata: {name: p%02d}\nspec: {" THIRDS "}\n---\n", i);
    buf_add_string(&yaml, API "kind: SliceClass\nmetadata: {name: x}\nspec:\n  pools:\n");
    for (int i = 0; i < 20; i++)
        buf_addf(&yaml, "  - p%02d\n", i);
    render_text(buf_text(&yaml), &result);
    assert_int_equal(result.status, -1);
    assert_non_null(strstr(result.problems, "SlicePool p14 comes after too many others in the classes' orders"));
}

TEST(render__pool_without_instance_types__noted)
{
    AUTO(result) result = {0};
    render_text(A_POOL("a30", "gpu: a30-24gb, sharing: {mig: {layout: {1g.6gb: 4}}}"), &result);
    assert_int_equal(result.status, 0);
    assert_int_equal(result.files.notes.count, 1);
    assert_string_equal(
        result.files.notes.items[0],
        "SlicePool a30: the table has no AWS instance type with the a30-24gb, so there is no NodePool for it");
    assert_null(file_text(&result, "nodepool-a30.yaml"));
    assert_non_null(strstr(file_text(&result, "device-plugin-config.yaml"), "  a30: |\n"));
    assert_non_null(strstr(file_text(&result, "mig-parted-config.yaml"), "1g.6gb: 4\n"));
}

TEST(node_overlay__shares_of_a_gpu__counts_what_karpenter_does_not)
{
    static const struct {
        const char *sharing, *capacity;
    } cases[] = {
        {"whole: {}", "  capacity:\n    nvidia.com/gpu: \"1\"\n"},
        {"timeSlicing: {replicas: 3}", "  capacity:\n    nvidia.com/gpu: \"3\"\n"},
        {"timeSlicing: {replicas: 3, rename: true}",
         "  capacity:\n    nvidia.com/gpu.shared: \"3\"\n    nvidia.com/gpu: \"0\"\n"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(result) result = {0};
        AUTO(string) yaml = NULL;
        assert_true(asprintf(&yaml,
                             A_POOL("a", "gpu: l4, sharing: {%s}, nodes: {instanceTypes: [g6f.xlarge, g6f.large]}"),
                             cases[i].sharing) > 0);
        render_text(yaml, &result);
        assert_int_equal(result.status, 0);
        const char *text = file_text(&result, "nodeoverlay-a-1gpu.yaml");
        assert_non_null(text);
        assert_non_null(strstr(text, "    - g6f.large\n    - g6f.xlarge\n"));
        assert_non_null(strstr(text, cases[i].capacity));
        assert_non_null(strstr(text, "launches none of them"));
        assert_non_null(strstr(file_text(&result, "nodepool-a.yaml"), "NVIDIA's GRID driver"));
    }
}

TEST(node_overlay__g7__per_number_of_gpus)
{
    AUTO(result) result = {0};
    render_text(A_POOL("a", "gpu: rtx-pro-4500-blackwell-32gb, sharing: {mig: {layout: {1g.16gb: 2}}}"), &result);
    assert_int_equal(result.status, 0);
    assert_non_null(strstr(file_text(&result, "nodepool-a.yaml"), "        - rtx-pro-4500\n"));
    assert_non_null(strstr(file_text(&result, "nodeoverlay-a-1gpu.yaml"), "    nvidia.com/mig-1g.16gb: \"2\"\n"));
    assert_non_null(strstr(file_text(&result, "nodeoverlay-a-8gpu.yaml"), "    nvidia.com/mig-1g.16gb: \"16\"\n"));
}

/* Bottlerocket's MIG manager finds the layout by its own name of the GPU. */
TEST(render__mig_on_bottlerocket__named_as_its_mig_manager_does)
{
    static const char *const pools[][3] = {
        {"gpu: a100-40gb", "1g.5gb: 7", "\"a100.40gb\" = \"1g.5gb\""},
        {"gpu: b200-180gb", "1g.23gb: 7", "\"b200.180gb\" = \"1g.23gb\""},
        {"gpu: b200-180gb", "3g.90gb: 2", "\"b200.180gb\" = \"3g.90gb\""},
        {"gpu: b300-269gb", "2g.67gb: 3", "\"b300.269gb\" = \"2g.67gb\""},
        {"gpu: rtx-pro-6000-blackwell-96gb", "1g.24gb: 4", "\"rtxpro6000.96gb\" = \"1g.24gb\""},
        {"gpu: rtx-pro-6000-blackwell-96gb", "4g.96gb: 1", "\"rtxpro6000.96gb\" = \"4g.96gb\""},
    };
    for (size_t i = 0; i < ARRAY_SIZE(pools); i++) {
        AUTO(result) result = {0};
        char yaml[1024];
        (void)snprintf(yaml, sizeof(yaml),
                       A_POOL("p", "%s, sharing: {mig: {strategy: single, layout: {%s}}}, nodes: {nodeClass: "
                                   "{amiFamily: Bottlerocket}}") A_CLASS("c", "pools: [p]"),
                       pools[i][0], pools[i][1]);
        render_text(yaml, &result);
        if (result.status < 0)
            fail_msg("%s", result.problems);
        const char *text = file_text(&result, "ec2nodeclass-p.yaml");
        if (!strstr(text, pools[i][2]) || !strstr(text, "device-partitioning-strategy = \"mig\""))
            fail_msg("%s: not in\n%s", pools[i][2], text);
    }
}

static void expect_nvme(const char *pool, const char *comment)
{
    AUTO(result) result = {0};
    char yaml[1024];
    (void)snprintf(yaml, sizeof(yaml), A_POOL("a", "%s"), pool);
    render_text(yaml, &result);
    const char *text = file_text(&result, "ec2nodeclass-a.yaml");
    if (!text || (comment ? !strstr(text, comment) : strstr(text, "NVMe") != NULL))
        fail_msg("%s: wanted %s in\n%s", pool, comment ? comment : "nothing about NVMe", text ? text : result.problems);
}

TEST(ec2_node_class__local_disks__said_unless_a_policy_is_given)
{
    expect_nvme(THIRDS ", nodes: {instanceTypes: [g4dn.xlarge]}",
                "# Local NVMe disks are not used: g4dn.xlarge (125 GB).\n# To put images, logs and emptyDir volumes on "
                "them, set nodes.nodeClass.instanceStorePolicy: RAID0.\n");
    expect_nvme("gpu: h100-80gb, sharing: {whole: {}}, nodes: {instanceTypes: [p5.4xlarge, p5.48xlarge]}",
                "# Local NVMe disks are not used: p5.4xlarge (3800 GB), p5.48xlarge (30400 GB).\n");
    expect_nvme(
        "gpu: l4, sharing: {whole: {}}, nodes: {instanceTypes: [g6.xlarge], nodeClass: {amiFamily: Bottlerocket}}",
        "# Local NVMe disks are not used: g6.xlarge (250 GB).\n");
    expect_nvme("gpu: l4, sharing: {whole: {}}",
                "# Local NVMe disks are not used: g6.xlarge (250 GB), g6.2xlarge (450 GB), g6.4xlarge (600 GB),\n"
                "# g6.8xlarge (900 GB), ");
    expect_nvme("gpu: v100, sharing: {whole: {}}, nodes: {instanceTypes: [p3.2xlarge]}", NULL);
    expect_nvme("gpu: t4g, sharing: {whole: {}}", NULL);
    expect_nvme(THIRDS ", nodes: {nodeClass: {instanceStorePolicy: RAID0}}", NULL);
}

static void expect_reserved(const char *nodes, size_t notes, bool comment)
{
    AUTO(result) result = {0};
    char yaml[1024];
    (void)snprintf(yaml, sizeof(yaml), A_POOL("a", THIRDS ", nodes: {%s}"), nodes);
    render_text(yaml, &result);
    size_t found = 0;
    for (size_t i = 0; i < result.files.notes.count; i++)
        found += strstr(result.files.notes.items[i], "reservation") != NULL;
    if (result.status != 0 || found != notes)
        fail_msg("%s: %zu notes\n%s", nodes, found, result.problems);
    const char *text = file_text(&result, "nodepool-a.yaml");
    assert_int_equal(strstr(text, "must have capacityReservationSelectorTerms") != NULL, comment);
}

TEST(render__reserved_capacity__noted_unless_a_reservation_is_selected)
{
    expect_reserved("capacityTypes: [reserved, on-demand]", 1, false);
    expect_reserved("capacityTypes: [spot, reserved], nodeClass: {role: r}", 1, false);
    expect_reserved("capacityTypes: [on-demand, spot]", 0, false);
    expect_reserved(
        "capacityTypes: [reserved], nodeClass: {capacityReservationSelectorTerms: [{id: cr-0123456789abcdef0}]}", 0,
        false);
    expect_reserved("capacityTypes: [reserved], nodeClass: {name: gpu}", 0, true);
    expect_reserved("nodeClass: {capacityReservationSelectorTerms: [{id: cr-0123456789abcdef0}]}", 1, false);
    expect_reserved("capacityTypes: [spot, on-demand], nodeClass: {capacityReservationSelectorTerms: [{tags: {a: b}}]}",
                    1, false);
    expect_reserved(
        "capacityTypes: [on-demand, reserved], nodeClass: {capacityReservationSelectorTerms: [{tags: {a: b}}]}", 0,
        false);
}

TEST(render__label_that_karpenter_sets__left_out)
{
    AUTO(result) result = {0};
    render_text(A_POOL("a", THIRDS ", labels: {karpenter.sh/nodepool: a}"), &result);
    assert_int_equal(result.status, 0);
    const char *text = file_text(&result, "nodepool-a.yaml");
    assert_null(strstr(text, "karpenter.sh/nodepool:"));
}

static void expect_same(const struct result *a, const struct result *b)
{
    assert_int_equal(a->files.count, b->files.count);
    for (size_t i = 0; i < a->files.count; i++) {
        assert_string_equal(a->files.items[i].name, b->files.items[i].name);
        assert_string_equal(a->files.items[i].text, b->files.items[i].text);
    }
}

TEST(render__twice_and_in_another_order__same_bytes)
{
    static const char forwards[] =
        A_POOL("a", THIRDS) A_POOL("b", "gpu: a100-40gb, sharing: {mig: {layout: {1g.5gb: 7}}}") A_POOL("c", THIRDS)
            A_CLASS("x", "pools: [a, c]") A_CLASS("v", "pools: [b]");
    static const char backwards[] = A_CLASS("v", "pools: [b]") A_CLASS("x", "pools: [a, c]") A_POOL("c", THIRDS)
        A_POOL("b", "sharing: {mig: {layout: {1g.5gb: 7}}}, gpu: a100-40gb") A_POOL("a", THIRDS);
    AUTO(result) first = {0};
    AUTO(result) second = {0};
    AUTO(result) third = {0};
    render_text(forwards, &first);
    render_text(forwards, &second);
    render_text(backwards, &third);
    assert_int_equal(first.status, 0);
    assert_true(first.files.count > 10);
    expect_same(&first, &second);
    expect_same(&first, &third);
}

TEST(render__one_pool__as_with_all)
{
    AUTO(policy_fixture) loaded = load_text(
        A_POOL("a", THIRDS) A_POOL("b", "gpu: t4, sharing: {whole: {}}, nodes: {overlay: {priceAdjustment: \"-10%\"}}")
            A_CLASS("x", "pools: [b, a]"));
    AUTO(result) all = {0};
    AUTO(result) one = {0};
    struct render_options options = {.cluster = "c"};
    struct err err;
    render_set(&loaded, &options, &all);
    assert_int_equal(strlist_add(&options.pools, "b", &err), 0);
    render_set(&loaded, &options, &one);
    strlist_fini(&options.pools);
    assert_int_equal(one.status, 0);
    assert_int_equal(one.files.count, 2 + 3); /* NodePool, EC2NodeClass; overlays of 1, 4 and 8 GPUs */
    for (size_t i = 0; i < one.files.count; i++)
        assert_string_equal(one.files.items[i].text, file_text(&all, one.files.items[i].name));
}

TEST(render__kwok__its_node_class_and_no_layout_taint)
{
    AUTO(policy_fixture) loaded = load_text(A_POOL("a", THIRDS));
    AUTO(result) result = {0};
    render_set(&loaded, &(struct render_options){.node_class = RENDER_KWOK}, &result);
    assert_int_equal(result.status, 0);
    const char *text = file_text(&result, "nodepool-a.yaml");
    assert_non_null(
        strstr(text, "        group: karpenter.kwok.sh\n        kind: KWOKNodeClass\n        name: default\n"));
    assert_null(strstr(text, "startupTaints"));
    assert_null(file_text(&result, "layout-ready-daemonset.yaml"));
    assert_null(file_text(&result, "ec2nodeclass-a.yaml"));
    assert_non_null(file_text(&result, "kwoknodeclass-default.yaml"));
}

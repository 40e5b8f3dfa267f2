/* `gpuslice render`: its output, byte for byte (tests/render), how it treats existing files, and exit statuses. With
 * GOLDEN_UPDATE=1 in the environment, replaces the expected files with the rendered ones: read the diff. */
#include "base/file.h"
#include "base/strlist.h"
#include "tests/support/check.h"
#include "tests/support/cli.h"
#include "tests/support/temp_dir.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define POOL_WITH(node_class)                                                                                 \
    "apiVersion: gpuslice.dev/v1alpha1\nkind: SlicePool\nmetadata: {name: thirds}\nspec: {gpu: t4, sharing: " \
    "{timeSlicing: {replicas: 3}}, nodes: {instanceTypes: [g4dn.xlarge], nodeClass: {" node_class "}}}\n"
#define POOL POOL_WITH("amiVersion: v20260917")

/* -- Golden folders -- */

static const struct golden_render {
    const char *folder;
    const char *arguments[12];
} renders[] = {
    {"tests/render/shipped",
     {"render", "--policies", "policies", "--cluster", "example", "--quota", "--dra", "--guard"}},
    {"tests/render/every-field/rendered",
     {"render", "--policies", "tests/render/every-field/policies", "--cluster", "example", "--quota", "--dra",
      "--guard"}},
    {"tests/render/kwok", {"render", "--policies", "policies", "--node-class", "kwok", "--guard=gpu-only"}},
};

static void render_into(const struct golden_render *golden, const char *folder)
{
    AUTO(program_output) output = {0};
    const char *arguments[16] = {0};
    size_t count = 0;
    while (golden->arguments[count]) {
        arguments[count] = golden->arguments[count];
        count++;
    }
    arguments[count++] = "-d";
    arguments[count] = folder;
    cli_run(arguments, NULL, &output);
    if (output.status != 0)
        fail_msg("%s: ended with %d: %s", golden->folder, output.status, buf_text(&output.errors));
}

static void list_files(const char *folder, struct strlist *ret_paths)
{
    static const char *const suffixes[] = {".yaml", NULL};
    struct err err;
    if (file_list(folder, suffixes, ret_paths, &err) < 0)
        fail_msg("%s", err.text);
}

static void read_text(const char *path, struct buf *out)
{
    struct err err;
    if (file_read(path, out, &err) < 0)
        fail_msg("%s", err.text);
}

/* Fails if a file of `left` is not in `right`, or has other bytes there. */
static void compare_folders(const char *left, const char *right)
{
    AUTO(strlist) paths = {0};
    list_files(left, &paths);
    for (size_t i = 0; i < paths.count; i++) {
        char path[512];
        AUTO(buf) expected;
        AUTO(buf) found;
        buf_init(&expected, 1 << 20);
        buf_init(&found, 1 << 20);
        (void)snprintf(path, sizeof(path), "%s%s", right, paths.items[i] + strlen(left));
        if (access(path, R_OK) < 0)
            fail_msg("%s exists, but %s does not", paths.items[i], path);
        read_text(paths.items[i], &expected);
        read_text(path, &found);
        check_text(path, buf_text(&found), buf_text(&expected));
    }
}

static void update(const struct golden_render *golden)
{
    AUTO(strlist) paths = {0};
    (void)mkdir(golden->folder, 0755);
    list_files(golden->folder, &paths);
    for (size_t i = 0; i < paths.count; i++)
        assert_int_equal(unlink(paths.items[i]), 0);
    render_into(golden, golden->folder);
}

TEST(render__policies__byte_for_byte)
{
    for (size_t i = 0; i < ARRAY_SIZE(renders); i++) {
        AUTO(temp_dir) folder = temp_dir_new();
        if (getenv("GOLDEN_UPDATE"))
            update(&renders[i]);
        render_into(&renders[i], folder);
        compare_folders(renders[i].folder, folder);
        compare_folders(folder, renders[i].folder);
    }
}

/* -- One run -- */

struct run {
    const char *name;
    const char *arguments[12];
    int status;
    const char *errors; /* all of stderr, with "DIR" for the folder of policies; NULL: not compared */
};

static void expect_run(const struct run *run, const char *folder, struct buf *out)
{
    AUTO(program_output) output = {0};
    const char *arguments[16] = {"render", "--policies", folder};
    for (size_t i = 0; run->arguments[i]; i++)
        arguments[3 + i] = run->arguments[i];
    cli_run(arguments, NULL, &output);
    AUTO(string) errors = cli_replace(buf_text(&output.errors), folder, "DIR");
    if (output.status != run->status)
        fail_msg("%s: ended with %d, expected %d: %s", run->name, output.status, run->status, errors);
    if (run->errors)
        check_text(run->name, errors, run->errors);
    if (out)
        buf_add_string(out, buf_text(&output.out));
}

static const struct run wrong_runs[] = {
    {"no cluster",
     {NULL},
     2,
     "gpuslice: SlicePool thirds: its EC2NodeClass needs the cluster's name for subnets, security groups and role; pass "
     "--cluster NAME (or set CLUSTER_NAME), or specify them in nodes.nodeClass\n"},
    {"no such pool",
     {"--pool", "third", "--cluster", "c"},
     2,
     "gpuslice: there is no SlicePool \"third\"; there are thirds\n"},
    {"pool and all", {"--pool", "thirds", "--all"}, 2, NULL},
    {"pool and quota", {"--pool", "thirds", "--quota"}, 2, NULL},
    {"namespaces without quota", {"--namespaces", "x.yaml"}, 2, NULL},
    {"node class unknown", {"--node-class", "gke"}, 2, NULL},
    {"an argument", {"thirds"}, 2, NULL},
    {"folder below a file", {"--cluster", "c", "-d", "/dev/null/x"}, 2, "gpuslice: /dev/null/x: Not a directory\n"},
};

TEST(render__wrong_use__status_2)
{
    AUTO(temp_dir) folder = temp_dir_new();
    temp_write(folder, "p.yaml", POOL);
    (void)unsetenv("CLUSTER_NAME");
    for (size_t i = 0; i < ARRAY_SIZE(wrong_runs); i++)
        expect_run(&wrong_runs[i], folder, NULL);
}

TEST(render__cluster_in_the_environment__used)
{
    AUTO(temp_dir) folder = temp_dir_new();
    AUTO(buf) out;
    buf_init(&out, 1 << 20);
    temp_write(folder, "p.yaml", POOL);
    assert_int_equal(setenv("CLUSTER_NAME", "from-environment", 1), 0);
    expect_run(&(struct run){"environment", {"--pool", "thirds"}, 0, ""}, folder, &out);
    assert_int_equal(unsetenv("CLUSTER_NAME"), 0);
    assert_non_null(strstr(buf_text(&out), "role: KarpenterNodeRole-from-environment\n"));
}

TEST(render__stream__objects_only)
{
    AUTO(temp_dir) folder = temp_dir_new();
    AUTO(buf) out;
    buf_init(&out, 1 << 20);
    temp_write(folder, "p.yaml", POOL);
    expect_run(
        &(struct run){"stream",
                      {"--cluster", "c"},
                      0,
                      "gpuslice: gpu-operator-values.yaml is not a Kubernetes object and is written only with -d\n"},
        folder, &out);
    size_t documents = 1;
    size_t kinds = 0;
    for (const char *at = strstr(buf_text(&out), "\n---\n"); at; at = strstr(at + 1, "\n---\n"))
        documents++;
    for (const char *at = strstr(buf_text(&out), "\nkind: "); at; at = strstr(at + 1, "\nkind: "))
        kinds++;
    assert_int_equal(documents, kinds);
    assert_int_equal(kinds, 8); /* ConfigMap, EC2NodeClass, four of layout-ready, NodeOverlay, NodePool */
    assert_null(strstr(buf_text(&out), "Kustomization"));
}

TEST(render__contradiction__status_1_and_both_positions)
{
    AUTO(temp_dir) folder = temp_dir_new();
    temp_write(
        folder, "p.yaml",
        "apiVersion: gpuslice.dev/v1alpha1\nkind: SlicePool\nmetadata: {name: a}\nspec: {gpu: t4, sharing: {whole: "
        "{}}, labels: {team: x}}\n");
    temp_write(
        folder, "q.yaml",
        "apiVersion: gpuslice.dev/v1alpha1\nkind: SlicePool\nmetadata: {name: b}\nspec: {gpu: l4, sharing: {whole: "
        "{}}, labels: {team: x}}\n");
    expect_run(
        &(struct run){"labels",
                      {"--cluster", "c"},
                      1,
                      "DIR/q.yaml:3:18: SlicePool b: has the labels of SlicePool a (DIR/p.yaml:3), so that nothing "
                      "tells their nodes apart; must have others\n"},
        folder, NULL);
}

/* An image that follows the latest release is noted, unless nodes are rendered for kwok, which has no images. */
TEST(render__image__what_follows_the_latest_is_noted)
{
    static const char note[] = "gpuslice: the images of SlicePool thirds follow the latest release: a newer one "
                               "replaces all nodes; set nodes.nodeClass.amiVersion to decide when\n";
    static const struct {
        const char *policies, *node_class, *errors, *alias;
    } images[] = {
        {POOL_WITH(""), "ec2", note, "alias: al2023@latest\n"},
        {POOL_WITH(""), "kwok", "", NULL},
        {POOL_WITH("amiFamily: Bottlerocket"), "ec2", note, "alias: bottlerocket@latest\n"},
        {POOL_WITH("amiSelectorTerms: [{alias: al2023@latest}]"), "ec2", note, "alias: al2023@latest\n"},
        {POOL_WITH("amiSelectorTerms: [{id: ami-0123}]"), "ec2", "", "id: ami-0123\n"},
        {POOL_WITH("name: own"), "ec2", "", NULL},
        {POOL_WITH("amiVersion: v20260818"), "ec2", "", "alias: al2023@v20260818\n"},
        {POOL_WITH("amiFamily: Bottlerocket, amiVersion: v1.54.0"), "ec2", "", "alias: bottlerocket@v1.54.0\n"},
        {POOL_WITH("amiFamily: Bottlerocket, amiVersion: 1.54.0"), "ec2", "", "alias: bottlerocket@v1.54.0\n"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(images); i++) {
        AUTO(temp_dir) folder = temp_dir_new();
        AUTO(buf) out;
        buf_init(&out, 1 << 20);
        temp_write(folder, "p.yaml", images[i].policies);
        expect_run(&(struct run){images[i].policies,
                                 {"--cluster", "c", "--pool", "thirds", "--node-class", images[i].node_class},
                                 0,
                                 images[i].errors},
                   folder, &out);
        if (images[i].alias && !strstr(buf_text(&out), images[i].alias))
            fail_msg("%s: not in\n%s", images[i].alias, buf_text(&out));
    }
}

/* -- Folders -- */

TEST(render__folder__replaces_only_own_files_that_differ)
{
    AUTO(temp_dir) policies = temp_dir_new();
    AUTO(temp_dir) folder = temp_dir_new();
    AUTO(buf) out;
    AUTO(string) own = temp_path(folder, "nodepool-thirds.yaml");
    buf_init(&out, 1 << 20);
    temp_write(policies, "p.yaml", POOL);
    expect_run(&(struct run){"first", {"--cluster", "c", "-d", folder}, 0, ""}, policies, NULL);
    expect_run(&(struct run){"again", {"--cluster", "c", "-d", folder}, 0, ""}, policies, &out);
    check_text("again", buf_text(&out), "0 written, 10 unchanged\n");

    temp_write(folder, "nodepool-thirds.yaml", "kind: NodePool\n");
    expect_run(&(struct run){"foreign", {"--cluster", "c", "-d", folder}, 1, NULL}, policies, NULL);
    AUTO(buf) kept;
    buf_init(&kept, 1 << 20);
    read_text(own, &kept);
    check_text("foreign", buf_text(&kept), "kind: NodePool\n");

    temp_remove(folder, "nodepool-thirds.yaml");
    temp_write(folder, "mine.yaml", "kind: Namespace\n"); /* not rendered by gpuslice, and not reported */
    temp_write(folder, "nodepool-gone.yaml", "# Rendered by gpuslice. Long ago.\n");
    AUTO(program_output) output = {0};
    cli_run((const char *[]){"render", "--policies", policies, "--cluster", "c", "-d", folder, NULL}, NULL, &output);
    AUTO(string) errors = cli_replace(buf_text(&output.errors), folder, "DIR");
    assert_int_equal(output.status, 1);
    check_text("stale", errors,
               "gpuslice: DIR/nodepool-gone.yaml: is no longer rendered; remove it, or use the options that it was "
               "rendered with\n");
    expect_run(&(struct run){"one pool", {"--cluster", "c", "--pool", "thirds", "-d", folder}, 0, ""}, policies, NULL);
}

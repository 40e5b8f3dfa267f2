/* /metrics of a live `gpuslice serve`: what reviews, refusals and loads leave there, line by line, and what promtool
 * (Prometheus' own checker, where it is installed) says of the whole page. */
#include "base/file.h"
#include "tests/support/https_client.h"
#include "tests/support/program.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test.h"

#include <stdint.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { WAIT_MS = 30000, STOP_MS = 15000, TEXT_MAX = 4 << 20, NOT_INSTALLED = 77 };

static const char namespaces[] =
    "apiVersion: v1\nkind: Namespace\nmetadata: {name: ml-team, labels: {gpuslice.dev/inject: enabled}}\n---\n"
    "apiVersion: v1\nkind: Namespace\nmetadata: {name: choice, labels: {gpuslice.dev/inject: enabled, choice: \"\"}}\n";

struct live {
    char *folder, *policies, *namespaces, *log, *ready, *ca;
    struct program program;
    struct https_client *reviews;
    unsigned health_port;
    struct buf page;     /* as it was scraped last */
    const char *awaited; /* a line */
};

static void must(int result, const char *what, const struct err *err)
{
    if (result < 0)
        fail_msg("%s: %s", what, err->text);
}

static void read_text(const char *path, struct buf *text)
{
    struct err err = {0};
    buf_init(text, TEXT_MAX);
    must(file_read(path, text, &err), path, &err);
}

static bool is_up_or_gone(void *context)
{
    const struct live *live = context;
    return access(live->ready, R_OK) == 0 || program_has_ended(&live->program);
}

static void start(struct live *live)
{
    const char *binary = getenv("GPUSLICE_BIN");
    struct err err = {0};
    const char *const argv[] = {binary && *binary ? binary : "build/gcc/gpuslice",
                                "serve",
                                "--policies",
                                live->policies,
                                "--namespaces",
                                live->namespaces,
                                "--listen",
                                "127.0.0.1:0",
                                "--health-listen",
                                "127.0.0.1:0",
                                "--ca-out",
                                live->ca,
                                "--ready-file",
                                live->ready,
                                "--drain-delay",
                                "0",
                                NULL};
    must(program_start(argv, live->log, &live->program, &err), "starting serve", &err);
    if (!eventually(is_up_or_gone, live, WAIT_MS) || access(live->ready, R_OK) != 0) {
        AUTO(buf) log;
        read_text(live->log, &log);
        fail_msg("serve did not come up; its log: %s", buf_text(&log));
    }
}

static void connect_both(struct live *live)
{
    struct err err = {0};
    AUTO(buf) ready;
    AUTO(buf) ca;
    unsigned port = 0;
    read_text(live->ready, &ready);
    read_text(live->ca, &ca);
    assert_int_equal(sscanf(buf_text(&ready), "https://127.0.0.1:%u\nhttp://127.0.0.1:%u", &port, &live->health_port),
                     2);
    const struct https_options reviews = {
        .port = port, .ca_pem = buf_text(&ca), .name = "localhost", .timeout_ms = WAIT_MS};
    must(https_connect(&reviews, &live->reviews, &err), "connecting", &err);
}

BEFORE_TESTS()
{
    struct live *live = calloc(1, sizeof(*live));
    assert_non_null(live);
    *state = live;
    AUTO(buf) policy;
    live->folder = temp_dir_new();
    live->policies = temp_path(live->folder, "policies");
    live->namespaces = temp_path(live->folder, "namespaces.yaml");
    live->log = temp_path(live->folder, "log");
    live->ready = temp_path(live->folder, "ready");
    live->ca = temp_path(live->folder, "ca.crt");
    buf_init(&live->page, TEXT_MAX);
    read_text("tests/golden/common/policy.yaml", &policy);
    temp_mkdir(live->folder, "policies");
    temp_write(live->folder, "policies/policy.yaml", buf_text(&policy));
    temp_write(live->folder, "namespaces.yaml", namespaces);
    start(live);
    connect_both(live);
}

AFTER_TESTS()
{
    struct live *live = *state;
    struct err err = {0};
    int status = -1;
    https_close(live->reviews);
    must(program_stop(&live->program, STOP_MS, &status, &err), "stopping serve", &err);
    assert_int_equal(status, 0);
    temp_dir_free(live->folder);
    char *const texts[] = {live->policies, live->namespaces, live->log, live->ready, live->ca};
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        free(texts[i]);
    buf_fini(&live->page);
    free(live);
}

static void scrape(struct live *live)
{
    struct err err = {0};
    AUTO(http_reply) reply;
    http_reply_init(&reply);
    const struct https_options options = {.port = live->health_port, .plain = true, .timeout_ms = WAIT_MS};
    AUTO(https_client) client = NULL;
    must(https_connect(&options, &client, &err), "connecting to the plain listener", &err);
    must(https_get(client, "/metrics", &err), "GET /metrics", &err);
    must(https_receive(client, &reply, &err), "GET /metrics", &err);
    assert_int_equal(reply.status, 200);
    char type[64] = "";
    assert_true(http_reply_header(&reply, "Content-Type", type, sizeof(type)));
    assert_string_equal(type, "text/plain; version=0.0.4; charset=utf-8");
    buf_reset(&live->page);
    buf_add(&live->page, reply.body.data, reply.body.length);
}

static bool has_line(const struct live *live, const char *line)
{
    size_t length = strlen(line);
    for (const char *at = strstr(buf_text(&live->page), line); at; at = strstr(at + 1, line)) {
        if ((at == live->page.data || at[-1] == '\n') && at[length] == '\n')
            return true;
    }
    return false;
}

static void must_have(const struct live *live, const char *const lines[])
{
    for (size_t i = 0; lines[i]; i++) {
        if (!has_line(live, lines[i]))
            fail_msg("no line\n%s\nin\n%s", lines[i], buf_text(&live->page));
    }
}

static bool awaited_is_there(void *context)
{
    struct live *live = context;
    scrape(live);
    return has_line(live, live->awaited);
}

/* A request counts when its answer is on its way, which the client may see first. */
static void await(struct live *live, const char *line)
{
    live->awaited = line;
    if (!eventually(awaited_is_there, live, WAIT_MS))
        fail_msg("no line\n%s\nin\n%s", line, buf_text(&live->page));
}

static void post(struct live *live, const char *target, const char *body, unsigned status)
{
    struct err err = {0};
    AUTO(http_reply) reply;
    http_reply_init(&reply);
    must(https_post(live->reviews, target, body, &err), target, &err);
    must(https_receive(live->reviews, &reply, &err), target, &err);
    if (reply.status != status)
        fail_msg("%s: %u %s", target, reply.status, buf_text(&reply.body));
}

static void post_case(struct live *live, const char *target, const char *name)
{
    char path[256];
    AUTO(buf) body;
    (void)snprintf(path, sizeof(path), "tests/golden/%s/review.json", name);
    read_text(path, &body);
    post(live, target, buf_text(&body), 200);
}

TEST(scrape__before_any_review__what_is_loaded_and_zeros)
{
    struct live *live = *state;
    static const char *const lines[] = {
        "# TYPE gpuslice_slices_injected_total counter",
        "gpuslice_slices_injected_total{class=\"t4-third\"} 0",
        "gpuslice_loads_total{what=\"policies\",result=\"success\"} 1",
        "gpuslice_loads_total{what=\"policies\",result=\"failure\"} 0",
        "gpuslice_loads_total{what=\"namespaces\",result=\"success\"} 1",
        "gpuslice_loads_total{what=\"certificate\",result=\"success\"} 1",
        "gpuslice_last_load_successful{what=\"policies\"} 1",
        "gpuslice_namespaces_cached 2",
        "gpuslice_namespace_lookups_total{result=\"found\"} 0",
        "gpuslice_requests_in_flight 0",
        "# TYPE gpuslice_certificate_expiry_timestamp_seconds gauge",
        "# TYPE gpuslice_last_load_success_timestamp_seconds gauge",
        "# TYPE process_cpu_seconds_total counter",
        NULL,
    };
    scrape(live);
    must_have(live, lines);
    assert_non_null(strstr(buf_text(&live->page), "\ngpuslice_policy_info{revision=\""));
    assert_non_null(strstr(buf_text(&live->page), "\ngpuslice_build_info{version=\""));
    assert_null(strstr(buf_text(&live->page), "gpuslice_reviews_total"));
    assert_null(strstr(buf_text(&live->page), "gpuslice_namespace_watch_age_seconds")); /* no watch, no age */
}

/* Two slices for whole-gpu-n, one for the time-sliced pod, one for the pod whose author wrote a record into it but left
 * its placement to us; none for the dry run, the denial, the pod that conforms since an earlier round. */
TEST(scrape__after_reviews__counts_each_once)
{
    struct live *live = *state;
    static const char *const lines[] = {
        "gpuslice_reviews_total{path=\"/mutate\",outcome=\"injected\",reason=\"injected\",dry_run=\"false\"} 3",
        "gpuslice_reviews_total{path=\"/mutate\",outcome=\"allowed\",reason=\"already_conforms\",dry_run=\"false\"} 1",
        "gpuslice_reviews_total{path=\"/mutate\",outcome=\"injected\",reason=\"injected\",dry_run=\"true\"} 1",
        "gpuslice_reviews_total{path=\"/mutate\",outcome=\"denied\",reason=\"too_many_slices\",dry_run=\"false\"} 1",
        "gpuslice_reviews_total{path=\"/mutate\",outcome=\"error\",reason=\"invalid\",dry_run=\"false\"} 1",
        "gpuslice_reviews_total{path=\"/advise\",outcome=\"advised\",reason=\"\",dry_run=\"false\"} 1",
        "gpuslice_slices_injected_total{class=\"t4-third\"} 1",
        "gpuslice_slices_injected_total{class=\"a100-1g5gb\"} 3",
        "gpuslice_requests_total{path=\"/mutate\",status=\"200\"} 6",
        "gpuslice_requests_total{path=\"/mutate\",status=\"400\"} 1",
        "gpuslice_requests_total{path=\"/advise\",status=\"200\"} 1",
        "gpuslice_request_duration_seconds_bucket{path=\"/mutate\",le=\"+Inf\"} 7",
        "gpuslice_request_duration_seconds_count{path=\"/mutate\"} 7",
        "gpuslice_request_duration_seconds_count{path=\"other\"} 1",
        "gpuslice_connections_open 1",
        "gpuslice_connections_total 1",
        "gpuslice_connections_unused_total 0",
        "gpuslice_connections_shut_down_total{limit=\"connections\"} 0",
        "gpuslice_connections_shut_down_total{limit=\"bytes\"} 0",
        "gpuslice_connections_shut_down_total{limit=\"time\"} 0",
        "gpuslice_held_bytes 0",
        NULL,
    };
    post_case(live, "/mutate?timeout=10s", "real-timeslice-pod");
    post_case(live, "/mutate", "real-generate-name-dry-run");
    post_case(live, "/mutate", "real-two-gpu");
    post_case(live, "/mutate", "whole-gpu-n-become-n-slices");
    post_case(live, "/mutate", "bug-31-forged-record-and-no-placement");
    post_case(live, "/mutate", "record-valid-nothing-to-do");
    post(live, "/mutate", "{", 400);
    post_case(live, "/advise", "real-plain");
    post(live, "/secret-path-of-a-client", "{}", 404);
    await(live, "gpuslice_requests_total{path=\"other\",status=\"404\"} 1");
    must_have(live, lines);
}

TEST(scrape__any__has_no_name_that_a_client_chose)
{
    struct live *live = *state;
    static const char *const never[] = {"ml-team", "gpu-timeslice", "secret-path", "namespace=\"", "pod=\""};
    scrape(live);
    for (size_t i = 0; i < ARRAY_SIZE(never); i++) {
        if (strstr(buf_text(&live->page), never[i]))
            fail_msg("%s is in\n%s", never[i], buf_text(&live->page));
    }
}

TEST(scrape__broken_policies__failure_is_counted_and_the_revision_stays)
{
    struct live *live = *state;
    static const char name[] = "\ngpuslice_policy_info{";
    static const char *const lines[] = {
        "gpuslice_last_load_successful{what=\"policies\"} 0",
        "gpuslice_last_load_successful{what=\"namespaces\"} 1",
        "gpuslice_loads_total{what=\"policies\",result=\"success\"} 1",
        "gpuslice_loads_total{what=\"namespaces\",result=\"failure\"} 0",
        NULL,
    };
    char revision[128] = "";
    scrape(live);
    const char *before = strstr(buf_text(&live->page), name);
    assert_non_null(before);
    (void)snprintf(revision, sizeof(revision), "%.60s", before);
    temp_write(live->folder, "policies/broken.yaml", "kind: {\n");
    await(live, "gpuslice_loads_total{what=\"policies\",result=\"failure\"} 1");
    must_have(live, lines);
    assert_non_null(strstr(buf_text(&live->page), revision));
    temp_remove(live->folder, "policies/broken.yaml");
    await(live, "gpuslice_last_load_successful{what=\"policies\"} 1");
}

TEST(docs__every_metric_of_the_page__is_listed)
{
    struct live *live = *state;
    static const char head[] = "# TYPE ";
    AUTO(buf) docs;
    read_text("docs/metrics.md", &docs);
    scrape(live);
    for (const char *at = strstr(buf_text(&live->page), head); at; at = strstr(at + 1, head)) {
        char name[128];
        const char *start = at + sizeof(head) - 1;
        (void)snprintf(name, sizeof(name), "`%.*s`", (int)strcspn(start, " "), start);
        if (!strstr(buf_text(&docs), name))
            fail_msg("docs/metrics.md says nothing of %s", name);
    }
}

TEST(scrape__promtool__finds_nothing_wrong)
{
    struct live *live = *state;
    struct err err = {0};
    AUTO(program_output) output = {0};
    AUTO(string) path = temp_path(live->folder, "page");
    static const char script[] = "command -v promtool >/dev/null || exit 77; exec promtool check metrics <\"$0\"";
    const char *const argv[] = {"/bin/sh", "-c", script, path, NULL};
    scrape(live);
    temp_write(live->folder, "page", buf_text(&live->page));
    must(program_run(argv, WAIT_MS, &output, &err), "promtool", &err);
    if (output.status == NOT_INSTALLED) {
        print_message("SKIPPED: promtool is not installed (Debian package prometheus)\n");
        skip();
    }
    if (output.status != 0 || output.errors.length > 0)
        fail_msg("promtool ended with %d: %s%s", output.status, buf_text(&output.out), buf_text(&output.errors));
}

/* /metrics of a running `gpuslice serve`: the lines after reviews, refusals and loads, and a check of the whole page by
 * Prometheus' promtool, if that is installed. */
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

struct fixture {
    char *folder, *policies, *namespaces, *log, *ready, *ca;
    struct program program;
    struct https_client *reviews;
    unsigned health_port;
    struct buf page;     /* as last scraped */
    const char *awaited; /* a line of the page */
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

static bool is_ready_or_has_ended(void *context)
{
    const struct fixture *fixture = context;
    return access(fixture->ready, R_OK) == 0 || program_has_ended(&fixture->program);
}

static void start(struct fixture *fixture)
{
    const char *binary = getenv("GPUSLICE_BIN");
    struct err err = {0};
    const char *const argv[] = {binary && *binary ? binary : "build/gcc/gpuslice",
                                "serve",
                                "--policies",
                                fixture->policies,
                                "--namespaces",
                                fixture->namespaces,
                                "--listen",
                                "127.0.0.1:0",
                                "--health-listen",
                                "127.0.0.1:0",
                                "--ca-out",
                                fixture->ca,
                                "--ready-file",
                                fixture->ready,
                                "--drain-delay",
                                "0",
                                NULL};
    must(program_start(argv, fixture->log, &fixture->program, &err), "starting serve", &err);
    if (!eventually(is_ready_or_has_ended, fixture, WAIT_MS) || access(fixture->ready, R_OK) != 0) {
        AUTO(buf) log;
        read_text(fixture->log, &log);
        fail_msg("serve did not start; its log: %s", buf_text(&log));
    }
}

static void connect_reviews(struct fixture *fixture)
{
    struct err err = {0};
    AUTO(buf) ready;
    AUTO(buf) ca;
    unsigned port = 0;
    read_text(fixture->ready, &ready);
    read_text(fixture->ca, &ca);
    assert_int_equal(
        sscanf(buf_text(&ready), "https://127.0.0.1:%u\nhttp://127.0.0.1:%u", &port, &fixture->health_port), 2);
    const struct https_options reviews = {
        .port = port, .ca_pem = buf_text(&ca), .name = "localhost", .timeout_ms = WAIT_MS};
    must(https_connect(&reviews, &fixture->reviews, &err), "connecting", &err);
}

BEFORE_TESTS()
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    assert_non_null(fixture);
    *state = fixture;
    AUTO(buf) policy;
    fixture->folder = temp_dir_new();
    fixture->policies = temp_path(fixture->folder, "policies");
    fixture->namespaces = temp_path(fixture->folder, "namespaces.yaml");
    fixture->log = temp_path(fixture->folder, "log");
    fixture->ready = temp_path(fixture->folder, "ready");
    fixture->ca = temp_path(fixture->folder, "ca.crt");
    buf_init(&fixture->page, TEXT_MAX);
    read_text("tests/golden/common/policy.yaml", &policy);
    temp_mkdir(fixture->folder, "policies");
    temp_write(fixture->folder, "policies/policy.yaml", buf_text(&policy));
    temp_write(fixture->folder, "namespaces.yaml", namespaces);
    start(fixture);
    connect_reviews(fixture);
}

AFTER_TESTS()
{
    struct fixture *fixture = *state;
    struct err err = {0};
    int status = -1;
    https_close(fixture->reviews);
    must(program_stop(&fixture->program, STOP_MS, &status, &err), "stopping serve", &err);
    assert_int_equal(status, 0);
    temp_dir_free(fixture->folder);
    char *const texts[] = {fixture->policies, fixture->namespaces, fixture->log, fixture->ready, fixture->ca};
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        free(texts[i]);
    buf_fini(&fixture->page);
    free(fixture);
}

static void scrape(struct fixture *fixture)
{
    struct err err = {0};
    AUTO(http_reply) reply;
    http_reply_init(&reply);
    const struct https_options options = {.port = fixture->health_port, .plain = true, .timeout_ms = WAIT_MS};
    AUTO(https_client) client = NULL;
    must(https_connect(&options, &client, &err), "connecting to the plain listener", &err);
    must(https_get(client, "/metrics", &err), "GET /metrics", &err);
    must(https_receive(client, &reply, &err), "GET /metrics", &err);
    assert_int_equal(reply.status, 200);
    char type[64] = "";
    assert_true(http_reply_header(&reply, "Content-Type", type, sizeof(type)));
    assert_string_equal(type, "text/plain; version=0.0.4; charset=utf-8");
    buf_reset(&fixture->page);
    buf_add(&fixture->page, reply.body.data, reply.body.length);
}

static bool has_line(const struct fixture *fixture, const char *line)
{
    size_t length = strlen(line);
    for (const char *at = strstr(buf_text(&fixture->page), line); at; at = strstr(at + 1, line)) {
        if ((at == fixture->page.data || at[-1] == '\n') && at[length] == '\n')
            return true;
    }
    return false;
}

static void must_have(const struct fixture *fixture, const char *const lines[])
{
    for (size_t i = 0; lines[i]; i++) {
        if (!has_line(fixture, lines[i]))
            fail_msg("no line\n%s\nin\n%s", lines[i], buf_text(&fixture->page));
    }
}

static bool has_awaited_line(void *context)
{
    struct fixture *fixture = context;
    scrape(fixture);
    return has_line(fixture, fixture->awaited);
}

/* Waits for a line, because the client may receive an answer before the request is counted. */
static void await(struct fixture *fixture, const char *line)
{
    fixture->awaited = line;
    if (!eventually(has_awaited_line, fixture, WAIT_MS))
        fail_msg("no line\n%s\nin\n%s", line, buf_text(&fixture->page));
}

static void post(struct fixture *fixture, const char *target, const char *body, unsigned status)
{
    struct err err = {0};
    AUTO(http_reply) reply;
    http_reply_init(&reply);
    must(https_post(fixture->reviews, target, body, &err), target, &err);
    must(https_receive(fixture->reviews, &reply, &err), target, &err);
    if (reply.status != status)
        fail_msg("%s: %u %s", target, reply.status, buf_text(&reply.body));
}

static void post_case(struct fixture *fixture, const char *target, const char *name)
{
    char path[256];
    AUTO(buf) body;
    (void)snprintf(path, sizeof(path), "tests/golden/%s/review.json", name);
    read_text(path, &body);
    post(fixture, target, buf_text(&body), 200);
}

TEST(scrape__before_any_review__what_is_loaded_and_zeros)
{
    struct fixture *fixture = *state;
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
    scrape(fixture);
    must_have(fixture, lines);
    assert_non_null(strstr(buf_text(&fixture->page), "\ngpuslice_policy_info{revision=\""));
    assert_non_null(strstr(buf_text(&fixture->page), "\ngpuslice_build_info{version=\""));
    assert_null(strstr(buf_text(&fixture->page), "gpuslice_reviews_total"));
    assert_null(
        strstr(buf_text(&fixture->page), "gpuslice_namespace_watch_age_seconds")); /* without a watch there is no age */
}

/* Slices count as follows: two for whole-gpu-n, one for the time-sliced pod, and one for the pod with a forged record
 * and no placement; none for the dry run, for the denial and for the pod that already conforms. */
TEST(scrape__after_reviews__counts_each_once)
{
    struct fixture *fixture = *state;
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
    post_case(fixture, "/mutate?timeout=10s", "real-timeslice-pod");
    post_case(fixture, "/mutate", "real-generate-name-dry-run");
    post_case(fixture, "/mutate", "real-two-gpu");
    post_case(fixture, "/mutate", "whole-gpu-n-become-n-slices");
    post_case(fixture, "/mutate", "bug-31-forged-record-and-no-placement");
    post_case(fixture, "/mutate", "record-valid-nothing-to-do");
    post(fixture, "/mutate", "{", 400);
    post_case(fixture, "/advise", "real-plain");
    post(fixture, "/secret-path-of-a-client", "{}", 404);
    await(fixture, "gpuslice_requests_total{path=\"other\",status=\"404\"} 1");
    must_have(fixture, lines);
}

TEST(scrape__after_reviews__has_no_name_that_a_client_chose)
{
    struct fixture *fixture = *state;
    static const char *const never[] = {"ml-team", "gpu-timeslice", "secret-path", "namespace=\"", "pod=\""};
    scrape(fixture);
    for (size_t i = 0; i < ARRAY_SIZE(never); i++) {
        if (strstr(buf_text(&fixture->page), never[i]))
            fail_msg("%s is in\n%s", never[i], buf_text(&fixture->page));
    }
}

TEST(scrape__broken_policies__counts_the_failure_and_keeps_the_revision)
{
    struct fixture *fixture = *state;
    static const char name[] = "\ngpuslice_policy_info{";
    static const char *const lines[] = {
        "gpuslice_last_load_successful{what=\"policies\"} 0",
        "gpuslice_last_load_successful{what=\"namespaces\"} 1",
        "gpuslice_loads_total{what=\"policies\",result=\"success\"} 1",
        "gpuslice_loads_total{what=\"namespaces\",result=\"failure\"} 0",
        NULL,
    };
    char revision[128] = "";
    scrape(fixture);
    const char *before = strstr(buf_text(&fixture->page), name);
    assert_non_null(before);
    (void)snprintf(revision, sizeof(revision), "%.60s", before);
    temp_write(fixture->folder, "policies/broken.yaml", "kind: {\n");
    await(fixture, "gpuslice_loads_total{what=\"policies\",result=\"failure\"} 1");
    must_have(fixture, lines);
    assert_non_null(strstr(buf_text(&fixture->page), revision));
    temp_remove(fixture->folder, "policies/broken.yaml");
    await(fixture, "gpuslice_last_load_successful{what=\"policies\"} 1");
}

TEST(docs__every_metric_of_the_page__is_listed)
{
    struct fixture *fixture = *state;
    static const char head[] = "# TYPE ";
    AUTO(buf) docs;
    read_text("docs/metrics.md", &docs);
    scrape(fixture);
    for (const char *at = strstr(buf_text(&fixture->page), head); at; at = strstr(at + 1, head)) {
        char name[128];
        const char *start = at + sizeof(head) - 1;
        (void)snprintf(name, sizeof(name), "`%.*s`", (int)strcspn(start, " "), start);
        if (!strstr(buf_text(&docs), name))
            fail_msg("docs/metrics.md lacks %s", name);
    }
}

TEST(scrape__promtool__finds_nothing_wrong)
{
    struct fixture *fixture = *state;
    struct err err = {0};
    AUTO(program_output) output = {0};
    AUTO(string) path = temp_path(fixture->folder, "page");
    static const char script[] = "command -v promtool >/dev/null || exit 77; exec promtool check metrics <\"$0\"";
    const char *const argv[] = {"/bin/sh", "-c", script, path, NULL};
    scrape(fixture);
    temp_write(fixture->folder, "page", buf_text(&fixture->page));
    must(program_run(argv, WAIT_MS, &output, &err), "promtool", &err);
    if (output.status == NOT_INSTALLED) {
        print_message("SKIPPED: promtool is not installed (Debian package prometheus)\n");
        skip();
    }
    if (output.status != 0 || output.errors.length > 0)
        fail_msg("promtool ended with %d: %s%s", output.status, buf_text(&output.out), buf_text(&output.errors));
}

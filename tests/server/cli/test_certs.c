/* `gpuslice certs show` and `certs rotate`: output and exit statuses. */
#include "tests/support/cluster_fixture.h"

#include "certs/issue.h"
#include "tests/support/temp_dir.h"
#include "tests/support/webhook.h"

#include <signal.h>

enum { DAY = 86400 };

struct fixture {
    struct fake_cluster *cluster;
    char *folder;
};

static void fixture_fini(struct fixture *fixture)
{
    fake_cluster_free(fixture->cluster);
    temp_dir_free(fixture->folder);
}
DEFINE_AUTO_FINI(fixture, struct fixture, fixture_fini);

static void must(int result, const struct err *err)
{
    if (result < 0)
        fail_msg("%s", err->text);
}

/* Writes a certificate, the certificate of its CA, and its key as tls.key. */
static void make_pair(const char *folder, const char *cert_file, const char *ca_file, time_t now)
{
    static const char *const hosts[] = {"gpuslice.gs.svc", "127.0.0.1"};
    AUTO(cert_pem) ca = {0};
    AUTO(cert_pem) leaf = {0};
    struct err err;
    struct cert_request request = {.name = "gpuslice", .lifetime = 100 * DAY, .now = now};
    must(cert_issue_ca(&request, &ca, &err), &err);
    request.lifetime = 10 * DAY;
    request.hosts = hosts;
    request.host_count = ARRAY_SIZE(hosts);
    must(cert_issue_leaf(&ca, &request, &leaf, &err), &err);
    temp_write(folder, cert_file, leaf.cert);
    temp_write(folder, ca_file, ca.cert);
    temp_write(folder, "tls.key", leaf.key);
}

/* The folder gets old.crt, which has expired, fresh.crt, their CAs old-ca.crt and fresh-ca.crt, the key of fresh.crt as
 * tls.key, and kube.yaml. */
static void fixture_make(struct fixture *fixture)
{
    fixture->cluster = fake_cluster_new();
    cluster_fill(fixture->cluster);
    fixture->folder = temp_dir_new();
    make_pair(fixture->folder, "old.crt", "old-ca.crt", time(NULL) - 11 * DAY);
    make_pair(fixture->folder, "fresh.crt", "fresh-ca.crt", time(NULL));
    AUTO(string) config = fake_cluster_kubeconfig(fixture->cluster);
    temp_write(fixture->folder, "kube.yaml", config);
}

/* Runs `gpuslice certs <line>` in the folder. `out` and `errors` must be parts of stdout and stderr. */
static void expect(const struct fixture *fixture, const char *line, int status, const char *out, const char *errors)
{
    struct err err;
    AUTO(program_output) output = {0};
    AUTO(string) binary = realpath(webhook_binary(), NULL);
    AUTO(string) script = NULL;
    assert_non_null(binary);
    assert_true(asprintf(&script, "cd '%s' && KUBECONFIG=kube.yaml exec '%s' certs %s", fixture->folder, binary, line) >
                0);
    const char *const argv[] = {"/bin/sh", "-c", script, NULL};
    must(program_run(argv, WEBHOOK_WAIT_MS, &output, &err), &err);
    if (output.status != status || !strstr(buf_text(&output.out), out) || !strstr(buf_text(&output.errors), errors))
        fail_msg("certs %s: %d, expected %d\n%s%s", line, output.status, status, buf_text(&output.out),
                 buf_text(&output.errors));
    if (strstr(buf_text(&output.out), "PRIVATE") || strstr(buf_text(&output.errors), "PRIVATE KEY-----\n"))
        fail_msg("certs %s: a key was printed", line);
}

TEST(certs__files_and_wrong_use__output_and_status)
{
    static const struct {
        const char *line;
        int status;
        const char *out, *errors;
    } cases[] = {
        {"show fresh.crt fresh-ca.crt", 0, "  names    gpuslice.gs.svc, 127.0.0.1\n", ""},
        {"show fresh.crt", 0, " days left\n", ""},
        {"show fresh-ca.crt", 0, "fresh-ca.crt, a CA\n", ""},
        {"show old.crt", 1, ", expired\n", "gpuslice: old.crt: CN=gpuslice expired at "},
        {"show -o json old.crt", 1, "\"problems\": [\n    \"old.crt: CN=gpuslice expired at ", ""},
        {"show -o json fresh-ca.crt", 0, JSON("authority": true), ""},
        {"show tls.key", 2, "", "tls.key: no certificate found"},
        {"show nothing.crt", 2, "", "nothing.crt: No such file or directory"},
        {"show", 2, "", "expected either FILEs or --cert-secret"},
        {"show fresh.crt --cert-secret gs/certs", 2, "", "expected either FILEs or --cert-secret"},
        {"show -o yaml fresh.crt", 2, "", "unknown output \"yaml\"; use text or json"},
        {"show --cert-secret gs/certs --kubeconfig nowhere", 2, "", "gpuslice: nowhere: No such file or directory\n"},
        {"rotate", 2, "", "no --cert-secret given: the Secret to rotate"},
        {"rotate --ca-lifetime 1d", 2, "", "need --cert-secret"},
        {"twist", 2, "", "expected a subcommand: issue, show or rotate"},
        {"show --help", 0, "Examples:\n  gpuslice certs show", ""},
        {"rotate --help", 0, "Examples:\n  gpuslice certs rotate", ""},
    };
    AUTO(fixture) fixture = {0};
    fixture_make(&fixture);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        expect(&fixture, cases[i].line, cases[i].status, cases[i].out, cases[i].errors);
}

TEST(certs__broken_cluster__problem_and_status)
{
    AUTO(fixture) fixture = {0};
    fixture_make(&fixture);
    expect(&fixture, "show --cert-secret gs/certs", 1, "", "Secret gs/certs: does not exist or is empty");
    expect(&fixture, "rotate --cert-secret gs/certs", 1, "", "Secret gs/certs: there is nothing in it to rotate");
    expect(&fixture, "show --cert-secret gs/certs --webhook-config inject", 1,
           "MutatingWebhookConfiguration inject, a: does not trust the CA", "the caBundle of a does not contain");
    expect(&fixture, "show --cert-secret gs/certs --webhook-config none", 1, "",
           "MutatingWebhookConfiguration none: it does not exist");
    fake_cluster_put(fixture.cluster, SECRET_PATH, JSON({"data":{"tls.crt":"eA==","tls.key":"eA=="}}));
    expect(&fixture, "show --cert-secret gs/certs", 1, "", "it holds certificates that are not gpuslice's own");
    expect(&fixture, "rotate --cert-secret gs/certs", 2, "", "it holds certificates that are not gpuslice's own");
    fake_cluster_order(fixture.cluster, NULL, "/secrets", 403);
    expect(&fixture, "show --cert-secret gs/certs", 2, "", "HTTP 403 Ordered");
    expect(&fixture, "rotate --cert-secret gs/certs --ca", 2, "", "HTTP 403 Ordered");
    expect(&fixture, "rotate --cert-secret gs/certs --kubeconfig nothing.yaml", 2, "", "nothing.yaml: No such file");
    assert_int_equal(fake_cluster_requests(fixture.cluster, "PUT", ""), 0);
}

BEFORE_TESTS()
{
    (void)signal(SIGPIPE, SIG_IGN);
}

/* `gpuslice serve --cert-secret`: replicas with a fake API server share one CA and rotate it. Meanwhile clients lose no
 * request, although they trust only the caBundle and learn of a new one a little later. */
#include "tests/support/cluster_fixture.h"

#include "base/clock.h"
#include "tests/support/temp_dir.h"
#include "tests/support/webhook.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#define HOST "gpuslice.gs.svc"

enum { REPLICAS = 2, CLIENTS = 3, ARGUMENTS = 32 };

struct fixture {
    struct fake_cluster *cluster;
    struct webhook *replicas[REPLICAS];
    char *config; /* path of the kubeconfig */
    const char *cert_lifetime;
    const char *replaced; /* the text that the conditions wait to see replaced */
    size_t checks;        /* the GETs of the Secret that has_checked() waits for */
};

static void fixture_fini(struct fixture *fixture)
{
    for (size_t i = 0; i < REPLICAS; i++)
        webhook_free(fixture->replicas[i]);
    fake_cluster_free(fixture->cluster);
    free(fixture->config);
}
DEFINE_AUTO_FINI(fixture, struct fixture, fixture_fini);

static void must(int result, const struct err *err)
{
    if (result < 0)
        fail_msg("%s", err->text);
}

static void start(struct fixture *fixture, size_t index)
{
    struct err err;
    const char *const more[] = {"--kubeconfig",
                                fixture->config,
                                "--cert-secret",
                                "gs/certs",
                                "--service",
                                "gpuslice",
                                "--tls-host",
                                "127.0.0.1",
                                "--webhook-config",
                                "inject",
                                "--advise-config",
                                "advise",
                                "--ca-lifetime",
                                "1000d",
                                "--cert-lifetime",
                                fixture->cert_lifetime,
                                NULL};
    must(webhook_start(fixture->replicas[index], more, &err), &err);
}

/* Creates the cluster and the replicas, but does not start the replicas. */
static void fixture_make(struct fixture *fixture)
{
    fixture->cluster = fake_cluster_new();
    fixture->cert_lifetime = "120s"; /* checks are 4 seconds apart */
    for (size_t i = 0; i < REPLICAS; i++)
        fixture->replicas[i] = webhook_new();
    AUTO(string) config = fake_cluster_kubeconfig(fixture->cluster);
    temp_write(fixture->replicas[0]->folder, "kube.yaml", config);
    fixture->config = temp_path(fixture->replicas[0]->folder, "kube.yaml");
}

static void await_ready(const struct webhook *webhook)
{
    struct err err;
    must(webhook_await_readyz(webhook, "[+]certificate ok: CN=gpuslice until ", &err), &err);
}

/* Sends a review over a connection that trusts `bundle`. */
static int ask_trusting(const struct webhook *replica, const char *bundle, struct err *err)
{
    static const char review[] = WEBHOOK_REVIEW("ml-team", "");
    AUTO(https_client) client = NULL;
    AUTO(http_reply) reply;
    http_reply_init(&reply);
    if (webhook_connect(replica, bundle, HOST, &client, err) < 0 || webhook_post(client, review, &reply, err) < 0)
        return -1;
    bool good = reply.status == 200 && strstr(buf_text(&reply.body), JSON("patchType":"JSONPatch"));
    return good ? 0 : err_set(err, ERR_IO, "%u %.800s", reply.status, buf_text(&reply.body));
}

static int ask(const struct fixture *fixture, const struct webhook *replica, struct err *err)
{
    AUTO(string) bundle = bundle_at(fixture->cluster, MUTATING_PATH, ENTRY_A);
    return ask_trusting(replica, bundle, err);
}

/* -- Clients, which learn of a new bundle some time after it was written, like API servers -- */

struct clients {
    const struct fixture *fixture;
    pthread_t threads[CLIENTS];
    atomic_bool stopped;
    atomic_uint answered, lost;
    pthread_mutex_t mutex;
    struct err first;
};

/* A client reads the bundle again when its copy is older than bundle_age_ns. A failure with a copy older than
 * bundle_age_most_ns is not counted: the machine has kept the thread waiting. */
static const int64_t bundle_age_ns = 500000000, bundle_age_most_ns = 1000000000;

static void lose(struct clients *clients, const struct err *err)
{
    (void)pthread_mutex_lock(&clients->mutex);
    if (atomic_fetch_add(&clients->lost, 1) == 0)
        clients->first = *err;
    (void)pthread_mutex_unlock(&clients->mutex);
}

static void *ask_repeatedly(void *context)
{
    struct clients *clients = context;
    const struct fixture *fixture = clients->fixture;
    char *bundle = NULL;
    int64_t read_ns = 0;
    for (unsigned i = 0; !atomic_load(&clients->stopped); i++) {
        struct err err;
        if (!bundle || clock_monotonic_ns() - read_ns > bundle_age_ns) {
            free(bundle);
            read_ns = clock_monotonic_ns();
            bundle = bundle_at(fixture->cluster, MUTATING_PATH, ENTRY_A);
        }
        if (ask_trusting(fixture->replicas[i % REPLICAS], bundle, &err) == 0)
            (void)atomic_fetch_add(&clients->answered, 1);
        else if (clock_monotonic_ns() - read_ns < bundle_age_most_ns)
            lose(clients, &err);
    }
    free(bundle);
    return NULL;
}

static void clients_start(struct clients *clients, const struct fixture *fixture)
{
    clients->fixture = fixture;
    (void)pthread_mutex_init(&clients->mutex, NULL);
    for (size_t i = 0; i < CLIENTS; i++)
        assert_int_equal(pthread_create(&clients->threads[i], NULL, ask_repeatedly, clients), 0);
}

static void clients_stop(struct clients *clients)
{
    atomic_store(&clients->stopped, true);
    for (size_t i = 0; i < CLIENTS; i++)
        (void)pthread_join(clients->threads[i], NULL);
    if (clients->lost > 0)
        fail_msg("%u lost, %u answered, the first: %s", clients->lost, clients->answered, clients->first.text);
    print_message("%u answered\n", clients->answered);
    assert_true(clients->answered > 0);
}

/* -- Conditions -- */

/* True if all replicas serve the stored leaf. */
static bool all_serve_the_stored_leaf(void *context)
{
    struct fixture *fixture = context;
    struct err err;
    AUTO(string) leaf = stored_text(fixture->cluster, "tls.crt");
    struct cert_facts *list = NULL;
    size_t count = 0;
    if (cert_facts_list(leaf, "leaf", &list, &count, &err) < 0)
        return false;
    char wanted[64];
    (void)snprintf(wanted, sizeof(wanted), "sha256 %.16s", list[0].fingerprint);
    free(list);
    bool all = true;
    for (size_t i = 0; i < REPLICAS && all; i++) {
        AUTO(http_reply) reply;
        http_reply_init(&reply);
        all = webhook_get(fixture->replicas[i], "/readyz?verbose", &reply, &err) == 0 &&
              strstr(buf_text(&reply.body), wanted);
    }
    return all;
}

static bool ca_is_new(void *context)
{
    struct fixture *fixture = context;
    AUTO(string) ca = stored_text(fixture->cluster, "ca.crt");
    return *ca && strcmp(ca, fixture->replaced) != 0 && all_serve_the_stored_leaf(fixture);
}

static bool leaf_is_new(void *context)
{
    struct fixture *fixture = context;
    AUTO(string) leaf = stored_text(fixture->cluster, "tls.crt");
    return *leaf && strcmp(leaf, fixture->replaced) != 0 && all_serve_the_stored_leaf(fixture);
}

static bool has_checked(void *context)
{
    struct fixture *fixture = context;
    return fake_cluster_requests(fixture->cluster, "GET", SECRET_PATH) >= fixture->checks;
}

static void run_certs(const struct fixture *fixture, const char *const more[], int status, const char *part)
{
    struct err err;
    AUTO(program_output) output = {0};
    const char *argv[ARGUMENTS] = {webhook_binary(), "certs"};
    size_t count = 2;
    for (size_t i = 0; more[i]; i++)
        argv[count++] = more[i];
    argv[count++] = "--cert-secret";
    argv[count++] = "gs/certs";
    argv[count++] = "--kubeconfig";
    argv[count++] = fixture->config;
    must(program_run(argv, WEBHOOK_WAIT_MS, &output, &err), &err);
    if (output.status != status || (!strstr(buf_text(&output.out), part) && !strstr(buf_text(&output.errors), part)))
        fail_msg("certs %s ends with %d, expected %d and \"%s\": %s%s", more[0], output.status, status, part,
                 buf_text(&output.out), buf_text(&output.errors));
    if (strstr(buf_text(&output.out), "PRIVATE KEY"))
        fail_msg("a key was printed");
}

/* -- Tests -- */

TEST(rotation__of_leaf_and_ca_under_load__loses_no_request)
{
    struct clients clients = {0};
    AUTO(fixture) fixture = {0};
    fixture_make(&fixture);
    cluster_fill(fixture.cluster);
    for (size_t i = 0; i < REPLICAS; i++)
        start(&fixture, i);
    for (size_t i = 0; i < REPLICAS; i++)
        await_ready(fixture.replicas[i]);
    assert_true(eventually(all_serve_the_stored_leaf, &fixture, WEBHOOK_WAIT_MS));
    assert_int_equal(fake_cluster_done(fixture.cluster, "POST", SECRETS_PATH), 1);
    assert_int_equal(fake_cluster_done(fixture.cluster, "PATCH", ""), 2);

    clients_start(&clients, &fixture);
    AUTO(string) leaf = stored_text(fixture.cluster, "tls.crt");
    fixture.replaced = leaf;
    run_certs(&fixture, (const char *const[]){"rotate", NULL}, 0,
              "a new certificate signed by the same CA: CN=gpuslice");
    if (!eventually(leaf_is_new, &fixture, WEBHOOK_WAIT_MS))
        fail_msg("not every replica serves a new leaf");
    AUTO(string) ca = stored_text(fixture.cluster, "ca.crt");
    fixture.replaced = ca;
    run_certs(&fixture, (const char *const[]){"rotate", "--ca", NULL}, 0, "a next CA, to be trusted alongside");
    if (!eventually(ca_is_new, &fixture, WEBHOOK_WAIT_MS))
        fail_msg("the next CA did not become the CA");
    AUTO(string) last = stored_text(fixture.cluster, "tls.crt");
    fixture.replaced = last;
    fake_cluster_shift_clock(fixture.cluster, 90); /* the leaf lasts 120 s and is due after two thirds */
    if (!eventually(leaf_is_new, &fixture, WEBHOOK_WAIT_MS))
        fail_msg("the leaf was not renewed when due");
    clients_stop(&clients);

    AUTO(string) bundle = bundle_at(fixture.cluster, MUTATING_PATH, ENTRY_A);
    assert_int_equal(certs_in(bundle), 2);
    assert_true(cert_bundle_has(bundle, ca));
    assert_int_equal(fake_cluster_done(fixture.cluster, "PATCH", ""), 4);
    run_certs(&fixture, (const char *const[]){"show", "--webhook-config", "inject", "--service", "gpuslice", NULL}, 0,
              "MutatingWebhookConfiguration inject, url: trusts the CA");
    run_certs(&fixture, (const char *const[]){"show", "--webhook-config", "inject", NULL}, 1,
              "the caBundle of other does not contain the CA (ca.crt)");
    run_certs(&fixture, (const char *const[]){"show", "-o", "json", NULL}, 0, JSON("source": "ca-previous.crt"));
}

TEST(restart__with_a_stored_leaf__serves_it_and_writes_nothing)
{
    struct err err;
    int status = 0;
    AUTO(fixture) fixture = {0};
    fixture_make(&fixture);
    cluster_fill(fixture.cluster);
    start(&fixture, 0);
    await_ready(fixture.replicas[0]);
    AUTO(string) leaf = stored_text(fixture.cluster, "tls.crt");
    must(webhook_end(fixture.replicas[0], SIGTERM, &status, &err), &err);
    assert_int_equal(status, 0);
    temp_remove(fixture.replicas[0]->folder, "ready");
    start(&fixture, 0);
    await_ready(fixture.replicas[0]);
    AUTO(string) again = stored_text(fixture.cluster, "tls.crt");
    assert_string_equal(leaf, again);
    must(ask(&fixture, fixture.replicas[0], &err), &err);
    fixture.checks = fake_cluster_requests(fixture.cluster, "GET", SECRET_PATH) + 2;
    assert_true(eventually(has_checked, &fixture, WEBHOOK_WAIT_MS));
    assert_int_equal(fake_cluster_requests(fixture.cluster, "PATCH", ""), 2);
    assert_int_equal(fake_cluster_requests(fixture.cluster, "PUT", ""), 0);
}

TEST(api_server__unreachable_at_the_start__is_waited_for)
{
    struct err err;
    AUTO(fixture) fixture = {0};
    AUTO(https_client) client = NULL;
    fixture_make(&fixture);
    fake_cluster_order(fixture.cluster, NULL, "/", 0);
    start(&fixture, 0);
    must(webhook_await_readyz(
             fixture.replicas[0],
             "[-]certificate failed: there is none yet; out of sync with the cluster: Secret gs/certs: ", &err),
         &err);
    assert_int_equal(webhook_connect(fixture.replicas[0], NULL, HOST, &client, &err),
                     -1); /* handshakes fail without a certificate */
    fake_cluster_order(fixture.cluster, NULL, NULL, 0);
    must(webhook_await_readyz(fixture.replicas[0],
                              "; the webhook configurations do not trust its CA yet; out of sync with the "
                              "cluster: MutatingWebhookConfiguration inject: it does not exist",
                              &err),
         &err);
    must(webhook_await_readyz(fixture.replicas[0], "readyz check failed", &err), &err);
    cluster_fill(fixture.cluster);
    await_ready(fixture.replicas[0]);
    must(ask(&fixture, fixture.replicas[0], &err), &err);
    must(webhook_await_log(fixture.replicas[0], "there is no certificate to serve yet", &err), &err);
    must(webhook_await_log(fixture.replicas[0], "certificates are in sync", &err), &err);
}

TEST(api_server__refuses_later__current_certificate_stays_in_use)
{
    struct err err;
    AUTO(fixture) fixture = {0};
    AUTO(http_reply) page;
    AUTO(buf) log;
    http_reply_init(&page);
    buf_init(&log, 1 << 24);
    fixture_make(&fixture);
    cluster_fill(fixture.cluster);
    start(&fixture, 0);
    await_ready(fixture.replicas[0]);
    fake_cluster_order(fixture.cluster, NULL, "/secrets/", 403);
    must(webhook_await_readyz(fixture.replicas[0], "; out of sync with the cluster: Secret gs/certs: HTTP 403 Ordered",
                              &err),
         &err);
    await_ready(fixture.replicas[0]); /* still ready */
    must(ask(&fixture, fixture.replicas[0], &err), &err);
    must(webhook_await_log(fixture.replicas[0], "certificates are out of sync; those being served stay in use", &err),
         &err);
    must(webhook_get(fixture.replicas[0], "/metrics", &page, &err), &err);
    static const char *const lines[] = {
        "\ngpuslice_last_load_successful{what=\"certificate\"} 0\n",
        "\ngpuslice_certificate_rotations_total{step=\"begin\",result=\"success\"} 1\n",
        "\ngpuslice_certificate_rotations_total{step=\"promote\",result=\"failure\"} 0\n",
        "\ngpuslice_webhook_configuration_patches_total{result=\"success\"} 2\n",
        "\ngpuslice_certificate_authority_expiry_timestamp_seconds ",
        "\ngpuslice_certificate_expiry_timestamp_seconds ",
    };
    for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
        if (!strstr(buf_text(&page.body), lines[i]))
            fail_msg("not on the page: %s", lines[i]);
    }
    fake_cluster_order(fixture.cluster, NULL, NULL, 0);
    must(webhook_await_log(fixture.replicas[0], "certificates are in sync", &err), &err);
    must(webhook_log(fixture.replicas[0], &log, &err), &err);
    assert_null(strstr(buf_text(&log), "PRIVATE KEY"));
    assert_null(strstr(buf_text(&log), "hush-hush"));
}

/* The API server's clock decides whether a certificate is valid, and must decide readiness too: by this machine's
 * clock, the certificate has expired. */
TEST(clock__far_ahead_of_the_servers__replica_is_ready)
{
    struct err err;
    AUTO(fixture) fixture = {0};
    fixture_make(&fixture);
    fixture.cert_lifetime = "90d";
    cluster_fill(fixture.cluster);
    fake_cluster_shift_clock(fixture.cluster, -100 * (int64_t)86400);
    start(&fixture, 0);
    await_ready(fixture.replicas[0]);
    must(webhook_await_log(fixture.replicas[0], "this machine's clock differs from the API server's", &err), &err);
}

/* Without the signal, ten checks would take two minutes. */
TEST(sighup__causes_a_check_immediately)
{
    enum { CHECKS = 10, MOST_S = 60 };
    struct err err;
    AUTO(fixture) fixture = {0};
    fixture_make(&fixture);
    fixture.cert_lifetime = "90d";
    cluster_fill(fixture.cluster);
    start(&fixture, 0);
    await_ready(fixture.replicas[0]);
    int64_t began_ns = clock_monotonic_ns();
    for (size_t i = 0; i < CHECKS; i++) {
        fixture.checks = fake_cluster_requests(fixture.cluster, "GET", SECRET_PATH) + 1;
        assert_int_equal(kill(fixture.replicas[0]->program.pid, SIGHUP), 0);
        assert_true(eventually(has_checked, &fixture, WEBHOOK_WAIT_MS));
    }
    assert_true(clock_monotonic_ns() - began_ns < MOST_S * (int64_t)1000000000);
    must(ask(&fixture, fixture.replicas[0], &err), &err);
}

TEST(options__invalid_or_contradictory__are_refused)
{
    static const struct {
        const char *more[8], *text;
    } cases[] = {
        {{"--cert-secret", "certs"}, "--cert-secret certs: must be NAMESPACE/NAME, of lower-case letters, digits"},
        {{"--cert-secret", "gs/Certs"}, "--cert-secret gs/Certs: must be NAMESPACE/NAME, of lower-case letters"},
        {{"--cert-secret", "gs/a/b"}, "--cert-secret gs/a/b: must be NAMESPACE/NAME"},
        {{"--cert-secret=gs/certs", "--service=x"}, "--cert-secret needs --webhook-config or --advise-config"},
        {{"--cert-secret=gs/certs", "--webhook-config=x"}, "--cert-secret needs --service or --tls-host"},
        {{"--cert-secret=gs/certs", "--webhook-config=x/y"}, "\"x/y\" is not a valid name of a webhook configuration"},
        {{"--webhook-config=x"}, "need --cert-secret"},
        {{"--cert-secret=gs/certs", "--service=x", "--webhook-config=y", "--ca-out=z"},
         "--cert-secret excludes --tls-cert and --ca-out"},
        {{"--cert-lifetime=9s"}, "--cert-lifetime 9s: must be from 10s to 36500d"},
        {{"--cert-lifetime=1y"}, "--cert-lifetime 1y: must be a duration, e.g. 90s, 12h or 365d"},
        {{"--ca-lifetime=99999d"}, "--ca-lifetime 99999d: must be a duration"},
        {{"--cert-secret=gs/certs", "--ca-lifetime=1d", "--cert-lifetime=25h"},
         "--cert-lifetime must not be longer than --ca-lifetime"},
        {{"--client-name=x"}, "--client-name needs --client-ca"},
        {{"--client-ca=/nonexistent", "--namespaces=docs/examples/namespaces.yaml"}, "/nonexistent: No such file"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct err err;
        AUTO(program_output) output = {0};
        const char *argv[ARGUMENTS] = {webhook_binary(), "serve"};
        for (size_t j = 0; j < ARRAY_SIZE(cases[i].more) && cases[i].more[j]; j++)
            argv[j + 2] = cases[i].more[j];
        must(program_run(argv, WEBHOOK_WAIT_MS, &output, &err), &err);
        if (output.status != 2 || !strstr(buf_text(&output.errors), cases[i].text))
            fail_msg("status %d, expected 2 and %s: %s", output.status, cases[i].text, buf_text(&output.errors));
    }
}

BEFORE_TESTS()
{
    (void)signal(SIGPIPE, SIG_IGN);
}

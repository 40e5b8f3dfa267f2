/* `gpuslice serve` while its policies, namespaces and certificates change: rewritten, renamed, swapped by links, under
 * load, and broken. */
#include "certs/issue.h"
#include "tests/support/check.h"
#include "tests/support/load.h"
#include "tests/support/temp_dir.h"

#include <signal.h>

enum { ROUNDS = 5, CLIENTS = 4, CERT_ROUNDS = 4, DAY = 86400 };

static const char review[] = WEBHOOK_REVIEW("ml-team", "");
static const char *const sets[] = {WEBHOOK_POLICIES("t4-third"), WEBHOOK_POLICIES("a10g-half")};

static void expect_answer(const struct webhook *webhook, const char *text)
{
    struct err err;
    check_success("answer", webhook_await_answer(webhook, review, text, &err), &err);
}

static void expect_readyz(const struct webhook *webhook, const char *text)
{
    struct err err;
    check_success("readyz", webhook_await_readyz(webhook, text, &err), &err);
}

static void expect_log(const struct webhook *webhook, const char *text)
{
    struct err err;
    check_success("log", webhook_await_log(webhook, text, &err), &err);
}

/* A way to replace the policies in a folder by `text`. `number` counts the replacements; replacement 0 creates the
 * folder. */
struct way {
    const char *name;
    const char *policies; /* folder for --policies, within the webhook's folder */
    unsigned burst;       /* replacements in a row; 1 for a way that leaves the file incomplete for a moment */
    void (*replace)(const char *folder, const char *text, unsigned number);
};

static void rewrite(const char *folder, const char *text, unsigned number)
{
    (void)number;
    temp_write(folder, "policies/policy.yaml", text);
}

static void rename_over(const char *folder, const char *text, unsigned number)
{
    (void)number;
    temp_write(folder, "policies/.policy.yaml.new", text);
    temp_rename(folder, "policies/.policy.yaml.new", "policies/policy.yaml");
}

/* Like the kubelet's AtomicWriter: creates a folder and a link to it, renames the link over ..data and removes the old
 * folder. */
static void swap_data_link(const char *folder, const char *text, unsigned number)
{
    char name[64];
    char path[128];
    if (number == 0) {
        temp_mkdir(folder, "mounted");
        temp_link(folder, "..data/policy.yaml", "mounted/policy.yaml");
    }
    (void)snprintf(name, sizeof(name), "..2026_%u", number);
    (void)snprintf(path, sizeof(path), "mounted/%s", name);
    temp_mkdir(folder, path);
    (void)snprintf(path, sizeof(path), "mounted/%s/policy.yaml", name);
    temp_write(folder, path, text);
    temp_link(folder, name, "mounted/..data_tmp");
    temp_rename(folder, "mounted/..data_tmp", "mounted/..data");
    if (number > 0) {
        (void)snprintf(path, sizeof(path), "mounted/..2026_%u", number - 1);
        temp_remove(folder, path);
    }
}

/* Like git-sync: creates a worktree named after its commit, renames a link to it over the old link and removes the old
 * worktree. */
static void swap_worktree(const char *folder, const char *text, unsigned number)
{
    char name[64];
    char path[128];
    if (number == 0) {
        temp_mkdir(folder, "git");
        temp_mkdir(folder, "git/.worktrees");
    }
    (void)snprintf(name, sizeof(name), ".worktrees/%040x", number);
    (void)snprintf(path, sizeof(path), "git/%s", name);
    temp_mkdir(folder, path);
    (void)snprintf(path, sizeof(path), "git/%s/policies", name);
    temp_mkdir(folder, path);
    (void)snprintf(path, sizeof(path), "git/%s/policies/policy.yaml", name);
    temp_write(folder, path, text);
    temp_link(folder, name, "git/new");
    temp_rename(folder, "git/new", "git/current");
    if (number > 0) {
        (void)snprintf(path, sizeof(path), "git/.worktrees/%040x", number - 1);
        temp_remove(folder, path);
    }
}

static const struct way ways[] = {
    {"plain rewrite", "policies", 1, rewrite},
    {"atomic rename", "policies", 5, rename_over},
    {"ConfigMap's ..data link", "mounted", 5, swap_data_link},
    {"git-sync's link", "git/current/policies", 5, swap_worktree},
};

/* Makes bursts of replacements while clients post. Each burst ends with the set that was not in use before it. */
static int replace_under_load(const struct webhook *webhook, const struct way *way, struct load *load, struct err *err)
{
    unsigned number = 1;
    for (unsigned round = 0; round < ROUNDS; round++) {
        unsigned last = (round + 1) % ARRAY_SIZE(sets);
        for (unsigned i = 0; i < way->burst; i++) {
            way->replace(webhook->folder, sets[(last + way->burst - 1 - i) % ARRAY_SIZE(sets)], number++);
            if (load_await(load, CLIENTS, err) < 0)
                return err_wrap(err, "round %u", round);
        }
        if (load_await_answer(load, last, err) < 0)
            return err_wrap(err, "round %u, answers of the new set", round);
    }
    return 0;
}

static void reload_under_load(struct webhook *webhook, const struct way *way)
{
    struct err err = {0};
    struct err loss = {0};
    unsigned count = 0;
    AUTO(string) policies = temp_path(webhook->folder, way->policies);
    AUTO(string) first = NULL;
    AUTO(string) second = NULL;
    check_success(way->name, webhook_expected(webhook, sets[0], review, &first, &err), &err);
    check_success(way->name, webhook_expected(webhook, sets[1], review, &second, &err), &err);
    way->replace(webhook->folder, sets[0], 0);
    webhook_must_start(webhook, (const char *[]){"--policies", policies, NULL});
    const struct load_options options = {.clients = CLIENTS, .review = review, .answers = {first, second}};
    struct load *load = load_start(webhook, &options);
    int result = replace_under_load(webhook, way, load, &err);
    check_success(way->name, load_stop(load, &count, &loss), &loss);
    check_success(way->name, result, &err);
    expect_answer(webhook, second);
    webhook_must_end(webhook);
}

TEST_WITH(policies__rewritten_under_load__no_request_lost, webhook_setup, webhook_teardown)
{
    reload_under_load(*state, &ways[0]);
}

TEST_WITH(policies__renamed_under_load__no_request_lost, webhook_setup, webhook_teardown)
{
    reload_under_load(*state, &ways[1]);
}

TEST_WITH(policies__config_map_swapped_under_load__no_request_lost, webhook_setup, webhook_teardown)
{
    reload_under_load(*state, &ways[2]);
}

TEST_WITH(policies__git_sync_swapped_under_load__no_request_lost, webhook_setup, webhook_teardown)
{
    reload_under_load(*state, &ways[3]);
}

TEST_WITH(policies__broken__last_good_stays_until_repaired, webhook_setup, webhook_teardown)
{
    struct webhook *webhook = *state;
    struct err err;
    char text[1024];
    AUTO(http_reply) reply;
    http_reply_init(&reply);
    webhook_must_start(webhook, NULL);
    expect_answer(webhook, JSON("class":"t4-third"));

    rename_over(webhook->folder, WEBHOOK_POLICIES("a10g-half, allowd: [t4-third]"), 1);
    (void)snprintf(text, sizeof(text),
                   "\"level\":\"error\",\"message\":\"problem\",\"file\":\"%s/policies/policy.yaml\",\"line\":24,"
                   "\"column\":38,\"text\":\"spec.classes.allowd: unknown field \\\"allowd\\\"; did you mean "
                   "\\\"allowed\\\"?\"}\n",
                   webhook->folder);
    expect_log(webhook, text);
    (void)snprintf(text, sizeof(text),
                   ", 1 policies, 2 classes, 2 pools; the last load failed and changed nothing: 1 problem, the first: "
                   "%s/policies/policy.yaml:24:38: spec.classes.allowd: unknown field \"allowd\"; did you mean "
                   "\"allowed\"?\n",
                   webhook->folder);
    expect_readyz(webhook, text);
    expect_log(webhook, "\"level\":\"error\",\"message\":\"load failed; the last good state stays in use\","
                        "\"what\":\"policies\",\"fault\":\"1 problem, the first: ");
    check_success("readyz", webhook_get(webhook, "/readyz", &reply, &err), &err);
    assert_int_equal(reply.status, 200);
    check_text("readyz", buf_text(&reply.body), "ok\n");
    check_success("answer", webhook_ask(webhook, review, &reply, &err), &err);
    assert_non_null(strstr(buf_text(&reply.body), JSON("class":"t4-third")));

    rename_over(webhook->folder, sets[1], 2);
    expect_answer(webhook, JSON("class":"a10g-half"));
    check_success("readyz", webhook_get(webhook, "/readyz?verbose", &reply, &err), &err);
    assert_null(strstr(buf_text(&reply.body), "failed"));
    webhook_must_end(webhook);
}

TEST_WITH(policies__all_removed__last_good_stays, webhook_setup, webhook_teardown)
{
    struct webhook *webhook = *state;
    webhook_must_start(webhook, NULL);
    temp_remove(webhook->folder, "policies/policy.yaml");
    expect_readyz(webhook, "; the last load failed and changed nothing: ");
    expect_answer(webhook, JSON("class":"t4-third"));
    webhook_must_end(webhook);
}

TEST_WITH(namespaces__edited__new_one_is_known, webhook_setup, webhook_teardown)
{
    struct webhook *webhook = *state;
    struct err err;
    static const char stranger[] = WEBHOOK_REVIEW("new-team", "");
    AUTO(http_reply) reply;
    http_reply_init(&reply);
    webhook_must_start(webhook, NULL);
    check_success("unknown", webhook_ask(webhook, stranger, &reply, &err), &err);
    assert_int_equal(reply.status, 500);
    check_text("unknown", buf_text(&reply.body), "namespace \"new-team\" is not known\n");

    temp_write(webhook->folder, "namespaces.yaml", WEBHOOK_NAMESPACE("ml-team") WEBHOOK_NAMESPACE("new-team"));
    check_success("known", webhook_await_answer(webhook, stranger, JSON("decision":"injected"), &err), &err);

    temp_write(webhook->folder, "namespaces.yaml", "---\napiVersion: v1\nkind: Pod\nmetadata: {name: a}\n");
    expect_readyz(webhook, "[+]namespaces ok: 2 from ");
    expect_readyz(webhook, "/namespaces.yaml; the last load failed and changed nothing: 1 problem, the first: ");
    check_success("still known", webhook_await_answer(webhook, stranger, JSON("decision":"injected"), &err), &err);
    webhook_must_end(webhook);
}

/* `kubectl get ns -o yaml >namespaces.yaml` leaves an empty file while it waits, or when it fails. */
TEST_WITH(namespaces__emptied__last_good_stays, webhook_setup, webhook_teardown)
{
    struct webhook *webhook = *state;
    webhook_must_start(webhook, NULL);
    temp_write(webhook->folder, "namespaces.yaml", "");
    expect_readyz(webhook, "/namespaces.yaml: contains no Namespace\n");
    expect_answer(webhook, JSON("class":"t4-third"));
    webhook_must_end(webhook);
}

/* A CA, and leaves for localhost and a name of their own, by which tests distinguish them. */
struct certificates {
    struct cert_pem ca;
    struct cert_pem leaves[2]; /* a.test, b.test */
};

static const char *const cert_names[] = {"a.test", "b.test"};

static void certificates_fini(struct certificates *certificates)
{
    cert_pem_fini(&certificates->ca);
    cert_pem_fini(&certificates->leaves[0]);
    cert_pem_fini(&certificates->leaves[1]);
}
DEFINE_AUTO_FINI(certificates, struct certificates, certificates_fini);

static void issue(struct certificates *ret_certificates)
{
    struct err err;
    const struct cert_request ca = {.name = "test CA",
                                    .lifetime = 2 * DAY}; /* longer than the leaves, which are issued later */
    check_success("CA", cert_issue_ca(&ca, &ret_certificates->ca, &err), &err);
    for (size_t i = 0; i < ARRAY_SIZE(cert_names); i++) {
        const char *const hosts[] = {"localhost", cert_names[i]};
        const struct cert_request leaf = {
            .name = cert_names[i], .hosts = hosts, .host_count = ARRAY_SIZE(hosts), .lifetime = DAY};
        check_success("leaf", cert_issue_leaf(&ret_certificates->ca, &leaf, &ret_certificates->leaves[i], &err), &err);
    }
}

/* Replaces a pair like the kubelet replaces a mounted Secret. */
static void swap_secret(const char *folder, const struct cert_pem *pair, unsigned number)
{
    char name[64];
    char path[128];
    if (number == 0) {
        temp_mkdir(folder, "tls");
        temp_link(folder, "..data/tls.crt", "tls/tls.crt");
        temp_link(folder, "..data/tls.key", "tls/tls.key");
    }
    (void)snprintf(name, sizeof(name), "..2026_%u", number);
    (void)snprintf(path, sizeof(path), "tls/%s", name);
    temp_mkdir(folder, path);
    (void)snprintf(path, sizeof(path), "tls/%s/tls.crt", name);
    temp_write(folder, path, pair->cert);
    (void)snprintf(path, sizeof(path), "tls/%s/tls.key", name);
    temp_write(folder, path, pair->key);
    temp_link(folder, name, "tls/..data_tmp");
    temp_rename(folder, "tls/..data_tmp", "tls/..data");
}

static void start_with_certificate(struct webhook *webhook)
{
    AUTO(string) cert = temp_path(webhook->folder, "tls/tls.crt");
    AUTO(string) key = temp_path(webhook->folder, "tls/tls.key");
    webhook_must_start(webhook, (const char *[]){"--tls-cert", cert, "--tls-key", key, NULL});
}

struct wanted {
    const struct webhook *webhook;
    const char *ca, *name;
    struct err err;
};

static bool presents_certificate(void *context)
{
    struct wanted *wanted = context;
    AUTO(https_client) client = NULL;
    return webhook_connect(wanted->webhook, wanted->ca, wanted->name, &client, &wanted->err) == 0;
}

/* Waits until new connections get the certificate with this name. */
static int await_certificate(const struct webhook *webhook, const char *ca, const char *name, struct err *err)
{
    struct wanted wanted = {.webhook = webhook, .ca = ca, .name = name};
    if (eventually(presents_certificate, &wanted, WEBHOOK_WAIT_MS))
        return 0;
    return err_set(err, ERR_IO, "no connection presents %s: %.500s", name, wanted.err.text);
}

static int swap_certificates_under_load(const struct webhook *webhook, const struct certificates *certificates,
                                        struct load *load, struct err *err)
{
    for (unsigned i = 1; i <= CERT_ROUNDS; i++) {
        swap_secret(webhook->folder, &certificates->leaves[i % 2], i);
        if (await_certificate(webhook, certificates->ca.cert, cert_names[i % 2], err) < 0 ||
            load_await(load, CLIENTS, err) < 0)
            return err_wrap(err, "swap %u", i);
    }
    return 0;
}

TEST_WITH(certificate__swapped_under_load__no_connection_fails, webhook_setup, webhook_teardown)
{
    struct webhook *webhook = *state;
    struct err err = {0};
    struct err loss = {0};
    unsigned count = 0;
    AUTO(certificates) certificates = {0};
    AUTO(string) answer = NULL;
    issue(&certificates);
    check_success("expected", webhook_expected(webhook, sets[0], review, &answer, &err), &err);
    swap_secret(webhook->folder, &certificates.leaves[0], 0);
    start_with_certificate(webhook);
    const struct load_options options = {
        .clients = CLIENTS, .review = review, .answers = {answer}, .ca = certificates.ca.cert, .always_connect = true};
    struct load *load = load_start(webhook, &options);
    int result = swap_certificates_under_load(webhook, &certificates, load, &err);
    check_success("load", load_stop(load, &count, &loss), &loss);
    check_success("swaps", result, &err);
    webhook_must_end(webhook);
}

TEST_WITH(certificate__broken__last_good_stays_until_repaired, webhook_setup, webhook_teardown)
{
    struct webhook *webhook = *state;
    struct err err = {0};
    AUTO(https_client) client = NULL;
    AUTO(certificates) certificates = {0};
    const char *ca = NULL;
    issue(&certificates);
    ca = certificates.ca.cert;
    temp_mkdir(webhook->folder, "tls");
    temp_write(webhook->folder, "tls/tls.crt", certificates.leaves[0].cert);
    temp_write(webhook->folder, "tls/tls.key", certificates.leaves[0].key);
    start_with_certificate(webhook);

    temp_write(webhook->folder, "tls/tls.crt", "no certificate\n");
    expect_readyz(webhook, "[+]certificate ok: CN=a.test until ");
    expect_readyz(webhook, "; the last load failed and changed nothing: certificate: ");
    expect_log(webhook, "\"level\":\"error\",\"message\":\"load failed; the last good state stays in use\","
                        "\"what\":\"certificate\",\"fault\":\"certificate: ");
    check_success("old", webhook_connect(webhook, ca, "a.test", &client, &err), &err);

    /* First the new certificate, later its key: serve must notice each change. */
    temp_write(webhook->folder, "tls/tls.crt", certificates.leaves[1].cert);
    expect_readyz(webhook, "nothing: certificate CN=b.test: the private key belongs to another certificate\n");
    temp_write(webhook->folder, "tls/tls.key", certificates.leaves[1].key);
    check_success("new", await_certificate(webhook, ca, "b.test", &err), &err);
    expect_readyz(webhook, "[+]certificate ok: CN=b.test until ");

    /* The connection from before the swap still works. */
    AUTO(http_reply) reply;
    http_reply_init(&reply);
    check_success("kept", webhook_post(client, review, &reply, &err), &err);
    assert_int_equal(reply.status, 200);
    webhook_must_end(webhook);
}

/* serve reads the target of a link into another folder only once a minute: this load is caused by the signal. */
TEST_WITH(sighup__policies_changed_in_another_folder__loaded, webhook_setup, webhook_teardown)
{
    struct webhook *webhook = *state;
    temp_mkdir(webhook->folder, "elsewhere");
    temp_write(webhook->folder, "elsewhere/policy.yaml", sets[0]);
    temp_remove(webhook->folder, "policies/policy.yaml");
    temp_link(webhook->folder, "../elsewhere/policy.yaml", "policies/policy.yaml");
    webhook_must_start(webhook, NULL);
    expect_answer(webhook, JSON("class":"t4-third"));
    temp_write(webhook->folder, "elsewhere/policy.yaml", sets[1]);
    (void)kill(webhook->program.pid, SIGHUP);
    expect_answer(webhook, JSON("class":"a10g-half"));
    webhook_must_end(webhook);
}

BEFORE_TESTS()
{
    (void)signal(SIGPIPE, SIG_IGN);
}

/* kube/kubeconfig, kube/incluster, kube/access, kube/credential and kube/exec_plugin. */
#include "tests/support/check.h"

#include "base/clock.h"
#include "kube/credential.h"
#include "kube/incluster.h"
#include "kube/kubeconfig.h"
#include "kube/subprocess.h"
#include "tests/support/temp_dir.h"

#include <sys/stat.h>

static const int64_t second_ns = 1000000000;

#define CONTEXTS                                                                           \
    "current-context: admin\ncontexts:\n- {name: other, context: {cluster: x, user: y}}\n" \
    "- {name: admin, context: {cluster: here, user: me, namespace: ignored}}\n"
#define CLUSTER      "clusters:\n- {name: here, cluster: {server: 'https://10.0.0.1:6443/'}}\n"
#define USER(fields) CONTEXTS CLUSTER "users:\n- {name: me, user: {" fields "}}\n"

static int load(const char *folder, const char *text, struct access *ret_access, struct buf *complaints,
                struct err *err)
{
    AUTO(problems) problems = {0};
    AUTO(string) path = temp_path(folder, "kube.yaml");
    temp_write(folder, "kube.yaml", text);
    int result = kubeconfig_load(path, ret_access, &problems, err);
    for (size_t i = 0; i < problems.count; i++)
        buf_addf(complaints, "%u:%u: %s\n", problems.items[i].line, problems.items[i].column, problems.items[i].text);
    return result;
}

static struct access must_load(const char *folder, const char *text)
{
    struct access access = {0};
    struct err err;
    AUTO(buf) complaints;
    buf_init(&complaints, 65536);
    if (load(folder, text, &access, &complaints, &err) < 0)
        fail_msg("%s\n%s", err.text, buf_text(&complaints));
    return access;
}

TEST(kubeconfig__all_fields__are_read)
{
    AUTO(temp_dir) folder = temp_dir_new();
    AUTO(string) key_path = temp_path(folder, "keys/me.key");
    AUTO(access)
    access = must_load(
        folder, "apiVersion: v1\nkind: Config\npreferences: {colors: true}\n" CONTEXTS
                "clusters:\n- name: here\n  cluster:\n    server: https://10.0.0.1:6443/prefix/\n"
                "    tls-server-name: kubernetes\n    proxy-url: http://proxy:3128\n    extensions: [{name: x}]\n"
                "    certificate-authority: ca.crt\n    certificate-authority-data: LS0tLS1CRUdJTiBYLS0tLS0K\n"
                "users:\n- name: me\n  user:\n    client-certificate: /etc/me.crt\n    client-key: keys/me.key\n"
                "    token: abc\n    tokenFile: token\n");
    AUTO(string) token_path = temp_path(folder, "token");
    assert_string_equal(access.server, "https://10.0.0.1:6443/prefix");
    assert_string_equal(access.tls_server_name, "kubernetes");
    assert_string_equal(access.proxy, "http://proxy:3128");
    assert_string_equal(access.ca.text, "-----BEGIN X-----\n");
    assert_string_equal(access.cert.file, "/etc/me.crt");
    assert_string_equal(access.key.file, key_path);
    assert_null(access.token.text);
    assert_string_equal(access.token.file, token_path);
    assert_false(access.insecure);
    assert_null(access.exec.command);
}

TEST(kubeconfig__with_exec__is_read)
{
    AUTO(temp_dir) folder = temp_dir_new();
    AUTO(access)
    access = must_load(
        folder,
        USER("exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: ./helper, args: [get, token],"
             "env: [{name: A, value: b c}], installHint: ask, provideClusterInfo: true, interactiveMode: Never}"));
    AUTO(string) command = temp_path(folder, "./helper");
    assert_string_equal(access.exec.command, command);
    assert_int_equal(access.exec.arguments.count, 2);
    assert_string_equal(access.exec.arguments.items[1], "token");
    assert_string_equal(access.exec.environment.items[0], "A=b c");
    assert_string_equal(access.exec.install_hint, "ask");
    assert_true(access.exec.provide_cluster_info);
    AUTO(access)
    found = must_load(
        folder, USER("exec: {apiVersion: client.authentication.k8s.io/v1, command: helper, args: null, env: null}"));
    assert_string_equal(found.exec.command, "helper"); /* to be looked up in $PATH */
}

static const struct {
    const char *name, *text, *complaints;
} bad_configs[] = {
    {"no current-context", "contexts: []\n",
     "1:1: field \"current-context\" is missing; set it by kubectl config use-context NAME\n"},
    {"no contexts", "current-context: admin\n",
     "1:18: current-context: there is no context \"admin\" in contexts, which are empty\n"},
    {"an empty current-context", "current-context: \"\"\ncontexts: [{context: {}}]\n",
     "1:1: field \"current-context\" is missing; set it by kubectl config use-context NAME\n"},
    {"another context", "current-context: x\ncontexts: [{name: a, context: {}}, {name: b}]\n",
     "1:18: current-context: there is no context \"x\" in contexts; there is a, b\n"},
    {"no cluster", CONTEXTS "users: [{name: me, user: {}}]\n",
     "4:26: contexts[1].context: there is no cluster \"here\" in clusters, which are empty\n"},
    {"no server", CONTEXTS "clusters: [{name: here, cluster: {}}]\nusers: [{name: me, user: {}}]\n",
     "5:34: clusters[0].cluster: field \"server\" is missing\n"},
    {"no user", CONTEXTS CLUSTER, "4:26: contexts[1].context: there is no user \"me\" in users, which are empty\n"},
    {"auth-provider", USER("auth-provider: {name: gcp}"),
     "8:21: users[0].user.auth-provider: is not supported; must be token, tokenFile, client-certificate with "
     "client-key, or exec\n"},
    {"password", USER("username: a, password: b"),
     "8:21: users[0].user.username: is not supported; must be token, tokenFile, client-certificate with client-key, or "
     "exec\n"
     "8:34: users[0].user.password: is not supported; must be token, tokenFile, client-certificate with client-key, or "
     "exec\n"},
    {"certificate without key", USER("client-certificate: a.crt"),
     "8:20: users[0].user: client-key or client-key-data is missing\n"},
    {"data that is no base64", USER("client-key-data: '!!!!', client-certificate: a"),
     "8:38: users[0].user.client-key-data: not base64; must be a PEM text in base64\n"},
    {"data that is no PEM", USER("client-key-data: aGFsbG8=, client-key: b, client-certificate: a"),
     "8:38: users[0].user.client-key-data: is the base64 of something other than a PEM text\n"},
    {"exec of an old version", USER("exec: {apiVersion: client.authentication.k8s.io/v1alpha1, command: a}"),
     "8:40: users[0].user.exec.apiVersion: is \"client.authentication.k8s.io/v1alpha1\", must be "
     "client.authentication.k8s.io/v1 or client.authentication.k8s.io/v1beta1\n"},
    {"exec without command", USER("exec: {apiVersion: client.authentication.k8s.io/v1}"),
     "8:27: users[0].user.exec: field \"command\" is missing\n"},
    {"interactive exec",
     USER("exec: {apiVersion: client.authentication.k8s.io/v1, command: a, interactiveMode: Always}"),
     "8:102: users[0].user.exec.interactiveMode: is Always, but gpuslice cannot answer questions; must be Never or "
     "IfAvailable\n"},
    {"not a URL",
     CONTEXTS "clusters: [{name: here, cluster: {server: '10.0.0.1:6443'}}]\nusers: [{name: me, user: {}}]\n",
     "5:43: clusters[0].cluster.server: \"10.0.0.1:6443\" must begin with https://\n"},
    {"a token over plain HTTP",
     CONTEXTS "clusters: [{name: here, cluster: {server: 'http://10.0.0.1'}}]\nusers: [{name: me, user: {token: a}}]\n",
     "5:43: clusters[0].cluster.server: \"http://10.0.0.1\" would carry credentials over plain HTTP; must begin with "
     "https://\n"},
    {"a list", "[]\n", "1:1: is a list, must be an object\n"},
    {"two documents", "a: b\n---\nc: d\n", "0:0: has 2 documents, must have one\n"},
};

TEST(kubeconfig__with_mistakes__complaints_with_positions)
{
    AUTO(temp_dir) folder = temp_dir_new();
    for (size_t i = 0; i < ARRAY_SIZE(bad_configs); i++) {
        AUTO(access) access = {0};
        AUTO(buf) complaints;
        struct err err;
        buf_init(&complaints, 65536);
        int result = load(folder, bad_configs[i].text, &access, &complaints, &err);
        check_text(bad_configs[i].name, buf_text(&complaints), bad_configs[i].complaints);
        assert_int_equal(result, -1);
        assert_int_equal(err.code, ERR_INVALID);
        assert_null(access.server);
    }
}

TEST(kubeconfig__missing_file__is_not_found)
{
    AUTO(problems) problems = {0};
    struct access access;
    struct err err;
    check_failure("missing", kubeconfig_load("/nonexistent/config", &access, &problems, &err), &err, ERR_NOT_FOUND,
                  "/nonexistent/config: No such file or directory");
}

static const struct {
    const char *server;
    bool token;
    const char *fault;
} servers[] = {
    {"https://a", true, NULL},
    {"https://[::1]:6443/a/b", true, NULL},
    {"http://a", false, NULL},
    {"http://localhost:8001", true, NULL},
    {"http://127.0.0.1:8001/x", true, NULL},
    {"http://[::1]:8001", true, NULL},
    {"http://127.0.0.1.example.com", true, "would carry credentials over plain HTTP; must begin with https://"},
    {"http://localhost.example.com", true, "would carry credentials over plain HTTP; must begin with https://"},
    {"https://", true, "has no host"},
    {"https://a@b", true, "must be a scheme, a host and a port, such as https://10.0.0.1:6443"},
    {"https://a?b", true, "must be a scheme, a host and a port, such as https://10.0.0.1:6443"},
    {"ftp://a", true, "must begin with https://"},
};

TEST(server__unsafe_for_credentials_or_invalid__is_refused)
{
    for (size_t i = 0; i < ARRAY_SIZE(servers); i++) {
        struct access access = {.server = strdup(servers[i].server)};
        access.token.text = servers[i].token ? strdup("t") : NULL;
        const char *fault = access_fault(&access);
        check_text(servers[i].server, fault ? fault : "", servers[i].fault ? servers[i].fault : "");
        access_fini(&access);
    }
}

/* -- In a pod -- */

TEST(service_account__of_a_pod__is_used)
{
    AUTO(temp_dir) folder = temp_dir_new();
    AUTO(access) access = {0};
    AUTO(access) v6 = {0};
    struct err err;
    temp_write(folder, "token", "secret");
    assert_int_equal(setenv("KUBERNETES_SERVICE_PORT", "443", 1), 0);
    assert_int_equal(setenv("KUBERNETES_SERVICE_HOST", "10.96.0.1", 1), 0);
    check_success("v4", incluster_load(folder, &access, &err), &err);
    assert_string_equal(access.server, "https://10.96.0.1:443");
    assert_non_null(strstr(access.ca.file, "/ca.crt"));
    assert_non_null(strstr(access.token.file, "/token"));
    assert_int_equal(setenv("KUBERNETES_SERVICE_HOST", "fd00::1", 1), 0);
    check_success("v6", incluster_load(folder, &v6, &err), &err);
    assert_string_equal(v6.server, "https://[fd00::1]:443");
    temp_remove(folder, "token");
    struct access none;
    assert_int_equal(incluster_load(folder, &none, &err), -1);
    assert_int_equal(err.code, ERR_NOT_FOUND);
    assert_non_null(strstr(err.text, "/token: the pod has no service account token (automountServiceAccountToken?)"));
    assert_int_equal(unsetenv("KUBERNETES_SERVICE_HOST"), 0);
    check_failure("elsewhere", incluster_load(folder, &none, &err), &err, ERR_NOT_FOUND,
                  "not in a pod: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set");
}

/* -- Tokens and programs -- */

/* Returns an access whose exec program is a script, written to `folder`. */
static struct access access_by_script(const char *folder, const char *script)
{
    AUTO(string) path = temp_path(folder, "helper");
    temp_write(folder, "helper", script);
    assert_int_equal(chmod(path, 0700), 0);
    return must_load(folder, USER("exec: {apiVersion: client.authentication.k8s.io/v1, command: ./helper, "
                                  "args: [one], env: [{name: SECRET, value: two}], provideClusterInfo: true}"));
}

static int64_t in_seconds(int64_t seconds)
{
    return clock_monotonic_ns() + seconds * second_ns;
}

/* Compares the tokens of two requests. If `refuse` is set, reports the first token as refused before the second. */
static void expect_tokens(const struct access *access, bool refuse, const char *first, const char *second)
{
    AUTO(credentials) credentials = NULL;
    AUTO(credential) one = {0};
    AUTO(credential) two = {0};
    struct err err;
    check_success("new", credentials_new(access, &credentials, &err), &err);
    check_success("first", credentials_get(credentials, in_seconds(20), &one, &err), &err);
    check_text("first", one.token, first);
    if (refuse)
        credentials_refused(credentials, &one);
    check_success("second", credentials_get(credentials, in_seconds(20), &two, &err), &err);
    check_text("second", two.token, second);
    assert_int_equal(credential_same(&one, &two), strcmp(first, second) == 0);
}

#define PRINT(status)                                                                                                 \
    "echo x >> $0.count\ncat <<EOF\n{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1\"," \
    "\"status\":" status "}\nEOF\n"

TEST(program__that_prints_a_token__is_run_again_when_needed)
{
    static const char lasting[] = "#!/bin/sh\n" PRINT(JSON({"token":"$1$SECRET$(wc -l < $0.count)"}));
    static const char expiring[] = "#!/bin/sh\n" PRINT(
        JSON({"token":"t$(wc -l < $0.count)","expirationTimestamp":"2020-01-02T03:04:05.678+01:00"}));
    static const char valid[] =
        "#!/bin/sh\n" PRINT(JSON({"token":"t$(wc -l < $0.count)","expirationTimestamp":"2999-01-02T03:04:05Z"}));
    const struct {
        const char *script;
        bool refuse;
        const char *first, *second;
    } cases[] = {
        {lasting, false, "onetwo1", "onetwo1"},
        {lasting, true, "onetwo1", "onetwo2"},
        {expiring, false, "t1", "t2"},
        {valid, false, "t1", "t1"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(temp_dir) folder = temp_dir_new();
        AUTO(access) access = access_by_script(folder, cases[i].script);
        expect_tokens(&access, cases[i].refuse, cases[i].first, cases[i].second);
    }
}

TEST(program__environment__has_the_exec_info)
{
    AUTO(temp_dir) folder = temp_dir_new();
    AUTO(access)
    access = access_by_script(
        folder, "#!/bin/sh\nprintf %s \"$KUBERNETES_EXEC_INFO\" > \"$0.info\"\n" PRINT(JSON({"token":"t"})));
    AUTO(string) path = temp_path(folder, "helper.info");
    expect_tokens(&access, false, "t", "t");
    char text[512] = "";
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(fgets(text, sizeof(text), file));
    (void)fclose(file);
    check_json("exec info", text,
               JSON({"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential",
                     "spec":{"interactive":false,
                      "cluster":{"server":"https://10.0.0.1:6443","insecure-skip-tls-verify":false}}}));
}

static const struct {
    const char *name, *script;
    int64_t seconds;
    enum err_code code;
    const char *fault; /* follows the path of the program */
} bad_programs[] = {
    {"fails", "#!/bin/sh\necho 'log in first' >&2\necho more >&2\nexit 3\n", 20, ERR_UNAVAILABLE,
     ": failed with status 3: log in first"},
    {"fails in silence", "#!/bin/sh\nexit 1\n", 20, ERR_UNAVAILABLE, ": failed with status 1: it printed nothing"},
    {"is killed", "#!/bin/sh\nkill -9 $$\n", 20, ERR_UNAVAILABLE, ": was ended by signal 9: it printed nothing"},
    {"hangs", "#!/bin/sh\nsleep 100\n", 1, ERR_UNAVAILABLE, ": did not finish in time and was killed"},
    {"ends before a child that holds its output", "#!/bin/sh\nsleep 100 &\n" PRINT(JSON({"token":"a"})), 1,
     ERR_UNAVAILABLE, ": did not finish in time and was killed"},
    {"prints without end", "#!/bin/sh\nwhile :; do echo 0123456789012345678901234567890123456789; done\n", 60,
     ERR_LIMIT, ": printed too much: "},
    {"no JSON", "#!/bin/sh\necho no\n", 20, ERR_INVALID, ": printed invalid JSON (line 1, column 2)"},
    {"another kind", "#!/bin/sh\necho '{\"kind\":\"Token\"}'\n", 20, ERR_INVALID,
     ": printed kind \"Token\", must be ExecCredential"},
    {"another version", "#!/bin/sh\necho '{\"kind\":\"ExecCredential\",\"apiVersion\":\"v9\"}'\n", 20, ERR_INVALID,
     ": printed apiVersion \"v9\", must be client.authentication.k8s.io/v1"},
    {"no status", "#!/bin/sh\n" PRINT("null"), 20, ERR_INVALID, ": printed no status"},
    {"nothing", "#!/bin/sh\n" PRINT("{}"), 20, ERR_INVALID, ": printed neither a token nor a client certificate"},
    {"half a pair", "#!/bin/sh\n" PRINT(JSON({"clientKeyData":"x"})), 20, ERR_INVALID,
     ": printed one of clientCertificateData and clientKeyData; must be both"},
    {"a time with text behind it",
     "#!/bin/sh\n" PRINT(JSON({"token":"a","expirationTimestamp":"2999-01-02T03:04:05+01:00x"})), 20, ERR_INVALID,
     ": printed an expirationTimestamp that is not an RFC 3339 time"},
    {"no time", "#!/bin/sh\n" PRINT(JSON({"token":"a","expirationTimestamp":"soon"})), 20, ERR_INVALID,
     ": printed an expirationTimestamp that is not an RFC 3339 time"},
};

TEST(program__without_a_token__error_says_why)
{
    for (size_t i = 0; i < ARRAY_SIZE(bad_programs); i++) {
        AUTO(temp_dir) folder = temp_dir_new();
        AUTO(access) access = access_by_script(folder, bad_programs[i].script);
        AUTO(credentials) credentials = NULL;
        AUTO(credential) credential = {0};
        AUTO(string) text = NULL;
        struct err err;
        check_success("new", credentials_new(&access, &credentials, &err), &err);
        int64_t deadline_ns = in_seconds(bad_programs[i].seconds);
        int result = credentials_get(credentials, deadline_ns, &credential, &err);
        assert_true(asprintf(&text, "%s%s", access.exec.command, bad_programs[i].fault) > 0);
        if (bad_programs[i].code == ERR_LIMIT)
            err.text[strlen(text)] = '\0'; /* buf_check() wrote the rest */
        check_failure(bad_programs[i].name, result, &err, bad_programs[i].code, text);
    }
}

TEST(program__not_installed__error_has_the_hint)
{
    AUTO(temp_dir) folder = temp_dir_new();
    AUTO(access)
    access = must_load(folder, USER("exec: {apiVersion: client.authentication.k8s.io/v1, "
                                    "command: no-such-helper, installHint: 'get it from example.com'}"));
    AUTO(credentials) credentials = NULL;
    struct credential credential;
    struct err err;
    check_success("new", credentials_new(&access, &credentials, &err), &err);
    check_failure("missing", credentials_get(credentials, in_seconds(20), &credential, &err), &err, ERR_NOT_FOUND,
                  "no-such-helper: is not installed: get it from example.com");
}

/* The kernel limits each environment variable to 128 KiB. */
TEST(program__with_a_ca_that_does_not_fit_into_its_environment__is_not_run)
{
    enum { CA_BYTES = 800 << 10 };
    AUTO(temp_dir) folder = temp_dir_new();
    AUTO(access) access = access_by_script(folder, "#!/bin/sh\n" PRINT(JSON({"token":"t"})));
    AUTO(credentials) credentials = NULL;
    AUTO(string) text = NULL;
    struct credential credential;
    struct err err;
    access.ca.text = malloc(CA_BYTES + 1);
    assert_non_null(access.ca.text);
    memset(access.ca.text, 'x', CA_BYTES);
    access.ca.text[CA_BYTES] = '\0';
    check_success("new", credentials_new(&access, &credentials, &err), &err);
    assert_true(asprintf(&text, "%s: Argument list too long", access.exec.command) > 0);
    check_failure("large CA", credentials_get(credentials, in_seconds(20), &credential, &err), &err, ERR_IO, text);
}

TEST(token__of_a_file__is_read_again_and_checked)
{
    AUTO(temp_dir) folder = temp_dir_new();
    AUTO(access) access = must_load(folder, USER("tokenFile: token"));
    AUTO(credentials) credentials = NULL;
    struct err err;
    const struct {
        const char *content, *token, *fault;
    } cases[] = {
        {"first\n", "first", NULL},
        {"second", "second", NULL},
        {"", NULL, "is empty"},
        {"\n", NULL, "the token is empty"},
        {"a\r\nX-Evil: b\n", NULL, "the token contains a character that no token can have"},
    };
    check_success("new", credentials_new(&access, &credentials, &err), &err);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(credential) credential = {0};
        AUTO(string) fault = NULL;
        temp_write(folder, "token", cases[i].content);
        int result = credentials_get(credentials, 0, &credential, &err);
        if (cases[i].token) {
            check_success(cases[i].content, result, &err);
            check_text(cases[i].content, credential.token, cases[i].token);
            continue;
        }
        assert_true(asprintf(&fault, "%s: %s", access.token.file, cases[i].fault) > 0);
        check_failure(cases[i].content, result, &err, ERR_INVALID, fault);
    }
}

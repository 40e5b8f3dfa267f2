/* The exec protocol. Does not depend on when the program runs or what its credentials are used for. */
#include "kube/exec_plugin.h"

#include "base/units.h"
#include "json/base64.h"
#include "json/read.h"
#include "json/unconst.h"
#include "kube/subprocess.h"

#include <stdio.h>
#include <string.h>

enum { EXEC_OUTPUT_MAX = MIB };

extern char **environ;

/* NULL-terminated strings, borrowed except for `own`. */
struct vector {
    char **items;
    char *own;
};

static void vector_fini(struct vector *vector)
{
    free(vector->items);
    free(vector->own);
}
DEFINE_AUTO_FINI(vector, struct vector, vector_fini);

static size_t count_of(char *const *strings)
{
    size_t count = 0;
    while (strings[count])
        count++;
    return count;
}

static int make_arguments(const struct access_exec *exec, struct vector *ret_vector, struct err *err)
{
    ret_vector->items = calloc(exec->arguments.count + 2, sizeof(*ret_vector->items));
    if (!ret_vector->items)
        return err_nomem(err);
    ret_vector->items[0] = exec->command;
    for (size_t i = 0; i < exec->arguments.count; i++)
        ret_vector->items[i + 1] = exec->arguments.items[i];
    return 0;
}

/* Returns spec.cluster, which is used if the kubeconfig has provideClusterInfo; NULL if out of memory. */
static json_t *cluster_info(const struct access *access)
{
    AUTO(json)
    cluster = json_pack("{s:s, s:s*, s:s*, s:b}", "server", access->server, "tls-server-name", access->tls_server_name,
                        "proxy-url", access->proxy, "insecure-skip-tls-verify", (int)access->insecure);
    if (cluster && access->ca.text &&
        json_object_set_new(cluster, "certificate-authority-data", base64_string(access->ca.text)) < 0)
        return NULL;
    return TAKE(cluster);
}

/* Returns "KUBERNETES_EXEC_INFO=...", or NULL if out of memory. */
static char *exec_info(const struct access *access)
{
    AUTO(json)
    info = json_pack("{s:s, s:s, s:{s:b}}", "apiVersion", access->exec.api_version, "kind", "ExecCredential", "spec",
                     "interactive", 0);
    if (info && access->exec.provide_cluster_info &&
        json_object_set_new(json_object_get(info, "spec"), "cluster", cluster_info(access)) < 0)
        return NULL;
    AUTO(string) text = info ? json_dumps(info, JSON_COMPACT) : NULL;
    char *variable = NULL;
    return text && asprintf(&variable, "KUBERNETES_EXEC_INFO=%s", text) >= 0 ? variable : NULL;
}

static bool is_named(const char *variable, const char *other)
{
    size_t length = strcspn(variable, "=");
    return strncmp(variable, other, length) == 0 && other[length] == '=';
}

/* Builds the environment: ours without the variables that are replaced, then those of the kubeconfig and
 * KUBERNETES_EXEC_INFO. */
static int make_environment(const struct access *access, struct vector *ret_vector, struct err *err)
{
    const struct strlist *added = &access->exec.environment;
    size_t used = 0;
    ret_vector->own = exec_info(access);
    ret_vector->items = calloc(count_of(environ) + added->count + 2, sizeof(*ret_vector->items));
    if (!ret_vector->items || !ret_vector->own)
        return err_nomem(err);

    for (char **variable = environ; *variable; variable++) {
        bool replaced = is_named(ret_vector->own, *variable);
        for (size_t i = 0; i < added->count && !replaced; i++)
            replaced = is_named(added->items[i], *variable);
        if (!replaced)
            ret_vector->items[used++] = *variable;
    }

    for (size_t i = 0; i < added->count; i++)
        ret_vector->items[used++] = added->items[i];
    ret_vector->items[used] = ret_vector->own;
    return 0;
}

/* Parses a time of RFC 3339, in seconds. Returns false if it is invalid. */
static bool parse_time(const char *text, time_t *ret_time)
{
    struct tm parts = {0};
    int hours = 0;
    int minutes = 0;
    char sign = '+';
    const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &parts);
    if (!rest)
        return false;

    if (*rest == '.')
        rest += 1 + strspn(rest + 1, "0123456789");
    if (strcmp(rest, "Z") != 0 && sscanf(rest, "%c%2d:%2d", &sign, &hours, &minutes) != 3)
        return false;

    time_t offset = (time_t)(hours * 60 + minutes) * 60;
    *ret_time = timegm(&parts) - (sign == '-' ? -offset : offset);
    return true;
}

static int copy_member(const json_t *status, const char *name, char **target, struct err *err)
{
    const char *text = json_text(status, name);
    if (!*text)
        return 0;
    *target = strdup(text);
    return *target ? 0 : err_nomem(err);
}

static int read_status(const json_t *status, struct exec_answer *answer, struct err *err)
{
    struct credential *credential = &answer->credential;
    if (!json_is_object(status))
        return err_set(err, ERR_INVALID, "printed no status");
    if (copy_member(status, "token", &credential->token, err) < 0 ||
        copy_member(status, "clientCertificateData", &credential->cert, err) < 0 ||
        copy_member(status, "clientKeyData", &credential->key, err) < 0)
        return -1;

    if (!credential->cert != !credential->key)
        return err_set(err, ERR_INVALID, "printed one of clientCertificateData and clientKeyData; must be both");
    if (!credential->token && !credential->cert)
        return err_set(err, ERR_INVALID, "printed neither a token nor a client certificate");

    const json_t *expires = json_object_get(status, "expirationTimestamp");
    if (expires && !json_is_null(expires) &&
        (!json_is_string(expires) || !parse_time(json_string_value(expires), &answer->expires)))
        return err_set(err, ERR_INVALID, "printed an expirationTimestamp that is not an RFC 3339 time");
    return 0;
}

static int read_output(const struct access_exec *exec, const struct buf *out, struct exec_answer *answer,
                       struct err *err)
{
    json_error_t fault;
    AUTO(json) document = NULL;
    int result = json_read(buf_text(out), out->length, &document, &fault, err);
    if (result < 0 && err->code != ERR_INVALID)
        return -1;

    if (result < 0)
        return err_set(err, ERR_INVALID, "printed invalid JSON (line %d, column %d)", fault.line, fault.column);

    const char *kind = json_text(document, "kind");
    const char *version = json_text(document, "apiVersion");
    if (strcmp(kind, "ExecCredential") != 0)
        return err_set(err, ERR_INVALID, "printed kind \"%.100s\", must be ExecCredential", kind);
    if (strcmp(version, exec->api_version) != 0)
        return err_set(err, ERR_INVALID, "printed apiVersion \"%.100s\", must be %s", version, exec->api_version);
    return read_status(json_object_get(document, "status"), answer, err);
}

static int run_plugin(const struct access *access, int64_t deadline_ns, struct buf *out, struct err *err)
{
    AUTO(vector) arguments = {0};
    AUTO(vector) environment = {0};
    if (make_arguments(&access->exec, &arguments, err) < 0 || make_environment(access, &environment, err) < 0)
        return -1;
    const struct subprocess subprocess = {
        .argv = arguments.items, .environment = environment.items, .deadline_ns = deadline_ns};
    return subprocess_run(&subprocess, out, err);
}

static int run_and_read(const struct access *access, int64_t deadline_ns, struct exec_answer *answer, struct err *err)
{
    AUTO(buf) out;
    buf_init_secret(&out, EXEC_OUTPUT_MAX);
    int result = run_plugin(access, deadline_ns, &out, err);
    if (result < 0 && err->code == ERR_NOT_FOUND && access->exec.install_hint)
        return err_set(err, ERR_NOT_FOUND, "%s: is not installed: %.500s", access->exec.command,
                       access->exec.install_hint);
    if (result == 0 && read_output(&access->exec, &out, answer, err) < 0)
        result = err_wrap(err, "%s", access->exec.command);
    return result;
}

int exec_plugin_run(const struct access *access, int64_t deadline_ns, struct exec_answer *ret_answer, struct err *err)
{
    struct exec_answer answer = {0};
    if (run_and_read(access, deadline_ns, &answer, err) < 0) {
        credential_fini(&answer.credential);
        return -1;
    }
    *ret_answer = answer;
    return 0;
}

/* The exec protocol. Does not depend on when the program runs or what its credentials are used for. */
#include "kube/exec_plugin.h"

#include "base/text.h"
#include "base/units.h"
#include "base/vec.h"
#include "json/base64.h"
#include "json/read.h"
#include "json/unconst.h"
#include "kube/subprocess.h"

#include <stdio.h>
#include <string.h>

enum { EXEC_OUTPUT_MAX = MIB };

extern char **environ;

/* Borrowed strings. */
struct vector {
    char **items;
    size_t count;
};

static void vector_fini(struct vector *vector)
{
    free(vector->items);
}
DEFINE_AUTO_FINI(vector, struct vector, vector_fini);

/* Returns false if out of memory. */
static bool vector_add(struct vector *vector, char *item)
{
    if (!GROW(vector->items, vector->count))
        return false;
    vector->items[vector->count++] = item;
    return true;
}

static bool vector_add_all(struct vector *vector, const struct strlist *list)
{
    for (size_t i = 0; i < list->count; i++) {
        if (!vector_add(vector, list->items[i]))
            return false;
    }
    return true;
}

/* Returns spec.cluster, which the program gets if the kubeconfig has provideClusterInfo; NULL if out of memory. It has
 * the CA only if the kubeconfig contains it, not if it names a file. */
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
    return text ? text_asprintf("KUBERNETES_EXEC_INFO=%s", text) : NULL;
}

static bool is_named(const char *variable, const char *other)
{
    size_t length = strcspn(variable, "=");
    return strncmp(variable, other, length) == 0 && other[length] == '=';
}

/* Adds our environment without the variables that `info` and the kubeconfig replace. */
static bool add_environment(struct vector *vector, const struct strlist *replacements, const char *info)
{
    for (char **variable = environ; *variable; variable++) {
        bool replaced = is_named(info, *variable);
        for (size_t i = 0; i < replacements->count && !replaced; i++)
            replaced = is_named(replacements->items[i], *variable);
        if (!replaced && !vector_add(vector, *variable))
            return false;
    }
    return true;
}

/* Parses an RFC 3339 time and drops fractions of a second. Returns false if it is invalid. */
static bool parse_time(const char *text, time_t *ret_time)
{
    struct tm parts = {0};
    int hours = 0;
    int minutes = 0;
    int end = 0;
    char sign[2] = "+";
    const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &parts);
    if (!rest)
        return false;

    if (*rest == '.')
        rest += 1 + strspn(rest + 1, "0123456789");
    if (strcmp(rest, "Z") != 0 &&
        (sscanf(rest, "%1[+-]%2d:%2d%n", sign, &hours, &minutes, &end) != 3 || rest[end] != '\0'))
        return false;

    time_t offset = (time_t)(hours * 60 + minutes) * 60;
    *ret_time = timegm(&parts) - (*sign == '-' ? -offset : offset);
    return true;
}

static int read_status(const json_t *status, struct credential *credential, struct err *err)
{
    const struct {
        const char *name;
        char **target;
    } members[] = {{"token", &credential->token},
                   {"clientCertificateData", &credential->cert},
                   {"clientKeyData", &credential->key}};
    if (!json_is_object(status))
        return err_set(err, ERR_INVALID, "printed no status");

    for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
        const char *text = json_text(status, members[i].name);
        *members[i].target = *text ? strdup(text) : NULL;
        if (*text && !*members[i].target)
            return err_nomem(err);
    }

    if (!credential->cert != !credential->key)
        return err_set(err, ERR_INVALID, "printed one of clientCertificateData and clientKeyData; must be both");
    if (!credential->token && !credential->cert)
        return err_set(err, ERR_INVALID, "printed neither a token nor a client certificate");

    const json_t *expires = json_object_get(status, "expirationTimestamp");
    if (expires && !json_is_null(expires) &&
        (!json_is_string(expires) || !parse_time(json_string_value(expires), &credential->expires)))
        return err_set(err, ERR_INVALID, "printed an expirationTimestamp that is not an RFC 3339 time");
    return 0;
}

static int read_output(const struct access_exec *exec, const struct buf *out, struct credential *credential,
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
    return read_status(json_object_get(document, "status"), credential, err);
}

static int run_plugin(const struct access *access, int64_t deadline_ns, struct buf *out, struct err *err)
{
    const struct access_exec *exec = &access->exec;
    AUTO(vector) arguments = {0};
    AUTO(vector) environment = {0};
    AUTO(string) info = exec_info(access);
    if (!info || !vector_add(&arguments, exec->command) || !vector_add_all(&arguments, &exec->arguments) ||
        !vector_add(&arguments, NULL) || !add_environment(&environment, &exec->environment, info) ||
        !vector_add_all(&environment, &exec->environment) || !vector_add(&environment, info) ||
        !vector_add(&environment, NULL))
        return err_nomem(err);

    const struct subprocess subprocess = {
        .argv = arguments.items, .environment = environment.items, .deadline_ns = deadline_ns};
    return subprocess_run(&subprocess, out, err);
}

int exec_plugin_run(const struct access *access, int64_t deadline_ns, struct credential *ret_credential,
                    struct err *err)
{
    AUTO(credential) credential = {0};
    AUTO(buf) out;
    buf_init_secret(&out, EXEC_OUTPUT_MAX);
    if (run_plugin(access, deadline_ns, &out, err) < 0) {
        if (err->code == ERR_NOT_FOUND && access->exec.install_hint)
            (void)err_set(err, ERR_NOT_FOUND, "%s: is not installed: %.500s", access->exec.command,
                          access->exec.install_hint);
        return -1;
    }

    if (read_output(&access->exec, &out, &credential, err) < 0)
        return err_wrap(err, "%s", access->exec.command);

    *ret_credential = TAKE(credential);
    return 0;
}

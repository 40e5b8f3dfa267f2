/* Frees and checks an access. Does not depend on its source or its use. */
#include "kube/access.h"

#include "base/text.h"

#include <string.h>

void access_fini(struct access *access)
{
    struct access_secret *secrets[] = {&access->ca, &access->cert, &access->key, &access->token};
    for (size_t i = 0; i < ARRAY_SIZE(secrets); i++) {
        text_free_secret(secrets[i]->text);
        free(secrets[i]->file);
    }

    free(access->exec.command);
    strlist_fini(&access->exec.arguments);
    strlist_fini(&access->exec.environment);
    free(access->exec.api_version);
    free(access->exec.install_hint);
    free(access->origin);
    free(access->server);
    free(access->tls_server_name);
    free(access->proxy);
    *access = (struct access){0};
}

static bool is_set(const struct access_secret *secret)
{
    return secret->text || secret->file;
}

/* True for a loopback host, as with `kubectl proxy` and in tests: plain HTTP to it does not leave the machine. */
static bool is_loopback(const char *host)
{
    static const char *const names[] = {"localhost", "[::1]"};
    size_t length = strncmp(host, "127.", 4) == 0 ? strspn(host, "0123456789.") : 0;
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if (strncmp(host, names[i], strlen(names[i])) == 0)
            length = strlen(names[i]);
    }
    return length > 0 && (host[length] == '\0' || host[length] == ':' || host[length] == '/');
}

const char *access_fault(const struct access *access)
{
    static const char plain[] = "http://";
    static const char secure[] = "https://";
    const char *server = access->server;
    if (strchr(server, '@') || strpbrk(server, "?# \t\r\n"))
        return "must be a scheme, a host and a port, such as https://10.0.0.1:6443";

    if (strncmp(server, secure, sizeof(secure) - 1) == 0)
        return server[sizeof(secure) - 1] ? NULL : "has no host";
    if (strncmp(server, plain, sizeof(plain) - 1) != 0)
        return "must begin with https://";

    bool secrets = is_set(&access->token) || is_set(&access->key) || access->exec.command;
    if (secrets && !is_loopback(server + sizeof(plain) - 1))
        return "would carry credentials over plain HTTP; must begin with https://";
    return NULL;
}

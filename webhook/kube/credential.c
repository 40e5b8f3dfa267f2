/* Reads the current credentials. Does not depend on how they are sent. Never logs their content. */
#include "kube/credential.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/lock.h"
#include "base/text.h"
#include "base/units.h"
#include "kube/exec_plugin.h"

#include <string.h>
#include <time.h>

enum {
    SECRET_MAX = MIB,
    EXEC_EARLY_S = 10, /* the program runs again this long before its output expires */
    EXEC_MOST_S = 60,  /* the time limit of the program */
};

struct credentials {
    const struct access *access;
    pthread_mutex_t mutex;     /* guards the rest; held while the program runs, so that only one runs at a time */
    struct credential printed; /* the program's last output */
    bool is_printed;
};

void credential_fini(struct credential *credential)
{
    free(credential->ca);
    free(credential->cert);
    text_free_secret(credential->key);
    text_free_secret(credential->token);
    *credential = (struct credential){0};
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

bool credential_same(const struct credential *a, const struct credential *b)
{
    return same_text(a->ca, b->ca) && same_text(a->cert, b->cert) && same_text(a->key, b->key) &&
           same_text(a->token, b->token);
}

int credentials_new(const struct access *access, struct credentials **ret_credentials, struct err *err)
{
    struct credentials *credentials = calloc(1, sizeof(*credentials));
    if (!credentials)
        return err_nomem(err);
    (void)pthread_mutex_init(&credentials->mutex, NULL); /* cannot fail with default attributes */
    credentials->access = access;
    *ret_credentials = credentials;
    return 0;
}

void credentials_free(struct credentials *credentials)
{
    if (!credentials)
        return;
    credential_fini(&credentials->printed);
    (void)pthread_mutex_destroy(&credentials->mutex);
    free(credentials);
}

static int copy_optional_text(const char *text, char **target, struct err *err)
{
    if (!text)
        return 0;
    *target = strdup(text);
    return *target ? 0 : err_nomem(err);
}

static int read_secret(const struct access_secret *secret, char **target, struct err *err)
{
    if (secret->text || !secret->file)
        return copy_optional_text(secret->text, target, err);
    AUTO(buf) text;
    buf_init_secret(&text, SECRET_MAX);
    if (file_read(secret->file, &text, err) < 0)
        return -1;
    if (text.length == 0)
        return err_set(err, ERR_INVALID, "%s: is empty", secret->file);
    *target = buf_take(&text);
    return *target ? 0 : err_nomem(err);
}

/* Removes white space at the end, such as the line feed of a file. Refuses white space, control characters and
 * non-ASCII characters elsewhere: a line feed would start another header. */
static int check_token(char *token, struct err *err)
{
    size_t length = strlen(token);
    while (length > 0 && strchr(" \t\r\n", token[length - 1]))
        token[--length] = '\0';
    for (const char *c = token; *c; c++) {
        if (*c <= ' ' || *c > '~')
            return err_set(err, ERR_INVALID, "the token contains a character that no token can have");
    }
    return length > 0 ? 0 : err_set(err, ERR_INVALID, "the token is empty");
}

static int read_all(const struct access *access, struct credential *credential, struct err *err)
{
    if (read_secret(&access->ca, &credential->ca, err) < 0 || read_secret(&access->cert, &credential->cert, err) < 0 ||
        read_secret(&access->key, &credential->key, err) < 0)
        return -1;
    return read_secret(&access->token, &credential->token, err);
}

/* -- Output of a program -- */

static bool is_fresh(const struct credentials *credentials)
{
    time_t expires = credentials->printed.expires;
    return credentials->is_printed && (expires == 0 || expires - EXEC_EARLY_S > time(NULL));
}

/* Call it with the mutex held. */
static int run_program(struct credentials *credentials, int64_t deadline_ns, struct err *err)
{
    struct credential printed;
    int64_t most_ns = clock_monotonic_ns() + EXEC_MOST_S * NS_PER_S;
    if (exec_plugin_run(credentials->access, deadline_ns ? clock_earlier(deadline_ns, most_ns) : most_ns, &printed,
                        err) < 0)
        return -1;
    credential_fini(&credentials->printed);
    credentials->printed = printed;
    credentials->is_printed = true;
    return 0;
}

static int add_printed(struct credentials *credentials, int64_t deadline_ns, struct credential *credential,
                       struct err *err)
{
    AUTO(lock) held = lock_take(&credentials->mutex);
    const struct credential *printed = &credentials->printed;
    if (!is_fresh(credentials) && run_program(credentials, deadline_ns, err) < 0)
        return -1;
    if (copy_optional_text(printed->token, &credential->token, err) < 0)
        return -1;
    if (printed->cert && !credential->cert &&
        (copy_optional_text(printed->cert, &credential->cert, err) < 0 ||
         copy_optional_text(printed->key, &credential->key, err) < 0))
        return -1;
    return 0;
}

int credentials_get(struct credentials *credentials, int64_t deadline_ns, struct credential *ret_credential,
                    struct err *err)
{
    AUTO(credential) credential = {0};
    const struct access *access = credentials->access;
    if (read_all(access, &credential, err) < 0)
        return -1;
    /* As in client-go, a token in the kubeconfig takes precedence over the program's. */
    if (access->exec.command && !credential.token && add_printed(credentials, deadline_ns, &credential, err) < 0)
        return -1;
    if (credential.token && check_token(credential.token, err) < 0)
        return err_wrap(err, "%s", access->token.file ? access->token.file : access->origin);
    *ret_credential = TAKE(credential);
    return 0;
}

void credentials_refused(struct credentials *credentials, const struct credential *refused)
{
    AUTO(lock) held = lock_take(&credentials->mutex);
    if (credentials->is_printed && same_text(credentials->printed.token, refused->token))
        credentials->is_printed = false;
}

/* The HTTP side of the Kubernetes API. Does not depend on what is requested. Never logs or returns a token or key. */
#include "kube/client.h"

#include "base/clock.h"
#include "base/text.h"
#include "base/units.h"
#include "json/read.h"
#include "json/unconst.h"
#include "kube/credential.h"
#include "kube/curl_library.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum {
    IDLE_MAX = 4, /* idle connections that are kept */
    CONNECT_MS = 10000,
    KEEPALIVE_S = 30, /* with Linux's nine probes, a peer that vanishes is noticed after five minutes */
    REFUSAL_MAX = 64 * KIB,
    WAIT_MOST_MS = 60000,
};

/* The multi handle holds the connections, so both handles are kept and reused together. */
struct handle {
    CURLM *multi;
    CURL *easy;
};

struct client {
    const struct access *access;
    struct credentials *credentials;
    char *host, *port;     /* of the server; used if access->tls_server_name is set */
    pthread_mutex_t mutex; /* guards the members below */
    struct handle idle[IDLE_MAX];
    size_t idle_count;
};

/* One request in progress. */
struct transfer {
    struct client_request *request;
    struct handle handle;
    struct buf refusal; /* the body of a response other than 200 or 201 */
    time_t date;        /* of the server; 0: not given */
    char fault[CURL_ERROR_SIZE];
    struct err *err;
    bool failed; /* `data` failed and has set *err */
};

/* Wipes the headers, which may contain a token. */
static void free_headers(struct curl_slist *headers)
{
    for (struct curl_slist *header = headers; header; header = header->next)
        explicit_bzero(header->data, strlen(header->data));
    curl_slist_free_all(headers);
}

DEFINE_AUTO(headers, struct curl_slist *, free_headers);
DEFINE_AUTO(slist, struct curl_slist *, curl_slist_free_all);
DEFINE_AUTO(curl_url, CURLU *, curl_url_cleanup);

/* -- Handles -- */

static void handle_fini(struct handle *handle)
{
    curl_easy_cleanup(handle->easy);
    (void)curl_multi_cleanup(handle->multi);
}

static int handle_take(struct client *client, struct handle *ret_handle, struct err *err)
{
    struct handle handle = {0};
    (void)pthread_mutex_lock(&client->mutex);
    if (client->idle_count > 0)
        handle = client->idle[--client->idle_count];
    (void)pthread_mutex_unlock(&client->mutex);
    if (!handle.multi) {
        handle = (struct handle){.multi = curl_multi_init(), .easy = curl_easy_init()};
        if (!handle.multi || !handle.easy) {
            handle_fini(&handle);
            return err_nomem(err);
        }
    }

    *ret_handle = handle;
    return 0;
}

static void handle_give(struct client *client, struct handle *handle)
{
    curl_easy_reset(handle->easy); /* drops the credentials and keeps the connections */
    (void)pthread_mutex_lock(&client->mutex);
    bool kept = client->idle_count < IDLE_MAX;
    if (kept)
        client->idle[client->idle_count++] = *handle;
    (void)pthread_mutex_unlock(&client->mutex);
    if (!kept)
        handle_fini(handle);
}

/* -- The client -- */

/* Stores the host and port of the server's URL. If access->tls_server_name is set, set_url() puts that name into the
 * URL and connects to this host and port. */
static int split_server(struct client *client, struct err *err)
{
    char *host = NULL;
    char *port = NULL;
    AUTO(curl_url) url = curl_url();
    if (!url)
        return err_nomem(err);

    if (curl_url_set(url, CURLUPART_URL, client->access->server, 0) != CURLUE_OK ||
        curl_url_get(url, CURLUPART_HOST, &host, 0) != CURLUE_OK ||
        curl_url_get(url, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) != CURLUE_OK) {
        curl_free(host);
        return err_set(err, ERR_INVALID, "%s: is not the URL of a server", client->access->server);
    }

    client->host = host;
    client->port = port;
    return 0;
}

int client_new(const struct access *access, struct client **ret_client, struct err *err)
{
    if (curl_library_load(CURL_LIBRARY, err) < 0)
        return -1;

    struct client *allocated = calloc(1, sizeof(*allocated));
    if (!allocated)
        return err_nomem(err);
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        free(allocated);
        return err_set(err, ERR_INTERNAL, "libcurl cannot start");
    }

    (void)pthread_mutex_init(&allocated->mutex, NULL); /* cannot fail with default attributes */
    AUTO(client) client = allocated;
    client->access = access;
    if (credentials_new(access, &client->credentials, err) < 0 || split_server(client, err) < 0)
        return -1;

    *ret_client = TAKE(client);
    return 0;
}

void client_free(struct client *client)
{
    if (!client)
        return;
    for (size_t i = 0; i < client->idle_count; i++)
        handle_fini(&client->idle[i]);
    credentials_free(client->credentials);
    curl_free(client->host);
    curl_free(client->port);
    (void)pthread_mutex_destroy(&client->mutex);
    free(client);
    curl_global_cleanup();
}

/* -- One request -- */

static bool is_good(long status)
{
    return status == 200 || status == 201;
}

static size_t take_body(char *bytes, size_t size, size_t count, void *context)
{
    struct transfer *transfer = context;
    struct client_request *request = transfer->request;
    size_t length = size * count;
    long status = 0;
    (void)curl_easy_getinfo(transfer->handle.easy, CURLINFO_RESPONSE_CODE, &status);
    if (!is_good(status))
        buf_add(&transfer->refusal, bytes, length);
    else if (request->data(request->context, bytes, length, transfer->err) < 0)
        transfer->failed = true;
    return transfer->failed ? 0 : length; /* returning fewer bytes ends the transfer */
}

static void take_date(struct transfer *transfer, const char *bytes, size_t length)
{
    static const char name[] = "Date:";
    char text[64];
    if (length >= sizeof(name) - 1 + sizeof(text) || strncasecmp(bytes, name, sizeof(name) - 1) != 0)
        return;
    (void)snprintf(text, sizeof(text), "%.*s", (int)(length - (sizeof(name) - 1)), bytes + sizeof(name) - 1);
    time_t date = curl_getdate(text, NULL);
    transfer->date = date > 0 ? date : 0;
}

static size_t take_header(char *bytes, size_t size, size_t count, void *context)
{
    struct transfer *transfer = context;
    const struct client_request *request = transfer->request;
    long status = 0;
    bool last = size * count == 2 && memcmp(bytes, "\r\n", 2) == 0;
    (void)curl_easy_getinfo(transfer->handle.easy, CURLINFO_RESPONSE_CODE, &status);
    take_date(transfer, bytes, size * count);
    if (last && status == 200 && request->opened)
        request->opened(request->context);
    return size * count;
}

static bool set_blob(CURL *easy, CURLoption option, const char *text)
{
    struct curl_blob blob = {.data = (void *)(uintptr_t)text, .len = text ? strlen(text) : 0, .flags = CURL_BLOB_COPY};
    return !text || curl_easy_setopt(easy, option, &blob) == CURLE_OK;
}

static bool set_tls(CURL *easy, const struct access *access, const struct credential *credential)
{
    long check = access->insecure ? 0 : 1;
    return set_blob(easy, CURLOPT_CAINFO_BLOB, credential->ca) &&
           set_blob(easy, CURLOPT_SSLCERT_BLOB, credential->cert) &&
           set_blob(easy, CURLOPT_SSLKEY_BLOB, credential->key) &&
           curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, check) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, check * 2) == CURLE_OK;
}

/* Sets the URL, and the destination of the connection if it differs from the URL's host. */
static bool set_url(const struct client *client, CURL *easy, const char *path, struct curl_slist **connect_to)
{
    const struct access *access = client->access;
    if (!access->tls_server_name) {
        AUTO(string) url = text_asprintf("%s%s", access->server, path);
        return url && curl_easy_setopt(easy, CURLOPT_URL, url) == CURLE_OK;
    }

    const char *prefix = strchr(strstr(access->server, "://") + 3, '/');
    AUTO(string)
    url = text_asprintf("https://%s:%s%s%s", access->tls_server_name, client->port, prefix ? prefix : "", path);
    AUTO(string) way = text_asprintf("::%s:%s", client->host, client->port);
    *connect_to = way ? curl_slist_append(NULL, way) : NULL;
    return url && *connect_to && curl_easy_setopt(easy, CURLOPT_CONNECT_TO, *connect_to) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_URL, url) == CURLE_OK;
}

static bool add_header(struct curl_slist **list, const char *name, const char *value)
{
    AUTO(secret_string) line = text_asprintf("%s: %s", name, value);
    struct curl_slist *longer = line ? curl_slist_append(*list, line) : NULL;
    if (longer)
        *list = longer;
    return longer;
}

static bool set_headers(CURL *easy, const struct client_request *request, const struct credential *credential,
                        struct curl_slist **headers)
{
    AUTO(secret_string) bearer = credential->token ? text_asprintf("Bearer %s", credential->token) : NULL;
    return (bearer || !credential->token) && add_header(headers, "Accept", request->accept) &&
           (!request->type || add_header(headers, "Content-Type", request->type)) &&
           (!bearer || add_header(headers, "Authorization", bearer)) &&
           curl_easy_setopt(easy, CURLOPT_HTTPHEADER, *headers) == CURLE_OK;
}

/* Sets CUSTOMREQUEST last, because setting a body makes the request a POST. */
static bool set_method(CURL *easy, const struct client_request *request)
{
    size_t length = request->body ? strlen(request->body) : 0;
    return (!request->body || (curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)length) == CURLE_OK &&
                               curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body) == CURLE_OK)) &&
           (!request->method || curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method) == CURLE_OK);
}

static bool set_transfer_options(struct transfer *transfer, const struct access *access)
{
    CURL *easy = transfer->handle.easy;
    return curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, (long)KEEPALIVE_S) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, (long)KEEPALIVE_S) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_USERAGENT, "gpuslice") == CURLE_OK &&
           (!access->proxy || curl_easy_setopt(easy, CURLOPT_PROXY, access->proxy) == CURLE_OK) &&
           curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->fault) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L) == CURLE_OK && /* of a proxy */
           curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer) == CURLE_OK;
}

/* Returns the milliseconds to wait for an event, or -1 if the deadline has passed. */
static int wait_ms(const struct client_request *request)
{
    if (!request->deadline_ns)
        return WAIT_MOST_MS;
    int64_t left_ns = request->deadline_ns - clock_monotonic_ns();
    if (left_ns <= 0)
        return -1;
    int64_t left_ms = left_ns / NS_PER_MS + 1;
    return left_ms < WAIT_MOST_MS ? (int)left_ms : WAIT_MOST_MS;
}

static int report_end(struct transfer *transfer, CURLcode code, struct err *err)
{
    if (code == CURLE_OK)
        return 0;
    if (transfer->failed)
        return -1;
    return err_set(err, code == CURLE_OUT_OF_MEMORY ? ERR_NOMEM : ERR_UNAVAILABLE, "%s",
                   transfer->fault[0] ? transfer->fault : curl_easy_strerror(code));
}

/* Returns true and sets *ret_code if libcurl has finished the transfer. */
static bool is_done(const struct transfer *transfer, CURLcode *ret_code)
{
    int left = 0;
    const CURLMsg *message;
    while ((message = curl_multi_info_read(transfer->handle.multi, &left))) {
        if (message->msg == CURLMSG_DONE) {
            *ret_code = message->data.result;
            return true;
        }
    }
    return false;
}

static int transfer_drive(struct transfer *transfer, struct err *err)
{
    const struct client_request *request = transfer->request;
    struct curl_waitfd cancel = {.fd = request->cancel_fd, .events = CURL_WAIT_POLLIN};
    unsigned extra = request->cancel_fd >= 0 ? 1 : 0;

    for (;;) {
        int running = 0;
        CURLcode code = CURLE_OK;
        if (curl_multi_perform(transfer->handle.multi, &running) != CURLM_OK)
            return err_set(err, ERR_INTERNAL, "libcurl failed");
        if (is_done(transfer, &code))
            return report_end(transfer, code, err);

        int wait = wait_ms(request);
        if (wait < 0)
            return err_set(err, ERR_UNAVAILABLE, "no answer in time");
        cancel.revents = 0;
        if (curl_multi_poll(transfer->handle.multi, &cancel, extra, wait, NULL) != CURLM_OK)
            return err_set(err, ERR_INTERNAL, "libcurl cannot wait");
        if (cancel.revents)
            return err_set(err, ERR_UNAVAILABLE, "cancelled");
    }
}

static void read_refusal(const struct transfer *transfer, struct client_answer *answer)
{
    AUTO(json) status = json_loadb(buf_text(&transfer->refusal), transfer->refusal.length, 0, NULL);
    const char *message = json_text(status, "message");
    const char *reason = json_text(status, "reason");
    text_printf(answer->message, sizeof(answer->message), "%.100s%s%.380s", reason, *reason && *message ? ": " : "",
                message);
}

static void read_answer(const struct transfer *transfer, struct client_answer *ret_answer)
{
    CURL *easy = transfer->handle.easy;
    long status = 0;
    curl_off_t retry_after = 0;
    (void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    (void)curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &retry_after);
    *ret_answer = (struct client_answer){.status = (unsigned)status,
                                         .retry_after_s = retry_after > 0 ? (unsigned)retry_after : 0,
                                         .date = transfer->date};
    if (!is_good(status))
        read_refusal(transfer, ret_answer);
}

static int transfer_perform(const struct client *client, struct transfer *transfer, const struct credential *credential,
                            struct client_answer *ret_answer, struct err *err)
{
    AUTO(headers) headers = NULL;
    AUTO(slist) connect_to = NULL;
    CURL *easy = transfer->handle.easy;
    if (!set_transfer_options(transfer, client->access) ||
        !set_url(client, easy, transfer->request->path, &connect_to) || !set_method(easy, transfer->request) ||
        !set_headers(easy, transfer->request, credential, &headers) || !set_tls(easy, client->access, credential))
        return err_set(err, ERR_NOMEM, "libcurl rejects its options: out of memory");

    if (curl_multi_add_handle(transfer->handle.multi, easy) != CURLM_OK)
        return err_nomem(err);

    int result = transfer_drive(transfer, err);
    if (result == 0)
        read_answer(transfer, ret_answer);
    (void)curl_multi_remove_handle(transfer->handle.multi, easy);
    return result;
}

static int send_once(struct client *client, struct client_request *request, const struct credential *credential,
                     struct client_answer *ret_answer, struct err *err)
{
    struct transfer transfer = {.request = request, .err = err};
    if (handle_take(client, &transfer.handle, err) < 0)
        return -1;
    buf_init(&transfer.refusal, REFUSAL_MAX);
    int result = transfer_perform(client, &transfer, credential, ret_answer, err);
    buf_fini(&transfer.refusal);
    handle_give(client, &transfer.handle);
    return result;
}

static int send_with_retry_after_401(struct client *client, struct client_request *request,
                                     struct client_answer *ret_answer, struct err *err)
{
    AUTO(credential) first = {0};
    AUTO(credential) second = {0};
    if (credentials_get(client->credentials, request->deadline_ns, &first, err) < 0 ||
        send_once(client, request, &first, ret_answer, err) < 0)
        return -1;
    if (ret_answer->status != 401)
        return 0;
    credentials_refused(client->credentials, &first);
    if (credentials_get(client->credentials, request->deadline_ns, &second, err) < 0)
        return -1;
    return credential_same(&first, &second) ? 0 : send_once(client, request, &second, ret_answer, err);
}

int client_send(struct client *client, struct client_request *request, struct client_answer *ret_answer,
                struct err *err)
{
    struct client_answer answer;
    if (send_with_retry_after_401(client, request, &answer, err) < 0)
        return err_wrap(err, "%s", client->access->server);
    *ret_answer = answer;
    return 0;
}

static int collect_body(void *context, const char *bytes, size_t length, struct err *err)
{
    buf_add(context, bytes, length);
    return buf_check(context, err);
}

int client_fetch(struct client *client, struct client_request *request, struct buf *out,
                 struct client_answer *ret_answer, struct err *err)
{
    request->data = collect_body;
    request->context = out;
    return client_send(client, request, ret_answer, err);
}

int client_parse(const struct buf *body, json_t **ret_value, struct err *err)
{
    json_error_t fault;
    if (json_read(buf_text(body), body->length, ret_value, &fault, err) == 0)
        return 0;
    if (err->code != ERR_INVALID)
        return -1;
    return err_set(err, ERR_UNAVAILABLE, "answered with invalid JSON (byte %d: %.200s)", fault.position, fault.text);
}

int client_refusal(const struct client_answer *answer, const char *rights, struct err *err)
{
    const char *help = answer->status == 403                           ? "; required rights: "
                       : answer->status == 401                         ? "; the token or certificate is not accepted"
                       : answer->status >= 300 && answer->status < 400 ? "; redirects are not followed"
                                                                       : "";
    return err_set(err, answer->status == 404 ? ERR_NOT_FOUND : ERR_UNAVAILABLE, "HTTP %u%s%s%s%s", answer->status,
                   answer->message[0] ? " " : "", answer->message, help, answer->status == 403 ? rights : "");
}

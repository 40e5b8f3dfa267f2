#include "https_client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { DEFAULT_TIMEOUT_MS = 10000, HEADERS_MAX = 64 << 10, BODY_MAX = 64 << 20, CHUNK = 16384, NAME_SIZE = 256 };

struct https_client {
    int fd;
    SSL_CTX *context;
    SSL *ssl;           /* NULL for plain HTTP */
    struct buf pending; /* received, but not part of a reply yet */
};

DEFINE_AUTO(bio, BIO *, BIO_free_all);
DEFINE_AUTO(x509, X509 *, X509_free);
DEFINE_AUTO(key, EVP_PKEY *, EVP_PKEY_free);

void https_close(struct https_client *client)
{
    if (!client)
        return;
    if (client->ssl && SSL_is_init_finished(client->ssl))
        (void)SSL_shutdown(client->ssl);
    SSL_free(client->ssl);
    SSL_CTX_free(client->context);
    ERR_clear_error();
    if (client->fd >= 0)
        (void)close(client->fd);
    buf_fini(&client->pending);
    free(client);
}

static int ssl_failed(struct err *err, const char *what)
{
    int number = errno;
    unsigned long code = ERR_peek_last_error();
    const char *reason = code ? ERR_reason_error_string(code) : NULL;
    ERR_clear_error();
    if (number == EAGAIN && !reason)
        return err_set(err, ERR_IO, "%s: timed out", what);
    return err_set(err, ERR_IO, "%s: %s", what, reason ? reason : number ? strerrordesc_np(number) : "closed");
}

static int connect_socket(const struct https_options *options, int *ret_fd, struct err *err)
{
    const char *host = options->host ? options->host : "127.0.0.1";
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } address = {0};
    bool is_v6 = inet_pton(AF_INET6, host, &address.v6.sin6_addr) == 1;
    if (is_v6) {
        address.v6.sin6_family = AF_INET6;
        address.v6.sin6_port = htons((uint16_t)options->port);
    } else if (inet_pton(AF_INET, host, &address.v4.sin_addr) == 1) {
        address.v4.sin_family = AF_INET;
        address.v4.sin_port = htons((uint16_t)options->port);
    } else {
        return err_set(err, ERR_INVALID, "\"%s\" is not an IP address", host);
    }
    int fd = socket(is_v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return err_errno(err, "socket");
    int milliseconds = options->timeout_ms ? options->timeout_ms : DEFAULT_TIMEOUT_MS;
    struct timeval limit = {.tv_sec = milliseconds / 1000, .tv_usec = milliseconds % 1000 * 1000};
    int on = 1;
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (connect(fd, &address.any, is_v6 ? sizeof(address.v6) : sizeof(address.v4)) < 0) {
        (void)err_errno(err, "connect");
        (void)close(fd);
        return -1;
    }
    *ret_fd = fd;
    return 0;
}

static BIO *text_bio(const char *pem)
{
    return BIO_new_mem_buf(pem, -1);
}

static int trust(SSL_CTX *context, const char *ca_pem, struct err *err)
{
    AUTO(bio) bio = text_bio(ca_pem);
    size_t count = 0;
    for (;;) {
        AUTO(x509) ca = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
        if (!ca)
            break;
        if (X509_STORE_add_cert(SSL_CTX_get_cert_store(context), ca) != 1)
            return ssl_failed(err, "the test's CA");
        count++;
    }
    if (count == 0)
        return ssl_failed(err, "the test's CA");
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    return 0;
}

static int use_certificate(SSL_CTX *context, const struct https_options *options, struct err *err)
{
    AUTO(bio) cert_bio = text_bio(options->cert_pem);
    AUTO(bio) key_bio = text_bio(options->key_pem);
    if (!cert_bio || !key_bio)
        return err_nomem(err);
    AUTO(x509) cert = PEM_read_bio_X509(cert_bio, NULL, NULL, NULL);
    AUTO(key) key = PEM_read_bio_PrivateKey(key_bio, NULL, NULL, NULL);
    if (!cert || !key || SSL_CTX_use_certificate(context, cert) != 1 || SSL_CTX_use_PrivateKey(context, key) != 1)
        return ssl_failed(err, "the test's client certificate");
    return 0;
}

static int make_context(const struct https_options *options, SSL_CTX **ret_context, struct err *err)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    if (!context)
        return ssl_failed(err, "SSL_CTX_new");
    *ret_context = context; /* the client frees it */
    if (options->tls_version) {
        SSL_CTX_set_security_level(context, 0); /* Debian's level 2 would not even offer TLS 1.1 */
        if (SSL_CTX_set_min_proto_version(context, options->tls_version) != 1 ||
            SSL_CTX_set_max_proto_version(context, options->tls_version) != 1)
            return ssl_failed(err, "TLS version");
    }
    if (options->ca_pem && trust(context, options->ca_pem, err) < 0)
        return -1;
    return options->cert_pem ? use_certificate(context, options, err) : 0;
}

static int start_tls(struct https_client *client, const struct https_options *options, struct err *err)
{
    if (make_context(options, &client->context, err) < 0)
        return -1;
    client->ssl = SSL_new(client->context);
    if (!client->ssl || SSL_set_fd(client->ssl, client->fd) != 1)
        return ssl_failed(err, "SSL_new");
    char name[NAME_SIZE]; /* SSL_set_tlsext_host_name() casts const away */
    (void)snprintf(name, sizeof(name), "%s", options->name ? options->name : "");
    if (options->name && (SSL_set_tlsext_host_name(client->ssl, name) != 1 || SSL_set1_host(client->ssl, name) != 1))
        return ssl_failed(err, "server name");
    ERR_clear_error();
    errno = 0;
    if (SSL_connect(client->ssl) != 1)
        return ssl_failed(err, "TLS handshake");
    return 0;
}

int https_connect(const struct https_options *options, struct https_client **ret_client, struct err *err)
{
    AUTO(https_client) client = calloc(1, sizeof(*client));
    if (!client)
        return err_nomem(err);
    client->fd = -1;
    buf_init(&client->pending, BODY_MAX + HEADERS_MAX);
    if (connect_socket(options, &client->fd, err) < 0)
        return -1;
    if (!options->plain && start_tls(client, options, err) < 0)
        return -1;
    *ret_client = TAKE(client);
    return 0;
}

int https_send(struct https_client *client, const void *data, size_t length, struct err *err)
{
    const char *bytes = data;
    while (length > 0) {
        ERR_clear_error();
        errno = 0;
        size_t sent = 0;
        if (client->ssl && SSL_write_ex(client->ssl, bytes, length, &sent) != 1)
            return ssl_failed(err, "sending");
        if (!client->ssl) {
            ssize_t result = send(client->fd, bytes, length, MSG_NOSIGNAL);
            if (result < 0)
                return err_errno(err, "sending");
            sent = (size_t)result;
        }
        bytes += sent;
        length -= sent;
    }
    return 0;
}

int https_post(struct https_client *client, const char *target, const char *body, struct err *err)
{
    AUTO(buf) text;
    buf_init(&text, BODY_MAX);
    buf_addf(&text, "POST %s HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
             target, strlen(body), body);
    return buf_check(&text, err) < 0 ? -1 : https_send(client, text.data, text.length, err);
}

int https_get(struct https_client *client, const char *target, struct err *err)
{
    char text[512];
    int length = snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\nHost: test\r\n\r\n", target);
    return https_send(client, text, (size_t)length, err);
}

void http_reply_init(struct http_reply *reply)
{
    *reply = (struct http_reply){0};
    buf_init(&reply->headers, HEADERS_MAX);
    buf_init(&reply->body, BODY_MAX);
}

void http_reply_fini(struct http_reply *reply)
{
    buf_fini(&reply->headers);
    buf_fini(&reply->body);
}

bool http_reply_header(const struct http_reply *reply, const char *name, char *ret_value, size_t size)
{
    size_t length = strlen(name);
    const char *line = buf_text(&reply->headers);
    while ((line = strstr(line, "\r\n")) != NULL) {
        line += 2;
        if (strncasecmp(line, name, length) != 0 || line[length] != ':')
            continue;
        const char *value = line + length + 1 + strspn(line + length + 1, " ");
        (void)snprintf(ret_value, size, "%.*s", (int)strcspn(value, "\r"), value);
        return true;
    }
    return false;
}

/* Waits for data and adds it to `pending`. */
static int receive_more(struct https_client *client, struct err *err)
{
    char chunk[CHUNK];
    size_t got = 0;
    ERR_clear_error();
    errno = 0;
    if (client->ssl && SSL_read_ex(client->ssl, chunk, sizeof(chunk), &got) != 1)
        return ssl_failed(err, "receiving");
    if (!client->ssl) {
        ssize_t result = recv(client->fd, chunk, sizeof(chunk), 0);
        if (result < 0)
            return errno == EAGAIN ? err_set(err, ERR_IO, "receiving: timed out") : err_errno(err, "receiving");
        if (result == 0)
            return err_set(err, ERR_IO, "receiving: closed");
        got = (size_t)result;
    }
    buf_add(&client->pending, chunk, got);
    return buf_check(&client->pending, err);
}

/* Moves the first `length` bytes to `out`. */
static void take_pending(struct https_client *client, size_t length, struct buf *out)
{
    buf_add(out, client->pending.data, length);
    memmove(client->pending.data, client->pending.data + length, client->pending.length - length + 1);
    client->pending.length -= length;
}

static int receive_headers(struct https_client *client, struct http_reply *reply, struct err *err)
{
    const char *end = NULL;
    while (!(end = strstr(buf_text(&client->pending), "\r\n\r\n"))) {
        if (receive_more(client, err) < 0)
            return err_wrap(err, "after %zu bytes of headers", client->pending.length);
    }
    take_pending(client, (size_t)(end - client->pending.data) + 4, &reply->headers);
    char value[64] = "";
    reply->closes = http_reply_header(reply, "Connection", value, sizeof(value)) && strcasecmp(value, "close") == 0;
    const char *status = strchr(buf_text(&reply->headers), ' ');
    reply->status = status ? (unsigned)strtoul(status, NULL, 10) : 0;
    return buf_check(&reply->headers, err);
}

int https_receive(struct https_client *client, struct http_reply *reply, struct err *err)
{
    buf_reset(&reply->headers);
    buf_reset(&reply->body);
    if (receive_headers(client, reply, err) < 0)
        return -1;
    char value[64];
    if (!http_reply_header(reply, "Content-Length", value, sizeof(value)))
        return err_set(err, ERR_IO, "the response has no Content-Length");
    size_t length = strtoul(value, NULL, 10);
    while (client->pending.length < length) {
        if (receive_more(client, err) < 0)
            return err_wrap(err, "after %zu of %zu bytes of body", client->pending.length, length);
    }
    take_pending(client, length, &reply->body);
    return buf_check(&reply->body, err);
}

int https_wait_closed(struct https_client *client, struct err *err)
{
    struct err end = {0};
    if (client->pending.length > 0 || receive_more(client, &end) == 0) {
        (void)err_set(err, ERR_IO, "bytes in place of the end: %.100s", buf_text(&client->pending));
        buf_reset(&client->pending);
        return -1;
    }
    if (strstr(end.text, "timed out"))
        return err_set(err, ERR_IO, "still open after the time limit");
    return 0;
}

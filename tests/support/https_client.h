/* A small blocking HTTP/1.1 client for tests, over TLS (OpenSSL) or plain. https_send() sends exactly the given bytes.
 * Every wait has a limit. Each client is used by one thread. */
#pragma once

#include "base/buf.h"

#include <stdbool.h>

struct https_options {
    const char *host; /* an IP address; NULL means 127.0.0.1 */
    unsigned port;
    bool plain;                     /* no TLS */
    const char *ca_pem;             /* the CAs to trust; NULL to trust any certificate */
    const char *name;               /* sent as SNI; if ca_pem is set, the certificate must have it; NULL for neither */
    const char *cert_pem, *key_pem; /* the client's certificate; NULL for none */
    int tls_version;                /* the only version, such as TLS1_2_VERSION; 0 for OpenSSL's default */
    int timeout_ms;                 /* of each wait; 0 means 10000 */
};

struct https_client;

/* Connects and completes the handshake. Errors: ERR_IO; ERR_NOMEM; ERR_INVALID if `host` is not an IP address. */
MUST_CHECK int https_connect(const struct https_options *options, struct https_client **ret_client, struct err *err);
void https_close(struct https_client *client);

MUST_CHECK int https_send(struct https_client *client, const void *data, size_t length, struct err *err);

/* Sends POST with Content-Type application/json and a Content-Length. */
MUST_CHECK int https_post(struct https_client *client, const char *target, const char *body, struct err *err);
/* Sends GET. */
MUST_CHECK int https_get(struct https_client *client, const char *target, struct err *err);

struct http_reply {
    unsigned status;
    struct buf headers; /* from the status line to the empty line */
    struct buf body;
    bool closes; /* has "Connection: close" */
};

/* Receives one response with a Content-Length. Overwrites `reply`. Errors: ERR_IO, also if time is up, the
 * connection is closed or there is no Content-Length; ERR_LIMIT (64 KiB of headers, 64 MiB of body); ERR_NOMEM. */
MUST_CHECK int https_receive(struct https_client *client, struct http_reply *reply, struct err *err);
void http_reply_init(struct http_reply *reply);
void http_reply_fini(struct http_reply *reply);

/* Returns true and copies the value, cut to `size`, if the header exists. Ignores the case of its name. */
bool http_reply_header(const struct http_reply *reply, const char *name, char *ret_value, size_t size);

/* Waits until the server closes the connection. Errors: ERR_IO if the server does not close it in time, or sends bytes
 * first, which are discarded. */
MUST_CHECK int https_wait_closed(struct https_client *client, struct err *err);

DEFINE_AUTO(https_client, struct https_client *, https_close);
DEFINE_AUTO_FINI(http_reply, struct http_reply, http_reply_fini);

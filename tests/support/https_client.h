/* A small blocking HTTP/1.1 client for tests, over TLS (OpenSSL) or plain: it sends exactly the bytes that it is told
 * to. Every wait has a limit. One client is used by one thread. */
#ifndef GPUSLICE_TESTS_SUPPORT_HTTPS_CLIENT_H
#define GPUSLICE_TESTS_SUPPORT_HTTPS_CLIENT_H

#include "base/buf.h"

#include <stdbool.h>

struct https_options {
    const char *host; /* an IP address; NULL: 127.0.0.1 */
    unsigned port;
    bool plain;                     /* no TLS */
    const char *ca_pem;             /* what is trusted, one or more; NULL: anything */
    const char *name;               /* DNS name that the server's certificate must have; NULL: not checked */
    const char *cert_pem, *key_pem; /* the client's own; NULL: none */
    int tls_version;                /* this one only, e.g. TLS1_2_VERSION; 0: what OpenSSL likes */
    int timeout_ms;                 /* of each wait; 0: 10000 */
};

struct https_client;

/* Connects, and completes the handshake. Errors: ERR_IO. */
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

/* One response with a Content-Length. `reply` is overwritten. Errors: ERR_IO ("timed out", "closed after N bytes"). */
MUST_CHECK int https_receive(struct https_client *client, struct http_reply *reply, struct err *err);
void http_reply_init(struct http_reply *reply);
void http_reply_fini(struct http_reply *reply);

/* True and the value, copied and cut, if the header is there; its name in any case. */
bool http_reply_header(const struct http_reply *reply, const char *name, char *ret_value, size_t size);

/* Waits until the server closes the connection. Errors: ERR_IO when it does not close in time, or sends
 * something, which is thrown away. */
MUST_CHECK int https_wait_closed(struct https_client *client, struct err *err);

DEFINE_AUTO(https_client, struct https_client *, https_close);
DEFINE_AUTO_FINI(http_reply, struct http_reply, http_reply_fini);

#endif

/* Private to serve/: what the HTTPS and the plain daemon share of libmicrohttpd. */
#ifndef GPUSLICE_SERVE_HTTP_H
#define GPUSLICE_SERVE_HTTP_H

#include "base/buf.h"

#include <microhttpd.h>
#include <stdarg.h>
#include <stdbool.h>

#define HTTP_TEXT "text/plain; charset=utf-8"
#define HTTP_JSON "application/json"

struct http_answer {
    unsigned status;
    const char *type;
    struct buf *body;        /* handed over: empty afterwards */
    const char *allow;       /* the Allow header, NULL: none */
    const char *retry_after; /* Retry-After in seconds, NULL: none */
    bool close;              /* this was the connection's last */
};

/* MHD_NO (out of memory) makes libmicrohttpd close the connection. Only from the last handler call of a request. */
enum MHD_Result http_send(struct MHD_Connection *connection, const struct http_answer *answer);

/* MHD_OPTION_EXTERNAL_LOGGER: libmicrohttpd's messages at debug. Every failed handshake is one. */
void http_log(void *context, const char *format, va_list args) __attribute__((format(printf, 2, 0)));

#endif

/* Private to serve/: the use of libmicrohttpd that the HTTPS and the plain listener share. */
#pragma once

#include "base/buf.h"

#include <microhttpd.h>
#include <stdarg.h>
#include <stdbool.h>

#define HTTP_TEXT "text/plain; charset=utf-8"
#define HTTP_JSON "application/json"

struct http_answer {
    unsigned status;
    const char *type;
    struct buf *body;        /* http_send() takes its content and leaves it empty */
    const char *allow;       /* the Allow header; NULL: none */
    const char *retry_after; /* Retry-After in seconds; NULL: none */
    bool close;              /* close the connection afterwards */
};

/* Returns MHD_NO if out of memory; libmicrohttpd then closes the connection. Use it only in the last handler call of a
 * request. */
enum MHD_Result http_send(struct MHD_Connection *connection, const struct http_answer *answer);

/* MHD_OPTION_EXTERNAL_LOGGER: logs libmicrohttpd's messages at debug level. Every failed handshake causes one. */
void http_log(void *context, const char *format, va_list args) __attribute__((format(printf, 2, 0)));

/* Sends answers with libmicrohttpd, and logs its messages. Does not depend on what is served. */
#include "serve/http.h"

#include "base/log.h"
#include "base/text.h"

#include <string.h>

enum { MESSAGE_SIZE = 512 };

DEFINE_AUTO(response, struct MHD_Response *, MHD_destroy_response);

enum MHD_Result http_send(struct MHD_Connection *connection, const struct http_answer *answer)
{
    size_t length = answer->body->length;
    AUTO(string) body = buf_take(answer->body);
    if (!body)
        return MHD_NO;

    AUTO(response) response = MHD_create_response_from_buffer(length, body, MHD_RESPMEM_MUST_FREE);
    if (!response)
        return MHD_NO;

    (void)TAKE(body); /* the response frees it */
    const struct {
        const char *name, *value;
    } headers[] = {{MHD_HTTP_HEADER_CONTENT_TYPE, answer->type},
                   {MHD_HTTP_HEADER_ALLOW, answer->allow},
                   {MHD_HTTP_HEADER_RETRY_AFTER, answer->retry_after},
                   {MHD_HTTP_HEADER_CONNECTION, answer->close ? "close" : NULL}};
    for (size_t i = 0; i < ARRAY_SIZE(headers); i++) {
        if (headers[i].value && MHD_add_response_header(response, headers[i].name, headers[i].value) == MHD_NO)
            return MHD_NO;
    }

    return MHD_queue_response(connection, answer->status, response);
}

void http_log(void *context, const char *format, va_list args)
{
    (void)context;
    if (!log_enabled(LOG_DEBUG))
        return;
    char message[MESSAGE_SIZE];
    text_vprintf(message, sizeof(message), format, args);
    message[strcspn(message, "\n")] = '\0';
    LOG(LOG_DEBUG, "libmicrohttpd", LOG_STR("text", message));
}

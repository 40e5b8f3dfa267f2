/* Checks requests while they arrive. Does not depend on threads, total limits, TLS, pods or policies. */
#include "serve/request.h"

#include "base/text.h"
#include "serve/duration.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { DISCARD_FACTOR = 4, SHOWN_MAX = 100, KNOWN_SIZE = 256 };

void request_refuse(struct request *request, unsigned status, const char *format, ...)
{
    if (request->status != 0)
        return;
    request->status = status;
    va_list args;
    va_start(args, format);
    text_vprintf(request->text, sizeof(request->text), format, args);
    va_end(args);
    text_make_printable(request->text, '?'); /* what the client sent cannot add lines to the answer */
    buf_fini(&request->body);
}

static const char *header(struct MHD_Connection *connection, const char *name)
{
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

static void check_path(struct request *request, const char *uri)
{
    char known[KNOWN_SIZE] = "";
    size_t used = 0;
    size_t length = strcspn(uri, "?");
    for (const char *const *path = request->rules->paths; *path; path++) {
        if (strlen(*path) == length && memcmp(*path, uri, length) == 0) {
            request->path = path;
            return;
        }
        int more = snprintf(known + used, sizeof(known) - used, "%s%s", used ? ", " : "", *path);
        if (more > 0 && (size_t)more < sizeof(known) - used)
            used += (size_t)more;
    }

    int shown = length < SHOWN_MAX ? (int)length : SHOWN_MAX;
    request_refuse(request, MHD_HTTP_NOT_FOUND, "no such path: %.*s (known paths: %s)", shown, uri, known);
}

void request_init(struct request *request, const struct request_rules *rules, const char *uri, int64_t now_ns)
{
    *request = (struct request){.rules = rules, .started_ns = now_ns};
    buf_init(&request->body, rules->body_max);
    check_path(request, uri);
}

static void check_method(struct request *request, const char *method)
{
    if (strcmp(method, MHD_HTTP_METHOD_POST) != 0)
        request_refuse(request, MHD_HTTP_METHOD_NOT_ALLOWED, "method %.*s is not allowed; use POST", SHOWN_MAX, method);
}

struct lengths {
    unsigned count; /* headers that say where the body ends */
    bool odd;       /* the name of a header is malformed */
};

/* RFC 9110 section 5.6.2. */
static bool is_token(const char *name)
{
    static const char token[] = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    return name[strspn(name, token)] == '\0';
}

/* libmicrohttpd 0.9.75 keeps a space before the colon as part of the name, and appends a folded line to the name:
 * "Content-Length\r\n 2" becomes "Content-Length2". */
static bool begins_as_length(const char *name)
{
    return strncasecmp(name, MHD_HTTP_HEADER_CONTENT_LENGTH, sizeof(MHD_HTTP_HEADER_CONTENT_LENGTH) - 1) == 0 ||
           strncasecmp(name, MHD_HTTP_HEADER_TRANSFER_ENCODING, sizeof(MHD_HTTP_HEADER_TRANSFER_ENCODING) - 1) == 0;
}

static enum MHD_Result count_lengths(void *context, enum MHD_ValueKind kind, const char *key, const char *value)
{
    (void)kind;
    (void)value;
    struct lengths *lengths = context;
    if (strcasecmp(key, MHD_HTTP_HEADER_CONTENT_LENGTH) == 0 || strcasecmp(key, MHD_HTTP_HEADER_TRANSFER_ENCODING) == 0)
        lengths->count++;
    else if (!is_token(key) || begins_as_length(key))
        lengths->odd = true;
    return MHD_YES;
}

/* libmicrohttpd 0.9.75 accepts Content-Length and Transfer-Encoding together, or either of them twice, and ignores one
 * that is slightly misspelled. Request smuggling uses all of this (RFC 9112 section 6.3). The end of the body is then a
 * guess, so the connection is not used again. */
static void check_lengths(struct request *request, struct MHD_Connection *connection)
{
    struct lengths lengths = {0};
    (void)MHD_get_connection_values(connection, MHD_HEADER_KIND, count_lengths, &lengths);
    if (lengths.count <= 1 && !lengths.odd)
        return;

    request->close = true;
    if (lengths.odd)
        request_refuse(
            request, MHD_HTTP_BAD_REQUEST,
            "the name of a header is malformed; send each header on its own line, with the colon directly after its "
            "name");
    else
        request_refuse(request, MHD_HTTP_BAD_REQUEST,
                       "%u headers give the body's length; send one Content-Length or one Transfer-Encoding",
                       lengths.count);
}

static bool is_json(const char *type)
{
    static const char wanted[] = "application/json";
    size_t length = sizeof(wanted) - 1;
    if (strncasecmp(type, wanted, length) != 0)
        return false;
    const char *rest = type + length + strspn(type + length, " \t");
    return *rest == '\0' || *rest == ';';
}

static void check_type(struct request *request, struct MHD_Connection *connection)
{
    const char *type = header(connection, MHD_HTTP_HEADER_CONTENT_TYPE);
    if (!type)
        request_refuse(request, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE, "the Content-Type is missing; send application/json");
    else if (!is_json(type))
        request_refuse(request, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE,
                       "Content-Type %.*s is not supported; send "
                       "application/json",
                       SHOWN_MAX, type);
    const char *encoding = header(connection, MHD_HTTP_HEADER_CONTENT_ENCODING);
    if (encoding && strcasecmp(encoding, "identity") != 0)
        request_refuse(request, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE,
                       "Content-Encoding %.*s is not supported; send it uncompressed", SHOWN_MAX, encoding);
}

static void check_timeout(struct request *request, struct MHD_Connection *connection)
{
    const char *text = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "timeout");
    int64_t timeout_ns = 0;
    struct err err;
    if (!text)
        return;
    if (duration_parse(text, &timeout_ns, &err) < 0)
        request_refuse(request, MHD_HTTP_BAD_REQUEST, "query parameter timeout: %s", err.text);
    else if (timeout_ns > 0 && __builtin_add_overflow(request->started_ns, timeout_ns, &request->deadline_ns))
        request->deadline_ns = 0; /* no deadline, because it would be centuries away */
}

static void refuse_length(struct request *request)
{
    request_refuse(request, MHD_HTTP_CONTENT_TOO_LARGE, "the body is larger than %zu bytes", request->rules->body_max);
}

/* libmicrohttpd has checked that the value is a number; strtoumax() returns the maximum for one that overflows. */
static void check_length(struct request *request, struct MHD_Connection *connection)
{
    const char *text = header(connection, MHD_HTTP_HEADER_CONTENT_LENGTH);
    if (text && strtoumax(text, NULL, 10) > request->rules->body_max)
        refuse_length(request);
}

void request_check(struct request *request, struct MHD_Connection *connection, const char *method)
{
    request->checked = true;
    check_lengths(request, connection); /* first, so that the answer names the fault that ends the connection */
    check_method(request, method);
    check_type(request, connection);
    check_timeout(request, connection);
    check_length(request, connection);
}

bool request_add(struct request *request, const char *data, size_t length)
{
    size_t maximum = request->rules->body_max;
    request->received += length;
    if (request->received / DISCARD_FACTOR > maximum)
        return false;
    if (request->status != 0)
        return true;

    if (request->received > maximum) {
        refuse_length(request);
        return true;
    }

    buf_add(&request->body, data, length);
    if (request->body.failure != ERR_NONE)
        request_refuse(request, MHD_HTTP_INTERNAL_SERVER_ERROR, "out of memory");
    return true;
}

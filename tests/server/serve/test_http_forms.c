/* Forms of requests, sent byte for byte over TLS: which of them `gpuslice serve` accepts, and which it refuses. The
 * table follows docs/serving.md, "What is read as a request". */
#include "tests/support/check.h"
#include "tests/support/webhook.h"

#include <signal.h>

/* In the requests: @ is the length of the review in decimal, # in hexadecimal digits, $ the review itself. */
#define TYPE   "Content-Type: application/json\r\n"
#define LENGTH "Content-Length: @\r\n"
#define POST   "POST /mutate HTTP/1.1\r\nHost: a\r\n"
#define PLAIN  POST TYPE LENGTH "\r\n$"

enum after {
    KEPT,    /* the connection accepts another request */
    CLOSED,  /* the server closes the connection */
    MISREAD, /* the body, or its end, is read as another request */
    UNTRIED,
};

enum { NO_ANSWER = 0 }; /* a status */

static const char review[] = WEBHOOK_REVIEW("ml-team", "");

static const struct {
    const char *name, *request;
    unsigned status;
    enum after after;
} forms[] = {
    {"well-formed", PLAIN, 200, KEPT},
    /* Line ends. */
    {"LF alone", "POST /mutate HTTP/1.1\nHost: a\nContent-Type: application/json\nContent-Length: @\n\n$", 200, KEPT},
    {"LF and CRLF mixed", "POST /mutate HTTP/1.1\nHost: a\r\n" TYPE "Content-Length: @\n\r\n$", 200, KEPT},
    {"CR alone, end by CRLF",
     "POST /mutate HTTP/1.1\rHost: a\rContent-Type: application/json\rContent-Length: @\r\n\r\n$", 400, CLOSED},
    {"one empty line before", "\r\n" PLAIN, 200, KEPT},
    {"several empty lines before", "\r\n\r\n\n\r\n" PLAIN, 200, KEPT},
    {"spaces before", "  " PLAIN, NO_ANSWER, CLOSED},
    /* Request line. */
    {"two spaces", "POST  /mutate  HTTP/1.1\r\nHost: a\r\n" TYPE LENGTH "\r\n$", NO_ANSWER, CLOSED},
    {"tabs", "POST\t/mutate\tHTTP/1.1\r\nHost: a\r\n" TYPE LENGTH "\r\n$", NO_ANSWER, CLOSED},
    {"space at the end", "POST /mutate HTTP/1.1 \r\nHost: a\r\n" TYPE LENGTH "\r\n$", 400, CLOSED},
    {"lower-case method", "post /mutate HTTP/1.1\r\nHost: a\r\n" TYPE LENGTH "\r\n$", 405, KEPT},
    {"unknown method", "BREW /mutate HTTP/1.1\r\nHost: a\r\n" TYPE LENGTH "\r\n$", 405, KEPT},
    {"CONNECT", "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", 404, KEPT},
    {"OPTIONS *", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 404, KEPT},
    {"absolute form", "POST https://a/mutate HTTP/1.1\r\nHost: a\r\n" TYPE LENGTH "\r\n$", 404, KEPT},
    {"two slashes", "POST //mutate HTTP/1.1\r\nHost: a\r\n" TYPE LENGTH "\r\n$", 404, KEPT},
    {"dot segment", "POST /./mutate HTTP/1.1\r\nHost: a\r\n" TYPE LENGTH "\r\n$", 404, KEPT},
    {"fragment", "POST /mutate#x HTTP/1.1\r\nHost: a\r\n" TYPE LENGTH "\r\n$", 404, KEPT},
    {"semicolon", "POST /mutate;x HTTP/1.1\r\nHost: a\r\n" TYPE LENGTH "\r\n$", 404, KEPT},
    {"percent-encoded letter", "POST /%6dutate HTTP/1.1\r\nHost: a\r\n" TYPE LENGTH "\r\n$", 404, KEPT},
    {"percent-encoded slash", "POST /mutate%2F HTTP/1.1\r\nHost: a\r\n" TYPE LENGTH "\r\n$", 404, KEPT},
    {"percent-encoded NUL", "POST /mutate%00x HTTP/1.1\r\nHost: a\r\n" TYPE LENGTH "\r\n$", 404, KEPT},
    {"empty query", "POST /mutate? HTTP/1.1\r\nHost: a\r\n" TYPE LENGTH "\r\n$", 200, KEPT},
    {"space in path", "POST /mutate x HTTP/1.1\r\nHost: a\r\n" TYPE LENGTH "\r\n$", NO_ANSWER, CLOSED},
    {"non-ASCII path", "POST /mutate\xc3\xa4 HTTP/1.1\r\nHost: a\r\n" TYPE LENGTH "\r\n$", 404, KEPT},
    /* Versions. */
    {"HTTP/1.0", "POST /mutate HTTP/1.0\r\n" TYPE LENGTH "\r\n$", 200, CLOSED},
    {"HTTP/1.0 keep-alive", "POST /mutate HTTP/1.0\r\nConnection: keep-alive\r\n" TYPE LENGTH "\r\n$", 200, KEPT},
    {"HTTP/1.0 chunked", "POST /mutate HTTP/1.0\r\nTransfer-Encoding: chunked\r\n" TYPE "\r\n#\r\n$\r\n0\r\n\r\n", 200,
     CLOSED},
    {"HTTP/1.2", "POST /mutate HTTP/1.2\r\nHost: a\r\n" TYPE LENGTH "\r\n$", 200, KEPT},
    {"HTTP/2.0", "POST /mutate HTTP/2.0\r\nHost: a\r\n" TYPE LENGTH "\r\n$", 505, CLOSED},
    {"no version", "POST /mutate\r\nHost: a\r\n" TYPE LENGTH "\r\n$", 400, CLOSED},
    {"lower-case version", "POST /mutate http/1.1\r\nHost: a\r\n" TYPE LENGTH "\r\n$", 400, CLOSED},
    {"other protocol", "POST /mutate FTP/1.1\r\nHost: a\r\n" TYPE LENGTH "\r\n$", 400, CLOSED},
    /* Headers. */
    {"no Host", "POST /mutate HTTP/1.1\r\n" TYPE LENGTH "\r\n$", 400, CLOSED},
    {"two Hosts", "POST /mutate HTTP/1.1\r\nHost: a\r\nHost: b\r\n" TYPE LENGTH "\r\n$", 200, KEPT},
    {"name in another case",
     "POST /mutate HTTP/1.1\r\nHOST: a\r\ncontent-TYPE: application/json\r\ncontent-length: @\r\n\r\n$", 200, KEPT},
    {"no space after the colon", POST "Content-Type:application/json\r\nContent-Length:@\r\n\r\n$", 200, KEPT},
    {"tab after the colon", POST "Content-Type:\tapplication/json\r\nContent-Length:\t@\r\n\r\n$", 200, KEPT},
    {"space before the colon", POST TYPE "Content-Length : @\r\n\r\n$", 400, CLOSED},
    {"space before a type's colon", POST "Content-Type : application/json\r\n" LENGTH "\r\n$", 400, CLOSED},
    {"space after the value", POST "Content-Type: application/json  \r\nContent-Length: @ \r\n\r\n$", 400, CLOSED},
    {"folded value", POST "Content-Type:\r\n application/json\r\n" LENGTH "\r\n$", 400, CLOSED},
    {"folded by a tab", POST "Content-Type:\r\n\tapplication/json\r\n" LENGTH "\r\n$", 400, CLOSED},
    {"folded length", POST TYPE "Content-Length:\r\n @\r\n\r\n$", 400, CLOSED},
    {"first header begins with a space", "POST /mutate HTTP/1.1\r\n Host: a\r\n" TYPE LENGTH "\r\n$", 400, CLOSED},
    {"no colon", POST TYPE LENGTH "nonsense\r\n\r\n$", 400, CLOSED},
    {"no name", POST TYPE LENGTH ": x\r\n\r\n$", 400, MISREAD},
    {"odd name", POST TYPE LENGTH "a(b): x\r\n\r\n$", 400, CLOSED},
    {"two types", POST TYPE "Content-Type: text/plain\r\n" LENGTH "\r\n$", 200, KEPT},
    {"two types, the wrong one first", POST "Content-Type: text/plain\r\n" TYPE LENGTH "\r\n$", 415, KEPT},
    {"control byte in a value", POST TYPE LENGTH "X: a\x01z\r\n\r\n$", 200, KEPT},
    {"CR in a value", POST TYPE LENGTH "X: a\rz\r\n\r\n$", 200, KEPT},
    {"Connection: close", POST "Connection: close\r\n" TYPE LENGTH "\r\n$", 200, CLOSED},
    {"Expect: 100-continue", POST "Expect: 100-continue\r\n" TYPE LENGTH "\r\n$", 100, UNTRIED},
    {"another expectation", POST "Expect: x\r\n" TYPE LENGTH "\r\n$", 200, KEPT},
    {"Upgrade: h2c", POST "Upgrade: h2c\r\nConnection: Upgrade\r\n" TYPE LENGTH "\r\n$", 200, KEPT},
    /* Lengths. */
    {"no length", POST TYPE "\r\n", 400, KEPT},
    {"length twice", POST TYPE LENGTH LENGTH "\r\n$", 400, CLOSED},
    {"lengths that differ", POST TYPE LENGTH "Content-Length: 1\r\n\r\n$", 400, CLOSED},
    {"length as a list", POST TYPE "Content-Length: @, @\r\n\r\n$", 400, CLOSED},
    {"length with a plus", POST TYPE "Content-Length: +@\r\n\r\n$", 400, CLOSED},
    {"negative length", POST TYPE "Content-Length: -1\r\n\r\n$", 400, CLOSED},
    {"length with zeros", POST TYPE "Content-Length: 000@\r\n\r\n$", 200, KEPT},
    {"hexadecimal length", POST TYPE "Content-Length: 0x#\r\n\r\n$", 400, CLOSED},
    {"length and a letter", POST TYPE "Content-Length: @x\r\n\r\n$", 400, CLOSED},
    {"empty length", POST TYPE "Content-Length:\r\n\r\n$", 400, CLOSED},
    {"length of 2^64", POST TYPE "Content-Length: 18446744073709551616\r\n\r\n$", 413, CLOSED},
    {"length and chunked", POST TYPE LENGTH "Transfer-Encoding: chunked\r\n\r\n$", 400, CLOSED},
    {"chunked and length", POST TYPE "Transfer-Encoding: chunked\r\n" LENGTH "\r\n#\r\n$\r\n0\r\n\r\n", 400, CLOSED},
    {"chunked twice", POST TYPE "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n#\r\n$\r\n0\r\n\r\n",
     400, CLOSED},
    /* Chunks. */
    {"chunked", POST TYPE "Transfer-Encoding: chunked\r\n\r\n#\r\n$\r\n0\r\n\r\n", 200, KEPT},
    {"Chunked", POST TYPE "Transfer-Encoding: Chunked\r\n\r\n#\r\n$\r\n0\r\n\r\n", 200, KEPT},
    {"chunk with an extension", POST TYPE "Transfer-Encoding: chunked\r\n\r\n#;a=b\r\n$\r\n0\r\n\r\n", 200, KEPT},
    {"chunk size with zeros", POST TYPE "Transfer-Encoding: chunked\r\n\r\n000#\r\n$\r\n0\r\n\r\n", 200, KEPT},
    {"chunk size with 0x", POST TYPE "Transfer-Encoding: chunked\r\n\r\n0x#\r\n$\r\n0\r\n\r\n", 400, CLOSED},
    {"chunk size and a space", POST TYPE "Transfer-Encoding: chunked\r\n\r\n# \r\n$\r\n0\r\n\r\n", 400, CLOSED},
    {"chunks with LF alone", POST TYPE "Transfer-Encoding: chunked\r\n\r\n#\n$\n0\n\n", 200, KEPT},
    {"chunks with a trailer", POST TYPE "Transfer-Encoding: chunked\r\n\r\n#\r\n$\r\n0\r\nX: y\r\n\r\n", 200, KEPT},
    {"chunk size that is no number", POST TYPE "Transfer-Encoding: chunked\r\n\r\nxyz\r\n$\r\n0\r\n\r\n", 400, CLOSED},
    {"chunk size of 2^64", POST TYPE "Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\n$\r\n0\r\n\r\n", 413,
     CLOSED},
    {"chunked with a tab", POST TYPE "Transfer-Encoding:\tchunked\r\n\r\n#\r\n$\r\n0\r\n\r\n", 200, KEPT},
};

static void write_request(const char *pattern, struct buf *out)
{
    for (const char *c = pattern; *c; c++) {
        if (*c == '@')
            buf_addf(out, "%zu", strlen(review));
        else if (*c == '#')
            buf_addf(out, "%zx", strlen(review));
        else if (*c == '$')
            buf_add_string(out, review);
        else
            buf_add_char(out, *c);
    }
}

static void check_after(size_t i, struct https_client *client)
{
    struct err err;
    AUTO(http_reply) reply;
    http_reply_init(&reply);
    int result = https_post(client, "/mutate", review, &err);
    if (result == 0)
        result = https_receive(client, &reply, &err);
    if (forms[i].after == KEPT && (result < 0 || reply.status != 200))
        fail_msg("%s: the connection is not kept: %s %u", forms[i].name, result < 0 ? err.text : "", reply.status);
    if (forms[i].after == MISREAD && (result < 0 || reply.status == 200))
        fail_msg("%s: the body is not misread", forms[i].name);
    if (forms[i].after == CLOSED && (result == 0 || strstr(err.text, "timed out")))
        fail_msg("%s: the connection is not closed: %s", forms[i].name, result < 0 ? err.text : "answered");
}

static void check_form(const struct webhook *webhook, size_t i)
{
    struct err err;
    AUTO(https_client) client = NULL;
    AUTO(http_reply) reply;
    AUTO(buf) request;
    http_reply_init(&reply);
    buf_init(&request, 65536);
    write_request(forms[i].request, &request);
    check_success(forms[i].name, webhook_connect(webhook, NULL, NULL, &client, &err), &err);
    check_success(forms[i].name, https_send(client, request.data, request.length, &err), &err);
    int result = https_receive(client, &reply, &err);
    if (forms[i].status == NO_ANSWER) {
        if (result == 0 || strstr(err.text, "timed out"))
            fail_msg("%s: answered or left open: %u", forms[i].name, reply.status);
        return;
    }
    if (result < 0 && forms[i].after != UNTRIED)
        fail_msg("%s: %s", forms[i].name, err.text);
    if (reply.status != forms[i].status)
        fail_msg("%s: %u instead of %u: %s", forms[i].name, reply.status, forms[i].status, buf_text(&reply.body));
    if (forms[i].after != UNTRIED)
        check_after(i, client);
}

TEST(form__of_a_request__is_accepted_or_refused_as_documented)
{
    struct err err;
    int status = -1;
    struct webhook *webhook = webhook_new();
    check_success("start", webhook_start(webhook, NULL, &err), &err);
    for (size_t i = 0; i < ARRAY_SIZE(forms); i++)
        check_form(webhook, i);
    check_success("end", webhook_end(webhook, SIGTERM, &status, &err), &err);
    assert_int_equal(status, 0);
    webhook_free(webhook);
}

BEFORE_TESTS()
{
    (void)signal(SIGPIPE, SIG_IGN);
}

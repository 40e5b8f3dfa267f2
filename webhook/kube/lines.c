/* Assembles lines from chunks. Does not depend on JSON or a network. */
#include "kube/lines.h"

#include <string.h>

void lines_init(struct lines *lines, size_t maximum)
{
    buf_init(&lines->pending, maximum);
    lines->maximum = maximum;
}

void lines_fini(struct lines *lines)
{
    buf_fini(&lines->pending);
}

void lines_reset(struct lines *lines)
{
    buf_reset(&lines->pending);
}

static int check_length(const struct lines *lines, size_t more, struct err *err)
{
    if (more <= lines->maximum - lines->pending.length)
        return 0;
    return err_set(err, ERR_LIMIT, "a line is longer than %zu bytes", lines->maximum);
}

/* Completes a line that began in an earlier chunk. */
static int finish_line(struct lines *lines, const char *bytes, size_t length, lines_each_fn *each, void *context,
                       struct err *err)
{
    buf_add(&lines->pending, bytes, length);
    if (buf_check(&lines->pending, err) < 0)
        return -1;
    int result = each(context, lines->pending.data, lines->pending.length, err);
    buf_reset(&lines->pending);
    return result;
}

static int take_line(struct lines *lines, const char *bytes, size_t length, lines_each_fn *each, void *context,
                     struct err *err)
{
    if (check_length(lines, length, err) < 0)
        return -1;
    if (lines->pending.length > 0)
        return finish_line(lines, bytes, length, each, context, err);
    return length > 0 ? each(context, bytes, length, err) : 0;
}

int lines_feed(struct lines *lines, const char *bytes, size_t length, lines_each_fn *each, void *context,
               struct err *err)
{
    const char *end = bytes + length;
    const char *feed;
    while (bytes < end && (feed = memchr(bytes, '\n', (size_t)(end - bytes)))) {
        if (take_line(lines, bytes, (size_t)(feed - bytes), each, context, err) < 0)
            return -1;
        bytes = feed + 1;
    }

    if (bytes == end)
        return 0;
    if (check_length(lines, (size_t)(end - bytes), err) < 0)
        return -1;

    buf_add(&lines->pending, bytes, (size_t)(end - bytes));
    return buf_check(&lines->pending, err);
}

int lines_end(const struct lines *lines, struct err *err)
{
    if (lines->pending.length == 0)
        return 0;
    return err_set(err, ERR_UNAVAILABLE, "the stream ended within a line, after %zu bytes of it",
                   lines->pending.length);
}

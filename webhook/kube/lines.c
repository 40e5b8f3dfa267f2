/* Assembles lines from chunks. Does not depend on JSON or a network. */
#include "kube/lines.h"

#include <string.h>

static int add_pending(struct buf *pending, const char *bytes, size_t length, struct err *err)
{
    buf_add(pending, bytes, length);
    return buf_check(pending, err);
}

/* Completes the pending line with these bytes. If nothing is pending, they are the whole line and are not copied. */
static int end_line(struct buf *pending, const char *bytes, size_t length, lines_each_fn *each, void *context,
                    struct err *err)
{
    if (pending->length == 0)
        return length > 0 ? each(context, bytes, length, err) : 0;
    if (add_pending(pending, bytes, length, err) < 0)
        return -1;

    int result = each(context, pending->data, pending->length, err);
    buf_reset(pending);
    return result;
}

int lines_feed(struct buf *pending, const char *bytes, size_t length, lines_each_fn *each, void *context,
               struct err *err)
{
    const char *end = bytes + length;
    while (bytes < end) {
        const char *feed = memchr(bytes, '\n', (size_t)(end - bytes));
        size_t part = (size_t)((feed ? feed : end) - bytes);
        if (part > pending->maximum - pending->length)
            return err_set(err, ERR_LIMIT, "a line is longer than %zu bytes", pending->maximum);

        int result = feed ? end_line(pending, bytes, part, each, context, err) : add_pending(pending, bytes, part, err);
        if (result < 0)
            return -1;
        bytes = feed ? feed + 1 : end;
    }

    return 0;
}

int lines_end(const struct buf *pending, struct err *err)
{
    if (pending->length == 0)
        return 0;
    return err_set(err, ERR_UNAVAILABLE, "the stream ended within a line, after %zu bytes of it", pending->length);
}

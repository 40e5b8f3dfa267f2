/* Error values. Uses no library but libc. */
#include "base/err.h"

#include "base/text.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

static const struct {
    unsigned http_status;
    int exit_status;
} err_statuses[ERR_CODES] = {
    [ERR_NONE] = {200, 0},  [ERR_INVALID] = {400, 2}, [ERR_NOT_FOUND] = {404, 2},   [ERR_LIMIT] = {413, 2},
    [ERR_NOMEM] = {500, 2}, [ERR_IO] = {500, 2},      [ERR_UNAVAILABLE] = {500, 2}, [ERR_INTERNAL] = {500, 2},
};

int err_set(struct err *err, enum err_code code, const char *format, ...)
{
    assert(code > ERR_NONE && code < ERR_CODES);
    va_list args;
    va_start(args, format);
    err->code = code;
    text_vprintf(err->text, sizeof(err->text), format, args);
    va_end(args);
    return -1;
}

/* Writes the formatted text, then ": ", then `tail`; text that does not fit is cut at the end. */
PRINTF(3, 0)
static void err_prefix(struct err *err, const char *tail, const char *format, va_list args)
{
    char text[ERR_TEXT_SIZE];
    text_vprintf(text, sizeof(text), format, args);
    size_t used = strlen(text);
    text_printf(text + used, sizeof(text) - used, ": %s", tail);
    memcpy(err->text, text, sizeof(text));
}

int err_wrap(struct err *err, const char *format, ...)
{
    char tail[ERR_TEXT_SIZE];
    memcpy(tail, err->text, sizeof(tail));
    va_list args;
    va_start(args, format);
    err_prefix(err, tail, format, args);
    va_end(args);
    return -1;
}

int err_errno(struct err *err, const char *format, ...)
{
    int number = errno;
    va_list args;
    va_start(args, format);
    err->code = number == ENOENT ? ERR_NOT_FOUND : number == ENOMEM ? ERR_NOMEM : ERR_IO;
    char reason[256];
    err_prefix(err, strerror_r(number, reason, sizeof(reason)), format, args);
    va_end(args);
    return -1;
}

int err_nomem(struct err *err)
{
    return err_set(err, ERR_NOMEM, "out of memory");
}

unsigned err_http_status(enum err_code code)
{
    return err_statuses[code].http_status;
}

int err_exit_status(enum err_code code)
{
    return err_statuses[code].exit_status;
}

void err_memory_begin(void)
{
    errno = 0;
}

bool err_memory_ran_out(void)
{
    return errno == ENOMEM;
}

int err_memory_end(int result, struct err *err)
{
    return err_memory_ran_out() ? err_nomem(err) : result;
}

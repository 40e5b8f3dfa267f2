/* JSON log lines. Uses no library but libc. Hand-written, because Debian has no maintained C library for them. */
#include "base/log.h"

#include "base/buf.h"
#include "base/clock.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { LOG_LINE_MAX = 8192, LOG_LINE_RESERVE = 16 };

static const char *const level_names[] = {"debug", "info", "warn", "error"};

/* Set once, before threads start, and only read afterwards. */
static enum log_level log_minimum = LOG_INFO;
static int log_fd = STDERR_FILENO;

void log_setup(enum log_level level, int fd)
{
    log_minimum = level;
    log_fd = fd;
}

bool log_enabled(enum log_level level)
{
    return level >= log_minimum;
}

bool log_level_parse(const char *word, enum log_level *ret_level)
{
    for (size_t i = 0; i < ARRAY_SIZE(level_names); i++) {
        if (strcmp(word, level_names[i]) == 0) {
            *ret_level = (enum log_level)i;
            return true;
        }
    }
    return false;
}

static void log_add_field(struct buf *line, const struct log_field *field)
{
    if (field->type == LOG_FIELD_STRING && !field->string)
        return;

    size_t before = line->length;
    buf_add_char(line, ',');
    buf_add_json_string(line, field->key);
    buf_add_char(line, ':');
    if (field->type == LOG_FIELD_STRING)
        buf_add_json_string(line, field->string);
    else if (field->type == LOG_FIELD_INT)
        buf_addf(line, "%lld", (long long)field->integer);
    else
        buf_add_string(line, field->integer ? "true" : "false");

    if (line->failure != ERR_NONE || line->length > LOG_LINE_MAX - LOG_LINE_RESERVE) {
        line->failure = ERR_NONE;
        line->length = before;
        if (line->length < LOG_LINE_MAX - LOG_LINE_RESERVE)
            buf_add_string(line, ",\"cut\":true");
    }
}

static void log_flush(const char *data, size_t length)
{
    while (length > 0) {
        ssize_t written = write(log_fd, data, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return; /* there is nowhere left to report it */
        data += written;
        length -= (size_t)written;
    }
}

void log_write(enum log_level level, const char *message, const struct log_field *fields)
{
    if (!log_enabled(level))
        return;

    AUTO(buf) line;
    buf_init(&line, LOG_LINE_MAX);
    char now[CLOCK_TEXT_SIZE];
    clock_now_text(now);
    buf_addf(&line, "{\"time\":\"%s\",\"level\":\"%s\",\"message\":", now, level_names[level]);
    buf_add_json_string(&line, message);
    for (const struct log_field *field = fields; field->key; field++)
        log_add_field(&line, field);
    buf_add_string(&line, "}\n");
    if (line.failure == ERR_NONE)
        log_flush(line.data, line.length);
}

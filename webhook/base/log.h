/* Writes one JSON object per line to a file descriptor (stderr by default).
 *
 *   LOG(LOG_INFO, "decision", LOG_STR("namespace", ns), LOG_INT("microseconds", us));
 *   {"time":"2026-11-23T12:52:12.345Z","level":"info","message":"decision","namespace":"a","microseconds":71}
 *
 * A message without fields: LOG(LOG_INFO, "draining", LOG_END). A line has at most 8 KiB and is passed to write(2) as a
 * whole; fields that do not fit are dropped and "cut":true is added. Never pass request bodies, environment values or
 * secrets. Only cmd/, serve/ and service/ log. Thread-safe after log_setup(). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

struct log_field {
    const char *key; /* NULL ends the list */
    enum { LOG_FIELD_STRING, LOG_FIELD_INT, LOG_FIELD_BOOL } type;
    const char *string; /* NULL: the field is left out */
    int64_t integer;
};

#define LOG_STR(name, value)     ((struct log_field){.key = (name), .type = LOG_FIELD_STRING, .string = (value)})
#define LOG_INT(name, value)     ((struct log_field){.key = (name), .type = LOG_FIELD_INT, .integer = (int64_t)(value)})
#define LOG_BOOL(name, value)    ((struct log_field){.key = (name), .type = LOG_FIELD_BOOL, .integer = (value)})
#define LOG_END                  ((struct log_field){.key = 0})
#define LOG(level, message, ...) log_write((level), (message), (const struct log_field[]){__VA_ARGS__, LOG_END})

/* Sends lines of `level` and above to `fd`. Call it before threads start; without it, lines of LOG_INFO and above go to
 * stderr. */
void log_setup(enum log_level level, int fd);
bool log_enabled(enum log_level level);
void log_write(enum log_level level, const char *message, const struct log_field *fields);

/* Sets *ret_level for "debug", "info", "warn" and "error". Returns false for any other word. */
bool log_level_parse(const char *word, enum log_level *ret_level);

/* base/log: the lines that arrive at the other end of a pipe. */
#include "base/log.h"

#include "tests/support/check.h"

#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 8192 };

/* Returns what one call logs at `level`, without the time, whose form is checked. The buffer is static. */
static const char *logged(enum log_level minimum, enum log_level level, const char *message,
                          const struct log_field *fields)
{
    static char line[2 * LINE_MAX_BYTES];
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    log_setup(minimum, ends[1]);
    log_write(level, message, fields);
    log_setup(LOG_INFO, STDERR_FILENO);
    (void)close(ends[1]);
    ssize_t length = read(ends[0], line, sizeof(line) - 1);
    (void)close(ends[0]);
    assert_true(length >= 0);
    line[length] = '\0';
    static const char shape[] = "{\"time\":\"9999-99-99T99:99:99.999Z\","; /* a 9 stands for any digit */
    for (size_t i = 0; length > 0 && i < sizeof(shape) - 1; i++) {
        bool right = shape[i] == '9' ? line[i] >= '0' && line[i] <= '9' : line[i] == shape[i];
        if (!right)
            fail_msg("byte %zu of %s", i, line);
    }
    return length > 0 ? line + sizeof(shape) - 1 : line;
}

TEST(log_write__fields__one_json_object_a_line)
{
    const struct log_field fields[] = {LOG_STR("namespace", "a\"b"), LOG_STR("absent", NULL),
                                       LOG_INT("microseconds", -71), LOG_BOOL("dry", true),
                                       LOG_BOOL("wet", false),       LOG_END};
    check_text("fields", logged(LOG_INFO, LOG_INFO, "decision", fields),
               "\"level\":\"info\",\"message\":\"decision\",\"namespace\":\"a\\\"b\",\"microseconds\":-71,\"dry\":true,"
               "\"wet\":false}\n");
    check_text("none", logged(LOG_INFO, LOG_ERROR, "line\nfeed", (const struct log_field[]){LOG_END}),
               "\"level\":\"error\",\"message\":\"line\\nfeed\"}\n");
}

TEST(log_write__level__below_the_minimum_is_dropped)
{
    static const char *const names[] = {"debug", "info", "warn", "error"};
    const struct log_field fields[] = {LOG_END};
    for (int minimum = LOG_DEBUG; minimum <= LOG_ERROR; minimum++) {
        for (int level = LOG_DEBUG; level <= LOG_ERROR; level++) {
            char expected[64] = "";
            if (level >= minimum)
                (void)snprintf(expected, sizeof(expected), "\"level\":\"%s\",\"message\":\"m\"}\n", names[level]);
            check_text(names[level], logged((enum log_level)minimum, (enum log_level)level, "m", fields), expected);
        }
    }
}

TEST(log_write__field_too_long__replaced_by_cut)
{
    AUTO(string) text = malloc(LINE_MAX_BYTES + 1);
    assert_non_null(text);
    memset(text, 'x', LINE_MAX_BYTES);
    text[LINE_MAX_BYTES] = '\0';
    const struct log_field fields[] = {LOG_INT("a", 1), LOG_STR("long", text), LOG_INT("b", 2), LOG_END};
    check_text("cut", logged(LOG_INFO, LOG_INFO, "m", fields),
               "\"level\":\"info\",\"message\":\"m\",\"a\":1,\"cut\":true,\"b\":2}\n");
}

TEST(log_level_parse__words__levels)
{
    enum log_level level = LOG_WARN;
    assert_false(log_level_parse("warning", &level));
    assert_false(log_level_parse("", &level));
    assert_int_equal(level, LOG_WARN);
    assert_true(log_level_parse("debug", &level));
    assert_int_equal(level, LOG_DEBUG);
    assert_true(log_level_parse("error", &level));
    assert_int_equal(level, LOG_ERROR);
}

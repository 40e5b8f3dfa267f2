/* RFC 8259 to the byte, in one pass and without a parser. Knows no meaning of any member. */
#include "json/scan.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum state {
    STATE_VALUE,
    STATE_FIRST_ELEMENT,
    STATE_FIRST_KEY,
    STATE_KEY,
    STATE_COLON,
    STATE_AFTER_ELEMENT,
    STATE_AFTER_MEMBER,
    STATE_END,
};

static const char *const expected[] = {
    [STATE_VALUE] = "a value",
    [STATE_FIRST_ELEMENT] = "a value or ]",
    [STATE_FIRST_KEY] = "a key in double quotes or }",
    [STATE_KEY] = "a key in double quotes",
    [STATE_COLON] = ":",
    [STATE_AFTER_ELEMENT] = ", or ]",
    [STATE_AFTER_MEMBER] = ", or }",
    [STATE_END] = "the end of the text",
};

struct scanner {
    const unsigned char *text, *at, *end;
    enum state state;
    unsigned depth;
    bool objects[JSON_SCAN_DEPTH]; /* per level: an object, else an array */
    const char *wanted;            /* key of json_scan_member(), or NULL */
    size_t wanted_length;
    size_t wanted_depth;
    bool wanted_next; /* the value that comes next is that member's */
    bool wanted_open; /* and we are in it */
    struct json_span span;
};

/* "byte N: 'x', must be <expected>" for the byte at `at`. */
static int unexpected(const struct scanner *scanner, const unsigned char *at, const char *right, struct err *err)
{
    char found[16] = "the text ends";
    if (at<scanner->end && * at> ' ' && *at < 0x7F)
        (void)snprintf(found, sizeof(found), "'%c'", *at);
    else if (at < scanner->end)
        (void)snprintf(found, sizeof(found), "0x%02X", *at);
    return err_set(err, ERR_INVALID, "byte %zu: %s, must be %s", (size_t)(at - scanner->text), found, right);
}

static int invalid(const struct scanner *scanner, const unsigned char *at, const char *what, struct err *err)
{
    return err_set(err, ERR_INVALID, "byte %zu: %s", (size_t)(at - scanner->text), what);
}

/* -- Strings -- */

#define B   1 /* neither plain nor part of UTF-8: control characters, the quote, the backslash */
#define B8  B, B, B, B, B, B, B, B
#define P8  0, 0, 0, 0, 0, 0, 0, 0
#define B64 B8, B8, B8, B8, B8, B8, B8, B8

/* 0 for the bytes that are plain text in a string, which is nearly all of them. */
static const unsigned char special[256] = {
    B8,  B8,  B8, B8,                             /* 0x00: control characters */
    0,   0,   B,  0,  0, 0, 0, 0, P8, P8, P8,     /* 0x20: the quote */
    P8,  P8,  P8, 0,  0, 0, 0, B, 0,  0,  0,  P8, /* 0x40: the backslash at 0x5C */
    P8,  P8,  P8,                                 /* 0x60 */
    B64, B64,                                     /* 0x80: UTF-8 sequences */
};

/* The sequences of RFC 3629 section 4 by their first byte; all bytes from the third on are 0x80..0xBF. */
static const struct {
    unsigned char first_low, first_high, second_low, second_high, length;
} utf8_sequences[] = {
    {0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3}, {0xE1, 0xEC, 0x80, 0xBF, 3}, {0xED, 0xED, 0x80, 0x9F, 3},
    {0xEE, 0xEF, 0x80, 0xBF, 3}, {0xF0, 0xF0, 0x90, 0xBF, 4}, {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4},
};

static int scan_utf8(struct scanner *scanner, struct err *err)
{
    const unsigned char *at = scanner->at;
    size_t left = (size_t)(scanner->end - at);
    for (size_t i = 0; i < ARRAY_SIZE(utf8_sequences); i++) {
        if (*at < utf8_sequences[i].first_low || *at > utf8_sequences[i].first_high)
            continue;
        size_t length = utf8_sequences[i].length;
        if (left < length || at[1] < utf8_sequences[i].second_low || at[1] > utf8_sequences[i].second_high)
            break;
        if ((length > 2 && (at[2] & 0xC0) != 0x80) || (length > 3 && (at[3] & 0xC0) != 0x80))
            break;
        scanner->at += length;
        return 0;
    }
    return unexpected(scanner, at, "UTF-8", err);
}

/* The four digits of \uXXXX at *at; -1 if they are not. */
static int hex4(const struct scanner *scanner, const unsigned char *at)
{
    int value = 0;
    if (scanner->end - at < 4)
        return -1;
    for (size_t i = 0; i < 4; i++) {
        unsigned char c = at[i];
        unsigned char lower = c | 0x20;
        if (c >= '0' && c <= '9')
            value = value * 16 + (c - '0');
        else if (lower >= 'a' && lower <= 'f')
            value = value * 16 + (lower - 'a' + 10);
        else
            return -1;
    }
    return value;
}

/* `at` is the backslash of \uXXXX. */
static int scan_unicode_escape(struct scanner *scanner, const unsigned char *at, struct err *err)
{
    int unit = hex4(scanner, at + 2);
    if (unit < 0)
        return invalid(scanner, at, "\\u must be followed by four hexadecimal digits", err);
    if (unit == 0)
        return invalid(scanner, at, "\\u0000 in a string is not taken", err);
    scanner->at = at + 6;
    if (unit < 0xD800 || unit > 0xDFFF)
        return 0;
    bool pair = unit <= 0xDBFF && scanner->end - at >= 12 && at[6] == '\\' && at[7] == 'u';
    int low = pair ? hex4(scanner, at + 8) : -1;
    if (low < 0xDC00 || low > 0xDFFF)
        return invalid(scanner, at, "lone surrogate, must be a pair \\uD800-\\uDBFF \\uDC00-\\uDFFF", err);
    scanner->at = at + 12;
    return 0;
}

static int scan_escape(struct scanner *scanner, struct err *err)
{
    const unsigned char *at = scanner->at;
    if (scanner->end - at < 2)
        return unexpected(scanner, at + 1, "an escape", err);
    if (at[1] == 'u')
        return scan_unicode_escape(scanner, at, err);
    if (at[1] == '\0' || !strchr("\"\\/bfnrt", at[1]))
        return unexpected(scanner, at + 1, "one of \"\\/bfnrtu after a backslash", err);
    scanner->at += 2;
    return 0;
}

/* From the opening quote to behind the closing one. */
static int scan_string(struct scanner *scanner, struct err *err)
{
    const unsigned char *start = scanner->at++;
    for (;;) {
        const unsigned char *at = scanner->at;
        while (at < scanner->end && !special[*at])
            at++;
        scanner->at = at;
        if (at == scanner->end)
            return invalid(scanner, start, "this string does not end", err);
        if (*at == '"') {
            scanner->at++;
            return 0;
        }
        if (*at < ' ')
            return unexpected(scanner, at, "written as an escape in a string", err);
        if ((*at == '\\' ? scan_escape(scanner, err) : scan_utf8(scanner, err)) < 0)
            return -1;
    }
}

/* -- Numbers and words -- */

static bool digit_at(const struct scanner *scanner, const unsigned char *at)
{
    return at < scanner->end && *at >= '0' && *at <= '9';
}

static int scan_digits(struct scanner *scanner, struct err *err)
{
    if (!digit_at(scanner, scanner->at))
        return unexpected(scanner, scanner->at, "a digit", err);
    while (digit_at(scanner, scanner->at))
        scanner->at++;
    return 0;
}

/* True, and behind it, if the next byte is one of `bytes`. */
static bool scan_one_of(struct scanner *scanner, const char *bytes)
{
    if (scanner->at == scanner->end || *scanner->at == '\0' || !strchr(bytes, *scanner->at))
        return false;
    scanner->at++;
    return true;
}

static int scan_number(struct scanner *scanner, struct err *err)
{
    (void)scan_one_of(scanner, "-");
    const unsigned char *whole = scanner->at;
    if (scan_digits(scanner, err) < 0)
        return -1;
    if (*whole == '0' && scanner->at - whole > 1)
        return invalid(scanner, whole, "a number must not begin with 0", err);
    if (scan_one_of(scanner, ".") && scan_digits(scanner, err) < 0)
        return -1;
    if (!scan_one_of(scanner, "eE"))
        return 0;
    (void)scan_one_of(scanner, "+-");
    return scan_digits(scanner, err);
}

static int scan_word(struct scanner *scanner, struct err *err)
{
    static const struct {
        const char *text;
        size_t length;
    } words[] = {{"true", 4}, {"false", 5}, {"null", 4}};
    size_t left = (size_t)(scanner->end - scanner->at);
    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        if (left >= words[i].length && memcmp(scanner->at, words[i].text, words[i].length) == 0) {
            scanner->at += words[i].length;
            return 0;
        }
    }
    return unexpected(scanner, scanner->at, expected[scanner->state], err);
}

/* -- Structure -- */

/* A value is complete: what may follow depends on what it is in. */
static int value_done(struct scanner *scanner)
{
    if (scanner->depth == 0)
        scanner->state = STATE_END;
    else
        scanner->state = scanner->objects[scanner->depth - 1] ? STATE_AFTER_MEMBER : STATE_AFTER_ELEMENT;
    return 0;
}

/* The value of the wanted member begins here, if it is the next one and has brackets. */
static void wanted_opens(struct scanner *scanner)
{
    if (scanner->wanted_next) {
        scanner->wanted_depth = scanner->depth;
        scanner->wanted_open = true;
        scanner->span.begin = (size_t)(scanner->at - scanner->text);
    }
}

/* A bracket was closed, back to scanner->depth. */
static void wanted_closes(struct scanner *scanner)
{
    if (scanner->wanted_open && scanner->depth == scanner->wanted_depth) {
        scanner->wanted_open = false;
        scanner->span.end = (size_t)(scanner->at - scanner->text);
    }
}

static bool is_wanted(const struct scanner *scanner, const unsigned char *key)
{
    size_t length = (size_t)(scanner->at - key);
    return scanner->wanted && !scanner->wanted_open && scanner->span.end == 0 && length == scanner->wanted_length + 2 &&
           memcmp(key + 1, scanner->wanted, scanner->wanted_length) == 0;
}

static int scan_open(struct scanner *scanner, bool object, struct err *err)
{
    wanted_opens(scanner);
    if (scanner->depth == JSON_SCAN_DEPTH)
        return err_set(err, ERR_INVALID, "byte %zu: over %d levels of nesting", (size_t)(scanner->at - scanner->text),
                       JSON_SCAN_DEPTH);
    scanner->objects[scanner->depth++] = object;
    scanner->state = object ? STATE_FIRST_KEY : STATE_FIRST_ELEMENT;
    scanner->at++;
    return 0;
}

static int scan_close(struct scanner *scanner)
{
    scanner->depth--;
    scanner->at++;
    wanted_closes(scanner);
    return value_done(scanner);
}

static int scan_value(struct scanner *scanner, struct err *err)
{
    unsigned char c = *scanner->at;
    if (c == '{' || c == '[') {
        int opened = scan_open(scanner, c == '{', err);
        scanner->wanted_next = false;
        return opened;
    }
    scanner->wanted_next = false;
    int result;
    if (c == '"')
        result = scan_string(scanner, err);
    else if (c == '-' || (c >= '0' && c <= '9'))
        result = scan_number(scanner, err);
    else
        result = scan_word(scanner, err);
    return result < 0 ? -1 : value_done(scanner);
}

static int scan_key(struct scanner *scanner, struct err *err)
{
    if (*scanner->at != '"')
        return unexpected(scanner, scanner->at, expected[scanner->state], err);
    const unsigned char *key = scanner->at;
    if (scan_string(scanner, err) < 0)
        return -1;
    scanner->wanted_next = is_wanted(scanner, key);
    scanner->state = STATE_COLON;
    return 0;
}

/* Behind `byte`, in state `next`; an error if another byte is there. */
static int scan_byte(struct scanner *scanner, char byte, enum state next, struct err *err)
{
    if (*scanner->at != (unsigned char)byte)
        return unexpected(scanner, scanner->at, expected[scanner->state], err);
    scanner->at++;
    scanner->state = next;
    return 0;
}

/* One token, which is there. */
static int scan_token(struct scanner *scanner, struct err *err)
{
    unsigned char c = *scanner->at;
    switch (scanner->state) {
    case STATE_VALUE:
        return scan_value(scanner, err);
    case STATE_FIRST_ELEMENT:
        return c == ']' ? scan_close(scanner) : scan_value(scanner, err);
    case STATE_FIRST_KEY:
        return c == '}' ? scan_close(scanner) : scan_key(scanner, err);
    case STATE_KEY:
        return scan_key(scanner, err);
    case STATE_COLON:
        return scan_byte(scanner, ':', STATE_VALUE, err);
    case STATE_AFTER_ELEMENT:
        return c == ']' ? scan_close(scanner) : scan_byte(scanner, ',', STATE_VALUE, err);
    case STATE_AFTER_MEMBER:
        return c == '}' ? scan_close(scanner) : scan_byte(scanner, ',', STATE_KEY, err);
    case STATE_END:
        break;
    }
    return unexpected(scanner, scanner->at, expected[STATE_END], err);
}

static int scan_text(struct scanner *scanner, struct err *err)
{
    for (;;) {
        while (scanner->at < scanner->end &&
               (*scanner->at == ' ' || *scanner->at == '\n' || *scanner->at == '\r' || *scanner->at == '\t'))
            scanner->at++;
        if (scanner->at == scanner->end)
            break;
        if (scan_token(scanner, err) < 0)
            return -1;
    }
    return scanner->state == STATE_END ? 0 : unexpected(scanner, scanner->at, expected[scanner->state], err);
}

int json_scan(const char *text, size_t length, struct err *err)
{
    const unsigned char *bytes = (const unsigned char *)text;
    struct scanner scanner = {.text = bytes, .at = bytes, .end = bytes + length, .state = STATE_VALUE};
    return scan_text(&scanner, err);
}

int json_scan_member(const char *text, size_t length, const char *key, struct json_span *ret_span, struct err *err)
{
    const unsigned char *bytes = (const unsigned char *)text;
    struct scanner scanner = {.text = bytes,
                              .at = bytes,
                              .end = bytes + length,
                              .state = STATE_VALUE,
                              .wanted = key,
                              .wanted_length = strlen(key)};
    if (scan_text(&scanner, err) < 0)
        return -1;
    *ret_span = scanner.span;
    return 0;
}

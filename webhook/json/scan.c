/* Checks RFC 8259 to the byte, in one pass and without a parser. Does not interpret members. */
#include "json/scan.h"

#include "base/text.h"
#include "json/lean.h"

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

enum { LEVEL_WORD = 64, LEVEL_WORDS = JSON_LEAN_DEPTH / LEVEL_WORD };

struct scanner {
    const unsigned char *text, *at, *end;
    enum state state, after_value;
    enum lean_note note; /* of the member whose value comes next */
    unsigned depth, depth_max;
    uint64_t objects[LEVEL_WORDS]; /* a bit per level: 1 for an object, 0 for an array */
    struct lean lean;
};

/* Sets the error "byte N: 'x', must be <right>" for the byte at `at`. */
static int unexpected(const struct scanner *scanner, const unsigned char *at, const char *right, struct err *err)
{
    char found[16] = "the text ends";
    if (scanner->end > at && *at > ' ' && *at < 0x7F)
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

#define B   1 /* not plain */
#define B8  B, B, B, B, B, B, B, B
#define P8  0, 0, 0, 0, 0, 0, 0, 0
#define B64 B8, B8, B8, B8, B8, B8, B8, B8

/* 0 for a byte that is plain text in a string, as nearly all are. */
static const unsigned char special[256] = {
    B8,  B8,  B8, B8,                             /* 0x00: control characters */
    0,   0,   B,  0,  0, 0, 0, 0, P8, P8, P8,     /* 0x20: the quote */
    P8,  P8,  P8, 0,  0, 0, 0, B, 0,  0,  0,  P8, /* 0x40: the backslash at 0x5C */
    P8,  P8,  P8,                                 /* 0x68 */
    B64, B64,                                     /* 0x80: UTF-8 sequences */
};

static int scan_utf8(struct scanner *scanner, struct err *err)
{
    const char *text = (const char *)scanner->at;
    /* The API server passes on what is left out as raw JSON, without checking its UTF-8. */
    size_t length = scanner->lean.leaves_out ? 1 : text_sequence_length(text, (size_t)(scanner->end - scanner->at));
    if (length == 0)
        return unexpected(scanner, scanner->at, "UTF-8", err);
    scanner->at += length;
    return 0;
}

/* Returns the value of the four hexadecimal digits at `at`, or -1 if there are none. */
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
    if (unit == 0 && !scanner->lean.out)
        return invalid(scanner, at, "\\u0000 in a string is not accepted", err);

    scanner->at = at + 6;
    if (unit == 0)
        scanner->lean.has_nul = true; /* cJSON would end the string there */
    if (unit < 0xD800 || unit > 0xDFFF || scanner->lean.leaves_out)
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

/* Scans from the opening quote to after the closing one. */
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

/* Returns true and skips the next byte if it is one of `bytes`. */
static bool scan_one_of(struct scanner *scanner, const char *bytes)
{
    if (scanner->at == scanner->end || *scanner->at == '\0' || !strchr(bytes, *scanner->at))
        return false;
    scanner->at++;
    return true;
}

static int scan_number_text(struct scanner *scanner, struct err *err)
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

static int scan_number(struct scanner *scanner, struct err *err)
{
    const unsigned char *number = scanner->at;
    if (scan_number_text(scanner, err) < 0)
        return -1;
    if (scanner->at - number <= LEAN_NUMBER_MAX)
        return 0;
    if (!scanner->lean.out)
        return invalid(scanner, number, "a number of more than 63 bytes", err);
    lean_number(&scanner->lean, number, scanner->at);
    return 0;
}

static int scan_word(struct scanner *scanner, struct err *err)
{
    static const char *const words[] = {"true", "false", "null"};
    size_t left = (size_t)(scanner->end - scanner->at);
    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        size_t length = strlen(words[i]);
        if (left >= length && memcmp(scanner->at, words[i], length) == 0) {
            scanner->at += length;
            return 0;
        }
    }
    return unexpected(scanner, scanner->at, expected[scanner->state], err);
}

/* -- Structure -- */

/* True if the bracket at `depth` (from 1) belongs to an object. */
static bool level_is_object(const struct scanner *scanner, unsigned depth)
{
    return scanner->objects[(depth - 1) / LEVEL_WORD] >> ((depth - 1) % LEVEL_WORD) & 1;
}

static void level_push(struct scanner *scanner, bool object)
{
    uint64_t bit = UINT64_C(1) << (scanner->depth % LEVEL_WORD);
    uint64_t *word = &scanner->objects[scanner->depth / LEVEL_WORD];
    *word = object ? *word | bit : *word & ~bit;
    scanner->depth++;
    scanner->after_value = object ? STATE_AFTER_MEMBER : STATE_AFTER_ELEMENT;
}

static void level_pop(struct scanner *scanner)
{
    scanner->depth--;
    if (scanner->depth == 0)
        scanner->after_value = STATE_END;
    else
        scanner->after_value = level_is_object(scanner, scanner->depth) ? STATE_AFTER_MEMBER : STATE_AFTER_ELEMENT;
}

/* Takes the comma or colon that nearly always follows a token directly, which saves one call of scan_token() for each.
 */
static bool scan_follows(struct scanner *scanner, unsigned char byte)
{
    bool follows = scanner->at < scanner->end && *scanner->at == byte;
    scanner->at += follows;
    return follows;
}

/* Called when a value is complete. What may follow depends on what contains it. */
static int value_done(struct scanner *scanner)
{
    scanner->state = scanner->after_value;
    if (scanner->state != STATE_END && scan_follows(scanner, ','))
        scanner->state = scanner->state == STATE_AFTER_MEMBER ? STATE_KEY : STATE_VALUE;
    return 0;
}

static int scan_open(struct scanner *scanner, bool object, bool unwanted, struct err *err)
{
    lean_open(&scanner->lean, scanner->at, scanner->depth, unwanted);
    if (scanner->depth == scanner->depth_max)
        return err_set(err, ERR_INVALID, "byte %zu: over %u levels of nesting", (size_t)(scanner->at - scanner->text),
                       scanner->depth_max);
    level_push(scanner, object);
    scanner->state = object ? STATE_FIRST_KEY : STATE_FIRST_ELEMENT;
    scanner->at++;
    return 0;
}

static int scan_close(struct scanner *scanner)
{
    level_pop(scanner);
    scanner->at++;
    lean_close(&scanner->lean, scanner->at, scanner->depth);
    return value_done(scanner);
}

enum { SCAN_STOP = 1 };

/* cjson_head() stops at the value of its key; cjson_lean() leaves out the content of the objects and arrays whose keys
 * are in left_out. */
static int scan_value(struct scanner *scanner, struct err *err)
{
    unsigned char c = *scanner->at;
    bool unwanted = scanner->note == LEAN_LEFT_OUT;
    if (scanner->note == LEAN_STOP)
        return SCAN_STOP;
    scanner->note = LEAN_PLAIN;
    if (scanner->lean.values_left-- == 0)
        return err_set(err, ERR_LIMIT, "byte %zu: over %d values", (size_t)(scanner->at - scanner->text),
                       JSON_LEAN_VALUES);
    if (c == '{' || c == '[')
        return scan_open(scanner, c == '{', unwanted, err);

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
    scanner->note = lean_key(&scanner->lean, key, scanner->at, scanner->depth);
    scanner->state = scan_follows(scanner, ':') ? STATE_VALUE : STATE_COLON;
    return 0;
}

/* Skips `byte` and sets the state to `next`. Errors: ERR_INVALID if another byte is there. */
static int scan_byte(struct scanner *scanner, char byte, enum state next, struct err *err)
{
    if (*scanner->at != (unsigned char)byte)
        return unexpected(scanner, scanner->at, expected[scanner->state], err);
    scanner->at++;
    scanner->state = next;
    return 0;
}

/* Scans one token, whose first byte exists. Returns SCAN_STOP if the rest of the text must be ignored, else 0. */
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
        int result = scan_token(scanner, err);
        if (result != 0)
            return result < 0 ? -1 : 0;
    }
    return scanner->state == STATE_END ? 0 : unexpected(scanner, scanner->at, expected[scanner->state], err);
}

static struct scanner scanner_of(const char *text, size_t length, unsigned depth_max)
{
    const unsigned char *bytes = (const unsigned char *)text;
    return (struct scanner){.text = bytes,
                            .at = bytes,
                            .end = bytes + length,
                            .state = STATE_VALUE,
                            .after_value = STATE_END,
                            .depth_max = depth_max,
                            .lean = {.text = bytes, .end = bytes + length, .values_left = SIZE_MAX}};
}

int cjson_scan(const char *text, size_t length, struct err *err)
{
    struct scanner scanner = scanner_of(text, length, JSON_SCAN_DEPTH);
    return scan_text(&scanner, err);
}

static struct lean_wanted look_for(struct lean *lean, const char *key)
{
    struct lean_wanted wanted = {key, strlen(key)};
    lean->lengths |= lean_length_bit(wanted.length + 2);
    return wanted;
}

int cjson_lean(const char *text, size_t length, const char *const left_out[], struct buf *out, struct err *err)
{
    struct scanner scanner = scanner_of(text, length, JSON_LEAN_DEPTH);
    struct lean *lean = &scanner.lean;
    lean->out = out;
    lean->values_left = JSON_LEAN_VALUES;
    for (size_t i = 0; i < LEAN_KEYS_MAX && left_out[i]; i++)
        lean->left_out[i] = look_for(lean, left_out[i]);
    if (scan_text(&scanner, err) < 0)
        return -1;

    if (lean->done > 0 || lean->has_nul)
        lean_skip(lean, scanner.end, scanner.end);
    return lean_finish(lean, err);
}

int cjson_head(const char *text, size_t length, const char *key, unsigned depth, struct buf *out, struct err *err)
{
    struct scanner scanner = scanner_of(text, length, JSON_LEAN_DEPTH);
    struct lean *lean = &scanner.lean;
    lean->out = out;
    lean->stop = look_for(lean, key);
    lean->stop_depth = depth;
    if (scan_text(&scanner, err) < 0)
        return -1;

    if (scanner.note != LEAN_STOP) {
        buf_reset(out);
        return 0;
    }
    lean_skip(lean, scanner.at, scanner.at);
    buf_add_string(out, "null");
    for (unsigned level = scanner.depth; level > 0; level--)
        buf_add_char(out, level_is_object(&scanner, level) ? '}' : ']');
    return lean_finish(lean, err);
}

/* Compiles and matches shell patterns over Kubernetes names.
 *
 * A pattern is compiled to one 64-bit set per position: a bit for each character that a name can have and one bit for
 * all others; the empty set means '*'. So ?, [a-z] and plain letters are matched the same way: by testing the
 * character's bit in the set. */
#include "core/pattern.h"

#include "base/vec.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { PATTERN_STEPS_MAX = 253 }; /* the length of the longest name of any kind (RFC 1123 subdomain) */

static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz0123456789-.";
enum { ALPHANUMERIC_COUNT = 36, OTHER_BIT = 63 };

#define STEP_STAR    UINT64_C(0)
#define STEP_ANY     UINT64_MAX
#define ALPHANUMERIC ((UINT64_C(1) << ALPHANUMERIC_COUNT) - 1)
#define IN_NAMES     ((UINT64_C(1) << (sizeof(alphabet) - 1)) - 1)

struct pattern {
    char *text;
    bool literal;
    size_t count;
    uint64_t steps[];
};

static uint64_t bit_of(char character)
{
    if (character >= 'a' && character <= 'z')
        return UINT64_C(1) << (character - 'a');
    if (character >= '0' && character <= '9')
        return UINT64_C(1) << (character - '0' + 26);
    if (character == '-' || character == '.')
        return UINT64_C(1) << (character == '-' ? ALPHANUMERIC_COUNT : ALPHANUMERIC_COUNT + 1);
    return UINT64_C(1) << OTHER_BIT;
}

static bool is_in_names(char character)
{
    return (bit_of(character) & IN_NAMES) != 0;
}

/* Compilation. */

static int fault_character(const char *text, char character, struct err *err)
{
    if (character >= 'A' && character <= 'Z')
        return err_set(err, ERR_INVALID,
                       "\"%s\" matches no name: names have no upper-case letters; write '%c' instead of '%c'", text,
                       character - 'A' + 'a', character);

    char shown[16] = "a space";
    if (character > ' ' && character < 0x7f)
        (void)snprintf(shown, sizeof(shown), "'%c'", character);
    else if (character != ' ')
        (void)snprintf(shown, sizeof(shown), "byte 0x%02x", (unsigned)(unsigned char)character);

    return err_set(
        err, ERR_INVALID,
        "\"%s\" matches no name: %s is in none; names have lower-case letters, digits, '-' and '.', patterns "
        "also * ? [abc] [a-z] [!a]",
        text, shown);
}

static uint64_t range_bits(char low, char high)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < sizeof(alphabet) - 1; i++) {
        if (alphabet[i] >= low && alphabet[i] <= high)
            bits |= bit_of(alphabet[i]);
    }
    return bits;
}

/* Adds the character or range that begins at *cursor to *bits, and moves *cursor after it. */
static int compile_member(const char *text, const char **cursor, uint64_t *bits, struct err *err)
{
    char low = **cursor;
    if (!is_in_names(low))
        return fault_character(text, low, err);

    bool is_range = (*cursor)[1] == '-' && (*cursor)[2] && (*cursor)[2] != ']';
    char high = is_range ? (*cursor)[2] : low;
    if (!is_in_names(high))
        return fault_character(text, high, err);
    if (high < low)
        return err_set(err, ERR_INVALID, "\"%s\" has a range from back to front: write [%c-%c] instead of [%c-%c]",
                       text, high, low, low, high);

    *bits |= range_bits(low, high);
    *cursor += is_range ? 3 : 1;
    return 0;
}

/* Compiles a set such as [a-z]. *cursor is after its '[' and is moved after its ']'. */
static int compile_class(const char *text, const char **cursor, uint64_t *ret_bits, struct err *err)
{
    const char *at = *cursor;
    if (*at == '^')
        return err_set(err, ERR_INVALID, "\"%s\" negates with '^'; write [!%s instead of [^%s", text, at + 1, at + 1);
    bool negated = *at == '!';
    at += negated;
    if (*at == ']')
        return err_set(err, ERR_INVALID, "\"%s\" has an empty set of characters; write some, such as [abc]", text);
    uint64_t bits = 0;
    while (*at && *at != ']') {
        if (compile_member(text, &at, &bits, err) < 0)
            return -1;
    }

    if (!*at)
        return err_set(err, ERR_INVALID, "\"%s\" has a '[' without its ']'; write a set such as [abc] or [a-z]", text);
    *cursor = at + 1;
    *ret_bits = negated ? ~bits : bits;
    return 0;
}

static int compile_step(const char *text, const char **cursor, uint64_t *ret_bits, struct err *err)
{
    char character = **cursor;
    if (character != '[' && character != '*' && character != '?' && !is_in_names(character))
        return fault_character(text, character, err);
    (*cursor)++;
    if (character == '[')
        return compile_class(text, cursor, ret_bits, err);
    *ret_bits = character == '*' ? STEP_STAR : character == '?' ? STEP_ANY : bit_of(character);
    return 0;
}

static int compile_steps(struct pattern *pattern, const char *text, struct err *err)
{
    const char *cursor = text;
    while (*cursor) {
        uint64_t bits = STEP_STAR;
        if (compile_step(text, &cursor, &bits, err) < 0)
            return -1;
        bool repeated = bits == STEP_STAR && pattern->count > 0 && pattern->steps[pattern->count - 1] == STEP_STAR;
        if (!repeated)
            pattern->steps[pattern->count++] = bits;
    }
    return 0;
}

/* Refuses a pattern that no name can match: names begin and end with a letter or a digit and have at most 253
 * characters. */
static int check_possible(const struct pattern *pattern, const char *text, struct err *err)
{
    size_t least = 0;
    for (size_t i = 0; i < pattern->count; i++) {
        uint64_t bits = pattern->steps[i];
        least += bits != STEP_STAR;
        if (bits != STEP_STAR && (bits & IN_NAMES) == 0)
            return err_set(err, ERR_INVALID, "\"%s\" matches no name: a set in it leaves no character that names have",
                           text);
    }

    uint64_t first = pattern->steps[0];
    uint64_t last = pattern->steps[pattern->count - 1];
    if ((first != STEP_STAR && !(first & ALPHANUMERIC)) || (last != STEP_STAR && !(last & ALPHANUMERIC)))
        return err_set(err, ERR_INVALID, "\"%s\" matches no name: names begin and end with a letter or a digit", text);
    if (least > PATTERN_STEPS_MAX)
        return err_set(err, ERR_INVALID, "\"%.32s...\" matches no name: names have at most %d characters", text,
                       PATTERN_STEPS_MAX);
    return 0;
}

struct pattern *pattern_compile(const char *text, struct err *err)
{
    size_t length = strlen(text);
    if (length == 0) {
        (void)err_set(err, ERR_INVALID, "an empty pattern matches no name; write a name or a pattern, such as ml-*");
        return NULL;
    }

    struct pattern *pattern = calloc(1, sizeof(*pattern) + length * sizeof(pattern->steps[0]));
    if (!pattern || !(pattern->text = strdup(text))) {
        pattern_free(pattern);
        (void)err_nomem(err);
        return NULL;
    }

    if (compile_steps(pattern, text, err) < 0 || check_possible(pattern, text, err) < 0) {
        pattern_free(pattern);
        return NULL;
    }

    pattern->literal = !strpbrk(text, "*?[");
    return pattern;
}

void pattern_free(struct pattern *pattern)
{
    if (!pattern)
        return;
    free(pattern->text);
    free(pattern);
}

const char *pattern_text(const struct pattern *pattern)
{
    return pattern->text;
}

bool pattern_is_literal(const struct pattern *pattern)
{
    return pattern->literal;
}

/* On a mismatch only the last star takes one more character. Earlier stars need not take more, because the last star
 * can take whatever they would. */
bool pattern_matches(const struct pattern *pattern, const char *name)
{
    size_t step = 0;
    size_t after_star = 0; /* the step to resume from; 0 before the first star */
    const char *star_end = NULL;
    while (*name) {
        if (step < pattern->count && pattern->steps[step] == STEP_STAR) {
            after_star = ++step;
            star_end = name;
        } else if (step < pattern->count && (pattern->steps[step] & bit_of(*name))) {
            step++;
            name++;
        } else if (star_end) {
            step = after_star;
            name = ++star_end;
        } else {
            return false;
        }
    }

    while (step < pattern->count && pattern->steps[step] == STEP_STAR)
        step++;
    return step == pattern->count;
}

/* Lists. */

void patterns_fini(struct patterns *patterns)
{
    for (size_t i = 0; i < patterns->count; i++)
        pattern_free(patterns->items[i]);
    free(patterns->items);
    *patterns = (struct patterns){0};
}

bool patterns_match(const struct patterns *patterns, const char *name)
{
    for (size_t i = 0; i < patterns->count; i++) {
        if (pattern_matches(patterns->items[i], name))
            return true;
    }
    return false;
}

static void decode_pattern(const struct node *node, void *target)
{
    struct patterns *patterns = target;
    if (!node_expect(node, JSON_STRING))
        return;

    struct err err;
    struct pattern *pattern = NULL;
    if (!GROW(patterns->items, patterns->count))
        (void)err_nomem(&err);
    else
        pattern = pattern_compile(json_string_value(node->value), &err);

    if (pattern)
        patterns->items[patterns->count++] = pattern;
    else if (err.code == ERR_NOMEM)
        node->document->problems->out_of_memory = true;
    else
        node_problem(node, "%s", err.text);
}

void decode_patterns(const struct node *node, void *target)
{
    decode_elements(node, decode_pattern, target);
}

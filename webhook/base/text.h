/* Text for people: makes UTF-8 that others wrote safe to print, and cuts it between characters; compares and formats
 * strings. Lengths are in bytes. */
#pragma once

#include "base/cleanup.h"

#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

static inline bool text_begins(const char *text, const char *beginning)
{
    return strncmp(text, beginning, strlen(beginning)) == 0;
}

/* True if the text is empty or only white space. */
static inline bool text_is_blank(const char *text)
{
    return text[strspn(text, " \t\r\n")] == '\0';
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* True if the text is one of the words. False for a NULL text. */
bool text_is_any(const char *text, const char *const words[]);

/* True if the text ends with one of the words and is longer than that word. */
bool text_ends_any(const char *text, const char *const words[]);

/* Returns the length of the valid UTF-8 sequence that the `count` bytes at `text` begin with (RFC 3629: no overlong
 * forms, no surrogates), or 0 if there is none. Reads nothing after a NUL. */
size_t text_sequence_length(const char *text, size_t count);

/* Returns how many bytes of the text fit into `room` bytes without cutting a character. */
size_t text_fit(const char *text, size_t room);

/* Two arguments for "%.*s": the text, cut at `room` bytes. Evaluates `text` twice. */
#define TEXT_CUT(text, room) (int)text_fit((text), (room)), (text)

/* Copies as many whole characters of `from` as fit into `size` bytes together with a NUL. `size` must not be 0. */
void text_copy(char *to, size_t size, const char *from);

/* snprintf() for messages: a character that the size or a precision ("%.100s") would cut is left out whole. Other bytes
 * that are not UTF-8 are shown as \xNN, but if the format has a precision, every incomplete character is left out.
 * `size` must not be 0. */
void text_printf(char *to, size_t size, const char *format, ...) PRINTF(3, 4);
void text_vprintf(char *to, size_t size, const char *format, va_list args) PRINTF(3, 0);

/* asprintf() that returns the text, which the caller frees, or NULL if out of memory. Unlike text_printf() it changes
 * no byte, so it is fit for paths. */
char *text_asprintf(const char *format, ...) PRINTF(1, 2);

/* Like text_vprintf(), but returns allocated memory, which the caller frees, or NULL if out of memory. */
char *text_vformat(const char *format, va_list args) PRINTF(1, 0);

/* Wipes a text that may be a key or a token, and frees it. Accepts NULL. */
void text_free_secret(char *text);

/* Returns the length of the first character of the text if it must not be shown: a control character (C0, DEL, C1), a
 * line or paragraph separator, a byte order mark, U+FFFE or U+FFFF. Returns 0 for other characters. Terminals obey
 * control characters, the API server drops warnings that contain them, and most of these characters break a YAML
 * comment.
 */
size_t text_unprintable_length(const char *text);

/* Replaces each character that must not be shown by `instead`, in place. */
void text_make_printable(char *text, char instead);

DEFINE_AUTO(secret_string, char *, text_free_secret);

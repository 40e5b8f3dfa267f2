/* Text for people: makes UTF-8 that others wrote safe to print, and cuts it between characters. Lengths are in
 * bytes. */
#ifndef GPUSLICE_BASE_TEXT_H
#define GPUSLICE_BASE_TEXT_H

#include "base/cleanup.h"

#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

static inline bool text_begins(const char *text, const char *beginning)
{
    return strncmp(text, beginning, strlen(beginning)) == 0;
}

/* True if the text is one of the words. False for a NULL text. */
#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})
bool text_is_any(const char *text, const char *const words[]);

/* True if the text ends with one of the words, but is longer. */
bool text_ends_any(const char *text, const char *const words[]);

/* Returns the length of the valid UTF-8 sequence that the `count` bytes at `text` begin with (RFC 3629: no overlong
 * forms, no surrogates), or 0 if there is none. Reads nothing after a NUL. */
size_t text_sequence_length(const char *text, size_t count);

/* Returns how many bytes of the text fit into `room` bytes without cutting a character. */
size_t text_fit(const char *text, size_t room);

/* Two arguments for "%.*s": the text, cut at `room` bytes. Evaluates `text` twice. */
#define TEXT_CUT(text, room) (int)text_fit((text), (room)), (text)

/* Copies as many whole characters of the text as fit. */
void text_copy(char *to, size_t size, const char *from);

/* snprintf() for messages: a character that the size or a precision ("%.100s") would cut is left out whole. Other bytes
 * that are not UTF-8 are shown as \xNN; with a precision in the format, those that could begin a character are left
 * out. */
void text_printf(char *to, size_t size, const char *format, ...) PRINTF(3, 4);
void text_vprintf(char *to, size_t size, const char *format, va_list args) PRINTF(3, 0);

/* asprintf() that returns the text (free() it), or NULL if out of memory. Changes no byte, unlike text_printf(), so it
 * can make paths. */
char *text_asprintf(const char *format, ...) PRINTF(1, 2);

/* Like text_vprintf(), but returns newly allocated memory (free() it), or NULL if out of memory. */
char *text_vformat(const char *format, va_list args) PRINTF(1, 0);

/* Wipes a text that may be a key or a token, and frees it. Accepts NULL. */
void text_free_secret(char *text);

/* Returns the length of the character that the text begins with if it must not be shown: a control character (C0, DEL,
 * C1), a line or paragraph separator, a byte order mark or a noncharacter. Returns 0 for others. Terminals obey control
 * characters, the API server drops warnings with any, and YAML takes none of these in a comment. */
size_t text_unprintable_length(const char *text);

/* Replaces each character that must not be shown by `instead`, in place. */
void text_make_printable(char *text, char instead);

DEFINE_AUTO(secret_string, char *, text_free_secret);

#endif

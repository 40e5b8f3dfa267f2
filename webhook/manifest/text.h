/* Bytes to the texts of documents, one at a time. Private to manifest/.
 *
 * A YAML document ends before a line that is a marker (--- or ...), or with the stream. A document that begins as only
 * JSON is written ({ and then " or }) ends with its closing brace, so JSON objects in a row need nothing between them.
 * Empty documents are passed over, and so is a UTF-8 byte order mark at the beginning of a document.
 *
 * A document has TEXT_DOCUMENT_MAX bytes at most. One with more is taken for a List and comes in pieces: what stands
 * before its items, each item, what stands behind them; each of these has TEXT_DOCUMENT_MAX bytes at most. No more than
 * one piece is held in memory, so a stream may be of any length. */
#ifndef GPUSLICE_MANIFEST_TEXT_H
#define GPUSLICE_MANIFEST_TEXT_H

#include "json/yaml_read.h"

#include <stdbool.h>

enum {
    TEXT_DOCUMENT_MAX = 8 << 20,
    TEXT_REVIEW_MAX = 20 << 20, /* of an AdmissionReview: the body that `serve` takes */
};

enum text_form { TEXT_END, TEXT_DOCUMENT, TEXT_LIST_HEAD, TEXT_LIST_ITEM, TEXT_LIST_TAIL };

struct text_piece {
    enum text_form form;
    bool is_json;            /* it begins as JSON; of a List that comes in pieces: all of them */
    const char *text;        /* valid until the next call */
    size_t length;           /* in bytes; 0 for a head or tail that says nothing */
    struct yaml_start start; /* of its first byte */
};

struct text {
    const char *file; /* for messages; borrowed */
    int fd;           /* -1: all is in memory */
    bool owns_fd;
    char *data; /* what is read and not yet passed over: data[begin..end) */
    size_t begin, end, capacity;
    bool ended;              /* nothing follows data[end) */
    struct err failure;      /* of reading: what was not there looks like the end until it is asked for */
    struct yaml_start start; /* of data[begin] */
    size_t taken;            /* bytes of the piece at hand, to be passed over by the next call */
    struct buf members;      /* of a List in JSON: its head or tail */
    size_t indent;           /* of a List in YAML: of its items */
    enum text_form list;     /* which piece of a List comes next; TEXT_END outside of one */
    bool list_is_json;
};

/* Opens a file ("-": standard input). Errors: ERR_NOT_FOUND, ERR_IO. */
MUST_CHECK int text_open(struct text *text, const char *path, const char *file, struct err *err);

/* Reads from memory, which is copied. Errors: ERR_NOMEM. */
MUST_CHECK int text_open_memory(struct text *text, const char *file, const char *data, size_t length, struct err *err);
void text_close(struct text *text);

/* The next piece; TEXT_END after the last. Errors: ERR_IO, ERR_NOMEM; ERR_LIMIT for a document that is too large and
 * ERR_INVALID for a List in pieces that is no JSON, with the place in ret_piece->start. Nothing can be read after any
 * of them. */
MUST_CHECK int text_next(struct text *text, struct text_piece *ret_piece, struct err *err);

/* True if nothing but white space, comments and markers follows the piece at hand, whose text is gone afterwards. */
bool text_is_last(struct text *text);

/* -- For text_list.c -- */

/* The byte at `offset` behind data[begin], read if need be; -1 at the end. */
static inline int text_byte(struct text *text, size_t offset);
int text_byte_far(struct text *text, size_t offset);

/* Behind the line that `offset` is in. */
size_t text_line_end(struct text *text, size_t offset);

/* True for "---" and "..." at the beginning of a line. */
bool text_is_marker(struct text *text, size_t offset);

#define TEXT_TOO_LARGE SIZE_MAX

/* Before the marker that ends the YAML document that begins at data[begin], or at the end of the text; TEXT_TOO_LARGE.
 */
size_t text_yaml_end(struct text *text);

/* Behind the JSON value that begins at `offset`: where its brackets are closed. 0 if it does not end; TEXT_TOO_LARGE
 * for more than `maximum` bytes. */
size_t text_json_end(struct text *text, size_t offset, size_t maximum);

/* Passes over so many bytes, which are there. */
void text_pass(struct text *text, size_t count);

/* A piece of so many bytes from data[begin]. */
struct text_piece text_take(struct text *text, enum text_form form, bool is_json, size_t length);

/* The next piece of the List that text->list is in. Errors: those of text_next(). */
MUST_CHECK int text_list_next(struct text *text, struct text_piece *ret_piece, struct err *err);

static inline int text_byte(struct text *text, size_t offset)
{
    if (offset < text->end - text->begin)
        return (unsigned char)text->data[text->begin + offset];
    return text_byte_far(text, offset);
}

DEFINE_AUTO_FINI(text, struct text, text_close);

#endif

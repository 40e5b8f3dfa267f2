/* Splits bytes into the texts of documents, one at a time. Private to manifest/.
 *
 * A YAML document ends before a line that begins with a marker (--- or ...), or at the end of the stream. A document
 * that begins like JSON ({ followed by " or }) ends with its closing brace, so JSON objects need no separator. Empty
 * documents are skipped, and so is a UTF-8 byte order mark at the beginning of a document. If the first chunk has
 * carriage returns and no line feed, each carriage return of the stream is read as a line feed.
 *
 * A document has at most TEXT_DOCUMENT_MAX bytes, an AdmissionReview in JSON TEXT_REVIEW_MAX. A longer one is treated
 * as a List and comes in pieces: the members before its items, each item, and the members after them, each of at most
 * TEXT_DOCUMENT_MAX bytes. Only one piece is in memory at a time, so the length of a stream is not limited. */
#pragma once

#include "base/units.h"
#include "json/yaml_read.h"

#include <stdbool.h>

enum {
    TEXT_DOCUMENT_MAX = 8 * MIB,
    TEXT_REVIEW_MAX = 20 * MIB, /* of an AdmissionReview: as much as `serve` reads */
};

/* The end of the messages about a document that is too large. */
#define TEXT_MAY_BE_LARGER \
    "only an AdmissionReview (20 MiB) or a List whose items have at most 8 MiB each may be larger"

enum text_form { TEXT_END, TEXT_DOCUMENT, TEXT_LIST_HEAD, TEXT_LIST_ITEM, TEXT_LIST_TAIL };

struct text_piece {
    enum text_form form;
    bool is_json;            /* it begins like JSON; the same for all pieces of a List */
    const char *text;        /* valid until the next text_next() or text_is_last() */
    size_t length;           /* in bytes; 0 for a head or tail in YAML without members */
    struct yaml_start start; /* of its first byte */
};

struct text {
    const char *file; /* for messages; borrowed */
    int fd;           /* -1 if all is in memory */
    bool owns_fd;
    char *data; /* data[begin..end) has been read, but not consumed */
    size_t begin, end, capacity;
    bool ended;              /* nothing can be read after data[end) */
    bool returns;            /* lines end with a carriage return alone; they are read as line feeds */
    struct err failure;      /* of reading; the scanners take it for the end of the stream */
    struct yaml_start start; /* of data[begin] */
    size_t taken;            /* bytes of the current piece, which are not consumed yet */
    struct buf members;      /* the head or tail of a List in JSON */
    size_t indent;           /* of the items of a List in YAML */
    enum text_form list;     /* the piece of a List that comes next; TEXT_END outside a List */
    bool list_is_json;
};

/* Opens a file ("-" is standard input). Errors: ERR_NOT_FOUND, ERR_IO, ERR_NOMEM. */
MUST_CHECK int text_open(struct text *text, const char *path, const char *file, struct err *err);

/* Like text_open(), for a copy of a text in memory. Errors: ERR_NOMEM. */
MUST_CHECK int text_open_memory(struct text *text, const char *file, const char *data, size_t length, struct err *err);
void text_close(struct text *text);

/* Sets *ret_piece to the next piece, or its form to TEXT_END after the last. Errors: ERR_IO, ERR_NOMEM. Two errors set
 * ret_piece->start to their position: ERR_LIMIT for a document that is too large, and ERR_INVALID for a List in pieces
 * that begins like JSON but is not JSON. After an error nothing more can be read. */
MUST_CHECK int text_next(struct text *text, struct text_piece *ret_piece, struct err *err);

/* True if only white space, comments and markers follow the current piece. The piece's text is not valid afterwards. */
bool text_is_last(struct text *text);

/* True if the text at `offset` begins like JSON: with { and then " or }, and optional white space before each. (The
 * first key of a YAML flow mapping is rarely quoted.) Sets *ret_brace to the offset of the first byte that is not white
 * space. */
bool text_begins_as_json(struct text *text, size_t offset, size_t *ret_brace);

/* -- For text_list.c -- */

/* Returns the byte at `offset` from data[begin], or -1 at the end. */
static inline int text_byte(struct text *text, size_t offset);
int text_byte_far(struct text *text, size_t offset); /* reads on if necessary */
/* Returns the offset after the spaces, tabs and line breaks at `offset`. */
size_t text_skip_white(struct text *text, size_t offset);

/* Returns the offset of the next line, or that of the end of the stream. If the line reaches beyond TEXT_REVIEW_MAX,
 * may return any greater offset in it. */
size_t text_line_end(struct text *text, size_t offset);

/* True if "---" or "..." is at `offset`, which must be the beginning of a line. */
bool text_is_marker(struct text *text, size_t offset);

#define TEXT_TOO_LARGE SIZE_MAX

/* Returns the length of the YAML document at data[begin], or TEXT_TOO_LARGE. */
size_t text_yaml_end(struct text *text);

/* Returns the offset after the JSON value or YAML flow mapping that begins at `offset`. Returns 0 if it is not complete
 * before the next marker or the end of the stream, and TEXT_TOO_LARGE for more than `maximum` bytes. */
size_t text_json_end(struct text *text, size_t offset, size_t maximum);

/* Consumes `count` bytes, which have been read. */
void text_consume(struct text *text, size_t count);

/* Returns a piece of `length` bytes from data[begin], which text_next() or text_is_last() will consume. */
struct text_piece text_take(struct text *text, enum text_form form, bool is_json, size_t length);

/* Sets *ret_piece to the next piece of the List that is being read. Errors: those of text_next(). */
MUST_CHECK int text_list_next(struct text *text, struct text_piece *ret_piece, struct err *err);

static inline int text_byte(struct text *text, size_t offset)
{
    if (offset < text->end - text->begin)
        return (unsigned char)text->data[text->begin + offset];
    return text_byte_far(text, offset);
}

DEFINE_AUTO_FINI(text, struct text, text_close);

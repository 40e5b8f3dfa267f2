/* Finds where documents begin and end in a stream. Depends on the outer forms of YAML and JSON, not on values. */
#include "manifest/text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { CHUNK = 64 * 1024, BYTE_ORDER_MARK_SIZE = 3, REVIEW_HEAD = 4096 };

/* -- Bytes -- */

/* Turns carriage returns that end lines alone into line feeds, in the `count` bytes after data[end). YAML allows them
 * (1.2 section 5.4), but nothing else here would see where a line, and so a comment or a document, ends. */
static void unify_lines(struct text *text, size_t count, bool is_first)
{
    char *data = text->data + text->end;
    if (is_first)
        text->returns = memchr(data, '\r', count) && !memchr(data, '\n', count);
    for (size_t i = 0; text->returns && i < count; i++)
        data[i] = data[i] == '\r' ? '\n' : data[i];
}

int text_open(struct text *text, const char *path, const char *file, struct err *err)
{
    bool is_input = strcmp(path, "-") == 0;
    int fd = is_input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_errno(err, "%s", path);
    *text = (struct text){.file = file, .fd = fd, .owns_fd = !is_input, .start = {1, 1, 0}};
    buf_init(&text->members, TEXT_DOCUMENT_MAX);
    return 0;
}

int text_open_memory(struct text *text, const char *file, const char *data, size_t length, struct err *err)
{
    char *copy = malloc(length + 1);
    if (!copy)
        return err_nomem(err);
    memcpy(copy, data, length);
    *text = (struct text){.file = file, .fd = -1, .data = copy, .capacity = length, .ended = true, .start = {1, 1, 0}};
    unify_lines(text, length, true);
    text->end = length;
    buf_init(&text->members, TEXT_DOCUMENT_MAX);
    return 0;
}

void text_close(struct text *text)
{
    if (text->owns_fd)
        (void)close(text->fd);
    free(text->data);
    buf_fini(&text->members);
    *text = (struct text){.fd = -1};
}

/* Makes room for a chunk after data[end), reusing the room of what has been consumed. */
static int make_room(struct text *text)
{
    if (text->capacity - text->end >= CHUNK)
        return 0;

    if (text->begin > 0) {
        memmove(text->data, text->data + text->begin, text->end - text->begin);
        text->end -= text->begin;
        text->begin = 0;
    }

    if (text->capacity - text->end >= CHUNK)
        return 0;

    size_t capacity = text->capacity ? text->capacity * 2 : 4 * (size_t)CHUNK;
    char *data = realloc(text->data, capacity);
    if (!data)
        return err_nomem(&text->failure);

    text->data = data;
    text->capacity = capacity;
    return 0;
}

/* Reads a chunk. False at the end and after a failure. */
static bool read_chunk(struct text *text)
{
    if (text->ended || make_room(text) < 0) {
        text->ended = true;
        return false;
    }

    ssize_t got;
    do {
        got = read(text->fd, text->data + text->end, CHUNK);
    } while (got < 0 && errno == EINTR);

    if (got < 0)
        (void)err_errno(&text->failure, "%s", text->file);
    if (got > 0)
        unify_lines(text, (size_t)got, text->start.byte == 0 && text->end == 0);
    text->end += got > 0 ? (size_t)got : 0;
    text->ended = got <= 0;
    return got > 0;
}

int text_byte_far(struct text *text, size_t offset)
{
    while (offset >= text->end - text->begin) {
        if (!read_chunk(text))
            return -1;
    }
    return (unsigned char)text->data[text->begin + offset];
}

void text_consume(struct text *text, size_t count)
{
    yaml_start_pass(&text->start, text->data + text->begin, count);
    text->begin += count;
}

struct text_piece text_take(struct text *text, enum text_form form, bool is_json, size_t length)
{
    text->taken = length;
    return (struct text_piece){
        .form = form, .is_json = is_json, .text = text->data + text->begin, .length = length, .start = text->start};
}

/* -- Lines -- */

size_t text_line_end(struct text *text, size_t offset)
{
    while (offset <= TEXT_REVIEW_MAX && text_byte(text, offset) >= 0) {
        const char *at = text->data + text->begin + offset;
        size_t available = text->end - text->begin - offset;
        const char *feed = memchr(at, '\n', available);
        if (feed)
            return offset + (size_t)(feed - at) + 1;
        offset += available;
    }
    return offset;
}

static bool is_white(int byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

size_t text_skip_white(struct text *text, size_t offset)
{
    while (is_white(text_byte(text, offset)))
        offset++;
    return offset;
}

/* Returns the first byte at or after `offset` that is not white space; the line feed or -1 at the end of the line. */
static int byte_in_line(struct text *text, size_t offset)
{
    while (text_byte(text, offset) != '\n' && is_white(text_byte(text, offset)))
        offset++;
    return text_byte(text, offset);
}

/* True if the line from `offset` on holds at most white space and a comment. */
static bool is_blank(struct text *text, size_t offset)
{
    int byte = byte_in_line(text, offset);
    return byte < 0 || byte == '\n' || byte == '#';
}

bool text_is_marker(struct text *text, size_t offset)
{
    int byte = text_byte(text, offset);
    if ((byte != '-' && byte != '.') || text_byte(text, offset + 1) != byte || text_byte(text, offset + 2) != byte)
        return false;
    int next = text_byte(text, offset + 3);
    return next < 0 || is_white(next);
}

static bool is_byte_order_mark(struct text *text, size_t offset)
{
    return text_byte(text, offset) == 0xEF && text_byte(text, offset + 1) == 0xBB &&
           text_byte(text, offset + 2) == 0xBF;
}

bool text_begins_as_json(struct text *text, size_t offset, size_t *ret_brace)
{
    *ret_brace = text_skip_white(text, offset);
    if (text_byte(text, *ret_brace) != '{')
        return false;
    int next = text_byte(text, text_skip_white(text, *ret_brace + 1));
    return next == '"' || next == '}';
}

/* Returns the offset after the comments at data[begin] and the empty lines among them; 0 if there are none. */
static size_t comments_end(struct text *text)
{
    size_t offset = 0;
    if (byte_in_line(text, 0) != '#')
        return 0;
    while (offset < CHUNK && text_byte(text, offset) >= 0 && is_blank(text, offset))
        offset = text_line_end(text, offset);
    return offset;
}

/* True if the comments before `offset` are a part of the YAML document that begins there. */
static bool has_comments(struct text *text, size_t offset)
{
    size_t ignored;
    int byte = text_byte(text, offset);
    return text->start.column == 1 && offset > 0 && offset < CHUNK && byte >= 0 && byte != '%' &&
           !text_is_marker(text, offset) && !is_byte_order_mark(text, offset) &&
           !text_begins_as_json(text, offset, &ignored);
}

/* Consumes what precedes the next document: empty lines, lines with only a marker, byte order marks, and comments that
 * do not belong to a YAML document. Keeps the white space of its first line, because YAML counts it. */
static void consume_blank(struct text *text)
{
    for (;;) {
        if (is_byte_order_mark(text, 0)) {
            text->begin += BYTE_ORDER_MARK_SIZE;
            text->start.byte += BYTE_ORDER_MARK_SIZE;
        }

        bool marker = text->start.column == 1 && text_is_marker(text, 0);
        if (text_byte(text, 0) < 0 || !is_blank(text, marker ? 3 : 0))
            return;

        size_t comments = comments_end(text);
        if (has_comments(text, comments))
            return;
        text_consume(text, comments ? comments : text_line_end(text, 0));
    }
}

/* -- Documents -- */

/* Returns the offset after the string or the YAML comment that begins at `offset`. It ends with the byte `last`; the
 * line feed is not part of a comment. If it does not end, returns an offset after `limit` or at the end of the text. */
static size_t end_of(struct text *text, size_t offset, char last, size_t limit)
{
    for (offset++; offset <= limit; offset++) {
        int byte = text_byte(text, offset);
        if (byte == last)
            return last == '\n' ? offset : offset + 1;
        if (byte < 0)
            break;
        offset += last == '"' && byte == '\\';
    }
    return offset;
}

size_t text_json_end(struct text *text, size_t offset, size_t maximum)
{
    size_t limit = offset + maximum;
    size_t depth = 0;
    int before = '\0'; /* the last byte that is not white space */
    while (offset <= limit) {
        int byte = text_byte(text, offset);
        bool ends_scalar = byte == ',' || byte == ':' || byte == '}' || byte == ']' || is_white(byte);
        if (byte < 0 || (depth == 0 && ends_scalar))
            return byte < 0 ? 0 : offset;
        bool is_comment = byte == '#' && offset > 0 && is_white(text_byte(text, offset - 1));
        bool is_string = byte == '"' || (byte == '\'' && strchr("{[,:'", before));
        before = is_comment || is_white(byte) ? before : byte;
        if (is_comment || is_string) {
            offset = end_of(text, offset, is_comment ? '\n' : (char)byte, limit);
            continue;
        }
        offset++;
        if (byte == '\n' && text_is_marker(text, offset))
            return 0; /* never closed */
        if (byte == '{' || byte == '[')
            depth++;
        else if ((byte == '}' || byte == ']') && --depth == 0)
            return offset;
    }

    return TEXT_TOO_LARGE;
}

/* Directives (%YAML 1.1) end with a marker, which does not end the document. */
size_t text_yaml_end(struct text *text)
{
    size_t offset = 0;
    bool directives = text_byte(text, 0) == '%' && text->start.column == 1;
    while (offset <= TEXT_DOCUMENT_MAX && text_byte(text, offset) >= 0) {
        size_t mark = is_byte_order_mark(text, offset) ? BYTE_ORDER_MARK_SIZE : 0; /* of an appended file */
        bool is_marker = offset > 0 && text_is_marker(text, offset + mark);
        if (is_marker && !directives)
            break;
        directives = directives && !is_marker;
        offset = text_line_end(text, offset);
    }
    return offset <= TEXT_DOCUMENT_MAX ? offset : TEXT_TOO_LARGE;
}

static size_t json_maximum(struct text *text)
{
    (void)text_byte(text, REVIEW_HEAD - 1);
    size_t available = text->end - text->begin;
    return memmem(text->data + text->begin, available < REVIEW_HEAD ? available : REVIEW_HEAD, "\"AdmissionReview\"",
                  17)
               ? TEXT_REVIEW_MAX
               : TEXT_DOCUMENT_MAX;
}

/* A document that begins like JSON ends with its closing brace. Without one it ends like YAML, so that the documents
 * after the next marker can be read. */
static size_t document_end(struct text *text, bool is_json, size_t brace)
{
    size_t end = is_json ? text_json_end(text, brace, json_maximum(text)) : 0;
    return end ? end : text_yaml_end(text);
}

/* Consumes the current piece and, outside a List, what precedes the next document. */
static void leave_piece(struct text *text)
{
    text_consume(text, text->taken);
    text->taken = 0;
    if (text->list == TEXT_END)
        consume_blank(text);
}

/* Takes the document at data[begin]. If it is too large, it is read as a List from now on. */
static void take_document(struct text *text, struct text_piece *ret_piece)
{
    size_t brace;
    bool is_json = text_begins_as_json(text, 0, &brace);
    bool is_rest = !is_json && text->start.column > 1; /* the rest of the line after a JSON document */
    size_t length = is_rest ? text_line_end(text, 0) : document_end(text, is_json, brace);
    if (length != TEXT_TOO_LARGE)
        *ret_piece = text_take(text, TEXT_DOCUMENT, is_json, length);
    else
        text->list = TEXT_LIST_HEAD;
    text->list_is_json = is_json;
}

int text_next(struct text *text, struct text_piece *ret_piece, struct err *err)
{
    int result = 0;
    leave_piece(text);
    *ret_piece = (struct text_piece){.start = text->start};
    if (text->list == TEXT_END && text_byte(text, 0) >= 0)
        take_document(text, ret_piece);
    if (text->list != TEXT_END)
        result = text_list_next(text, ret_piece, err);
    if (result < 0 && err->code == ERR_INVALID)
        ret_piece->start = text->start;

    if (text->failure.code == ERR_NONE)
        return result;
    *err = text->failure; /* what the scanners took for the end was this failure */
    return -1;
}

bool text_is_last(struct text *text)
{
    leave_piece(text);
    return text->list == TEXT_END && text_byte(text, 0) < 0;
}

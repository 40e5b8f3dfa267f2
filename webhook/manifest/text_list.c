/* The pieces of a List that is too large to be read whole. Finds where its items begin and end; does not interpret
 * them. */
#include "manifest/text.h"

#include <string.h>

static int too_large(const char *what, struct err *err)
{
    return err_set(err, ERR_LIMIT, "%s has more than 8 MiB; " TEXT_MAY_BE_LARGER, what);
}

/* -- JSON -- */

/* Consumes white space and commas. Returns the byte after them, or -1 at the end. */
static int next_token(struct text *text)
{
    size_t offset = text_skip_white(text, 0);
    while (text_byte(text, offset) == ',')
        offset = text_skip_white(text, offset + 1);
    text_consume(text, offset);
    return text_byte(text, 0);
}

static int not_json(struct text *text, const char *expected, struct err *err)
{
    int byte = text_byte(text, 0);
    if (byte < 0)
        return err_set(err, ERR_INVALID, "expected %s, found the end of the text", expected);
    if (byte > ' ' && byte < 0x7F)
        return err_set(err, ERR_INVALID, "expected %s, found '%c'", expected, byte);
    return err_set(err, ERR_INVALID, "expected %s, found 0x%02X", expected, (unsigned)byte);
}

/* Consumes "items": [ and sets *ret_items, or consumes another member and adds it to those of the head or tail. Errors:
 * ERR_INVALID, ERR_LIMIT, ERR_NOMEM. */
static int json_member(struct text *text, bool *ret_items, struct err *err)
{
    size_t key = text_json_end(text, 0, TEXT_DOCUMENT_MAX);
    if (text_byte(text, 0) != '"' || key == 0 || key == TEXT_TOO_LARGE)
        return not_json(text, "a key in double quotes or '}'", err);
    size_t value = text_skip_white(text, key);
    if (text_byte(text, value) == ':')
        value = text_skip_white(text, value + 1);
    *ret_items = text_byte(text, value) == '[' && key == strlen("\"items\"") &&
                 memcmp(text->data + text->begin, "\"items\"", key) == 0;
    if (*ret_items) {
        text_consume(text, value + 1);
        return 0;
    }

    size_t end = text_json_end(text, value, TEXT_DOCUMENT_MAX);
    if (end == TEXT_TOO_LARGE)
        return too_large("the document", err);
    if (end <= value)
        return not_json(text, "a complete member", err);
    buf_add_char(&text->members, text->members.length > 1 ? ',' : ' ');
    buf_add(&text->members, text->data + text->begin, end);
    text_consume(text, end);
    if (buf_check(&text->members, err) == 0)
        return 0;
    return err->code == ERR_LIMIT ? too_large("the document", err) : -1;
}

/* Makes an object of the members before the items, or after them. */
static int json_members(struct text *text, struct text_piece *ret_piece, struct err *err)
{
    bool head = text->list == TEXT_LIST_HEAD;
    bool items = false;
    buf_reset(&text->members);
    buf_add_char(&text->members, '{');
    while (!items && next_token(text) != '}') {
        if (json_member(text, &items, err) < 0)
            return -1;
        if (items && !head)
            return err_set(err, ERR_INVALID, "key \"items\" is given twice");
    }
    if (head && !items)
        return too_large("the document", err);

    buf_add_char(&text->members, '}');
    text->taken = head ? 0 : 1;
    *ret_piece = (struct text_piece){.form = text->list,
                                     .is_json = true,
                                     .text = buf_text(&text->members),
                                     .length = text->members.length,
                                     .start = ret_piece->start};
    text->list = head ? TEXT_LIST_ITEM : TEXT_END;
    return buf_check(&text->members, err);
}

static int json_item(struct text *text, struct text_piece *ret_piece, struct err *err)
{
    if (next_token(text) == ']') {
        text_consume(text, 1);
        text->list = TEXT_LIST_TAIL;
        return json_members(text, ret_piece, err);
    }
    size_t end = text_json_end(text, 0, TEXT_DOCUMENT_MAX);
    if (end == TEXT_TOO_LARGE)
        return too_large("an item of the List", err);
    if (end == 0)
        return not_json(text, "a complete item or ']'", err);
    *ret_piece = text_take(text, TEXT_LIST_ITEM, true, end);
    return 0;
}

/* -- YAML: a block sequence, which is how tools write long lists -- */

/* Returns the indentation of the line at `offset`; SIZE_MAX for a blank line or a comment. */
static size_t indent_of(struct text *text, size_t offset)
{
    size_t indent = 0;
    while (text_byte(text, offset + indent) == ' ')
        indent++;
    int byte = text_byte(text, offset + indent);
    return byte == '#' || byte == '\r' || byte == '\n' ? SIZE_MAX : indent;
}

static bool begins_item(struct text *text, size_t offset, size_t indent)
{
    int next = text_byte(text, offset + indent + 1);
    return indent_of(text, offset) == indent && text_byte(text, offset + indent) == '-' &&
           (next == ' ' || next == '\r' || next == '\n');
}

/* True if the line at `offset` is "items:", with at most a comment after it. */
static bool is_items_key(struct text *text, size_t offset)
{
    static const char key[] = "items:";
    for (size_t i = 0; i < strlen(key); i++) {
        if (text_byte(text, offset + i) != key[i])
            return false;
    }
    offset += strlen(key);
    while (text_byte(text, offset) == ' ' || text_byte(text, offset) == '\r')
        offset++;
    return text_byte(text, offset) == '\n' || text_byte(text, offset) == '#';
}

static int yaml_head(struct text *text, struct text_piece *ret_piece, struct err *err)
{
    size_t offset = 0;
    while (offset <= TEXT_DOCUMENT_MAX && text_byte(text, offset) >= 0 && !is_items_key(text, offset))
        offset = text_line_end(text, offset);
    size_t first = text_line_end(text, offset);
    while (first <= TEXT_DOCUMENT_MAX && text_byte(text, first) >= 0 && indent_of(text, first) == SIZE_MAX)
        first = text_line_end(text, first);
    text->indent = indent_of(text, first);
    if (first > TEXT_DOCUMENT_MAX || text->indent == SIZE_MAX || !begins_item(text, first, text->indent))
        return too_large("the document", err);

    *ret_piece = text_take(text, TEXT_LIST_HEAD, false, offset);
    text->taken = first;
    text->list = TEXT_LIST_ITEM;
    return 0;
}

static int yaml_item(struct text *text, struct text_piece *ret_piece, struct err *err)
{
    if (!begins_item(text, 0, text->indent)) {
        text->list = TEXT_END;
        size_t end = text_is_marker(text, 0) ? 0 : text_yaml_end(text);
        if (end == TEXT_TOO_LARGE)
            return too_large("what follows the items of the List", err);
        *ret_piece = text_take(text, TEXT_LIST_TAIL, false, end);
        return 0;
    }

    size_t offset = text_line_end(text, 0);
    while (offset <= TEXT_DOCUMENT_MAX && text_byte(text, offset) >= 0) {
        size_t indent = indent_of(text, offset);
        if (indent != SIZE_MAX && indent <= text->indent)
            break;
        offset = text_line_end(text, offset);
    }

    if (offset > TEXT_DOCUMENT_MAX)
        return too_large("an item of the List", err);

    *ret_piece = text_take(text, TEXT_LIST_ITEM, false, offset);
    return 0;
}

int text_list_next(struct text *text, struct text_piece *ret_piece, struct err *err)
{
    if (!text->list_is_json)
        return (text->list == TEXT_LIST_HEAD ? yaml_head : yaml_item)(text, ret_piece, err);
    if (text->list == TEXT_LIST_ITEM)
        return json_item(text, ret_piece, err);
    if (next_token(text) != '{')
        return not_json(text, "'{'", err);
    text_consume(text, 1);
    return json_members(text, ret_piece, err);
}

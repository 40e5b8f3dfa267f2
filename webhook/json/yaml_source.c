/* libyaml's events; turns libyaml's errors into problems. Does not interpret the events. */
#include "json/yaml_source.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

int yaml_source_init(struct yaml_source *source, const char *file, const char *text, size_t length,
                     struct yaml_start start, struct problems *problems, struct err *err)
{
    *source = (struct yaml_source){.file = file, .text = text, .length = length, .start = start, .problems = problems};
    if (!yaml_parser_initialize(&source->parser))
        return err_nomem(err);
    /* Without this, libyaml would also accept UTF-16, and columns and byte offsets would mean something else. */
    yaml_parser_set_encoding(&source->parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&source->parser, (const unsigned char *)text, length);
    source->parser.mark.line = start.line - 1; /* libyaml counts all marks from this one */
    source->parser.mark.column = start.column - 1;
    return 0;
}

void yaml_source_fini(struct yaml_source *source)
{
    yaml_parser_delete(&source->parser);
}

unsigned yaml_from_one(size_t position)
{
    return position < UINT32_MAX ? (unsigned)position + 1 : UINT32_MAX;
}

PRINTF(4, 0)
static int add_problem(struct yaml_source *source, const yaml_mark_t *mark, struct err *err, const char *format,
                       va_list args)
{
    AUTO(string) text = text_vformat(format, args);
    if (!text)
        return err_nomem(err);

    problems_add(source->problems, source->file, yaml_from_one(mark->line), yaml_from_one(mark->column), "%s", text);
    source->complaints++;
    return 0;
}

int yaml_complain(struct yaml_source *source, const yaml_mark_t *mark, struct err *err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int result = add_problem(source, mark, err, format, args);
    va_end(args);
    if (result == 0 && source->complaints >= YAML_PROBLEMS_MAX)
        return err_set(err, ERR_INVALID, "%s: too many problems", source->file);
    return result;
}

int yaml_give_up(struct yaml_source *source, const yaml_mark_t *mark, struct err *err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int result = add_problem(source, mark, err, format, args);
    va_end(args);
    return result < 0 ? -1 : err_set(err, ERR_INVALID, "%s: not readable", source->file);
}

void yaml_start_pass(struct yaml_start *start, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        bool breaks = text[i] == '\n';
        start->line += breaks;
        start->column = breaks ? 1 : start->column + (((unsigned char)text[i] & 0xC0) != 0x80);
    }
    start->byte += length;
}

/* True if the text begins with a byte order mark of UTF-16, or has an ASCII character in UTF-16 at its beginning. */
static bool is_utf16(const char *text, size_t length)
{
    static const char marks[][2] = {{'\xFF', '\xFE'}, {'\xFE', '\xFF'}};
    if (length < 2)
        return false;
    return memcmp(text, marks[0], 2) == 0 || memcmp(text, marks[1], 2) == 0 || (text[0] == '\0') != (text[1] == '\0');
}

/* Reports what libyaml's reader rejects: bytes that are not UTF-8, and control characters. */
static int bad_character(struct yaml_source *source, struct err *err)
{
    size_t offset = source->parser.problem_offset;
    struct yaml_start place = source->start;
    yaml_start_pass(&place, source->text, offset < source->length ? offset : source->length);
    yaml_mark_t mark = {.line = place.line - 1, .column = place.column - 1};
    unsigned value = (unsigned)source->parser.problem_value;
    if (is_utf16(source->text, source->length) && source->start.byte + offset <= 1) {
        mark.column = source->start.column - 1;
        return yaml_give_up(source, &mark, err, "is UTF-16; save it as UTF-8");
    }
    if (strstr(source->parser.problem, "control"))
        return yaml_give_up(source, &mark, err,
                            "control character U+%04X; in double quotes it can be written \"\\u%04x\"", value, value);
    return yaml_give_up(source, &mark, err, "byte %zu (0x%02X) is not UTF-8: %s", source->start.byte + offset,
                        offset < source->length ? (unsigned char)source->text[offset] : 0u, source->parser.problem);
}

static int bad_syntax(struct yaml_source *source, struct err *err)
{
    const yaml_parser_t *parser = &source->parser;
    bool at_tab = parser->buffer.pointer < parser->buffer.last && *parser->buffer.pointer == '\t';
    if (strstr(parser->problem, "tab character") || (at_tab && strstr(parser->problem, "cannot start any token")))
        return yaml_give_up(source, &parser->problem_mark, err, "not YAML: a tab; indent with spaces");
    if (!parser->context)
        return yaml_give_up(source, &parser->problem_mark, err, "not YAML: %s", parser->problem);
    return yaml_give_up(source, &parser->problem_mark, err, "not YAML: %s %s that begins on line %u", parser->problem,
                        parser->context, yaml_from_one(parser->context_mark.line));
}

int yaml_source_next(struct yaml_source *source, yaml_event_t *ret_event, struct err *err)
{
    if (yaml_parser_parse(&source->parser, ret_event))
        return 0;
    if (source->parser.error == YAML_MEMORY_ERROR || !source->parser.problem)
        return err_nomem(err);
    return source->parser.error == YAML_READER_ERROR ? bad_character(source, err) : bad_syntax(source, err);
}

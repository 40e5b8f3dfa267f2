/* Reads a document within a string, and maps its positions to the file around it. */
#include "manifest/embed.h"

#include "manifest/source.h"

#include <string.h>

/* How marks in the text of a string become marks in the file: in a literal block they are shifted, otherwise the mark
 * of the string replaces them. */
struct shift {
    bool is_block;
    unsigned indent;
    const struct yaml_mark *string;
};

/* Returns what follows the | of a literal block (|, |-, |2), which may come after an anchor or a tag. NULL for other
 * styles. */
static const char *block_header(const char *at, const char *end)
{
    while (at < end && (*at == '&' || *at == '!')) {
        while (at < end && *at != ' ')
            at++;
        while (at < end && *at == ' ')
            at++;
    }
    return at < end && *at == '|' ? at + 1 : NULL;
}

/* Sets *ret_indent to the indentation of a literal block: that of its key plus the number in its header or, if there is
 * no number, that of its first non-blank line. False if the string is not such a block or its indentation cannot
 * be found. */
static bool block_indent(const struct manifest *outer, const struct yaml_mark *string, unsigned *ret_indent)
{
    size_t length;
    const char *line = manifest_line(outer, string->line, &length);
    if (!line || length < string->column)
        return false;
    const char *header = block_header(line + string->column - 1, line + length);
    if (!header)
        return false;

    for (; header < line + length && strchr("+-123456789", *header); header++) {
        if (*header >= '1' && *header <= '9') {
            *ret_indent = string->key_column - 1 + (unsigned)(*header - '0');
            return string->key_line > 0;
        }
    }

    for (unsigned i = string->line + 1; (line = manifest_line(outer, i, &length)) != NULL; i++) {
        size_t indent = strspn(line, " ");
        if (indent >= length || line[indent] == '\r')
            continue;
        *ret_indent = (unsigned)indent;
        return true;
    }

    return false;
}

static void move_place(const struct shift *shift, unsigned *line, unsigned *column)
{
    *line = shift->is_block ? shift->string->line + *line : shift->string->line;
    *column = shift->is_block ? *column + shift->indent : shift->string->column;
}

static void move_mark(struct yaml_mark *mark, const struct shift *shift)
{
    move_place(shift, &mark->line, &mark->column);
    if (mark->key_line > 0)
        move_place(shift, &mark->key_line, &mark->key_column);
    for (size_t i = 0; i < mark->count; i++)
        move_mark(&mark->children[i], shift);
}

static int embed_source(const struct manifest *outer, struct node text, struct manifest_source **ret_source,
                        struct err *err)
{
    AUTO(problems) problems = {0};
    AUTO(manifest_source) source = NULL;
    AUTO(text) content = {.fd = -1};
    size_t brace;
    if (text_open_memory(&content, outer->file, node_text(text), strlen(node_text(text)), err) < 0)
        return -1;
    bool is_json = text_begins_as_json(&content, 0, &brace);
    struct text_piece piece = text_take(&content, TEXT_DOCUMENT, is_json, content.end);
    if (source_parse(outer->file, &piece, YAML_ALIASES, &source, &problems, err) < 0) {
        if (err->code == ERR_INVALID && problems.count > 0)
            return err_set(err, ERR_INVALID, "line %u of its text: %s", problems.items[0].line, problems.items[0].text);
        return -1;
    }

    source->outer = source_ref(outer->source);
    *ret_source = TAKE(source);
    return 0;
}

int manifest_embed(const struct manifest *outer, struct node text, struct manifest **ret_manifest, struct err *err)
{
    AUTO(manifest_source) source = NULL;
    if (embed_source(outer, text, &source, err) < 0)
        return -1;
    struct shift shift = {.string = text.mark};
    shift.is_block = block_indent(outer, text.mark, &shift.indent);
    source->document.outer = text;
    struct node root = source_root(source, text.document->problems, text.document->context);
    move_mark(&source->parsed.mark, &shift);

    enum manifest_form form = json_is_object(root.value) ? MANIFEST_OBJECT : MANIFEST_OTHER;
    return source_manifest(source, root, source->template ? MANIFEST_TEMPLATE : form, ret_manifest, err);
}

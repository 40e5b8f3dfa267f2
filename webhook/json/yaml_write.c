/* Prints jansson values as YAML with libyaml's emitter. Does not depend on any kind of document. */
#include "json/yaml_write.h"

#include "json/unconst.h"
#include "json/yaml_scalar.h"

#include <stdbool.h>
#include <string.h>
#include <yaml.h>

DEFINE_AUTO_FINI(emitter, yaml_emitter_t, yaml_emitter_delete);

static int write_bytes(void *out, unsigned char *bytes, size_t length)
{
    buf_add(out, bytes, length);
    return ((struct buf *)out)->failure == ERR_NONE;
}

/* Emits an event, which the emitter then owns. `made` is 0 if the event could not be created because memory ran out;
 * the only other reason would be text that is not UTF-8, which jansson does not have. False if out of memory or if the
 * buffer is full. */
static bool emit_event(yaml_emitter_t *emitter, yaml_event_t *event, int made)
{
    return made && yaml_emitter_emit(emitter, event);
}

static size_t digits(const char *text)
{
    return strspn(text, "0123456789");
}

/* True for 2026-11-23 and text that begins like it: a timestamp in YAML 1.1. */
static bool is_date(const char *text)
{
    if (digits(text) != 4 || text[4] != '-')
        return false;
    size_t month = digits(text + 5);
    return month > 0 && text[5 + month] == '-' && digits(text + 5 + month + 1) > 0;
}

/* True for 1:30 and 12:30:45.5: base-60 numbers in YAML 1.1. */
static bool is_base60(const char *text)
{
    text += *text == '-' || *text == '+';
    return digits(text) > 0 && strchr(text, ':') && text[strspn(text, "0123456789_:.")] == '\0';
}

/* True if a reader would take the plain text for something other than this string. */
static bool is_ambiguous(const char *text)
{
    return yaml_scalar_resolve(text).type != YAML_SCALAR_STRING || is_date(text) || is_base60(text) ||
           strcmp(text, "<<") == 0 || strcmp(text, "=") == 0;
}

/* True for strings that a literal block keeps unchanged. Excluded are a first line that is empty or starts with white
 * space (the block would need an indentation indicator), white space at the end of a line, and empty lines at the end,
 * because libyaml 0.2.5 writes a "..." line after a document that ends with them. */
static bool fits_block(const char *text)
{
    size_t length = strlen(text);
    bool blank_end = length > 1 && strcmp(text + length - 2, "\n\n") == 0;
    return !strchr(" \n\t", text[0]) && !strstr(text, " \n") && !strstr(text, "\t\n") && !blank_end;
}

/* True for line breaks other than \n (CR, NEL, LS, PS), which a reader turns into \n unless they are escaped. */
static bool has_odd_break(const char *text)
{
    return strchr(text, '\r') || strstr(text, "\xC2\x85") || strstr(text, "\xE2\x80\xA8") ||
           strstr(text, "\xE2\x80\xA9");
}

/* libyaml itself falls back to quotes if a plain scalar or a block is not possible. */
static yaml_scalar_style_t style_of(const char *text, size_t length)
{
    if (strlen(text) != length || has_odd_break(text) || is_ambiguous(text))
        return YAML_DOUBLE_QUOTED_SCALAR_STYLE;
    if (!strchr(text, '\n'))
        return YAML_ANY_SCALAR_STYLE;
    return fits_block(text) ? YAML_LITERAL_SCALAR_STYLE : YAML_DOUBLE_QUOTED_SCALAR_STYLE;
}

static bool emit_scalar(yaml_emitter_t *emitter, const char *text, size_t length, yaml_scalar_style_t style)
{
    yaml_event_t event;
    return emit_event(
        emitter, &event,
        yaml_scalar_event_initialize(&event, NULL, NULL, (const yaml_char_t *)text, (int)length, 1, 1, style));
}

static bool emit_value(yaml_emitter_t *emitter, const json_t *value);

static bool emit_array(yaml_emitter_t *emitter, const json_t *array)
{
    yaml_event_t event;
    if (!emit_event(emitter, &event,
                    yaml_sequence_start_event_initialize(&event, NULL, NULL, 1, YAML_BLOCK_SEQUENCE_STYLE)))
        return false;
    for (size_t i = 0; i < json_array_size(array); i++) {
        if (!emit_value(emitter, json_array_get(array, i)))
            return false;
    }
    return emit_event(emitter, &event, yaml_sequence_end_event_initialize(&event));
}

static bool emit_object(yaml_emitter_t *emitter, const json_t *object)
{
    yaml_event_t event;
    const char *key;
    json_t *value;
    if (!emit_event(emitter, &event,
                    yaml_mapping_start_event_initialize(&event, NULL, NULL, 1, YAML_BLOCK_MAPPING_STYLE)))
        return false;
    json_object_foreach(json_unconst(object), key, value) {
        if (!emit_scalar(emitter, key, strlen(key), style_of(key, strlen(key))) || !emit_value(emitter, value))
            return false;
    }
    return emit_event(emitter, &event, yaml_mapping_end_event_initialize(&event));
}

/* Returns a text of 15 to 17 digits that reads as the same number, or NULL if out of memory. jansson's own 17 digits
 * turn 0.1 into 0.10000000000000001. */
static char *real_text(const json_t *value)
{
    char *text = NULL;
    for (size_t digits_kept = 15; digits_kept <= 17; digits_kept++) {
        free(text);
        text = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(digits_kept));
        if (!text || strtod(text, NULL) == json_real_value(value))
            break;
    }
    return text;
}

/* Writes null, booleans and numbers as in JSON, which YAML reads the same way. */
static bool emit_word(yaml_emitter_t *emitter, const json_t *value)
{
    AUTO(string) text = json_is_real(value) ? real_text(value) : json_dumps(value, JSON_ENCODE_ANY);
    return text && emit_scalar(emitter, text, strlen(text), YAML_PLAIN_SCALAR_STYLE);
}

/* Recurses as deep as the value, which its parser limits. */
static bool emit_value(yaml_emitter_t *emitter, const json_t *value)
{
    if (json_is_object(value))
        return emit_object(emitter, value);
    if (json_is_array(value))
        return emit_array(emitter, value);
    if (!json_is_string(value))
        return emit_word(emitter, value);
    const char *text = json_string_value(value);
    size_t length = json_string_length(value);
    return emit_scalar(emitter, text, length, style_of(text, length));
}

static bool emit_document(yaml_emitter_t *emitter, const json_t *value)
{
    yaml_event_t event;
    return emit_event(emitter, &event, yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING)) &&
           emit_event(emitter, &event, yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1)) &&
           emit_value(emitter, value) && emit_event(emitter, &event, yaml_document_end_event_initialize(&event, 1)) &&
           emit_event(emitter, &event, yaml_stream_end_event_initialize(&event)) && yaml_emitter_flush(emitter);
}

int yaml_write(const json_t *value, struct buf *out, struct err *err)
{
    size_t before = out->length;
    AUTO(emitter) emitter;
    if (!yaml_emitter_initialize(&emitter))
        return err_nomem(err); /* the emitter is zeroed, so it may be deleted */

    yaml_emitter_set_output(&emitter, write_bytes, out);
    yaml_emitter_set_unicode(&emitter, 1);
    yaml_emitter_set_indent(&emitter, 2);
    yaml_emitter_set_width(&emitter, -1); /* never break a line */
    if (emit_document(&emitter, value) && buf_check(out, err) == 0)
        return 0;

    if (out->data)
        out->data[out->length = before] = '\0';
    return out->failure != ERR_NONE ? buf_check(out, err) : err_nomem(err);
}

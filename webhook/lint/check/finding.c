/* Adds and sorts findings, and removes silenced ones. */
#include "core/names.h"
#include "lint/check/finding.h"

#include "base/text.h"
#include "base/vec.h"

#include <stdarg.h>
#include <string.h>

static void finding_fini(struct finding *finding)
{
    free(finding->object);
    free(finding->message);
}

void findings_fini(struct findings *findings)
{
    for (size_t i = 0; i < findings->count; i++)
        finding_fini(&findings->items[i]);
    free(findings->items);
    *findings = (struct findings){0};
}

struct spot spot_of(struct node node)
{
    size_t length = json_is_string(node.value) ? json_string_length(node.value) : 1;
    unsigned width = length > 0 && length < 200 ? (unsigned)length : 1;
    return (struct spot){node.value ? node_mark(node) : node_key_mark(node), width};
}

struct spot spot_of_key(struct node node)
{
    return (struct spot){node_key_mark(node), 1};
}

const struct rule *rule_of(enum rule_id rule, struct node node)
{
    bool filled_in = rule == RULE_FIELD_INVALID && manifest_text_placeholder(node_text(node));
    return rule_get(filled_in ? RULE_FIELD_PLACEHOLDER : rule);
}

void findings_add(struct findings *findings, const struct rule *rule, struct spot spot, const char *object,
                  const char *format, ...)
{
    va_list args;
    va_start(args, format);
    struct finding finding = {.rule = rule,
                              .file = spot.mark.file,
                              .line = spot.mark.line,
                              .column = spot.mark.column,
                              .width = spot.width,
                              .object = strdup(object ? object : ""),
                              .message = text_vformat(format, args)};
    va_end(args);

    if (!finding.object || !finding.message || !GROW(findings->items, findings->count)) {
        finding_fini(&finding);
        findings->out_of_memory = true;
        return;
    }
    findings->items[findings->count++] = finding;
}

static int findings_compare(const void *a, const void *b)
{
    const struct finding *left = a;
    const struct finding *right = b;
    int order = strcmp(left->file, right->file);
    if (order != 0)
        return order;
    if (left->line != right->line)
        return left->line < right->line ? -1 : 1;
    if (left->column != right->column)
        return left->column < right->column ? -1 : 1;
    order = strcmp(left->rule->id, right->rule->id);
    return order != 0 ? order : strcmp(left->message, right->message);
}

void findings_sort(struct findings *findings)
{
    size_t kept = 0;
    if (findings->count > 1)
        qsort(findings->items, findings->count, sizeof(*findings->items), findings_compare);
    for (size_t i = 0; i < findings->count; i++) {
        if (kept > 0 && findings_compare(&findings->items[kept - 1], &findings->items[i]) == 0)
            finding_fini(&findings->items[i]);
        else
            findings->items[kept++] = findings->items[i];
    }
    findings->count = kept;
}

/* -- Silencing -- */

/* True if `id` is one of the words (separated by commas, blanks, quotes or brackets) from `list` to the end of its
 * line. */
static bool ignore_lists(const char *list, const char *id)
{
    static const char between[] = " \t,:\"'[]";
    size_t length = strlen(id);
    while (*list && *list != '\n') {
        list += strspn(list, between);
        size_t word = strcspn(list, " \t,:\"'[]\r\n}");
        if (word == length && strncmp(list, id, length) == 0)
            return true;
        list += word > 0 ? word : (*list && *list != '\n' ? 1 : 0);
    }
    return false;
}

static bool is_ignored(const struct finding *finding, const char *text)
{
    while (text && (text = strstr(text, COMMENT_LINT_IGNORE))) {
        text += strlen(COMMENT_LINT_IGNORE);
        if (ignore_lists(text, finding->rule->id))
            return true;
    }
    return false;
}

void findings_filter(struct findings *findings, const struct strlist *disabled,
                     const char *(*text_of)(void *context, const char *file, unsigned line), void *context)
{
    size_t kept = 0;
    for (size_t i = 0; i < findings->count; i++) {
        struct finding *finding = &findings->items[i];
        if (strlist_has(disabled, finding->rule->id) ||
            is_ignored(finding, text_of(context, finding->file, finding->line)))
            finding_fini(finding);
        else
            findings->items[kept++] = *finding;
    }
    findings->count = kept;
}

size_t findings_count(const struct findings *findings, enum severity severity)
{
    size_t count = 0;
    for (size_t i = 0; i < findings->count; i++)
        count += findings->items[i].rule->severity == severity;
    return count;
}

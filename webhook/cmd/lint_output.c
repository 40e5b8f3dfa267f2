/* Prints findings as text with excerpts of the files, or as JSON with verdicts; prints rules. */
#include "cmd/lint_output.h"

#include "base/text.h"
#include "base/units.h"
#include "cmd/colours.h"
#include "cmd/command.h"
#include "json/build.h"

#include <string.h>

enum { TEXT_MAX = 64 * MIB, EXCERPT_MAX = 160 };

struct paint {
    const char *bold, *dim, *end;
    const char *severity[3];
};

static struct paint paint_of_terminal(void)
{
    if (!command_colour())
        return (struct paint){"", "", "", {"", "", ""}};
    return (struct paint){COLOUR_BOLD, COLOUR_DIM, COLOUR_END, {COLOUR_CYAN, COLOUR_BOLD, COLOUR_RED}};
}

/* -- Text -- */

static void print_excerpt(struct lint *lint, const struct finding *finding, const struct paint *paint, struct buf *out)
{
    size_t length;
    const char *line = finding->line ? lint_line(lint, finding->file, finding->line, &length) : NULL;
    if (line && length > 0 && line[length - 1] == '\r')
        length--;
    if (!line || length == 0)
        return;

    size_t shown = text_fit(line, length < EXCERPT_MAX ? length : EXCERPT_MAX);

    buf_addf(out, "%s%5u |%s ", paint->dim, finding->line, paint->end);
    buf_add_printable(out, line, shown, ' '); /* control characters must not reach the terminal */
    buf_addf(out, "\n%s      |%s ", paint->dim, paint->end);
    if (finding->column == 0 || finding->column > shown + 1) {
        buf_add_char(out, '\n');
        return;
    }

    for (unsigned i = 1; i < finding->column; i++)
        buf_add_char(out, ' ');

    buf_add_string(out, paint->severity[finding->rule->severity]);
    for (unsigned i = 0; i < finding->width && finding->column + i <= shown; i++)
        buf_add_char(out, '^');

    buf_addf(out, "%s%s\n", finding->column > shown ? "^" : "", paint->end);
}

static void print_finding(struct lint *lint, const struct finding *finding, const struct paint *paint, struct buf *out)
{
    const struct rule *rule = finding->rule;
    if (*finding->file)
        buf_addf(out, "%s%s:", paint->bold, finding->file);
    if (finding->line)
        buf_addf(out, "%u:%u:", finding->line, finding->column);
    buf_addf(out, "%s %s%s%s: ", *finding->file ? paint->end : "", paint->severity[rule->severity],
             severity_name(rule->severity), paint->end);
    buf_add_printable(out, finding->object, strlen(finding->object), '?');
    buf_add_string(out, *finding->object ? ": " : "");
    buf_add_printable(out, finding->message, strlen(finding->message), '?');
    buf_addf(out, " [%s]\n", rule->id);
    print_excerpt(lint, finding, paint, out);
    buf_addf(out, "  %swhy:%s %s\n  %sfix:%s %s\n\n", paint->dim, paint->end, rule->why, paint->dim, paint->end,
             rule->fix);
}

static const char *plural(size_t count)
{
    return count == 1 ? "" : "s";
}

int lint_print_text(struct lint *lint, struct err *err)
{
    AUTO(buf) out;
    struct paint paint = paint_of_terminal();
    size_t errors = findings_count(&lint->findings, SEVERITY_ERROR);
    size_t warnings = findings_count(&lint->findings, SEVERITY_WARNING);
    size_t infos = findings_count(&lint->findings, SEVERITY_INFO);

    buf_init(&out, TEXT_MAX);
    for (size_t i = 0; i < lint->findings.count; i++)
        print_finding(lint, &lint->findings.items[i], &paint, &out);
    buf_addf(&out, "%zu error%s, %zu warning%s, %zu info in %zu file%s, %zu object%s\n", errors, plural(errors),
             warnings, plural(warnings), infos, lint->sources.files.count, plural(lint->sources.files.count),
             lint->sources.objects.count, plural(lint->sources.objects.count));
    return lint->model.arena.out_of_memory ? err_nomem(err) : command_print(&out, stdout, err);
}

/* -- JSON -- */

static json_t *finding_json(const struct finding *finding)
{
    const struct rule *rule = finding->rule;
    return json_pack("{s:s, s:s, s:s, s:i, s:i, s:s, s:s, s:s, s:s}", "rule", rule->id, "severity",
                     severity_name(rule->severity), "file", finding->file, "line", (int)finding->line, "column",
                     (int)finding->column, "object", finding->object, "message", finding->message, "why", rule->why,
                     "fix", rule->fix);
}

static json_t *verdict_json(struct lint *lint, const struct lint_pod *pod)
{
    AUTO(buf) reason;
    struct verdict verdict = verdict_of(pod, &lint->model);
    bool denied = pod->outcome == OUTCOME_DENIED;
    bool schedulable = !denied && verdict.obstacle == OBSTACLE_NONE;
    bool unknown = !denied && verdict.obstacle == OBSTACLE_UNKNOWN;

    buf_init(&reason, ERR_TEXT_SIZE);
    if (denied)
        buf_add_string(&reason, pod->message);
    else
        verdict_print(&verdict, &lint->model, &reason);

    const char *rule = schedulable ? ""
                       : denied    ? rule_get(RULE_WORKLOAD_DENIED)->id
                                   : rule_get(verdict_rule(&verdict))->id;
    json_t *object =
        json_pack("{s:s, s:i, s:s, s:s, s:s, s:s, s:o, s:s, s:s, s:s, s:s}", "file", pod->node.document->file, "line",
                  (int)subject_node(pod).mark->line, "kind", pod->object->kind, "name", pod->object->name, "namespace",
                  pod->ns, "title", pod->title, "schedulable", unknown ? json_null() : json_boolean(schedulable),
                  "reason", buf_text(&reason), "rule", rule, "nodePool", schedulable ? verdict.node_pool->name : "",
                  "class", pod->slice_class ? pod->slice_class->name : "");
    json_put_text(&object, "createdToday", pod->today && *pod->today ? pod->today : NULL);
    return object;
}

int lint_print_json(struct lint *lint, struct err *err)
{
    AUTO(json) findings = json_array();
    AUTO(json) verdicts = json_array();

    for (size_t i = 0; i < lint->findings.count; i++) {
        if (json_array_append_new(findings, finding_json(&lint->findings.items[i])) < 0)
            return err_nomem(err);
    }

    /* Karpenter launches no nodes for the pods of a DaemonSet, so they have no verdict. */
    for (size_t i = 0; i < lint->pods.count; i++) {
        if (!lint->pods.items[i].of_daemonset &&
            json_array_append_new(verdicts, verdict_json(lint, &lint->pods.items[i])) < 0)
            return err_nomem(err);
    }

    AUTO(json)
    all = json_pack("{s:O, s:O, s:{s:I, s:I, s:I}}", "findings", findings, "verdicts", verdicts, "summary", "errors",
                    (json_int_t)findings_count(&lint->findings, SEVERITY_ERROR), "warnings",
                    (json_int_t)findings_count(&lint->findings, SEVERITY_WARNING), "infos",
                    (json_int_t)findings_count(&lint->findings, SEVERITY_INFO));
    return command_print_json(all, err);
}

/* -- Rules -- */

void lint_print_rules(struct buf *out)
{
    for (const struct rule_family *family = rule_families; family->title; family++) {
        buf_addf(out, "%s%s\n", family == rule_families ? "" : "\n", family->title);
        for (const struct rule *rule = family->rules; rule->id; rule++)
            buf_addf(out, "  %-34s %-8s %s\n", rule->id, severity_name(rule->severity), rule->what);
    }
}

static void print_indented(const char *text, struct buf *out)
{
    while (*text) {
        size_t length = strcspn(text, "\n");
        buf_add_string(out, "    ");
        buf_add(out, text, length);
        buf_add_char(out, '\n');
        text += length + (text[length] == '\n');
    }
}

void lint_print_rule(const struct rule *rule, struct buf *out)
{
    struct paint paint = paint_of_terminal();
    buf_addf(out, "%s%s%s (%s)\n  %s.\n\n%sWhy%s\n  %s\n\n%sFix%s\n  %s\n\n%sExample%s\n", paint.bold, rule->id,
             paint.end, severity_name(rule->severity), rule->what, paint.bold, paint.end, rule->why, paint.bold,
             paint.end, rule->fix, paint.bold, paint.end);
    print_indented(rule->example, out);
    buf_addf(out,
             "\n%sSource%s\n  %s\n\nSilence it with --disable %s, or on one object with the annotation or comment\n"
             "    gpuslice.dev/lint-ignore: %s\n",
             paint.bold, paint.end, rule->source, rule->id, rule->id);
}

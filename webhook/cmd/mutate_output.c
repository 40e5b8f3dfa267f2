/* Prints rewritten objects as YAML and JSON, patches, and the server's answers. mutate_diff.c prints diffs. */
#include "cmd/mutate_output.h"

#include "admission/answer.h"
#include "admission/engine.h"
#include "json/yaml_write.h"
#include "offline/namespaces.h"

#include <string.h>

void mutate_output_fini(struct mutate_output *output)
{
    buf_fini(&output->out);
    buf_fini(&output->notes);
    engine_free(output->engine);
    *output = (struct mutate_output){0};
}

static const char yaml_list[] = "apiVersion: v1\nkind: List\nitems:";

/* Prints the items of a List as a List again. Prints each item as a sequence of one item, because that has the
 * indentation of an item in the List. */
int mutate_print_yaml(struct mutate_output *output, struct inputs *inputs, const struct input *input, struct err *err)
{
    if (!input->is_last || json_is_null(input->rewritten))
        return 0;

    bool first = output->count++ == 0;
    output->in_list = inputs->is_list && (first || output->in_list);
    if (!output->in_list) {
        buf_add_string(&output->out, first ? "" : "---\n");
        return yaml_write(input->rewritten, &output->out, err);
    }

    AUTO(json) items = json_pack("[O]", input->rewritten);
    if (!items)
        return err_nomem(err);

    buf_addf(&output->out, "%s%s", first ? yaml_list : "", first ? "\n" : "");
    return yaml_write(items, &output->out, err);
}

int mutate_end_yaml(struct mutate_output *output, struct inputs *inputs, const struct input *input, struct err *err)
{
    (void)input;
    if (inputs->is_list && output->count == 0)
        buf_addf(&output->out, "%s []\n", yaml_list);
    return buf_check(&output->out, err);
}

/* Prints numbers with 15 digits if that does not change their values. 17 digits are enough for every number, but print
 * 0.9 as 0.90000000000000002. */
static char *pretty(const json_t *value)
{
    AUTO(string) text = json_dumps(value, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
    AUTO(json) again = text ? json_loads(text, JSON_DECODE_ANY, NULL) : NULL;
    if (again && json_equal(value, again))
        return TAKE(text);
    return json_dumps(value, JSON_INDENT(2) | JSON_REAL_PRECISION(17));
}

/* Ends the List that was begun, if any. A List of more than 8 MiB is begun before it is known whether another document
 * follows, which must then be printed after the List. */
static void close_json_list(struct mutate_output *output)
{
    buf_add_string(&output->out, output->in_list ? "\n  ]\n}\n" : "");
    output->in_list = false;
}

static const char json_list[] = "{\n  \"apiVersion\": \"v1\",\n  \"kind\": \"List\",\n  \"items\": [";

/* Prints the items of a List as a List again. For the right indentation, prints {"items": [item]} and takes the text
 * between `before` and `after` from that. */
int mutate_print_json(struct mutate_output *output, struct inputs *inputs, const struct input *input, struct err *err)
{
    static const char before[] = "{\n  \"items\": [";
    static const char after[] = "\n  ]\n}";
    if (!input->is_last || json_is_null(input->rewritten))
        return 0;
    if (!inputs->is_list)
        close_json_list(output);
    output->in_list = inputs->is_list && (output->count == 0 || output->in_list);
    AUTO(json) shown =
        output->in_list ? json_pack("{s:[O]}", "items", input->rewritten) : json_incref(json_unconst(input->rewritten));
    AUTO(string) text = shown ? pretty(shown) : NULL;
    if (!text)
        return err_nomem(err);

    if (output->in_list) {
        buf_add_string(&output->out, output->count == 0 ? json_list : ",");
        buf_add(&output->out, text + strlen(before), strlen(text) - strlen(before) - strlen(after));
    } else {
        buf_addf(&output->out, "%s\n", text);
    }
    output->count++;
    return buf_check(&output->out, err);
}

int mutate_end_json(struct mutate_output *output, struct inputs *inputs, const struct input *input, struct err *err)
{
    (void)input;
    if (inputs->is_list && output->count == 0)
        buf_addf(&output->out, "%s]\n}\n", json_list);
    close_json_list(output);
    return buf_check(&output->out, err);
}

static int print_operations(const json_t *operations, struct buf *out, struct err *err)
{
    size_t count = json_array_size(operations);
    buf_add_char(out, '[');
    for (size_t i = 0; i < count; i++) {
        AUTO(string) text = json_dumps(json_array_get(operations, i), JSON_COMPACT);
        if (!text)
            return err_nomem(err);
        buf_addf(out, "%s\n  ", i > 0 ? "," : "");
        buf_add_string(out, text);
    }
    buf_add_string(out, count > 0 ? "\n]\n" : "]\n");
    return buf_check(out, err);
}

int mutate_print_patch(struct mutate_output *output, struct inputs *inputs, const struct input *input, struct err *err)
{
    (void)inputs;
    return input->is_last ? print_operations(input->operations, &output->out, err) : 0;
}

static int start_engine(struct mutate_output *output, struct inputs *inputs, struct err *err)
{
    if (output->engine)
        return 0;
    if (engine_new(&output->engine, err) < 0)
        return -1;
    engine_set_policies(output->engine, inputs->set);
    engine_set_source(output->engine, offline_namespaces(inputs->namespaces));
    return 0;
}

int mutate_print_review(struct mutate_output *output, struct inputs *inputs, const struct input *input, struct err *err)
{
    AUTO(buf) answer;
    struct answer_facts facts;
    buf_init(&answer, ANSWER_MAX);
    if (!subject_has_pod(&input->subject))
        return 0;
    const struct post post = {.body = input->subject.review, .length = strlen(input->subject.review)};
    if (start_engine(output, inputs, err) < 0 ||
        engine_answer(output->engine, &routes[ROUTE_MUTATE], &post, &answer, &facts, err) < 0)
        return -1;
    buf_add(&output->out, answer.data, answer.length);
    buf_add_char(&output->out, '\n');
    return buf_check(&output->out, err);
}

int mutate_print_existing(const struct input *input, struct buf *out, struct err *err)
{
    if (!input->subject.existing)
        return 0;
    subject_title(&input->subject, out);
    buf_add_char(out, ' ');
    if (subject_describe_existing(&input->subject, &input->judgement, out, err) < 0)
        return -1;
    buf_add_char(out, '\n');
    return 0;
}

void mutate_print_notes(const struct input *input, struct buf *out)
{
    const struct decision *decision = &input->judgement.decision;
    if (decision->out.outcome == OUTCOME_DENIED) {
        subject_title(&input->subject, out);
        buf_addf(out, ": denied [%s]: %s\n", reason_name(decision->out.reason), decision->out.message);
    }
    for (size_t i = 0; i < decision->out.warnings.count; i++) {
        subject_title(&input->subject, out);
        buf_addf(out, ": warning: %s\n", decision->out.warnings.text[i]);
    }
    for (size_t i = 0; input->warnings && i < input->warnings->count; i++) {
        subject_title(&input->subject, out);
        buf_addf(out, ": warning: %s\n", input->warnings->text[i]);
    }
}

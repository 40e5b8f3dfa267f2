/* Rewritten objects as YAML and JSON, patches, and the server's answers. Decides nothing; the diff is in mutate_diff.c.
 */
#include "cmd/mutate_output.h"

#include "admission/answer.h"
#include "admission/engine.h"
#include "json/yaml_read.h"
#include "json/yaml_write.h"
#include "offline/namespaces.h"

#include <string.h>

/* The rewritten objects, in order; those that were one List become one List again. */
static int rewrite_all(const struct inputs *inputs, json_t **ret_objects, struct err *err)
{
    AUTO(json) objects = json_array();
    const struct subjects *subjects = &inputs->subjects;
    for (size_t i = 0; i < subjects->count; i++) {
        json_t *object;
        if (subject_rewrite(&subjects->items[i], &inputs->judgements[i], &object, err) < 0) {
            AUTO(buf) title;
            buf_init(&title, ERR_TEXT_SIZE);
            subject_title(&subjects->items[i], &title);
            return err_wrap(err, "%s", buf_text(&title));
        }
        if (!json_is_null(object) && json_array_append_new(objects, object) < 0)
            return err_nomem(err);
    }
    if (subjects->list) {
        json_t *list = json_pack("{s:s, s:s, s:O}", "apiVersion", "v1", "kind", "List", "items", objects);
        json_decref(objects);
        objects = json_pack("[o]", list);
    }
    if (!objects)
        return err_nomem(err);
    *ret_objects = TAKE(objects);
    return 0;
}

int mutate_print_yaml(const struct inputs *inputs, struct buf *out, struct err *err)
{
    AUTO(json) objects = NULL;
    if (rewrite_all(inputs, &objects, err) < 0)
        return -1;
    for (size_t i = 0; i < json_array_size(objects); i++) {
        buf_add_string(out, i > 0 ? "---\n" : "");
        if (yaml_write(json_array_get(objects, i), out, err) < 0)
            return -1;
    }
    return 0;
}

/* 15 digits show 0.9 as it was written, and are enough for nearly all; 17 for every number. */
static char *pretty(const json_t *value)
{
    AUTO(string) text = json_dumps(value, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
    AUTO(json) again = text ? json_loads(text, JSON_DECODE_ANY, NULL) : NULL;
    if (again && json_equal(value, again))
        return TAKE(text);
    return json_dumps(value, JSON_INDENT(2) | JSON_REAL_PRECISION(17));
}

int mutate_print_json(const struct inputs *inputs, struct buf *out, struct err *err)
{
    AUTO(json) objects = NULL;
    if (rewrite_all(inputs, &objects, err) < 0)
        return -1;
    for (size_t i = 0; i < json_array_size(objects); i++) {
        AUTO(string) text = pretty(json_array_get(objects, i));
        if (!text)
            return err_nomem(err);
        buf_add_string(out, text);
        buf_add_char(out, '\n');
    }
    return buf_check(out, err);
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

int mutate_print_patch(const struct inputs *inputs, struct buf *out, struct err *err)
{
    for (size_t i = 0; i < inputs->subjects.count; i++) {
        AUTO(json) operations = NULL;
        if (subject_patch(&inputs->subjects.items[i], &inputs->judgements[i], &operations, err) < 0 ||
            print_operations(operations, out, err) < 0)
            return -1;
    }
    return 0;
}

static int print_answer(struct engine *engine, const struct inputs *inputs, size_t index, struct buf *out,
                        struct err *err)
{
    const struct subject *subject = &inputs->subjects.items[index];
    const struct post post = {.body = subject->review, .length = subject->review_length};
    AUTO(buf) answer;
    struct answer_facts facts;
    buf_init(&answer, ANSWER_MAX);
    if (engine_answer(engine, &routes[ROUTE_MUTATE], &post, &answer, &facts, err) < 0)
        return -1;
    buf_add(out, answer.data, answer.length);
    buf_add_char(out, '\n');
    return buf_check(out, err);
}

int mutate_print_review(const struct inputs *inputs, struct buf *out, struct err *err)
{
    struct engine *made;
    if (engine_new(&made, err) < 0)
        return -1;
    AUTO(engine) engine = made;
    engine_set_policies(engine, inputs->loaded.set);
    engine_set_source(engine, offline_namespaces(inputs->namespaces));
    for (size_t i = 0; i < inputs->subjects.count; i++) {
        if (inputs->subjects.items[i].form != SUBJECT_OTHER && print_answer(engine, inputs, i, out, err) < 0)
            return -1;
    }
    return 0;
}

void mutate_print_notes(const struct inputs *inputs, struct buf *out)
{
    for (size_t i = 0; i < inputs->subjects.count; i++) {
        const struct judgement *judgement = &inputs->judgements[i];
        const struct decision *decision = &judgement->decision;
        if (judgement_denies(judgement)) {
            subject_title(&inputs->subjects.items[i], out);
            buf_addf(out, ": denied [%s]: %s\n", reason_name(decision->out.reason), decision->out.message);
        }
        for (size_t j = 0; j < decision->out.warnings.count; j++) {
            subject_title(&inputs->subjects.items[i], out);
            buf_addf(out, ": warning: %s\n", decision->out.warnings.text[j]);
        }
    }
}

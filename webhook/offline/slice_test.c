/* Decodes and runs a SliceTest. */
#include "offline/slice_test.h"

#include "core/names.h"
#include "json/pointer.h"
#include "json/unconst.h"
#include "offline/subjects.h"

#include <stdio.h>
#include <string.h>

bool slice_test_is(const json_t *document)
{
    return kind_is(SLICE_TEST_KIND, json_text(document, "apiVersion"), json_text(document, "kind"));
}

static const struct field namespace_fields[] = {
    {"name", decode_text, offsetof(struct namespace_info, name), FIELD_REQUIRED},
    {"labels", decode_labels, offsetof(struct namespace_info, labels), 0},
    {"annotations", decode_annotations, offsetof(struct namespace_info, annotations), 0},
};

static const struct field expect_fields[] = {
    {"decision", decode_text, offsetof(struct slice_test, decision), FIELD_REQUIRED},
    {"reason", decode_text, offsetof(struct slice_test, reason), 0},
    {"class", decode_text, offsetof(struct slice_test, slice_class), 0},
    {"slices", decode_mapping, offsetof(struct slice_test, slices), 0},
    {"values", decode_mapping, offsetof(struct slice_test, values), 0},
    {"messages", decode_strings, offsetof(struct slice_test, messages), 0},
};

static const struct field spec_fields[] = {
    {"namespace", FIELDS(namespace_fields), .offset = offsetof(struct slice_test, ns), .flags = FIELD_REQUIRED},
    {"pod", decode_mapping, offsetof(struct slice_test, pod), FIELD_REQUIRED},
    {"expect", FIELDS(expect_fields), .flags = FIELD_REQUIRED},
};

static const struct field metadata_fields[] = {
    {"name", decode_text, offsetof(struct slice_test, name), FIELD_REQUIRED},
};

static const struct field test_fields[] = {
    {"apiVersion", decode_any, NOT_KEPT, FIELD_REQUIRED},
    {"kind", decode_any, NOT_KEPT, FIELD_REQUIRED},
    {"metadata", FIELDS(metadata_fields), .flags = FIELD_REQUIRED},
    {"spec", FIELDS(spec_fields), .flags = FIELD_REQUIRED},
};

void slice_test_decode(const struct node *document, struct slice_test *ret_test)
{
    decode_object(document, test_fields, ARRAY_SIZE(test_fields), ret_test);
}

void slice_test_fini(struct slice_test *test)
{
    free(test->name);
    free(test->ns.name);
    keyvalues_fini(&test->ns.labels);
    keyvalues_fini(&test->ns.annotations);
    json_decref(test->pod);
    free(test->decision);
    free(test->reason);
    free(test->slice_class);
    json_decref(test->slices);
    json_decref(test->values);
    strlist_fini(&test->messages);
    *test = (struct slice_test){0};
}

static void expect_text(struct buf *faults, const char *what, const char *expected, const char *got)
{
    if (expected && strcmp(expected, got) != 0)
        buf_addf(faults, "     %s: expected %s, got %s\n", what, expected, *got ? got : "none");
}

static char *value_text(const json_t *value)
{
    return value ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY) : strdup("nothing");
}

/* Adds a line about a value that is not as expected. An expected null means that there must be no value. */
static int add_json_fault(struct buf *faults, const char *what, const json_t *expected, const json_t *got,
                          struct err *err)
{
    AUTO(string) expected_text = value_text(json_is_null(expected) ? NULL : expected);
    AUTO(string) got_text = value_text(got);
    if (!expected_text || !got_text)
        return err_nomem(err);
    buf_addf(faults, "     %s: expected %s, got %s\n", what, expected_text, got_text);
    return 0;
}

static int expect_slices(const struct slice_test *test, const struct decision *decision, struct buf *faults,
                         struct err *err)
{
    AUTO(json) got = json_object();
    for (size_t i = 0; test->slices && i < decision->in->pod->count; i++) {
        if (decision->found.slices[i] > 0 && json_object_set_new(got, decision->in->pod->containers[i].name,
                                                                 json_integer(decision->found.slices[i])) < 0)
            return err_nomem(err);
    }
    if (!test->slices || json_equal(test->slices, got))
        return 0;
    return add_json_fault(faults, "slices", test->slices, got, err);
}

static int expect_values(const struct slice_test *test, json_t *pod, struct buf *faults, struct err *err)
{
    const char *pointer;
    json_t *expected;
    json_object_foreach(test->values, pointer, expected) {
        struct err absent;
        const json_t *got = pointer_get(pod, pointer, &absent);
        if (json_is_null(expected) ? !got : got && json_equal(expected, got))
            continue;
        if (add_json_fault(faults, pointer, expected, got, err) < 0)
            return -1;
    }
    return 0;
}

static void expect_messages(const struct slice_test *test, const struct decision *decision, struct buf *faults)
{
    for (size_t i = 0; i < test->messages.count; i++) {
        bool found = strstr(decision->out.message, test->messages.items[i]) != NULL;
        for (size_t j = 0; j < decision->out.warnings.count; j++)
            found = found || strstr(decision->out.warnings.text[j], test->messages.items[i]);
        if (!found)
            buf_addf(faults, "     no message contains \"%s\"; the denial is \"%s\"\n", test->messages.items[i],
                     decision->out.message);
    }
}

static int slice_test_compare(const struct slice_test *test, const struct subject *subject,
                              const struct judgement *judgement, struct buf *faults, struct err *err)
{
    const struct decision *decision = &judgement->decision;
    AUTO(json) pod = NULL;
    if (subject_rewrite(subject, judgement, &pod, err) < 0)
        return -1;
    expect_text(faults, "decision", test->decision, outcome_name(decision->out.outcome));
    expect_text(faults, "reason", test->reason, reason_name(decision->out.reason));
    expect_text(faults, "class", test->slice_class,
                decision->found.slice_class ? decision->found.slice_class->name : "");
    expect_messages(test, decision, faults);
    if (expect_slices(test, decision, faults, err) < 0)
        return -1;
    return expect_values(test, pod, faults, err);
}

int slice_test_run(const struct slice_test *test, const struct policy_set *set, struct buf *faults, struct err *err)
{
    AUTO(string) text = review_print_create(test->pod, test->ns.name);
    if (!text)
        return err_nomem(err);

    struct namespaces one = {.items = (struct namespace_info[]){test->ns}, .count = 1};
    const struct subject subject = {
        .form = SUBJECT_POD, .object = test->pod, .pod_pointer = "", .namespace_name = test->ns.name, .review = text};
    AUTO(judgement) judgement = {0};
    if (subject_judge(&subject, set, &one, &judgement, err) < 0)
        return -1;

    return slice_test_compare(test, &subject, &judgement, faults, err);
}

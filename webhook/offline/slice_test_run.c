/* Runs a SliceTest: decides about its pod, and compares the decision with what is expected. */
#include "json/pointer.h"
#include "json/unconst.h"
#include "offline/slice_test.h"
#include "offline/subjects.h"

#include <string.h>

enum { TOKEN_MAX = 4096 };

/* -- What was said -- */

static bool is_denial(enum outcome outcome)
{
    return outcome == OUTCOME_DENIED || outcome == OUTCOME_WOULD_DENY;
}

static void add_denial(const struct decision_verdict *out, struct buf *faults)
{
    if (out->message[0])
        buf_addf(faults, "     %s [%s]: %s\n", outcome_name(out->outcome), reason_name(out->reason), out->message);
}

static void add_warnings(const struct warnings *warnings, struct buf *faults)
{
    for (size_t i = 0; i < warnings->count; i++)
        buf_addf(faults, "     warning: %s\n", warnings->text[i]);
}

/* -- Expectations -- */

/* `got` may be "", which the tests write as "none". */
static void expect_text(struct buf *faults, const char *what, const char *expected, const char *got)
{
    const char *shown = *got ? got : "none";
    if (expected && strcmp(expected, shown) != 0)
        buf_addf(faults, "     %s: expected %s, got %s\n", what, expected, shown);
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
    bool equal = true;
    AUTO(json) got = json_object();
    if (!got)
        return err_nomem(err);

    for (size_t i = 0; test->slices && i < decision->in->pod->count; i++) {
        const char *name = decision->in->pod->containers[i].name;
        int64_t slices = decision->found.slices[i];
        equal = equal && json_integer_value(json_object_get(test->slices, name)) == slices;
        if (slices > 0 && json_object_set_new(got, name, json_integer(slices)) < 0)
            return err_nomem(err);
    }

    return equal ? 0 : add_json_fault(faults, "slices", test->slices, got, err);
}

/* True if the pointer can lead to a value: it does not take a name for an element of a list, and does not go on below a
 * string or a number. A `null` that is expected where it cannot would hold for every pod. */
static bool pointer_can_lead(json_t *pod, const char *pointer)
{
    AUTO(buf) token;
    const char *cursor = pointer;
    const json_t *value = pod;
    struct err err;
    size_t index;
    buf_init(&token, TOKEN_MAX);
    while (value && pointer_next(&cursor, &token, &err) > 0) {
        const char *name = buf_text(&token);
        if (!json_is_object(value) && !(json_is_array(value) && pointer_index(name, &index)))
            return false;
        value = json_is_object(value) ? json_object_get(value, name) : json_array_get(value, index);
    }
    return true;
}

static int expect_values(const struct slice_test *test, json_t *pod, struct buf *faults, struct err *err)
{
    const char *pointer;
    json_t *expected;
    json_object_foreach(test->values, pointer, expected) {
        struct err absent;
        const json_t *got = pointer_get(pod, pointer, &absent);
        if (json_is_null(expected) && !got && !pointer_can_lead(pod, pointer))
            buf_addf(faults, "     %s: leads through a list without a number, or below a single value\n", pointer);
        else if (json_is_null(expected) ? !got : got && json_equal(expected, got))
            continue;
        else if (add_json_fault(faults, pointer, expected, got, err) < 0)
            return -1;
    }
    return 0;
}

/* Returns how many of the expected messages were not said, and adds a line for each. */
static size_t expect_messages(const struct slice_test *test, const struct decision_verdict *out, struct buf *faults)
{
    size_t missing = 0;
    for (size_t i = 0; i < test->messages.count; i++) {
        const char *wanted = test->messages.items[i];
        bool found = strstr(out->message, wanted) != NULL;
        for (size_t j = 0; j < out->warnings.count; j++)
            found = found || strstr(out->warnings.text[j], wanted);
        if (found)
            continue;
        missing++;
        buf_addf(faults, "     no message contains \"%s\"%s\n", wanted,
                 out->message[0] || out->warnings.count ? "" : "; there are no messages");
    }
    return missing;
}

static int compare(const struct slice_test *test, const struct subject *subject, const struct judgement *judgement,
                   struct buf *faults, struct err *err)
{
    const struct decision *decision = &judgement->decision;
    const struct decision_verdict *out = &decision->out;
    AUTO(json) pod = NULL;
    if (subject_rewrite(subject, judgement, &pod, err) < 0)
        return -1;

    expect_text(faults, "decision", test->decision, outcome_name(out->outcome));
    expect_text(faults, "reason", test->reason, reason_name(out->reason));
    bool is_unexpected = faults->length > 0 && is_denial(out->outcome);
    expect_text(faults, "class", test->slice_class,
                decision->found.slice_class ? decision->found.slice_class->name : "");
    bool lacks_message = expect_messages(test, out, faults) > 0;

    if (is_unexpected || lacks_message)
        add_denial(out, faults);
    if (lacks_message)
        add_warnings(&out->warnings, faults);

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
        .form = SUBJECT_POD, .object = test->pod, .namespace_name = test->ns.name, .review = text};
    AUTO(judgement) judgement = {0};
    if (subject_judge(&subject, set, &one, &judgement, err) < 0)
        return -1;

    return compare(test, &subject, &judgement, faults, err);
}

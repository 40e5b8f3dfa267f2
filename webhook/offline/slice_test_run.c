/* Runs a SliceTest: decides about its pod, and compares the decision with what is expected. */
#include "admission/existing.h"
#include "json/apply.h"
#include "json/pointer.h"
#include "json/unconst.h"
#include "offline/slice_test.h"
#include "offline/subjects.h"
#include "workload/existing.h"

#include <string.h>

enum { TOKEN_MAX = 4096 };

static void free_flags(bool *flags)
{
    free(flags);
}
DEFINE_AUTO(flags, bool *, free_flags);

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

static int expect_slices(const struct expectation *expect, const struct decision *decision, struct buf *faults,
                         struct err *err)
{
    size_t named = 0; /* containers that the expectation names */
    bool equal = true;
    AUTO(json) got = json_object();
    if (!got)
        return err_nomem(err);

    for (size_t i = 0; expect->slices && i < decision->in->pod->count; i++) {
        const char *name = decision->in->pod->containers[i].name;
        int64_t slices = decision->found.slices[i];
        const json_t *expected = json_object_get(expect->slices, name);
        named += expected != NULL;
        equal = equal && json_integer_value(expected) == slices;
        if (slices > 0 && json_object_set_new(got, name, json_integer(slices)) < 0)
            return err_nomem(err);
    }

    equal = equal && named == json_object_size(expect->slices);
    return equal ? 0 : add_json_fault(faults, "slices", expect->slices, got, err);
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

static int expect_values(const struct expectation *expect, json_t *pod, struct buf *faults, struct err *err)
{
    const char *pointer;
    json_t *expected;
    json_object_foreach(expect->values, pointer, expected) {
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

static bool warnings_contain(const struct warnings *warnings, const char *text)
{
    for (size_t i = 0; i < warnings->count; i++) {
        if (strstr(warnings->text[i], text))
            return true;
    }
    return false;
}

/* Returns how many of the expected messages were not said, and adds a line for each. `of_object` are the warnings about
 * the workload itself. */
static size_t expect_messages(const struct expectation *expect, const struct decision_verdict *out,
                              const struct warnings *of_object, struct buf *faults)
{
    bool is_silent = !out->message[0] && !out->warnings.count && !of_object->count;
    size_t missing = 0;
    for (size_t i = 0; i < expect->messages.count; i++) {
        const char *wanted = expect->messages.items[i];
        if (strstr(out->message, wanted) || warnings_contain(&out->warnings, wanted) ||
            warnings_contain(of_object, wanted))
            continue;
        missing++;
        buf_addf(faults, "     no message contains \"%s\"%s\n", wanted, is_silent ? "; there are no messages" : "");
    }
    return missing;
}

/* Sets *ret_pod, a new reference, to the pod as the decision changes it. */
static int rewrite_pod(const struct subject *subject, const struct judgement *judgement, json_t **ret_pod,
                       struct err *err)
{
    AUTO(json) before = subject_pod(subject);
    AUTO(json) pod = before ? json_deep_copy(before) : NULL;
    AUTO(json) operations = NULL;
    if (!pod)
        return err_nomem(err);
    if (subject_pod_patch(judgement, &operations, err) < 0 || patch_apply(&pod, operations, err) < 0)
        return -1;
    *ret_pod = TAKE(pod);
    return 0;
}

/* `faults` must be empty. */
static int compare(const struct expectation *expect, const struct subject *subject, const struct judgement *judgement,
                   const struct warnings *of_object, struct buf *faults, struct err *err)
{
    const struct decision *decision = &judgement->decision;
    const struct decision_verdict *out = &decision->out;
    AUTO(json) pod = NULL;
    if (rewrite_pod(subject, judgement, &pod, err) < 0)
        return -1;

    expect_text(faults, "decision", expect->decision, outcome_name(out->outcome));
    expect_text(faults, "reason", expect->reason, reason_name(out->reason));
    bool is_unexpected = faults->length > 0 && is_denial(out->outcome);
    expect_text(faults, "class", expect->slice_class,
                decision->found.slice_class ? decision->found.slice_class->name : "");
    bool lacks_message = expect_messages(expect, out, of_object, faults) > 0;

    if (is_unexpected || lacks_message)
        add_denial(out, faults);
    if (lacks_message) {
        add_warnings(of_object, faults);
        add_warnings(&out->warnings, faults);
    }

    if (expect_slices(expect, decision, faults, err) < 0)
        return -1;
    return expect_values(expect, pod, faults, err);
}

/* -- Pods and templates -- */

static int run_subject(const struct slice_test *test, const struct expectation *expect, const struct subject *subject,
                       const struct policy_set *set, const struct warnings *of_object, struct buf *faults,
                       struct err *err)
{
    struct namespaces one = {.items = (struct namespace_info[]){test->ns}, .count = 1};
    AUTO(judgement) judgement = {0};
    if (subject_judge(subject, set, &one, &judgement, err) < 0)
        return -1;
    return compare(expect, subject, &judgement, of_object, faults, err);
}

static int run_pod(const struct slice_test *test, const struct policy_set *set, struct buf *faults, struct err *err)
{
    bool exists = existing_is(test->pod);
    AUTO(json) pod = exists ? NULL : json_incref(test->pod);
    if (exists && existing_as_created(test->pod, set, &pod, err) < 0)
        return -1;
    AUTO(string) text = review_print_create(pod, test->ns.name);
    if (!text)
        return err_nomem(err);
    char nowhere[] = "";
    const struct subject subject = {
        .form = SUBJECT_POD, .object = pod, .pod_pointer = nowhere, .namespace_name = test->ns.name, .review = text};
    const struct warnings none = {0};
    return run_subject(test, &test->expect, &subject, set, &none, faults, err);
}

/* Returns the expectation about the template, or NULL. Sets its flag in `used` if it is one of test->templates. */
static const struct expectation *expectation_of(const struct slice_test *test, const char *path, bool used[])
{
    for (size_t i = 0; i < test->template_count; i++) {
        if (strcmp(test->templates[i].path, path) != 0)
            continue;
        used[i] = true;
        return &test->templates[i].expect;
    }
    return test->expect.decision ? &test->expect : NULL;
}

/* Adds the faults of one pod template, below a line with its path if there are any. */
static int run_template(const struct slice_test *test, const struct subject *subject, const struct policy_set *set,
                        const struct warnings *of_object, bool used[], struct buf *faults, struct err *err)
{
    AUTO(buf) own;
    const struct expectation *expect = expectation_of(test, subject->path, used);
    buf_init(&own, faults->maximum);
    if (!subject_has_pod(subject))
        buf_addf(&own, "     cannot be decided: %s\n", subject->unjudged ? subject->unjudged : "makes no pods");
    else if (!expect)
        buf_add_string(&own,
                       "     nothing is expected of this pod template; name it in spec.templates, or add expect\n");
    else if (run_subject(test, expect, subject, set, of_object, &own, err) < 0)
        return -1;

    if (own.length > 0 && *subject->path)
        buf_addf(faults, "     %s:\n", subject->path);
    buf_add(faults, buf_text(&own), own.length);
    return buf_check(&own, err);
}

static int run_object(const struct slice_test *test, const struct policy_set *set, struct buf *faults, struct err *err)
{
    const struct node *object = &test->object;
    const struct manifest manifest = {
        .form = MANIFEST_OBJECT,
        .node = *object,
        .file = object->document->file,
        .api_version = node_text(node_member(*object, "apiVersion")),
        .kind = node_text(node_member(*object, "kind")),
        .name = node_text(node_find(*object, PATH("metadata", "name"))),
        .namespace_name = node_text(node_find(*object, PATH("metadata", "namespace"))),
        .is_item = true,
    };
    AUTO(subjects) subjects = {0};
    struct warnings of_object = {0};
    AUTO(flags) used = calloc(test->template_count + 1, sizeof(*used));
    if (!used)
        return err_nomem(err);
    if (subjects_from(&manifest, test->ns.name, set, &subjects, err) < 0)
        return -1;
    if (subjects.count > 0 && object_warn(&manifest, &subjects.items[0], &of_object, err) < 0)
        return -1;

    for (size_t i = 0; i < subjects.count; i++) {
        if (run_template(test, &subjects.items[i], set, &of_object, used, faults, err) < 0)
            return -1;
    }
    for (size_t i = 0; i < test->template_count; i++) {
        if (!used[i])
            buf_addf(faults, "     the object has no pod template %s\n", test->templates[i].path);
    }
    return 0;
}

int slice_test_run(const struct slice_test *test, const struct policy_set *set, struct buf *faults, struct err *err)
{
    return test->pod ? run_pod(test, set, faults, err) : run_object(test, set, faults, err);
}

/* Decodes a SliceTest, and refuses expectations that no pod could fail or none could meet. slice_test_run.c runs it. */
#include "offline/slice_test.h"

#include "admission/model/reason.h"
#include "base/text.h"
#include "base/vec.h"
#include "core/names.h"
#include "json/pointer.h"
#include "policy/names.h"

#include <string.h>

enum { LIST_MAX = 4096 };

bool slice_test_is(const json_t *document)
{
    const char *kind = json_text(document, "kind");
    if (strcmp(kind, SLICE_TEST) == 0)
        return true;
    return api_version_in(json_text(document, "apiVersion"), OWN_GROUP) &&
           !text_is_any(kind, WORDS(SLICE_CLASS, SLICE_POLICY, SLICE_POOL, SLICE_SETTINGS));
}

/* -- Fields -- */

/* Checks a JSON pointer into the pod. A pointer that leads nowhere in any pod would make `null` hold for all of them.
 */
static void check_pointer(const struct node *member)
{
    static const char *const roots[] = {"apiVersion", "kind", "metadata", "spec", "status", NULL};
    AUTO(buf) token;
    AUTO(buf) ignored;
    const char *cursor = member->key;
    struct err err;
    buf_init(&token, LIST_MAX);
    buf_init(&ignored, LIST_MAX);

    int more = pointer_next(&cursor, &token, &err);
    bool is_known = more == 0 || text_is_any(buf_text(&token), roots);
    while (more > 0)
        more = pointer_next(&cursor, &ignored, &err);

    if (more < 0)
        node_problem_key(member, "%s", err.text);
    else if (!is_known)
        node_problem_key(member, "leads to \"%s\", which no pod has; pointers begin with /metadata or /spec",
                         buf_text(&token));
}

static void decode_values(const struct node *node, void *target)
{
    NODE_MEMBERS(*node, member) {
        check_pointer(&member);
    }
    decode_mapping(node, target);
}

static void decode_slices(const struct node *node, void *target)
{
    NODE_MEMBERS(*node, member) {
        decode_integer_between(&member, 0, INT32_MAX, NULL);
    }
    decode_mapping(node, target);
}

/* The object is not copied, because subjects_from() needs its node. */
static void decode_workload(const struct node *node, void *target)
{
    struct node *object = target;
    if (node_expect(node, JSON_OBJECT))
        *object = *node;
}

static const char *const api_versions[] = {OWN_API_VERSION, NULL};
static const char *const kinds[] = {SLICE_TEST, NULL};

static const struct field namespace_fields[] = {
    {"name", .find_fault = name_dns_label_fault, .offset = offsetof(struct namespace_info, name), FIELD_REQUIRED},
    {"labels", decode_labels, offsetof(struct namespace_info, labels), 0},
    {"annotations", decode_annotations, offsetof(struct namespace_info, annotations), 0},
};

static const struct field expect_fields[] = {
    {"decision", .choices = outcome_names, .offset = offsetof(struct expectation, decision), .flags = FIELD_REQUIRED},
    {"reason", .choices = &reason_names[REASON_NONE + 1], .offset = offsetof(struct expectation, reason)},
    {"class", decode_text, offsetof(struct expectation, slice_class), 0},
    {"slices", decode_slices, offsetof(struct expectation, slices), 0},
    {"values", decode_values, offsetof(struct expectation, values), 0},
    {"messages", decode_strings, offsetof(struct expectation, messages), 0},
};

static void decode_templates(const struct node *node, void *target)
{
    struct slice_test *test = target;
    if (!node_expect(node, JSON_OBJECT))
        return;
    NODE_MEMBERS(*node, member) {
        char *path = strdup(member.key);
        if (!path || !GROW(test->templates, test->template_count)) {
            free(path);
            node->document->problems->out_of_memory = true;
            return;
        }
        struct template_expectation *item = &test->templates[test->template_count++];
        *item = (struct template_expectation){.path = path};
        decode_object(&member, expect_fields, ARRAY_SIZE(expect_fields), &item->expect);
    }
}

static const struct field spec_fields[] = {
    {"namespace", FIELDS(namespace_fields), .offset = offsetof(struct slice_test, ns), .flags = FIELD_REQUIRED},
    {"pod", decode_mapping, offsetof(struct slice_test, pod), 0},
    {"object", decode_workload, offsetof(struct slice_test, object), 0},
    {"expect", FIELDS(expect_fields), .offset = offsetof(struct slice_test, expect)},
    {"templates", decode_templates, 0, 0}, /* the whole spec is the target */
};

static const struct field metadata_fields[] = {
    {"name", decode_text, offsetof(struct slice_test, name), FIELD_REQUIRED},
};

static const struct field test_fields[] = {
    {"apiVersion", .choices = api_versions, .offset = NOT_KEPT, .flags = FIELD_REQUIRED},
    {"kind", .choices = kinds, .offset = NOT_KEPT, .flags = FIELD_REQUIRED},
    {"metadata", FIELDS(metadata_fields), .flags = FIELD_REQUIRED},
    {"spec", FIELDS(spec_fields), .flags = FIELD_REQUIRED},
};

/* -- What fields say together -- */

/* An explicit null counts as an absent field, so a `class: null` that is meant as "no class" would check nothing. */
static void check_nulls(struct node expect)
{
    NODE_MEMBERS(expect, member) {
        if (json_is_null(member.value))
            node_problem(&member, "is null, which checks nothing; leave it out%s",
                         strcmp(member.key, "class") == 0 ? ", or write none if there must be no class" : "");
    }
}

static void check_class(struct node expect, const struct policy_set *set)
{
    struct node named = node_member(expect, "class");
    const char *name = node_text(named);
    if (!*name || strcmp(name, CLASS_NONE) == 0 || policy_set_class(set, name))
        return;

    AUTO(buf) list;
    struct names classes = NAMES(set->classes, set->class_count);
    const char *nearest = names_nearest(classes, name);
    buf_init(&list, LIST_MAX);
    if (nearest)
        buf_addf(&list, "did you mean \"%s\"?", nearest);
    else
        names_list(classes, name, &list);
    node_problem(&named, "is \"%s\", which is not a class of these policies; %s%s", name, nearest ? "" : "they have ",
                 buf_text(&list));
}

static bool has_container(struct node pod_spec, const char *name)
{
    static const char *const lists[] = {"initContainers", "containers"};
    for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
        NODE_ELEMENTS(node_member(pod_spec, lists[i]), container) {
            if (strcmp(node_text(node_member(container, "name")), name) == 0)
                return true;
        }
    }
    return false;
}

static void check_namespace(struct node object, struct node ns)
{
    struct node own = node_find(object, PATH("metadata", "namespace"));
    if (own.value && strcmp(node_text(own), node_text(ns)) != 0)
        node_problem(&own, "is \"%s\", but spec.namespace.name is \"%s\"", node_text(own), node_text(ns));
}

/* The API server refuses what is refused here before any webhook sees it, or never asks a webhook for pods about it. */
static void check_pod(struct node pod, struct node ns)
{
    struct node version = node_member(pod, "apiVersion");
    struct node kind = node_member(pod, "kind");
    if (!json_is_object(pod.value))
        return; /* reported already */

    if (kind.value && strcmp(node_text(kind), "Pod") != 0)
        node_problem(&kind, "is \"%s\", must be Pod; a workload goes into spec.object", node_text(kind));
    else if (version.value && strcmp(node_text(version), "v1") != 0)
        node_problem(&version, "is \"%s\", must be v1", node_text(version));
    else if (node_count(node_find(pod, PATH("spec", "containers"))) == 0)
        node_problem(&pod, "has no spec.containers, which every pod has");
    check_namespace(pod, ns);
}

static void check_expectation(struct node expect, const struct policy_set *set)
{
    check_nulls(expect);
    check_class(expect, set);
}

/* There must be one object to decide about, and something that is expected of it. */
static void check_spec(struct node spec)
{
    bool has_pod = node_member(spec, "pod").value;
    bool has_object = node_member(spec, "object").value;
    bool has_templates = node_member(spec, "templates").value;

    if (!json_is_object(spec.value))
        return; /* reported already */
    if (has_pod == has_object)
        node_problem(&spec, "must have one of the fields \"pod\" and \"object\"");
    if (!node_member(spec, "expect").value && !(has_object && node_count(node_member(spec, "templates")) > 0))
        node_problem(&spec, "field \"expect\" is missing");
    if (has_pod && has_templates)
        node_problem(&spec, "field \"templates\" is for an object; a pod takes \"expect\"");
}

void slice_test_decode(const struct node *document, const struct policy_set *set, struct slice_test *ret_test)
{
    struct node spec = node_member(*document, "spec");
    struct node pod = node_member(spec, "pod");
    struct node ns = node_find(spec, PATH("namespace", "name"));
    struct node expect = node_member(spec, "expect");
    decode_object(document, test_fields, ARRAY_SIZE(test_fields), ret_test);

    check_spec(spec);
    check_expectation(expect, set);
    NODE_MEMBERS(node_member(spec, "templates"), template) {
        check_expectation(template, set);
    }

    check_pod(pod, ns);
    check_namespace(node_member(spec, "object"), ns);
    NODE_MEMBERS(node_member(expect, "slices"), member) {
        if (pod.value && !has_container(node_member(pod, "spec"), member.key))
            node_problem_key(&member, "is not a container of the pod");
    }
}

static void expectation_fini(struct expectation *expect)
{
    free(expect->decision);
    free(expect->reason);
    free(expect->slice_class);
    json_decref(expect->slices);
    json_decref(expect->values);
    strlist_fini(&expect->messages);
}

void slice_test_fini(struct slice_test *test)
{
    free(test->name);
    free(test->ns.name);
    keyvalues_fini(&test->ns.labels);
    keyvalues_fini(&test->ns.annotations);
    json_decref(test->pod);
    expectation_fini(&test->expect);
    for (size_t i = 0; i < test->template_count; i++) {
        free(test->templates[i].path);
        expectation_fini(&test->templates[i].expect);
    }
    free(test->templates);
    *test = (struct slice_test){0};
}

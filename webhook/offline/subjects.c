/* Reading files into subjects: what is in them, and which review belongs to it. Knows the kinds, no policy; deciding is
 * in judgement.c. */
#include "offline/subjects.h"

#include "base/file.h"
#include "json/pointer.h"
#include "json/read.h"
#include "json/scan.h"
#include "json/unconst.h"
#include "json/yaml_read.h"
#include "offline/subject_review.h"

#include <string.h>

enum { FILE_MAX = 256 * 1024 * 1024, TITLE_MAX = 1024 }; /* bytes; of YAML the reader takes less */

/* One file on its way into subjects. */
struct intake {
    const char *file;
    const char *text; /* the whole file, where that is one JSON document; else NULL */
    size_t length;
    const char *default_namespace;
    struct subjects *subjects;
    struct problems *problems;
};

/* An object as it was found. A typed list's elements (PodList) leave out what kind they are. */
struct found {
    json_t *value;
    const struct yaml_mark *mark; /* of the nearest value whose place is known */
    const char *api_version, *kind;
};

static void subject_fini(struct subject *subject)
{
    json_decref(subject->object);
    free(subject->kind);
    free(subject->name);
    free(subject->namespace_name);
    free(subject->review);
}
DEFINE_AUTO_FINI(subject, struct subject, subject_fini);

void subjects_fini(struct subjects *subjects)
{
    for (size_t i = 0; i < subjects->count; i++)
        subject_fini(&subjects->items[i]);
    free(subjects->items);
    *subjects = (struct subjects){0};
}

void subject_title(const struct subject *subject, struct buf *out)
{
    buf_addf(out, "%s%s%s", subject->kind, *subject->name ? "/" : "", subject->name);
    if (*subject->namespace_name)
        buf_addf(out, " in %s", subject->namespace_name);
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

/* Titles go to terminals and into the head lines of diffs: no control character may pass. */
static char *printable(const char *text, const char *suffix)
{
    char *copy = NULL;
    if (asprintf(&copy, "%.*s%s", TITLE_MAX, text, suffix) < 0)
        return NULL;
    for (char *c = copy; *c; c++) {
        if ((unsigned char)*c < ' ' || *c == 0x7F)
            *c = '?';
    }
    return copy;
}

static int name_subject(struct subject *subject, const char *kind, const char *namespace_name, const char *other_name,
                        struct err *err)
{
    const json_t *metadata = json_object_get(subject->object, "metadata");
    const char *name = *text_of(metadata, "name") ? text_of(metadata, "name") : other_name;
    const char *generate_name = *name ? "" : text_of(metadata, "generateName");
    subject->kind = printable(kind, "");
    subject->name = printable(*name ? name : generate_name, *generate_name ? "*" : "");
    subject->namespace_name = printable(namespace_name, "");
    return subject->kind && subject->name && subject->namespace_name ? 0 : err_nomem(err);
}

static int keep_subject(struct subjects *subjects, struct subject *subject, struct err *err)
{
    struct subject *items = reallocarray(subjects->items, subjects->count + 1, sizeof(*items));
    if (!items)
        return err_nomem(err);
    subjects->items = items;
    subjects->items[subjects->count++] = *subject;
    *subject = (struct subject){0};
    return 0;
}

/* The bytes as they came where the file is this one review, so that the engine sees what the server would. */
static int fill_review_text(const struct intake *intake, const json_t *review, struct subject *subject, struct err *err)
{
    if (!intake->text) {
        if (subject_review_print(review, &subject->review, err) < 0)
            return -1;
        subject->review_length = strlen(subject->review);
        return 0;
    }
    subject->review = malloc(intake->length + 1);
    if (!subject->review)
        return err_nomem(err);
    memcpy(subject->review, intake->text, intake->length);
    subject->review[intake->length] = '\0';
    subject->review_length = intake->length;
    return 0;
}

static int fill_from_review(const struct intake *intake, const struct found *found, struct subject *subject,
                            struct err *err)
{
    const json_t *request = json_object_get(found->value, "request");
    json_t *object = json_object_get(request, "object");
    subject->form = SUBJECT_REVIEW;
    subject->object = json_is_object(object) ? json_incref(object) : NULL;
    if (name_subject(subject, text_of(json_object_get(request, "kind"), "kind"), text_of(request, "namespace"),
                     text_of(request, "name"), err) < 0)
        return -1;
    return fill_review_text(intake, found->value, subject, err);
}

/* A Pod, a workload, or something without a pod. */
static int fill_from_object(const struct intake *intake, const struct found *found, struct subject *subject,
                            struct err *err)
{
    const char *own = text_of(json_object_get(found->value, "metadata"), "namespace");
    const char *namespace_name = *own ? own : intake->default_namespace;
    const struct workload *workload = workload_of(found->api_version, found->kind);
    struct err missing;
    json_t *template = workload ? pointer_get(found->value, workload->template_pointer, &missing) : NULL;
    AUTO(json) pod = NULL;
    subject->object = json_incref(found->value);
    if (json_is_object(template)) {
        subject->form = SUBJECT_TEMPLATE;
        subject->pod_pointer = workload->template_pointer;
        pod = subject_review_pod(workload, template);
    } else if (kind_is(POD_KIND, found->api_version, found->kind)) {
        subject->form = SUBJECT_POD;
        pod = json_incref(found->value);
    } else {
        subject->form = SUBJECT_OTHER;
        return name_subject(subject, found->kind, own, "", err);
    }
    if (!pod)
        return err_nomem(err);
    if (name_subject(subject, found->kind, namespace_name, "", err) < 0 ||
        subject_review_create(pod, namespace_name, &subject->review, err) < 0)
        return -1;
    subject->review_length = strlen(subject->review);
    return 0;
}

static int take_object(const struct intake *intake, const struct found *found, struct err *err)
{
    AUTO(subject)
    subject = {.file = intake->file, .line = found->mark->line, .column = found->mark->column, .pod_pointer = ""};
    bool is_review = kind_is(ADMISSION_REVIEW_KIND, found->api_version, found->kind);
    int result =
        is_review ? fill_from_review(intake, found, &subject, err) : fill_from_object(intake, found, &subject, err);
    return result < 0 ? -1 : keep_subject(intake->subjects, &subject, err);
}

/* List, and typed lists as the API returns them. Sets what `kind` its elements have: "" for a List. */
static bool is_list(const struct found *found, char kind[static TITLE_MAX])
{
    size_t length = strlen(found->kind);
    if (length < 4 || length >= TITLE_MAX || strcmp(found->kind + length - 4, "List") != 0)
        return false;
    memcpy(kind, found->kind, length - 4);
    kind[length - 4] = '\0';
    return !*kind || json_is_array(json_object_get(found->value, "items"));
}

/* The mark of the member, or the object's own where none is known. */
static const struct yaml_mark *member_mark(const struct found *found, const char *key)
{
    size_t index = 0;
    const char *name;
    json_t *value;
    json_object_foreach(found->value, name, value) {
        if (strcmp(name, key) == 0 && index < found->mark->count)
            return &found->mark->children[index];
        index++;
    }
    return found->mark;
}

/* Sets what the object is; false after a complaint. An element of a typed list may have been told already. */
static bool identify(const struct intake *intake, struct found *found)
{
    const struct yaml_mark *mark = found->mark;
    if (!json_is_object(found->value)) {
        problems_add(intake->problems, intake->file, mark->line, mark->column,
                     "is %s, must be a Kubernetes object with apiVersion and kind",
                     json_is_array(found->value) ? "a list" : "a single value");
        return false;
    }
    if (*text_of(found->value, "kind") || !found->kind) {
        found->api_version = text_of(found->value, "apiVersion");
        found->kind = text_of(found->value, "kind");
    }
    if (*found->api_version && *found->kind)
        return true;
    problems_add(intake->problems, intake->file, mark->line, mark->column,
                 "has no %s, must be a Kubernetes object with both apiVersion and kind",
                 *found->kind ? "apiVersion" : "kind");
    return false;
}

/* Takes one object, or the objects of a list. Recursion is bounded by the readers' limits on nesting. */
static int take_value(const struct intake *intake, struct found found, bool *ret_list, struct err *err)
{
    char element_kind[TITLE_MAX];
    *ret_list = false;
    if (!identify(intake, &found))
        return 0;
    *ret_list = is_list(&found, element_kind);
    if (!*ret_list)
        return take_object(intake, &found, err);
    const struct yaml_mark *mark = member_mark(&found, "items");
    const json_t *items = json_object_get(found.value, "items");
    for (size_t i = 0; i < json_array_size(items); i++) {
        bool nested;
        struct found element = {json_array_get(items, i), i < mark->count ? &mark->children[i] : mark,
                                found.api_version, *element_kind ? element_kind : NULL};
        if (take_value(intake, element, &nested, err) < 0)
            return -1;
    }
    return 0;
}

/* Does the text begin as only JSON is written? A YAML flow mapping hardly ever quotes its first key. */
static bool begins_as_json(const char *text)
{
    static const char white[] = " \t\r\n";
    text += strspn(text, white);
    return *text == '{' && text[1 + strspn(text + 1, white)] == '"';
}

/* The text for the JSON reader. What people write is held to what the YAML reader takes, with the byte of the fault; a
 * review may hold whatever an API server sends (NUL in strings, any depth), and `serve` must answer it. */
static int read_json_text(const struct buf *text, struct buf *ret_lean, struct err *err)
{
    static const char *const nothing[] = {NULL};
    struct err fault;
    if (cjson_scan(text->data, text->length, &fault) == 0)
        return 0;
    if (strstr(buf_text(text), "\"AdmissionReview\""))
        return cjson_lean(text->data, text->length, nothing, ret_lean, err);
    *err = fault;
    return -1;
}

static int read_json(const struct intake *intake, const struct buf *text, struct yaml_documents *documents,
                     bool *ret_is_json, struct err *err)
{
    *ret_is_json = begins_as_json(buf_text(text));
    if (!*ret_is_json)
        return 0;
    AUTO(buf) lean;
    buf_init(&lean, text->length);
    if (read_json_text(text, &lean, err) < 0)
        return err_wrap(err, "%s", intake->file);
    if (lean.length)
        (void)fprintf(
            stderr,
            "gpuslice: %s: what manifests cannot hold is shown in another way: \\u0000 in strings as U+FFFD, and "
            "what is nested deeper than %d levels as empty\n",
            intake->file, JSON_SCAN_DEPTH);
    const struct buf *sound = lean.length ? &lean : text;
    json_error_t error;
    AUTO(json) value = NULL;
    int result = json_read(sound->data, sound->length, &value, &error, err);
    if (result < 0 && err->code != ERR_INVALID)
        return -1;
    if (result < 0) {
        problems_add(intake->problems, intake->file, (unsigned)error.line, (unsigned)error.column, "%s", error.text);
        return problems_check(intake->problems, err);
    }
    documents->items = calloc(1, sizeof(*documents->items));
    if (!documents->items)
        return err_nomem(err);
    documents->items[0].value = TAKE(value);
    documents->count = 1;
    return 0;
}

static int take_documents(struct intake *intake, const struct yaml_documents *documents, bool is_json,
                          const struct buf *text, struct err *err)
{
    bool list = false;
    bool alone = documents->count == 1 && intake->subjects->count == 0;
    for (size_t i = 0; i < documents->count; i++) {
        const struct yaml_document *document = &documents->items[i];
        bool is_review = strcmp(text_of(document->value, "kind"), "AdmissionReview") == 0;
        intake->text = is_json && is_review ? text->data : NULL;
        intake->length = text->length;
        struct found found = {.value = document->value, .mark = &document->mark};
        if (take_value(intake, found, &list, err) < 0)
            return -1;
    }
    intake->subjects->list = list && alone;
    if (documents->count == 0)
        problems_add(intake->problems, intake->file, 0, 0, "holds no Kubernetes object");
    return 0;
}

int subjects_read(const char *file, const char *default_namespace, struct subjects *subjects, struct problems *problems,
                  struct err *err)
{
    AUTO(buf) text;
    AUTO(yaml_documents) documents = {0};
    struct intake intake = {.file = strcmp(file, "-") == 0 ? "standard input" : file,
                            .default_namespace = default_namespace,
                            .subjects = subjects,
                            .problems = problems};
    bool is_json;
    size_t problems_before = problems->count;
    buf_init(&text, FILE_MAX);
    if (file_read(file, &text, err) < 0 || read_json(&intake, &text, &documents, &is_json, err) < 0)
        return -1;
    if (!is_json && yaml_read(intake.file, buf_text(&text), text.length, YAML_ALIASES, &documents, problems, err) < 0)
        return -1;
    if (take_documents(&intake, &documents, is_json, &text, err) < 0)
        return -1;
    return problems->count == problems_before ? 0 : problems_check(problems, err);
}

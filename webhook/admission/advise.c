/* Advice on workloads: the decisions about pods that do not exist yet. Decides nothing itself. */
#include "admission/answer.h"
#include "admission/facts.h"
#include "admission/judge.h"
#include "admission/model/own_keys.h"
#include "core/names.h"
#include "workload/templates.h"

#include <stdio.h>
#include <string.h>

enum { PATH_SHOWN = 50 }; /* bytes of a path in a warning */

static struct kind kind_of(const struct review *review)
{
    return KIND(review->group, review->kind);
}

bool advise_knows(const struct review *review)
{
    return !*review->subresource && !kind_same(kind_of(review), POD_KIND) && !workload_is_excluded(review->group);
}

/* -- What the templates were before -- */

/* The pods of the old object as text, ordered by the pointers of their templates. */
struct old_pods {
    struct old_pod {
        const char *pointer; /* borrowed from the templates */
        char *text;
    } * items;
    size_t count;
};

static void old_pods_fini(struct old_pods *pods)
{
    for (size_t i = 0; i < pods->count; i++)
        cJSON_free(pods->items[i].text);
    free(pods->items);
}

DEFINE_AUTO_FINI(old_pods, struct old_pods, old_pods_fini);

static int compare_pointers(const void *a, const void *b)
{
    return strcmp(((const struct old_pod *)a)->pointer, ((const struct old_pod *)b)->pointer);
}

static int old_pods_make(struct pod_templates *before, struct old_pods *ret_pods, struct err *err)
{
    ret_pods->items = calloc(before->count + 1, sizeof(*ret_pods->items));
    if (!ret_pods->items)
        return err_nomem(err);
    for (size_t i = 0; i < before->count; i++) {
        AUTO(cjson) pod = NULL;
        if (before->items[i].unjudged)
            continue;
        if (templates_take_pod(before, i, &pod, err) < 0)
            return -1;
        struct old_pod *old = &ret_pods->items[ret_pods->count];
        *old = (struct old_pod){before->items[i].pointer, pod ? cJSON_PrintUnformatted(pod) : NULL};
        if (pod && !old->text)
            return err_nomem(err);
        ret_pods->count += pod != NULL;
    }
    qsort(ret_pods->items, ret_pods->count, sizeof(*ret_pods->items), compare_pointers);
    return 0;
}

/* Compares as text, which takes one pass however many members there are: API servers always write members in the same
 * order. */
static int is_unchanged(const struct old_pods *before, const char *pointer, const cJSON *pod, bool *ret_unchanged,
                        struct err *err)
{
    const struct old_pod key = {.pointer = pointer};
    const struct old_pod *old =
        before->count ? bsearch(&key, before->items, before->count, sizeof(key), compare_pointers) : NULL;
    *ret_unchanged = false;
    if (!old)
        return 0;
    AUTO(cjson_text) text = cJSON_PrintUnformatted(pod);
    if (!text)
        return err_nomem(err);
    *ret_unchanged = strcmp(text, old->text) == 0;
    return 0;
}

/* -- The advice -- */

/* Names the containers that get slices: "a, b". */
static void advise_containers(const struct decision *decision, struct buf *out)
{
    for (size_t i = 0; i < decision->in->pod->count; i++) {
        if (decision->found.slices[i] > 0)
            buf_addf(out, "%s%s", out->length ? ", " : "", decision->in->pod->containers[i].name);
    }
}

/* How warnings name the pods of one template. */
struct whose {
    char *at;   /* "", or "spec.headGroupSpec.template: " where the object has several templates */
    char *pods; /* "pods of this Job", or "pods" after a path */
};

static void whose_fini(struct whose *whose)
{
    free(whose->at);
    free(whose->pods);
}

DEFINE_AUTO_FINI(whose, struct whose, whose_fini);

/* A long path is cut at its beginning, so that a warning has room for what it says. */
static int whose_init(struct whose *whose, const struct pod_templates *templates, size_t index, struct err *err)
{
    const char *path = templates->items[index].path;
    size_t length = strlen(path);
    bool cut = length > PATH_SHOWN;
    const char *shown = cut ? path + length - PATH_SHOWN : path;
    while (cut && ((unsigned char)*shown & 0xC0) == 0x80) /* not within a character */
        shown++;
    int at =
        templates->count > 1 ? asprintf(&whose->at, "%s%s: ", cut ? "..." : "", shown) : asprintf(&whose->at, "%s", "");
    int pods = templates->count > 1 ? asprintf(&whose->pods, "pods")
                                    : asprintf(&whose->pods, "pods of this %s", templates->kind.name);
    return at < 0 || pods < 0 ? err_nomem(err) : 0;
}

/* One review, and what is said about it. */
struct advice {
    const struct question *question;
    struct judgement *judgement;
    struct warnings warnings;
    struct answer_facts *facts;
    bool judged; /* at least one template, so that its object matters too */
};

/* True if the pod simply gets the slice that is usual in its namespace, so that there is nothing to act upon. */
static bool is_usual(const struct decision *decision)
{
    const enum class_source source = decision->found.class_source;
    return decision->out.warnings.count == 0 && (source == CLASS_FROM_DEFAULT || source == CLASS_FROM_NAMESPACE_CLASS ||
                                                 source == CLASS_FROM_NAMESPACE_MEMORY);
}

static bool is_verbose(const struct advice *advice)
{
    const char *wanted = keyvalues_get(&advice->judgement->ns.info->annotations, ANNOTATION_ADVISE);
    return advice->question->advises_verbosely || (wanted && strcmp(wanted, ADVISE_VERBOSE) == 0);
}

static void advise_words(const struct whose *whose, struct advice *advice)
{
    const struct decision *decision = &advice->judgement->decision;
    struct warnings *warnings = &advice->warnings;
    if (decision->out.outcome == OUTCOME_DENIED)
        warnings_add(warnings, "%s%s will be denied [%s]: %s", whose->at, whose->pods,
                     reason_name(decision->out.reason), decision->out.message);
    if (decision->out.outcome == OUTCOME_INJECTED && (!is_usual(decision) || is_verbose(advice))) {
        AUTO(buf) names;
        buf_init(&names, WARNING_SIZE);
        advise_containers(decision, &names);
        warnings_add(warnings, "%s%s get slice class %s (%s) in: %s", whose->at, whose->pods,
                     decision->found.slice_class->name, decision->found.slice_class->resource, buf_text(&names));
    }

    for (size_t i = 0; i < decision->out.warnings.count; i++)
        warnings_add(warnings, "%s%s", whose->at, decision->out.warnings.text[i]);
}

/* Decides about one pod of the object. A malformed pod is an error only if the object has no other. */
static int advise_pod(struct advice *advice, cJSON *pod, const struct whose *whose, struct err *err)
{
    struct judgement *judgement = advice->judgement;
    int result = judge_pod(advice->question, pod, judgement, err);
    if (result == 0) {
        facts_advice(advice->facts, &judgement->decision);
        advise_words(whose, advice);
    }
    decision_fini(&judgement->decision);
    pod_fini(&judgement->pod);
    if (result == 0)
        return 0;
    if (!*whose->at || err->code != ERR_INVALID)
        return err_wrap(err, "the pod template");
    warnings_add(&advice->warnings, "%s%s", whose->at, err->text);
    return 0;
}

static int advise_all(struct advice *advice, struct pod_templates *templates, const struct old_pods *before,
                      struct err *err)
{
    for (size_t i = 0; i < templates->count && advice->warnings.count < WARNINGS_MAX; i++) {
        const struct pod_template *template = &templates->items[i];
        AUTO(cjson) pod = NULL;
        bool unchanged = false;
        if (template->unjudged)
            continue;
        if (templates_take_pod(templates, i, &pod, err) < 0 ||
            (pod && is_unchanged(before, template->pointer, pod, &unchanged, err) < 0))
            return -1;
        if (!pod || unchanged)
            continue;

        advice->judged = true;
        AUTO(whose) whose = {0};
        if (whose_init(&whose, templates, i, err) < 0 || advise_pod(advice, pod, &whose, err) < 0)
            return -1;
    }
    return 0;
}

/* Warns about the object itself. Of an unknown kind it is not known which labels and annotations its pods get. */
static void advise_workload(struct advice *advice, const struct pod_templates *templates)
{
    const struct namespace_info *ns = advice->judgement->ns.info;
    const struct policy *policy = policy_set_match(advice->question->set, ns->name, &ns->labels);
    const struct workload *workload = templates->workload;
    if (!policy || policy->mode != MODE_SHADOW)
        workload_warn(advice->judgement->review.object, templates->kind.name,
                      !workload || (workload->flags & WORKLOAD_CARRIES), &advice->warnings);
}

static int advise(struct advice *advice, struct err *err)
{
    const struct review *review = &advice->judgement->review;
    AUTO(templates) templates = {0};
    AUTO(templates) old_templates = {0};
    AUTO(old_pods) before = {0};
    if (!review->object)
        return 0;
    if (templates_find(review->object, kind_of(review), &templates, err) < 0)
        return -1;
    if (templates.count == 0)
        return 0;
    if (review->old_object && (templates_find(review->old_object, kind_of(review), &old_templates, err) < 0 ||
                               old_pods_make(&old_templates, &before, err) < 0))
        return -1;

    if (advise_all(advice, &templates, &before, err) < 0)
        return -1;
    if (advice->judged)
        advise_workload(advice, &templates);
    return 0;
}

/* If the namespace is unknown, allows the workload without advice, because advice must not cause an error. */
int advise_answer(const struct question *question, struct judgement *judgement, struct buf *ret_answer,
                  struct answer_facts *facts, struct err *err)
{
    struct advice advice = {.question = question, .judgement = judgement, .facts = facts};
    struct err unknown;
    facts->decision = "advised";
    facts_workload(facts, &judgement->review);
    if (!judgement->unread && question->route->takes(&judgement->review) &&
        judge_namespace(question, judgement, &unknown) == 0 && advise(&advice, err) < 0)
        return -1;
    return answer_warnings(judgement->review.uid, &advice.warnings, ret_answer, err);
}

/* The engine: snapshots, and the way of one review through parse, decision and answer. */
#include "admission/engine.h"

#include "admission/advise.h"
#include "admission/answer.h"
#include "admission/decide.h"
#include "json/arena.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

struct engine {
    pthread_mutex_t mutex; /* guards the two pointers, never held while deciding */
    struct policy_set *policies;
    struct namespaces *namespaces;  /* of a file; NULL: none yet, or they come from elsewhere */
    struct namespace_source source; /* does not change once threads ask */
};

/* One consistent view for one review. */
struct snapshot {
    struct policy_set *policies;
    struct namespace_source source;
    const struct engine_request *request;
    bool is_unread; /* of the review, the envelope alone was read */
    enum unread why;
    struct namespace_ref ns; /* once it was looked for */
};

static void snapshot_fini(struct snapshot *snapshot)
{
    policy_set_unref(snapshot->policies);
    namespace_ref_fini(&snapshot->ns);
}
DEFINE_AUTO_FINI(snapshot, struct snapshot, snapshot_fini);

static void release_namespaces(void *namespaces)
{
    namespaces_unref(namespaces);
}

/* The source that an engine has at first: the snapshot of engine_set_namespaces(). */
static int find_loaded(void *context, const char *name, int64_t deadline_ns, struct namespace_ref *ret_ref,
                       struct err *err)
{
    struct engine *engine = context;
    (void)deadline_ns; /* nothing to wait for */
    (void)pthread_mutex_lock(&engine->mutex);
    AUTO(namespaces) namespaces = engine->namespaces ? namespaces_ref(engine->namespaces) : NULL;
    (void)pthread_mutex_unlock(&engine->mutex);
    const struct namespace_info *info = namespaces ? namespaces_find(namespaces, name) : NULL;
    if (!info)
        return err_set(err, ERR_UNAVAILABLE, "namespace \"%.100s\" is not known", name);
    *ret_ref = (struct namespace_ref){.info = info, .held = TAKE(namespaces), .release = release_namespaces};
    return 0;
}

int engine_new(struct engine **ret_engine, struct err *err)
{
    struct engine *engine = calloc(1, sizeof(*engine));
    if (!engine)
        return err_nomem(err);
    if (pthread_mutex_init(&engine->mutex, NULL) != 0) {
        free(engine);
        return err_nomem(err);
    }
    engine->source = (struct namespace_source){.find = find_loaded, .context = engine};
    *ret_engine = engine;
    return 0;
}

void engine_free(struct engine *engine)
{
    if (!engine)
        return;
    policy_set_unref(engine->policies);
    namespaces_unref(engine->namespaces);
    (void)pthread_mutex_destroy(&engine->mutex);
    free(engine);
}

void engine_set_policies(struct engine *engine, struct policy_set *set)
{
    struct policy_set *fresh = policy_set_ref(set);
    (void)pthread_mutex_lock(&engine->mutex);
    struct policy_set *old = engine->policies;
    engine->policies = fresh;
    (void)pthread_mutex_unlock(&engine->mutex);
    policy_set_unref(old);
}

void engine_set_namespaces(struct engine *engine, struct namespaces *namespaces)
{
    struct namespaces *fresh = namespaces_ref(namespaces);
    (void)pthread_mutex_lock(&engine->mutex);
    struct namespaces *old = engine->namespaces;
    engine->namespaces = fresh;
    (void)pthread_mutex_unlock(&engine->mutex);
    namespaces_unref(old);
}

void engine_set_source(struct engine *engine, struct namespace_source source)
{
    engine->source = source;
}

struct policy_set *engine_policies(struct engine *engine)
{
    (void)pthread_mutex_lock(&engine->mutex);
    struct policy_set *set = engine->policies ? policy_set_ref(engine->policies) : NULL;
    (void)pthread_mutex_unlock(&engine->mutex);
    return set;
}

static int engine_snapshot(struct engine *engine, struct snapshot *ret_snapshot, struct err *err)
{
    (void)pthread_mutex_lock(&engine->mutex);
    bool ready = engine->policies && (engine->namespaces || engine->source.find != find_loaded);
    if (ready) {
        ret_snapshot->policies = policy_set_ref(engine->policies);
        ret_snapshot->source = engine->source;
    }
    (void)pthread_mutex_unlock(&engine->mutex);
    return ready ? 0 : err_set(err, ERR_UNAVAILABLE, "policies or namespaces are not loaded yet");
}

static void text_copy(char *to, size_t size, const char *from)
{
    (void)snprintf(to, size, "%s", from ? from : "");
}

/* "ReplicaSet/vllm-6db5b5d75c", else the name, else "train-*". */
static void facts_subject(struct answer_facts *facts, const struct pod *pod)
{
    const cJSON *owner = pod_controller(pod);
    const char *name = cJSON_GetStringValue(cjson_find(pod->object, PATH("metadata", "name")));
    const char *generate = cJSON_GetStringValue(cjson_find(pod->object, PATH("metadata", "generateName")));
    if (owner)
        (void)snprintf(facts->subject, sizeof(facts->subject), "%.63s/%.180s", cjson_text(owner, "kind"),
                       cjson_text(owner, "name"));
    else if (name && *name)
        text_copy(facts->subject, sizeof(facts->subject), name);
    else
        (void)snprintf(facts->subject, sizeof(facts->subject), "%.240s*", generate ? generate : "");
}

static void facts_begin(struct answer_facts *facts, const struct review *review, const struct snapshot *snapshot)
{
    *facts = (struct answer_facts){.dry_run = review->dry_run, .decision = "", .reason = ""};
    text_copy(facts->namespace_name, sizeof(facts->namespace_name), review->namespace_name);
    text_copy(facts->revision, sizeof(facts->revision), snapshot->policies->revision);
}

/* A pod that needed no edit got its slices in an earlier round of the same admission. Its record shows nothing: an
 * author can write one. */
static int64_t slices_placed(const struct decision *decision)
{
    if (decision->outcome != OUTCOME_INJECTED)
        return 0;
    return pod_effective_sum(decision->pod, decision->slices);
}

static void facts_decision(struct answer_facts *facts, const struct decision *decision)
{
    facts->slices = slices_placed(decision);
    facts->decision = outcome_name(decision->outcome);
    facts->reason = reason_name(decision->reason);
    text_copy(facts->policy, sizeof(facts->policy), decision->policy ? decision->policy->name : NULL);
    text_copy(facts->class_name, sizeof(facts->class_name), decision->slice_class ? decision->slice_class->name : NULL);
}

/* The namespace of the request. One that is not known is an error of ours, never a denial: failurePolicy decides. */
static int find_namespace(struct snapshot *snapshot, const struct review *review, struct err *err)
{
    const struct namespace_source *source = &snapshot->source;
    if (!*review->namespace_name)
        return err_set(err, ERR_INVALID, "request.namespace is empty, but a pod has one");
    return source->find(source->context, review->namespace_name, snapshot->request->deadline_ns, &snapshot->ns, err);
}

static int mutate_pod(struct snapshot *snapshot, struct review *review, struct buf *ret_answer,
                      struct answer_facts *facts, struct err *err)
{
    if (find_namespace(snapshot, review, err) < 0)
        return -1;
    if (!review->object)
        return err_set(err, ERR_INVALID, "request.object is missing");
    AUTO(pod) pod = {0};
    if (pod_init(&pod, review->object, &snapshot->policies->settings.gpu_names, err) < 0)
        return -1;
    facts_subject(facts, &pod);
    AUTO(decision) decision = {0};
    if (decide(snapshot->policies, snapshot->ns.info, review, &pod, &decision, err) < 0)
        return -1;
    facts_decision(facts, &decision);
    return answer_decision(&decision, ret_answer, err);
}

/* The pod of a review of which only the envelope was read. */
static int mutate_unread(struct snapshot *snapshot, struct review *review, struct buf *ret_answer,
                         struct answer_facts *facts, struct err *err)
{
    AUTO(decision) decision = {0};
    if (find_namespace(snapshot, review, err) < 0)
        return -1;
    text_copy(facts->subject, sizeof(facts->subject), review->name);
    decide_unread(snapshot->policies, snapshot->ns.info, review, snapshot->request->body, snapshot->request->length,
                  snapshot->why, &decision);
    facts_decision(facts, &decision);
    return answer_decision(&decision, ret_answer, err);
}

static int answer_mutate(struct snapshot *snapshot, struct review *review, struct buf *ret_answer,
                         struct answer_facts *facts, struct err *err)
{
    enum reason reason;
    if (!decide_at_sight(review, &reason))
        return (snapshot->is_unread ? mutate_unread : mutate_pod)(snapshot, review, ret_answer, facts, err);
    facts->decision = outcome_name(OUTCOME_ALLOWED);
    facts->reason = reason_name(reason);
    return answer_allowed(review->uid, reason, snapshot->policies->revision, ret_answer, err);
}

static int answer_advise(struct snapshot *snapshot, struct review *review, struct buf *ret_answer,
                         struct answer_facts *facts, struct err *err)
{
    struct warnings warnings = {0};
    struct err unknown; /* advice is never a reason to refuse: a namespace that is not known yet gets none */
    facts->decision = "advised";
    if (!snapshot->is_unread && advise_knows(review) && find_namespace(snapshot, review, &unknown) == 0 &&
        advise(snapshot->policies, snapshot->ns.info, review, &warnings, err) < 0)
        return -1;
    return answer_warnings(review->uid, &warnings, ret_answer, err);
}

typedef int answer_fn(struct snapshot *snapshot, struct review *review, struct buf *ret_answer,
                      struct answer_facts *facts, struct err *err);

/* Reads the review, or its envelope alone if there is no time or memory for more. */
static int read_review(struct snapshot *snapshot, struct review *ret_review, struct err *err)
{
    const struct engine_request *request = snapshot->request;
    int result = request->crowded ? -1 : review_parse(ret_review, request->body, request->length, err);
    if (result == 0 || (!request->crowded && err->code != ERR_LIMIT))
        return result;
    snapshot->is_unread = true;
    snapshot->why = request->crowded ? UNREAD_LATE : UNREAD_DENSE;
    return review_parse_envelope(ret_review, request->body, request->length, err);
}

/* What both have in common: one review, one snapshot, in the thread's arena. */
static int engine_answer(struct engine *engine, const struct engine_request *request, answer_fn *answer,
                         struct buf *ret_answer, struct answer_facts *ret_facts, struct err *err)
{
    AUTO(cjson_arena) scope = cjson_arena_scope();
    AUTO(review) review = {0};
    AUTO(snapshot) snapshot = {.request = request};
    *ret_facts = (struct answer_facts){.decision = "", .reason = ""};
    if (read_review(&snapshot, &review, err) < 0 || engine_snapshot(engine, &snapshot, err) < 0)
        return -1;
    facts_begin(ret_facts, &review, &snapshot);
    return answer(&snapshot, &review, ret_answer, ret_facts, err);
}

int engine_mutate_by(struct engine *engine, const struct engine_request *request, struct buf *ret_answer,
                     struct answer_facts *ret_facts, struct err *err)
{
    return engine_answer(engine, request, answer_mutate, ret_answer, ret_facts, err);
}

int engine_advise_by(struct engine *engine, const struct engine_request *request, struct buf *ret_answer,
                     struct answer_facts *ret_facts, struct err *err)
{
    return engine_answer(engine, request, answer_advise, ret_answer, ret_facts, err);
}

int engine_mutate(struct engine *engine, const char *body, size_t length, struct buf *ret_answer,
                  struct answer_facts *ret_facts, struct err *err)
{
    const struct engine_request request = {.body = body, .length = length};
    return engine_mutate_by(engine, &request, ret_answer, ret_facts, err);
}

int engine_advise(struct engine *engine, const char *body, size_t length, struct buf *ret_answer,
                  struct answer_facts *ret_facts, struct err *err)
{
    const struct engine_request request = {.body = body, .length = length};
    return engine_advise_by(engine, &request, ret_answer, ret_facts, err);
}

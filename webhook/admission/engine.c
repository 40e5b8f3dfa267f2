/* The engine: holds the current policies and namespaces, and gives each answer a consistent view of them. */
#include "admission/engine.h"

#include "admission/judge.h"
#include "base/lock.h"
#include "base/text.h"
#include "json/cjson_arena.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

struct engine {
    pthread_mutex_t mutex; /* guards the two pointers, never held while deciding */
    struct policy_set *policies;
    struct namespaces *namespaces;  /* from a file; NULL if none is loaded yet or another source is used */
    struct namespace_source source; /* constant once threads use the engine, like the next */
    bool advises_verbosely;
};

static void release_namespaces(void *namespaces)
{
    namespaces_unref(namespaces);
}

/* The default source: the snapshot of engine_set_namespaces(). */
static int find_loaded(void *context, const char *name, int64_t deadline_ns, struct namespace_ref *ret_ref,
                       struct err *err)
{
    struct engine *engine = context;
    (void)deadline_ns; /* never waits */
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
    (void)pthread_mutex_init(&engine->mutex, NULL); /* cannot fail with default attributes on Linux */
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

void engine_set_verbose_advice(struct engine *engine, bool verbose)
{
    engine->advises_verbosely = verbose;
}

/* Gets what one answer needs: the current policy set, as a new reference, and the source of namespaces. */
static int engine_snapshot(struct engine *engine, struct policy_set **ret_set, struct namespace_source *ret_source,
                           struct err *err)
{
    AUTO(lock) held = lock_take(&engine->mutex);
    if (!engine->policies || (!engine->namespaces && engine->source.find == find_loaded))
        return err_set(err, ERR_UNAVAILABLE, "policies or namespaces are not loaded yet");
    *ret_set = policy_set_ref(engine->policies);
    *ret_source = engine->source;
    return 0;
}

int engine_answer(struct engine *engine, const struct route *route, const struct post *post, struct buf *ret_answer,
                  struct answer_facts *ret_facts, struct err *err)
{
    AUTO(cjson_arena) scope = cjson_arena_scope();
    AUTO(policy_set) set = NULL;
    AUTO(judgement) judgement = {0};
    struct namespace_source source;
    *ret_facts = (struct answer_facts){.decision = "", .reason = ""};
    if (judge_read(post, &judgement, err) < 0 || engine_snapshot(engine, &set, &source, err) < 0)
        return -1;

    ret_facts->dry_run = judgement.review.dry_run;
    text_copy(ret_facts->uid, sizeof(ret_facts->uid), judgement.review.uid);
    text_copy(ret_facts->namespace_name, sizeof(ret_facts->namespace_name), judgement.review.namespace_name);
    memcpy(ret_facts->revision, set->revision, sizeof(ret_facts->revision));
    const struct question question = {
        .route = route, .set = set, .source = &source, .post = post, .advises_verbosely = engine->advises_verbosely};
    return route->answer(&question, &judgement, ret_answer, ret_facts, err);
}

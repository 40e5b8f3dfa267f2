/* The engine: its errors, the facts that it returns for the log, crowded and too large reviews, and that each answer
 * comes from one policy set while sets are swapped. */
#include "tests/support/check.h"
#include "tests/support/engine_fixture.h"

#include <pthread.h>
#include <stdatomic.h>

#define POD_ASKS JSON({"metadata":{"name":"p"}, \
                       "spec":{"containers":[{"name":"main","resources":{"limits":{"nvidia.com/gpu":"1"}}}]}})

enum { ANSWER_SIZE = 1 << 20, THREADS = 4, ANSWERS_EACH = 150 };

/* The body has a block of its own, without a NUL, so that the address sanitizer reports reads beyond its end. */
static int ask(struct engine *engine, enum route_id route, const char *text, struct buf *ret_answer,
               struct answer_facts *ret_facts, struct err *err)
{
    size_t length = strlen(text);
    AUTO(string) body = malloc(length ? length : 1);
    assert_non_null(body);
    memcpy(body, text, length);
    buf_init(ret_answer, ANSWER_SIZE);
    const struct post post = {.body = body, .length = length};
    return engine_answer(engine, &routes[route], &post, ret_answer, ret_facts, err);
}

/* Like ask() for /mutate, with a buffer of the caller. */
static int ask_into(struct engine *engine, const char *text, struct buf *out, struct answer_facts *ret_facts,
                    struct err *err)
{
    const struct post post = {.body = text, .length = strlen(text)};
    return engine_answer(engine, &routes[ROUTE_MUTATE], &post, out, ret_facts, err);
}

static void expect_failure(const char *name, struct engine *engine, enum route_id route, const char *text,
                           enum err_code code, const char *expected)
{
    AUTO(buf) out;
    struct answer_facts facts;
    struct err err = {0};
    check_failure(name, ask(engine, route, text, &out, &facts, &err), &err, code, expected);
    assert_int_equal(out.length, 0);
    check_text(name, facts.reason, "");
}

static void expect_answer(const char *name, struct engine *engine, enum route_id route, const char *text,
                          const char *expected)
{
    AUTO(buf) out;
    struct answer_facts facts;
    struct err err;
    check_success(name, ask(engine, route, text, &out, &facts, &err), &err);
    check_json(name, buf_text(&out), expected);
}

TEST(engine__not_loaded_yet__is_unavailable)
{
    struct err err;
    AUTO(engine_fixture) fixture = engine_fixture_make(GUIDE_POLICY, GUIDE_NAMESPACES);
    AUTO(engine) empty = NULL;
    AUTO(engine) half = NULL;
    check_success("empty", engine_new(&empty, &err), &err);
    check_success("half", engine_new(&half, &err), &err);
    engine_set_namespaces(half, fixture.namespaces);
    AUTO(string) review = review_text_of(KIND_POD, "ml", POD_ASKS, "");
    struct engine *engines[] = {empty, half};
    for (size_t i = 0; i < ARRAY_SIZE(engines); i++) {
        expect_failure("mutate", engines[i], ROUTE_MUTATE, review, ERR_UNAVAILABLE,
                       "policies or namespaces are not loaded yet");
        expect_failure("advise", engines[i], ROUTE_ADVISE, review, ERR_UNAVAILABLE,
                       "policies or namespaces are not loaded yet");
        expect_failure("a malformed review is reported first", engines[i], ROUTE_MUTATE, "{", ERR_INVALID,
                       "byte 1: the text ends, must be a key in double quotes or }");
    }
}

TEST(engine__unknown_namespace__is_unavailable_and_without_advice)
{
    AUTO(engine_fixture) fixture = engine_fixture_make(GUIDE_POLICY, GUIDE_NAMESPACES);
    AUTO(string) pod = review_text_of(KIND_POD, "new", POD_ASKS, "");
    AUTO(string) none = review_text_of(KIND_POD, "", POD_ASKS, "");
    AUTO(string)
    deployment =
        review_text_of(JSON("group":"apps","kind":"Deployment"), "new", "{\"spec\":{\"template\":" POD_ASKS "}}", "");
    AUTO(string) by_node = review_text_of(KIND_POD, "new", POD_ASKS, "," JSON("userInfo":{"groups":["system:nodes"]}));
    expect_failure("mutate", fixture.engine, ROUTE_MUTATE, pod, ERR_UNAVAILABLE, "namespace \"new\" is not known");
    expect_failure("no namespace", fixture.engine, ROUTE_MUTATE, none, ERR_INVALID,
                   "request.namespace is empty, but a pod has one");
    expect_answer(
        "advise", fixture.engine, ROUTE_ADVISE, deployment,
        JSON({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"uid":"u","allowed":true}}));
    char expected[512];
    (void)snprintf(
        expected, sizeof(expected),
        JSON({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview",) JSON("response":{"uid":"u","allowed":true,)
            JSON("auditAnnotations":{"decision":"allowed","reason":"node_created_pod","revision":"%s"}}}),
        fixture.loaded.set->revision);
    expect_answer("decided without the namespace", fixture.engine, ROUTE_MUTATE, by_node, expected);
}

#define E17  "ééééééééééééééééé"
#define E119 E17 E17 E17 E17 E17 E17 E17
#define E120 E119 "é"

TEST(engine__facts__say_what_the_log_needs)
{
    static const struct {
        const char *name, *namespace_name, *object, *more;
        const char *subject, *class_name, *policy, *decision, *reason;
        bool dry_run;
    } cases[] = {
        {"a name", "ml", POD_ASKS, "", "p", "a100-1g5gb", "teams", "injected", "injected", false},
        {"dry run", "ml", POD_ASKS, "," JSON("dryRun":true), "p", "a100-1g5gb", "teams", "injected", "injected", true},
        {"a generated name", "ml", JSON({"metadata":{"generateName":"train-"},"spec":{"containers":[]}}), "", "train-*",
         "a100-1g5gb", "teams", "allowed", "no_gpu_request", false},
        {"a generated name that is cut", "ml",
         "{\"metadata\":{\"generateName\":\"a" E120 "\"},\"spec\":{\"containers\":[]}}", "", "a" E119 "*", "a100-1g5gb",
         "teams", "allowed", "no_gpu_request", false},
        {"no name at all", "ml", JSON({"spec":{"containers":[]}}), "", "*", "a100-1g5gb", "teams", "allowed",
         "no_gpu_request", false},
        {"the controller before the name", "ml", JSON({"metadata":{"name":"p",
                                                        "ownerReferences":[{"kind":"Node","name":"n"},
                                                         {"kind":"ReplicaSet","name":"vllm-6db5","controller":true}]},
                                                       "spec":{"containers":[]}}),
         "", "ReplicaSet/vllm-6db5", "a100-1g5gb", "teams", "allowed", "no_gpu_request", false},
        {"a denial", "strict",
         JSON({"metadata":{"name":"p","annotations":{"gpuslice.dev/class":"x"}},"spec":{"containers":[]}}), "", "p", "",
         "teams", "denied", "class_unknown", false},
        {"a pod of a node", "ml", POD_ASKS, "," JSON("userInfo":{"groups":["system:nodes"]}), "", "", "", "allowed",
         "node_created_pod", false},
    };
    AUTO(engine_fixture) fixture = engine_fixture_make(GUIDE_POLICY, GUIDE_NAMESPACES);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(buf) out;
        struct answer_facts facts;
        struct err err;
        AUTO(string) review = review_text_of(KIND_POD, cases[i].namespace_name, cases[i].object, cases[i].more);
        check_success(cases[i].name, ask(fixture.engine, ROUTE_MUTATE, review, &out, &facts, &err), &err);
        check_text(cases[i].name, facts.namespace_name, cases[i].namespace_name);
        check_text(cases[i].name, facts.subject, cases[i].subject);
        check_text(cases[i].name, facts.class_name, cases[i].class_name);
        check_text(cases[i].name, facts.policy, cases[i].policy);
        check_text(cases[i].name, facts.decision, cases[i].decision);
        check_text(cases[i].name, facts.reason, cases[i].reason);
        check_text(cases[i].name, facts.revision, fixture.loaded.set->revision);
        if (facts.dry_run != cases[i].dry_run)
            fail_msg("%s: dry run", cases[i].name);
    }
}

TEST(engine__facts_of_an_error__keep_the_namespace)
{
    AUTO(engine_fixture) fixture = engine_fixture_make(GUIDE_POLICY, GUIDE_NAMESPACES);
    AUTO(string) review = review_text_of(KIND_POD, "ml", "{}", "");
    AUTO(buf) out;
    struct answer_facts facts;
    struct err err = {0};
    check_failure("shape", ask(fixture.engine, ROUTE_MUTATE, review, &out, &facts, &err), &err, ERR_INVALID,
                  "the pod's spec is missing");
    check_text("namespace", facts.namespace_name, "ml");
    check_text("decision", facts.decision, "");
}

/* What the threads share while the snapshots of the engine are swapped. */
struct race {
    struct engine *engine;
    const char *review;
    const char *revisions[2];
    const char *classes[2];
    atomic_int running;
    atomic_int torn; /* answers that mix two sets, and failures */
};

static bool is_whole(const struct race *race, const char *answer, const struct answer_facts *facts)
{
    char class_member[64];
    for (size_t i = 0; i < ARRAY_SIZE(race->revisions); i++) {
        (void)snprintf(class_member, sizeof(class_member), JSON("class":"%s"), race->classes[i]);
        if (strcmp(facts->revision, race->revisions[i]) == 0)
            return strcmp(facts->class_name, race->classes[i]) == 0 && strstr(answer, race->revisions[i]) &&
                   strstr(answer, class_member);
    }
    return false;
}

static void *answer_many(void *context)
{
    struct race *race = context;
    const struct post post = {.body = race->review, .length = strlen(race->review)};
    for (int i = 0; i < ANSWERS_EACH; i++) {
        AUTO(buf) out;
        struct answer_facts facts;
        struct err err;
        buf_init(&out, ANSWER_SIZE);
        if (engine_answer(race->engine, &routes[ROUTE_MUTATE], &post, &out, &facts, &err) < 0 ||
            !is_whole(race, buf_text(&out), &facts))
            atomic_fetch_add(&race->torn, 1);
    }
    atomic_fetch_sub(&race->running, 1);
    return NULL;
}

TEST(engine__snapshots_swapped_while_threads_answer__each_answer_is_of_one_set)
{
    AUTO(engine_fixture) fixture = engine_fixture_make(GUIDE_POLICY, GUIDE_NAMESPACES);
    AUTO(policy_fixture)
    other =
        load_text(A_THIRD "---\n" API "kind: SliceClass\nmetadata: {name: t4-third}\nspec: {pools: [thirds]}\n---\n" API
                          "kind: SlicePolicy\nmetadata: {name: all}\nspec: {classes: {default: t4-third}}\n");
    AUTO(namespaces) namespaces = namespaces_text(GUIDE_NAMESPACES);
    AUTO(string) review = review_text_of(KIND_POD, "ml", POD_ASKS, "");
    struct policy_set *sets[] = {fixture.loaded.set, expect_set(&other)};
    struct race race = {.engine = fixture.engine,
                        .review = review,
                        .revisions = {sets[0]->revision, sets[1]->revision},
                        .classes = {"a100-1g5gb", "t4-third"},
                        .running = THREADS};
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, answer_many, &race), 0);
    for (size_t i = 0; atomic_load(&race.running) > 0; i++) {
        engine_set_policies(fixture.engine, sets[i % 2]);
        engine_set_namespaces(fixture.engine, i % 2 ? namespaces : fixture.namespaces);
    }
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(atomic_load(&race.torn), 0);
}

/* The pod has so many terms that adding a requirement to each exceeds the limit of the patch. The pod's author is
 * at fault, so the answer is a denial, not an error. */
TEST(engine__patch_over_the_limit__denied)
{
    struct err err;
    struct answer_facts facts;
    AUTO(engine_fixture) fixture = engine_fixture_make(GUIDE_POLICY, GUIDE_NAMESPACES);
    AUTO(buf) pod;
    AUTO(buf) out;
    buf_init(&pod, 4 << 20);
    buf_init(&out, 8 << 20);
    buf_add_string(&pod, "{\"metadata\":{},\"spec\":{\"affinity\":{\"nodeAffinity\":{"
                         "\"requiredDuringSchedulingIgnoredDuringExecution\":{\"nodeSelectorTerms\":[");
    for (int i = 0; i < 20000; i++)
        buf_addf(&pod, "%s{\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"Exists\"}]}", i ? "," : "");
    buf_add_string(&pod,
                   "]}}},\"containers\":[{\"name\":\"c\",\"resources\":{\"limits\":{\"nvidia.com/gpu\":\"1\"}}}]}}");
    AUTO(string) review = review_text_of(KIND_POD, "ml", buf_text(&pod), "");
    check_success("answer", ask_into(fixture.engine, review, &out, &facts, &err), &err);
    check_text("decision", facts.decision, "denied");
    check_text("reason", facts.reason, "too_large");
    assert_non_null(strstr(buf_text(&out), "are longer than 3 MiB; give it fewer node affinity terms"));
}

#define MANY_POLICY(name, rules)                                  \
    "---\n" API "kind: SlicePolicy\nmetadata: {name: " name "}\n" \
    "spec: {namespaces: {names: [" name "]}, classes: {default: t4-third}, " rules "}\n"
#define MANY_POLICIES                                                                            \
    GUIDE_POLICY MANY_POLICY("warn", "mode: warn") MANY_POLICY("guard", "visibleDevices: guard") \
        MANY_POLICY("always", "inject: always") MANY_POLICY("warn-guard", "visibleDevices: guard, mode: warn")
#define MANY_NAMESPACE(name, inject) \
    "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: " name ", labels: {gpuslice.dev/inject: " inject "}}\n"
#define MANY_NAMESPACES                                                                       \
    GUIDE_NAMESPACES MANY_NAMESPACE("warn", "enabled") MANY_NAMESPACE("guard", "enabled")     \
        MANY_NAMESPACE("always", "enabled") MANY_NAMESPACE("warn-guard", "enabled")           \
            MANY_NAMESPACE("lonely", "enabled") MANY_NAMESPACE("lonely-required", "required") \
                MANY_NAMESPACE("aside", "nonsense")

static int ask_crowded(struct engine *engine, enum route_id route, const char *text, struct buf *ret_answer,
                       struct answer_facts *ret_facts, struct err *err)
{
    const struct post post = {.body = text, .length = strlen(text), .crowded = true};
    buf_init(ret_answer, ANSWER_SIZE);
    return engine_answer(engine, &routes[route], &post, ret_answer, ret_facts, err);
}

/* The object of a crowded review is not parsed: the envelope and signs of a GPU in the text decide. */
TEST(engine__crowded__decided_unread)
{
#define PLAIN    JSON({"spec":{"containers":[]}})
#define MENTIONS JSON({"metadata":{"annotations":{"a":"not nvidia.com/gpu"}}})
    static const struct {
        const char *name, *kind, *namespace_name, *object, *more, *policy, *decision, *reason;
    } cases[] = {
        {"a GPU", KIND_POD, "ml", POD_ASKS, "", "teams", "denied", "too_large"},
        {"in required", KIND_POD, "strict", POD_ASKS, "", "teams", "denied", "too_large"},
        {"a mere mention", KIND_POD, "ml", MENTIONS, "", "teams", "denied", "too_large"},
        {"a plain pod", KIND_POD, "ml", PLAIN, "", "teams", "allowed", "no_gpu_request"},
        {"a plain pod in required", KIND_POD, "strict", PLAIN, "", "teams", "allowed", "no_gpu_request"},
        {"not a pod", JSON("group":"apps","kind":"Deployment"), "ml", POD_ASKS, "", "", "allowed", "not_pod_create"},
        {"a pod of a node", KIND_POD, "ml", POD_ASKS, "," JSON("userInfo":{"groups":["system:nodes"]}), "", "allowed",
         "node_created_pod"},
        {"a namespace that is not enabled", KIND_POD, "aside", POD_ASKS, "", "", "allowed", "namespace_not_enabled"},
        {"no policy", KIND_POD, "lonely", POD_ASKS, "", "", "allowed", "no_policy"},
        {"no policy in required", KIND_POD, "lonely-required", POD_ASKS, "", "", "denied", "too_large"},
        {"no policy in required, a plain pod", KIND_POD, "lonely-required", PLAIN, "", "", "allowed", "no_policy"},
        {"mode warn", KIND_POD, "warn", POD_ASKS, "", "warn", "would_deny", "too_large"},
        {"every pod is guarded", KIND_POD, "guard", PLAIN, "", "guard", "denied", "too_large"},
        {"every pod gets a slice", KIND_POD, "always", PLAIN, "", "always", "denied", "too_large"},
        {"every pod would be guarded", KIND_POD, "warn-guard", PLAIN, "", "warn-guard", "would_deny", "too_large"},
    };
    AUTO(engine_fixture) fixture = engine_fixture_make(MANY_POLICIES, MANY_NAMESPACES);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(buf) out;
        struct answer_facts facts;
        struct err err;
        AUTO(string) review = review_text_of(cases[i].kind, cases[i].namespace_name, cases[i].object, cases[i].more);
        check_success(cases[i].name, ask_crowded(fixture.engine, ROUTE_MUTATE, review, &out, &facts, &err), &err);
        check_text(cases[i].name, facts.decision, cases[i].decision);
        check_text(cases[i].name, facts.reason, cases[i].reason);
        check_text(cases[i].name, facts.policy, cases[i].policy);
        bool denied = strcmp(cases[i].decision, "denied") == 0;
        if (!strstr(buf_text(&out), denied ? JSON("allowed":false) : JSON("allowed":true)) ||
            strstr(buf_text(&out), "patch"))
            fail_msg("%s: answered with %s", cases[i].name, buf_text(&out));
    }
}

TEST(engine__crowded__denial_says_why_and_advice_is_empty)
{
    AUTO(engine_fixture) fixture = engine_fixture_make(MANY_POLICIES, MANY_NAMESPACES);
    struct answer_facts facts;
    struct err err = {0};
    AUTO(buf) out;
    AUTO(buf) advice;
    AUTO(buf) unknown;
    AUTO(string) review = review_text_of(KIND_POD, "ml", POD_ASKS, "," JSON("name":"p"));
    check_success("deny", ask_crowded(fixture.engine, ROUTE_MUTATE, review, &out, &facts, &err), &err);
    assert_non_null(strstr(
        buf_text(&out),
        JSON("message":"the pod is so large (0.0 MB as a review) that it waited for longer than 2 s behind other large ones; try again, or make it smaller [policy teams]")));

    check_success("advise", ask_crowded(fixture.engine, ROUTE_ADVISE, review, &advice, &facts, &err), &err);
    check_text(
        "advise", buf_text(&advice),
        JSON({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"uid":"u","allowed":true}}));

    AUTO(string) other = review_text_of(KIND_POD, "new", POD_ASKS, "");
    check_failure("an unknown namespace", ask_crowded(fixture.engine, ROUTE_MUTATE, other, &unknown, &facts, &err),
                  &err, ERR_UNAVAILABLE, "namespace \"new\" is not known");
}

/* The tree of a pod with so many values would take a hundred times the memory of its text. */
TEST(engine__more_values_than_are_read__decided_unread)
{
    static const struct {
        const char *name, *resources;
        int values;
        const char *decision, *reason;
    } cases[] = {
        {"many, a GPU", JSON({"limits":{"nvidia.com/gpu":1}}), 199000, "injected", "injected"},
        {"too many, a GPU", JSON({"limits":{"nvidia.com/gpu":1}}), 200000, "denied", "too_large"},
        {"too many, no GPU", "{}", 200000, "allowed", "no_gpu_request"},
    };
    AUTO(engine_fixture) fixture = engine_fixture_make(MANY_POLICIES, MANY_NAMESPACES);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct err err;
        struct answer_facts facts;
        AUTO(buf) pod;
        AUTO(buf) out;
        buf_init(&pod, 4 << 20);
        buf_init(&out, ANSWER_SIZE);
        buf_add_string(&pod, "{\"spec\":{\"containers\":[{\"name\":\"c\",\"args\":[\"\"");
        for (int j = 1; j < cases[i].values; j++)
            buf_add_string(&pod, ",\"\"");
        buf_addf(&pod, "],\"resources\":%s}]}}", cases[i].resources);
        AUTO(string) review = review_text_of(KIND_POD, "ml", buf_text(&pod), "");
        check_success(cases[i].name, ask_into(fixture.engine, review, &out, &facts, &err), &err);
        check_text(cases[i].name, facts.decision, cases[i].decision);
        check_text(cases[i].name, facts.reason, cases[i].reason);
        if (strcmp(facts.decision, "denied") == 0)
            assert_non_null(strstr(buf_text(&out), "the pod is made of more than 200000 values (0.6 MB as a review)"));
    }
}

/* The patch of the guard alone can exceed the limit, too. */
TEST(engine__guard_over_the_limit__denied)
{
    struct err err;
    struct answer_facts facts;
    AUTO(engine_fixture) fixture = engine_fixture_make(MANY_POLICIES, MANY_NAMESPACES);
    AUTO(buf) pod;
    AUTO(buf) out;
    buf_init(&pod, 4 << 20);
    buf_init(&out, 8 << 20);
    buf_add_string(&pod, "{\"spec\":{\"containers\":[");
    for (int i = 0; i < 40000; i++)
        buf_addf(&pod, "%s{\"name\":\"c\"}", i ? "," : "");
    buf_add_string(&pod, "]}}");
    AUTO(string) review = review_text_of(KIND_POD, "guard", buf_text(&pod), "");
    check_success("answer", ask_into(fixture.engine, review, &out, &facts, &err), &err);
    check_text("decision", facts.decision, "denied");
    check_text("reason", facts.reason, "too_large");
    assert_non_null(strstr(buf_text(&out), "is a change longer than 3 MiB; give the pod fewer containers"));
}

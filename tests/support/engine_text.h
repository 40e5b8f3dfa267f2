/* An engine with policies and namespaces as text, for the tests of webhook/admission/. */
#ifndef GPUSLICE_TESTS_ENGINE_TEXT_H
#define GPUSLICE_TESTS_ENGINE_TEXT_H

#include "admission/engine.h"
#include "tests/support/policy_text.h"
#include "tests/support/test.h"

/* The guide's two classes, and one policy for the namespaces that have the label team. */
#define GUIDE_POLICY                                                                                             \
    API "kind: SlicePool\nmetadata: {name: t4-thirds}\nspec: {gpu: t4, sharing: {timeSlicing: {replicas: 3}}}\n" \
        "---\n" API "kind: SlicePool\nmetadata: {name: a100-sevenths}\n"                                         \
        "spec: {gpu: a100-40gb, sharing: {mig: {layout: {1g.5gb: 7}}}}\n"                                        \
        "---\n" API "kind: SliceClass\nmetadata: {name: t4-third}\nspec: {pools: [t4-thirds]}\n"                 \
        "---\n" API "kind: SliceClass\nmetadata: {name: a100-1g5gb}\nspec: {pools: [a100-sevenths]}\n"           \
        "---\n" API "kind: SlicePolicy\nmetadata: {name: teams}\n"                                               \
        "spec: {namespaces: {selector: {matchExpressions: [{key: team, operator: Exists}]}}, "                   \
        "classes: {allowed: [t4-third, a100-1g5gb], default: a100-1g5gb}}\n"

#define NAMESPACE(name, inject)                                                                                        \
    "apiVersion: v1\nkind: Namespace\nmetadata: {name: " name ", labels: {team: ml, gpuslice.dev/inject: " inject "}}" \
    "\n"
#define GUIDE_NAMESPACES NAMESPACE("ml", "enabled") "---\n" NAMESPACE("strict", "required")

struct desk {
    struct loaded loaded;
    struct namespaces *namespaces;
    struct engine *engine;
};

static inline struct namespaces *namespaces_text(const char *yaml)
{
    char folder[FOLDER_SIZE];
    char path[FOLDER_SIZE + 16];
    struct namespaces *namespaces = NULL;
    struct err err;
    AUTO(problems) problems = {0};
    folder_make(folder);
    folder_put(folder, "n.yaml", yaml);
    (void)snprintf(path, sizeof(path), "%s/n.yaml", folder);
    if (namespaces_load(path, &namespaces, &problems, &err) < 0)
        fail_msg("namespaces: %s", err.text);
    folder_remove(folder);
    return namespaces;
}

static inline struct desk desk_make(const char *policy, const char *namespaces)
{
    struct err err;
    struct desk desk = {.loaded = load_text(policy), .namespaces = namespaces_text(namespaces)};
    if (engine_new(&desk.engine, &err) < 0)
        fail_msg("engine: %s", err.text);
    engine_set_policies(desk.engine, expect_set(&desk.loaded));
    engine_set_namespaces(desk.engine, desk.namespaces);
    return desk;
}

static inline void desk_fini(struct desk *desk)
{
    engine_free(desk->engine);
    namespaces_unref(desk->namespaces);
    loaded_fini(&desk->loaded);
}
DEFINE_AUTO_FINI(desk, struct desk, desk_fini);

/* The review of one object: `kind` is the inner text of request.kind. The caller frees it. */
static inline char *review_text_of(const char *kind, const char *namespace_name, const char *object, const char *more)
{
    char *text = NULL;
    assert_true(asprintf(&text,
                         "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"request\":{"
                         "\"uid\":\"u\",\"kind\":{%s},\"namespace\":\"%s\",\"operation\":\"CREATE\",\"object\":%s%s}}",
                         kind, namespace_name, object, more) > 0);
    return text;
}

#define KIND_POD JSON("group":"","version":"v1","kind":"Pod")

#endif

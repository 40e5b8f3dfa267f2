#include "tests/support/engine_fixture.h"

#include "admission/decide.h"
#include "tests/support/check.h"

struct namespaces *namespaces_text(const char *yaml)
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

struct engine_fixture engine_fixture_make(const char *policy, const char *namespaces)
{
    struct err err;
    struct engine_fixture fixture = {.loaded = load_text(policy), .namespaces = namespaces_text(namespaces)};
    if (engine_new(&fixture.engine, &err) < 0)
        fail_msg("engine: %s", err.text);
    engine_set_policies(fixture.engine, expect_set(&fixture.loaded));
    engine_set_namespaces(fixture.engine, fixture.namespaces);
    return fixture;
}

void engine_fixture_fini(struct engine_fixture *fixture)
{
    engine_free(fixture->engine);
    namespaces_unref(fixture->namespaces);
    policy_fixture_fini(&fixture->loaded);
}

char *review_text_of(const char *kind, const char *namespace_name, const char *object, const char *more)
{
    char *text = NULL;
    assert_true(asprintf(&text,
                         "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"request\":{"
                         "\"uid\":\"u\",\"kind\":{%s},\"namespace\":\"%s\",\"operation\":\"CREATE\",\"object\":%s%s}}",
                         kind, namespace_name, object, more) > 0);
    return text;
}

enum { DECIDED_MAX = 8192 };

void engine_fixture_decide(const struct engine_fixture *fixture, const char *name, const char *namespace_name,
                           const char *pod_text, struct buf *out)
{
    static const char program[] = "gpuslice: ";
    struct err err;
    AUTO(review) review = {0};
    AUTO(pod) pod = {0};
    AUTO(decision) decision = {0};
    AUTO(string) text = review_text_of(KIND_POD, namespace_name, pod_text, "");
    check_success(name, review_parse(&review, text, strlen(text), &err), &err);
    check_success(name, pod_init(&pod, review.object, &fixture->loaded.set->settings.gpu_names, &err), &err);
    const struct namespace_info *ns = namespaces_find(fixture->namespaces, namespace_name);
    assert_non_null(ns);
    const struct decision_input input = {fixture->loaded.set, ns, &review, &pod};
    check_success(name, decide(&routes[ROUTE_MUTATE], &input, &decision, &err), &err);

    buf_addf(out, "%s [%s]\n", outcome_name(decision.out.outcome), reason_name(decision.out.reason));
    if (decision.out.message[0])
        buf_addf(out, "%s\n", decision.out.message);
    for (size_t i = 0; i < decision.out.warnings.count; i++) {
        const char *warning = decision.out.warnings.text[i];
        bool begins = strncmp(warning, program, strlen(program)) == 0;
        buf_addf(out, "%s\n", warning + (begins ? strlen(program) : 0));
    }
}

void check_decided(const struct engine_fixture *fixture, const struct decided_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        AUTO(buf) lines;
        buf_init(&lines, DECIDED_MAX);
        engine_fixture_decide(fixture, rows[i].name, rows[i].namespace_name, rows[i].pod, &lines);
        check_text(rows[i].name, buf_text(&lines), rows[i].expected);
    }
}

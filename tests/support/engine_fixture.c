#include "tests/support/engine_fixture.h"

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

/* The annotation of LimitRanger. */
#include "pod/limit_ranger.h"
#include "tests/support/check.h"

TEST(limit_ranger_added__texts__only_what_it_lists)
{
    static const struct {
        const char *text, *name;
        enum container_kind kind;
        const char *resource;
        bool added;
    } rows[] = {
        {"nvidia.com/gpu request for container a", "a", CONTAINER_MAIN, "nvidia.com/gpu", true},
        {"nvidia.com/gpu limit for container a", "a", CONTAINER_MAIN, "nvidia.com/gpu", true},
        {"cpu, memory, nvidia.com/gpu request for container a", "a", CONTAINER_MAIN, "nvidia.com/gpu", true},
        {"cpu request for container b; cpu, nvidia.com/gpu limit for container a", "a", CONTAINER_MAIN,
         "nvidia.com/gpu", true},
        {"nvidia.com/gpu request for init container a", "a", CONTAINER_INIT, "nvidia.com/gpu", true},
        {"nvidia.com/gpu request for init container a", "a", CONTAINER_SIDECAR, "nvidia.com/gpu", true},
        {"nvidia.com/gpu request for init container a", "a", CONTAINER_MAIN, "nvidia.com/gpu", false},
        {"nvidia.com/gpu request for container a", "a", CONTAINER_INIT, "nvidia.com/gpu", false},
        {"nvidia.com/gpu request for container aa", "a", CONTAINER_MAIN, "nvidia.com/gpu", false},
        {"nvidia.com/gpu request for container b", "a", CONTAINER_MAIN, "nvidia.com/gpu", false},
        {"nvidia.com/gpu.shared request for container a", "a", CONTAINER_MAIN, "nvidia.com/gpu", false},
        {"cpu request for container a; nvidia.com/gpu request for container b", "a", CONTAINER_MAIN, "nvidia.com/gpu",
         false},
        {"nvidia.com/gpu for container a", "a", CONTAINER_MAIN, "nvidia.com/gpu", false},
        {"; ;; request for container a", "a", CONTAINER_MAIN, "nvidia.com/gpu", false},
        {"", "a", CONTAINER_MAIN, "nvidia.com/gpu", false},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const struct container container = {.name = rows[i].name, .kind = rows[i].kind};
        if (limit_ranger_added(rows[i].text, &container, rows[i].resource) != rows[i].added)
            fail_msg("row %zu: %s", i, rows[i].text);
    }
}

TEST(limit_ranger_text__annotations__only_those_of_the_plugin)
{
    static const struct {
        const char *annotation, *expected;
    } rows[] = {
        {"LimitRanger plugin set: cpu request for container a", "cpu request for container a"},
        {"LimitRanger plugin set", NULL},
        {"cpu request for container a", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct err err;
        AUTO(cjson) object = cJSON_Parse("{\"metadata\":{\"annotations\":{}},\"spec\":{\"containers\":[]}}");
        cJSON *annotations = cjson_find(object, PATH("metadata", "annotations"));
        AUTO(pod) pod = {0};
        assert_non_null(cJSON_AddStringToObject(annotations, "kubernetes.io/limit-ranger", rows[i].annotation));
        check_success("pod", pod_init(&pod, object, NULL, &err), &err);
        const char *text = limit_ranger_text(&pod);
        check_text(rows[i].annotation, text ? text : "none", rows[i].expected ? rows[i].expected : "none");
    }
}

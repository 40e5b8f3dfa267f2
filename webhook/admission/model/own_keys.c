/* Finds misplaced keys. Depends on neither policies nor decisions. */
#include "admission/model/own_keys.h"

#include "base/text.h"
#include "json/find.h"

#include <string.h>

/* Looks for what was meant only while there is room: an author can write thousands of such keys. */
static void warn_of_key(const struct own_key_use *use, struct warnings *warnings)
{
    char text[OWN_KEY_TEXT_SIZE];
    if (warnings->count < WARNINGS_MAX && own_key_fault(use, text))
        warnings_add(warnings, "%s", text);
}

static void warn_of_map(const cJSON *map, struct own_key_use use, struct warnings *warnings)
{
    const cJSON *entry;
    cJSON_ArrayForEach(entry, map) {
        if (!own_key_is(entry->string) || !cJSON_IsString(entry))
            continue;
        use.key = entry->string;
        use.value = entry->valuestring;
        warn_of_key(&use, warnings);
    }
}

void own_keys_warn(const cJSON *metadata, enum key_object object, const char *who, struct warnings *warnings)
{
    struct own_key_use use = {.object = object, .place = KEY_IS_LABEL, .who = who};
    warn_of_map(cjson_find(metadata, PATH("labels")), use, warnings);
    use.place = KEY_IS_ANNOTATION;
    warn_of_map(cjson_find(metadata, PATH("annotations")), use, warnings);
}

static void warn_of_keyvalues(const struct keyvalues *map, enum key_place place, struct warnings *warnings)
{
    for (size_t i = 0; i < map->count; i++) {
        if (own_key_is(map->items[i].key))
            warn_of_key(
                &(struct own_key_use){KEY_OF_NAMESPACE, place, "namespace", map->items[i].key, map->items[i].value},
                warnings);
    }
}

void own_keys_warn_namespace(const struct namespace_info *ns, struct warnings *warnings)
{
    warn_of_keyvalues(&ns->labels, KEY_IS_LABEL, warnings);
    warn_of_keyvalues(&ns->annotations, KEY_IS_ANNOTATION, warnings);
}

/* True if the selector names a label that gpuslice writes: a LabelSelector, or a map as in a ReplicationController. */
static bool selector_names_ours(const cJSON *selector)
{
    const cJSON *expressions = cjson_find(selector, PATH("matchExpressions"));
    const cJSON *labels = cjson_find(selector, PATH("matchLabels"));
    const cJSON *expression;

    cJSON_ArrayForEach(expression, expressions) {
        const char *key = cjson_text(expression, "key");
        if (key && strcmp(key, LABEL_CLASS) == 0)
            return true;
    }

    return cjson_find(expressions || labels ? labels : selector, PATH(LABEL_CLASS)) != NULL;
}

/* The templates of Jobs in a CronJob and in a JobSet: their metadata goes to the Jobs, not to the pods. */
static void warn_of_job_templates(const cJSON *workload, struct warnings *warnings)
{
    static const char who[] = "job template";
    const cJSON *replicated;
    own_keys_warn(cjson_find(workload, PATH("spec", "jobTemplate", "metadata")), KEY_OF_WORKLOAD, who, warnings);
    cJSON_ArrayForEach(replicated, cjson_find(workload, PATH("spec", "replicatedJobs")))
        own_keys_warn(cjson_find(replicated, PATH("template", "metadata")), KEY_OF_WORKLOAD, who, warnings);
}

void workload_warn(const cJSON *workload, const char *kind, bool carries, struct warnings *warnings)
{
    if (!carries) {
        own_keys_warn(cjson_find(workload, PATH("metadata")), KEY_OF_WORKLOAD, kind, warnings);
        warn_of_job_templates(workload, warnings);
    }
    if (selector_names_ours(cjson_find(workload, PATH("spec", "selector"))))
        warnings_add(warnings, "%.30s selector: remove %s, which gpuslice writes: pods may stop matching", kind,
                     LABEL_CLASS);
}

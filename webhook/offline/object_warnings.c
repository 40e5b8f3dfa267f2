/* Warns about objects that are not pods themselves. */
#include "admission/model/own_keys.h"
#include "core/kind.h"
#include "json/find.h"
#include "offline/subjects.h"

int object_warn(const struct manifest *manifest, const struct subject *subject, struct warnings *warnings,
                struct err *err)
{
    const bool is_namespace = kind_is(NAMESPACE_KIND, manifest->api_version, manifest->kind);
    const struct workload *workload = subject->workload;
    if (!is_namespace && subject->form != SUBJECT_TEMPLATE && subject->form != SUBJECT_UNJUDGED)
        return 0;

    AUTO(string) text = json_dumps(subject->object, JSON_COMPACT);
    AUTO(cjson) object = text ? cJSON_Parse(text) : NULL;
    if (!object)
        return err_nomem(err);

    if (is_namespace)
        own_keys_warn(cjson_find(object, PATH("metadata")), KEY_OF_NAMESPACE, "namespace", warnings);
    else
        workload_warn(object, manifest->kind, !workload || (workload->flags & WORKLOAD_CARRIES), warnings);
    return 0;
}

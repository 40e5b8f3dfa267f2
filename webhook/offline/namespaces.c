/* Finds namespaces in a snapshot; without one, makes a namespace for each name. */
#include "offline/namespaces.h"

#include "core/names.h"

#include <string.h>

static void release(void *namespaces)
{
    namespaces_unref(namespaces);
}

static int find_assumed(void *context, const char *name, int64_t deadline_ns, struct namespace_ref *ret_ref,
                        struct err *err)
{
    (void)context;
    (void)deadline_ns;
    AUTO(namespaces) assumed = namespaces_new(1);
    if (!assumed)
        return err_nomem(err);

    struct namespace_info *info = &assumed->items[0];
    assumed->count = 1;
    info->name = strdup(name);
    if (!info->name)
        return err_nomem(err);
    if (keyvalues_set(&info->labels, LABEL_INJECT, "enabled", err) < 0)
        return -1;

    *ret_ref = (struct namespace_ref){.info = info, .held = TAKE(assumed), .release = release};
    return 0;
}

static int find_given(void *context, const char *name, int64_t deadline_ns, struct namespace_ref *ret_ref,
                      struct err *err)
{
    (void)deadline_ns;
    const struct namespace_info *info = namespaces_find(context, name);
    if (!info)
        return err_set(err, ERR_UNAVAILABLE, "namespace \"%.100s\" is not known", name);
    *ret_ref = (struct namespace_ref){.info = info};
    return 0;
}

struct namespace_source offline_namespaces(struct namespaces *namespaces)
{
    if (!namespaces)
        return (struct namespace_source){.find = find_assumed};
    return (struct namespace_source){.find = find_given, .context = namespaces};
}

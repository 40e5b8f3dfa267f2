/* Builds snapshots like those that namespaces_load() reads from a file. */
#include "offline/namespaces.h"

#include "core/names.h"

#include <string.h>

/* Makes a snapshot of one namespace. */
static int assume_namespace(const char *name, struct namespaces **ret_namespaces, struct err *err)
{
    AUTO(namespaces) namespaces = namespaces_new(1);
    if (!namespaces)
        return err_nomem(err);

    namespaces->count = 1;
    namespaces->items[0].name = strdup(name);
    if (!namespaces->items[0].name)
        return err_nomem(err);
    if (keyvalues_set(&namespaces->items[0].labels, LABEL_INJECT, "enabled", err) < 0)
        return -1;

    *ret_namespaces = TAKE(namespaces);
    return 0;
}

static void release(void *namespaces)
{
    namespaces_unref(namespaces);
}

static int find_assumed(void *context, const char *name, int64_t deadline_ns, struct namespace_ref *ret_ref,
                        struct err *err)
{
    (void)context;
    (void)deadline_ns;
    struct namespaces *assumed;
    if (assume_namespace(name, &assumed, err) < 0)
        return -1;
    *ret_ref = (struct namespace_ref){.info = &assumed->items[0], .held = assumed, .release = release};
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

/* Builds the snapshot by hand, as namespaces_load() would from a file. */
#include "offline/assumed_namespaces.h"

#include "admission/names.h"

#include <string.h>

int assumed_namespaces_new(const char *name, struct namespaces **ret_namespaces, struct err *err)
{
    struct namespaces *bare = calloc(1, sizeof(*bare));
    if (!bare)
        return err_nomem(err);
    refs_init(&bare->refs);
    AUTO(namespaces) namespaces = bare;
    namespaces->items = calloc(1, sizeof(*namespaces->items));
    if (!namespaces->items)
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

/* Compares kinds. */
#include "core/kind.h"

#include <string.h>

bool api_version_in(const char *api_version, const char *group)
{
    size_t length = strlen(group);
    if (length == 0)
        return *api_version && !strchr(api_version, '/');
    return strncmp(api_version, group, length) == 0 && api_version[length] == '/';
}

bool kind_same(struct kind a, struct kind b)
{
    return strcmp(a.group, b.group) == 0 && strcmp(a.name, b.name) == 0;
}

bool kind_is(struct kind kind, const char *api_version, const char *name)
{
    return strcmp(name, kind.name) == 0 && api_version_in(api_version, kind.group);
}

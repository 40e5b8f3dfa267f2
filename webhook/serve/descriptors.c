/* Shares of RLIMIT_NOFILE. */
#include "serve/descriptors.h"

#include <limits.h>
#include <sys/resource.h>

enum { WHOLE = 16 };

unsigned descriptors_for(enum descriptors_use use)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) < 0 || files.rlim_cur / WHOLE >= UINT_MAX / WHOLE)
        return UINT_MAX;
    return (unsigned)(files.rlim_cur / WHOLE) * (unsigned)use;
}

/* Reads the metrics of this process from /proc (proc(5)) and getrlimit(2). */
#include "serve/process.h"

#include "base/file.h"
#include "base/units.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { PROC_TEXT_MAX = MIB };

/* Fields of /proc/self/stat, counted from 1 as proc(5) does. */
enum stat_field { STAT_STATE = 3, STAT_UTIME = 14, STAT_STIME = 15, STAT_START = 22, STAT_VSIZE = 23, STAT_RSS = 24 };

static bool proc_read(const char *path, struct buf *text)
{
    struct err err;
    return file_read(path, text, &err) == 0;
}

/* Returns a field, or NaN if it cannot be read. The command's name, field 2, may contain blanks and parentheses, so
 * counting begins after the last parenthesis. */
static double stat_number(enum stat_field field)
{
    AUTO(buf) text;
    buf_init(&text, PROC_TEXT_MAX);
    const char *at = proc_read("/proc/self/stat", &text) ? strrchr(buf_text(&text), ')') : NULL;
    for (int i = STAT_STATE; at && i <= (int)field; i++) {
        at = strchr(at, ' ');
        at = at ? at + 1 : NULL;
    }
    return at ? strtod(at, NULL) : NAN;
}

static double ticks_per_second(void)
{
    return (double)sysconf(_SC_CLK_TCK);
}

double process_cpu_seconds(void *context)
{
    (void)context;
    return (stat_number(STAT_UTIME) + stat_number(STAT_STIME)) / ticks_per_second();
}

/* The kernel reports the start in ticks since boot, and the time of boot in the line "btime". */
double process_start_time(void *context)
{
    (void)context;
    static const char name[] = "\nbtime ";
    AUTO(buf) text;
    buf_init(&text, PROC_TEXT_MAX);
    const char *line = proc_read("/proc/stat", &text) ? strstr(buf_text(&text), name) : NULL;
    return line ? strtod(line + sizeof(name) - 1, NULL) + stat_number(STAT_START) / ticks_per_second() : NAN;
}

double process_virtual_memory(void *context)
{
    (void)context;
    return stat_number(STAT_VSIZE);
}

double process_resident_memory(void *context)
{
    (void)context;
    return stat_number(STAT_RSS) * (double)sysconf(_SC_PAGESIZE);
}

static double resource_limit(__rlimit_resource_t resource)
{
    struct rlimit limit;
    if (getrlimit(resource, &limit) < 0)
        return NAN;
    return limit.rlim_cur == RLIM_INFINITY ? INFINITY : (double)limit.rlim_cur;
}

double process_virtual_memory_max(void *context)
{
    (void)context;
    return resource_limit(RLIMIT_AS);
}

double process_max_fds(void *context)
{
    (void)context;
    return resource_limit(RLIMIT_NOFILE);
}

double process_open_fds(void *context)
{
    (void)context;
    AUTO(dir) directory = opendir("/proc/self/fd");
    double count = 0;
    if (!directory)
        return NAN;
    for (const struct dirent *entry = readdir(directory); entry; entry = readdir(directory))
        count += entry->d_name[0] != '.';
    return count - 1; /* without the descriptor that lists them */
}

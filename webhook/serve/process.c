/* Reads the metrics of this process from /proc (proc(5)). */
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

/* Sets *ret_number to a field; returns false if there is no such field. The command's name, field 2, may contain blanks
 * and parentheses, so counting begins after the last parenthesis. */
static bool stat_number(enum stat_field field, double *ret_number)
{
    AUTO(buf) text;
    buf_init(&text, PROC_TEXT_MAX);
    if (!proc_read("/proc/self/stat", &text))
        return false;

    const char *at = strrchr(buf_text(&text), ')');
    for (int i = STAT_STATE; at && i <= (int)field; i++) {
        at = strchr(at, ' ');
        at = at ? at + 1 : NULL;
    }

    if (!at)
        return false;

    *ret_number = strtod(at, NULL);
    return true;
}

static double ticks_per_second(void)
{
    return (double)sysconf(_SC_CLK_TCK);
}

void process_cpu_seconds(void *context, struct metric_page *page)
{
    (void)context;
    double user;
    double system;
    if (stat_number(STAT_UTIME, &user) && stat_number(STAT_STIME, &system))
        metric_sample(page, METRIC_NO_LABELS, (user + system) / ticks_per_second());
}

/* The kernel reports the start in ticks since boot, and the time of boot in the line "btime". */
void process_start_time(void *context, struct metric_page *page)
{
    (void)context;
    static const char name[] = "\nbtime ";
    double start;
    AUTO(buf) text;
    buf_init(&text, PROC_TEXT_MAX);
    if (!stat_number(STAT_START, &start) || !proc_read("/proc/stat", &text))
        return;
    const char *line = strstr(buf_text(&text), name);
    if (line)
        metric_sample(page, METRIC_NO_LABELS, strtod(line + sizeof(name) - 1, NULL) + start / ticks_per_second());
}

void process_virtual_memory(void *context, struct metric_page *page)
{
    (void)context;
    double bytes;
    if (stat_number(STAT_VSIZE, &bytes))
        metric_sample(page, METRIC_NO_LABELS, bytes);
}

void process_resident_memory(void *context, struct metric_page *page)
{
    (void)context;
    double pages;
    if (stat_number(STAT_RSS, &pages))
        metric_sample(page, METRIC_NO_LABELS, pages * (double)sysconf(_SC_PAGESIZE));
}

static void sample_limit(struct metric_page *page, int resource)
{
    struct rlimit limit;
    if (getrlimit((__rlimit_resource_t)resource, &limit) == 0)
        metric_sample(page, METRIC_NO_LABELS, limit.rlim_cur == RLIM_INFINITY ? INFINITY : (double)limit.rlim_cur);
}

void process_virtual_memory_max(void *context, struct metric_page *page)
{
    (void)context;
    sample_limit(page, RLIMIT_AS);
}

void process_max_fds(void *context, struct metric_page *page)
{
    (void)context;
    sample_limit(page, RLIMIT_NOFILE);
}

void process_open_fds(void *context, struct metric_page *page)
{
    (void)context;
    AUTO(dir) directory = opendir("/proc/self/fd");
    const struct dirent *entry;
    double count = 0;
    if (!directory)
        return;
    while ((entry = readdir(directory)))
        count += entry->d_name[0] != '.';
    metric_sample(page, METRIC_NO_LABELS, count - 1); /* without the descriptor that lists them */
}

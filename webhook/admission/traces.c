/* Searches raw JSON for names. Depends on how API servers (Go's encoding/json) write strings, not on pods. */
#include "admission/traces.h"

#include "base/cleanup.h"
#include "core/names.h"
#include "nvidia/names.h"

#include <string.h>

#define TRACE(before, after)                                       \
    {                                                              \
        before after, sizeof(before after) - 1, sizeof(before) - 1 \
    }

static const struct trace always[] = {
    TRACE(NVIDIA_GROUP, "/"),
    TRACE("deviceclass.resource.kubernetes.io", "/"),
    TRACE("resource", "Claims"),
    TRACE(OWN_GROUP, "/"),
};

/* The bytes at which the search stops: the slash in every resource and every key of ours, the capital letter of
 * resourceClaims, and the backslash. All other bytes are skipped quickly. */
static const bool noticed[256] = {['/'] = true, ['C'] = true, ['\\'] = true};

struct search {
    const char *text, *end;
};

struct trace trace_of(const char *name)
{
    return (struct trace){name, strlen(name), strcspn(name, "/")};
}

/* True if the text has the name where the search stopped, with its byte `notice` at `at`. The byte before that and the
 * first one are compared first, which rules out most other texts. */
static bool trace_matches(const struct search *search, const char *at, const struct trace *trace)
{
    if ((size_t)(at - search->text) < trace->notice || at[-1] != trace->name[trace->notice - 1])
        return false;
    const char *begin = at - trace->notice;
    return *begin == *trace->name && (size_t)(search->end - begin) >= trace->length &&
           memcmp(begin, trace->name, trace->length) == 0;
}

static bool is_listed(const struct search *search, const char *at, const struct trace list[], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (trace_matches(search, at, &list[i]))
            return true;
    }
    return false;
}

/* Returns the length of the escape at `at`, or 0 if no API server writes it: \/, \u00XX of a printable character other
 * than < > &, and a backslash at the end of the text. */
static size_t usual_escape(const struct search *search, const char *at)
{
    static const char *const usual[] = {"3c", "3e", "26"};
    if (search->end - at < 2 || at[1] == '/')
        return 0;
    if (at[1] != 'u' || search->end - at < 6)
        return 2;
    if (at[2] != '0' || at[3] != '0' || at[4] < '2' || at[4] > '7')
        return 6;
    for (size_t i = 0; i < ARRAY_SIZE(usual); i++) {
        if (memcmp(at + 4, usual[i], 2) == 0)
            return 6;
    }
    return memcmp(at + 4, "7f", 2) == 0 ? 6 : 0;
}

bool traces_of_gpu(const char *text, size_t length, const struct trace more[], size_t more_count)
{
    const struct search search = {text, text + length};
    const char *at = text;
    while (at < search.end) {
        if (!noticed[(unsigned char)*at]) {
            at++;
            continue;
        }
        size_t step = *at == '\\' ? usual_escape(&search, at) : 1;
        if (step == 0)
            return true;
        if (step == 1 &&
            (is_listed(&search, at, always, ARRAY_SIZE(always)) || is_listed(&search, at, more, more_count)))
            return true;
        at += step;
    }

    return false;
}

/* Functions with libcurl's names that forward to the library once it is loaded. Does not depend on their use. */
#include "kube/curl_library.h"

#include "base/lock.h"

/* To check types, libcurl's header defines macros with the names of functions that are defined here. In all other files
 * the checks stay enabled. */
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#include <dlfcn.h>
#include <stdarg.h>
#include <stdbool.h>

/* The value of an option is a long, a pointer or a curl_off_t: these have the same size and are passed the same way on
 * all supported platforms. */
_Static_assert(sizeof(long) == sizeof(void *) && sizeof(curl_off_t) == sizeof(void *), "a data model other than LP64");

/* curl_url_get() takes a const handle in newer headers (after 7.88). */
typedef __typeof__(_Generic(&curl_url_get, CURLUcode (*)(CURLU *, CURLUPart, char **, unsigned)
                            : (CURLU *)NULL, default
                            : (const CURLU *)NULL)) url_read;

/* result, name, parameters, arguments */
#define FUNCTIONS(F)                                                                                                  \
    F(CURLcode, curl_global_init, (long flags), (flags))                                                              \
    F(time_t, curl_getdate, (const char *text, const time_t *unused), (text, unused))                                 \
    F(CURL *, curl_easy_init, (void), ())                                                                             \
    F(const char *, curl_easy_strerror, (CURLcode code), (code))                                                      \
    F(CURLM *, curl_multi_init, (void), ())                                                                           \
    F(CURLMcode, curl_multi_add_handle, (CURLM * multi, CURL * easy), (multi, easy))                                  \
    F(CURLMcode, curl_multi_remove_handle, (CURLM * multi, CURL * easy), (multi, easy))                               \
    F(CURLMcode, curl_multi_perform, (CURLM * multi, int *running), (multi, running))                                 \
    F(CURLMcode, curl_multi_poll, (CURLM * multi, struct curl_waitfd * fds, unsigned count, int ms, int *ready),      \
      (multi, fds, count, ms, ready))                                                                                 \
    F(CURLMsg *, curl_multi_info_read, (CURLM * multi, int *left), (multi, left))                                     \
    F(CURLMcode, curl_multi_cleanup, (CURLM * multi), (multi))                                                        \
    F(struct curl_slist *, curl_slist_append, (struct curl_slist * list, const char *text), (list, text))             \
    F(CURLU *, curl_url, (void), ())                                                                                  \
    F(CURLUcode, curl_url_get, (url_read url, CURLUPart part, char **text, unsigned flags), (url, part, text, flags)) \
    F(CURLUcode, curl_url_set, (CURLU * url, CURLUPart part, const char *text, unsigned flags),                       \
      (url, part, text, flags))

/* The same for functions without a result. */
#define PROCEDURES(F)                                          \
    F(curl_global_cleanup, (void), ())                         \
    F(curl_easy_cleanup, (CURL * easy), (easy))                \
    F(curl_easy_reset, (CURL * easy), (easy))                  \
    F(curl_slist_free_all, (struct curl_slist * list), (list)) \
    F(curl_free, (void *text), (text))                         \
    F(curl_url_cleanup, (CURLU * url), (url))

#define FUNCTION_POINTER(result, name, parameters, arguments) result(*name) parameters;
#define PROCEDURE_POINTER(name, parameters, arguments)        void(*name) parameters;

static struct {
    FUNCTIONS(FUNCTION_POINTER)
    PROCEDURES(PROCEDURE_POINTER)
    CURLcode (*curl_easy_setopt)(CURL *easy, CURLoption option, ...);
    CURLcode (*curl_easy_getinfo)(CURL *easy, CURLINFO info, ...);
} loaded;

#define FUNCTION_FORWARD(result, name, parameters, arguments) \
    result name parameters                                    \
    {                                                         \
        return loaded.name arguments;                         \
    }
#define PROCEDURE_FORWARD(name, parameters, arguments) \
    void name parameters                               \
    {                                                  \
        loaded.name arguments;                         \
    }
FUNCTIONS(FUNCTION_FORWARD)
PROCEDURES(PROCEDURE_FORWARD)

CURLcode curl_easy_setopt(CURL *easy, CURLoption option, ...)
{
    va_list values;
    va_start(values, option);
    void *value = va_arg(values, void *);
    va_end(values);
    return loaded.curl_easy_setopt(easy, option, value);
}

CURLcode curl_easy_getinfo(CURL *easy, CURLINFO info, ...)
{
    va_list values;
    va_start(values, info);
    void *value = va_arg(values, void *);
    va_end(values);
    return loaded.curl_easy_getinfo(easy, info, value);
}

#define FUNCTION_ENTRY(result, name, parameters, arguments) {#name, (void **)&loaded.name},
#define PROCEDURE_ENTRY(name, parameters, arguments)        {#name, (void **)&loaded.name},

static const struct {
    const char *name;
    void **target; /* POSIX lets dlsym() return functions as void pointers */
} symbols[] = {FUNCTIONS(FUNCTION_ENTRY)
                   PROCEDURES(PROCEDURE_ENTRY){"curl_easy_setopt", (void **)&loaded.curl_easy_setopt},
               {"curl_easy_getinfo", (void **)&loaded.curl_easy_getinfo}};

static int load_curl_symbols(const char *name, struct err *err)
{
    void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL); /* for the life of the process */
    if (!library)
        return err_set(err, ERR_NOT_FOUND, "an API server can only be reached through libcurl (Debian: libcurl4): %s",
                       dlerror());
    for (size_t i = 0; i < ARRAY_SIZE(symbols); i++) {
        *symbols[i].target = dlsym(library, symbols[i].name);
        if (!*symbols[i].target)
            return err_set(err, ERR_INVALID, "%s: too old, it has no %s", name, symbols[i].name);
    }
    return 0;
}

int curl_library_load(const char *name, struct err *err)
{
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    static bool done; /* guarded by the mutex; stays false after a failure, whose cause may be gone at the next call */
    AUTO(lock) held = lock_take(&mutex);
    done = done || load_curl_symbols(name, err) == 0;
    return done ? 0 : -1;
}

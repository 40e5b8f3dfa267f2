/* One allocation fails in each run of a call, which must then succeed with its full result or fail with ERR_NOMEM,
 * never with a complaint about the input. The allocator of this program replaces libc's, for libraries too. */
#include "tests/support/check.h"

#include "base/file.h"
#include "certs/issue.h"
#include "certs/load.h"
#include "certs/store.h"
#include "gpu/table.h"
#include "json/read.h"
#include "json/yaml_read.h"
#include "json/yaml_write.h"
#include "kube/kubeconfig.h"
#include "kube/namespace_event.h"
#include "render/render.h"
#include "serve/tls.h"
#include "tests/support/temp_dir.h"

#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROUNDS_MAX = 100000, ALL_UP_TO = 300 };

static _Thread_local long left; /* the number of the allocation that fails, counted down; 0 for none */
static _Thread_local bool failed;

#if !SANITIZED
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);

static bool fails(void)
{
    if (left == 0 || --left > 0)
        return false;
    failed = true;
    errno = ENOMEM;
    return true;
}

void *malloc(size_t size)
{
    return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return fails() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
    return fails() ? NULL : __libc_realloc(memory, size);
}
#endif

/* GMP, with which GnuTLS computes, ends the program if an allocation fails (GMP 6.2, section 13). So those of GMP never
 * fail in the test of tls_new(). */
static void *gmp_realloc(void *memory, size_t old, size_t size)
{
    (void)old;
#if !SANITIZED
    return __libc_realloc(memory, size);
#else
    return realloc(memory, size);
#endif
}

static void *gmp_alloc(size_t size)
{
    return gmp_realloc(NULL, 0, size);
}

static void gmp_free(void *memory, size_t size)
{
    (void)size;
    free(memory);
}

static void spare_gmp(void)
{
    typedef void set_function(void *(*)(size_t), void *(*)(void *, size_t, size_t), void (*)(void *, size_t));
    union {
        void *symbol;
        set_function *call;
    } set = {.symbol = dlsym(RTLD_DEFAULT, "__gmp_set_memory_functions")};
    if (set.symbol)
        set.call(gmp_alloc, gmp_realloc, gmp_free);
}

/* -- The calls that are tried -- */

struct fixture {
    struct gpu_table *gpus;
    struct policy_set *policies;
    struct cert_pem ca, leaf;
    struct cert_store store;
    char *config_path; /* a kubeconfig */
};

typedef int attempt(const struct fixture *fixture, struct err *err);

static const char event_text[] =
    JSON({"type":"ADDED",
          "object":{"kind":"Namespace",
           "metadata":{"name":"ml","resourceVersion":"7",
            "labels":{"a":"\u00e4 longer than what a token's buffer has at first","b":"c"},"n":[1,2.5,true]}}});

static int try_json(const struct fixture *fixture, struct err *err)
{
    (void)fixture;
    AUTO(json) value = NULL;
    json_error_t fault;
    return json_read(event_text, strlen(event_text), &value, &fault, err);
}

static int try_gpu_table(const struct fixture *fixture, struct err *err)
{
    (void)fixture;
    AUTO(gpu_table) table = NULL;
    return gpu_table_load(&table, err);
}

static int try_render(const struct fixture *fixture, struct err *err)
{
    const struct render_options options = {
        .directory = "policies", .cluster = "c", .guard = RENDER_GUARD_FULL, .quota = true, .dra = true};
    static size_t whole; /* bytes of all files, as the first attempt rendered them, in which no allocation fails */
    size_t bytes = 0;
    AUTO(render_files) files = {0};
    AUTO(problems) problems = {0};
    if (render(fixture->policies, &options, &files, &problems, err) < 0)
        return -1;
    for (size_t i = 0; i < files.count; i++)
        bytes += strlen(files.items[i].text);
    whole = whole ? whole : bytes;
    return bytes == whole ? 0 : err_set(err, ERR_INTERNAL, "rendered %zu bytes of %zu", bytes, whole);
}

static int try_watch_event(const struct fixture *fixture, struct err *err)
{
    (void)fixture;
    AUTO(json) document = NULL;
    struct namespace_event event;
    return namespace_event_parse(event_text, strlen(event_text), &document, &event, err);
}

static int try_yaml(const struct fixture *fixture, struct err *err)
{
    (void)fixture;
    static const char text[] =
        "# a comment\na: &x [1, {b: 'c d'}, \"e\\n\"]\nf:\n  - |\n    block\n    text\n  - *x\n---\n"
        "plain: on two\n  lines\n";
    AUTO(problems) problems = {0};
    AUTO(yaml_documents) documents = {0};
    return yaml_read("f.yaml", text, strlen(text), YAML_ALIASES, &documents, &problems, err);
}

static int try_yaml_write(const struct fixture *fixture, struct err *err)
{
    (void)fixture;
    AUTO(buf) out;
    buf_init(&out, 10000);
    long kept = left; /* no allocation of json_loads() shall fail */
    left = 0;
    AUTO(json) value = json_loads(event_text, 0, NULL);
    left = kept;
    return yaml_write(value, &out, err);
}

static int try_kubeconfig(const struct fixture *fixture, struct err *err)
{
    AUTO(problems) problems = {0};
    AUTO(access) access = {0};
    return kubeconfig_load(fixture->config_path, &access, &problems, err);
}

static int try_check(const struct fixture *fixture, struct err *err)
{
    struct cert_facts facts;
    if (cert_check(&fixture->leaf, "gpuslice.system.svc", 0, &facts, err) < 0)
        return -1;
    return facts.is_ca ? err_set(err, ERR_INTERNAL, "a leaf was taken for a CA") : 0;
}

static int try_facts(const struct fixture *fixture, struct err *err)
{
    struct cert_facts *list = NULL;
    size_t count = 0;
    if (cert_facts_list(fixture->ca.cert, "ca", &list, &count, err) < 0)
        return -1;
    bool is_ca = list[0].is_ca;
    free(list);
    return is_ca ? 0 : err_set(err, ERR_INTERNAL, "a CA was not recognised");
}

static int try_hosts(const struct fixture *fixture, struct err *err)
{
    AUTO(strlist) hosts = {0};
    if (cert_hosts(fixture->leaf.cert, "leaf", &hosts, err) < 0)
        return -1;
    return hosts.count == 1 ? 0 : err_set(err, ERR_INTERNAL, "%zu hosts were found", hosts.count);
}

static int try_store(const struct fixture *fixture, struct err *err)
{
    struct cert_store_facts facts;
    return cert_store_check(&fixture->store, &facts, err);
}

static const char *const hosts[] = {"gpuslice.system.svc"};

static int try_issue_ca(const struct fixture *fixture, struct err *err)
{
    (void)fixture;
    AUTO(cert_pem) pem = {0};
    return cert_issue_ca(&(struct cert_request){.name = "gpuslice", .lifetime = 864000}, &pem, err);
}

static int try_issue_leaf(const struct fixture *fixture, struct err *err)
{
    AUTO(cert_pem) pem = {0};
    return cert_issue_leaf(&fixture->ca,
                           &(struct cert_request){.name = "gpuslice",
                                                  .hosts = hosts,
                                                  .host_count = ARRAY_SIZE(hosts),
                                                  .lifetime = 86400,
                                                  .usage = CERT_SERVER},
                           &pem, err);
}

static int try_tls(const struct fixture *fixture, struct err *err)
{
    AUTO(tls) tls = NULL;
    return tls_new(&(const struct tls_material){.cert_pem = fixture->leaf.cert,
                                                .key_pem = fixture->leaf.key,
                                                .client_ca_pem = fixture->ca.cert},
                   &tls, err);
}

static const struct {
    const char *name;
    attempt *attempt;
} attempts[] = {
    {"json_read", try_json},         {"gpu_table_load", try_gpu_table}, {"namespace_event_parse", try_watch_event},
    {"yaml_read", try_yaml},         {"yaml_write", try_yaml_write},    {"kubeconfig_load", try_kubeconfig},
    {"cert_check", try_check},       {"cert_facts_list", try_facts},    {"cert_hosts", try_hosts},
    {"cert_store_check", try_store}, {"cert_issue_ca", try_issue_ca},   {"cert_issue_leaf", try_issue_leaf},
    {"render", try_render},
};

static void set_store(struct cert_store *store, enum cert_store_key key, const char *text)
{
    struct err err;
    check_success("store", cert_store_set(store, key, text, &err), &err);
}

static void make_world(const char *folder, struct fixture *fixture)
{
    struct err err;
    AUTO(problems) problems = {0};
    check_success("gpus", gpu_table_load(&fixture->gpus, &err), &err);
    check_success("policies", policy_set_load("policies", fixture->gpus, &fixture->policies, &problems, &err), &err);
    check_success(
        "ca", cert_issue_ca(&(struct cert_request){.name = "gpuslice", .lifetime = 864000}, &fixture->ca, &err), &err);
    check_success("leaf",
                  cert_issue_leaf(&fixture->ca,
                                  &(struct cert_request){.name = "gpuslice",
                                                         .hosts = hosts,
                                                         .host_count = ARRAY_SIZE(hosts),
                                                         .lifetime = 86400,
                                                         .usage = CERT_SERVER},
                                  &fixture->leaf, &err),
                  &err);
    set_store(&fixture->store, STORE_CA, fixture->ca.cert);
    set_store(&fixture->store, STORE_CA_KEY, fixture->ca.key);
    set_store(&fixture->store, STORE_CERT, fixture->leaf.cert);
    set_store(&fixture->store, STORE_KEY, fixture->leaf.key);
    temp_write(folder, "kube.yaml",
               "current-context: admin\ncontexts: [{name: admin, context: {cluster: here, user: me}}]\nclusters: "
               "[{name: here, cluster: {server: 'https://10.0.0.1:6443/'}}]\nusers: [{name: me, user: {token: t}}]\n");
    fixture->config_path = temp_path(folder, "kube.yaml");
}

static void free_world(struct fixture *fixture)
{
    cert_pem_fini(&fixture->ca);
    cert_pem_fini(&fixture->leaf);
    cert_store_fini(&fixture->store);
    free(fixture->config_path);
    policy_set_unref(fixture->policies);
    gpu_table_free(fixture->gpus);
}

static long next_round(long n)
{
    return n < ALL_UP_TO ? n + 1 : n + n / 32;
}

/* Repeats the attempt and lets allocation n fail: each n up to ALL_UP_TO, then steps of n / 32. Returns how many
 * attempts ended with another error than ERR_NOMEM. */
static size_t fail_each(size_t which, const struct fixture *fixture)
{
    size_t wrong = 0;
    for (long n = 1; n < ROUNDS_MAX; n = next_round(n)) {
        struct err err = {0};
        failed = false;
        left = n;
        int result = attempts[which].attempt(fixture, &err);
        left = 0;
        if (result < 0 && err.code != ERR_NOMEM && wrong++ < 5)
            print_error("%s, allocation %ld: %s\n", attempts[which].name, n, err.text);
        if (!failed) {
            print_message("%s: %ld allocations\n", attempts[which].name, n - 1);
            return wrong;
        }
    }
    fail_msg("%s: more than %d allocations", attempts[which].name, ROUNDS_MAX);
    return wrong;
}

TEST(calls__one_allocation_fails__is_reported_as_out_of_memory)
{
    AUTO(temp_dir) folder = temp_dir_new();
    struct fixture fixture = {0};
    make_world(folder, &fixture);
    size_t wrong = 0;
    for (size_t i = 0; i < ARRAY_SIZE(attempts); i++) {
        struct err err;
        check_success(attempts[i].name, attempts[i].attempt(&fixture, &err),
                      &err); /* loads what only the first call loads */
        if (!SANITIZED)      /* a sanitizer has its own allocator */
            wrong += fail_each(i, &fixture);
    }
    free_world(&fixture);
    assert_int_equal(wrong, 0);
}

enum child_end { REPORTED_RIGHT = 10, REPORTED_WRONG, NONE_FAILED };

static void be_child(long n, const struct fixture *fixture)
{
    struct err err = {0};
    (void)signal(SIGSEGV, SIG_DFL); /* cmocka catches it */
    left = n;
    int result = try_tls(fixture, &err);
    left = 0;
    if (result < 0 && err.code != ERR_NOMEM)
        print_error("tls_new, allocation %ld: %s\n", n, err.text);
    _exit(result < 0 && err.code != ERR_NOMEM ? REPORTED_WRONG : failed ? REPORTED_RIGHT : NONE_FAILED);
}

/* libtasn1 4.19, with which GnuTLS 3.7.9 reads keys and certificates, dereferences NULL after some failed allocations
 * (asn1_create_element). So each attempt has a process of its own, and one that a signal ends is not counted as a
 * fault. */
TEST(tls__allocation_fails__is_not_reported_as_a_bad_certificate)
{
    if (SANITIZED)
        skip();
    AUTO(temp_dir) folder = temp_dir_new();
    struct fixture fixture = {0};
    struct err err;
    make_world(folder, &fixture);
    spare_gmp();
    check_success("tls_new", try_tls(&fixture, &err), &err);
    size_t counts[NONE_FAILED + 1] = {0};
    for (long n = 1; n < ROUNDS_MAX && counts[NONE_FAILED] == 0; n = next_round(n)) {
        int status = 0;
        pid_t child = fork();
        if (child == 0)
            be_child(n, &fixture);
        assert_int_equal(waitpid(child, &status, 0), child);
        counts[WIFEXITED(status) ? WEXITSTATUS(status) : 0]++;
    }
    print_message("tls_new: %zu as out of memory, %zu ended within GnuTLS\n", counts[REPORTED_RIGHT], counts[0]);
    free_world(&fixture);
    assert_int_equal(counts[REPORTED_WRONG], 0);
    assert_int_equal(counts[NONE_FAILED], 1);
    assert_true(counts[REPORTED_RIGHT] > counts[0]);
}

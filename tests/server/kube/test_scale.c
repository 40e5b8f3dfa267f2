/* Many namespaces: the CPU time until all are known, and the memory for each. Prints the figures, and fails if those of
 * a build without sanitizers exceed a limit. */
#include "tests/support/kube_fixture.h"

#include <malloc.h>
#include <unistd.h>

enum { BATCH = 64 << 10, PAGE_ITEMS = 500 };

/* Adds metadata as clusters have them: four labels, an annotation of ours, another annotation, and managedFields, which
 * are about half of the text. */
static void add_metadata(struct buf *out, unsigned number)
{
    buf_addf(out,
             "\"metadata\":{\"name\":\"team-%06u-production\",\"uid\":\"9e55e994-8127-41b4-9780-%012u\","
             "\"resourceVersion\":\"%u\",\"creationTimestamp\":\"2026-11-23T03:05:18Z\",\"labels\":{"
             "\"gpuslice.dev/inject\":\"enabled\",\"kubernetes.io/metadata.name\":\"team-%06u-production\","
             "\"pod-security.kubernetes.io/enforce\":\"baseline\",\"team\":\"team-%06u\"},\"annotations\":{"
             "\"gpuslice.dev/class\":\"a100-1g5gb\",\"example.com/owner\":\"somebody@example.com\"},",
             number, number, number + 100, number, number);
    buf_add_string(
        out,
        "\"managedFields\":[{\"manager\":\"kubectl-create\",\"operation\":\"Update\",\"apiVersion\":\"v1\","
        "\"time\":\"2026-11-23T03:05:18Z\",\"fieldsType\":\"FieldsV1\",\"fieldsV1\":{\"f:metadata\":{"
        "\"f:annotations\":{\".\":{},\"f:gpuslice.dev/class\":{},\"f:example.com/owner\":{}},\"f:labels\":{\".\":{},"
        "\"f:gpuslice.dev/inject\":{},\"f:kubernetes.io/metadata.name\":{},"
        "\"f:pod-security.kubernetes.io/enforce\":{},\"f:team\":{}}}}}]}");
}

static unsigned wanted; /* number of namespaces that the server reports; set before it starts */

static void write_events(struct fake_call *call)
{
    AUTO(buf) text;
    buf_init(&text, 2 * BATCH);
    for (unsigned i = 0; i < wanted; i++) {
        buf_add_string(&text, "{\"type\":\"ADDED\",\"object\":{\"kind\":\"PartialObjectMetadata\","
                              "\"apiVersion\":\"meta.k8s.io/v1\",");
        add_metadata(&text, i);
        buf_add_string(&text, "}}\n");
        if (text.length > BATCH || i + 1 == wanted) {
            fake_write(call, text.data, text.length);
            buf_reset(&text);
        }
    }
    fake_write(call, END_OF_INITIAL("900000"), strlen(END_OF_INITIAL("900000")));
}

static void write_page(struct fake_call *call)
{
    AUTO(buf) text;
    unsigned first = 0;
    const char *next = strstr(fake_target(call), "continue=");
    if (next)
        (void)sscanf(next, "continue=%u", &first);
    unsigned end = first + PAGE_ITEMS < wanted ? first + PAGE_ITEMS : wanted;
    buf_init(&text, 4 << 20);
    buf_add_string(&text, "{\"kind\":\"PartialObjectMetadataList\",\"metadata\":{\"resourceVersion\":\"900000\"");
    if (end < wanted)
        buf_addf(&text, "," JSON("continue":"%u"), end);
    buf_add_string(&text, "},\"items\":[");
    for (unsigned i = first; i < end; i++) {
        buf_add_string(&text, i == first ? "{" : ",{");
        add_metadata(&text, i);
        buf_add_char(&text, '}');
    }
    buf_add_string(&text, "]}");
    fake_write(call, text.data, text.length);
}

static size_t heap_bytes(void)
{
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

static size_t resident_bytes(void)
{
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%*u %lu", &pages), 1);
    (void)fclose(file);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

/* Returns the CPU time of this program, with the fake server. Unlike the time on a clock, it does not grow when the
 * machine is busy. */
static int64_t cpu_ms(void)
{
    struct timespec used;
    assert_int_equal(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used), 0);
    return (int64_t)used.tv_sec * 1000 + used.tv_nsec / MS_NS;
}

static void expect_scale(unsigned count, bool by_list, int64_t most_cpu_ms, size_t most_each, size_t most_resident)
{
    const struct fake_step listed[] = {
        {.expect = INITIAL, .status = 422, .body = "{}"},
        {.expect = "?limit=500", .write = write_page, .always = true},
        {.expect = WATCH_LIST, .end = FAKE_HELD},
    };
    const struct fake_step streamed[] = {{.expect = INITIAL, .write = write_events, .end = FAKE_HELD}};
    AUTO(kube_fixture) fixture = {0};
    wanted = count;
    size_t heap_before = heap_bytes();
    int64_t began_ns = clock_monotonic_ns();
    int64_t cpu_began_ms = cpu_ms();
    kube_start(&fixture, by_list ? listed : streamed, by_list ? ARRAY_SIZE(listed) : ARRAY_SIZE(streamed), NULL);
    fixture.wanted = 1;
    assert_true(eventually(kube_has_syncs, &fixture, 10 * WAIT_MS));
    int64_t took_ms = (clock_monotonic_ns() - began_ns) / MS_NS;
    int64_t took_cpu_ms = cpu_ms() - cpu_began_ms;
    kube_await(&fixture, kube_holds, 1, NULL); /* once a stream is open, the last page has been freed */
    size_t each = (heap_bytes() - heap_before) / count;
    size_t resident = resident_bytes(); /* of the whole program, with the fake server */
    assert_int_equal(namespace_store_count(fixture.store), count);
    print_message("%u namespaces by %s: %lld ms, %lld ms of CPU, %zu bytes each on the heap, %.1f MB resident in all\n",
                  count, by_list ? "list" : "watch-list", (long long)took_ms, (long long)took_cpu_ms, each,
                  (double)resident / 1e6);
    kube_expect(
        &fixture, "team-000007-production",
        "team-000007-production 107 gpuslice.dev/inject=enabled,kubernetes.io/metadata.name=team-000007-production,"
        "pod-security.kubernetes.io/enforce=baseline,team=team-000007 gpuslice.dev/class=a100-1g5gb");
    if (SANITIZED)
        return;
    assert_true(took_cpu_ms < most_cpu_ms);
    assert_true(each < most_each);
    assert_true(resident < most_resident);
}

TEST(ten_thousand__namespaces__are_known_within_the_limits)
{
    expect_scale(10000, false, 2000, 400, 60000000);
    expect_scale(10000, true, 2000, 400, 60000000);
}

TEST(hundred_thousand__namespaces__are_known_within_the_limits)
{
    expect_scale(100000, false, 20000, 400, 60000000);
    expect_scale(100000, true, 20000, 400, 60000000);
}

/* The time that a review needs to find its namespace in the store. */
TEST(lookup__among_many__prints_its_time)
{
    enum { LOOKUPS = 1000000 };
    const struct fake_step steps[] = {{.expect = INITIAL, .write = write_events, .end = FAKE_HELD}};
    AUTO(kube_fixture) fixture = {0};
    char name[64];
    wanted = 100000;
    kube_start(&fixture, steps, ARRAY_SIZE(steps), NULL);
    fixture.wanted = 1;
    assert_true(eventually(kube_has_syncs, &fixture, 10 * WAIT_MS));
    int64_t began_ns = clock_monotonic_ns();
    for (unsigned i = 0; i < LOOKUPS; i++) {
        (void)snprintf(name, sizeof(name), "team-%06u-production", i * 7919 % wanted);
        AUTO(namespace_entry) entry = namespace_store_find(fixture.store, name);
        assert_non_null(entry);
    }
    print_message("one lookup among 100000: %lld ns\n", (long long)((clock_monotonic_ns() - began_ns) / LOOKUPS));
}

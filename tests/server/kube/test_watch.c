/* kube/namespace_watch with a scripted API server. Real answers were recorded from kube-apiserver 1.37.2. */
#include "tests/support/kube_fixture.h"

#define WATCHLIST_FILE "tests/kube/namespaces-watchlist.jsonl"
#define WATCH_FILE     "tests/kube/namespaces-watch.jsonl"
#define LIST_FILE      "tests/kube/namespaces-list.json"

static const char ml_team[] = "ml-team 231 gpuslice.dev/inject=enabled,kubernetes.io/metadata.name=ml-team "
                              "gpuslice.dev/class=t4-third";

TEST(watch_list__real_answers__fill_the_store)
{
    AUTO(string) existing = lines_of(WATCHLIST_FILE, 0, 6);
    AUTO(string) created = lines_of(WATCHLIST_FILE, 6, 3);
    AUTO(string) deleted = lines_of(WATCHLIST_FILE, 9, 3);
    const struct fake_step steps[] = {{.expect = INITIAL, .body = existing, .end = FAKE_HELD}};
    AUTO(kube_fixture) fixture = {0};
    kube_start(&fixture, steps, ARRAY_SIZE(steps), NULL);
    kube_await(&fixture, kube_has_syncs, 1, NULL);
    assert_int_equal(namespace_store_count(fixture.store), 5);
    kube_expect(&fixture, "ml-team", ml_team);
    kube_expect(&fixture, "kube-system", "kube-system 4 kubernetes.io/metadata.name=kube-system");
    kube_expect(&fixture, "fresh", "-");
    kube_await(&fixture, kube_holds, 1, NULL);
    fake_api_push(fixture.api, created);
    kube_await(&fixture, kube_has_events, 9, NULL);
    kube_expect(
        &fixture, "fresh",
        "fresh 381 gpuslice.dev/inject=required,kubernetes.io/metadata.name=fresh gpuslice.dev/class=l4-quarter");
    fake_api_push(fixture.api, deleted);
    kube_await(&fixture, kube_has_events, 12, NULL);
    kube_expect(&fixture, "fresh", "-");
    assert_int_equal(namespace_store_count(fixture.store), 5);
    assert_int_equal(fake_api_count(fixture.api, ""), 1);
    kube_played(&fixture);
}

TEST(list__real_answers__fill_the_store)
{
    AUTO(string) all = lines_of(LIST_FILE, 0, 100000);
    AUTO(string) events = lines_of(WATCH_FILE, 0, 5);
    const struct fake_step steps[] = {
        {.expect = INITIAL, .status = 422, .body = JSON({"reason":"Invalid"})},
        {.expect = "/api/v1/namespaces?limit=500", .body = all},
        {.expect = WATCH_LIST, .body = events, .end = FAKE_HELD},
    };
    AUTO(kube_fixture) fixture = {0};
    kube_start(&fixture, steps, ARRAY_SIZE(steps), NULL);
    kube_await(&fixture, kube_has_events, 6, NULL);
    assert_int_equal(fake_api_count(fixture.api, "&resourceVersion=375"), 1);
    assert_int_equal(namespace_store_count(fixture.store), 6);
    kube_expect(&fixture, "ml-team", ml_team);
    kube_expect(
        &fixture, "fresh",
        "fresh 382 gpuslice.dev/inject=required,kubernetes.io/metadata.name=fresh gpuslice.dev/class=l4-quarter");
    assert_string_equal(fixture.seen.notices, "synced;");
    kube_played(&fixture);
}

#define ITEM(name) "{\"metadata\":{\"name\":\"" name "\",\"resourceVersion\":\"7\"}}"
#define PAGE(next, items)                                                                                   \
    "{\"kind\":\"PartialObjectMetadataList\",\"metadata\":{\"resourceVersion\":\"90\",\"continue\":\"" next \
    "\"},\"items\":[" items "]}"

TEST(list__several_pages__are_all_read)
{
    const struct fake_step steps[] = {
        {.expect = INITIAL, .status = 400, .body = "{}"},
        {.expect = "?limit=2&continue=a%2Fb%3D", .body = PAGE("c", ITEM("c") "," ITEM("d"))},
        {.expect = "?limit=2&continue=c", .body = PAGE("", ITEM("e"))},
        {.expect = "?limit=2", .body = PAGE("a/b=", ITEM("a") "," ITEM("b"))},
        {.expect = "&resourceVersion=90", .end = FAKE_HELD},
    };
    const struct namespace_watch_options options = {.page_size = 2};
    AUTO(kube_fixture) fixture = {0};
    kube_start(&fixture, steps, ARRAY_SIZE(steps), &options);
    kube_await(&fixture, kube_has_requests, 1, "&resourceVersion=90");
    assert_int_equal(namespace_store_count(fixture.store), 5);
    kube_expect(&fixture, "e", "e 7");
    kube_played(&fixture);
}

TEST(watch_list__server_that_ignores_it__is_listed)
{
    const struct fake_step steps[] = {
        {.expect = INITIAL, .body = ADDED("a", "7"), .end = FAKE_HELD}, /* never a bookmark */
        {.expect = "?limit=500", .body = PAGE("", ITEM("a") "," ITEM("b"))},
        {.expect = "&resourceVersion=90", .end = FAKE_HELD},
    };
    const struct namespace_watch_options options = {.silence_ms = 50};
    AUTO(kube_fixture) fixture = {0};
    kube_start(&fixture, steps, ARRAY_SIZE(steps), &options);
    kube_await(&fixture, kube_has_requests, 1, "&resourceVersion=90");
    kube_expect(&fixture, "b", "b 7");
    assert_string_equal(fixture.seen.notices, "synced;");
    kube_played(&fixture);
}

/* Ends of a stream, and where the next stream begins. */
static const struct {
    const char *name, *events;
    enum fake_end end;
    const char *resumed, *notices;
} ends[] = {
    {"closed by the server", ADDED("b", "380"), FAKE_WHOLE, "&resourceVersion=380", "synced;"},
    {"closed after a bookmark", ADDED("b", "380") BOOKMARK("500"), FAKE_WHOLE, "&resourceVersion=500", "synced;"},
    {"cut between lines", ADDED("b", "380"), FAKE_CUT, "&resourceVersion=380", NULL},
    {"cut within a line", ADDED("b", "380") "{\"type\":\"DELETED\",\"object\":{\"met", FAKE_CUT, "&resourceVersion=380",
     NULL},
    {"ended within a line", ADDED("b", "380") "{\"type\":", FAKE_WHOLE, "&resourceVersion=380",
     "synced;lost: the stream ended within a line, after 8 bytes of it;restored;"},
    {"no JSON", ADDED("b", "380") "{]\n", FAKE_HELD, "&resourceVersion=380", NULL},
    {"an event of a later version", ADDED("b", "380") EVENT("MELTED", "b", "381", "", ""), FAKE_WHOLE,
     "&resourceVersion=380", "synced;"},
};

TEST(stream__that_ends__is_resumed_where_it_ended)
{
    for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
        AUTO(string) body = NULL;
        assert_true(asprintf(&body, "%s%s", ADDED("a", "7") END_OF_INITIAL("375"), ends[i].events) > 0);
        const struct fake_step steps[] = {
            {.expect = INITIAL, .body = body, .end = ends[i].end},
            {.expect = ends[i].resumed, .body = ADDED("c", "600"), .end = FAKE_HELD},
        };
        AUTO(kube_fixture) fixture = {0};
        print_message("%s\n", ends[i].name);
        kube_start(&fixture, steps, ARRAY_SIZE(steps), NULL);
        kube_await(&fixture, kube_has_requests, 1, ends[i].resumed);
        kube_await(&fixture, kube_holds, 1, NULL);
        fake_api_push(fixture.api, ADDED("d", "601"));
        kube_await(&fixture, kube_has_stored, 4, NULL);
        kube_expect(&fixture, "a", "a 7");
        kube_expect(&fixture, "b", "b 380");
        kube_expect(&fixture, "d", "d 601");
        assert_int_equal(namespace_watch_facts(fixture.watch).syncs, 1);
        if (ends[i].notices)
            assert_string_equal(fixture.seen.notices, ends[i].notices);
        kube_played(&fixture);
    }
}

TEST(connection__lost_while_quiet__is_restored)
{
    const struct fake_step steps[] = {
        {.expect = INITIAL, .body = ADDED("a", "7") END_OF_INITIAL("375"), .end = FAKE_HELD},
        {.expect = "&resourceVersion=375", .status = 503, .body = JSON({"message":"later"})},
        {.expect = "&resourceVersion=375", .end = FAKE_HELD},
    };
    AUTO(kube_fixture) fixture = {0};
    kube_start(&fixture, steps, ARRAY_SIZE(steps), NULL);
    kube_await(&fixture, kube_has_syncs, 1, NULL);
    kube_await(&fixture, kube_holds, 1, NULL);
    fake_api_drop(fixture.api);
    kube_await(&fixture, kube_has_requests, 2, "&resourceVersion=375");
    kube_await(&fixture, kube_holds, 1, NULL);
    struct namespace_watch_facts facts = namespace_watch_facts(fixture.watch);
    assert_int_equal(facts.failures, 2);
    assert_string_equal(facts.fault, "HTTP 503 later");
    kube_expect(&fixture, "a", "a 7");
    kube_played(&fixture);
}

/* An event or a status reports that the server no longer knows the revision: everything is requested again. */
TEST(gone__of_either_kind__is_synced_anew)
{
    const struct fake_step events[] = {
        {.expect = INITIAL, .body = ADDED("a", "7") ADDED("b", "8") END_OF_INITIAL("375"), .end = FAKE_WHOLE},
        {.expect = "&resourceVersion=375", .body = EXPIRED, .end = FAKE_HELD},
        {.expect = INITIAL, .body = ADDED("b", "9") ADDED("c", "8"), .end = FAKE_HELD},
    };
    const struct fake_step status[] = {
        events[0],
        {.expect = "&resourceVersion=375", .status = 410, .body = JSON({"reason":"Expired"})},
        events[2],
    };
    const struct fake_step *const scripts[] = {events, status};
    for (size_t i = 0; i < ARRAY_SIZE(scripts); i++) {
        AUTO(kube_fixture) fixture = {0};
        kube_start(&fixture, scripts[i], ARRAY_SIZE(events), NULL);
        kube_await(&fixture, kube_has_events, 5, NULL);
        kube_expect(&fixture, "a", "a 7"); /* stays in use until the sync is complete */
        kube_await(&fixture, kube_holds, 1, NULL);
        fake_api_push(fixture.api, END_OF_INITIAL("2001"));
        kube_await(&fixture, kube_has_syncs, 2, NULL);
        kube_expect(&fixture, "a", "-");
        kube_expect(&fixture, "b", "b 9");
        kube_expect(&fixture, "c", "c 8");
        assert_string_equal(fixture.seen.notices, "synced;synced;");
        kube_played(&fixture);
    }
}

TEST(line__over_the_maximum__ends_the_stream)
{
    char longer[2048] = "";
    memset(longer, 'x', sizeof(longer) - 1);
    const struct fake_step steps[] = {
        {.expect = INITIAL, .body = ADDED("a", "7") END_OF_INITIAL("375"), .end = FAKE_WHOLE},
        {.expect = "&resourceVersion=375", .body = longer, .end = FAKE_HELD},
        {.expect = "&resourceVersion=375", .body = ADDED("b", "380"), .end = FAKE_HELD},
    };
    const struct namespace_watch_options options = {.line_max = 1000};
    AUTO(kube_fixture) fixture = {0};
    kube_start(&fixture, steps, ARRAY_SIZE(steps), &options);
    kube_await(&fixture, kube_has_events, 3, NULL);
    AUTO(string) fault = NULL;
    assert_true(asprintf(&fault, "%s: a line is longer than 1000 bytes", fake_api_server(fixture.api)) > 0);
    assert_string_equal(namespace_watch_facts(fixture.watch).fault, fault);
    kube_expect(&fixture, "b", "b 380");
    kube_played(&fixture);
}

TEST(retry_after__of_an_overloaded_server__is_obeyed)
{
    const struct fake_step steps[] = {
        {.expect = INITIAL, .status = 429, .headers = "Retry-After: 1\r\n", .body = "{}"},
        {.expect = INITIAL, .body = END_OF_INITIAL("375"), .end = FAKE_HELD},
    };
    AUTO(kube_fixture) fixture = {0};
    int64_t began_ns = clock_monotonic_ns();
    kube_start(&fixture, steps, ARRAY_SIZE(steps), NULL);
    kube_await(&fixture, kube_has_syncs, 1, NULL);
    assert_true(clock_monotonic_ns() - began_ns >= (int64_t)1000 * MS_NS);
    assert_string_equal(fixture.seen.notices, "lost: HTTP 429;restored;synced;");
    kube_played(&fixture);
}

TEST(token__that_expired__is_read_again)
{
    const struct fake_step steps[] = {
        {.expect = INITIAL, .bearer = "second"},
        {.expect = INITIAL, .bearer = "second", .body = END_OF_INITIAL("375"), .end = FAKE_HELD},
    };
    AUTO(temp_dir) folder = temp_dir_new();
    AUTO(kube_fixture) fixture = {0};
    temp_write(folder, "token", "first\n");
    fixture.access.token.file = temp_path(folder, "token");
    const struct namespace_watch_options options = {.backoff = {.first_ms = 400, .most_ms = 400}};
    kube_start(&fixture, steps, ARRAY_SIZE(steps), &options);
    kube_await(&fixture, kube_has_failures, 1, NULL);
    temp_write(folder, "token", "second\n");
    kube_await(&fixture, kube_has_syncs, 1, NULL);
    assert_string_equal(fixture.seen.notices,
                        "lost: HTTP 401 Unauthorized: Unauthorized; the token or certificate is not accepted;"
                        "restored;synced;");
    kube_played(&fixture);
}

TEST(forbidden__names_the_required_rights)
{
    const struct fake_step steps[] = {
        {.expect = "",
         .status = 403,
         .always = true,
         .body =
             JSON({"kind":"Status","reason":"Forbidden",
                   "message":"namespaces is forbidden: User \"system:serviceaccount:a:b\" cannot watch resource"})}};
    AUTO(kube_fixture) fixture = {0};
    kube_start(&fixture, steps, ARRAY_SIZE(steps), NULL);
    kube_await(&fixture, kube_has_failures, 3, NULL);
    assert_string_equal(fixture.seen.notices, /* once, however many attempts fail */
                        "lost: HTTP 403 Forbidden: namespaces is forbidden: User \"system:serviceaccount:a:b\" cannot "
                        "watch resource; required rights: get, list and watch of namespaces;");
    assert_false(namespace_watch_facts(fixture.watch).synced);
}

TEST(end__while_a_stream_is_open__is_immediate)
{
    const struct fake_step steps[] = {{.expect = INITIAL, .body = END_OF_INITIAL("375"), .end = FAKE_HELD}};
    AUTO(kube_fixture) fixture = {0};
    kube_start(&fixture, steps, ARRAY_SIZE(steps), NULL);
    kube_await(&fixture, kube_has_syncs, 1, NULL);
    int64_t began_ns = clock_monotonic_ns();
    namespace_watch_free(TAKE(fixture.watch));
    assert_true(clock_monotonic_ns() - began_ns < (int64_t)900 * MS_NS);
    assert_string_equal(fixture.seen.notices, "synced;");
}

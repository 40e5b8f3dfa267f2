/* kube/namespace_watch against a scripted API server. The real answers are those of kube-apiserver 1.37.2. */
#include "tests/support/kube_fixture.h"

#define WATCHLIST_FILE "tests/kube/namespaces-watchlist.jsonl"
#define WATCH_FILE     "tests/kube/namespaces-watch.jsonl"
#define LIST_FILE      "tests/kube/namespaces-list.json"

static const char ml_team[] = "ml-team 231 gpuslice.dev/inject=enabled,kubernetes.io/metadata.name=ml-team "
                              "gpuslice.dev/class=t4-third";

TEST(watch_list__real_answers__are_followed)
{
    AUTO(string) existing = lines_of(WATCHLIST_FILE, 0, 6);
    AUTO(string) made = lines_of(WATCHLIST_FILE, 6, 3);
    AUTO(string) deleted = lines_of(WATCHLIST_FILE, 9, 3);
    const struct fake_step steps[] = {{.expect = INITIAL, .body = existing, .end = FAKE_HELD}};
    AUTO(rig) rig = {0};
    rig_start(&rig, steps, ARRAY_SIZE(steps), NULL);
    rig_await(&rig, rig_has_syncs, 1, NULL);
    assert_int_equal(namespace_store_count(rig.store), 5);
    rig_expect(&rig, "ml-team", ml_team);
    rig_expect(&rig, "kube-system", "kube-system 4 kubernetes.io/metadata.name=kube-system");
    rig_expect(&rig, "fresh", "-");
    rig_await(&rig, rig_holds, 1, NULL);
    fake_api_push(rig.api, made);
    rig_await(&rig, rig_has_events, 9, NULL);
    rig_expect(
        &rig, "fresh",
        "fresh 381 gpuslice.dev/inject=required,kubernetes.io/metadata.name=fresh gpuslice.dev/class=l4-quarter");
    fake_api_push(rig.api, deleted);
    rig_await(&rig, rig_has_events, 12, NULL);
    rig_expect(&rig, "fresh", "-");
    assert_int_equal(namespace_store_count(rig.store), 5);
    assert_int_equal(fake_api_count(rig.api, ""), 1);
    rig_played(&rig);
}

TEST(list__real_answers__are_followed)
{
    AUTO(string) all = lines_of(LIST_FILE, 0, 100000);
    AUTO(string) events = lines_of(WATCH_FILE, 0, 5);
    const struct fake_step steps[] = {
        {.expect = INITIAL, .status = 422, .body = JSON({"reason":"Invalid"})},
        {.expect = "/api/v1/namespaces?limit=500", .body = all},
        {.expect = WATCH_LIST, .body = events, .end = FAKE_HELD},
    };
    AUTO(rig) rig = {0};
    rig_start(&rig, steps, ARRAY_SIZE(steps), NULL);
    rig_await(&rig, rig_has_events, 6, NULL);
    assert_int_equal(fake_api_count(rig.api, "&resourceVersion=375"), 1);
    assert_int_equal(namespace_store_count(rig.store), 6);
    rig_expect(&rig, "ml-team", ml_team);
    rig_expect(
        &rig, "fresh",
        "fresh 382 gpuslice.dev/inject=required,kubernetes.io/metadata.name=fresh gpuslice.dev/class=l4-quarter");
    assert_string_equal(rig.seen.notices, "synced;");
    rig_played(&rig);
}

#define ITEM(name) "{\"metadata\":{\"name\":\"" name "\",\"resourceVersion\":\"7\"}}"
#define PAGE(next, items)                                                                                   \
    "{\"kind\":\"PartialObjectMetadataList\",\"metadata\":{\"resourceVersion\":\"90\",\"continue\":\"" next \
    "\"},\"items\":[" items "]}"

TEST(list__several_pages__are_one)
{
    const struct fake_step steps[] = {
        {.expect = INITIAL, .status = 400, .body = "{}"},
        {.expect = "?limit=2&continue=a%2Fb%3D", .body = PAGE("c", ITEM("c") "," ITEM("d"))},
        {.expect = "?limit=2&continue=c", .body = PAGE("", ITEM("e"))},
        {.expect = "?limit=2", .body = PAGE("a/b=", ITEM("a") "," ITEM("b"))},
        {.expect = "&resourceVersion=90", .end = FAKE_HELD},
    };
    const struct namespace_watch_options options = {.page_size = 2};
    AUTO(rig) rig = {0};
    rig_start(&rig, steps, ARRAY_SIZE(steps), &options);
    rig_await(&rig, rig_has_requests, 1, "&resourceVersion=90");
    assert_int_equal(namespace_store_count(rig.store), 5);
    rig_expect(&rig, "e", "e 7");
    rig_played(&rig);
}

TEST(watch_list__server_that_ignores_it__is_listed)
{
    const struct fake_step steps[] = {
        {.expect = INITIAL, .body = ADDED("a", "7"), .end = FAKE_HELD}, /* and no bookmark, ever */
        {.expect = "?limit=500", .body = PAGE("", ITEM("a") "," ITEM("b"))},
        {.expect = "&resourceVersion=90", .end = FAKE_HELD},
    };
    const struct namespace_watch_options options = {.silence_ms = 50};
    AUTO(rig) rig = {0};
    rig_start(&rig, steps, ARRAY_SIZE(steps), &options);
    rig_await(&rig, rig_has_requests, 1, "&resourceVersion=90");
    rig_expect(&rig, "b", "b 7");
    assert_string_equal(rig.seen.notices, "synced;");
    rig_played(&rig);
}

/* Where a stream begins again after one that ended so. */
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
        AUTO(rig) rig = {0};
        print_message("%s\n", ends[i].name);
        rig_start(&rig, steps, ARRAY_SIZE(steps), NULL);
        rig_await(&rig, rig_has_requests, 1, ends[i].resumed);
        rig_await(&rig, rig_holds, 1, NULL);
        fake_api_push(rig.api, ADDED("d", "601"));
        rig_await(&rig, rig_has_stored, 4, NULL);
        rig_expect(&rig, "a", "a 7");
        rig_expect(&rig, "b", "b 380");
        rig_expect(&rig, "d", "d 601");
        assert_int_equal(namespace_watch_facts(rig.watch).syncs, 1);
        if (ends[i].notices)
            assert_string_equal(rig.seen.notices, ends[i].notices);
        rig_played(&rig);
    }
}

TEST(connection__lost_while_quiet__is_made_again)
{
    const struct fake_step steps[] = {
        {.expect = INITIAL, .body = ADDED("a", "7") END_OF_INITIAL("375"), .end = FAKE_HELD},
        {.expect = "&resourceVersion=375", .status = 503, .body = JSON({"message":"later"})},
        {.expect = "&resourceVersion=375", .end = FAKE_HELD},
    };
    AUTO(rig) rig = {0};
    rig_start(&rig, steps, ARRAY_SIZE(steps), NULL);
    rig_await(&rig, rig_has_syncs, 1, NULL);
    rig_await(&rig, rig_holds, 1, NULL);
    fake_api_drop(rig.api);
    rig_await(&rig, rig_has_requests, 2, "&resourceVersion=375");
    rig_await(&rig, rig_holds, 1, NULL);
    struct namespace_watch_facts facts = namespace_watch_facts(rig.watch);
    assert_int_equal(facts.failures, 2);
    assert_string_equal(facts.fault, "HTTP 503 later");
    rig_expect(&rig, "a", "a 7");
    rig_played(&rig);
}

/* The place is not known any more, by an event or by a status: everything is asked for again. */
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
        AUTO(rig) rig = {0};
        rig_start(&rig, scripts[i], ARRAY_SIZE(events), NULL);
        rig_await(&rig, rig_has_events, 5, NULL);
        rig_expect(&rig, "a", "a 7"); /* what was known serves on until everything is told again */
        rig_await(&rig, rig_holds, 1, NULL);
        fake_api_push(rig.api, END_OF_INITIAL("2001"));
        rig_await(&rig, rig_has_syncs, 2, NULL);
        rig_expect(&rig, "a", "-");
        rig_expect(&rig, "b", "b 9");
        rig_expect(&rig, "c", "c 8");
        assert_string_equal(rig.seen.notices, "synced;synced;");
        rig_played(&rig);
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
    AUTO(rig) rig = {0};
    rig_start(&rig, steps, ARRAY_SIZE(steps), &options);
    rig_await(&rig, rig_has_events, 3, NULL);
    AUTO(string) fault = NULL;
    assert_true(asprintf(&fault, "%s: a line is longer than 1000 bytes", fake_api_server(rig.api)) > 0);
    assert_string_equal(namespace_watch_facts(rig.watch).fault, fault);
    rig_expect(&rig, "b", "b 380");
    rig_played(&rig);
}

TEST(retry_after__of_a_server_that_has_too_much_to_do__is_kept)
{
    const struct fake_step steps[] = {
        {.expect = INITIAL, .status = 429, .headers = "Retry-After: 1\r\n", .body = "{}"},
        {.expect = INITIAL, .body = END_OF_INITIAL("375"), .end = FAKE_HELD},
    };
    AUTO(rig) rig = {0};
    int64_t began_ns = clock_monotonic_ns();
    rig_start(&rig, steps, ARRAY_SIZE(steps), NULL);
    rig_await(&rig, rig_has_syncs, 1, NULL);
    assert_true(clock_monotonic_ns() - began_ns >= (int64_t)1000 * MS_NS);
    assert_string_equal(rig.seen.notices, "lost: HTTP 429;restored;synced;");
    rig_played(&rig);
}

TEST(token__that_expired__is_read_again)
{
    const struct fake_step steps[] = {
        {.expect = INITIAL, .bearer = "second"},
        {.expect = INITIAL, .bearer = "second", .body = END_OF_INITIAL("375"), .end = FAKE_HELD},
    };
    AUTO(temp_dir) folder = temp_dir_new();
    AUTO(rig) rig = {0};
    temp_write(folder, "token", "first\n");
    rig.access.token.file = temp_path(folder, "token");
    const struct namespace_watch_options options = {.backoff = {.first_ms = 400, .most_ms = 400}};
    rig_start(&rig, steps, ARRAY_SIZE(steps), &options);
    rig_await(&rig, rig_has_failures, 1, NULL);
    temp_write(folder, "token", "second\n");
    rig_await(&rig, rig_has_syncs, 1, NULL);
    assert_string_equal(rig.seen.notices,
                        "lost: HTTP 401 Unauthorized: Unauthorized; the token or certificate is not accepted;"
                        "restored;synced;");
    rig_played(&rig);
}

TEST(forbidden__says_what_it_takes)
{
    const struct fake_step steps[] = {
        {.expect = "",
         .status = 403,
         .always = true,
         .body =
             JSON({"kind":"Status","reason":"Forbidden",
                   "message":"namespaces is forbidden: User \"system:serviceaccount:a:b\" cannot watch resource"})}};
    AUTO(rig) rig = {0};
    rig_start(&rig, steps, ARRAY_SIZE(steps), NULL);
    rig_await(&rig, rig_has_failures, 3, NULL);
    assert_string_equal(rig.seen.notices, /* said once, however often it is tried */
                        "lost: HTTP 403 Forbidden: namespaces is forbidden: User \"system:serviceaccount:a:b\" cannot "
                        "watch resource; it takes get, list and watch of namespaces;");
    assert_false(namespace_watch_facts(rig.watch).synced);
}

TEST(end__while_a_stream_is_open__is_at_once)
{
    const struct fake_step steps[] = {{.expect = INITIAL, .body = END_OF_INITIAL("375"), .end = FAKE_HELD}};
    AUTO(rig) rig = {0};
    rig_start(&rig, steps, ARRAY_SIZE(steps), NULL);
    rig_await(&rig, rig_has_syncs, 1, NULL);
    int64_t began_ns = clock_monotonic_ns();
    namespace_watch_free(TAKE(rig.watch));
    assert_true(clock_monotonic_ns() - began_ns < (int64_t)900 * MS_NS);
    assert_string_equal(rig.seen.notices, "synced;");
}

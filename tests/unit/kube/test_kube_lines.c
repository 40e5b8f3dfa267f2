/* kube/lines, kube/backoff, kube/namespace_event and kube/namespace_entry. */
#include "tests/support/check.h"

#include "kube/backoff.h"
#include "kube/lines.h"
#include "kube/namespace_entry.h"
#include "kube/namespace_event.h"

static int join(void *context, const char *line, size_t length, struct err *err)
{
    buf_add(context, line, length);
    buf_add_char(context, '|');
    return length == 4 && memcmp(line, "stop", 4) == 0 ? err_set(err, ERR_INVALID, "stopped") : 0;
}

static const struct {
    const char *name;
    size_t piece; /* bytes at a time */
    const char *text, *lines;
    const char *fault; /* of lines_feed() or lines_end() */
} splits[] = {
    {"nothing", 1, "", "", NULL},
    {"one line", 100, "one\n", "one|", NULL},
    {"one line in bytes", 1, "one\n", "one|", NULL},
    {"empty lines", 2, "\n\none\n\n", "one|", NULL},
    {"several in one piece", 100, "one\ntwo\nthree\n", "one|two|three|", NULL},
    {"several across pieces", 3, "one\ntwo\nthree\n", "one|two|three|", NULL},
    {"of the greatest length", 3, "12345678\n12345678\n", "12345678|12345678|", NULL},
    {"too long", 100, "one\n123456789\n", "one|", "a line is longer than 8 bytes"},
    {"too long in bytes", 1, "one\n123456789\n", "one|", "a line is longer than 8 bytes"},
    {"too long without an end", 4, "123456789012", "", "a line is longer than 8 bytes"},
    {"not ended", 100, "one\ntwo", "one|", "the stream ended within a line, after 3 bytes of it"},
    {"the callback fails", 100, "one\nstop\ntwo\n", "one|stop|", "stopped"},
    {"the callback fails across pieces", 2, "one\nstop\ntwo\n", "one|stop|", "stopped"},
};

TEST(lines__in_pieces__are_passed_whole)
{
    for (size_t i = 0; i < ARRAY_SIZE(splits); i++) {
        AUTO(buf) pending;
        AUTO(buf) out;
        struct err err = {0};
        int result = 0;
        size_t length = strlen(splits[i].text);
        buf_init(&pending, 8);
        buf_init(&out, 1024);
        for (size_t at = 0; at < length && result == 0; at += splits[i].piece)
            result = lines_feed(&pending, splits[i].text + at,
                                length - at < splits[i].piece ? length - at : splits[i].piece, join, &out, &err);
        if (result == 0)
            result = lines_end(&pending, &err);
        check_text(splits[i].name, buf_text(&out), splits[i].lines);
        check_text(splits[i].name, result < 0 ? err.text : "", splits[i].fault ? splits[i].fault : "");
        buf_reset(&pending);
        assert_int_equal(lines_end(&pending, &err), 0);
    }
}

/* -- Delays -- */

static uint32_t constant(void *context)
{
    return *(const uint32_t *)context;
}

TEST(backoff__at_its_bounds__doubles_to_the_most)
{
    static const unsigned whole[] = {100, 200, 400, 800, 1000, 1000};
    uint32_t low = 0;
    uint32_t high = UINT32_MAX;
    struct backoff shortest;
    struct backoff longest;
    backoff_init(&shortest, &(struct backoff_options){100, 1000, constant, &low});
    backoff_init(&longest, &(struct backoff_options){100, 1000, constant, &high});
    for (size_t i = 0; i < ARRAY_SIZE(whole); i++) {
        assert_int_equal(backoff_next(&shortest), whole[i] / 2);
        assert_int_equal(backoff_next(&longest), whole[i]);
    }
    backoff_reset(&longest);
    assert_int_equal(backoff_next(&longest), 100);
}

TEST(backoff__by_default__is_jittered)
{
    struct backoff backoff;
    bool differs = false;
    backoff_init(&backoff, &(struct backoff_options){0});
    for (unsigned i = 0; i < 100; i++) {
        backoff_reset(&backoff);
        unsigned delay = backoff_next(&backoff);
        assert_in_range(delay, 125, 250);
        backoff_reset(&backoff);
        differs = differs || backoff_next(&backoff) != delay;
    }
    assert_true(differs);
    for (unsigned i = 0; i < 20; i++)
        assert_in_range(backoff_next(&backoff), 125, 30000);
}

/* -- Events and entries -- */

static const struct {
    const char *name, *line, *fault;
} bad_lines[] = {
    {"no JSON", "{]", "invalid JSON at byte 2: string or '}' expected near ']'"},
    {"a key twice", JSON({"type":"ADDED","type":"ADDED","object":{}}),
     "invalid JSON at byte 22: duplicate object key near '\"type\"'"},
    {"no object", JSON({"type":"ADDED"}), "a line of the watch has no type or object"},
    {"a list", "[]", "a line of the watch has no type or object"},
};

TEST(event__malformed__is_refused)
{
    for (size_t i = 0; i < ARRAY_SIZE(bad_lines); i++) {
        AUTO(json) document = NULL;
        struct namespace_event event;
        struct err err;
        int result = namespace_event_parse(bad_lines[i].line, strlen(bad_lines[i].line), &document, &event, &err);
        check_failure(bad_lines[i].name, result, &err, ERR_INVALID, bad_lines[i].fault);
    }
}

TEST(event__of_an_error__has_code_and_message)
{
    static const char line[] = JSON({"type":"ERROR","object":{"code":410,"message":"too old"}});
    AUTO(json) document = NULL;
    struct namespace_event event;
    struct err err;
    assert_int_equal(namespace_event_parse(line, strlen(line), &document, &event, &err), 0);
    assert_int_equal(event.type, EVENT_ERROR);
    assert_int_equal(event.code, 410);
    assert_string_equal(event.message, "too old");
    assert_string_equal(event.name, "");
}

static const struct {
    const char *name, *metadata, *fault;
} bad_metadata[] = {
    {"no object", "[]", "metadata is missing"},
    {"no name", "{}", "metadata.name is missing"},
    {"empty name", JSON({"name":""}),
     "metadata.name \"\" is empty; write a name of lower-case letters, digits and '-'"},
    {"labels", JSON({"name":"a","labels":[]}), "metadata.labels is not an object"},
    {"label", JSON({"name":"a","labels":{"b":1}}), "metadata.labels[\"b\"] is not a string"},
    {"annotation", JSON({"name":"a","annotations":{"gpuslice.dev/class":null}}),
     "metadata.annotations[\"gpuslice.dev/class\"] is not a string"},
};

TEST(entry__malformed_metadata__is_refused)
{
    for (size_t i = 0; i < ARRAY_SIZE(bad_metadata); i++) {
        AUTO(json) metadata = json_loads(bad_metadata[i].metadata, 0, NULL);
        struct namespace_entry *entry = NULL;
        struct err err;
        check_failure(bad_metadata[i].name, namespace_entry_new(metadata, &entry, &err), &err, ERR_INVALID,
                      bad_metadata[i].fault);
    }
}

TEST(entry__keeps_labels_and_own_annotations_sorted)
{
    static const char text[] =
        JSON({"name":"ml","resourceVersion":"18446744073709551614","labels":{"z":"1","team":"ml","a":""},
              "annotations":{"other/x":"2","gpuslice.dev/memory":"8Gi","gpuslice.dev/class":"none","o":1}});
    AUTO(json) metadata = json_loads(text, 0, NULL);
    AUTO(namespace_entry) entry = NULL;
    struct err err;
    assert_int_equal(namespace_entry_new(metadata, &entry, &err), 0);
    assert_int_equal(entry->revision, UINT64_MAX - 1);
    assert_int_equal(entry->info.labels.count, 3);
    assert_string_equal(entry->info.labels.items[0].key, "a");
    assert_string_equal(entry->info.labels.items[1].key, "team");
    assert_string_equal(keyvalues_get(&entry->info.labels, "team"), "ml");
    assert_string_equal(keyvalues_get(&entry->info.labels, "z"), "1");
    assert_int_equal(entry->info.annotations.count, 2);
    assert_string_equal(keyvalues_get(&entry->info.annotations, "gpuslice.dev/class"), "none");
    assert_string_equal(keyvalues_get(&entry->info.annotations, "gpuslice.dev/memory"), "8Gi");
}

TEST(revision__not_a_number__is_zero)
{
    static const char *const texts[] = {"{}", JSON({"resourceVersion":""}), JSON({"resourceVersion":"1a"}),
                                        JSON({"resourceVersion":"-1"}), JSON({"resourceVersion":7})};
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        AUTO(json) metadata = json_loads(texts[i], 0, NULL);
        assert_int_equal(namespace_entry_revision_of(metadata), 0);
    }
}

/* manifest/: a List of more than 8 MiB is read item by item; a document or an item that is too large is reported at its
 * beginning. */
#include "manifest/read.h"
#include "manifest/text.h"

#include "tests/support/check.h"

enum { LARGE = 20 << 20, FILLER = 5000 };

static char filler[FILLER + 1];

/* What the reader finds in a large text. */
struct sum {
    size_t objects, lists, others, items;
    char last[64];
    char list[64];
    unsigned last_line;
    size_t largest; /* bytes of the longest text of a manifest */
};

static void sum_up(const struct buf *text, struct sum *sum, struct buf *problems_text)
{
    AUTO(problems) problems = {0};
    AUTO(manifest_reader) reader = NULL;
    struct err err = {0};
    *sum = (struct sum){0};
    check_success("open", manifest_open_text("f", buf_text(text), text->length, NULL, &problems, &reader, &err), &err);
    for (;;) {
        AUTO(manifest) manifest = NULL;
        size_t length;
        check_success("next", manifest_next(reader, &manifest, &err), &err);
        if (!manifest)
            break;
        sum->objects += manifest->form == MANIFEST_OBJECT;
        sum->lists += manifest->form == MANIFEST_LIST;
        sum->others += manifest->form != MANIFEST_OBJECT && manifest->form != MANIFEST_LIST;
        sum->items += manifest->is_item;
        (void)manifest_text(manifest, &length);
        sum->largest = length > sum->largest ? length : sum->largest;
        sum->last_line = manifest->form == MANIFEST_OBJECT ? manifest->node.mark->line : sum->last_line;
        (void)snprintf(manifest->form == MANIFEST_LIST ? sum->list : sum->last, sizeof(sum->last), "%s %s/%s",
                       manifest->api_version, manifest->kind, manifest->name);
    }
    problems_print(&problems, problems_text);
}

BEFORE_TESTS()
{
    memset(filler, 'x', FILLER);
}

/* Adds `item` until the text has LARGE bytes; @ stands for the number of the item, % for the filler. */
static void add_items(struct buf *text, const char *item, const char *between)
{
    for (unsigned i = 0; text->length < LARGE; i++) {
        char number[16];
        (void)snprintf(number, sizeof(number), "%u", i);
        buf_add_string(text, i > 0 ? between : "");
        for (const char *at = item; *at; at++) {
            if (*at == '@')
                buf_add_string(text, number);
            else if (*at == '%')
                buf_add_string(text, filler);
            else
                buf_add_char(text, *at);
        }
    }
}

static const struct {
    const char *name, *head, *item, *between, *tail, *last_prefix, *list, *problems;
    size_t more; /* objects after the List */
} lists[] = {
    {"kubectl -o json", "{\n    \"apiVersion\": \"v1\",\n    \"items\": [\n",
     "        {\n            \"apiVersion\": \"v1\",\n            \"kind\": \"Pod\",\n            \"metadata\": {\"name\": "
     "\"p@\", \"note\": \"%]}\\\"\"}\n        }",
     ",\n", "\n    ],\n    \"kind\": \"List\",\n    \"metadata\": {\"resourceVersion\": \"\"}\n}\n", "v1 Pod/p",
     "v1 List/", "", 0},
    {"the API server's", "{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"items\":[",
     JSON({"metadata":{"name":"p@","note":"%"}}), ",", "]}", "v1 Pod/p", "v1 PodList/", "", 0},
    {"another object after it", "{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"items\":[",
     JSON({"metadata":{"name":"p@","note":"%"}}), ",", "]}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: p}\n",
     "v1 Pod/p", "v1 PodList/", "", 1},
    {"kubectl -o yaml", "apiVersion: v1\nitems:\n",
     "- apiVersion: v1\n  kind: Pod\n  metadata:\n    name: p@\n  # c\n  note: |\n    - a\n    %\n", "",
     "kind: List\nmetadata:\n  resourceVersion: \"\"\n", "v1 Pod/p", "v1 List/", "", 0},
    {"YAML, indented and typed", "kind: PodList\napiVersion: v1\nitems: # c\n\n",
     "  - metadata: {name: p@}\n    note: %\n\n# c\n", "",
     "metadata: {}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: p}\n", "v1 Pod/p", "v1 PodList/", "", 1},
    {"YAML without a tail", "kind: List\napiVersion: v1\nitems:\n",
     "- kind: Pod\n  apiVersion: v1\n  metadata: {name: p@}\n  note: %\n", "", "", "v1 Pod/p", "v1 List/", "", 0},
};

TEST(manifest__lists_over_8_mib__item_by_item)
{
    for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
        AUTO(buf) text;
        AUTO(buf) problems;
        struct sum sum;
        buf_init(&text, LARGE * 2);
        buf_init(&problems, 1 << 16);
        buf_add_string(&text, lists[i].head);
        add_items(&text, lists[i].item, lists[i].between);
        buf_add_string(&text, lists[i].tail);
        sum_up(&text, &sum, &problems);
        check_text(lists[i].name, buf_text(&problems), lists[i].problems);
        check_text(lists[i].name, sum.list, lists[i].list);
        if (strncmp(sum.last, lists[i].last_prefix, strlen(lists[i].last_prefix)) != 0)
            fail_msg("%s: the last is %s", lists[i].name, sum.last);
        size_t expected = (text.length - FILLER) / (FILLER + strlen(lists[i].item) + strlen(lists[i].between) + 2);
        if (sum.items < expected || sum.objects != sum.items + lists[i].more || sum.lists != 1 || sum.others != 0)
            fail_msg("%s: %zu objects, %zu items, %zu lists, %zu others, of about %zu", lists[i].name, sum.objects,
                     sum.items, sum.lists, sum.others, expected);
        if (sum.largest > 2 * FILLER)
            fail_msg("%s: a document of %zu bytes", lists[i].name, sum.largest);
    }
}

TEST(manifest__large_lists__lines_of_the_file)
{
    AUTO(buf) text;
    AUTO(buf) problems;
    struct sum sum;
    unsigned lines = 0;
    buf_init(&text, LARGE * 2);
    buf_init(&problems, 1 << 16);
    buf_add_string(&text, "kind: List\nitems:\n");
    add_items(&text, "- kind: Pod\n  note: %\n", "");
    for (size_t i = 0; i < text.length; i++)
        lines += text.data[i] == '\n';
    sum_up(&text, &sum, &problems);
    assert_int_equal(sum.last_line, lines - 1);
}

TEST(manifest__too_large_or_broken__is_reported_at_its_position)
{
#define MAY_BE_LARGER "; only an AdmissionReview (20 MiB) or a List whose items have at most 8 MiB each may be larger\n"
#define ONLY_A_LIST   " has more than 8 MiB" MAY_BE_LARGER
    static const struct {
        const char *name, *head, *item, *tail;
        const char *problems; /* all of them, or NULL if `contains` is part of them */
        const char *contains;
    } cases[] = {
        {"an object in YAML", "kind: A\n---\nkind: B\nx:\n", "  a@: %\n", "", "f:3:1: the document" ONLY_A_LIST, NULL},
        {"an object in JSON", "{\"a\":1}\n {\"kind\":\"B\"", ",\n\"a@\":\"%\"", "}", "f:2:1: the document" ONLY_A_LIST,
         NULL},
        {"a string in JSON", "{\"kind\":\"B\",\"a\":\"", "%", "\"}", "f:1:1: the document" ONLY_A_LIST, NULL},
        {"a line in YAML", "a: ", "%", "\n", "f:1:1: the document" ONLY_A_LIST, NULL},
        {"an item in JSON", "{\"kind\":\"List\",\"items\":[{\"a\":\"", "%", "\"}]}",
         "f:1:25: an item of the List" ONLY_A_LIST, NULL},
        {"an item in YAML", "kind: List\nitems:\n- kind: A\n", "  a@: %\n", "",
         "f:3:1: an item of the List" ONLY_A_LIST, NULL},
        {"items of no List", "{\"kind\":\"Box\",\"items\":[", JSON({"kind":"A","a":"%"}) ",", "{}]}",
         "f:1:1: the document has more than 8 MiB and is not a List" MAY_BE_LARGER, NULL},
        {"no mapping after the items", "kind: List\nitems:\n", "- kind: A\n  a@: %\n", "word\n", NULL,
         ": what precedes or follows the items of a List must be a mapping\n"},
        {"no kind before its items", "{\"items\":[", JSON({"kind":"A","a":"%"}) ",", "{\n}],\"kind\":\"AList\"}", NULL,
         "the item has no kind, and its List of over 8 MiB does not give apiVersion and kind before its items; put "
         "these first, or a kind into each item, as kubectl get does\n"},
        {"broken between items", "{\"kind\":\"List\",\"items\":[", JSON({"kind":"A","a":"%"}) ",", "}", NULL,
         ": expected a complete item or ']', found '}'\n"},
        {"cut off", "{\"kind\":\"List\",\"items\":[", JSON({"kind":"A","a":"%"}) ",", "{", NULL,
         ": expected a complete item or ']', found '{'\n"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(buf) text;
        AUTO(buf) problems;
        struct sum sum;
        buf_init(&text, LARGE * 2);
        buf_init(&problems, 1 << 16);
        buf_add_string(&text, cases[i].head);
        add_items(&text, cases[i].item, "");
        buf_add_string(&text, cases[i].tail);
        sum_up(&text, &sum, &problems);
        if (cases[i].problems)
            check_text(cases[i].name, buf_text(&problems), cases[i].problems);
        else if (!strstr(buf_text(&problems), cases[i].contains))
            fail_msg("%s: %s", cases[i].name, buf_text(&problems));
    }
}

/* The members before and after the items are joined into one object, whose marks must have room for both. */
TEST(manifest__large_list__members_before_and_after_its_items)
{
    for (unsigned before = 0; before < 9; before++) {
        AUTO(buf) text;
        AUTO(buf) problems;
        struct sum sum;
        buf_init(&text, LARGE * 2);
        buf_init(&problems, 1 << 16);
        buf_add_string(&text, "{\"kind\":\"List\",\"apiVersion\":\"v1\"");
        for (unsigned i = 0; i < before; i++)
            buf_addf(&text, ",\"m%u\":%u", i, i);
        buf_add_string(&text, ",\"items\":[");
        add_items(&text, JSON({"apiVersion":"v1","kind":"A","metadata":{"name":"n@"},"a":"%"}), ",");
        buf_add_string(&text, "],\"x\":1,\"y\":2,\"z\":3}");
        sum_up(&text, &sum, &problems);
        check_text("problems", buf_text(&problems), "");
        check_text("list", sum.list, "v1 List/");
        assert_true(sum.objects > 1000 && sum.objects == sum.items);
    }
}

/* Recorded reviews may be as large as those that serve reads. */
TEST(manifest__review_over_8_mib__is_read_whole)
{
    AUTO(buf) text;
    AUTO(buf) problems;
    struct sum sum;
    buf_init(&text, LARGE * 2);
    buf_init(&problems, 1 << 16);
    buf_add_string(&text, "{\"kind\":\"AdmissionReview\",\"a\":[\"\"");
    while (text.length < TEXT_DOCUMENT_MAX + TEXT_DOCUMENT_MAX / 2)
        buf_addf(&text, ",\"%s\"", filler);
    buf_add_string(&text, "]}\n{\"kind\":\"A\"}");
    sum_up(&text, &sum, &problems);
    check_text("review", buf_text(&problems), "");
    assert_int_equal(sum.objects, 2);
    assert_true(sum.largest > TEXT_DOCUMENT_MAX);
}

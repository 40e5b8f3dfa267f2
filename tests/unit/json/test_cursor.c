/* json/cursor: nodes of a document, their members, elements and paths. */
#include "json/cursor.h"

#include "tests/support/check.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { TEXT_MAX = 65536 };

static void read_text(const char *text, struct yaml_documents *ret_documents)
{
    AUTO(problems) problems = {0};
    struct err err;
    check_success(text, yaml_read("t", text, strlen(text), YAML_ALIASES, ret_documents, &problems, &err), &err);
}

static void check_path(const char *name, struct node node, const char *expected)
{
    AUTO(buf) path;
    buf_init(&path, TEXT_MAX);
    node_path(node, &path);
    check_text(name, buf_text(&path), expected);
}

TEST(node_find__absent_null_and_not_an_object__mark_of_the_last_that_is_there)
{
    AUTO(yaml_documents) documents = {0};
    read_text("a:\n  b: null\n  c: text\n", &documents);
    struct document document = document_of("t", &documents.items[0], NULL);
    struct node a = node_member(node_root(&document), "a");

    static const char *const keys[] = {"b", "c", "d"};
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        struct node node = node_find(a, PATH(keys[i], "e", "f"));
        assert_null(node.value);
        assert_null(node.key);
        assert_ptr_equal(node.mark, strcmp(keys[i], "c") == 0 ? node_member(a, "c").mark : a.mark);
    }
    check_path("absent", node_member(a, "d"), "a");
}

TEST(node_children__of_anything__each_with_key_or_index)
{
    AUTO(yaml_documents) documents = {0};
    AUTO(buf) seen;
    buf_init(&seen, TEXT_MAX);
    read_text("{a: 1, b: null, c: [x, null], d: text}\n", &documents);
    struct document document = document_of("t", &documents.items[0], NULL);
    NODE_MEMBERS(node_root(&document), member) {
        buf_addf(&seen, "%s@%u:", member.key, member.mark->column);
        NODE_CHILDREN(member, child) {
            buf_addf(&seen, "[%zu]@%u", child.index, child.mark->column);
        }
        NODE_MEMBERS(member, none) {
            fail_msg("%s has a member %s", member.key, none.key);
        }
    }
    check_text("seen", buf_text(&seen), "a@5:b@11:c@20:[0]@21[1]@24d@34:");
}

TEST(node_scalar__each_type__as_written)
{
    AUTO(yaml_documents) documents = {0};
    AUTO(buf) seen;
    char text[16];
    int64_t integer = 0;
    buf_init(&seen, TEXT_MAX);
    read_text("[text, 3, 0.5, true, false, null, [], {}, \"0123456789abcdef\"]\n", &documents);
    struct document document = document_of("t", &documents.items[0], NULL);
    NODE_ELEMENTS(node_root(&document), element) {
        bool scalar = node_scalar(element, text, sizeof(text));
        buf_addf(&seen, "%s%s ", scalar ? text : "-", node_integer(element, &integer) ? "!" : "");
    }
    check_text("seen", buf_text(&seen), "text 3! 0.5 true false - - - - ");
    assert_int_equal(integer, 3);
}

/* Marks of merged and of repeated values are copies, which have the positions of the original. */
TEST(node_path__aliases_and_merges__path_of_the_copy)
{
    AUTO(yaml_documents) documents = {0};
    read_text("base: &base {x: [1, 2], u: {z: 3}}\n"
              "copy: *base\n"
              "first: 0\n"
              "merged:\n"
              "  <<: *base\n"
              "  own: {w: 4}\n",
              &documents);
    struct document document = document_of("t", &documents.items[0], NULL);
    struct node root = node_root(&document);
    check_path("root", root, "");
    check_path("base", node_element(node_find(root, PATH("base", "x")), 1), "base.x[1]");
    check_path("copy", node_element(node_find(root, PATH("copy", "x")), 1), "copy.x[1]");
    check_path("merged", node_find(root, PATH("merged", "u", "z")), "merged.u.z");
    check_path("own", node_find(root, PATH("merged", "own", "w")), "merged.own.w");
}

TEST(node_path__document_inside_another__path_from_the_outermost)
{
    AUTO(yaml_documents) list = {0};
    AUTO(yaml_documents) text = {0};
    read_text("items:\n- {a: 1}\n- data: {k.yaml: 'b: [5]'}\n", &list);
    read_text("b: [5]\n", &text);
    struct document whole = document_of("t", &list.items[0], NULL);
    struct node item = node_element(node_member(node_root(&whole), "items"), 1);
    struct document of_item = {.file = "t", .value = item.value, .mark = item.mark, .outer = item};
    struct document of_text = document_of("t", &text.items[0], NULL);
    of_text.outer = node_find(node_root(&of_item), PATH("data", "k.yaml"));

    struct node root = node_root(&of_text);
    struct node five = node_element(node_member(root, "b"), 0);
    check_path("item", node_root(&of_item), "items[1]");
    check_path("text", root, "items[1].data[\"k.yaml\"]");
    check_path("five", five, "items[1].data[\"k.yaml\"].b[0]");
    check_path("parent", node_parent(five), "items[1].data[\"k.yaml\"].b");
    check_path("parent of a root", node_parent(root), "items[1].data");
    assert_null(node_parent(node_root(&whole)).value);
}

/* Returns the least time of three runs, because other load only adds time. */
static double seconds_for_paths(unsigned count)
{
    AUTO(yaml_documents) documents = {0};
    AUTO(buf) text;
    double least = 1e9;
    buf_init(&text, 8 << 20);
    buf_add_string(&text, "item: &item {a: 1}\nlist:\n");
    for (unsigned i = 0; i < count; i++)
        buf_add_string(&text, i % 2 ? "- *item\n" : "- {a: 1}\n");
    buf_add_string(&text, "map:\n");
    for (unsigned i = 0; i < count; i++)
        buf_addf(&text, "  a%u: 1\n", i);
    read_text(buf_text(&text), &documents);
    struct document document = document_of("t", &documents.items[0], NULL);
    for (unsigned run = 0; run < 3; run++) {
        clock_t start = clock();
        NODE_MEMBERS(node_root(&document), member) {
            NODE_CHILDREN(member, child) {
                AUTO(buf) path;
                struct node inner = node_member(child, "a");
                buf_init(&path, TEXT_MAX);
                node_path(inner.value ? inner : child, &path);
            }
        }
        double took = (double)(clock() - start) / CLOCKS_PER_SEC;
        least = took < least ? took : least;
    }
    return least;
}

TEST(node_path__many_values__not_quadratic)
{
    double few = seconds_for_paths(2000);
    double many = seconds_for_paths(32000); /* 16 times as many paths: if quadratic, 256 times the time */
    if (many > few * 128 + 0.05)
        fail_msg("4,000 paths take %.6f s, 64,000 take %.6f s", few, many);
}

/* base/linediff: applying its changes gives the new text, and it prints them like diff -u. */
#include "base/linediff.h"
#include "tests/support/test.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_MAX = 4 * 1024 * 1024 };

static void print_all(const char *old_text, const char *new_text, const struct linediff_style *style, struct buf *out)
{
    AUTO(linediff) diff = {0};
    struct err err;
    assert_int_equal(linediff_make(old_text, new_text, &diff, &err), 0);
    struct linediff_hunk hunk = {0};
    while (linediff_next_hunk(&diff, &hunk))
        linediff_print_hunk(&diff, &hunk, "", style, out);
}

/* Expected texts are what GNU diffutils 3.8 prints with -u, below its two header lines. */
TEST(linediff_print__texts__as_diff_u)
{
    static const struct {
        const char *name, *old_text, *new_text, *expected;
    } cases[] = {
        {"equal", "a\nb\n", "a\nb\n", ""},
        {"both empty", "", "", ""},
        {"from nothing", "", "a\nb\n", "@@ -0,0 +1,2 @@\n+a\n+b\n"},
        {"to nothing", "a\n", "", "@@ -1 +0,0 @@\n-a\n"},
        {"one line of one", "a\n", "b\n", "@@ -1 +1 @@\n-a\n+b\n"},
        {"in the middle", "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n",
         "@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n"},
        {"six lines between: one hunk", "a\n1\n2\n3\n4\n5\n6\nb\n", "A\n1\n2\n3\n4\n5\n6\nB\n",
         "@@ -1,8 +1,8 @@\n-a\n+A\n 1\n 2\n 3\n 4\n 5\n 6\n-b\n+B\n"},
        {"seven lines between: two hunks", "a\n1\n2\n3\n4\n5\n6\n7\nb\n", "A\n1\n2\n3\n4\n5\n6\n7\nB\n",
         "@@ -1,4 +1,4 @@\n-a\n+A\n 1\n 2\n 3\n@@ -6,4 +6,4 @@\n 5\n 6\n 7\n-b\n+B\n"},
        {"several lines replaced", "x\na\nb\nc\ny\n", "x\nd\ne\ny\n", "@@ -1,5 +1,4 @@\n x\n-a\n-b\n-c\n+d\n+e\n y\n"},
        {"as far down as possible", "a\na\n", "a\na\na\n", "@@ -1,2 +1,3 @@\n a\n a\n+a\n"},
        {"line feed lost", "a\nb\n", "a\nb", "@@ -1,2 +1,2 @@\n a\n-b\n+b\n\\ No newline at end of file\n"},
        {"line feed gained", "a", "a\n", "@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n"},
        {"no line feed in the context", "a\nb", "c\nb", "@@ -1,2 +1,2 @@\n-a\n+c\n b\n\\ No newline at end of file\n"},
        {"removed here, added there", "a\nb\nc\nd\n", "b\nc\nd\na\n", "@@ -1,4 +1,4 @@\n-a\n b\n c\n d\n+a\n"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(buf) out;
        buf_init(&out, TEXT_MAX);
        print_all(cases[i].old_text, cases[i].new_text, &linediff_plain, &out);
        if (strcmp(buf_text(&out), cases[i].expected) != 0)
            fail_msg("%s:\n%s---- expected:\n%s", cases[i].name, buf_text(&out), cases[i].expected);
    }
}

/* GNU diff would begin and end this addition in the middle of an element. */
TEST(linediff_make__block_repeats_its_first_line__is_at_the_least_indent)
{
    static const char old_text[] = "list:\n- effect: A\n  key: one\n  operator: E\nend: 1\n";
    static const char new_text[] =
        "list:\n- effect: A\n  key: two\n  operator: E\n- effect: A\n  key: one\n  operator: E\nend: 1\n";
    AUTO(buf) out;
    buf_init(&out, TEXT_MAX);
    print_all(old_text, new_text, &linediff_plain, &out);
    assert_string_equal(buf_text(&out), "@@ -1,4 +1,7 @@\n list:\n+- effect: A\n+  key: two\n+  operator: E\n"
                                        " - effect: A\n   key: one\n   operator: E\n");
    buf_reset(&out);
    print_all(new_text, old_text, &linediff_plain, &out);
    assert_string_equal(buf_text(&out), "@@ -1,7 +1,4 @@\n list:\n-- effect: A\n-  key: two\n-  operator: E\n"
                                        " - effect: A\n   key: one\n   operator: E\n");
}

TEST(linediff_print_hunk__style_and_tail__around_the_lines)
{
    static const struct linediff_style style = {"<h>", "<s>", "<r>", "<a>", "<e>"};
    AUTO(linediff) diff = {0};
    AUTO(buf) out;
    buf_init(&out, TEXT_MAX);
    struct err err;
    struct linediff_hunk hunk = {0};
    assert_int_equal(linediff_make("a\nb\n", "a\nc", &diff, &err), 0);
    assert_true(linediff_next_hunk(&diff, &hunk));
    linediff_print_hunk(&diff, &hunk, "spec.x", &style, &out);
    assert_string_equal(buf_text(&out), "<h>@@ -1,2 +1,2 @@ spec.x<e>\n<s> a<e>\n<r>-b<e>\n<a>+c<e>\n"
                                        "\\ No newline at end of file\n");
    assert_false(linediff_next_hunk(&diff, &hunk));
}

/* Makes the new text from the old lines, the changes and the added lines. */
static void apply(const struct linediff *diff, struct buf *out)
{
    size_t kept = 0;
    for (size_t i = 0; i <= diff->change_count; i++) {
        const struct linediff_change *change = &diff->changes[i];
        bool last = i == diff->change_count;
        size_t stop = last ? diff->old_text.count : change->old_start;
        for (; kept < stop; kept++)
            buf_add(out, diff->old_text.lines[kept].text, diff->old_text.lines[kept].length);
        if (last)
            return;
        for (size_t j = 0; j < change->new_count; j++) {
            const struct linediff_line *line = &diff->new_text.lines[change->new_start + j];
            buf_add(out, line->text, line->length);
        }
        kept += change->old_count;
    }
}

static unsigned next_random(unsigned *seed)
{
    *seed = *seed * 1103515245u + 12345u;
    return *seed >> 16;
}

static void random_text(unsigned *seed, unsigned lines, unsigned alphabet, struct buf *out)
{
    for (unsigned i = 0; i < lines; i++)
        buf_addf(out, "%*s%c\n", (int)(next_random(seed) % 3), "", (char)('a' + (int)(next_random(seed) % alphabet)));
    if (next_random(seed) % 8 == 0)
        buf_add_char(out, 'z');
}

TEST(linediff_make__random_texts__changes_give_the_new_text)
{
    unsigned seed = 20240607;
    for (int round = 0; round < 2000; round++) {
        AUTO(buf) old_text;
        AUTO(buf) new_text;
        AUTO(buf) applied;
        buf_init(&old_text, TEXT_MAX);
        buf_init(&new_text, TEXT_MAX);
        buf_init(&applied, TEXT_MAX);
        unsigned alphabet = 1 + next_random(&seed) % 6;
        random_text(&seed, next_random(&seed) % 40, alphabet, &old_text);
        random_text(&seed, next_random(&seed) % 40, alphabet, &new_text);
        AUTO(linediff) diff = {0};
        struct err err;
        assert_int_equal(linediff_make(buf_text(&old_text), buf_text(&new_text), &diff, &err), 0);
        apply(&diff, &applied);
        if (strcmp(buf_text(&applied), buf_text(&new_text)) != 0)
            fail_msg("round %d: from\n%s--- to\n%s--- gave\n%s", round, buf_text(&old_text), buf_text(&new_text),
                     buf_text(&applied));
    }
}

/* Returns the length of the longest common subsequence, by dynamic programming. */
static size_t common_lines(const struct linediff *diff)
{
    static size_t table[64][64];
    for (size_t i = 0; i <= diff->old_text.count; i++) {
        for (size_t j = 0; j <= diff->new_text.count; j++) {
            const struct linediff_line *a = i ? &diff->old_text.lines[i - 1] : NULL;
            const struct linediff_line *b = j ? &diff->new_text.lines[j - 1] : NULL;
            if (!a || !b)
                table[i][j] = 0;
            else if (a->length == b->length && memcmp(a->text, b->text, a->length) == 0)
                table[i][j] = table[i - 1][j - 1] + 1;
            else
                table[i][j] = table[i - 1][j] > table[i][j - 1] ? table[i - 1][j] : table[i][j - 1];
        }
    }
    return table[diff->old_text.count][diff->new_text.count];
}

TEST(linediff_make__random_texts__fewest_changed_lines)
{
    unsigned seed = 4711;
    for (int round = 0; round < 500; round++) {
        AUTO(buf) old_text;
        AUTO(buf) new_text;
        buf_init(&old_text, TEXT_MAX);
        buf_init(&new_text, TEXT_MAX);
        random_text(&seed, next_random(&seed) % 30, 3, &old_text);
        random_text(&seed, next_random(&seed) % 30, 3, &new_text);
        AUTO(linediff) diff = {0};
        struct err err;
        assert_int_equal(linediff_make(buf_text(&old_text), buf_text(&new_text), &diff, &err), 0);
        size_t removed = 0;
        for (size_t i = 0; i < diff.change_count; i++)
            removed += diff.changes[i].old_count;
        assert_int_equal(diff.old_text.count - removed, common_lines(&diff));
    }
}

TEST(linediff_make__too_many_changes__replaced_whole)
{
    AUTO(buf) old_text;
    AUTO(buf) new_text;
    AUTO(buf) applied;
    buf_init(&old_text, TEXT_MAX);
    buf_init(&new_text, TEXT_MAX);
    buf_init(&applied, TEXT_MAX);
    buf_add_string(&old_text, "begin\n");
    buf_add_string(&new_text, "begin\n");
    for (int i = 0; i < LINEDIFF_CHANGED_MAX; i++) {
        buf_addf(&old_text, "old %d\nsame\n", i);
        buf_addf(&new_text, "new %d\nsame\n", i);
    }
    AUTO(linediff) diff = {0};
    struct err err;
    assert_int_equal(linediff_make(buf_text(&old_text), buf_text(&new_text), &diff, &err), 0);
    assert_int_equal(diff.change_count, 1);
    assert_int_equal(diff.changes[0].old_start, 1);
    assert_int_equal(diff.changes[0].old_count, 2 * LINEDIFF_CHANGED_MAX - 1); /* the last line is the same in both */
    apply(&diff, &applied);
    assert_string_equal(buf_text(&applied), buf_text(&new_text));
}

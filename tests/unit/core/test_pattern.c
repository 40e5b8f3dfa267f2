/* core/pattern: shell patterns for names, compared with fnmatch(3). */
#include "core/pattern.h"

#include "tests/support/decode_fixture.h"

#include <fnmatch.h>

static struct pattern *compile(const char *text)
{
    struct err err;
    struct pattern *pattern = pattern_compile(text, &err);
    if (!pattern)
        fail_msg("\"%s\": %s", text, err.text);
    return pattern;
}

static void check_against_fnmatch(const char *text, const char *const names[], size_t count)
{
    struct pattern *pattern = compile(text);
    for (size_t i = 0; i < count; i++) {
        bool expected = fnmatch(text, names[i], 0) == 0;
        if (pattern_matches(pattern, names[i]) != expected)
            fail_msg("pattern %s, name %s: fnmatch says %d", text, names[i], expected);
    }
    pattern_free(pattern);
}

TEST(pattern_matches__table__as_expected_and_as_fnmatch)
{
    static const struct {
        const char *pattern, *name;
        bool matches;
    } cases[] = {
        {"research", "research", true},
        {"research", "research2", false},
        {"research", "researc", false},
        {"research", "", false},
        {"ml-*", "ml-a", true},
        {"ml-*", "ml-", true},
        {"ml-*", "ml", false},
        {"ml-*", "xml-a", false},
        {"*", "", true},
        {"*", "anything", true},
        {"**", "anything", true},
        {"*-prod", "a-prod", true},
        {"*-prod", "a-prod-b", false},
        {"a*b*c", "abc", true},
        {"a*b*c", "axbxbxc", true},
        {"a*b*c", "axbxbx", false},
        {"*ab*ab", "ababab", true},
        {"?", "a", true},
        {"?", "", false},
        {"?", "ab", false},
        {"team-[abc]", "team-b", true},
        {"team-[abc]", "team-d", false},
        {"team-[a-c]", "team-b", true},
        {"team-[!a-c]", "team-b", false},
        {"team-[!a-c]", "team-d", true},
        {"team[-.]a", "team-a", true},
        {"team[-.]a", "teamxa", false},
        {"[a-]b", "ab", true},
        {"[0-z]x", "5x", true},
        {"a*[0-9]", "a1b2", true},
        {"a*[0-9]", "a1b", false},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct pattern *pattern = compile(cases[i].pattern);
        if (pattern_matches(pattern, cases[i].name) != cases[i].matches)
            fail_msg("pattern %s, name %s", cases[i].pattern, cases[i].name);
        assert_string_equal(pattern_text(pattern), cases[i].pattern);
        check_against_fnmatch(cases[i].pattern, &cases[i].name, 1);
        pattern_free(pattern);
    }
}

static unsigned random_next(unsigned *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 16;
}

static void random_text(unsigned *seed, const char *const pieces[], size_t count, size_t most, char text[128])
{
    size_t length = 1 + random_next(seed) % most;
    text[0] = '\0';
    for (size_t i = 0; i < length; i++)
        strcat(text, pieces[random_next(seed) % count]);
}

TEST(pattern_matches__random_patterns_and_names__agrees_with_fnmatch)
{
    static const char *const pieces[] = {"a",    "b",     "c",    "-",      "*",    "*",     "?",
                                         "[ab]", "[a-c]", "[!a]", "[!b-c]", "[-c]", "[a-b-]"};
    static const char *const letters[] = {"a", "b", "c", "-", "0"};
    unsigned seed = 20261123;
    unsigned compiled = 0;
    for (unsigned round = 0; round < 20000; round++) {
        char text[128];
        random_text(&seed, pieces, ARRAY_SIZE(pieces), 8, text);
        struct err err;
        struct pattern *pattern = pattern_compile(text, &err);
        if (!pattern) {
            assert_non_null(strstr(err.text, "begin and end")); /* these pieces allow no other mistake */
            continue;
        }
        compiled++;
        pattern_free(pattern);
        for (unsigned i = 0; i < 10; i++) {
            char name[128];
            random_text(&seed, letters, ARRAY_SIZE(letters), 10, name);
            const char *const names[] = {name};
            check_against_fnmatch(text, names, 1);
        }
    }
    assert_in_range(compiled, 10000, 20000);
}

/* A matcher that backtracks into every star would need longer than the age of the universe. */
TEST(pattern_matches__many_stars__not_exponential)
{
    char text[128] = "";
    for (int i = 0; i < 60; i++)
        strcat(text, "*a");
    strcat(text, "*b");
    char name[251];
    memset(name, 'a', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    struct pattern *pattern = compile(text);
    assert_false(pattern_matches(pattern, name));
    name[sizeof(name) - 2] = 'b';
    assert_true(pattern_matches(pattern, name));
    pattern_free(pattern);
}

TEST(pattern_compile__invalid__refused_with_reason)
{
#define NAMES "names have lower-case letters, digits, '-' and '.', patterns also * ? [abc] [a-z] [!a]"
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"", "an empty pattern matches no name; write a name or a pattern, such as ml-*"},
        {"ML-*", "\"ML-*\" matches no name: names have no upper-case letters; write 'm' instead of 'M'"},
        {"a b", "\"a b\" matches no name: a space is in none; " NAMES},
        {"a/b", "\"a/b\" matches no name: '/' is in none; " NAMES},
        {"a_b", "\"a_b\" matches no name: '_' is in none; " NAMES},
        {"a\\*", "\"a\\*\" matches no name: '\\' is in none; " NAMES},
        {"{a,b}", "\"{a,b}\" matches no name: '{' is in none; " NAMES},
        {"a]", "\"a]\" matches no name: ']' is in none; " NAMES},
        {"a\xc3\xa4", "\"a\xc3\xa4\" matches no name: byte 0xc3 is in none; " NAMES},
        {"[a", "\"[a\" has a '[' without its ']'; write a set such as [abc] or [a-z]"},
        {"[", "\"[\" has a '[' without its ']'; write a set such as [abc] or [a-z]"},
        {"[a-", "\"[a-\" has a '[' without its ']'; write a set such as [abc] or [a-z]"},
        {"[!", "\"[!\" has a '[' without its ']'; write a set such as [abc] or [a-z]"},
        {"[]", "\"[]\" has an empty set of characters; write some, such as [abc]"},
        {"[!]", "\"[!]\" has an empty set of characters; write some, such as [abc]"},
        {"[^a]b", "\"[^a]b\" negates with '^'; write [!a]b instead of [^a]b"},
        {"[z-a]", "\"[z-a]\" has a range from back to front: write [a-z] instead of [z-a]"},
        {"[aB]", "\"[aB]\" matches no name: names have no upper-case letters; write 'b' instead of 'B'"},
        {"[a-Z]", "\"[a-Z]\" matches no name: names have no upper-case letters; write 'z' instead of 'Z'"},
        {"a[!a-z0-9.-]b", "\"a[!a-z0-9.-]b\" matches no name: a set in it leaves no character that names have"},
        {"-a", "\"-a\" matches no name: names begin and end with a letter or a digit"},
        {"a*-", "\"a*-\" matches no name: names begin and end with a letter or a digit"},
        {"[.-]a", "\"[.-]a\" matches no name: names begin and end with a letter or a digit"},
    };
#undef NAMES
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct err err = {0};
        if (pattern_compile(cases[i].text, &err))
            fail_msg("\"%s\" was accepted", cases[i].text);
        assert_int_equal(err.code, ERR_INVALID);
        assert_string_equal(err.text, cases[i].message);
    }
}

TEST(pattern_compile__longer_than_any_name__refused)
{
    char text[256];
    memset(text, 'a', sizeof(text));
    text[253] = '\0';
    pattern_free(compile(text));
    text[253] = '*';
    text[254] = '\0';
    pattern_free(compile(text));
    text[253] = '?';
    struct err err;
    assert_null(pattern_compile(text, &err));
    assert_string_equal(err.text, "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...\" matches no name: names have at most 253 "
                                  "characters");
}

TEST(pattern_is_literal__with_and_without_wildcards)
{
    static const struct {
        const char *text;
        bool literal;
    } cases[] = {{"none", true}, {"a.b-c", true}, {"a*", false}, {"a?", false}, {"[a]", false}};
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct pattern *pattern = compile(cases[i].text);
        assert_int_equal(pattern_is_literal(pattern), cases[i].literal);
        pattern_free(pattern);
    }
}

TEST(patterns_match__list__any_of_them)
{
    struct patterns patterns = {0};
    assert_false(patterns_match(&patterns, "a"));
    assert_decode_problems("patterns", "[research, 'ml-*']", decode_patterns, &patterns, "");
    assert_int_equal(patterns.count, 2);
    assert_true(patterns_match(&patterns, "research"));
    assert_true(patterns_match(&patterns, "ml-1"));
    assert_false(patterns_match(&patterns, "web"));
    patterns_fini(&patterns);
}

TEST(decode_patterns__mistakes__each_is_named)
{
    struct patterns patterns = {0};
    assert_decode_problems("mistakes", "- good\n- ''\n- 3\n- '[z-a]'\n- null\n- also-good\n", decode_patterns,
                           &patterns,
                           "2:3: [1]: an empty pattern matches no name; write a name or a pattern, such as ml-*\n"
                           "3:3: [2]: is an integer, must be a string; put it in quotes\n"
                           "4:3: [3]: \"[z-a]\" has a range from back to front: write [a-z] instead of [z-a]\n"
                           "5:3: [4]: is null, must be a string; put it in quotes\n");
    assert_int_equal(patterns.count, 2);
    patterns_fini(&patterns);
    assert_decode_problems("no list", "ml-*", decode_patterns, &patterns, "1:1: is a string, must be a list\n");
    pattern_free(NULL);
}

/* serve/exposition: the text format, byte for byte. */
#include "serve/exposition.h"
#include "tests/support/check.h"

#include <math.h>

TEST(number__any__is_the_shortest_text_of_that_number)
{
    static const struct {
        double value;
        const char *text;
    } cases[] = {
        {0, "0"},
        {1, "1"},
        {-2.5, "-2.5"},
        {0.00005, "5e-05"},
        {0.0001, "0.0001"},
        {0.00025, "0.00025"},
        {0.1, "0.1"},
        {1795444674, "1795444674"},
        {1795444673.9, "1795444673.9"},
        {251006976, "251006976"},
        {1.0 / 3, "0.3333333333333333"},
        {9007199254740993.0, "9007199254740992"},
        {1e21, "1e+21"},
        {INFINITY, "+Inf"},
        {-INFINITY, "-Inf"},
        {NAN, "NaN"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char text[EXPOSITION_NUMBER_SIZE];
        exposition_number(cases[i].value, text);
        check_text(cases[i].text, text, cases[i].text);
    }
}

TEST(head__help_with_backslash_and_newline__is_escaped)
{
    AUTO(buf) out;
    buf_init(&out, 1000);
    exposition_head(&out, "a_total", "counter", "Of C:\\ and\n\"more\".");
    check_text("head", buf_text(&out), "# HELP a_total Of C:\\\\ and\\n\"more\".\n# TYPE a_total counter\n");
}

TEST(sample__labels__as_the_format_requires)
{
    static const char *const names[] = {"path", "code", NULL};
    static const char *const plain[] = {"/a", "200"};
    static const char *const special[] = {"C:\\dir\n\"x\"", "\xC3\xA4"};
    const struct {
        const char *name;
        struct exposition_sample sample;
        const char *text;
    } cases[] = {
        {"no labels", {.name = "up"}, "up 7\n"},
        {"labels", {.name = "up", .names = names, .values = plain}, "up{path=\"/a\",code=\"200\"} 7\n"},
        {"escapes",
         {.name = "up", .names = names, .values = special},
         "up{path=\"C:\\\\dir\\n\\\"x\\\"\",code=\"\xC3\xA4\"} 7\n"},
        {"bucket",
         {.name = "d", .suffix = "_bucket", .names = names, .values = plain, .bound = "0.5"},
         "d_bucket{path=\"/a\",code=\"200\",le=\"0.5\"} 7\n"},
        {"bucket alone", {.name = "d", .suffix = "_bucket", .bound = "+Inf"}, "d_bucket{le=\"+Inf\"} 7\n"},
        {"suffix", {.name = "d", .suffix = "_sum"}, "d_sum 7\n"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(buf) out;
        buf_init(&out, 1000);
        exposition_add(&out, &cases[i].sample, 7);
        exposition_add_count(&out, &cases[i].sample, 7);
        AUTO(buf) twice;
        buf_init(&twice, 1000);
        buf_addf(&twice, "%s%s", cases[i].text, cases[i].text);
        check_text(cases[i].name, buf_text(&out), buf_text(&twice));
    }
}

TEST(count__too_large_for_an_exact_double__keeps_all_digits)
{
    const struct exposition_sample sample = {.name = "a_total"};
    AUTO(buf) out;
    buf_init(&out, 100);
    exposition_add_count(&out, &sample, UINT64_MAX);
    check_text("count", buf_text(&out), "a_total 18446744073709551615\n");
}

/* core/selector: label selectors. */
#include "core/selector.h"

#include "tests/support/decode_fixture.h"

TEST(selector_matches__table__as_label_selector_as_selector)
{
    static const struct {
        const char *selector, *labels;
        bool matches;
    } cases[] = {
        {"{}", "{}", true},
        {"{}", "{a: b}", true},
        {"{matchLabels: {}, matchExpressions: []}", "{a: b}", true},
        {"{matchLabels: {tier: gpu}}", "{tier: gpu, other: x}", true},
        {"{matchLabels: {tier: gpu}}", "{tier: cpu}", false},
        {"{matchLabels: {tier: gpu}}", "{}", false},
        {"{matchLabels: {tier: ''}}", "{tier: ''}", true},
        {"{matchLabels: {tier: ''}}", "{}", false},
        {"{matchLabels: {tier: gpu, team: a}}", "{tier: gpu}", false},
        {"{matchLabels: {tier: gpu, team: a}}", "{tier: gpu, team: a}", true},
        {"{matchExpressions: [{key: a, operator: In, values: [x, z]}]}", "{a: z}", true},
        {"{matchExpressions: [{key: a, operator: In, values: [x, z]}]}", "{a: w}", false},
        {"{matchExpressions: [{key: a, operator: In, values: [x, z]}]}", "{}", false},
        {"{matchExpressions: [{key: a, operator: NotIn, values: [x]}]}", "{a: x}", false},
        {"{matchExpressions: [{key: a, operator: NotIn, values: [x]}]}", "{a: z}", true},
        {"{matchExpressions: [{key: a, operator: NotIn, values: [x]}]}", "{}", true},
        {"{matchExpressions: [{key: a, operator: Exists}]}", "{a: ''}", true},
        {"{matchExpressions: [{key: a, operator: Exists}]}", "{}", false},
        {"{matchExpressions: [{key: a, operator: DoesNotExist}]}", "{}", true},
        {"{matchExpressions: [{key: a, operator: DoesNotExist}]}", "{a: x}", false},
        {"{matchLabels: {tier: gpu}, matchExpressions: [{key: a, operator: Exists}]}", "{tier: gpu, a: x}", true},
        {"{matchLabels: {tier: gpu}, matchExpressions: [{key: a, operator: Exists}]}", "{tier: gpu}", false},
        {"{matchLabels: {tier: gpu}, matchExpressions: [{key: a, operator: Exists}]}", "{a: x}", false},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct requirements selector = {0};
        struct keyvalues labels = {0};
        assert_decode_problems(cases[i].selector, cases[i].selector, decode_selector, &selector, "");
        assert_decode_problems(cases[i].labels, cases[i].labels, decode_labels, &labels, "");
        if (selector_matches(&selector, &labels) != cases[i].matches)
            fail_msg("%s, labels %s", cases[i].selector, cases[i].labels);
        requirements_fini(&selector);
        keyvalues_fini(&labels);
    }
}

TEST(selector_matches__no_labels_at_all__as_empty)
{
    struct requirements selector = {0};
    assert_true(selector_matches(&selector, NULL));
    assert_decode_problems("labels", "{matchLabels: {a: b}}", decode_selector, &selector, "");
    assert_false(selector_matches(&selector, NULL));
    requirements_fini(&selector);
    assert_int_equal(selector.count, 0);
}

TEST(decode_selector__mistakes__each_is_named)
{
    struct requirements selector = {0};
    assert_decode_problems(
        "mistakes",
        "matchLabels: {a: 1}\n"
        "matchExpressions:\n"
        "- {key: a, operator: Lt, values: ['1']}\n"
        "- {key: b, operator: In}\n"
        "matchExpression: []\n",
        decode_selector, &selector,
        "1:18: matchLabels.a: is an integer, must be a string; put it in quotes\n"
        "3:22: matchExpressions[0].operator: is \"Lt\", must be In, NotIn, Exists or DoesNotExist\n"
        "4:3: matchExpressions[1]: In needs at least one value, such as values: [a]\n"
        "5:1: matchExpression: unknown field \"matchExpression\"; did you mean \"matchExpressions\"?\n");
    requirements_fini(&selector);
    assert_decode_problems("no object", "[]", decode_selector, &selector, "1:1: is a list, must be an object\n");
}

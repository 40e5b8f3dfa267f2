/* base/hash. Source of the values: draft-eastlake-fnv-21, appendix C. */
#include "base/hash.h"

#include "tests/support/check.h"

TEST(hash_bytes__known_texts__known_values)
{
    static const struct {
        const char *text;
        uint64_t expected;
    } cases[] = {
        {"", UINT64_C(0xCBF29CE484222325)},
        {"a", UINT64_C(0xAF63DC4C8601EC8C)},
        {"foobar", UINT64_C(0x85944171F73967E8)},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        assert_true(hash_bytes(HASH_START, cases[i].text, strlen(cases[i].text)) == cases[i].expected);
    assert_true(hash_bytes(hash_bytes(HASH_START, "foo", 3), "bar", 3) == hash_bytes(HASH_START, "foobar", 6));
}

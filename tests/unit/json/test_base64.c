/* json/base64: the vectors of RFC 4648, section 10, and lengths around BASE64_BYTES, which are coded at a time. */
#include "json/base64.h"

#include "tests/support/check.h"

static const struct {
    const char *bytes, *text;
} vectors[] = {
    {"", ""},
    {"f", "Zg=="},
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"},
};

TEST(base64__rfc_4648_vectors__both_ways)
{
    for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
        AUTO(buf) text;
        AUTO(buf) bytes;
        struct err err;
        buf_init(&text, 64);
        buf_init(&bytes, 64);
        base64_add(&text, vectors[i].bytes, strlen(vectors[i].bytes));
        check_text(vectors[i].bytes, buf_text(&text), vectors[i].text);
        assert_int_equal(base64_decode(vectors[i].text, &bytes, &err), 0);
        check_text(vectors[i].text, buf_text(&bytes), vectors[i].bytes);
    }
}

TEST(base64__lengths_around_the_piece__decode_to_the_same_bytes)
{
    char bytes[2000];
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (char)(i * 7 + i / 256);
    for (size_t length = 750; length < sizeof(bytes); length += 7) {
        AUTO(buf) text;
        AUTO(buf) back;
        struct err err;
        buf_init(&text, 4096);
        buf_init(&back, 4096);
        base64_add(&text, bytes, length);
        assert_int_equal(text.length, (length + 2) / 3 * 4);
        assert_int_equal(base64_decode(text.data, &back, &err), 0);
        assert_int_equal(back.length, length);
        assert_memory_equal(back.data, bytes, length);
    }
}

TEST(base64_decode__not_base64__refused)
{
    AUTO(buf) bytes;
    struct err err;
    buf_init(&bytes, 64);
    check_failure("length", base64_decode("Zg=", &bytes, &err), &err, ERR_INVALID,
                  "base64 of 3 characters: must be a multiple of 4");
    check_failure("alphabet", base64_decode("Z!==", &bytes, &err), &err, ERR_INVALID, "not base64");
}

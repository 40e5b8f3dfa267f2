/* Base64 with OpenSSL, in pieces, so that no second buffer for the whole text is needed. */
#include "json/base64.h"

#include <openssl/evp.h>
#include <string.h>

enum { BASE64_BYTES = 3 * 256, BASE64_CHARS = 4 * 256 };

void base64_add(struct buf *out, const char *data, size_t length)
{
    unsigned char text[BASE64_CHARS + 1];
    while (length > 0) {
        size_t piece = length < BASE64_BYTES ? length : BASE64_BYTES;
        int written = EVP_EncodeBlock(text, (const unsigned char *)data, (int)piece);
        buf_add(out, text, (size_t)written);
        data += piece;
        length -= piece;
    }
    explicit_bzero(text, sizeof(text)); /* the data may be a key or a token */
}

json_t *base64_string(const char *text)
{
    size_t length = strlen(text);
    AUTO(buf) encoded;
    buf_init_secret(&encoded, length / 3 * 4 + 4);
    base64_add(&encoded, text, length);
    return encoded.failure == ERR_NONE ? json_string(buf_text(&encoded)) : NULL;
}

int base64_decode(const char *text, struct buf *out, struct err *err)
{
    unsigned char bytes[BASE64_BYTES];
    size_t left = strlen(text);
    if (left % 4 != 0)
        return err_set(err, ERR_INVALID, "base64 of %zu characters: must be a multiple of 4", left);

    size_t padding = left == 0 ? 0 : (size_t)(text[left - 1] == '=') + (size_t)(text[left - 2] == '=');
    while (left > 0) {
        size_t piece = left < BASE64_CHARS ? left : BASE64_CHARS;
        int written = EVP_DecodeBlock(bytes, (const unsigned char *)text, (int)piece);
        if (written < 0) {
            explicit_bzero(bytes, sizeof(bytes));
            return err_set(err, ERR_INVALID, "not base64");
        }

        left -= piece;
        text += piece;
        buf_add(out, bytes, (size_t)written - (left == 0 ? padding : 0));
    }

    explicit_bzero(bytes, sizeof(bytes));
    return 0;
}

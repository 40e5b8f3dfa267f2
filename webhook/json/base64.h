/* Base64 (RFC 4648 section 4), as Go's encoding/json writes []byte. By OpenSSL. */
#ifndef GPUSLICE_JSON_BASE64_H
#define GPUSLICE_JSON_BASE64_H

#include "base/buf.h"

/* Adds the padded text of the bytes. Failures are the buffer's. */
void base64_add(struct buf *out, const char *data, size_t length);

/* Adds the bytes that `text` stands for. Errors: ERR_INVALID; those of the buffer are its own. */
MUST_CHECK int base64_decode(const char *text, struct buf *out, struct err *err);

#endif

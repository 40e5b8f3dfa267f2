/* Keys and tokens do not stay in memory that this program has freed. The linker sends our own calls of free() and
 * realloc() through this file (-Wl,--wrap), but not those of libraries. */
#include "tests/support/check.h"

#include "certs/load.h"
#include "kube/credential.h"
#include "kube/kubeconfig.h"
#include "tests/support/temp_dir.h"

#include <malloc.h>

#define SECRET        "correct-horse-battery-staple"
#define SECRET_BASE64 "Y29ycmVjdC1ob3JzZS1iYXR0ZXJ5LXN0YXBsZS"
#define CONFIG_HEAD                                                                                                   \
    "current-context: admin\ncontexts: [{name: admin, context: {cluster: here, user: me}}]\nclusters: [{name: here, " \
    "cluster: {server: 'https://10.0.0.1:6443/'}}]\n"

void *__real_realloc(void *memory, size_t size);
void __real_free(void *memory);
void *__wrap_realloc(void *memory, size_t size);
void __wrap_free(void *memory);

static size_t kept; /* blocks that were freed with the secret in them */

static void look(void *memory)
{
    size_t size = memory ? malloc_usable_size(memory) : 0;
    if (size > 0 &&
        (memmem(memory, size, SECRET, strlen(SECRET)) || memmem(memory, size, SECRET_BASE64, strlen(SECRET_BASE64))))
        kept++;
}

void *__wrap_realloc(void *memory, size_t size)
{
    look(memory);
    return __real_realloc(memory, size);
}

void __wrap_free(void *memory)
{
    look(memory);
    __real_free(memory);
}

TEST(secret_buf__grown_reset_and_freed__leaves_nothing)
{
    kept = 0;
    AUTO(buf) buf;
    buf_init_secret(&buf, 1 << 20);
    for (int i = 0; i < 1000; i++)
        buf_add_string(&buf, SECRET);
    buf_reset(&buf);
    buf_add_string(&buf, "x");
    buf_fini(&buf);
    assert_int_equal(kept, 0);
    buf_add_string(&buf, SECRET); /* the buffer is still a secret one */
    buf_fini(&buf);
    assert_int_equal(kept, 0);
    buf_init(&buf, 100);
    buf_add_string(&buf, SECRET);
    buf_fini(&buf);
    assert_int_equal(kept, 1); /* the wrappers notice a plain buffer */
}

/* The texts are good, two documents, faulty, not YAML, too long, and empty. */
TEST(kubeconfig__good_or_not__leaves_nothing)
{
    AUTO(temp_dir) folder = temp_dir_new();
    AUTO(string) path = temp_path(folder, "kube.yaml");
    AUTO(string) long_text = malloc((5 << 20) + 1);
    assert_non_null(long_text);
    memset(long_text, '#', 5 << 20);
    memcpy(long_text, "token: " SECRET, strlen("token: " SECRET));
    long_text[5 << 20] = '\0';
    const char *const texts[] = {
        CONFIG_HEAD "users: [{name: me, user: {token: " SECRET "}}]\n",
        CONFIG_HEAD "users: [{name: me, user: {token: " SECRET "}}]\n---\nb: 1\n",
        CONFIG_HEAD "users: [{name: me, user: {token: " SECRET ", client-key-data: " SECRET_BASE64 "==}}]\n",
        CONFIG_HEAD "users: [{name: me, user: {token: " SECRET "}}]\n}\n",
        long_text,
        "",
    };
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        AUTO(problems) problems = {0};
        AUTO(access) access = {0};
        struct err err = {0};
        temp_write(folder, "kube.yaml", texts[i]);
        kept = 0;
        int result = kubeconfig_load(path, &access, &problems, &err);
        access_fini(&access);
        assert_int_equal(result, i == 0 ? 0 : -1);
        if (kept > 0)
            fail_msg("text %zu: %zu blocks with the token were freed (%s)", i, kept, err.text);
    }
    memset(long_text, 0, 5 << 20);
}

TEST(key_file__read__leaves_nothing)
{
    struct err err = {0};
    AUTO(temp_dir) folder = temp_dir_new();
    AUTO(string) path = temp_path(folder, "tls.key");
    AUTO(buf) text;
    buf_init(&text, 100000);
    for (int i = 0; i < 1000; i++)
        buf_add_string(&text, SECRET);
    temp_write(folder, "tls.key", buf_text(&text));
    struct cert_pem pem = {0};
    kept = 0;
    check_success("read", cert_load(path, path, NULL, &pem, &err), &err);
    memset(pem.cert, 0, strlen(pem.cert)); /* a certificate is no secret */
    cert_pem_fini(&pem);
    assert_int_equal(kept, 0);
    memset(text.data, 0, text.length);
}

/* kube/curl_library. The real libcurl is loaded last, because it is never unloaded. */
#include "kube/curl_library.h"

#include "tests/support/check.h"

#include <curl/curl.h>

TEST(curl_library_load__no_such_library__says_what_is_needed)
{
    struct err err = {0};
    assert_int_equal(curl_library_load("libgpuslice-none.so.0", &err), -1);
    assert_int_equal(err.code, ERR_NOT_FOUND);
    assert_non_null(strstr(err.text, "libcurl (Debian: libcurl4): libgpuslice-none.so.0"));
}

TEST(curl_library_load__another_library__names_a_missing_function)
{
    struct err err = {0};
    check_failure("libc", curl_library_load("libc.so.6", &err), &err, ERR_INVALID,
                  "libc.so.6: too old, it has no curl_global_init");
}

TEST(curl_library_load__after_failures__options_and_answers_pass_through)
{
    struct err err = {0};
    long status = -1;
    check_success("load", curl_library_load(CURL_LIBRARY, &err), &err);
    check_success("again", curl_library_load(CURL_LIBRARY, &err), &err);
    assert_int_equal(curl_global_init(CURL_GLOBAL_DEFAULT), CURLE_OK);
    CURL *easy = curl_easy_init();
    assert_non_null(easy);
    assert_int_equal(curl_easy_setopt(easy, CURLOPT_URL, "https://127.0.0.1/"), CURLE_OK);
    assert_int_equal(curl_easy_setopt(easy, CURLOPT_PORT, 70000L), CURLE_BAD_FUNCTION_ARGUMENT);
    assert_int_equal(curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status), CURLE_OK);
    assert_int_equal(status, 0);
    check_text("code", curl_easy_strerror(CURLE_OK), "No error");
    curl_easy_cleanup(easy);
    curl_global_cleanup();
}

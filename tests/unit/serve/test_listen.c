/* serve/listen: addresses to sockets. */
#include "serve/listen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void open__good_address__listens_on_a_port(void **state)
{
    (void)state;
    static const struct {
        const char *address;
        int family;
    } cases[] = {{"127.0.0.1:0", AF_INET}, {"[::1]:0", AF_INET6}, {":0", AF_INET6}, {"[::]:0", AF_INET6}};
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        int fd = -1;
        struct err err = {0};
        struct sockaddr_storage bound;
        socklen_t length = sizeof(bound);
        if (listen_open(cases[i].address, 16, &fd, &err) < 0)
            fail_msg("%s: %s", cases[i].address, err.text);
        assert_int_equal(getsockname(fd, (struct sockaddr *)&bound, &length), 0);
        assert_int_equal(bound.ss_family, cases[i].family);
        assert_in_range(listen_port(fd), 1, 65535);
        (void)close(fd);
    }
}

static void open__no_address__is_refused(void **state)
{
    (void)state;
    static const char *const cases[] = {"",       "8443",        "127.0.0.1",       "127.0.0.1:",   "127.0.0.1:x",
                                        "::1:80", "[::1]",       "127.0.0.1:65536", "localhost:-1", "a:1 ",
                                        "a:+1",   "a:000000001", "[::1]:80x"};
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        int fd = -7;
        struct err err = {0};
        char text[128];
        (void)snprintf(text, sizeof(text), "\"%s\" is not HOST:PORT; expected e.g. 127.0.0.1:8443, [::1]:8443 or :8443",
                       cases[i]);
        if (listen_open(cases[i], 16, &fd, &err) == 0)
            fail_msg("\"%s\": opened", cases[i]);
        assert_string_equal(err.text, text);
        assert_int_equal(err.code, ERR_INVALID);
        assert_int_equal(fd, -7);
    }
}

static void open__port_in_use__says_so(void **state)
{
    (void)state;
    int first = -1;
    int second = -1;
    struct err err = {0};
    char address[64];
    char text[128];
    assert_int_equal(listen_open("127.0.0.1:0", 16, &first, &err), 0);
    (void)snprintf(address, sizeof(address), "127.0.0.1:%u", listen_port(first));
    (void)snprintf(text, sizeof(text), "%s: Address already in use", address);
    assert_int_equal(listen_open(address, 16, &second, &err), -1);
    assert_string_equal(err.text, text);
    assert_int_equal(err.code, ERR_IO);
    (void)close(first);
}

static void port__no_socket__is_zero(void **state)
{
    (void)state;
    assert_int_equal(listen_port(-1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(open__good_address__listens_on_a_port),
        cmocka_unit_test(open__no_address__is_refused),
        cmocka_unit_test(open__port_in_use__says_so),
        cmocka_unit_test(port__no_socket__is_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

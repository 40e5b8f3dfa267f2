/* serve/listen: sockets for addresses. */
#include "serve/listen.h"
#include "tests/support/test.h"

#include <stdint.h>

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

TEST(open__good_address__listens_on_a_port)
{
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

TEST(open__not_an_address__is_refused)
{
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

TEST(open__port_in_use__says_so)
{
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

TEST(port__no_socket__is_zero)
{
    assert_int_equal(listen_port(-1), 0);
}

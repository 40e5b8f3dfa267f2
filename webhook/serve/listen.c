/* Opens listening sockets for HOST:PORT. Does not depend on HTTP. */
#include "serve/listen.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HOST_SIZE = 256, PORT_MAX = 65535 };

struct host_port {
    char host[HOST_SIZE]; /* "" means all interfaces */
    char port[8];
};

DEFINE_AUTO(addrinfo, struct addrinfo *, freeaddrinfo);

static int bad_address(const char *address, struct err *err)
{
    return err_set(err, ERR_INVALID, "\"%s\" is not HOST:PORT; expected e.g. 127.0.0.1:8443, [::1]:8443 or :8443",
                   address);
}

static int split(const char *address, struct host_port *ret, struct err *err)
{
    const char *colon = strrchr(address, ':');
    if (!colon)
        return bad_address(address, err);

    const char *host = address;
    size_t length = (size_t)(colon - address);
    if (length >= 2 && host[0] == '[' && host[length - 1] == ']') {
        host++;
        length -= 2;
    } else if (memchr(host, ':', length)) {
        return bad_address(address, err); /* IPv6 without brackets: it is unclear which colon separates the port */
    }

    size_t digits = strspn(colon + 1, "0123456789");
    if (digits == 0 || digits > 5 || colon[1 + digits] != '\0' || strtoul(colon + 1, NULL, 10) > PORT_MAX ||
        length >= HOST_SIZE)
        return bad_address(address, err);

    memcpy(ret->host, host, length);
    ret->host[length] = '\0';
    (void)snprintf(ret->port, sizeof(ret->port), "%s", colon + 1);
    return 0;
}

static int resolve(const char *address, const struct host_port *parts, struct addrinfo **ret, struct err *err)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    int result = getaddrinfo(parts->host[0] ? parts->host : NULL, parts->port, &hints, ret);
    if (result == EAI_MEMORY)
        return err_nomem(err);
    if (result != 0)
        return err_set(err, ERR_IO, "%s: %s", address, gai_strerror(result));
    return 0;
}

static int configure(int fd, const struct addrinfo *info, int backlog)
{
    int on = 1;
    int off = 0;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0)
        return -1;
    /* One socket for both families, even if net.ipv6.bindv6only is set. */
    if (info->ai_family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)) < 0)
        return -1;
    return bind(fd, info->ai_addr, info->ai_addrlen) < 0 ? -1 : listen(fd, backlog);
}

static int open_one(const struct addrinfo *info, int backlog)
{
    int fd = socket(info->ai_family, info->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, info->ai_protocol);
    if (fd < 0)
        return -1;
    if (configure(fd, info, backlog) == 0)
        return fd;
    int number = errno;
    (void)close(fd);
    errno = number;
    return -1;
}

/* Returns a socket for the first address that works among those of the family (AF_UNSPEC: any), or -1. */
static int open_family(const struct addrinfo *list, int family, int backlog)
{
    int fd = -1;
    for (const struct addrinfo *info = list; info && fd < 0; info = info->ai_next) {
        if (family == AF_UNSPEC || info->ai_family == family)
            fd = open_one(info, backlog);
    }
    return fd;
}

int listen_open(const char *address, int backlog, int *ret_fd, struct err *err)
{
    struct host_port parts;
    AUTO(addrinfo) list = NULL;
    if (split(address, &parts, err) < 0 || resolve(address, &parts, &list, err) < 0)
        return -1;

    /* For all interfaces, IPv6 comes first: such a socket accepts IPv4 too, but an IPv4 socket does not accept IPv6. */
    int fd = parts.host[0] ? -1 : open_family(list, AF_INET6, backlog);
    if (fd < 0)
        fd = open_family(list, AF_UNSPEC, backlog);
    if (fd < 0) {
        (void)err_errno(err, "%s", address);
        err->code = ERR_IO; /* for any errno, because no file can be missing here */
        return -1;
    }

    *ret_fd = fd;
    return 0;
}

unsigned listen_port(int fd)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } address = {0};
    socklen_t length = sizeof(address);
    if (getsockname(fd, &address.any, &length) < 0)
        return 0;
    return ntohs(address.any.sa_family == AF_INET6 ? address.v6.sin6_port : address.v4.sin_port);
}

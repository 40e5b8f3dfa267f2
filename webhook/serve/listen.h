/* Listening sockets from "HOST:PORT".
 *
 * HOST is a name, an IPv4 address, an IPv6 address in brackets, or nothing for all interfaces (both families).
 * PORT is a number; 0 lets the kernel choose. */
#pragma once

#include "base/err.h"

/* Sets *ret_fd to a listening socket, non-blocking and close-on-exec; the caller closes it. Errors: ERR_INVALID (not
 * HOST:PORT), ERR_IO (in use, not permitted, no such host), ERR_NOMEM. */
MUST_CHECK int listen_open(const char *address, int backlog, int *ret_fd, struct err *err);

/* Returns the port that a socket is bound to, or 0 if there is none. */
unsigned listen_port(int fd);

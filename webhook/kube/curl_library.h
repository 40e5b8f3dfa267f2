/* Loads libcurl when the first client is created, not at program start.
 *
 * libcurl depends on about twenty libraries (TLS, Kerberos, LDAP, SSH ...), which are only needed to talk to an API
 * server. Without them, `serve` with --namespaces takes 1.5 MiB less memory, and commands that reach no cluster start
 * in two thirds of the time. curl_library.c defines the functions of <curl/curl.h> that kube/ uses and forwards their
 * calls to the library. Callers include <curl/curl.h> as usual; a call of a function that curl_library.c does not
 * define fails to link. */
#pragma once

#include "base/err.h"

#define CURL_LIBRARY "libcurl.so.4" /* the ABI that libcurl has kept since 2006 */

/* Loads `name` once per process; after a failure, the next call tries again. Call it before any function of libcurl.
 * Thread-safe. Errors: ERR_NOT_FOUND (no such library), ERR_INVALID (it lacks a function). */
MUST_CHECK int curl_library_load(const char *name, struct err *err);

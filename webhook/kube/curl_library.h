/* Loads libcurl when the first client is created, not at program start.
 *
 * libcurl depends on about twenty libraries (TLS, Kerberos, LDAP, SSH ...), which are only needed to talk to an API
 * server: without them `serve` on files takes 1.5 MiB less and every other command starts in two thirds of the time.
 * curl_library.c defines the functions of <curl/curl.h> that kube/ uses and forwards them; code that includes that
 * header needs no change, and a function that is missing there does not link. */
#ifndef GPUSLICE_KUBE_CURL_LIBRARY_H
#define GPUSLICE_KUBE_CURL_LIBRARY_H

#include "base/err.h"

#define CURL_LIBRARY "libcurl.so.4" /* the ABI that libcurl has kept since 2006 */

/* Call it before the first function of libcurl. Loads `name` once per process; after a failure it tries again.
 * Thread-safe. Errors: ERR_NOT_FOUND (no such library), ERR_INVALID (it lacks a function). */
MUST_CHECK int curl_library_load(const char *name, struct err *err);

#endif

/* libcurl, loaded when the first client is made, not with the program.
 *
 * It brings some twenty libraries along (TLS, Kerberos, LDAP, SSH ...). Only who asks an API server needs them:
 * without, `serve` on files takes 1.5 MiB less and every other command starts in two thirds of the time. curl_library.c
 * defines the functions of <curl/curl.h> that kube/ uses and passes them on; who includes that header notices nothing,
 * and a function that is missing there does not link. */
#ifndef GPUSLICE_KUBE_CURL_LIBRARY_H
#define GPUSLICE_KUBE_CURL_LIBRARY_H

#include "base/err.h"

#define CURL_LIBRARY "libcurl.so.4" /* the ABI that libcurl has kept since 2006 */

/* Before the first function of libcurl. Loads `name` once in the life of the process; a failure is tried again.
 * Thread-safe. Errors: ERR_NOT_FOUND (no such library), ERR_INVALID (it lacks a function). */
MUST_CHECK int curl_library_load(const char *name, struct err *err);

#endif

/* A server with certificates of its own and an answer function for tests, on a loopback port that the kernel chose.
 *
 * The answer is {"path":P,"length":N,"timeout":MS}. For the body "fail TEXT" it is an error with code ERR_INVALID and
 * TEXT, for "large" it has 5 MB, and for "wait" it comes after fixture_release(). */
#pragma once

#include "admission/routes.h"
#include "certs/issue.h"
#include "serve/server.h"
#include "tests/support/https_client.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

enum { FIXTURE_STATUS_MAX = 600 };

struct fixture {
    struct cert_pem ca, pair;
    struct tls *tls;
    struct server *server;
    const char *paths[ROUTES + 1];
    atomic_uint answered;                     /* calls of the answer function that returned */
    atomic_uint waiting;                      /* calls that wait for fixture_release() */
    atomic_uint outcomes[FIXTURE_STATUS_MAX]; /* number of observed outcomes, by HTTP status */
    pthread_mutex_t mutex;
    pthread_cond_t released_changed;
    bool released;
};

enum { FIXTURE_DAY = 86400, FIXTURE_LARGE = 5000000, FIXTURE_MS_NS = 1000000 };

void fixture_must(int result, const char *what, const struct err *err);
void fixture_wait_for_release(struct fixture *fixture);
void fixture_release(struct fixture *fixture);
int fixture_answer(void *context, const struct server_request *request, struct buf *ret_answer, struct err *err);

/* Returns another leaf of the fixture's CA, for `host` (NULL means "gpuslice.test") and the loopback addresses. */
struct cert_pem fixture_issue(const struct fixture *fixture, const char *host, enum cert_usage usage);

/* Starts a server with the options `given` (NULL for defaults). The fixture sets observe, context and tls, and also
 * listen, paths (those of the table of routes) and answer if they are not given. Raises the limit of open files as far
 * as allowed. Aborts on failure. */
struct fixture *fixture_new(const struct server_options *given);
void fixture_free(struct fixture *fixture);
struct https_options fixture_client_options(const struct fixture *fixture);

/* Returns a connected client that trusts the fixture's CA. Aborts on failure. */
struct https_client *fixture_connect(const struct fixture *fixture);

DEFINE_AUTO(fixture, struct fixture *, fixture_free);

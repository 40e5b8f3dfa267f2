/* Single objects of the API, read and written whole by one who compares and swaps. Nothing here is on a request's way.
 *
 * An answer that a caller must tell apart is an outcome; any other that is no success is an error: ERR_NOT_FOUND (404
 * of what it lies in), ERR_UNAVAILABLE (not reachable, 401, 403 with what it takes, 5xx ...), ERR_LIMIT, ERR_NOMEM. */
#ifndef GPUSLICE_KUBE_OBJECT_H
#define GPUSLICE_KUBE_OBJECT_H

#include "kube/client.h"

#include <jansson.h>

enum object_outcome {
    OBJECT_DONE,
    OBJECT_MISSING,  /* of a read: there is none */
    OBJECT_CONFLICT, /* of a write: it changed, was made or went away since it was read. Read it again */
};

/* How objects are asked for; kept over several calls. */
struct object_caller {
    struct client *client;
    int cancel_fd;                     /* as in struct client_request */
    unsigned timeout_ms;               /* of each request; 0: 10000 */
    time_t date;                       /* the server's clock in the last answer; 0: not told */
    char message[CLIENT_MESSAGE_SIZE]; /* of the last answer that was no success */
};

/* `rights`: what a 403 lacks, as client_refusal(). */
MUST_CHECK int object_read(struct object_caller *caller, const char *path, const char *rights,
                           enum object_outcome *ret_outcome, json_t **ret_object, struct err *err);

struct object_write {
    const char *method; /* POST, PUT, PATCH */
    const char *path, *type;
    const json_t *body;
    const char *rights;
};

/* *ret_object is the object as it is now; only where the outcome is OBJECT_DONE. */
MUST_CHECK int object_write(struct object_caller *caller, const struct object_write *write,
                            enum object_outcome *ret_outcome, json_t **ret_object, struct err *err);

/* metadata.resourceVersion, or "". */
const char *object_revision(const json_t *object);

#endif

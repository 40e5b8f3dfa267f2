/* Reads and writes single API objects, with compare-and-swap. Not used while a review is answered.
 *
 * It is not an error if an object does not exist or has changed since it was read. Errors: ERR_NOT_FOUND (the namespace
 * of a new object does not exist), ERR_UNAVAILABLE (HTTP 401, 403, 5xx ...; for a 403 the text names the required
 * rights), those of client_fetch(), ERR_NOMEM. */
#pragma once

#include "kube/client.h"

enum { OBJECT_NAME_SIZE = 254 };

/* Both names must be valid, because they become part of a path. */
struct object_ref {
    char namespace_name[OBJECT_NAME_SIZE], name[OBJECT_NAME_SIZE];
};

/* How objects are requested, and facts about the last answer. May be used for several calls. */
struct object_caller {
    struct client *client;
    int cancel_fd;                     /* as in struct client_request */
    unsigned timeout_ms;               /* of each request; 0: 10000 */
    time_t date;                       /* the server's clock in the last answer; 0: not given */
    char message[CLIENT_MESSAGE_SIZE]; /* of the last response other than 200 or 201 */
};

/* Sets *ret_object to the object, or to NULL if it does not exist. For `rights` see client_refusal(). */
MUST_CHECK int object_read(struct object_caller *caller, const char *path, const char *rights, json_t **ret_object,
                           struct err *err);

struct object_write {
    const char *method; /* POST, PUT, PATCH */
    const char *path, *type;
    const json_t *body;
    const char *rights;
};

/* Sets *ret_object to the object after the write, or to NULL after a conflict: the object was changed, created or
 * deleted after the caller read it. The caller must then read it again. */
MUST_CHECK int object_write(struct object_caller *caller, const struct object_write *write, json_t **ret_object,
                            struct err *err);

/* Returns metadata.resourceVersion, or "". */
const char *object_revision(const json_t *object);

/* `gpuslice serve` as a process, in a folder of its own, and clients of it. The program is $GPUSLICE_BIN, or
 * build/gcc/gpuslice.
 *
 * The folder has policies/policy.yaml and namespaces.yaml, which tests may change. After the start it also has log,
 * ready and (unless the arguments give a certificate) ca.crt. */
#pragma once

#include "tests/support/https_client.h"
#include "tests/support/program.h"

enum { WEBHOOK_WAIT_MS = 30000 }; /* limit of every wait */

/* A policy set in which every pod that asks for a GPU gets the class CLASS: "t4-third" or "a10g-half". */
#define WEBHOOK_POLICIES(CLASS)                                                \
    "apiVersion: gpuslice.dev/v1alpha1\n"                                      \
    "kind: SlicePool\n"                                                        \
    "metadata: {name: t4-thirds}\n"                                            \
    "spec: {gpu: t4, sharing: {timeSlicing: {replicas: 3}}}\n"                 \
    "---\n"                                                                    \
    "apiVersion: gpuslice.dev/v1alpha1\n"                                      \
    "kind: SlicePool\n"                                                        \
    "metadata: {name: a10g-halves}\n"                                          \
    "spec: {gpu: a10g, sharing: {timeSlicing: {replicas: 2, rename: true}}}\n" \
    "---\n"                                                                    \
    "apiVersion: gpuslice.dev/v1alpha1\n"                                      \
    "kind: SliceClass\n"                                                       \
    "metadata: {name: t4-third}\n"                                             \
    "spec: {pools: [t4-thirds]}\n"                                             \
    "---\n"                                                                    \
    "apiVersion: gpuslice.dev/v1alpha1\n"                                      \
    "kind: SliceClass\n"                                                       \
    "metadata: {name: a10g-half}\n"                                            \
    "spec: {pools: [a10g-halves]}\n"                                           \
    "---\n"                                                                    \
    "apiVersion: gpuslice.dev/v1alpha1\n"                                      \
    "kind: SlicePolicy\n"                                                      \
    "metadata: {name: everyone}\n"                                             \
    "spec: {classes: {default: " CLASS "}}\n"

#define WEBHOOK_NAMESPACE(NAME) \
    "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: " NAME ", labels: {gpuslice.dev/inject: enabled}}\n"

/* The review of a pod that asks for one GPU. CONTAINER adds members to its container, e.g. ",\"env\":[]". */
#define WEBHOOK_REVIEW(NAMESPACE, CONTAINER)                                                                       \
    "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"request\":{\"uid\":\"3e2f7a10\","      \
    "\"kind\":{\"group\":\"\",\"version\":\"v1\",\"kind\":\"Pod\"},\"namespace\":\"" NAMESPACE                     \
    "\",\"operation\":\"CREATE\",\"object\":{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":"                 \
    "{\"generateName\":\"vllm-6db5b5d75c-\",\"ownerReferences\":[{\"apiVersion\":\"apps/v1\","                     \
    "\"kind\":\"ReplicaSet\",\"name\":\"vllm-6db5b5d75c\",\"uid\":\"1\",\"controller\":true}]},"                   \
    "\"spec\":{\"containers\":[{\"name\":\"cuda\",\"resources\":{\"limits\":{\"nvidia.com/gpu\":\"1\"}}" CONTAINER \
    "}]}}}}"

struct webhook {
    char *folder;
    char *ca; /* PEM of ca.crt; NULL with --tls-cert or --cert-secret */
    unsigned port, health_port;
    unsigned descriptors; /* the server's soft and hard limit of open files; 0 for those of the test */
    struct program program;
};

/* Returns the path of the program under test. */
const char *webhook_binary(void);

/* Makes the folder with WEBHOOK_POLICIES("t4-third") and the namespace ml-team; does not start the program. Aborts on
 * failure. */
struct webhook *webhook_new(void);
/* Kills the program if it still runs, and removes the folder. */
void webhook_free(struct webhook *webhook);

/* Starts the program and waits until it serves. `more` (ended by NULL) are further arguments, which override the usual
 * ones. With --tls-cert or --cert-secret there is no ca.crt. Errors: ERR_IO with the log, ERR_INVALID for a malformed
 * ready file. */
MUST_CHECK int webhook_start(struct webhook *webhook, const char *const more[], struct err *err);
/* Sends the signal and waits until the program has ended. */
MUST_CHECK int webhook_end(struct webhook *webhook, int signal, int *ret_status, struct err *err);

/* For TEST_WITH(): the state is a new webhook. */
int webhook_setup(void **state);
int webhook_teardown(void **state);

/* Call webhook_start(), and webhook_end() with SIGTERM. Fail the test if that fails or the exit status is not 0. */
void webhook_must_start(struct webhook *webhook, const char *const more[]);
void webhook_must_end(struct webhook *webhook);

/* Connects to the port for reviews, trusting `ca` (NULL: ca.crt) and requiring `name` (NULL: "localhost") in the
 * certificate. */
MUST_CHECK int webhook_connect(const struct webhook *webhook, const char *ca, const char *name,
                               struct https_client **ret_client, struct err *err);
/* Sends POST to /mutate and receives the reply. */
MUST_CHECK int webhook_post(struct https_client *client, const char *review, struct http_reply *reply, struct err *err);
/* Like webhook_post(), on a connection of its own. */
MUST_CHECK int webhook_ask(const struct webhook *webhook, const char *review, struct http_reply *reply,
                           struct err *err);
/* Sends GET to the health listener and receives the reply. */
MUST_CHECK int webhook_get(const struct webhook *webhook, const char *target, struct http_reply *reply,
                           struct err *err);

/* Sets *ret_answer to the line that `gpuslice mutate -o review` prints for the review, with `policies` (YAML) and the
 * namespaces of the folder: exactly the bytes that serve must send. free() it. */
MUST_CHECK int webhook_expected(const struct webhook *webhook, const char *policies, const char *review,
                                char **ret_answer, struct err *err);

/* Sets `out` to all that the program has written to stdout and stderr so far. */
MUST_CHECK int webhook_log(const struct webhook *webhook, struct buf *out, struct err *err);

/* Wait until the log, /readyz?verbose or the body of the answer to `review` contains the text. Errors: ERR_IO with what
 * was there instead. */
MUST_CHECK int webhook_await_log(const struct webhook *webhook, const char *text, struct err *err);
MUST_CHECK int webhook_await_readyz(const struct webhook *webhook, const char *text, struct err *err);
MUST_CHECK int webhook_await_answer(const struct webhook *webhook, const char *review, const char *text,
                                    struct err *err);

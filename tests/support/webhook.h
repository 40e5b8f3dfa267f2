/* `gpuslice serve` as a process, in a folder of its own, and clients of it. The program is $GPUSLICE_BIN.
 *
 * In the folder: policies/policy.yaml and namespaces.yaml (which can be changed), log, ready, ca.crt. */
#ifndef GPUSLICE_TESTS_SUPPORT_WEBHOOK_H
#define GPUSLICE_TESTS_SUPPORT_WEBHOOK_H

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

/* The review of a pod that asks for one GPU; CONTAINER is more of its container, e.g. ",\"env\":[]". */
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
    char *ca; /* PEM of ca.crt; NULL if it was given a certificate */
    unsigned port, health_port;
    unsigned descriptors; /* the limit of its open files, soft and hard; 0 for that of the test */
    struct program program;
};

/* Returns the path of the program under test. */
const char *webhook_binary(void);

/* Makes the folder with the policies of t4-third and the namespace ml-team; does not start the program. Aborts on
 * failure. */
struct webhook *webhook_new(void);
/* Kills it if it still runs, and removes the folder. */
void webhook_free(struct webhook *webhook);

/* Starts it and waits until it serves. `more` are further arguments, ended by NULL; later ones win. With --tls-cert
 * or --cert-secret there is no ca.crt. Errors: ERR_IO with its log. */
MUST_CHECK int webhook_start(struct webhook *webhook, const char *const more[], struct err *err);
/* Sends the signal and waits for the end. */
MUST_CHECK int webhook_end(struct webhook *webhook, int signal, int *ret_status, struct err *err);

/* For TEST_WITH(): the state is a new webhook. */
int webhook_setup(void **state);
int webhook_teardown(void **state);

/* webhook_start(), and webhook_end() by SIGTERM with exit status 0; the test fails if they do. */
void webhook_must_start(struct webhook *webhook, const char *const more[]);
void webhook_must_end(struct webhook *webhook);

/* Opens a connection for reviews that trusts `ca` (NULL means ca.crt) and requires `name` (NULL means "localhost") in
 * the certificate. */
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

/* Sets *ret_answer to what `gpuslice mutate -o review` prints for the review: exactly the bytes that serve must send.
 * free() it. */
MUST_CHECK int webhook_expected(const struct webhook *webhook, const char *policies, const char *review,
                                char **ret_answer, struct err *err);

/* Adds all that it wrote to stdout and stderr so far. */
MUST_CHECK int webhook_log(const struct webhook *webhook, struct buf *out, struct err *err);

/* These wait until the log, /readyz?verbose or the body of the answer to `review` contains the text. Errors: ERR_IO
 * with what it contains instead. */
MUST_CHECK int webhook_await_log(const struct webhook *webhook, const char *text, struct err *err);
MUST_CHECK int webhook_await_readyz(const struct webhook *webhook, const char *text, struct err *err);
MUST_CHECK int webhook_await_answer(const struct webhook *webhook, const char *review, const char *text,
                                    struct err *err);

#endif

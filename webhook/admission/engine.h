/* The engine takes the bytes of an AdmissionReview and returns those of the answer. It uses no sockets, files or
 * clocks.
 *
 * It holds the current policy set and the source of namespaces. An answer works on one set and one namespace from
 * beginning to end, so a reload in between cannot mix two of them. Thread-safe. */
#pragma once

#include "admission/model/decision.h"
#include "admission/routes.h"
#include "base/post.h"
#include "policy/namespaces.h"
#include "policy/set.h"

struct engine;

MUST_CHECK int engine_new(struct engine **ret_engine, struct err *err);
void engine_free(struct engine *engine);

/* Replace a snapshot. The engine takes its own reference; the old snapshot is freed when its last reader is done. */
void engine_set_policies(struct engine *engine, struct policy_set *set);
void engine_set_namespaces(struct engine *engine, struct namespaces *namespaces);

/* Replaces the source of namespaces, whose context must outlive the engine. Call it before threads start. */
void engine_set_source(struct engine *engine, struct namespace_source source);

/* Advises also on workloads that simply get their default slice. Call it before threads start. */
void engine_set_verbose_advice(struct engine *engine, bool verbose);

enum { FACT_NAME_SIZE = 64, FACT_SUBJECT_SIZE = 256, FACT_UID_SIZE = 64 };

/* The fields of the log line of one review. Texts are "" where they do not apply. */
struct answer_facts {
    char uid[FACT_UID_SIZE]; /* of the review, shortened: API servers send 36 bytes */
    char namespace_name[FACT_NAME_SIZE];
    /* "ReplicaSet/vllm-6db5b5d75c", else the pod's name, else "generateName*"; of advice, the workload */
    char subject[FACT_SUBJECT_SIZE];
    char class_name[FACT_NAME_SIZE];
    char policy[FACT_NAME_SIZE];
    char revision[REVISION_SIZE];
    const char *decision; /* "injected", "denied", "advised" ...; static; "" for an error */
    const char *reason; /* docs/decisions.md; static; "" for an error, and for advice on a workload without new pods */
    bool dry_run;
    int64_t slices; /* written into the pod by this review, as the scheduler counts them; 0 unless "injected" */
    /* Of a denial, also of one that the policy's mode only reports. */
    char denial[DENIAL_SIZE];     /* the sentence */
    char user[FACT_SUBJECT_SIZE]; /* who made the request, shortened */
};

/* Answers a review that was POSTed to the path of `route`. On success `ret_answer` holds a whole AdmissionReview (a
 * denial is a success). *ret_facts is written on failure too: the log names the namespace of a review that failed. A
 * crowded review (struct post) takes a fraction of the time: a pod that might request a GPU is denied (too_large), and
 * a workload gets no advice. Errors: ERR_INVALID (HTTP 400: does not parse, with the byte; another apiVersion or kind;
 * empty uid; a field of the wrong type; an object of another namespace), ERR_UNAVAILABLE (HTTP 500: the namespace is
 * unknown, or nothing is loaded yet), ERR_NOMEM (HTTP 500), ERR_LIMIT (the answer is longer than ret_answer takes). */
MUST_CHECK int engine_answer(struct engine *engine, const struct route *route, const struct post *post,
                             struct buf *ret_answer, struct answer_facts *ret_facts, struct err *err);

DEFINE_AUTO(engine, struct engine *, engine_free);

/* The paths that the webhook answers: the reviews that each accepts, how it answers, and the steps and edits of its
 * decisions. The server's paths, the labels of metrics and the offline commands use this table. */
#pragma once

#include "admission/model/decision.h"

struct answer_facts;
struct judgement;
struct question;

/* Answers the review in `judgement`, which judge_read() has filled in. Errors: those of engine_answer(). */
typedef int route_answer_fn(const struct question *question, struct judgement *judgement, struct buf *ret_answer,
                            struct answer_facts *facts, struct err *err);

MUST_CHECK route_answer_fn mutate_answer; /* the decision about a pod, and its patch */

/* Finds the pod template of the review (Deployment, StatefulSet, DaemonSet, ReplicaSet of apps; Job, CronJob of batch),
 * decides about the pod that would be created from it, and puts the outcome into warnings. Advises only if the
 * pod would be denied, would get a slice, or causes a warning; never about other kinds, a DELETE, or an unchanged
 * template. Changes the review's tree. */
MUST_CHECK route_answer_fn advise_answer;

/* True for the kinds that advise_answer() gives advice on. */
bool advise_knows(const struct review *review);

struct route {
    const char *path;
    bool (*takes)(const struct review *review); /* other reviews are allowed unchanged */
    route_answer_fn *answer;
    decision_step *const *steps; /* ended by NULL, in the order in which decide() takes them */
    decision_edit *const *edits; /* likewise */
};

/* Indexes into the table. */
enum route_id { ROUTE_MUTATE, ROUTE_ADVISE, ROUTES };

extern const struct route routes[ROUTES];

/* Lists the paths of the routes in the same order, ended by NULL. */
void route_paths(const char *ret_paths[ROUTES + 1]);

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

/* Finds the pod templates of the review's object (workload/templates.h), decides about the pods that would be created
 * from them, and puts the outcomes into warnings. Advises only if a pod would be denied, would get another slice than
 * is usual in its namespace, or causes a warning; never about a DELETE or an unchanged template. Changes the review's
 * tree. */
MUST_CHECK route_answer_fn advise_answer;

/* True for objects that may have pod templates: of all kinds but Pod and those that are never searched. */
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

/* The table of routes, and the tables of steps and edits. The rules are in steps/ and edits/. */
#include "admission/routes.h"

#include "admission/edits/edits.h"
#include "admission/steps/steps.h"

static decision_step *const pod_steps[] = {
    step_scope,
    step_read_record,
    step_match_policy,
    step_choose_class,
    step_deny_claims,
    step_no_class,
    step_keep_claims,
    step_match_record,
    step_drop_defaults,
    step_find_target,
    step_count_demand,
    step_check_limits,
    NULL,
};

static decision_edit *const pod_edits[] = {
    warn_selectors,   edit_resources,       edit_affinity,      edit_node_selector, edit_tolerations,
    edit_environment, edit_visible_devices, edit_runtime_class, edit_metadata,      NULL,
};

const struct route routes[ROUTES] = {
    [ROUTE_MUTATE] = {"/mutate", review_is_pod_create, mutate_answer, pod_steps, pod_edits},
    [ROUTE_ADVISE] = {"/advise", advise_knows, advise_answer, pod_steps, pod_edits},
};

void route_paths(const char *ret_paths[ROUTES + 1])
{
    for (size_t i = 0; i < ROUTES; i++)
        ret_paths[i] = routes[i].path;
    ret_paths[ROUTES] = NULL;
}

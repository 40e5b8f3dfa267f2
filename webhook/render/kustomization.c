/* kustomization.yaml: lists all objects to be applied. */
#include "render/plan.h"

int render_kustomization(struct plan *plan, struct err *err)
{
    json_t *resources = json_array();
    for (size_t i = 0; i < plan->files.count; i++) {
        if (plan->files.items[i].use == RENDER_APPLIED)
            json_append(&resources, json_string(plan->files.items[i].name));
    }

    buf_add_string(&plan->comment,
                   "Lists the objects of this folder that are to be applied: kubectl apply -k . (kubectl "
                   "diff -k . shows what would change).\nIt omits examples, Helm values and the "
                   "part of Kueue's configuration.\n");
    json_t *object = json_pack("{s:s, s:s, s:o}", "apiVersion", "kustomize.config.k8s.io/v1beta1", "kind",
                               "Kustomization", "resources", resources);
    return plan_add(plan, RENDER_OTHER, object, err, "kustomization.yaml");
}

/* kustomization.yaml: lists all objects to be applied. */
#include "render/plan.h"

int render_kustomization(struct plan *plan, struct err *err)
{
    AUTO(json) resources = json_array();
    if (!resources)
        return err_nomem(err);

    for (size_t i = 0; i < plan->files.count; i++) {
        const struct render_file *file = &plan->files.items[i];
        if (file->use == RENDER_APPLIED && json_array_append_new(resources, json_string(file->name)) < 0)
            return err_nomem(err);
    }

    return render_files_add(&plan->files, RENDER_OTHER, "kustomization.yaml",
                            "All objects of this folder: kubectl apply -k . (kubectl diff -k . shows what would "
                            "change).\nNot in it: Helm values and examples.\n",
                            json_pack("{s:s, s:s, s:O}", "apiVersion", "kustomize.config.k8s.io/v1beta1", "kind",
                                      "Kustomization", "resources", resources),
                            err);
}

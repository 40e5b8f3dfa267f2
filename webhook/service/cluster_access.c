/* Loads an access from a kubeconfig or from the pod. */
#include "service/cluster_access.h"

#include "kube/incluster.h"
#include "kube/kubeconfig.h"

int cluster_access_load(const char *kubeconfig, const char *without, struct access *ret_access,
                        struct problems *problems, struct err *err)
{
    if (kubeconfig)
        return kubeconfig_load(kubeconfig, ret_access, problems, err);
    if (incluster_load(NULL, ret_access, err) < 0)
        return err->code == ERR_NOT_FOUND ? err_wrap(err, "%s, and", without) : -1;
    return 0;
}

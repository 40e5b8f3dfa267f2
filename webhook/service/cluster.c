/* Reaches a cluster and follows its namespaces. Does not depend on the engine or on what is served. */
#include "service/cluster.h"

#include "base/log.h"
#include "kube/incluster.h"
#include "kube/kubeconfig.h"

enum { PROBLEMS_LOGGED = 1000 };

void service_log_problems(enum log_level level, const struct problems *problems)
{
    for (size_t i = 0; i < problems->count && i < PROBLEMS_LOGGED; i++) {
        const struct problem *problem = &problems->items[i];
        LOG(level, "problem", LOG_STR("file", problem->file), LOG_INT("line", problem->line),
            LOG_INT("column", problem->column), LOG_STR("text", problem->text));
    }
}

static void log_notice(void *context, enum namespace_notice notice, const char *text)
{
    (void)context;
    switch (notice) {
    case NOTICE_SYNCED:
        LOG(LOG_INFO, "loaded", LOG_STR("what", "namespaces"), LOG_STR("serving", text));
        return;
    case NOTICE_LOST:
        LOG(LOG_WARN, "namespaces are no longer followed; those already known stay in use", LOG_STR("fault", text));
        return;
    case NOTICE_RESTORED:
        LOG(LOG_INFO, "namespaces are followed again", LOG_END);
        return;
    }
}

int cluster_access_load(const char *kubeconfig, const char *without, struct access *ret_access,
                        struct problems *problems, struct err *err)
{
    if (kubeconfig)
        return kubeconfig_load(kubeconfig, ret_access, problems, err);
    if (incluster_load(NULL, ret_access, err) < 0)
        return err->code == ERR_NOT_FOUND ? err_wrap(err, "%s, and", without) : -1;
    return 0;
}

int service_access(const char *kubeconfig, const char *without, struct access *ret_access, struct err *err)
{
    AUTO(problems) problems = {0};
    int result = cluster_access_load(kubeconfig, without, ret_access, &problems, err);
    service_log_problems(LOG_ERROR, &problems);
    if (result == 0 && ret_access->insecure)
        LOG(LOG_WARN, "the API server's certificate is not checked: insecure-skip-tls-verify",
            LOG_STR("server", ret_access->server));
    return result;
}

int service_namespaces_new(const char *kubeconfig, struct service_metrics *metrics,
                           struct cluster_namespaces **ret_cluster, struct err *err)
{
    const struct cluster_namespaces_options options = {
        .watch = {.notice = log_notice, .heard = service_metrics_watch_heard, .context = metrics},
        .lookup = {.observe = service_metrics_lookup, .context = metrics},
    };
    AUTO(access) access = {0};
    if (service_access(kubeconfig, "neither --namespaces nor --kubeconfig is given", &access, err) < 0)
        return -1;
    LOG(LOG_INFO, "following namespaces", LOG_STR("server", access.server), LOG_STR("by", access.origin));
    return cluster_namespaces_new(&options, &access, ret_cluster, err);
}

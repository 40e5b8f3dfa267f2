/* Builds the API access of a pod's service account. Does not read the token, which is read for each request. */
#include "kube/incluster.h"

#include "base/text.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

int incluster_load(const char *folder, struct access *ret_access, struct err *err)
{
    AUTO(access) access = {0};
    const char *host = getenv("KUBERNETES_SERVICE_HOST");
    const char *port = getenv("KUBERNETES_SERVICE_PORT");
    folder = folder ? folder : INCLUSTER_FOLDER;
    if (!host || !*host || !port || !*port)
        return err_set(err, ERR_NOT_FOUND,
                       "not in a pod: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set");

    bool v6 = strchr(host, ':'); /* an IPv6 address needs brackets */
    access.server = text_asprintf("https://%s%s%s:%s", v6 ? "[" : "", host, v6 ? "]" : "", port);
    access.token.file = text_asprintf("%s/token", folder);
    access.ca.file = text_asprintf("%s/ca.crt", folder);
    access.origin = text_asprintf("the service account in %s", folder);
    if (!access.server || !access.token.file || !access.ca.file || !access.origin)
        return err_nomem(err);

    if (access_fault(&access))
        return err_set(err, ERR_INVALID, "KUBERNETES_SERVICE_HOST and _PORT make \"%s\", which %s", access.server,
                       access_fault(&access));
    if (faccessat(AT_FDCWD, access.token.file, R_OK, 0) < 0)
        return err_errno(err, "%s: the pod has no service account token (automountServiceAccountToken?)",
                         access.token.file);

    *ret_access = TAKE(access);
    return 0;
}

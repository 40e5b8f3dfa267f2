/* Makes an access of a pod's service account. Does not read the token, which is read for each request. */
#include "kube/incluster.h"

#include "base/text.h"

#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

/* Formats into allocated memory. Returns false, with *ret_text unchanged, if out of memory. */
PRINTF(2, 3)
static bool format_text(char **ret_text, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = text_vformat(format, args);
    va_end(args);
    if (text)
        *ret_text = text;
    return text != NULL;
}

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
    if (!format_text(&access.server, "https://%s%s%s:%s", v6 ? "[" : "", host, v6 ? "]" : "", port) ||
        !format_text(&access.token.file, "%s/token", folder) || !format_text(&access.ca.file, "%s/ca.crt", folder) ||
        !format_text(&access.origin, "the service account in %s", folder))
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

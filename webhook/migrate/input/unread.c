/* Reports the lines of a script that are not read. */
#include "base/text.h"
#include "karpenter/names.h"
#include "migrate/input/source.h"
#include "nvidia/names.h"

#include <string.h>

/* True if the line changes something, and does not only show it. */
static bool changes(const char *line)
{
    static const char *const words[] = {" label ",       " taint ", " patch ", " annotate ",
                                        "--node-labels", "labels=", NULL};
    for (size_t i = 0; words[i]; i++) {
        if (strstr(line, words[i]))
            return true;
    }
    return false;
}

/* Returns why the line needs attention, because what it does is not in the result, or NULL. */
static const char *why_it_matters(const char *line)
{
    static const char *const subjects[] = {NVIDIA_PREFIX,  KARPENTER_PREFIX, KARPENTER_AWS_PREFIX,
                                           "clusterpolic", "gpu-operator",   NULL};
    if (text_begins(line, "apiVersion:"))
        return "not read: the first line of an object must not be indented";
    if (*line == '#' || text_begins(line, "echo "))
        return NULL;
    if (strstr(line, " configmap ") && strstr(line, "--from-file"))
        return "not read: give migrate the ConfigMap that it makes (add --dry-run=client -o yaml to the command)";
    for (size_t i = 0; subjects[i] && changes(line); i++) {
        if (strstr(line, subjects[i]))
            return "not read: what it sets is not in the result";
    }
    return NULL;
}

void script_report_unread(struct report *report, struct mark mark, const char *line)
{
    const char *why = why_it_matters(line);
    if (why)
        report_add_line(report, mark, FATE_MANUAL, "%s", why);
    else
        report_add_line(report, mark, FATE_KEPT,
                        "not read: of a script, `kubectl label node`, `kubectl apply`, `helm` and here-documents with "
                        "manifests are read");
}

/* gpuslice certs issue: creates certificates for the webhook. certs_show.c and certs_rotate.c have the other
 * subcommands. */
#include "base/units.h"
#include "certs/issue.h"
#include "cmd/certs/certs_cluster.h"
#include "cmd/command.h"

#include <string.h>

enum { CERTS_HOSTS_MAX = 32, CERTS_DAYS_MAX = 3650 };

static const char doc[] =
    "`issue` creates a CA and a serving certificate signed by it (ECDSA P-256), as tls.crt, tls.key (mode 0600) "
    "and ca.crt in DIR. The CA's own key is not kept: to renew, issue again and put the new ca.crt into the "
    "caBundle of the webhook configuration. `show` and `rotate` are for certificates that `serve --cert-secret` "
    "keeps in a cluster: see `gpuslice certs show --help` and `gpuslice certs rotate --help`.\vExamples:\n"
    "  gpuslice certs issue --host gpuslice.gpuslice-system.svc --out certs\n"
    "  gpuslice certs show certs/tls.crt certs/ca.crt\n"
    "  gpuslice certs show --cert-secret gpuslice-system/gpuslice-certs --webhook-config gpuslice\n"
    "  gpuslice certs rotate --cert-secret gpuslice-system/gpuslice-certs --ca\n";

struct issue_options {
    struct argument_list action;
    const char *directory;
    const char *hosts[CERTS_HOSTS_MAX + 1]; /* followed by NULL */
    unsigned days;
};

static void check_options(void *context, struct argp_state *state)
{
    const struct issue_options *options = context;
    if (options->action.count == 0 || strcmp(options->action.items[0], "issue") != 0)
        argp_error(state, "expected a subcommand: issue, show or rotate");
    if (!options->hosts[0])
        argp_error(state, "no --host given: the name by which the API server calls the webhook");
}

static const struct command_option rows[] = {
    {"host", 'H', "NAME", "a DNS name or IP address of the server; may be repeated", option_repeated,
     offsetof(struct issue_options, hosts), .maximum = CERTS_HOSTS_MAX},
    {"out", 'o', "DIR", "the folder to write to, which must exist (default: .)", option_text,
     .offset = offsetof(struct issue_options, directory)},
    {"days", 'd', "N", "lifetime of both certificates in days, 1 to 3650 (default: 365)", option_number,
     offsetof(struct issue_options, days), .minimum = 1, .maximum = CERTS_DAYS_MAX},
    {.store = option_arguments, .offset = offsetof(struct issue_options, action), .maximum = 1},
};
static const struct option_table table = {"issue\nshow [FILE...]\nrotate", doc, OPTION_ROWS(rows), check_options};

static int issue(const struct issue_options *options, struct err *err)
{
    AUTO(cert_pem) issued = {0};
    AUTO(cert_pem) pair = {0};
    int64_t lifetime = options->days * S_PER_DAY;
    time_t now = time(NULL); /* the same for both: a leaf must not outlive its CA */
    const struct cert_request ca = {.name = "gpuslice", .lifetime = lifetime, .now = now};
    struct cert_request leaf = {.name = "gpuslice", .hosts = options->hosts, .lifetime = lifetime, .now = now};
    while (leaf.hosts[leaf.host_count])
        leaf.host_count++;
    if (cert_issue_ca(&ca, &issued, err) < 0 || cert_issue_leaf(&issued, &leaf, &pair, err) < 0)
        return -1;
    return cert_save(&pair, options->directory, err);
}

int command_certs(int argc, char **argv)
{
    static const struct command subcommands[] = {{.name = "show", .run = certs_show},
                                                 {.name = "rotate", .run = certs_rotate}};
    int status = command_run(subcommands, ARRAY_SIZE(subcommands), argv[0], argc, argv);
    if (status >= 0)
        return status;

    struct issue_options options = {.directory = ".", .days = 365};
    options_parse(&table, argc, argv, &options);

    struct err err;

    if (issue(&options, &err) < 0)
        return command_fail(&err);

    (void)printf("wrote %s/tls.crt, %s/tls.key and %s/ca.crt, valid for %u days\n", options.directory,
                 options.directory, options.directory, options.days);
    return EXIT_OK;
}

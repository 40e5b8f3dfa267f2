/* gpuslice certs: certificates for the webhook, without cert-manager. */
#include "base/units.h"
#include "certs/issue.h"
#include "cmd/certs/certs_cluster.h"
#include "cmd/command.h"

#include <stdio.h>
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

struct certs_options {
    const char *action;
    const char *directory;
    const char *hosts[CERTS_HOSTS_MAX];
    size_t host_count;
    int64_t days;
};

static const struct argp_option options_table[] = {
    {"host", 'H', "NAME", 0, "a DNS name or IP address of the server; may be repeated", 0},
    {"out", 'o', "DIR", 0, "the folder to write to, which must exist (default: .)", 0},
    {"days", 'd', "N", 0, "lifetime of both certificates in days, 1 to 3650 (default: 365)", 0},
    {0},
};

static void parse_days(const char *text, struct certs_options *options, struct argp_state *state)
{
    char *end;
    long days = strtol(text, &end, 10);
    if (*end || end == text || days < 1 || days > CERTS_DAYS_MAX)
        argp_error(state, "--days %s: must be a whole number from 1 to %d", text, CERTS_DAYS_MAX);
    options->days = days;
}

static error_t parse_certs_option(int key, char *argument, struct argp_state *state)
{
    struct certs_options *options = state->input;
    switch (key) {
    case 'H':
        if (options->host_count == CERTS_HOSTS_MAX)
            argp_error(state, "more than %d hosts", CERTS_HOSTS_MAX);
        options->hosts[options->host_count++] = argument;
        return 0;
    case 'o':
        options->directory = argument;
        return 0;
    case 'd':
        parse_days(argument, options, state);
        return 0;
    case ARGP_KEY_ARG:
        if (options->action)
            return ARGP_ERR_UNKNOWN;
        options->action = argument;
        return 0;
    case ARGP_KEY_END:
        if (!options->action || strcmp(options->action, "issue") != 0)
            argp_error(state, "expected a subcommand: issue, show or rotate");
        if (options->host_count == 0)
            argp_error(state, "no --host given: the name by which the API server calls the webhook");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = options_table, .parser = parse_certs_option, .args_doc = "issue\nshow [FILE...]\nrotate", .doc = doc};

static int issue(const struct certs_options *options, struct err *err)
{
    AUTO(cert_pem) issued = {0};
    AUTO(cert_pem) pair = {0};
    time_t now = time(NULL); /* the same for both: a leaf must not outlive its CA */
    const struct cert_request ca = {.name = "gpuslice", .lifetime = options->days * S_PER_DAY, .now = now};
    const struct cert_request leaf = {.name = "gpuslice",
                                      .hosts = options->hosts,
                                      .host_count = options->host_count,
                                      .lifetime = options->days * S_PER_DAY,
                                      .now = now};
    if (cert_issue_ca(&ca, &issued, err) < 0 || cert_issue_leaf(&issued, &leaf, &pair, err) < 0)
        return -1;
    return cert_save(&pair, options->directory, err);
}

int command_certs(int argc, char **argv)
{
    static char show_name[] = "gpuslice certs show";
    static char rotate_name[] = "gpuslice certs rotate";

    if (argc > 1 && strcmp(argv[1], "show") == 0) {
        argv[1] = show_name; /* argp prints it in --help and in error messages */
        return certs_show(argc - 1, argv + 1);
    }
    if (argc > 1 && strcmp(argv[1], "rotate") == 0) {
        argv[1] = rotate_name;
        return certs_rotate(argc - 1, argv + 1);
    }

    struct certs_options options = {.directory = ".", .days = 365};
    command_parse(&argp, argc, argv, &options);

    struct err err;

    if (issue(&options, &err) < 0)
        return command_fail(&err);

    (void)printf("wrote %s/tls.crt, %s/tls.key and %s/ca.crt, valid for %lld days\n", options.directory,
                 options.directory, options.directory, (long long)options.days);
    return EXIT_OK;
}

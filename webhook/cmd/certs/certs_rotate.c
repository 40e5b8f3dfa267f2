/* gpuslice certs rotate: creates a new certificate or CA now, by the same compare-and-swap as the replicas. */
#include "cmd/certificate_argp.h"
#include "cmd/certs/certs_cluster.h"
#include "cmd/command.h"
#include "service/cluster_access.h"

#include <stdio.h>
#include <string.h>

static const char doc[] =
    "Create a new serving certificate in the Secret, or with --ca a new CA, whether it is due or not. The replicas "
    "of `gpuslice serve --cert-secret` switch to it within seconds, and no request is lost: the webhook "
    "configurations first trust the new CA alongside the old one, then a certificate signed by it is served, and "
    "the old CA is removed once the last certificate that it signed has expired.\vExamples:\n"
    "  gpuslice certs rotate --cert-secret gpuslice-system/gpuslice-certs\n"
    "  gpuslice certs rotate --cert-secret gpuslice-system/gpuslice-certs --ca --kubeconfig ~/.kube/config\n"
    "\n"
    "Exit status: 0 success; 1 a new CA is already being rolled out, or the Secret is empty; 2 usage error, or the "
    "cluster refuses. Lifetimes default to those of the current certificates.";

struct rotate_options {
    struct certificate_options certificates;
    const char *kubeconfig;
    bool ca;
};

enum { OPTION_CA = 256, OPTION_KUBECONFIG };

static const struct argp_option options_table[] = {
    {"ca", OPTION_CA, NULL, 0, "rotate the CA, not only the certificate", 0},
    {"kubeconfig", OPTION_KUBECONFIG, "FILE", 0,
     "the cluster (default: $KUBECONFIG, else the one that this runs in, by its service account)", 0},
    {0},
};

static error_t parse_rotate_option(int key, char *argument, struct argp_state *state)
{
    struct rotate_options *options = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->certificates;
        state->child_inputs[1] = &options->certificates;
        return 0;
    case OPTION_CA:
        options->ca = true;
        return 0;
    case OPTION_KUBECONFIG:
        options->kubeconfig = argument;
        return 0;
    case ARGP_KEY_END:
        if (!options->certificates.secret_name[0])
            argp_error(state, "no --cert-secret given: the Secret to rotate");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_child children[] = {
    {&command_certificates_argp, 0, NULL, 0}, {&command_lifetimes_argp, 0, NULL, 0}, {0}};
static const struct argp argp = {
    .options = options_table, .parser = parse_rotate_option, .doc = doc, .children = children};

int certs_connect(const struct certificate_options *options, const char *kubeconfig, struct access *ret_access,
                  struct cluster_certificates **ret_certificates)
{
    AUTO(problems) problems = {0};
    AUTO(access) access = {0};
    struct err err;
    struct cluster_certificates_options cluster = {.cancel_fd = -1};
    const char *environment = getenv("KUBECONFIG");
    if (!kubeconfig && environment && *environment)
        kubeconfig = environment;
    certificate_options_apply(options, &cluster);
    if (cluster_access_load(kubeconfig, "neither --kubeconfig nor $KUBECONFIG is set", &access, &problems, &err) < 0) {
        (void)command_fail_problems(&problems, &err);
        return -1;
    }

    *ret_access = TAKE(access);
    if (cluster_certificates_new(&cluster, ret_access, ret_certificates, &err) < 0) {
        (void)command_fail(&err);
        return -1;
    }

    return 0;
}

static int report(const struct rotate_options *options, enum rotation_step step, const struct certificates_state *state)
{
    const struct certificate_options *ref = &options->certificates;
    char end[CERT_TIME_SIZE];

    if (step == ROTATION_NONE) {
        cert_time_text(state->facts.next.not_before, end);
        (void)printf(
            "Secret %s/%s: a new CA is already being rolled out: %s, sha256 %s, created about %s; it takes over once every webhook configuration trusts it\n",
            ref->secret_namespace, ref->secret_name, state->facts.next.subject, state->facts.next.fingerprint, end);
        return EXIT_FINDINGS;
    }

    const struct cert_facts *made = step == ROTATION_PREPARE ? &state->facts.next : &state->facts.leaf;
    cert_time_text(made->not_after, end);
    (void)printf("Secret %s/%s: %s: %s of %s until %s, sha256 %s\n", ref->secret_namespace, ref->secret_name,
                 rotation_step_text(step), made->subject, made->issuer, end, made->fingerprint);
    return EXIT_OK;
}

int certs_rotate(int argc, char **argv)
{
    struct rotate_options options = {0};
    struct err err;

    command_parse(&argp, argc, argv, &options);

    AUTO(access) access = {0};
    AUTO(cluster_certificates) certificates = NULL;
    AUTO(certificates_state) state = {0};

    if (certs_connect(&options.certificates, options.kubeconfig, &access, &certificates) < 0)
        return EXIT_USAGE;

    enum rotation_step made = ROTATION_NONE;
    enum rotation_step wanted = options.ca ? ROTATION_PREPARE : ROTATION_LEAF;
    if (cluster_certificates_force(certificates, wanted, &made, &state, &err) < 0) {
        (void)command_fail(&err);
        return err.code == ERR_NOT_FOUND ? EXIT_FINDINGS : EXIT_USAGE;
    }

    return report(&options, made, &state);
}

/* gpuslice certs rotate: creates a new certificate or CA now. Like the replicas, writes the Secret only if it has not
 * changed since it was read. */
#include "cmd/certificates.h"
#include "cmd/certs/certs_cluster.h"
#include "cmd/command.h"
#include "service/cluster.h"

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
    struct cluster_options cluster;
    bool ca;
};

static void check_options(void *context, struct argp_state *state)
{
    const struct rotate_options *options = context;
    if (!options->cluster.certificates.secret.name[0])
        argp_error(state, "no --cert-secret given: the Secret to rotate");
}

static const struct command_option rows[] = {
    {"ca", 0, NULL, "create a new CA instead of only a new certificate", option_flag,
     .offset = offsetof(struct rotate_options, ca)},
    {.table = &cluster_table, .offset = offsetof(struct rotate_options, cluster)},
    {.table = &lifetimes_table, .offset = offsetof(struct rotate_options, cluster.certificates)},
};
static const struct option_table table = {NULL, doc, OPTION_ROWS(rows), check_options};

static const struct command_option cluster_rows[] = {
    {"kubeconfig", 0, "FILE",
     "the cluster (default: $KUBECONFIG, else the one that this runs in, by its service account)", option_text,
     .offset = offsetof(struct cluster_options, kubeconfig)},
    {.table = &certificates_table, .offset = offsetof(struct cluster_options, certificates)},
};
const struct option_table cluster_table = {OPTION_ROWS(cluster_rows)};

int certs_connect(const struct cluster_options *options, struct access *ret_access,
                  struct cluster_certificates **ret_certificates)
{
    AUTO(problems) problems = {0};
    struct err err;
    struct cluster_certificates_options cluster = options->certificates;
    const char *kubeconfig = options->kubeconfig;
    const char *environment = getenv("KUBECONFIG");
    if (!kubeconfig && environment && *environment)
        kubeconfig = environment;
    cluster.cancel_fd = -1;
    if (cluster_access_load(kubeconfig, "neither --kubeconfig nor $KUBECONFIG is set", ret_access, &problems, &err) <
            0 ||
        cluster_certificates_new(&cluster, ret_access, ret_certificates, &err) < 0) {
        (void)command_fail_problems(&problems, &err);
        return -1;
    }

    return 0;
}

static int report(const struct rotate_options *options, enum rotation_step step, const struct certificates_state *state)
{
    const struct object_ref *ref = &options->cluster.certificates.secret;
    char when[CERT_TIME_SIZE];

    if (step == ROTATION_NONE) {
        cert_time_text(state->facts.next.not_before, when);
        (void)printf(
            "Secret %s/%s: a new CA is already being rolled out: %s, sha256 %s, created about %s; it takes over once "
            "every webhook configuration trusts it\n",
            ref->namespace_name, ref->name, state->facts.next.subject, state->facts.next.fingerprint, when);
        return EXIT_FINDINGS;
    }

    const struct cert_facts *made = step == ROTATION_PREPARE ? &state->facts.next : &state->facts.leaf;
    cert_time_text(made->not_after, when);
    (void)printf("Secret %s/%s: %s: %s of %s until %s, sha256 %s\n", ref->namespace_name, ref->name,
                 rotation_step_text(step), made->subject, made->issuer, when, made->fingerprint);
    return EXIT_OK;
}

int certs_rotate(int argc, char **argv)
{
    struct rotate_options options = {0};
    struct err err;

    options_parse(&table, argc, argv, &options);

    AUTO(access) access = {0};
    AUTO(cluster_certificates) certificates = NULL;
    AUTO(certificates_state) state = {0};

    if (certs_connect(&options.cluster, &access, &certificates) < 0)
        return EXIT_USAGE;

    enum rotation_step made = ROTATION_NONE;
    enum rotation_step wanted = options.ca ? ROTATION_PREPARE : ROTATION_LEAF;
    if (cluster_certificates_force(certificates, wanted, &made, &state, &err) < 0) {
        (void)command_fail(&err);
        return err.code == ERR_NOT_FOUND ? EXIT_FINDINGS : EXIT_USAGE;
    }

    return report(&options, made, &state);
}

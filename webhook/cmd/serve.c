/* gpuslice serve: options, signals, and the order of start and shutdown. */
#include "base/file.h"
#include "base/log.h"
#include "base/units.h"
#include "base/version.h"
#include "cmd/certificates.h"
#include "cmd/command.h"
#include "serve/drain.h"
#include "serve/watch.h"
#include "service/service.h"

#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static const char doc[] =
    "Answer the API server: POST /mutate and POST /advise over TLS, and /livez, /readyz and /metrics on a second, "
    "plain listener. Policies, namespaces and certificates are reloaded when their files change (and on SIGHUP); "
    "SIGTERM drains. Without --namespaces, the cluster's namespaces are watched.\vExamples:\n"
    "  gpuslice serve -p policies -N namespaces.yaml --ca-out ca.crt\n"
    "  gpuslice serve -p policies --kubeconfig ~/.kube/config --ca-out ca.crt\n"
    "  gpuslice serve -p policies --cert-secret gpuslice-system/gpuslice-certs --service gpuslice --webhook-config "
    "gpuslice\n"
    "  gpuslice serve -p policies --tls-cert tls.crt --tls-key tls.key --client-ca ca.crt --client-name apiserver\n"
    "\n"
    "With --cert-secret all replicas share a Secret: they create the CA and the serving certificate in it, renew "
    "each at two thirds of its lifetime, and keep the caBundle of the webhook configurations up to date "
    "(docs/certificates.md). With neither --cert-secret nor --tls-cert, serve creates a CA and a certificate for "
    "the names given by --tls-host, valid for a year.";

enum { MMAP_BYTES = 128 * KIB, SERVICE_HOST_SIZE = 320 };

struct serve_options {
    struct policies_options policies;
    struct service_options service;
    struct cluster_certificates_options certificates;
    char service_hosts[SERVICE_HOSTS][SERVICE_HOST_SIZE]; /* DNS names of the Service */
    const char *listen;
    const char *health_listen;
    const char *ready_file;
    unsigned advise; /* the index in `advise_words` */
    unsigned drain_delay_s, drain_timeout_s, threads;
    enum log_level log_level;
};

/* What /advise says of workloads that simply get their default slice. */
enum { ADVISE_QUIETLY, ADVISE_VERBOSELY };
static const struct {
    const char *name;
} advise_words[] = {[ADVISE_QUIETLY] = {"quiet"}, [ADVISE_VERBOSELY] = {"verbose"}, {0}};

static void store_log_level(const struct command_option *option, char *word, void *member, struct argp_state *state)
{
    if (!log_level_parse(word, member))
        argp_error(state, "--%s %s: must be debug, info, warn or error", option->name, word);
}

static void add_service_hosts(struct serve_options *options)
{
    static const char *const suffixes[SERVICE_HOSTS] = {".svc", ".svc.cluster.local", ""};
    const struct object_ref *ref = &options->certificates.service;
    for (size_t i = 0; i < SERVICE_HOSTS; i++) {
        (void)snprintf(options->service_hosts[i], SERVICE_HOST_SIZE, "%.63s.%.63s%s", ref->name, ref->namespace_name,
                       suffixes[i]);
        options->service.hosts[options->service.host_count++] = options->service_hosts[i];
    }
}

static void use_secret(struct serve_options *options, struct argp_state *state)
{
    struct service_options *service = &options->service;
    const struct cluster_certificates_options *certificates = &options->certificates;
    if (service->tls_cert || service->ca_out)
        argp_error(state, "--cert-secret excludes --tls-cert and --ca-out: the certificate comes from the Secret");
    if (certificates->config_count == 0)
        argp_error(state,
                   "--cert-secret needs --webhook-config or --advise-config: the configurations that are to trust the "
                   "certificate");

    if (certificates->service.name[0])
        add_service_hosts(options);
    if (service->host_count == 0)
        argp_error(state, "--cert-secret needs --service or --tls-host: the names that the certificate is for");
    service->certificates = certificates;
}

static void complete_options(void *context, struct argp_state *state)
{
    struct serve_options *options = context;
    struct service_options *service = &options->service;
    bool has_secret = options->certificates.secret.name[0] != '\0';
    static const char *const loopback[] = {"localhost", "127.0.0.1", "::1"};

    if (service->namespaces && service->kubeconfig && !has_secret)
        argp_error(state, "--namespaces and --kubeconfig are mutually exclusive");
    if (!service->tls_cert != !service->tls_key)
        argp_error(state, "--tls-cert and --tls-key must be given together");
    if (service->tls_cert && (service->ca_out || service->hosts[0]))
        argp_error(state, "--ca-out and --tls-host are for generated certificates and exclude --tls-cert");
    if (service->client_names[0] && !service->client_ca)
        argp_error(state, "--client-name needs --client-ca: the CA that signs these names");

    while (service->hosts[service->host_count])
        service->host_count++;
    if (has_secret)
        use_secret(options, state);
    if (service->host_count == 0) {
        memcpy(service->hosts, loopback, sizeof(loopback));
        service->host_count = ARRAY_SIZE(loopback);
    }
}

static const struct command_option rows[] = {
    {"namespaces", 'N', "FILE",
     "Namespace objects with their labels and annotations, as `kubectl get ns -o yaml` (default: watched in the "
     "cluster)",
     option_text, .offset = offsetof(struct serve_options, service.namespaces)},
    {"kubeconfig", 0, "FILE",
     "the cluster whose namespaces are watched and whose Secret holds the certificates (default: the one that serve "
     "runs in, by its service account)",
     option_text, .offset = offsetof(struct serve_options, service.kubeconfig)},
    {"listen", 0, "HOST:PORT", "address for reviews, over TLS (default: :8443)", option_text,
     .offset = offsetof(struct serve_options, listen)},
    {"health-listen", 0, "HOST:PORT", "address for probes and metrics, plain HTTP (default: :8080)", option_text,
     .offset = offsetof(struct serve_options, health_listen)},
    {"tls-cert", 0, "FILE", "the serving certificate and its intermediates, PEM", option_text,
     .offset = offsetof(struct serve_options, service.tls_cert)},
    {"tls-key", 0, "FILE", "the private key of --tls-cert, PEM", option_text,
     .offset = offsetof(struct serve_options, service.tls_key)},
    {"tls-host", 0, "NAME",
     "a DNS name or IP address for the generated certificate; may be repeated (default: localhost, 127.0.0.1, ::1)",
     option_repeated, offsetof(struct serve_options, service.hosts), .maximum = SERVICE_TLS_HOSTS_MAX},
    {"client-ca", 0, "FILE",
     "clients must present a certificate signed by this CA, PEM, so that only the API server is admitted", option_text,
     .offset = offsetof(struct serve_options, service.client_ca)},
    {"client-name", 0, "NAME",
     "the common name or DNS name that a client certificate must have; may be repeated (default: any)", option_repeated,
     offsetof(struct serve_options, service.client_names), .maximum = SERVICE_CLIENT_NAMES_MAX},
    {"advise", 0, "WORD",
     "quiet (default) or verbose: whether /advise also tells of workloads that simply get their default slice",
     option_choice, offsetof(struct serve_options, advise), OPTION_CHOICES(advise_words)},
    {"ca-out", 0, "FILE", "where to write the certificate of the generated CA, for caBundle", option_text,
     .offset = offsetof(struct serve_options, service.ca_out)},
    {"ready-file", 0, "FILE", "where to write the two addresses of the server, one per line, once it serves",
     option_text, .offset = offsetof(struct serve_options, ready_file)},
    {"drain-delay", 0, "SECONDS", "how long to keep serving after SIGTERM, until endpoints are updated (default: 5)",
     option_number, offsetof(struct serve_options, drain_delay_s), .maximum = 3600},
    {"drain-timeout", 0, "SECONDS",
     "after --drain-delay, how long to wait at most for requests in flight and for connections to become idle "
     "(default: 20)",
     option_number, offsetof(struct serve_options, drain_timeout_s), .maximum = 3600},
    {"threads", 0, "N", "number of threads that answer (default: one per CPU, at least 2)", option_number,
     offsetof(struct serve_options, threads), .maximum = 256},
    {"log-level", 0, "LEVEL", "debug, info, warn or error (default: info)", store_log_level,
     .offset = offsetof(struct serve_options, log_level)},
    {.table = &policies_table, .offset = offsetof(struct serve_options, policies)},
    {.table = &certificates_table, .offset = offsetof(struct serve_options, certificates)},
    {.table = &lifetimes_table, .offset = offsetof(struct serve_options, certificates)},
};
static const struct option_table table = {NULL, doc, OPTION_ROWS(rows), complete_options};

/* Must be called before any thread starts: threads inherit the signal mask, so that only serve_until_signal() gets the
 * signals. */
static void prepare_process(sigset_t *ret_signals)
{
    struct rlimit files;

    (void)sigemptyset(ret_signals);
    (void)sigaddset(ret_signals, SIGTERM);
    (void)sigaddset(ret_signals, SIGINT);
    (void)sigaddset(ret_signals, SIGHUP);
    (void)pthread_sigmask(SIG_BLOCK, ret_signals, NULL);
    (void)signal(SIGPIPE, SIG_IGN);

    /* Blocks above this threshold, such as large bodies, go back to the system when they are freed. Without a fixed
     * threshold, malloc raises it to the largest block that was freed, and keeps such blocks. */
    (void)mallopt(M_MMAP_THRESHOLD, MMAP_BYTES);
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &files);
    }
}

static bool is_alive(void *context, struct buf *ret_note)
{
    return server_works(context, ret_note);
}

static int write_ready_file(const struct serve_options *options, const struct server *server,
                            const struct health *health, struct err *err)
{
    char text[64];
    (void)snprintf(text, sizeof(text), "https://127.0.0.1:%u\nhttp://127.0.0.1:%u\n", server_port(server),
                   health_port(health));
    return options->ready_file ? file_write(options->ready_file, text, strlen(text), 0644, err) : 0;
}

/* Reloads at SIGHUP, on the caller's thread. Returns at SIGTERM or SIGINT. */
static void serve_until_signal(const sigset_t *signals, struct service *service)
{
    for (;;) {
        int number = 0;
        if (sigwait(signals, &number) != 0)
            continue;
        if (number != SIGHUP)
            return;
        service_reload(service);
    }
}

static int serve(const struct serve_options *options, const sigset_t *signals, struct err *err)
{
    AUTO(service) service = NULL;
    AUTO(watch) watch = NULL;
    AUTO(server) server = NULL;
    AUTO(health) health = NULL;

    if (service_new(&options->service, &service, err) < 0)
        return -1;

    struct watch_item files[SERVICE_FILES_MAX];
    size_t file_count = service_files(service, files);
    const struct watch_options watch_options = {0};
    if (watch_new(files, file_count, &watch_options, &watch, err) < 0 || service_load(service, err) < 0)
        return -1;

    struct server_options server_options = {.listen = options->listen, .threads = options->threads};
    service_connect_server(service, &server_options);
    if (server_start(&server_options, &server, err) < 0)
        return -1;

    struct health_options health_options = {
        .listen = options->health_listen, .alive = is_alive, .alive_context = server};
    service_connect_health(service, server, &health_options);
    if (health_start(&health_options, &health, err) < 0 || watch_start(watch, err) < 0 ||
        write_ready_file(options, server, health, err) < 0)
        return -1;

    LOG(LOG_INFO, "serving", LOG_INT("port", server_port(server)), LOG_INT("healthPort", health_port(health)),
        LOG_STR("version", program_version), LOG_STR("commit", program_commit));

    serve_until_signal(signals, service);
    sigset_t interrupt; /* a second Ctrl-C ends the process immediately */
    (void)sigemptyset(&interrupt);
    (void)sigaddset(&interrupt, SIGINT);
    (void)pthread_sigmask(SIG_UNBLOCK, &interrupt, NULL);
    LOG(LOG_INFO, "draining", LOG_INT("delaySeconds", options->drain_delay_s));
    const struct drain_options drain_options = {.serve_on_ms = options->drain_delay_s * 1000,
                                                .finish_ms = options->drain_timeout_s * 1000};
    return drain(server, health, &drain_options, err);
}

int command_serve(int argc, char **argv)
{
    struct serve_options options = {
        .listen = ":8443",
        .health_listen = ":8080",
        .drain_delay_s = 5,
        .drain_timeout_s = 20,
        .log_level = LOG_INFO,
    };
    options_parse(&table, argc, argv, &options);
    if (!options.policies.policies)
        return policies_options_fail(&options.policies);

    options.service.policies = options.policies.policies;
    options.service.advises_verbosely = options.advise == ADVISE_VERBOSELY;
    log_setup(options.log_level, STDERR_FILENO);

    sigset_t signals;

    prepare_process(&signals);

    struct err err;

    if (serve(&options, &signals, &err) < 0) {
        LOG(LOG_ERROR, "ended", LOG_STR("fault", err.text));
        return err_exit_status(err.code);
    }

    LOG(LOG_INFO, "ended", LOG_END);
    return EXIT_OK;
}

/* gpuslice serve: options, signals, and the order of start and shutdown. */
#include "base/file.h"
#include "base/log.h"
#include "base/units.h"
#include "base/version.h"
#include "cmd/certificate_argp.h"
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

enum {
    OPTION_LISTEN = 256,
    OPTION_HEALTH_LISTEN,
    OPTION_TLS_CERT,
    OPTION_TLS_KEY,
    OPTION_TLS_HOST,
    OPTION_CA_OUT,
    OPTION_READY_FILE,
    OPTION_DRAIN_DELAY,
    OPTION_DRAIN_TIMEOUT,
    OPTION_THREADS,
    OPTION_KUBECONFIG,
    OPTION_LOG_LEVEL,
    OPTION_CLIENT_CA,
    OPTION_CLIENT_NAME,
};

enum { MMAP_BYTES = 128 * KIB };

struct serve_options {
    struct policies_options policies;
    struct service_options service;
    struct certificate_options certificates;
    size_t client_name_count;
    const char *listen;
    const char *health_listen;
    const char *ready_file;
    unsigned drain_delay_s, drain_timeout_s, threads;
    enum log_level log_level;
};

static const struct argp_option options_table[] = {
    {"namespaces", 'N', "FILE", 0,
     "Namespace objects with their labels and annotations, as `kubectl get ns -o yaml` (default: watched in the cluster)",
     0},
    {"kubeconfig", OPTION_KUBECONFIG, "FILE", 0,
     "the cluster whose namespaces are watched and whose Secret holds the certificates (default: the one that serve runs in, by its service account)",
     0},
    {"listen", OPTION_LISTEN, "HOST:PORT", 0, "address for reviews, over TLS (default: :8443)", 0},
    {"health-listen", OPTION_HEALTH_LISTEN, "HOST:PORT", 0,
     "address for probes and metrics, plain HTTP (default: :8080)", 0},
    {"tls-cert", OPTION_TLS_CERT, "FILE", 0, "the serving certificate and its intermediates, PEM", 0},
    {"tls-key", OPTION_TLS_KEY, "FILE", 0, "the private key of --tls-cert, PEM", 0},
    {"tls-host", OPTION_TLS_HOST, "NAME", 0,
     "a DNS name or IP address for the generated certificate; may be repeated (default: localhost, 127.0.0.1, ::1)", 0},
    {"client-ca", OPTION_CLIENT_CA, "FILE", 0,
     "clients must present a certificate signed by this CA, PEM, so that only the API server is admitted", 0},
    {"client-name", OPTION_CLIENT_NAME, "NAME", 0,
     "the common name or DNS name that a client certificate must have; may be repeated (default: any)", 0},
    {"ca-out", OPTION_CA_OUT, "FILE", 0, "where to write the certificate of the generated CA, for caBundle", 0},
    {"ready-file", OPTION_READY_FILE, "FILE", 0, "written once it serves: its two addresses, one per line", 0},
    {"drain-delay", OPTION_DRAIN_DELAY, "SECONDS", 0,
     "how long to keep serving after SIGTERM, until endpoints are updated (default: 5)", 0},
    {"drain-timeout", OPTION_DRAIN_TIMEOUT, "SECONDS", 0,
     "then how long to wait at most for requests in flight and for connections to become idle (default: 20)", 0},
    {"threads", OPTION_THREADS, "N", 0, "number of threads that answer (default: one per CPU, at least 2)", 0},
    {"log-level", OPTION_LOG_LEVEL, "LEVEL", 0, "debug, info, warn or error (default: info)", 0},
    {0},
};

static unsigned parse_number(const char *text, const char *option, unsigned maximum, struct argp_state *state)
{
    char *end;
    unsigned long number = strtoul(text, &end, 10);
    if (*end || end == text || *text == '-' || number > maximum)
        argp_error(state, "--%s %s: must be a whole number from 0 to %u", option, text, maximum);
    return (unsigned)number;
}

static void parse_host(struct service_options *service, const char *host, struct argp_state *state)
{
    if (service->host_count == SERVICE_TLS_HOSTS_MAX)
        argp_error(state, "more than %d --tls-host", SERVICE_TLS_HOSTS_MAX);
    service->hosts[service->host_count++] = host;
}

static void parse_client_name(struct serve_options *options, const char *name, struct argp_state *state)
{
    if (options->client_name_count == SERVICE_CLIENT_NAMES_MAX)
        argp_error(state, "more than %d --client-name", SERVICE_CLIENT_NAMES_MAX);
    options->service.client_names[options->client_name_count++] = name;
}

static void parse_secret_end(struct serve_options *options, struct argp_state *state)
{
    struct service_options *service = &options->service;
    const struct certificate_options *certificates = &options->certificates;

    if (service->tls_cert || service->ca_out)
        argp_error(state, "--cert-secret excludes --tls-cert and --ca-out: the certificate comes from the Secret");
    if (certificates->config_count == 0)
        argp_error(
            state,
            "--cert-secret needs --webhook-config or --advise-config: the configurations that are to trust the certificate");

    for (size_t i = 0; certificates->service_name[0] && i < SERVICE_HOSTS; i++)
        parse_host(service, certificates->service_hosts[i], state);
    if (service->host_count == 0)
        argp_error(state, "--cert-secret needs --service or --tls-host: the names that the certificate is for");
    service->certificates = certificates;
}

static void parse_end(struct serve_options *options, struct argp_state *state)
{
    struct service_options *service = &options->service;
    static const char *const loopback[] = {"localhost", "127.0.0.1", "::1"};

    if (service->namespaces && service->kubeconfig && !options->certificates.secret_name[0])
        argp_error(state, "--namespaces and --kubeconfig are mutually exclusive");
    if (!service->tls_cert != !service->tls_key)
        argp_error(state, "--tls-cert and --tls-key must be given together");
    if (service->tls_cert && (service->ca_out || service->host_count > 0))
        argp_error(state, "--ca-out and --tls-host are for generated certificates and exclude --tls-cert");
    if (options->client_name_count > 0 && !service->client_ca)
        argp_error(state, "--client-name needs --client-ca: the CA that signs these names");
    if (options->certificates.secret_name[0])
        parse_secret_end(options, state);
    for (size_t i = 0; service->host_count == 0 && i < ARRAY_SIZE(loopback); i++)
        service->hosts[i] = loopback[i];
    if (service->host_count == 0)
        service->host_count = ARRAY_SIZE(loopback);
}

static error_t parse_serve_option(int key, char *argument, struct argp_state *state)
{
    struct serve_options *options = state->input;
    const struct {
        int key;
        const char **target;
    } texts[] = {
        {'N', &options->service.namespaces},
        {OPTION_KUBECONFIG, &options->service.kubeconfig},
        {OPTION_LISTEN, &options->listen},
        {OPTION_HEALTH_LISTEN, &options->health_listen},
        {OPTION_TLS_CERT, &options->service.tls_cert},
        {OPTION_TLS_KEY, &options->service.tls_key},
        {OPTION_CA_OUT, &options->service.ca_out},
        {OPTION_READY_FILE, &options->ready_file},
        {OPTION_CLIENT_CA, &options->service.client_ca},
    };

    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        if (texts[i].key == key) {
            *texts[i].target = argument;
            return 0;
        }
    }

    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->policies;
        state->child_inputs[1] = &options->certificates;
        state->child_inputs[2] = &options->certificates;
        return 0;
    case OPTION_TLS_HOST:
        parse_host(&options->service, argument, state);
        return 0;
    case OPTION_CLIENT_NAME:
        parse_client_name(options, argument, state);
        return 0;
    case OPTION_DRAIN_DELAY:
        options->drain_delay_s = parse_number(argument, "drain-delay", 3600, state);
        return 0;
    case OPTION_DRAIN_TIMEOUT:
        options->drain_timeout_s = parse_number(argument, "drain-timeout", 3600, state);
        return 0;
    case OPTION_THREADS:
        options->threads = parse_number(argument, "threads", 256, state);
        return 0;
    case OPTION_LOG_LEVEL:
        if (!log_level_parse(argument, &options->log_level))
            argp_error(state, "--log-level %s: must be debug, info, warn or error", argument);
        return 0;
    case ARGP_KEY_END:
        parse_end(options, state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_child children[] = {{&command_policies_argp, 0, NULL, 0},
                                             {&command_certificates_argp, 0, NULL, 0},
                                             {&command_lifetimes_argp, 0, NULL, 0},
                                             {0}};
static const struct argp argp = {
    .options = options_table, .parser = parse_serve_option, .doc = doc, .children = children};

/* Call it before any thread starts: threads inherit the mask, so that only serve_until_signal() sees the signals. */
static void prepare_process(sigset_t *ret_signals)
{
    struct rlimit files;

    (void)sigemptyset(ret_signals);
    (void)sigaddset(ret_signals, SIGTERM);
    (void)sigaddset(ret_signals, SIGINT);
    (void)sigaddset(ret_signals, SIGHUP);
    (void)pthread_sigmask(SIG_BLOCK, ret_signals, NULL);
    (void)signal(SIGPIPE, SIG_IGN);

    /* Memory of bodies above this threshold goes back to the system when it is freed. Without a fixed threshold, malloc
     * raises it to the largest block that was freed, and keeps that memory. */
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
    AUTO(buf) text;
    buf_init(&text, ERR_TEXT_SIZE);
    buf_addf(&text, "https://127.0.0.1:%u\nhttp://127.0.0.1:%u\n", server_port(server), health_port(health));
    if (!options->ready_file)
        return 0;
    if (buf_check(&text, err) < 0)
        return -1;
    return file_write(options->ready_file, text.data, text.length, 0644, err);
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
        service_reload_all(service);
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

    struct watch_item items[5] = {{options->service.policies, service_reload_policies, service}};
    size_t item_count = 1;
    if (options->service.namespaces)
        items[item_count++] = (struct watch_item){options->service.namespaces, service_reload_namespaces, service};
    if (options->service.tls_cert) { /* the key may be replaced later than its certificate */
        items[item_count++] = (struct watch_item){options->service.tls_cert, service_reload_certificates, service};
        items[item_count++] = (struct watch_item){options->service.tls_key, service_reload_certificates, service};
    }
    if (options->service.client_ca)
        items[item_count++] = (struct watch_item){options->service.client_ca, service_reload_clients, service};
    const struct watch_options watch_options = {0};
    if (watch_new(items, item_count, &watch_options, &watch, err) < 0 || service_load(service, err) < 0)
        return -1;

    const struct server_options server_options = {.listen = options->listen,
                                                  .paths = service_paths(service),
                                                  .answer = service_answer,
                                                  .observe = service_observe,
                                                  .context = service,
                                                  .tls = service_tls(service),
                                                  .threads = options->threads};
    if (server_start(&server_options, &server, err) < 0)
        return -1;

    const struct health_options health_options = {.listen = options->health_listen,
                                                  .alive = is_alive,
                                                  .alive_context = server,
                                                  .checks = service_checks(service),
                                                  .pages = service_pages(service)};

    service_set_server(service, server);
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
    command_parse(&argp, argc, argv, &options);
    if (!options.policies.policies)
        return policies_options_fail(&options.policies);

    options.service.policies = options.policies.policies;
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

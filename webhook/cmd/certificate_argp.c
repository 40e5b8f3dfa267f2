/* Parses the options, which certificate_options_apply() passes on. */
#include "cmd/certificate_argp.h"

#include "base/units.h"
#include "serve/duration.h"

#include <stdio.h>
#include <string.h>

enum {
    OPTION_CERT_SECRET = 512,
    OPTION_SERVICE,
    OPTION_WEBHOOK_CONFIG,
    OPTION_ADVISE_CONFIG,
    OPTION_CA_LIFETIME,
    OPTION_CERT_LIFETIME,
    LIFETIME_LEAST_S = 10,
    DAYS_MOST = 36500,
};

static const struct argp_option options_table[] = {
    {"cert-secret", OPTION_CERT_SECRET, "NAMESPACE/NAME", 0,
     "the Secret in which the replicas share CA and certificate", 0},
    {"service", OPTION_SERVICE, "[NAMESPACE/]NAME", 0,
     "the Service that the API server calls; the certificate is for its names (default namespace: the Secret's)", 0},
    {"webhook-config", OPTION_WEBHOOK_CONFIG, "NAME", 0,
     "a MutatingWebhookConfiguration whose entries trust the CA by their caBundle; may be repeated", 0},
    {"advise-config", OPTION_ADVISE_CONFIG, "NAME", 0, "the same for a ValidatingWebhookConfiguration", 0},
    {0},
};

static const struct argp_option lifetimes_table[] = {
    {"ca-lifetime", OPTION_CA_LIFETIME, "DURATION", 0,
     "lifetime of the CA, e.g. 90s, 12h or 365d; renewed at two thirds of it (`serve`: 1095d)", 0},
    {"cert-lifetime", OPTION_CERT_LIFETIME, "DURATION", 0, "lifetime of the certificate (`serve`: 90d)", 0},
    {0},
};

/* True for a DNS-1123 subdomain. Names of objects are such subdomains, and they are safe in a path. */
static bool is_name(const char *text)
{
    size_t length = strlen(text);
    return length > 0 && length < OBJECT_NAME_SIZE &&
           strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789.-") == length && *text != '-' && *text != '.' &&
           text[length - 1] != '-' && text[length - 1] != '.' && !strstr(text, "..");
}

/* Parses "namespace/name" or, unless `whole`, "name". */
static void parse_ref(const char *text, const char *option, bool whole, char namespace_name[OBJECT_NAME_SIZE],
                      char name[OBJECT_NAME_SIZE], struct argp_state *state)
{
    const char *slash = strchr(text, '/');
    (void)snprintf(namespace_name, OBJECT_NAME_SIZE, "%.*s", slash ? (int)(slash - text) : 0, text);
    (void)snprintf(name, OBJECT_NAME_SIZE, "%s", slash ? slash + 1 : text);
    bool good = strlen(text) < OBJECT_NAME_SIZE && is_name(name) && (slash ? is_name(namespace_name) : !whole);
    if (!good)
        argp_error(state, "--%s %s: must be %s, in lower case", option, text,
                   whole ? "NAMESPACE/NAME" : "NAME or NAMESPACE/NAME");
}

static void parse_config(struct certificate_options *options, enum webhook_config_kind kind, const char *name,
                         struct argp_state *state)
{
    if (!is_name(name))
        argp_error(state, "\"%s\" is not a valid name of a webhook configuration", name);
    if (options->config_count == CERTIFICATE_CONFIGS_MAX)
        argp_error(state, "more than %d webhook configurations", CERTIFICATE_CONFIGS_MAX);
    options->configs[options->config_count++] = (struct webhook_config_ref){kind, name};
}

/* Parses a duration in Go's notation, or a number of days. */
static int64_t parse_lifetime(const char *text, const char *option, struct argp_state *state)
{
    struct err err;
    int64_t ns = 0;
    char *end;
    unsigned long days = strtoul(text, &end, 10);
    bool in_days = *text >= '0' && *text <= '9' && strcmp(end, "d") == 0;
    if (in_days && days <= DAYS_MOST)
        ns = (int64_t)days * S_PER_DAY * NS_PER_S;
    else if (in_days || duration_parse(text, &ns, &err) < 0)
        argp_error(state, "--%s %s: must be a duration, e.g. 90s, 12h or 365d (at most %dd)", option, text, DAYS_MOST);
    if (ns / NS_PER_S < LIFETIME_LEAST_S || ns / NS_PER_S > DAYS_MOST * S_PER_DAY)
        argp_error(state, "--%s %s: must be from %ds to %dd", option, text, LIFETIME_LEAST_S, DAYS_MOST);
    return ns / NS_PER_S;
}

static void name_hosts(struct certificate_options *options)
{
    static const char *const suffixes[SERVICE_HOSTS] = {".svc", ".svc.cluster.local", ""};
    if (!options->service_namespace[0])
        memcpy(options->service_namespace, options->secret_namespace, sizeof(options->service_namespace));
    for (size_t i = 0; i < SERVICE_HOSTS; i++)
        (void)snprintf(options->service_hosts[i], SERVICE_HOST_SIZE, "%.63s.%.63s%s", options->service_name,
                       options->service_namespace, suffixes[i]);
}

static void parse_end(struct certificate_options *options, struct argp_state *state)
{
    bool more = options->service_name[0] || options->config_count > 0 || options->ca_lifetime || options->cert_lifetime;
    if (more && !options->secret_name[0])
        argp_error(state, "--service, --webhook-config, --advise-config, --ca-lifetime and --cert-lifetime need "
                          "--cert-secret");
    if (options->ca_lifetime && options->cert_lifetime > options->ca_lifetime)
        argp_error(state, "--cert-lifetime must not be longer than --ca-lifetime: no certificate outlives its CA");
    if (options->service_name[0])
        name_hosts(options);
}

static error_t parse_certificate_option(int key, char *argument, struct argp_state *state)
{
    struct certificate_options *options = state->input;
    switch (key) {
    case OPTION_CERT_SECRET:
        parse_ref(argument, "cert-secret", true, options->secret_namespace, options->secret_name, state);
        return 0;
    case OPTION_SERVICE:
        parse_ref(argument, "service", false, options->service_namespace, options->service_name, state);
        return 0;
    case OPTION_WEBHOOK_CONFIG:
        parse_config(options, WEBHOOK_MUTATING, argument, state);
        return 0;
    case OPTION_ADVISE_CONFIG:
        parse_config(options, WEBHOOK_VALIDATING, argument, state);
        return 0;
    case OPTION_CA_LIFETIME:
        options->ca_lifetime = parse_lifetime(argument, "ca-lifetime", state);
        return 0;
    case OPTION_CERT_LIFETIME:
        options->cert_lifetime = parse_lifetime(argument, "cert-lifetime", state);
        return 0;
    case ARGP_KEY_END:
        parse_end(options, state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

const struct argp command_certificates_argp = {.options = options_table, .parser = parse_certificate_option};
const struct argp command_lifetimes_argp = {.options = lifetimes_table, .parser = parse_certificate_option};

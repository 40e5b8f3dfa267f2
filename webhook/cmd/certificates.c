/* Parses the options for a cluster's certificates. */
#include "cmd/certificates.h"

#include "base/units.h"
#include "serve/duration.h"

#include <stdio.h>
#include <string.h>

enum { LIFETIME_LEAST_S = 10, DAYS_MOST = 36500 };

/* True if the text can be the name of an object and is safe in a path: lower-case letters, digits, '-' and '.'. The API
 * server makes the full check. */
static bool is_name(const char *text)
{
    size_t length = strlen(text);
    return length > 0 && length < OBJECT_NAME_SIZE &&
           strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789.-") == length && *text != '-' && *text != '.' &&
           text[length - 1] != '-' && text[length - 1] != '.' && !strstr(text, "..");
}

/* Parses "namespace/name"; for a Service, "name" alone is accepted too. */
static void store_ref(const struct command_option *option, char *text, void *member, struct argp_state *state)
{
    struct object_ref *ref = member;
    bool needs_namespace = strcmp(option->name, "cert-secret") == 0;
    const char *slash = strchr(text, '/');
    (void)snprintf(ref->namespace_name, OBJECT_NAME_SIZE, "%.*s", slash ? (int)(slash - text) : 0, text);
    (void)snprintf(ref->name, OBJECT_NAME_SIZE, "%s", slash ? slash + 1 : text);
    bool good = strlen(text) < OBJECT_NAME_SIZE && is_name(ref->name) &&
                (slash ? is_name(ref->namespace_name) : !needs_namespace);
    if (!good)
        argp_error(state, "--%s %s: must be %s, of lower-case letters, digits, '-' and '.'", option->name, text,
                   needs_namespace ? "NAMESPACE/NAME" : "NAME or NAMESPACE/NAME");
}

static void store_config(const struct command_option *option, char *name, void *member, struct argp_state *state)
{
    struct cluster_certificates_options *options = member;
    bool advises = strcmp(option->name, "advise-config") == 0;
    if (!is_name(name))
        argp_error(state, "\"%s\" is not a valid name of a webhook configuration", name);
    if (options->config_count == CERTIFICATE_CONFIGS_MAX)
        argp_error(state, "more than %d webhook configurations", CERTIFICATE_CONFIGS_MAX);
    options->configs[options->config_count++] =
        (struct webhook_config_ref){advises ? WEBHOOK_VALIDATING : WEBHOOK_MUTATING, name};
}

/* Parses a duration in Go's notation, or days, as in 365d. */
static void store_lifetime(const struct command_option *option, char *text, void *member, struct argp_state *state)
{
    struct err err;
    int64_t ns = 0;
    char *end;
    unsigned long days = strtoul(text, &end, 10);
    bool in_days = *text >= '0' && *text <= '9' && strcmp(end, "d") == 0;
    if (in_days && days <= DAYS_MOST)
        ns = (int64_t)days * S_PER_DAY * NS_PER_S;
    else if (in_days || duration_parse(text, &ns, &err) < 0)
        argp_error(state, "--%s %s: must be a duration, e.g. 90s, 12h or 365d (at most %dd)", option->name, text,
                   DAYS_MOST);
    if (ns / NS_PER_S < LIFETIME_LEAST_S || ns / NS_PER_S > DAYS_MOST * S_PER_DAY)
        argp_error(state, "--%s %s: must be from %ds to %dd", option->name, text, LIFETIME_LEAST_S, DAYS_MOST);
    *(int64_t *)member = ns / NS_PER_S;
}

static void complete_options(void *context, struct argp_state *state)
{
    struct cluster_certificates_options *options = context;
    const struct rotation_policy *policy = &options->policy;
    bool more = options->service.name[0] || options->config_count > 0 || policy->ca_lifetime || policy->cert_lifetime;
    if (more && !options->secret.name[0])
        argp_error(state, "--service, --webhook-config, --advise-config, --ca-lifetime and --cert-lifetime need "
                          "--cert-secret");
    if (policy->ca_lifetime && policy->cert_lifetime > policy->ca_lifetime)
        argp_error(state, "--cert-lifetime must not be longer than --ca-lifetime: no certificate outlives its CA");
    if (options->service.name[0] && !options->service.namespace_name[0])
        memcpy(options->service.namespace_name, options->secret.namespace_name, OBJECT_NAME_SIZE);
}

static const struct command_option certificates_rows[] = {
    {"cert-secret", 0, "NAMESPACE/NAME", "the Secret in which the replicas share the CA and the certificate", store_ref,
     offsetof(struct cluster_certificates_options, secret)},
    {"service", 0, "[NAMESPACE/]NAME",
     "the Service that the API server calls; the certificate is for its names (default namespace: the Secret's)",
     store_ref, offsetof(struct cluster_certificates_options, service)},
    {"webhook-config", 0, "NAME",
     "a MutatingWebhookConfiguration whose caBundle fields are to hold the CA; may be repeated", .store = store_config},
    {"advise-config", 0, "NAME", "like --webhook-config, for a ValidatingWebhookConfiguration", .store = store_config},
};
const struct option_table certificates_table = {OPTION_ROWS(certificates_rows), .check = complete_options};

static const struct command_option lifetimes_rows[] = {
    {"ca-lifetime", 0, "DURATION",
     "lifetime of the CA, e.g. 90s, 12h or 365d, which is replaced after two thirds of it (default: 1095d for serve, "
     "the current CA's for certs rotate)",
     store_lifetime, .offset = offsetof(struct cluster_certificates_options, policy.ca_lifetime)},
    {"cert-lifetime", 0, "DURATION",
     "lifetime of the certificate (default: 90d for serve, or half of a --ca-lifetime below 180d; the current "
     "certificate's for certs rotate)",
     store_lifetime, .offset = offsetof(struct cluster_certificates_options, policy.cert_lifetime)},
};
const struct option_table lifetimes_table = {OPTION_ROWS(lifetimes_rows)};

/* gpuslice certs show: prints the certificates of files or of a cluster, and which webhook configurations trust the
 * cluster's CA. Never prints a key. */
#include "base/file.h"
#include "base/units.h"
#include "cmd/certs/certs_cluster.h"
#include "cmd/command.h"
#include "json/build.h"

#include <string.h>

static const char doc[] =
    "Show the certificates in FILEs (PEM), or those that `gpuslice serve --cert-secret` keeps in a cluster and "
    "which of the named webhook configurations trust them. Never prints a key.\vExamples:\n"
    "  gpuslice certs show /etc/gpuslice/tls.crt /etc/gpuslice/ca.crt\n"
    "  gpuslice certs show --cert-secret gpuslice-system/gpuslice-certs --webhook-config gpuslice\n"
    "  gpuslice certs show --cert-secret gpuslice-system/gpuslice-certs -o json\n"
    "\n"
    "Exit status: 0 success; 1 a certificate has expired or is not valid yet, an entry does not trust the CA, or "
    "the Secret is empty or not managed by gpuslice; 2 usage or input error.";

struct show_options {
    struct cluster_options cluster;
    struct argument_list files;
    unsigned output;
};

enum { FILE_MAX = MIB };

static void check_options(void *context, struct argp_state *state)
{
    const struct show_options *options = context;
    if ((options->files.count > 0) == (options->cluster.certificates.secret.name[0] != '\0'))
        argp_error(state, "expected either FILEs or --cert-secret");
}

static const struct command_option rows[] = {
    {"output", 'o', "text|json", "output format (default: text)", option_choice, offsetof(struct show_options, output),
     OPTION_CHOICES(option_outputs)},
    {.store = option_arguments, .offset = offsetof(struct show_options, files)},
    {.table = &cluster_table, .offset = offsetof(struct show_options, cluster)},
};
static const struct option_table table = {"[FILE...]", doc, OPTION_ROWS(rows), check_options};

/* The lists of the JSON document; the text is printed from them, too. */
struct report {
    json_t *certificates, *webhooks, *problems;
    time_t now;
};

static int add_problem(struct report *report, struct err *err, const char *format, ...) PRINTF(3, 4);
static int add_problem(struct report *report, struct err *err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    json_t *text = json_vsprintf(format, args);
    va_end(args);
    return json_array_append_new(report->problems, text) == 0 ? 0 : err_nomem(err);
}

/* -- Certificates -- */

static json_t *names_of(const char *pem)
{
    struct err err;
    AUTO(strlist) hosts = {0};
    return cert_hosts(pem, "certificate", &hosts, &err) < 0 ? json_array() : json_strings(&hosts);
}

static int add_certificate(struct report *report, const char *source, const struct cert_facts *facts, const char *pem,
                           bool must_be_valid, struct err *err)
{
    char begin[CERT_TIME_SIZE];
    char end[CERT_TIME_SIZE];

    cert_time_text(facts->not_before, begin);
    cert_time_text(facts->not_after, end);

    json_t *names = pem ? names_of(pem) : json_array();
    json_t *item = json_pack("{s:s, s:s, s:s, s:o, s:b, s:s, s:s, s:I, s:s}", "source", source, "subject",
                             facts->subject, "issuer", facts->issuer, "names", names, "authority", (int)facts->is_ca,
                             "notBefore", begin, "notAfter", end, "secondsLeft",
                             (json_int_t)(facts->not_after - report->now), "sha256", facts->fingerprint);
    if (!item || json_array_append_new(report->certificates, item) != 0)
        return err_nomem(err);
    if (must_be_valid && facts->not_after < report->now)
        return add_problem(report, err, "%s: %s expired at %s", source, facts->subject, end);
    if (must_be_valid && facts->not_before > report->now)
        return add_problem(report, err, "%s: %s is not valid before %s", source, facts->subject, begin);

    return 0;
}

/* Adds all certificates of a PEM text, with the names of the first one only: the others are CAs. */
static int add_pem(struct report *report, const char *source, const char *pem, bool must_be_valid, struct err *err)
{
    struct cert_facts *list = NULL;
    size_t count = 0;
    int result = cert_facts_list(pem, source, &list, &count, err);
    for (size_t i = 0; i < count && result == 0; i++)
        result = add_certificate(report, source, &list[i], i == 0 ? pem : NULL, must_be_valid, err);
    free(list);
    return result;
}

static int add_file(struct report *report, const char *path, struct err *err)
{
    AUTO(buf) text;
    buf_init_secret(&text, FILE_MAX); /* the file may contain a key */
    if (file_read(path, &text, err) < 0)
        return -1;
    return add_pem(report, path, buf_text(&text), true, err);
}

static int add_store(struct report *report, const struct cert_store *store, struct err *err)
{
    static const enum cert_store_key keys[] = {STORE_CERT, STORE_CA, STORE_NEXT, STORE_PREVIOUS};
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        struct err fault;
        const char *pem = store->texts[keys[i]];
        if (!pem || add_pem(report, cert_store_names[keys[i]], pem, keys[i] != STORE_PREVIOUS, &fault) == 0)
            continue;
        if (fault.code == ERR_NOMEM)
            return err_nomem(err);
        if (add_problem(report, err, "%s", fault.text) < 0)
            return -1;
    }
    return 0;
}

/* -- Which webhooks trust the CA -- */

static int add_webhook(struct report *report, const struct webhook_config_ref *config,
                       const struct webhook_entry *entry, const struct cert_store *store, struct err *err)
{
    const char *ca = store->texts[STORE_CA];
    const char *next = store->texts[STORE_NEXT];
    const char *kind = webhook_config_kind_name(config->kind);

    bool trusts = ca && cert_bundle_has(entry->bundle, ca);
    json_t *item = json_pack("{s:s, s:s, s:s, s:b}", "kind", kind, "configuration", config->name, "webhook",
                             entry->name, "trusted", (int)trusts);
    if (item && next)
        (void)json_object_set_new(item, "nextTrusted", json_boolean(cert_bundle_has(entry->bundle, next)));
    if (!item || json_array_append_new(report->webhooks, item) != 0)
        return err_nomem(err);
    if (trusts)
        return 0;
    return add_problem(report, err, "%s %s: the caBundle of %s does not contain the CA (ca.crt)", kind, config->name,
                       entry->name);
}

static int add_webhooks(struct report *report, const struct cluster_certificates *certificates,
                        const struct cert_store *store, struct err *err)
{
    const struct webhook_config *config;
    for (size_t i = 0; (config = cluster_certificates_config(certificates, i)); i++) {
        for (size_t j = 0; j < config->entry_count; j++) {
            if (add_webhook(report, &config->ref, &config->entries[j], store, err) < 0)
                return -1;
        }
    }
    return 0;
}

static int add_cluster(struct report *report, const struct object_ref *ref, struct cluster_certificates *certificates,
                       struct err *err)
{
    AUTO(certificates_state) state = {0};
    if (cluster_certificates_read(certificates, &state, err) < 0)
        return -1;

    report->now = state.now;

    int result = 0;
    if (cert_store_is_empty(&state.store))
        result = add_problem(report, err, "Secret %s/%s: does not exist or is empty", ref->namespace_name, ref->name);
    if (result == 0 && state.fault[0])
        result = add_problem(report, err, "%s", state.fault);
    if (result == 0)
        result = add_store(report, &state.store, err);
    return result == 0 ? add_webhooks(report, certificates, &state.store, err) : -1;
}

/* -- Output -- */

static void print_certificate(const json_t *item)
{
    const json_t *names = json_object_get(item, "names");
    long long left = json_integer_value(json_object_get(item, "secondsLeft"));

    (void)printf("%s%s\n  subject  %s\n  issuer   %s\n", json_text(item, "source"),
                 json_is_true(json_object_get(item, "authority")) ? ", a CA" : "", json_text(item, "subject"),
                 json_text(item, "issuer"));
    for (size_t i = 0; i < json_array_size(names); i++)
        (void)printf("%s%s", i ? ", " : "  names    ", json_string_value(json_array_get(names, i)));

    (void)printf("%s  valid    %s to %s, ", json_array_size(names) ? "\n" : "", json_text(item, "notBefore"),
                 json_text(item, "notAfter"));
    if (left < 0)
        (void)printf("expired\n");
    else
        (void)printf("%lld %s left\n", left < 2 * S_PER_DAY ? left : left / S_PER_DAY,
                     left < 2 * S_PER_DAY ? "seconds" : "days");

    (void)printf("  sha256   %s\n", json_text(item, "sha256"));
}

static void print_text(const struct report *report)
{
    size_t i;
    const json_t *item;
    json_array_foreach(report->certificates, i, item)
        print_certificate(item);
    json_array_foreach(report->webhooks, i, item)
        (void)printf("%s %s, %s: %s\n", json_text(item, "kind"), json_text(item, "configuration"),
                     json_text(item, "webhook"),
                     json_is_true(json_object_get(item, "trusted")) ? "trusts the CA" : "does not trust the CA");
    json_array_foreach(report->problems, i, item)
        (void)fprintf(stderr, "gpuslice: %s\n", json_string_value(item));
}

static int fill_report(struct report *report, const struct show_options *options,
                       struct cluster_certificates *certificates, struct err *err)
{
    if (!report->problems)
        return err_nomem(err);
    if (certificates)
        return add_cluster(report, &options->cluster.certificates.secret, certificates, err);
    for (size_t i = 0; i < options->files.count; i++) {
        if (add_file(report, options->files.items[i], err) < 0)
            return -1;
    }
    return 0;
}

int certs_show(int argc, char **argv)
{
    struct show_options options = {0};
    AUTO(access) access = {0};
    AUTO(cluster_certificates) certificates = NULL;
    struct err err;

    options_parse(&table, argc, argv, &options);
    if (options.files.count == 0 && certs_connect(&options.cluster, &access, &certificates) < 0)
        return EXIT_USAGE;

    AUTO(json) document = json_pack("{s:[], s:[], s:[]}", "certificates", "webhooks", "problems");
    struct report report = {.certificates = json_object_get(document, "certificates"),
                            .webhooks = json_object_get(document, "webhooks"),
                            .problems = json_object_get(document, "problems"),
                            .now = time(NULL)};
    if (fill_report(&report, &options, certificates, &err) < 0)
        return command_fail(&err);
    if (options.output == OUTPUT_TEXT)
        print_text(&report);
    else if (command_print_json(document, &err) < 0)
        return command_fail(&err);
    return json_array_size(report.problems) > 0 ? EXIT_FINDINGS : EXIT_OK;
}

/* Runs the cycles that keep the Secret and the webhook configurations up to date. Does not depend on TLS, threads or
 * files. */
#include "service/cluster_certificates.h"

#include "base/clock.h"
#include "base/text.h"
#include "base/units.h"
#include "json/unconst.h"

#include <stdio.h>
#include <string.h>

enum { ATTEMPTS = 5, STEPS_MOST = 8 };

/* Since when every configuration has trusted a CA, as seen by this replica. */
struct trust {
    char fingerprint[CERT_FINGERPRINT_SIZE];
    int64_t since_ns; /* 0: not all trust it */
};

struct cluster_certificates {
    struct cluster_certificates_options options;
    struct client *client;
    struct object_caller caller;
    struct trust ca, next;
    struct webhook_config configs[CERTIFICATE_CONFIGS_MAX]; /* as last read */
    bool config_unread;                                     /* at least one of them could not be read */
};

/* The state of one attempt. */
struct attempt {
    struct cluster_certificates *self;
    const struct cert_store *served;
    enum rotation_step want, made; /* for `certs rotate` */
    json_t *secret;                /* as it was read; NULL: it does not exist */
    struct certificates_state *state;
    bool conflict; /* another process has written, so everything is read again */
};

int cluster_certificates_new(const struct cluster_certificates_options *options, const struct access *access,
                             struct cluster_certificates **ret_certificates, struct err *err)
{
    AUTO(cluster_certificates) made = calloc(1, sizeof(*made));
    if (!made)
        return err_nomem(err);

    made->options = *options;
    for (size_t i = 0; i < options->config_count; i++)
        made->configs[i] = (struct webhook_config){.ref = options->configs[i], .service = &made->options.service};
    if (client_new(access, &made->client, err) < 0)
        return -1;

    made->caller = (struct object_caller){.client = made->client, .cancel_fd = options->cancel_fd};
    *ret_certificates = TAKE(made);
    return 0;
}

void cluster_certificates_free(struct cluster_certificates *certificates)
{
    if (!certificates)
        return;
    for (size_t i = 0; i < certificates->options.config_count; i++)
        webhook_config_fini(&certificates->configs[i]);
    client_free(certificates->client);
    free(certificates);
}

void certificates_state_fini(struct certificates_state *state)
{
    cert_store_fini(&state->store);
}

static enum write_result write_result_of(int result, bool conflict)
{
    if (result < 0)
        return WRITE_FAILURE;
    return conflict ? WRITE_CONFLICT : WRITE_SUCCESS;
}

/* -- The configurations -- */

/* Keeps the first fault, because later ones are mostly the same. */
static void note_fault(struct certificates_state *state, const struct webhook_config *config, const char *text)
{
    if (!state->fault[0])
        text_printf(state->fault, sizeof(state->fault), "%s %.100s: %.800s", webhook_config_kind_name(config->ref.kind),
                    config->ref.name, text);
}

/* Returns what is wrong with a configuration, or NULL; `text` is space for the result. Without this check, a
 * configuration without an entry of ours would seem to need no patch, although it makes no API server trust us. */
static const char *config_fault(const struct webhook_config *config, char text[ERR_TEXT_SIZE])
{
    if (!config->object)
        return "it does not exist";
    if (config->entry_count > 0)
        return NULL;
    if (!config->service->name[0])
        return "it has no webhooks";

    (void)snprintf(text, ERR_TEXT_SIZE, "none of its %zu webhooks calls the Service %.100s/%.100s",
                   json_array_size(json_object_get(config->object, "webhooks")), config->service->namespace_name,
                   config->service->name);
    return text;
}

static void read_configs(struct cluster_certificates *self, struct certificates_state *state)
{
    self->config_unread = false;
    for (size_t i = 0; i < self->options.config_count; i++) {
        struct err err;
        int result = webhook_config_read(&self->caller, &self->configs[i], &err);
        const char *fault = result < 0 ? err.text : config_fault(&self->configs[i], err.text);
        self->config_unread = self->config_unread || result < 0;
        if (fault)
            note_fault(state, &self->configs[i], fault);
    }
}

/* True if every configuration has entries of ours and all of these trust the CA. Also true if no configuration is
 * named, because there is then nothing to wait for. */
static bool is_trusted(const struct cluster_certificates *self, const char *ca)
{
    for (size_t i = 0; i < self->options.config_count; i++) {
        const struct webhook_config *config = &self->configs[i];
        if (config->entry_count == 0)
            return false;
        for (size_t j = 0; j < config->entry_count; j++) {
            if (!cert_bundle_has(config->entries[j].bundle, ca))
                return false;
        }
    }
    return true;
}

/* Updates the time since which `ca` has been trusted. If there is no CA, `facts` has no fingerprint. */
static void trust_update(const struct cluster_certificates *self, struct trust *trust, const struct cert_facts *facts,
                         const char *ca)
{
    if (strcmp(trust->fingerprint, facts->fingerprint) != 0)
        trust->since_ns = 0;
    memcpy(trust->fingerprint, facts->fingerprint, sizeof(trust->fingerprint));
    if (!facts->fingerprint[0] || !is_trusted(self, ca))
        trust->since_ns = 0;
    else if (!trust->since_ns)
        trust->since_ns = clock_monotonic_ns();
}

static bool trust_is_settled(const struct cluster_certificates *self, const struct trust *trust)
{
    return trust->since_ns && clock_monotonic_ns() - trust->since_ns >= self->options.settle_ms * NS_PER_MS;
}

/* Updates trust; call it after each change of the store or of a bundle. A next CA that has become the CA keeps the time
 * since which it has been trusted. */
static void update_trust_of_both(struct cluster_certificates *self, struct certificates_state *state)
{
    const struct cert_store_facts *facts = &state->facts;
    if (strcmp(self->next.fingerprint, facts->ca.fingerprint) == 0 && self->next.fingerprint[0])
        self->ca = self->next;
    trust_update(self, &self->ca, &facts->ca, state->store.texts[STORE_CA]);
    trust_update(self, &self->next, &facts->next, state->store.texts[STORE_NEXT]);
    state->ca_in_place = self->ca.since_ns;
    state->ca_settled = trust_is_settled(self, &self->ca);
}

static void patch_config(struct attempt *attempt, struct webhook_config *config, const char *bundle)
{
    struct cluster_certificates *self = attempt->self;
    struct err fault;
    bool conflict = false;
    bool any = false;
    for (size_t i = 0; i < config->entry_count; i++) {
        config->entries[i].outdated = !cert_bundle_same(config->entries[i].bundle, bundle);
        any = any || config->entries[i].outdated;
    }

    if (!any)
        return;

    int result = webhook_config_patch(&self->caller, config, bundle, &conflict, &fault);
    if (self->options.patched)
        self->options.patched(self->options.context, &config->ref, write_result_of(result, conflict));
    if (result < 0) {
        note_fault(attempt->state, config, fault.text);
    } else if (conflict) {
        attempt->conflict = true;
        note_fault(attempt->state, config, self->caller.message);
    }
}

static int patch_configs(struct attempt *attempt, struct err *err)
{
    struct cluster_certificates *self = attempt->self;
    AUTO(string) bundle = NULL;
    if (cert_store_bundle(&attempt->state->store, &bundle, err) < 0)
        return -1;
    for (size_t i = 0; i < self->options.config_count; i++)
        patch_config(attempt, &self->configs[i], bundle);
    update_trust_of_both(self, attempt->state);
    return 0;
}

/* -- The Secret -- */

/* Checks the state's store, if it is not empty. */
static int check_store(struct certificates_state *state, struct err *err)
{
    static const char remedy[] =
        "; it is left unchanged. Delete the Secret: everything is created again, and the certificates being served "
        "stay in use until the new CA is trusted";
    if (cert_store_is_empty(&state->store) || cert_store_check(&state->store, &state->facts, err) == 0)
        return 0;

    size_t length = strlen(err->text);
    if (err->code == ERR_INVALID && !strstr(err->text, "it is left unchanged"))
        (void)snprintf(err->text + length, sizeof(err->text) - length, "%s", remedy);
    return -1;
}

/* Replaces the store in the state by the content of `secret`, which it takes over. */
static int take_secret(struct attempt *attempt, json_t *secret, struct err *err)
{
    struct cert_store *store = &attempt->state->store;
    json_decref(attempt->secret);
    attempt->secret = secret;
    cert_store_fini(store);
    for (size_t i = 0; i < STORE_KEYS; i++) {
        if (secret_text(secret, cert_store_names[i], &store->texts[i], err) < 0)
            return -1;
    }
    return 0;
}

static int read_secret(struct attempt *attempt, struct err *err)
{
    struct cluster_certificates *self = attempt->self;
    json_t *secret = NULL;
    if (secret_read(&self->caller, &self->options.secret, &secret, err) < 0)
        return -1;
    attempt->state->now = self->caller.date ? self->caller.date : time(NULL);
    return take_secret(attempt, secret, err);
}

static int write_store(struct attempt *attempt, enum rotation_step step, const struct cert_store *store,
                       struct err *err)
{
    const struct cluster_certificates_options *options = &attempt->self->options;
    json_t *secret = NULL;
    const struct secret_texts texts = {cert_store_names, store->texts, STORE_KEYS};
    int result = secret_write(&attempt->self->caller, &options->secret, attempt->secret, &texts, &secret, err);
    if (options->rotated)
        options->rotated(options->context, step, write_result_of(result, !secret));
    if (result < 0)
        return -1;

    attempt->conflict = !secret;
    if (attempt->conflict)
        return 0;
    return take_secret(attempt, secret, err) < 0 ? -1 : check_store(attempt->state, err);
}

/* CAs that the configurations trust stay trusted, because other replicas may serve certificates signed by them. */
static int create_first_store(struct attempt *attempt, struct err *err)
{
    enum { TRUSTED_MAX = 8 * MIB };
    const struct cluster_certificates *self = attempt->self;
    AUTO(cert_store) store = {0};
    AUTO(buf) trusted;
    buf_init(&trusted, TRUSTED_MAX);
    if (!attempt->served && self->config_unread)
        return err_set(
            err, ERR_UNAVAILABLE,
            "it has no certificates yet; they are created once the CAs that are trusted now can be read: %.600s",
            attempt->state->fault);

    for (size_t i = 0; i < self->options.config_count; i++) {
        for (size_t j = 0; j < self->configs[i].entry_count; j++)
            buf_addf(&trusted, "%s\n", self->configs[i].entries[j].bundle);
    }

    if (buf_check(&trusted, err) < 0 || rotation_begin(attempt->served, buf_text(&trusted), &self->options.policy,
                                                       attempt->state->now, &store, err) < 0)
        return -1;
    return write_store(attempt, ROTATION_BEGIN, &store, err);
}

static struct rotation_view view_of(const struct attempt *attempt)
{
    return (struct rotation_view){.stored = &attempt->state->store,
                                  .facts = &attempt->state->facts,
                                  .served = attempt->served,
                                  .next_is_trusted = trust_is_settled(attempt->self, &attempt->self->next),
                                  .now = attempt->state->now};
}

static int make_step(struct attempt *attempt, const struct rotation_view *view, const struct rotation_policy *policy,
                     enum rotation_step step, struct err *err)
{
    AUTO(cert_store) store = {0};
    if (step == ROTATION_NONE)
        return 0;
    if (rotation_make(view, policy, step, &store, err) < 0)
        return -1;
    return write_store(attempt, step, &store, err);
}

/* Creates the first store if there is none. Then takes all steps that are due, with one write each. Stops at a
 * conflict. */
static int rotate(struct attempt *attempt, struct err *err)
{
    const struct rotation_policy *policy = &attempt->self->options.policy;
    if (cert_store_is_empty(&attempt->state->store) && create_first_store(attempt, err) < 0)
        return -1;

    for (unsigned i = 0; i < STEPS_MOST && !attempt->conflict; i++) {
        update_trust_of_both(attempt->self, attempt->state);
        struct rotation_view view = view_of(attempt);
        enum rotation_step step = rotation_due(&view, policy);
        if (step == ROTATION_NONE)
            break;
        if (make_step(attempt, &view, policy, step, err) < 0)
            return -1;
    }

    return 0;
}

/* -- Cycles -- */

static int rotate_and_patch_once(struct attempt *attempt, struct err *err)
{
    read_configs(attempt->self, attempt->state);
    if (read_secret(attempt, err) < 0 || check_store(attempt->state, err) < 0 || rotate(attempt, err) < 0)
        return -1;
    return attempt->conflict ? 0 : patch_configs(attempt, err);
}

/* Calls `once` until there is no conflict, at most ATTEMPTS times. `attempt` is complete except for its state. */
static int retry_on_conflict(struct attempt *attempt, int (*once)(struct attempt *attempt, struct err *err),
                             struct certificates_state *ret_state, struct err *err)
{
    const struct object_ref *secret = &attempt->self->options.secret;
    for (unsigned i = 0; i < ATTEMPTS; i++) {
        AUTO(certificates_state) state = {0};
        attempt->state = &state;
        attempt->conflict = false;
        int result = once(attempt, err);
        json_decref(TAKE(attempt->secret));
        if (result < 0)
            return err_wrap(err, "Secret %.100s/%.100s", secret->namespace_name, secret->name);

        /* After its last attempt, a cycle reports the state that it read; the next cycle tries again. */
        bool is_last = i + 1 == ATTEMPTS && !attempt->want && !cert_store_is_empty(&state.store);
        if (!attempt->conflict || is_last) {
            *ret_state = TAKE(state);
            return 0;
        }
    }

    return err_set(err, ERR_UNAVAILABLE, "Secret %.100s/%.100s: another process keeps writing it: %.400s",
                   secret->namespace_name, secret->name, attempt->self->caller.message);
}

int cluster_certificates_cycle(struct cluster_certificates *certificates, const struct cert_store *served,
                               struct certificates_state *ret_state, struct err *err)
{
    struct attempt attempt = {.self = certificates, .served = served};
    return retry_on_conflict(&attempt, rotate_and_patch_once, ret_state, err);
}

/* Reads without writing. Also returns an inconsistent store, with its fault. */
static int read_state_once(struct attempt *attempt, struct err *err)
{
    struct certificates_state *state = attempt->state;
    struct err fault;
    read_configs(attempt->self, state);
    if (read_secret(attempt, err) < 0)
        return -1;
    if (check_store(state, &fault) < 0)
        text_copy(state->fault, sizeof(state->fault), fault.text);
    return 0;
}

int cluster_certificates_read(struct cluster_certificates *certificates, struct certificates_state *ret_state,
                              struct err *err)
{
    struct attempt attempt = {.self = certificates};
    return retry_on_conflict(&attempt, read_state_once, ret_state, err);
}

static int force_rotation_once(struct attempt *attempt, struct err *err)
{
    AUTO(strlist) hosts = {0};
    struct certificates_state *state = attempt->state;
    struct rotation_policy policy = attempt->self->options.policy;
    if (read_secret(attempt, err) < 0 || check_store(state, err) < 0)
        return -1;

    if (cert_store_is_empty(&state->store))
        return err_set(err, ERR_NOT_FOUND, "there is nothing in it to rotate; `serve --cert-secret` fills it");
    if (cert_hosts(state->store.texts[STORE_CERT], cert_store_names[STORE_CERT], &hosts, err) < 0)
        return -1;

    if (policy.host_count == 0) {
        policy.hosts = (const char *const *)hosts.items;
        policy.host_count = hosts.count;
    }
    if (!policy.ca_lifetime)
        policy.ca_lifetime = rotation_lifetime(&state->facts.ca);
    if (!policy.cert_lifetime)
        policy.cert_lifetime = rotation_lifetime(&state->facts.leaf);

    struct rotation_view view = view_of(attempt);
    attempt->made = rotation_forced(&view, &policy, attempt->want);
    return make_step(attempt, &view, &policy, attempt->made, err);
}

int cluster_certificates_force(struct cluster_certificates *certificates, enum rotation_step step,
                               enum rotation_step *ret_step, struct certificates_state *ret_state, struct err *err)
{
    struct attempt attempt = {.self = certificates, .want = step};
    if (retry_on_conflict(&attempt, force_rotation_once, ret_state, err) < 0)
        return -1;
    *ret_step = attempt.made;
    return 0;
}

const struct webhook_config *cluster_certificates_config(const struct cluster_certificates *certificates, size_t index)
{
    return index < certificates->options.config_count ? &certificates->configs[index] : NULL;
}

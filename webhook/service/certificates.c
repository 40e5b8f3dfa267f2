/* The thread and its status notes. certs/rotate decides which step is due; cluster_certificates takes it. */
#include "service/certificates.h"

#include "base/lock.h"
#include "base/log.h"
#include "base/text.h"
#include "base/units.h"
#include "certs/load.h"
#include "kube/backoff.h"
#include "serve/keeper.h"
#include "service/cluster.h"

#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
    CA_DAYS = 1095,
    CERT_DAYS = 90,
    /* The interval between checks is a fraction of the certificates' lifetime, within these limits. */
    INTERVAL_MOST_MS = 15000,
    INTERVAL_LEAST_MS = 250,
    INTERVAL_PARTS = 30,
    SETTLE_MOST_MS = 10000,
    SETTLE_PARTS = 60,
    CLOCK_DOUBT_S = 60,
    NOTE_SIZE = ERR_TEXT_SIZE,
};

struct service_certificates {
    const struct service_options *options;
    struct service_credentials *credentials;
    struct service_metrics *metrics;
    struct access access;
    struct cluster_certificates *cluster;
    struct backoff backoff;
    unsigned interval_ms, settle_ms;
    int stop_fd; /* an eventfd, readable when requests must end */
    int wake_fd; /* an eventfd, readable when a check is due now */
    struct keeper *keeper;

    /* Used by the thread only. */
    struct cert_store served; /* empty: nothing is served */
    char logged[NOTE_SIZE];   /* the fault of the last check, which has been logged; "" for none */
    bool clock_doubted;

    pthread_mutex_t mutex; /* guards everything below: the thread writes, the health listener reads */
    char good[NOTE_SIZE];  /* what is served */
    char fault[NOTE_SIZE]; /* of the last check; "" for none */
    time_t not_after;      /* of what is served */
    int64_t ahead_s;       /* by how much this machine's clock is ahead of the API server's */
    bool in_place;         /* every configuration has trusted the CA of a served certificate at some time */
};

/* -- Notes -- */

static void log_rotated(void *context, enum rotation_step step, enum write_result result)
{
    const struct service_certificates *self = context;
    const char *text = rotation_step_text(step);
    service_metrics_rotation(self->metrics, step, result);
    if (result == WRITE_SUCCESS)
        LOG(LOG_INFO, "certificates rotated", LOG_STR("step", text));
    else if (result == WRITE_CONFLICT)
        LOG(LOG_INFO, "another replica has already replaced the certificates", LOG_STR("step", text));
}

static void log_patched(void *context, const struct webhook_config_ref *config, enum write_result result)
{
    const struct service_certificates *self = context;
    service_metrics_patch(self->metrics, result);
    if (result == WRITE_SUCCESS)
        LOG(LOG_INFO, "caBundle patched", LOG_STR("kind", webhook_config_kind_name(config->kind)),
            LOG_STR("name", config->name));
}

/* True if both texts are equal apart from numbers: a fault that says how long it took is still the same fault. */
static bool same_but_numbers(const char *a, const char *b)
{
    static const char digits[] = "0123456789";
    for (; *a && *b; a++, b++) {
        a += strspn(a, digits);
        b += strspn(b, digits);
        if (*a != *b || !*a)
            break;
    }
    return *a == *b;
}

/* Records the result of a check and logs it if it has changed; `fault` is "" if there is none. */
static void note_check(struct service_certificates *self, const char *fault)
{
    bool news = !same_but_numbers(self->logged, fault);
    service_metrics_load(self->metrics, "certificate", !*fault, time(NULL));

    (void)pthread_mutex_lock(&self->mutex);
    text_copy(self->fault, sizeof(self->fault), fault);
    (void)pthread_mutex_unlock(&self->mutex);

    if (news && *fault)
        LOG(LOG_ERROR,
            self->served.texts[STORE_CERT] ? "certificates are out of sync; those being served stay in use"
                                           : "there is no certificate to serve yet",
            LOG_STR("fault", fault));
    else if (news)
        LOG(LOG_INFO, "certificates are in sync", LOG_END);

    text_copy(self->logged, sizeof(self->logged), fault);
}

static void note_clock(struct service_certificates *self, time_t server_now)
{
    int64_t ahead = time(NULL) - server_now;
    (void)pthread_mutex_lock(&self->mutex);
    self->ahead_s = ahead;
    (void)pthread_mutex_unlock(&self->mutex);
    bool doubt = ahead > CLOCK_DOUBT_S || ahead < -CLOCK_DOUBT_S;
    if (doubt && !self->clock_doubted)
        LOG(LOG_WARN, "this machine's clock differs from the API server's, whose time counts for certificates",
            LOG_INT("secondsAhead", ahead));
    self->clock_doubted = doubt;
}

/* -- What is served -- */

static bool serves(const struct service_certificates *self)
{
    return self->served.texts[STORE_CERT];
}

static bool same_text(const struct cert_store *a, const struct cert_store *b, enum cert_store_key key)
{
    return a->texts[key] && b->texts[key] && strcmp(a->texts[key], b->texts[key]) == 0;
}

static bool may_serve(struct service_certificates *self, const struct certificates_state *state)
{
    if (!serves(self) || same_text(&self->served, &state->store, STORE_CA))
        return true;
    return state->ca_settled || self->not_after < state->now; /* only this thread writes it */
}

static int put_into_service(struct service_certificates *self, const struct certificates_state *state, struct err *err)
{
    struct cert_facts facts;
    char end[CERT_TIME_SIZE];
    char text[NOTE_SIZE];
    const struct cert_pem pair = {.cert = state->store.texts[STORE_CERT],
                                  .key = state->store.texts[STORE_KEY],
                                  .ca = state->store.texts[STORE_CA]};
    if (cert_check(&pair, NULL, state->now, &facts, err) < 0 ||
        service_credentials_set_pair(self->credentials, pair.cert, pair.key, err) < 0)
        return -1;

    cert_time_text(facts.not_after, end);
    text_printf(text, sizeof(text), "%.200s until %s, sha256 %.16s, of %.200s", facts.subject, end, facts.fingerprint,
                facts.issuer);
    (void)pthread_mutex_lock(&self->mutex);
    memcpy(self->good, text, sizeof(self->good));
    self->not_after = facts.not_after;
    (void)pthread_mutex_unlock(&self->mutex);
    service_metrics_set_certificate(self->metrics, facts.not_after);
    service_metrics_set_ca(self->metrics, state->facts.ca.not_after);
    LOG(LOG_INFO, "loaded", LOG_STR("what", "certificate"), LOG_STR("serving", text));
    return 0;
}

/* Serves the store's pair if it is new and may be served. Then, and also if the pair is the same, keeps a copy of the
 * store, other parts of which may be new. */
static int take_over(struct service_certificates *self, const struct certificates_state *state, struct err *err)
{
    bool same = same_text(&self->served, &state->store, STORE_CERT);
    AUTO(cert_store) copy = {0};
    if (!same && !may_serve(self, state))
        return 0;
    if (cert_store_copy(&state->store, &copy, err) < 0 || (!same && put_into_service(self, state, err) < 0))
        return -1;

    cert_store_fini(&self->served);
    self->served = TAKE(copy);
    if (state->ca_in_place) {
        (void)pthread_mutex_lock(&self->mutex);
        self->in_place = true;
        (void)pthread_mutex_unlock(&self->mutex);
    }

    return 0;
}

/* -- The thread -- */

/* True if the next check can wait for the whole interval. */
static bool is_calm(const struct service_certificates *self, const struct certificates_state *state)
{
    return state->ca_in_place && !state->facts.has_next && same_text(&self->served, &state->store, STORE_CERT);
}

/* Checks once. Returns false after a fault. Sets *ret_calm if the next check can wait for the whole interval. */
static bool check_certificates_once(struct service_certificates *self, bool *ret_calm)
{
    struct err err = {0};
    AUTO(certificates_state) state = {0};
    int result = cluster_certificates_cycle(self->cluster, serves(self) ? &self->served : NULL, &state, &err);
    if (result == 0) {
        note_clock(self, state.now);
        result = take_over(self, &state, &err);
    }

    *ret_calm = result == 0 && is_calm(self, &state);
    const char *fault = result < 0 ? err.text : state.fault;
    struct pollfd stop = {.fd = self->stop_fd, .events = POLLIN};
    if (poll(&stop, 1, 0) == 0) /* a request that fails because the program ends is not a fault */
        note_check(self, fault);
    return !*fault;
}

/* Returns a random time between three quarters and five quarters of `milliseconds`. */
static unsigned jittered(unsigned milliseconds)
{
    uint64_t number = backoff_random(NULL);
    return milliseconds - milliseconds / 4 + (unsigned)((number * (milliseconds / 2 + 1)) >> 32);
}

static int certificates_task(void *context, int64_t now_ns)
{
    (void)now_ns;
    struct service_certificates *self = context;
    eventfd_t wakes;
    bool calm = false;
    (void)eventfd_read(self->wake_fd, &wakes); /* fails if the interval has passed without a wake */
    if (!check_certificates_once(self, &calm))
        return (int)backoff_next(&self->backoff);

    backoff_reset(&self->backoff);
    return (int)jittered(calm || self->interval_ms < self->settle_ms ? self->interval_ms : self->settle_ms);
}

/* -- Start and end -- */

static unsigned part_of(int64_t lifetime_s, unsigned parts, unsigned most_ms)
{
    int64_t part = lifetime_s * MS_PER_S / parts;
    return part > most_ms ? most_ms : part < INTERVAL_LEAST_MS ? INTERVAL_LEAST_MS : (unsigned)part;
}

static void fill_policy(struct service_certificates *self, struct rotation_policy *policy)
{
    policy->hosts = self->options->hosts;
    policy->host_count = self->options->host_count;
    policy->jitter_permille = backoff_random(NULL) % 1001;
    if (!policy->ca_lifetime)
        policy->ca_lifetime = CA_DAYS * S_PER_DAY;
    if (!policy->cert_lifetime) /* a short-lived CA has short-lived leaves */
        policy->cert_lifetime =
            policy->ca_lifetime / 2 < CERT_DAYS * S_PER_DAY ? policy->ca_lifetime / 2 : CERT_DAYS * S_PER_DAY;
    self->interval_ms = part_of(policy->cert_lifetime, INTERVAL_PARTS, INTERVAL_MOST_MS);
    self->settle_ms = part_of(policy->cert_lifetime, SETTLE_PARTS, SETTLE_MOST_MS);
}

static int prepare(struct service_certificates *self, struct err *err)
{
    struct cluster_certificates_options cluster = *self->options->certificates;
    const struct backoff_options backoff = {0};
    self->stop_fd = eventfd(0, EFD_CLOEXEC);
    self->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (self->stop_fd < 0 || self->wake_fd < 0)
        return err_errno(err, "eventfd");

    fill_policy(self, &cluster.policy);
    backoff_init(&self->backoff, &backoff);
    cluster.rotated = log_rotated;
    cluster.patched = log_patched;
    cluster.context = self;
    cluster.settle_ms = self->settle_ms;
    cluster.cancel_fd = self->stop_fd;
    if (service_access(self->options->kubeconfig, "--cert-secret is given, --kubeconfig is not", &self->access, err) <
        0)
        return -1;

    LOG(LOG_INFO, "certificates are kept in the cluster", LOG_STR("server", self->access.server),
        LOG_STR("by", self->access.origin), LOG_STR("namespace", cluster.secret.namespace_name),
        LOG_STR("secret", cluster.secret.name));
    return cluster_certificates_new(&cluster, &self->access, &self->cluster, err);
}

int service_certificates_start(const struct service_options *options, struct service_credentials *credentials,
                               struct service_metrics *metrics, struct service_certificates **ret_certificates,
                               struct err *err)
{
    struct service_certificates *allocated = calloc(1, sizeof(*allocated));
    if (!allocated)
        return err_nomem(err);

    allocated->stop_fd = allocated->wake_fd = -1;
    (void)pthread_mutex_init(&allocated->mutex, NULL); /* cannot fail with default attributes (glibc) */

    AUTO(service_certificates) certificates = allocated;
    certificates->options = options;
    certificates->credentials = credentials;
    certificates->metrics = metrics;
    if (prepare(certificates, err) < 0 || keeper_start("the thread of certificates", certificates->wake_fd,
                                                       certificates_task, certificates, &certificates->keeper, err) < 0)
        return -1;

    *ret_certificates = TAKE(certificates);
    return 0;
}

void service_certificates_wake(struct service_certificates *certificates)
{
    (void)eventfd_write(certificates->wake_fd, 1);
}

void service_certificates_free(struct service_certificates *certificates)
{
    if (!certificates)
        return;

    if (certificates->keeper) {
        (void)eventfd_write(certificates->stop_fd, 1); /* cannot fail: nothing else adds to it */
        keeper_free(certificates->keeper);
    }
    if (certificates->stop_fd >= 0)
        (void)close(certificates->stop_fd);
    if (certificates->wake_fd >= 0)
        (void)close(certificates->wake_fd);

    cluster_certificates_free(certificates->cluster);
    access_fini(&certificates->access);
    cert_store_fini(&certificates->served);
    (void)pthread_mutex_destroy(&certificates->mutex);
    free(certificates);
}

bool service_certificates_check(void *context, struct buf *ret_note)
{
    struct service_certificates *self = context;
    AUTO(lock) held = lock_take(&self->mutex);
    bool ended = self->good[0] && self->not_after < time(NULL) - self->ahead_s;
    buf_add_string(ret_note, ended ? "expired: " : "");
    buf_add_string(ret_note, self->good[0] ? self->good : "there is none yet");
    if (self->good[0] && !self->in_place)
        buf_add_string(ret_note, "; the webhook configurations do not trust its CA yet");
    if (self->fault[0])
        buf_addf(ret_note, "; out of sync with the cluster: %s", self->fault);
    return self->good[0] && !ended && self->in_place;
}

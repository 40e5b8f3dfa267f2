#include "tests/support/load.h"

#include "tests/support/temp_dir.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

struct load {
    const struct webhook *webhook;
    const struct load_options *options;
    pthread_t threads[LOAD_CLIENTS_MAX];
    atomic_bool stop_requested;
    atomic_uint answered[LOAD_ANSWERS];
    atomic_uint lost;
    pthread_mutex_t mutex;
    char text[ERR_TEXT_SIZE]; /* of the first loss */
    unsigned awaited_answer, awaited_count;
};

static int check_reply(struct load *load, const struct http_reply *reply, struct err *err)
{
    for (unsigned i = 0; reply->status == 200 && i < LOAD_ANSWERS && load->options->answers[i]; i++) {
        if (strcmp(buf_text(&reply->body), load->options->answers[i]) == 0) {
            (void)atomic_fetch_add(&load->answered[i], 1);
            return 0;
        }
    }
    return err_set(err, ERR_INVALID, "%u %.900s", reply->status, buf_text(&reply->body));
}

/* Posts on one connection: once with `always_connect`; otherwise until the server closes it or, without `until_closed`,
 * the load is stopped. */
static int use_connection(struct load *load, struct https_client *client, struct err *err)
{
    AUTO(http_reply) reply;
    http_reply_init(&reply);
    do {
        if (webhook_post(client, load->options->review, &reply, err) < 0 || check_reply(load, &reply, err) < 0)
            return -1;
    } while (!reply.closes && !load->options->always_connect &&
             (load->options->until_closed || !atomic_load(&load->stop_requested)));
    return 0;
}

static void lose(struct load *load, const struct err *err)
{
    (void)pthread_mutex_lock(&load->mutex);
    if (atomic_fetch_add(&load->lost, 1) == 0)
        (void)snprintf(load->text, sizeof(load->text), "%s", err->text);
    (void)pthread_mutex_unlock(&load->mutex);
}

static void *post_repeatedly(void *context)
{
    struct load *load = context;
    do {
        AUTO(https_client) client = NULL;
        struct err err = {0};
        if (webhook_connect(load->webhook, load->options->ca, NULL, &client, &err) < 0 ||
            use_connection(load, client, &err) < 0) {
            lose(load, &err);
            return NULL;
        }
    } while (!atomic_load(&load->stop_requested));
    return NULL;
}

struct load *load_start(const struct webhook *webhook, const struct load_options *options)
{
    struct load *load = calloc(1, sizeof(*load));
    if (!load || options->clients > LOAD_CLIENTS_MAX)
        abort();
    load->webhook = webhook;
    load->options = options;
    (void)pthread_mutex_init(&load->mutex, NULL);
    for (unsigned i = 0; i < options->clients; i++) {
        if (pthread_create(&load->threads[i], NULL, post_repeatedly, load) != 0)
            abort();
    }
    return load;
}

unsigned load_answered(struct load *load, unsigned index)
{
    return atomic_load(&load->answered[index]);
}

static unsigned answered(struct load *load)
{
    unsigned sum = 0;
    for (unsigned i = 0; i < LOAD_ANSWERS; i++)
        sum += load_answered(load, i);
    return sum;
}

static bool enough_or_lost(void *context)
{
    struct load *load = context;
    unsigned count = load->awaited_answer < LOAD_ANSWERS ? load_answered(load, load->awaited_answer) : answered(load);
    return count >= load->awaited_count || atomic_load(&load->lost) > 0;
}

static int wait_for(struct load *load, unsigned answer, unsigned count, struct err *err)
{
    load->awaited_answer = answer;
    load->awaited_count = count;
    if (!eventually(enough_or_lost, load, WEBHOOK_WAIT_MS))
        return err_set(err, ERR_IO, "the answers that were waited for do not come");
    return atomic_load(&load->lost) > 0 ? err_set(err, ERR_IO, "a client lost a request") : 0;
}

int load_await(struct load *load, unsigned more, struct err *err)
{
    return wait_for(load, LOAD_ANSWERS, answered(load) + more, err);
}

int load_await_answer(struct load *load, unsigned index, struct err *err)
{
    return wait_for(load, index, load_answered(load, index) + 1, err);
}

void load_request_stop(struct load *load)
{
    atomic_store(&load->stop_requested, true);
}

int load_stop(struct load *load, unsigned *ret_answered, struct err *err)
{
    load_request_stop(load);
    for (unsigned i = 0; i < load->options->clients; i++)
        (void)pthread_join(load->threads[i], NULL);
    unsigned lost = atomic_load(&load->lost);
    unsigned sum = answered(load);
    if (lost > 0)
        (void)err_set(err, ERR_IO, "%u of %u clients lost a request after %u answers, the first: %.900s", lost,
                      load->options->clients, sum, load->text);
    else
        *ret_answered = sum;
    (void)pthread_mutex_destroy(&load->mutex);
    free(load);
    return lost > 0 ? -1 : 0;
}

/* The internals of the server. Private to serve/: server.c starts and ends it, exchange.c handles requests, and
 * drain.c waits for their end. */
#pragma once

#include "serve/connections.h"
#include "serve/lane.h"
#include "serve/pulse.h"
#include "serve/request.h"
#include "serve/server.h"

#include <stdatomic.h>

struct server {
    struct server_options options;
    struct request_rules rules;
    struct MHD_Daemon *daemon; /* NULL once stopped */
    struct acceptor *acceptor; /* NULL once it accepts no more connections */
    struct keeper *keeper;     /* NULL once stopped */
    struct lane *lane;         /* of large reviews */
    struct pulse *pulse;
    struct connections connections;
    struct {
        atomic_uint_fast64_t connections, unused_connections, requests;
        atomic_uint open_connections, requests_in_flight;
    } counts; /* see struct server_counts */
    unsigned port;
    int64_t flooded_ns;   /* used by the keeper only: when much memory was last held; 0: never, or given back since */
    atomic_bool closing;  /* every answer ends its connection */
    atomic_bool stopping; /* no connection may be suspended any more */
};

/* libmicrohttpd's callbacks; `context` is the server. */
void exchange_connection(void *context, struct MHD_Connection *mhd, void **socket_context,
                         enum MHD_ConnectionNotificationCode code);
void *exchange_begins(void *context, const char *uri, struct MHD_Connection *mhd);
enum MHD_Result exchange_continues(void *context, struct MHD_Connection *mhd, const char *url, const char *method,
                                   const char *version, const char *data, size_t *length, void **request_context);
void exchange_ends(void *context, struct MHD_Connection *mhd, void **request_context,
                   enum MHD_RequestTerminationCode code);

/* Lets the bodies that wait for room try again. Returns their number. */
size_t exchange_wake_waiting(struct server *server);

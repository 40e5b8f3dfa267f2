/* Parses a line of a watch and a page of a list (apimachinery meta/v1: WatchEvent, PartialObjectMetadataList). */
#pragma once

#include "base/err.h"
#include "json/unconst.h"

#include <stdbool.h>

enum namespace_event_type { EVENT_ADDED, EVENT_MODIFIED, EVENT_DELETED, EVENT_BOOKMARK, EVENT_ERROR, EVENT_OTHER };

/* The document owns the texts and values of both structs. */
struct namespace_event {
    enum namespace_event_type type; /* EVENT_OTHER: a type that is unknown here; ignore it */
    const json_t *metadata;
    const char *name;     /* "" if there is none */
    const char *revision; /* metadata.resourceVersion; "" if there is none */
    bool ends_initial;    /* it is the bookmark after everything that existed when the watch began */
    unsigned code;        /* of the Status of an EVENT_ERROR */
    const char *message;  /* of the same Status */
};

struct namespace_page {
    const json_t *items;
    const char *revision; /* of the whole list */
    const char *next;     /* `continue` for the next page; "" for the last */
};

/* Errors of both: ERR_INVALID (not JSON, or without a required member), ERR_NOMEM. */
MUST_CHECK int namespace_event_parse(const char *line, size_t length, json_t **ret_document,
                                     struct namespace_event *ret_event, struct err *err);
MUST_CHECK int namespace_page_parse(const char *text, size_t length, json_t **ret_document,
                                    struct namespace_page *ret_page, struct err *err);

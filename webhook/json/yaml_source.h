/* The YAML events of a file, and problems with their positions. Private to the YAML reader. */
#pragma once

#include "json/yaml_read.h"

#include <yaml.h>

enum { YAML_PROBLEMS_MAX = 100 }; /* per file: more do not help a reader, and a hostile file may cause millions */

struct yaml_source {
    yaml_parser_t parser;
    const char *file;
    const char *text;
    size_t length;
    struct yaml_start start;
    struct problems *problems;
    size_t complaints; /* how many of the problems belong to this file */
};

/* Borrows `file`, `text` and `problems` until yaml_source_fini(). Errors: ERR_NOMEM. */
MUST_CHECK int yaml_source_init(struct yaml_source *source, const char *file, const char *text, size_t length,
                                struct yaml_start start, struct problems *problems, struct err *err);
void yaml_source_fini(struct yaml_source *source);

/* Sets *ret_event to the next event, which the caller frees with yaml_event_delete(). Reports text that is not YAML or
 * not UTF-8. Errors: ERR_INVALID, ERR_NOMEM. */
MUST_CHECK int yaml_source_next(struct yaml_source *source, yaml_event_t *ret_event, struct err *err);

/* Adds a problem. Returns 0 if reading can continue. Errors: ERR_INVALID if there are too many, ERR_NOMEM. */
MUST_CHECK int yaml_complain(struct yaml_source *source, const yaml_mark_t *mark, struct err *err, const char *format,
                             ...) PRINTF(4, 5);

/* Like yaml_complain(), for a problem after which reading cannot continue. Always returns -1. */
MUST_CHECK int yaml_give_up(struct yaml_source *source, const yaml_mark_t *mark, struct err *err, const char *format,
                            ...) PRINTF(4, 5);

/* Converts a line or column that counts from 0 to one that counts from 1. */
unsigned yaml_from_one(size_t position);

DEFINE_AUTO_FINI(event, yaml_event_t, yaml_event_delete);

/* A file's YAML events, and complaints at their places. Private to the YAML reader. */
#ifndef GPUSLICE_JSON_YAML_SOURCE_H
#define GPUSLICE_JSON_YAML_SOURCE_H

#include "json/yaml_read.h"

#include <yaml.h>

enum { YAML_PROBLEMS_MAX = 100 }; /* per file: nobody reads more, and a hostile file may hold millions */

struct yaml_source {
    yaml_parser_t parser;
    const char *file;
    const char *text;
    size_t length;
    struct yaml_start start;
    struct problems *problems;
    size_t complaints; /* how many of the problems are this file's */
};

/* All three are borrowed until yaml_source_fini(). Errors: ERR_NOMEM. */
MUST_CHECK int yaml_source_init(struct yaml_source *source, const char *file, const char *text, size_t length,
                                struct yaml_start start, struct problems *problems, struct err *err);
void yaml_source_fini(struct yaml_source *source);

/* The next event; yaml_event_delete() it. Complains of what is not YAML or not UTF-8. Errors: ERR_INVALID, ERR_NOMEM.
 */
MUST_CHECK int yaml_source_next(struct yaml_source *source, yaml_event_t *ret_event, struct err *err);

/* Adds a complaint. 0: go on reading. Errors: ERR_INVALID when there are too many, ERR_NOMEM. */
MUST_CHECK int yaml_complain(struct yaml_source *source, const yaml_mark_t *mark, struct err *err, const char *format,
                             ...) PRINTF(4, 5);

/* The same for what reading cannot go on after: always -1. */
MUST_CHECK int yaml_give_up(struct yaml_source *source, const yaml_mark_t *mark, struct err *err, const char *format,
                            ...) PRINTF(4, 5);

/* Lines and columns from 1. */
unsigned yaml_from_one(size_t position);

DEFINE_AUTO_FINI(event, yaml_event_t, yaml_event_delete);

#endif

/* Reads the kubectl commands of scripts. Private to migrate/. */
#ifndef GPUSLICE_MIGRATE_SCRIPT_H
#define GPUSLICE_MIGRATE_SCRIPT_H

#include "migrate/source.h"

/* True if the word is an option of kubectl whose value is the next word. */
bool script_takes_value(const char *word);

bool script_is(const char *text);

/* Adds the commands of `text` to `source`. Copies the documents of here-documents to `manifests`, each at the line that
 * it has in the file, so that positions in `manifests` are positions in the file. `file` must live as long as `source`.
 * Errors: ERR_NOMEM, ERR_LIMIT. */
MUST_CHECK int script_read(struct source *source, const char *file, const char *text, struct buf *manifests,
                           struct report *report, struct err *err);

#endif

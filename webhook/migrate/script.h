/* Scripts: the kubectl commands in a text. Private to source.c. */
#ifndef GPUSLICE_MIGRATE_SCRIPT_H
#define GPUSLICE_MIGRATE_SCRIPT_H

#include "migrate/source.h"

/* True if the word is an option of kubectl whose value is the next word. */
bool script_takes_value(const char *word);

bool script_is(const char *text);

/* Adds the commands of `text` to `source`; the documents of here-documents go to `manifests`, each at the line where it
 * stands in the file, so that positions in it are positions in the file. `file` is kept. Errors: ERR_NOMEM, ERR_LIMIT.
 */
MUST_CHECK int script_read(struct source *source, const char *file, const char *text, struct buf *manifests,
                           struct report *report, struct err *err);

#endif

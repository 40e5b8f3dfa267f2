/* Manifests of Karpenter's v1alpha5 and v1beta1, and of the guides of that time, to those of today; or to policies.
 *
 * Deterministic and offline. What becomes of each field is in the report (report.h). */
#ifndef GPUSLICE_MIGRATE_MIGRATE_H
#define GPUSLICE_MIGRATE_MIGRATE_H

#include "gpu/table.h"
#include "migrate/report.h"

struct migration;

/* `gpus` must outlive it. `cluster` names the cluster for the discovery tags; NULL where it is not known. */
MUST_CHECK int migration_new(const struct gpu_table *gpus, const char *cluster, struct migration **ret_migration,
                             struct err *err);
void migration_free(struct migration *migration);

/* Reads one file ("-": standard input): YAML or JSON manifests, or a script (source.h). Errors: ERR_INVALID with
 * problems; ERR_NOT_FOUND, ERR_IO, ERR_LIMIT, ERR_NOMEM. */
MUST_CHECK int migration_read(struct migration *migration, const char *path, struct problems *problems,
                              struct err *err);

/* Converts what was read; once. Errors: ERR_NOMEM. */
enum migration_form { MIGRATION_MANIFESTS, MIGRATION_POLICIES };
MUST_CHECK int migration_convert(struct migration *migration, enum migration_form form, struct err *err);

/* In the order of lines. Valid as long as the migration. */
const struct report *migration_report(const struct migration *migration);

/* All objects as YAML documents, comments on top of each; Helm values as comments at the end. Errors: ERR_LIMIT,
 * ERR_NOMEM. */
MUST_CHECK int migration_print(const struct migration *migration, struct buf *out, struct err *err);

/* One file an object, <kind>-<name>.yaml, and the Helm values files; into `directory`, which is made if it is not
 * there. Adds their names to `ret_files`. Errors: ERR_IO, ERR_NOMEM. */
MUST_CHECK int migration_write(const struct migration *migration, const char *directory, struct strlist *ret_files,
                               struct err *err);

DEFINE_AUTO(migration, struct migration *, migration_free);

#endif

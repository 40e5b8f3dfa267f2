/* Converts manifests of Karpenter v1alpha5 and v1beta1, and of guides from that time, to current ones or to policies.
 *
 * Deterministic and offline. The report says what happens to each field (report.h). */
#pragma once

#include "gpu/table.h"
#include "migrate/report/report.h"

struct migration;

/* Creates a migration. `cluster` is the name of the cluster for the discovery tags, or NULL. `gpus` and `cluster` must
 * outlive the migration. */
MUST_CHECK int migration_new(const struct gpu_table *gpus, const char *cluster, struct migration **ret_migration,
                             struct err *err);
void migration_free(struct migration *migration);

/* Reads a file or folder ("-": standard input): YAML or JSON manifests, or a script (source.h). Errors: ERR_INVALID if
 * `problems` are not empty afterwards; ERR_NOT_FOUND, ERR_IO, ERR_LIMIT, ERR_NOMEM. */
MUST_CHECK int migration_read(struct migration *migration, const char *path, struct problems *problems,
                              struct err *err);

enum migration_form { MIGRATION_MANIFESTS, MIGRATION_POLICIES };

/* Converts everything that was read. Call it once. Errors: ERR_NOMEM. */
MUST_CHECK int migration_convert(struct migration *migration, enum migration_form form, struct err *err);

/* Returns the report, which migration_convert() sorts (report_sort()). It is valid as long as the migration. */
const struct report *migration_report(const struct migration *migration);

/* Prints all objects as YAML documents, each after its comments, and Helm values as comments at the end. Errors:
 * ERR_LIMIT, ERR_NOMEM. */
MUST_CHECK int migration_print(const struct migration *migration, struct buf *out, struct err *err);

/* Writes one file per object, <kind>-<name>.yaml, and the Helm values files to `directory`, which is created if needed.
 * Errors: ERR_IO, ERR_LIMIT, ERR_NOMEM. */
MUST_CHECK int migration_write(const struct migration *migration, const char *directory, struct err *err);

DEFINE_AUTO(migration, struct migration *, migration_free);

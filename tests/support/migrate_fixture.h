/* For tests of migrate/: a case of tests/migrate, converted. */
#ifndef GPUSLICE_TESTS_SUPPORT_MIGRATE_FIXTURE_H
#define GPUSLICE_TESTS_SUPPORT_MIGRATE_FIXTURE_H

#include "tests/support/check.h"

#include "base/file.h"
#include "json/unconst.h"
#include "migrate/migrate.h"
#include "migrate/tree.h"

enum { CASE_TEXT_MAX = 16 << 20 };

/* The files of a folder that stand for input: all but the folder `expected`. */
void case_inputs(const char *folder, struct strlist *ret_paths);
struct migration *case_convert(const struct strlist *paths, const struct gpu_table *gpus, const char *cluster,
                               enum migration_form form);
void case_print(const struct migration *migration, struct buf *out);
void case_read(const char *path, struct buf *text, struct yaml_documents *ret_documents);

/* The child at that place. */
struct node case_child(const struct node *parent, size_t index);

/* What a path as node_path() writes it leads to, or NULL. */
const json_t *case_lookup(const json_t *value, const char *path);

#endif

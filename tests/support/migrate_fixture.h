/* For tests of migrate/: reads and converts a case of tests/migrate. */
#pragma once

#include "tests/support/check.h"

#include "base/file.h"
#include "json/unconst.h"
#include "migrate/migrate.h"
#include "migrate/report/tree.h"

enum { CASE_TEXT_MAX = 16 << 20 };

/* Adds the paths of the input files of a folder: its .yaml, .sh, .json and .txt files outside of expected/. */
void case_inputs(const char *folder, struct strlist *ret_paths);
struct migration *case_convert(const struct strlist *paths, const struct gpu_table *gpus, const char *cluster,
                               enum migration_form form);
void case_print(const struct migration *migration, struct buf *out);
void case_read(const char *path, struct buf *text, struct yaml_documents *ret_documents);

/* Returns the child at that index. Fails the test if there is none. */
struct node case_child(const struct node *parent, size_t index);

/* Returns the value at a path in the form of node_path(), or NULL. */
const json_t *case_lookup(const json_t *value, const char *path);

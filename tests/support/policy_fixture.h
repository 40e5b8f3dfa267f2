/* Policies as text for the tests of webhook/policy/: files in a folder of their own, loaded as a set. */
#pragma once

#include "policy/set.h"
#include "tests/support/test.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define API "apiVersion: gpuslice.dev/v1alpha1\n"
#define A_THIRD \
    API "kind: SlicePool\nmetadata: {name: thirds}\nspec: {gpu: t4, sharing: {timeSlicing: {replicas: 3}}}\n"

/* Five pools, to be appended to another document: time slices of a T4 without and with a label, MPS, and MIG with both
 * strategies. */
#define FIVE_POOLS                                                                                                \
    "---\n" A_THIRD "---\n" API                                                                                   \
    "kind: SlicePool\nmetadata: {name: quarters}\nspec: {gpu: l4, sharing: {mps: {replicas: 4, rename: true}}}\n" \
    "---\n" API "kind: SlicePool\nmetadata: {name: by-zone}\n"                                                    \
    "spec: {gpu: t4, sharing: {timeSlicing: {replicas: 3}}, labels: {zone: a}}\n"                                 \
    "---\n" API "kind: SlicePool\nmetadata: {name: balanced}\n"                                                   \
    "spec: {gpu: h100-80gb, sharing: {mig: {layout: {1g.10gb: 2, 2g.20gb: 1, 3g.40gb: 1}}}}\n"                    \
    "---\n" API "kind: SlicePool\nmetadata: {name: single}\n"                                                     \
    "spec: {gpu: h100-80gb, sharing: {mig: {strategy: single, layout: {1g.10gb: 7}}}}\n"

enum { FOLDER_SIZE = 64 };

void folder_make(char folder[FOLDER_SIZE]);
void folder_remove(const char *folder);

/* Writes <folder>/<name>; creates the folders on its path. */
void folder_put(const char *folder, const char *name, const char *text);

/* The result of a load: a set, or an error with the problems as lines without the folder's name. */
struct policy_fixture {
    struct gpu_table *gpus;
    struct policy_set *set;
    struct err err;
    char *problems;
};

void remove_all(char *text, const char *part);
struct policy_fixture load_folder(const char *folder);

/* Loads one file, p.yaml. */
struct policy_fixture load_text(const char *yaml);

/* A list of these ends with an empty entry. */
struct text_file {
    const char *name, *text;
};

struct policy_fixture load_files(const struct text_file *files);

#define FILES(...) ((const struct text_file[]){__VA_ARGS__, {0}})

struct policy_set *expect_set(const struct policy_fixture *loaded);
void policy_fixture_fini(struct policy_fixture *loaded);
DEFINE_AUTO_FINI(policy_fixture, struct policy_fixture, policy_fixture_fini);

/* A broken spec or document, and all problems that must be reported. expect_broken() makes a document of each spec,
 * which begins on line 4. */
struct broken {
    const char *name;
    const char *yaml;
    const char *problems;
};

void expect_problems(const char *name, const char *yaml, const char *problems);
void expect_broken(const struct broken *rows, size_t count, const char *kind, const char *others);

/* Returns a document with that spec, followed by `others`; free() it. */
char *document_text(const char *kind, const char *name, const char *spec, const char *others);

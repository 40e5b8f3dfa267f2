/* For tests of webhook/offline/ and of the code that prints its results: writes policies and manifests given as text to
 * a new folder, and loads them. */
#pragma once

#include "cmd/mutate_output.h"
#include "tests/support/test.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TEXT_MAX = 1024 * 1024 };

/* Two classes, and one policy, whose default class the test chooses. */
#define POLICIES(default_class)                                                                                       \
    "{apiVersion: gpuslice.dev/v1alpha1, kind: SlicePool, metadata: {name: t4-thirds},\n"                             \
    " spec: {gpu: t4, sharing: {timeSlicing: {replicas: 3}}}}\n---\n"                                                 \
    "{apiVersion: gpuslice.dev/v1alpha1, kind: SlicePool, metadata: {name: a100-7x1g5gb},\n"                          \
    " spec: {gpu: a100-40gb, sharing: {mig: {layout: {1g.5gb: 7}}}}}\n---\n"                                          \
    "{apiVersion: gpuslice.dev/v1alpha1, kind: SliceClass, metadata: {name: t4-third}, spec: {pools: [t4-thirds]}}\n" \
    "---\n"                                                                                                           \
    "{apiVersion: gpuslice.dev/v1alpha1, kind: SliceClass, metadata: {name: a100-1g5gb},\n"                           \
    " spec: {pools: [a100-7x1g5gb]}}\n---\n"                                                                          \
    "{apiVersion: gpuslice.dev/v1alpha1, kind: SlicePolicy, metadata: {name: ml-teams},\n"                            \
    " spec: {classes: {default: " default_class "}}}\n"

struct subject_fixture {
    char folder[32];
    char file[64];
    struct loaded loaded;
};

/* Makes a folder and loads a policy set from text. subject_fixture_clear() frees the set and removes the folder. */
void subject_fixture_lay(struct subject_fixture *fixture, const char *policies);
void subject_fixture_clear(struct subject_fixture *fixture);

/* A file that inputs_next() reads. reading_fini() frees the inputs and removes the file. */
struct reading {
    struct inputs inputs;
    struct problems problems;
    char path[64];
    char *paths[1];
};

void reading_fini(struct reading *reading);
DEFINE_AUTO_FINI(reading, struct reading, reading_fini);

/* Writes `text` to a file of that name and starts a reading of it. */
void subject_fixture_open(struct subject_fixture *fixture, const char *name, const char *text, struct reading *reading);

/* Returns the next object, or NULL after the last. */
const struct input *subject_fixture_next(struct reading *reading);

/* Returns the first object of a text. Fails the test if there is none or it is invalid. */
const struct input *subject_fixture_first(struct subject_fixture *fixture, const char *text, struct reading *reading);

/* Sets *ret_subject to the first object of a text; nothing is decided about it. */
void subject_fixture_subject(const char *text, struct subject *ret_subject);

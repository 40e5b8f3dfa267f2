/* Files and policies as text for the tests of webhook/offline/ and of what prints its results: in a folder of their
 * own.
 */
#ifndef GPUSLICE_TESTS_SUBJECT_TEXT_H
#define GPUSLICE_TESTS_SUBJECT_TEXT_H

#include "cmd/mutate_output.h"
#include "tests/support/test.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TEXT_MAX = 1024 * 1024 };

/* Two classes; which of them the only policy gives is left to the test. */
#define POLICIES(default_class)                                                                                       \
    "{apiVersion: gpuslice.dev/v1alpha1, kind: SlicePool, metadata: {name: t4-thirds},\n"                             \
    " spec: {gpu: t4, sharing: {timeSlicing: {replicas: 3}}}}\n---\n"                                                 \
    "{apiVersion: gpuslice.dev/v1alpha1, kind: SlicePool, metadata: {name: a100-7x1g5gb},\n"                          \
    " spec: {gpu: a100-40gb, sharing: {mig: {layout: {1g.5gb: 7}}}}}\n---\n"                                          \
    "{apiVersion: gpuslice.dev/v1alpha1, kind: SliceClass, metadata: {name: t4-third}, spec: {pools: [t4-thirds]}}\n" \
    "---\n"                                                                                                           \
    "{apiVersion: gpuslice.dev/v1alpha1, kind: SliceClass, metadata: {name: a100-1g5gb},\n"                           \
    " spec: {pools: [a100-7x1g5gb]}}\n---\n"                                                                          \
    "{apiVersion: gpuslice.dev/v1alpha1, kind: SlicePolicy, metadata: {name: team},\n"                                \
    " spec: {classes: {default: " default_class "}}}\n"

struct desk {
    char folder[32];
    char file[64];
    struct loaded loaded;
};

static inline void desk_put(struct desk *desk, const char *name, const char *text)
{
    (void)snprintf(desk->file, sizeof(desk->file), "%s/%s", desk->folder, name);
    FILE *file = fopen(desk->file, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* A folder with a policy set, loaded. Ends with desk_clear(). */
static inline void desk_lay(struct desk *desk, const char *policies)
{
    *desk = (struct desk){.folder = "/tmp/gpuslice-test-XXXXXX"};
    assert_non_null(mkdtemp(desk->folder));
    desk_put(desk, "policies.yaml", policies);
    assert_int_equal(command_load(&(struct policies_options){.policies = desk->file}, &desk->loaded), 0);
    assert_int_equal(unlink(desk->file), 0);
}

static inline void desk_clear(struct desk *desk)
{
    loaded_fini(&desk->loaded);
    assert_int_equal(rmdir(desk->folder), 0);
}

/* A file on its way through inputs_next(). Ends with reading_fini(), which removes the file. */
struct reading {
    struct inputs inputs;
    struct problems problems;
    char path[64];
    char *paths[1];
};

static inline void reading_fini(struct reading *reading)
{
    inputs_fini(&reading->inputs);
    problems_fini(&reading->problems);
    (void)unlink(reading->path);
}
DEFINE_AUTO_FINI(reading, struct reading, reading_fini);

/* Puts `text` into a file of that name, and begins to read it. */
static inline void desk_open(struct desk *desk, const char *name, const char *text, struct reading *reading)
{
    *reading = (struct reading){0};
    desk_put(desk, name, text);
    (void)snprintf(reading->path, sizeof(reading->path), "%s", desk->file);
    reading->paths[0] = reading->path;
    reading->inputs = (struct inputs){.set = desk->loaded.set,
                                      .default_namespace = "default",
                                      .paths = reading->paths,
                                      .path_count = 1,
                                      .problems = &reading->problems};
}

/* The next object, NULL after the last. */
static inline const struct input *desk_next(struct reading *reading)
{
    const struct input *input;
    struct err err = {0};
    if (inputs_next(&reading->inputs, &input, &err) < 0)
        fail_msg("%s", err.text);
    return input;
}

/* The first object of what must be right. */
static inline const struct input *desk_first(struct desk *desk, const char *text, struct reading *reading)
{
    desk_open(desk, "objects.yaml", text, reading);
    const struct input *input = desk_next(reading);
    if (!input)
        fail_msg("%s", reading->problems.count ? reading->problems.items[0].text : text);
    return input;
}

/* The only object of a text as a subject, without a decision about it. */
static inline void desk_subject(const char *text, struct subject *ret_subject)
{
    AUTO(problems) problems = {0};
    AUTO(manifest_reader) reader = NULL;
    AUTO(manifest) manifest = NULL;
    struct err err = {0};
    if (manifest_open_text("x", text, strlen(text), NULL, &problems, &reader, &err) < 0 ||
        manifest_next(reader, &manifest, &err) < 0 || subject_from(manifest, "default", ret_subject, &err) < 0)
        fail_msg("%s: %s", text, err.text);
}

#endif

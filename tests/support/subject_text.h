/* Files and policies as text for the tests of webhook/cmd/subjects and what prints them: in a folder of their own. */
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

/* Reads `text` from a file of that name, which is gone afterwards. */
static inline int desk_read(struct desk *desk, const char *name, const char *text, struct subjects *subjects,
                            struct problems *problems, struct err *err)
{
    desk_put(desk, name, text);
    int result = subjects_read(desk->file, "default", subjects, problems, err);
    assert_int_equal(unlink(desk->file), 0);
    return result;
}

/* Reads what must be right, and judges all of it. */
static inline void desk_judge(struct desk *desk, const char *text, struct inputs *inputs)
{
    AUTO(problems) problems = {0};
    struct err err = {0};
    *inputs = (struct inputs){.loaded = {.set = policy_set_ref(desk->loaded.set)}};
    if (desk_read(desk, "objects.yaml", text, &inputs->subjects, &problems, &err) < 0)
        fail_msg("%s", err.text);
    inputs->judgements = calloc(inputs->subjects.count + 1, sizeof(*inputs->judgements));
    assert_non_null(inputs->judgements);
    for (size_t i = 0; i < inputs->subjects.count; i++) {
        const struct subject *subject = &inputs->subjects.items[i];
        if (subject->form != SUBJECT_OTHER &&
            subject_judge(subject, desk->loaded.set, NULL, &inputs->judgements[i], &err) < 0)
            fail_msg("%s: %s", subject->name, err.text);
    }
}

#endif

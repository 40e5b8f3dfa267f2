#include "tests/support/subject_fixture.h"

static void subject_fixture_put(struct subject_fixture *fixture, const char *name, const char *text)
{
    (void)snprintf(fixture->file, sizeof(fixture->file), "%s/%s", fixture->folder, name);
    FILE *file = fopen(fixture->file, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

void subject_fixture_lay(struct subject_fixture *fixture, const char *policies)
{
    *fixture = (struct subject_fixture){.folder = "/tmp/gpuslice-test-XXXXXX"};
    assert_non_null(mkdtemp(fixture->folder));
    subject_fixture_put(fixture, "policies.yaml", policies);
    assert_int_equal(command_load(&(struct policies_options){.policies = fixture->file}, &fixture->loaded), 0);
    assert_int_equal(unlink(fixture->file), 0);
}

void subject_fixture_clear(struct subject_fixture *fixture)
{
    loaded_fini(&fixture->loaded);
    assert_int_equal(rmdir(fixture->folder), 0);
}

void reading_fini(struct reading *reading)
{
    inputs_fini(&reading->inputs);
    problems_fini(&reading->problems);
    (void)unlink(reading->path);
}

void subject_fixture_open(struct subject_fixture *fixture, const char *name, const char *text, struct reading *reading)
{
    *reading = (struct reading){0};
    subject_fixture_put(fixture, name, text);
    (void)snprintf(reading->path, sizeof(reading->path), "%s", fixture->file);
    reading->paths[0] = reading->path;
    reading->inputs = (struct inputs){.set = fixture->loaded.set,
                                      .default_namespace = "default",
                                      .paths = reading->paths,
                                      .path_count = 1,
                                      .problems = &reading->problems};
}

const struct input *subject_fixture_next(struct reading *reading)
{
    const struct input *input;
    struct err err = {0};
    if (inputs_next(&reading->inputs, &input, &err) < 0)
        fail_msg("%s", err.text);
    return input;
}

const struct input *subject_fixture_first(struct subject_fixture *fixture, const char *text, struct reading *reading)
{
    subject_fixture_open(fixture, "objects.yaml", text, reading);
    const struct input *input = subject_fixture_next(reading);
    if (!input)
        fail_msg("%s", reading->problems.count ? reading->problems.items[0].text : text);
    return input;
}

void subject_fixture_subject(const char *text, struct subject *ret_subject)
{
    AUTO(problems) problems = {0};
    AUTO(manifest_reader) reader = NULL;
    AUTO(manifest) manifest = NULL;
    AUTO(subjects) subjects = {0};
    struct err err = {0};
    if (manifest_open_text("x", text, strlen(text), NULL, &problems, &reader, &err) < 0 ||
        manifest_next(reader, &manifest, &err) < 0 || subjects_from(manifest, "default", NULL, &subjects, &err) < 0)
        fail_msg("%s: %s", text, err.text);
    *ret_subject = TAKE(subjects.items[0]);
}

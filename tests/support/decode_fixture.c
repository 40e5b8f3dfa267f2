#include "tests/support/decode_fixture.h"

/* Decodes `yaml`, which is one document, and adds a line "LINE:COLUMN: TEXT" to `complaints` for each problem, in the
 * order of the file. */
static void decode_text_into(const char *yaml, decode_function decode, void *target, struct buf *complaints)
{
    struct err err;
    AUTO(problems) problems = {0};
    AUTO(yaml_documents) documents = {0};
    if (yaml_read("t.yaml", yaml, strlen(yaml), YAML_STRICT, &documents, &problems, &err) < 0)
        fail_msg("\"%s\": %s", yaml, err.text);
    assert_int_equal(documents.count, 1);
    struct document document = document_of("t.yaml", &documents.items[0], &problems);
    struct node root = node_root(&document);
    decode(&root, target);
    assert_false(problems.out_of_memory);
    problems_sort(&problems);
    for (size_t i = 0; i < problems.count; i++)
        buf_addf(complaints, "%u:%u: %s\n", problems.items[i].line, problems.items[i].column, problems.items[i].text);
}

void assert_decode_problems(const char *name, const char *yaml, decode_function decode, void *target,
                            const char *expected)
{
    AUTO(buf) complaints;
    buf_init(&complaints, 65536);
    decode_text_into(yaml, decode, target, &complaints);
    if (strcmp(buf_text(&complaints), expected) != 0)
        fail_msg("%s: got\n%sexpected\n%s", name, buf_text(&complaints), expected);
}

/* Compares the decisions about golden reviews that are read with those about the same reviews unread (crowded): a pod
 * that would be changed or refused must be refused unread. */
#include "base/file.h"
#include "tests/support/check.h"
#include "tests/support/engine_fixture.h"

#include <dirent.h>
#include <unistd.h>

#define GOLDEN "tests/golden"

enum { TEXT_MAX = 8 << 20, CASES_LEAST = 300, GOLDEN_PATH_SIZE = 512 };

static void read_text(const char *path, struct buf *out)
{
    struct err err;
    buf_init(out, TEXT_MAX);
    if (file_read(path, out, &err) < 0)
        fail_msg("%s: %s", path, err.text);
}

static void golden_path(char path[GOLDEN_PATH_SIZE], const char *name, const char *file)
{
    (void)snprintf(path, GOLDEN_PATH_SIZE, GOLDEN "/%s/%s", name, file);
}

/* True if the case has a valid review and uses the common files. The server's tests run the other cases. */
static bool is_common_case(const char *name)
{
    char path[GOLDEN_PATH_SIZE];
    static const char *const others[] = {"policy.yaml", "namespaces.yaml", "response.txt"};
    for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
        golden_path(path, name, others[i]);
        if (access(path, R_OK) == 0)
            return false;
    }
    golden_path(path, name, "review.json");
    return access(path, R_OK) == 0;
}

static void answer(struct engine *engine, const struct buf *review, bool crowded, struct answer_facts *ret_facts)
{
    AUTO(buf) out;
    struct err err;
    const struct post post = {.body = review->data, .length = review->length, .crowded = crowded};
    buf_init(&out, TEXT_MAX);
    if (engine_answer(engine, &routes[ROUTE_MUTATE], &post, &out, ret_facts, &err) < 0)
        fail_msg("crowded %d: %s", (int)crowded, err.text);
}

static bool is_one_of(const char *text, const char *const words[])
{
    for (size_t i = 0; words[i]; i++) {
        if (strcmp(text, words[i]) == 0)
            return true;
    }
    return false;
}

static void compare(const char *name, const struct answer_facts *whole, const struct answer_facts *unread)
{
    static const char *const acted_on[] = {"injected", "guarded", "denied", NULL};
    static const char *const only_warned[] = {"would_inject", "would_deny", NULL};
    static const char *const without_namespace[] = {"not_pod_create", "node_created_pod", "namespace_not_enabled",
                                                    NULL};
    if (is_one_of(whole->decision, acted_on) && strcmp(unread->decision, "denied") != 0)
        fail_msg("%s: %s (%s) when it is read, but %s (%s) unread", name, whole->decision, whole->reason,
                 unread->decision, unread->reason);
    if (is_one_of(whole->decision, only_warned) && strcmp(unread->decision, "would_deny") != 0)
        fail_msg("%s: %s when it is read, but %s unread", name, whole->decision, unread->decision);
    if (is_one_of(whole->reason, without_namespace))
        check_text(name, unread->reason, whole->reason);
    check_text(name, unread->namespace_name, whole->namespace_name);
}

TEST(decide_unread__golden_cases__no_pod_gets_past)
{
    AUTO(buf) policy;
    AUTO(buf) namespaces;
    read_text(GOLDEN "/common/policy.yaml", &policy);
    read_text(GOLDEN "/common/namespaces.yaml", &namespaces);
    AUTO(engine_fixture) fixture = engine_fixture_make(buf_text(&policy), buf_text(&namespaces));
    DIR *folder = opendir(GOLDEN);
    assert_non_null(folder);
    size_t cases = 0;
    for (const struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
        char path[GOLDEN_PATH_SIZE];
        struct answer_facts whole;
        struct answer_facts unread;
        AUTO(buf) review;
        buf_init(&review, 0);
        if (entry->d_name[0] == '.' || !is_common_case(entry->d_name))
            continue;
        golden_path(path, entry->d_name, "review.json");
        read_text(path, &review);
        answer(fixture.engine, &review, false, &whole);
        answer(fixture.engine, &review, true, &unread);
        compare(entry->d_name, &whole, &unread);
        cases++;
    }
    (void)closedir(folder);
    if (cases < CASES_LEAST)
        fail_msg("only %zu golden cases were found", cases);
}

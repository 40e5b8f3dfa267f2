/* The commit of a policy folder: in checkouts and worktrees of git, and through links of git-sync. */
#include "tests/support/policy_fixture.h"

#include <unistd.h>

#define COMMIT_A "0123456789abcdef0123456789abcdef01234567"
#define COMMIT_B "89abcdef0123456789abcdef0123456789abcdef"

static const struct {
    const char *name;
    const struct text_file *files;
    const char *directory; /* the folder that is loaded */
    const char *commit;
} checkouts[] = {
    {"no checkout", FILES({"d/p.yaml", A_THIRD}), "d", ""},
    {"a branch",
     FILES({"d/p.yaml", A_THIRD}, {".git/HEAD", "ref: refs/heads/main\n"}, {".git/refs/heads/main", COMMIT_A "\n"}),
     "d", COMMIT_A},
    {"the folder itself", FILES({"p.yaml", A_THIRD}, {".git/HEAD", COMMIT_A "\n"}), ".", COMMIT_A},
    {"a detached head", FILES({"d/e/p.yaml", A_THIRD}, {".git/HEAD", COMMIT_A "\n"}), "d/e", COMMIT_A},
    {"packed refs",
     FILES({"d/p.yaml", A_THIRD}, {".git/HEAD", "ref: refs/heads/main\n"},
           {".git/packed-refs", "# pack-refs with: peeled fully-peeled sorted\n" COMMIT_B " refs/heads/main2\n" COMMIT_A
                                " refs/heads/main\n^" COMMIT_B "\n"}),
     "d", COMMIT_A},
    {"loose before packed",
     FILES({"d/p.yaml", A_THIRD}, {".git/HEAD", "ref: refs/heads/main\n"}, {".git/refs/heads/main", COMMIT_A "\n"},
           {".git/packed-refs", COMMIT_B " refs/heads/main\n"}),
     "d", COMMIT_A},
    {"no commit yet", FILES({"d/p.yaml", A_THIRD}, {".git/HEAD", "ref: refs/heads/main\n"}), "d", ""},
    {"no commit yet inside another checkout",
     FILES({"in/d/p.yaml", A_THIRD}, {"in/.git/HEAD", "ref: refs/heads/main\n"}, {".git/HEAD", COMMIT_A "\n"}), "in/d",
     ""},
    {"the nearest of two",
     FILES({"in/d/p.yaml", A_THIRD}, {"in/.git/HEAD", COMMIT_A "\n"}, {".git/HEAD", COMMIT_B "\n"}), "in/d", COMMIT_A},
    {"a worktree",
     FILES({"tree/p.yaml", A_THIRD}, {"tree/.git", "gitdir: ../main/.git/worktrees/tree\n"},
           {"main/.git/worktrees/tree/HEAD", "ref: refs/heads/topic\n"},
           {"main/.git/worktrees/tree/commondir", "../..\n"}, {"main/.git/refs/heads/topic", COMMIT_A "\n"},
           {"main/.git/HEAD", COMMIT_B "\n"}),
     "tree", COMMIT_A},
    {"git-sync", FILES({COMMIT_A "/policies/p.yaml", A_THIRD}), COMMIT_A "/policies", COMMIT_A},
    {"39 digits are no commit", FILES({"123456789abcdef0123456789abcdef01234567/p.yaml", A_THIRD}),
     "123456789abcdef0123456789abcdef01234567", ""},
    {"a ref outside of refs/",
     FILES({"p.yaml", A_THIRD}, {".git/HEAD", "ref: refs/../../secret\n"}, {"secret", COMMIT_A "\n"}), ".", ""},
    {"a ref to itself", FILES({"p.yaml", A_THIRD}, {".git/HEAD", "ref: refs/a\n"}, {".git/refs/a", "ref: refs/a\n"}),
     ".", ""},
    {"upper case is no commit", FILES({"p.yaml", A_THIRD}, {".git/HEAD", "0123456789ABCDEF0123456789abcdef01234567\n"}),
     ".", ""},
};

TEST(policy_set_load__checkouts__commit)
{
    for (size_t i = 0; i < ARRAY_SIZE(checkouts); i++) {
        char folder[FOLDER_SIZE];
        char path[256];
        folder_make(folder);
        for (const struct text_file *file = checkouts[i].files; file->name; file++)
            folder_put(folder, file->name, file->text);
        (void)snprintf(path, sizeof(path), "%s/%s", folder, checkouts[i].directory);
        AUTO(policy_fixture) loaded = load_folder(path);
        folder_remove(folder);
        if (strcmp(expect_set(&loaded)->commit, checkouts[i].commit) != 0)
            fail_msg("%s: \"%s\"", checkouts[i].name, loaded.set->commit);
    }
}

TEST(policy_set_load__git_sync_link__commit_of_its_target)
{
    char folder[FOLDER_SIZE];
    char path[256];
    folder_make(folder);
    folder_put(folder, COMMIT_A "/p.yaml", A_THIRD);
    (void)snprintf(path, sizeof(path), "%s/current", folder);
    assert_int_equal(symlink(COMMIT_A, path), 0);
    AUTO(policy_fixture) loaded = load_folder(path);
    folder_remove(folder);
    assert_string_equal(expect_set(&loaded)->commit, COMMIT_A);
}

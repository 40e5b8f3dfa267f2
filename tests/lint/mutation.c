/* Mutation test of lint: changes the scalars of all rendered files, one at a time. lint must report nearly all changes.
 *
 *     mutation POLICIES RENDERED SCRATCH [-v] [RULE...]
 *
 * -v: also prints the mutations that lint reports. The RULEs are disabled.
 *
 * RENDERED was rendered from POLICIES; SCRATCH is an empty folder, in which each mutation is written to a copy of
 * RENDERED. The scalars are those of the files and those of the YAML in strings of several lines. A string gets an x,
 * is exchanged with the string in the next member, or is removed; a number is increased, decreased or removed; a
 * boolean is inverted or removed; the key of each gets an x. Comments are not changed.
 *
 * neutral[] lists the mutations that are left out because they change no behaviour. Prints the mutations that lint does
 * not report, and ends with "N passed, M failed". There are two tests: the unmutated files have no findings, and lint
 * reports at least 95 in 100 mutations. */
#include "base/file.h"
#include "lint/lint.h"

#include <fnmatch.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { PATH_SIZE = 1024, TEXT_MAX = 8 * 1024 * 1024, PERCENT_WANTED = 95 };

struct neutral {
    const char *path;     /* shell pattern over "<file>:<path>" */
    const char *mutation; /* NULL: every mutation */
    const char *why;
};

#define AWAY "taken away"

static const struct neutral neutral[] = {
    {"*:metadata.labels*", NULL, "labels of the objects themselves: only lint reads them"},
    {"*:metadata.annotations*", NULL, "for people"},
    {"nodepool-*:spec.weight", NULL,
     "matters only relative to other weights; a rule reports those that contradict a "
     "class"},
    {"nodeoverlay-*:spec.weight", NULL, "likewise; a rule reports equal weights of overlays for one instance type"},
    {"nodeoverlay-*:metadata.name", NULL, "nothing refers to it"},
    {"layout-ready-clusterrolebinding.yaml:metadata.name", NULL, "nothing refers to it"},
    {"ec2nodeclass-*:*volumeSize", NULL, "lint does not know how large a disk must be"},
    {"ec2nodeclass-*:*deleteOnTermination", AWAY, "true is the default"},
    {"ec2nodeclass-*:spec.amiFamily", AWAY, "the alias says it too"},
    {"layout-ready-daemonset.yaml:*resources*", NULL, "CPU and memory of a helper"},
    {"layout-ready-daemonset.yaml:*securityContext*", NULL, "hardening: the containers do the same"},
    {"layout-ready-daemonset.yaml:*ontainers?*?.name", NULL, "names of containers: nothing refers to them"},
    {"layout-ready-daemonset.yaml:*priorityClassName", NULL, "changes when it is evicted, not what it does"},
    {"layout-ready-daemonset.yaml:*ontainers*image", NULL, "lint does not know which images exist"},
    {"kustomization.yaml:kind", AWAY, "the default"},
    {"kustomization.yaml:apiVersion", AWAY, "the default"},
    {"gpu-operator-values.yaml:*worker.tolerations?[01]?*", NULL, "the chart's own, for nodes without GPUs"},
    {"gpu-operator-values.yaml:*tolerations*.key", AWAY, "tolerates more than before"},
    {"gpu-operator-values.yaml:*tolerations*.effect", AWAY, "tolerates more than before"},
    {"gpu-operator-values.yaml:migManager.enabled", AWAY, "the default"},
    {"gpu-operator-values.yaml:migManager.config.default", AWAY, "the default"},
    {"gpu-operator-values.yaml:*config.create", AWAY, "the default"},
    {"device-plugin-config.yaml:data.default|flags.migStrategy", AWAY, "none is the default"},
    {"device-plugin-config.yaml:data.*[sf]|flags.migStrategy", AWAY, "none is the default (thirds, halves, quarters)"},
    {"device-plugin-config.yaml:*mps.failRequestsGreaterThanOne", AWAY, "the default for MPS"},
    {"device-plugin-config.yaml:data.t4-thirds|*renameByDefault", AWAY, "false is the default"},
};

struct totals {
    size_t tried, caught, left_out;
    bool verbose;
};

struct site {
    const char *policies, *scratch;
    const struct gpu_table *gpus;
    struct policy_set *set;
    struct strlist disabled;
    struct totals *totals;
};

static void give_up(const char *what, const struct err *err)
{
    (void)fprintf(stderr, "mutation: %s: %s\n", what, err ? err->text : "");
    exit(2);
}

/* -- Judging -- */

static size_t count_findings(const struct site *site, bool print)
{
    AUTO(lint) lint = {0};
    AUTO(problems) problems = {0};
    struct lint_options options = {.gpus = site->gpus, .policies = site->set, .disabled = &site->disabled};
    struct err err;
    char folder[PATH_SIZE];
    char *paths[] = {folder};
    (void)snprintf(folder, sizeof(folder), "%s", site->scratch);
    if (lint_run(&options, paths, 1, &lint, &problems, &err) < 0)
        give_up("lint", &err);
    for (size_t i = 0; print && i < lint.findings.count; i++)
        (void)printf("  %s:%u: %s [%s]\n", lint.findings.items[i].file, lint.findings.items[i].line,
                     lint.findings.items[i].message, lint.findings.items[i].rule->id);
    return problems.count + findings_count(&lint.findings, SEVERITY_ERROR) +
           findings_count(&lint.findings, SEVERITY_WARNING);
}

static bool is_neutral(const char *file, const char *path, const char *mutation)
{
    char full[PATH_SIZE];
    (void)snprintf(full, sizeof(full), "%s:%s", file, path);
    for (size_t i = 0; i < ARRAY_SIZE(neutral); i++) {
        bool same = !neutral[i].mutation || strcmp(neutral[i].mutation, mutation) == 0;
        if (same && fnmatch(neutral[i].path, full, 0) == 0)
            return true;
    }
    return false;
}

/* -- One file -- */

/* The document that is mutated: that of a file or, if `host` is not NULL, the one in a string value of the file. */
struct target {
    const struct site *site;
    const char *file; /* its name */
    json_t *root;
    json_t *host; /* the object that holds the text, or NULL */
    const char *host_key;
    json_t *inner; /* the document in the text */
};

static void write_target(const struct target *target)
{
    char path[PATH_SIZE];
    struct err err;
    if (target->host) {
        char *text = json_dumps(target->inner, JSON_INDENT(1));
        (void)json_object_set_new(target->host, target->host_key, json_string(text));
        free(text);
    }
    char *text = json_dumps(target->root, JSON_INDENT(1));
    (void)snprintf(path, sizeof(path), "%s/%s", target->site->scratch, target->file);
    if (!text || file_write(path, text, strlen(text), 0600, &err) < 0)
        give_up(path, &err);
    free(text);
}

static void try_mutation(const struct target *target, const char *path, const char *mutation)
{
    struct totals *totals = target->site->totals;
    if (is_neutral(target->file, path, mutation)) {
        totals->left_out++;
        return;
    }
    write_target(target);
    bool caught = count_findings(target->site, false) > 0;
    totals->tried++;
    totals->caught += caught;
    if (!caught || totals->verbose)
        (void)printf("%s  %s: %s: %s\n", caught ? "caught  " : "UNCAUGHT", target->file, path, mutation);
}

/* A place that holds a value: a member or an element. */
struct slot {
    json_t *parent;
    const char *key; /* NULL for an element, which has `index` */
    size_t index;
};

static json_t *slot_get(const struct slot *slot)
{
    return slot->key ? json_object_get(slot->parent, slot->key) : json_array_get(slot->parent, slot->index);
}

static void slot_set(const struct slot *slot, json_t *value)
{
    (void)(slot->key ? json_object_set_new(slot->parent, slot->key, value)
                     : json_array_set_new(slot->parent, slot->index, value));
}

static void try_value(const struct target *target, const struct slot *slot, const char *path, json_t *value,
                      const char *mutation)
{
    json_t *before = json_incref(slot_get(slot));
    if (!json_equal(before, value)) {
        slot_set(slot, json_incref(value));
        try_mutation(target, path, mutation);
        slot_set(slot, json_incref(before));
    }
    json_decref(before);
    json_decref(value);
}

/* Tries the removal. Rebuilds the object or array afterwards, so that the order of its members does not change. */
static void try_without(const struct target *target, const struct slot *slot, const char *path)
{
    json_t *copy = slot->key ? json_deep_copy(slot->parent) : json_array();
    if (slot->key) {
        (void)json_object_del(slot->parent, slot->key);
        try_mutation(target, path, AWAY);
        (void)json_object_clear(slot->parent);
        (void)json_object_update(slot->parent, copy);
    } else {
        (void)json_array_extend(copy, slot->parent);
        (void)json_array_remove(slot->parent, slot->index);
        try_mutation(target, path, AWAY);
        (void)json_array_clear(slot->parent);
        (void)json_array_extend(slot->parent, copy);
    }
    json_decref(copy);
}

static void try_key(const struct target *target, const struct slot *slot, const char *path)
{
    char renamed[PATH_SIZE];
    json_t *copy = json_copy(slot->parent);
    json_t *value = json_incref(slot_get(slot));
    (void)snprintf(renamed, sizeof(renamed), "%sx", slot->key);
    (void)json_object_del(slot->parent, slot->key);
    (void)json_object_set_new(slot->parent, renamed, value);
    try_mutation(target, path, "key renamed");
    (void)json_object_clear(slot->parent);
    (void)json_object_update(slot->parent, copy);
    json_decref(copy);
}

static void try_exchange(const struct target *target, const struct slot *slot, const char *path)
{
    void *at = json_object_iter_at(slot->parent, slot->key);
    at = at ? json_object_iter_next(slot->parent, at) : NULL;
    json_t *other = at ? json_object_iter_value(at) : NULL;
    if (!json_is_string(other) || strcmp(json_string_value(other), json_string_value(slot_get(slot))) == 0)
        return;
    char key[PATH_SIZE];
    (void)snprintf(key, sizeof(key), "%s", json_object_iter_key(at));
    json_t *own = json_incref(slot_get(slot));
    json_incref(other);
    (void)json_object_set(slot->parent, slot->key, other);
    (void)json_object_set(slot->parent, key, own);
    try_mutation(target, path, "exchanged with the next");
    (void)json_object_set_new(slot->parent, slot->key, own);
    (void)json_object_set_new(slot->parent, key, other);
}

static bool as_number(const json_t *value, long long *ret_number)
{
    char *end = NULL;
    const char *text = json_string_value(value);
    if (json_is_integer(value)) {
        *ret_number = json_integer_value(value);
        return true;
    }
    if (!text || !*text)
        return false;
    *ret_number = strtoll(text, &end, 10);
    return *end == '\0';
}

static json_t *number_like(const json_t *value, long long number)
{
    char text[32];
    (void)snprintf(text, sizeof(text), "%lld", number);
    return json_is_string(value) ? json_string(text) : json_integer(number);
}

static void try_scalar(const struct target *target, const struct slot *slot, const char *path)
{
    json_t *value = slot_get(slot);
    long long number;
    if (as_number(value, &number)) {
        try_value(target, slot, path, number_like(value, number + 1), "one more");
        try_value(target, slot, path, number_like(slot_get(slot), number - 1), "one less");
    } else if (json_is_boolean(value)) {
        try_value(target, slot, path, json_boolean(!json_is_true(value)), "turned over");
    } else if (json_is_string(value)) {
        try_value(target, slot, path, json_sprintf("%sx", json_string_value(value)), "gets an x");
        if (slot->key)
            try_exchange(target, slot, path);
    }
    if (slot->key)
        try_key(target, slot, path);
    try_without(target, slot, path);
}

/* -- The walk -- */

static void walk(const struct target *target, json_t *value, const char *path);

static void walk_text(const struct target *target, const struct slot *slot, const char *path)
{
    AUTO(yaml_documents) documents = {0};
    AUTO(problems) problems = {0};
    struct err err;
    json_t *before = json_incref(slot_get(slot));
    const char *text = json_string_value(before);
    if (yaml_read("", text, strlen(text), YAML_ALIASES, &documents, &problems, &err) < 0 || documents.count != 1)
        give_up(path, &err);
    struct target inner = *target;
    inner.host = slot->parent;
    inner.host_key = slot->key;
    inner.inner = documents.items[0].value;
    char below[PATH_SIZE];
    (void)snprintf(below, sizeof(below), "%s|", path);
    walk(&inner, inner.inner, below);
    slot_set(slot, before);
}

static void visit(const struct target *target, const struct slot *slot, const char *path)
{
    json_t *value = slot_get(slot);
    if (json_is_object(value) || json_is_array(value)) {
        walk(target, value, path);
        return;
    }
    if (json_is_string(value) && strchr(json_string_value(value), '\n') && slot->key) {
        walk_text(target, slot, path);
        try_key(target, slot, path);
        try_without(target, slot, path);
        return;
    }
    try_scalar(target, slot, path);
}

static void walk(const struct target *target, json_t *value, const char *path)
{
    json_t *keys = json_array();
    const char *key;
    json_t *ignored;
    json_object_foreach(value, key, ignored)
        (void)json_array_append_new(keys, json_string(key));
    for (size_t i = 0; i < json_array_size(keys); i++) {
        char below[PATH_SIZE];
        struct slot slot = {.parent = value, .key = json_string_value(json_array_get(keys, i))};
        (void)snprintf(below, sizeof(below), "%.700s%s%.200s", path, *path && path[strlen(path) - 1] != '|' ? "." : "",
                       slot.key);
        visit(target, &slot, below);
    }
    json_decref(keys);
    for (size_t i = 0; json_is_array(value) && i < json_array_size(value); i++) {
        char below[PATH_SIZE];
        struct slot slot = {.parent = value, .index = i};
        (void)snprintf(below, sizeof(below), "%.900s[%zu]", path, i);
        visit(target, &slot, below);
    }
}

/* -- All files -- */

static void copy_file(const char *from, const char *to)
{
    AUTO(buf) text;
    struct err err;
    buf_init(&text, TEXT_MAX);
    if (file_read(from, &text, &err) < 0 || file_write(to, text.data, text.length, 0600, &err) < 0)
        give_up(from, &err);
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* Expects no findings in the unmutated document, written like the mutations. With a finding, all mutations would count
 * as reported. */
static void expect_clean(const struct target *target)
{
    write_target(target);
    if (count_findings(target->site, true) == 0)
        return;
    (void)fprintf(stderr, "mutation: %s is not clean without a mutation\n", target->file);
    exit(1);
}

static void mutate_file(const struct site *site, const char *path)
{
    AUTO(buf) text;
    AUTO(yaml_documents) documents = {0};
    AUTO(problems) problems = {0};
    struct err err;
    char copy[PATH_SIZE];
    buf_init(&text, TEXT_MAX);
    if (file_read(path, &text, &err) < 0 ||
        yaml_read(path, text.data, text.length, YAML_STRICT, &documents, &problems, &err) < 0)
        give_up(path, &err);
    (void)snprintf(copy, sizeof(copy), "%s/%s", site->scratch, base_name(path));
    struct target target = {.site = site, .file = base_name(path)};
    for (size_t i = 0; i < documents.count; i++) {
        target.root = documents.items[i].value;
        expect_clean(&target);
        walk(&target, target.root, "");
        expect_clean(&target);
    }
    copy_file(path, copy);
}

static int report(const struct totals *totals, size_t clean)
{
    size_t percent = totals->tried ? 100 * totals->caught / totals->tried : 0;
    bool enough = totals->tried > 0 && 100 * totals->caught >= PERCENT_WANTED * totals->tried;
    (void)printf("%zu mutations, %zu caught (%zu.%zu %%), %zu left out as neutral\n", totals->tried, totals->caught,
                 percent, totals->tried ? 1000 * totals->caught / totals->tried % 10 : 0, totals->left_out);
    (void)printf("%d passed, %d failed\n", (clean == 0) + enough, (clean != 0) + !enough);
    return clean == 0 && enough ? 0 : 1;
}

int main(int argc, char **argv)
{
    AUTO(gpu_table) gpus = NULL;
    AUTO(policy_set) set = NULL;
    AUTO(problems) problems = {0};
    AUTO(strlist) files = {0};
    static const char *const suffixes[] = {".yaml", NULL};
    struct err err;
    if (argc < 4) {
        (void)fputs("usage: mutation POLICIES RENDERED SCRATCH [-v] [RULE...]\n", stderr);
        return 2;
    }
    if (gpu_table_load(&gpus, &err) < 0 || policy_set_load(argv[1], gpus, &set, &problems, &err) < 0 ||
        file_list(argv[2], suffixes, &files, &err) < 0)
        give_up(argv[1], &err);
    struct totals totals = {0};
    AUTO(strlist) disabled = {0};
    for (int i = 4; i < argc; i++) {
        if (strcmp(argv[i], "-v") == 0)
            totals.verbose = true;
        else if (strlist_add(&disabled, argv[i], &err) < 0)
            give_up(argv[i], &err);
    }
    struct site site = {argv[1], argv[3], gpus, set, disabled, &totals};
    for (size_t i = 0; i < files.count; i++) {
        char copy[PATH_SIZE];
        (void)snprintf(copy, sizeof(copy), "%s/%s", argv[3], base_name(files.items[i]));
        copy_file(files.items[i], copy);
    }
    size_t clean = count_findings(&site, true);
    for (size_t i = 0; i < files.count; i++)
        mutate_file(&site, files.items[i]);
    return report(&totals, clean);
}

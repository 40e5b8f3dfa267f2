/* Collects, sorts and prints the entries. Does not depend on kinds of objects. */
#include "migrate/report/report.h"

#include "base/text.h"
#include "base/vec.h"
#include "migrate/report/tree.h"

#include <stdarg.h>
#include <string.h>

enum { PATH_MAX_BYTES = 4096, LINE_MAX_BYTES = 1 << 20 };

static const char *const fate_names[] = {
    [FATE_MANUAL] = "needs manual attention",
    [FATE_LOST] = "lost",
    [FATE_CHANGED] = "changed",
    [FATE_ADDED] = "added",
    [FATE_CARRIED] = "carried",
    [FATE_KEPT] = "kept",
    [FATE_NEEDLESS] = "not needed",
};

const char *fate_name(enum fate fate)
{
    return fate_names[fate];
}

static void entry_fini(struct report_entry *entry)
{
    free(entry->file);
    free(entry->object);
    free(entry->path);
    free(entry->text);
    free(entry->target_object);
    free(entry->target_path);
}

void report_fini(struct report *report)
{
    for (size_t i = 0; i < report->count; i++)
        entry_fini(&report->items[i]);
    free(report->items);
    free(report->accounted);
    strlist_fini(&report->files);
    *report = (struct report){0};
}

void report_account(struct report *report, const struct node *node)
{
    if (GROW(report->accounted, report->accounted_count))
        report->accounted[report->accounted_count++] = node->mark;
    else
        report->out_of_memory = true;
}

static void report_append(struct report *report, struct report_entry entry)
{
    bool whole = entry.file && entry.object && entry.path && entry.text &&
                 (entry.fate != FATE_CARRIED || (entry.target_object && entry.target_path));
    if (!whole || !GROW(report->items, report->count)) {
        report->out_of_memory = true;
        entry_fini(&entry);
        return;
    }

    while (entry.file_rank < report->files.count && strcmp(report->files.items[entry.file_rank], entry.file) != 0)
        entry.file_rank++;
    entry.order = report->count;
    report->items[report->count++] = entry;
}

static char *path_text(const struct node *node)
{
    AUTO(buf) path;
    buf_init(&path, PATH_MAX_BYTES);
    node_path(*node, &path);
    return strdup(buf_text(&path));
}

/* Returns "Provisioner gpu" for the object that contains the node: the nearest ancestor that has a kind and metadata.
 * Returns "" if there is none. */
static char *object_text(struct node node)
{
    for (; node.value; node = node_parent(node)) {
        const char *kind = tree_text(node.value, "kind");
        const json_t *metadata = json_object_get(node.value, "metadata");
        const char *name = tree_text(metadata, "name");
        if (kind && json_is_object(metadata))
            return text_asprintf("%s%s%s", kind, name ? " " : "", name ? name : "");
    }
    return strdup("");
}

/* Takes over `object` and `path`. */
static struct report_entry entry_at(struct mark mark, char *object, char *path, enum fate fate)
{
    return (struct report_entry){.file = strdup(mark.file),
                                 .line = mark.line,
                                 .column = mark.column,
                                 .object = object,
                                 .path = path,
                                 .fate = fate};
}

static struct report_entry entry_of(const struct node *node, enum fate fate)
{
    return entry_at(node_key_mark(*node), object_text(*node), path_text(node), fate);
}

PRINTF(3, 0)
static void add_entry(struct report *report, struct report_entry entry, const char *format, va_list args)
{
    entry.text = text_vformat(format, args);
    report_append(report, entry);
}

void report_add(struct report *report, const struct node *node, enum fate fate, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add_entry(report, entry_of(node, fate), format, args);
    va_end(args);
    report_account(report, node);
}

void report_note(struct report *report, const struct node *node, enum fate fate, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add_entry(report, entry_of(node, fate), format, args);
    va_end(args);
}

void report_carried(struct report *report, const struct node *node, const char *title, const char *path, ...)
{
    struct report_entry entry = entry_of(node, FATE_CARRIED);
    va_list args;
    va_start(args, path);
    entry.target_object = strdup(title);
    entry.target_path = text_vformat(path, args);
    va_end(args);
    entry.text = text_asprintf("as %s of %s", entry.target_path ? entry.target_path : "", title);
    report_append(report, entry);
    report_account(report, node);
}

void report_add_line(struct report *report, struct mark mark, enum fate fate, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add_entry(report, entry_at(mark, strdup(""), strdup(""), fate), format, args);
    va_end(args);
}

static int compare_marks(const void *a, const void *b)
{
    uintptr_t left = (uintptr_t) * (const struct yaml_mark *const *)a;
    uintptr_t right = (uintptr_t) * (const struct yaml_mark *const *)b;
    return (left > right) - (left < right);
}

static bool is_accounted(const struct yaml_mark *const *sorted, size_t count, const struct yaml_mark *mark)
{
    return count > 0 && bsearch(&mark, sorted, count, sizeof(struct yaml_mark *), compare_marks);
}

static void report_sweep_below(struct report *report, size_t known, const struct node *node)
{
    if (is_accounted(report->accounted, known, node->mark))
        return;
    NODE_CHILDREN(*node, child) {
        report_sweep_below(report, known, &child);
    }
    if (node_count(*node) == 0)
        report_add(report, node, FATE_LOST, "nothing corresponds to it now");
}

void report_sweep(struct report *report, const struct node *root)
{
    /* The sweep appends marks after the sorted part; these are not searched. */
    qsort(report->accounted, report->accounted_count, sizeof(struct yaml_mark *), compare_marks);
    report_sweep_below(report, report->accounted_count, root);
}

static int compare_entries(const void *a, const void *b)
{
    const struct report_entry *left = a;
    const struct report_entry *right = b;
    const size_t order[][2] = {{left->fate, right->fate},
                               {left->file_rank, right->file_rank},
                               {left->line, right->line},
                               {left->column, right->column},
                               {left->order, right->order}};
    for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
        if (order[i][0] != order[i][1])
            return order[i][0] < order[i][1] ? -1 : 1;
    }
    return 0;
}

/* True if the entry is about an object as a whole, which may be an item of a List. (An item without a kind has the
 * object of its List.) */
static bool is_whole_object(const struct report_entry *entry)
{
    bool is_item =
        text_begins(entry->path, "items[") && !strchr(entry->path, '.') && !text_begins(entry->object, "List");
    return *entry->object && (!*entry->path || is_item);
}

/* What an entry is about, as a noun in the plural. */
static const char *noun_of(const struct report_entry *entry)
{
    if (is_whole_object(entry))
        return "objects";
    return *entry->path ? "fields" : "lines";
}

/* True if one line can stand for both entries, which have the same fate and file. */
static bool are_alike(const struct report_entry *a, const struct report_entry *b)
{
    if (strcmp(noun_of(a), noun_of(b)) != 0)
        return false;
    if (a->fate == FATE_CARRIED)
        return strcmp(a->object, b->object) == 0;
    return strcmp(a->text, b->text) == 0 && (a->fate == FATE_KEPT || strcmp(a->object, b->object) == 0);
}

/* Sums up later entries in the line of this one. The fields of an object are not apart in a sorted report. */
static void sum_up(struct report *report, size_t first)
{
    struct report_entry *entry = &report->items[first];
    for (size_t i = first + 1; i < report->count; i++) {
        struct report_entry *other = &report->items[i];
        bool apart = entry->fate != FATE_KEPT && strcmp(entry->object, other->object) != 0;
        if (other->fate != entry->fate || other->file_rank != entry->file_rank || apart)
            break;
        if (other->summed_up || !are_alike(entry, other))
            continue;
        other->summed_up = true;
        entry->alike++;
    }
}

void report_sort(struct report *report)
{
    if (report->count > 0)
        qsort(report->items, report->count, sizeof(*report->items), compare_entries);
    for (size_t i = 0; i < report->count; i++) {
        if (report->items[i].fate >= FATE_CARRIED && !report->items[i].summed_up)
            sum_up(report, i);
    }
}

static size_t count_fate(const struct report *report, enum fate fate)
{
    size_t count = 0;
    for (size_t i = 0; i < report->count; i++)
        count += report->items[i].fate == fate;
    return count;
}

bool report_needs_attention(const struct report *report)
{
    return count_fate(report, FATE_LOST) + count_fate(report, FATE_MANUAL) > 0;
}

/* The length of the target's title without the key of a ConfigMap ("ConfigMap plugin, key ts-3"). */
static size_t target_length(const struct report_entry *entry)
{
    return strcspn(entry->target_object, ",");
}

static bool same_target(const struct report_entry *a, const struct report_entry *b)
{
    size_t length = target_length(a);
    return length == target_length(b) && strncmp(a->target_object, b->target_object, length) == 0;
}

/* Prints the objects to which the entries summed up in the first of `entries` are carried, each once. */
static void print_targets(const struct report_entry *entries, struct buf *out)
{
    for (size_t i = 0, left = entries->alike + 1; left > 0; i++) {
        bool seen = false;
        if (i > 0 && (!entries[i].summed_up || !are_alike(entries, &entries[i])))
            continue;
        for (size_t j = 0; j < i && !seen; j++)
            seen = same_target(&entries[j], &entries[i]);
        if (!seen)
            buf_addf(out, "%s%.*s", i == 0 ? " to " : ", ", (int)target_length(&entries[i]), entries[i].target_object);
        left--;
    }
}

/* Prints the line of an entry for all that are summed up in it. */
static void print_sum(const struct report_entry *entry, struct buf *out)
{
    if (entry->fate == FATE_KEPT)
        buf_addf(out, "%zu %s: kept: ", entry->alike + 1, noun_of(entry));
    else
        buf_addf(out, "%s%s%s: %zu %s", entry->object, *entry->object ? ": " : "", fate_name(entry->fate),
                 entry->alike + 1, noun_of(entry));
    if (entry->fate == FATE_CARRIED)
        print_targets(entry, out);
    else
        buf_addf(out, "%s%s", entry->fate == FATE_KEPT ? "" : ": ", entry->text);
}

static void print_single(const struct report_entry *entry, struct buf *out)
{
    const char *what = is_whole_object(entry) ? entry->object : entry->path;
    buf_addf(out, "%s%s%s%s%s", what, *what ? ": " : "", fate_name(entry->fate),
             entry->fate == FATE_CARRIED ? " " : ": ", entry->text);
}

static void print_totals(const struct report *report, struct buf *out)
{
    size_t manual = count_fate(report, FATE_MANUAL);
    buf_addf(out, "%zu need%s manual attention", manual, manual == 1 ? "s" : "");
    for (enum fate fate = FATE_MANUAL + 1; fate < ARRAY_SIZE(fate_names); fate++)
        buf_addf(out, ", %zu %s", count_fate(report, fate), fate_name(fate));
}

void report_print_text(const struct report *report, bool all, struct buf *out)
{
    size_t hidden = 0;

    for (size_t i = 0; i < report->count; i++) {
        const struct report_entry *entry = &report->items[i];
        AUTO(buf) line;
        buf_init(&line, LINE_MAX_BYTES);
        if (entry->summed_up && !all) {
            hidden++;
            continue;
        }
        (entry->alike > 0 && !all ? print_sum : print_single)(entry, &line);
        buf_addf(out, "%s:%u:%u: ", entry->file, entry->line, entry->column);
        buf_add_printable(out, buf_text(&line), line.length, ' ');
        buf_add_char(out, '\n');
    }

    print_totals(report, out);
    buf_add_string(out, hidden > 0 ? "; --report-all prints a line for each\n" : "\n");
}

static void print_member(struct buf *out, const char *name, const char *value)
{
    buf_addf(out, ", \"%s\": ", name);
    buf_add_json_string(out, value);
}

static void print_entry(const struct report_entry *entry, struct buf *out)
{
    buf_add_string(out, "  {\"file\": ");
    buf_add_json_string(out, entry->file);
    buf_addf(out, ", \"line\": %u, \"column\": %u", entry->line, entry->column);
    print_member(out, "object", entry->object);
    print_member(out, "path", entry->path);
    print_member(out, "outcome", fate_name(entry->fate));
    print_member(out, "text", entry->text);
    if (entry->target_object) {
        print_member(out, "targetObject", entry->target_object);
        print_member(out, "targetPath", entry->target_path);
    }
    buf_add_char(out, '}');
}

void report_print_json(const struct report *report, struct buf *out)
{
    buf_add_string(out, "{\"totals\": {");
    for (enum fate fate = 0; fate < ARRAY_SIZE(fate_names); fate++)
        buf_addf(out, "%s\"%s\": %zu", fate > 0 ? ", " : "", fate_name(fate), count_fate(report, fate));
    buf_add_string(out, "},\n \"entries\": [\n");
    for (size_t i = 0; i < report->count; i++) {
        print_entry(&report->items[i], out);
        buf_add_string(out, i + 1 < report->count ? ",\n" : "\n");
    }
    buf_add_string(out, "]}\n");
}

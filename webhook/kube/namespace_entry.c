/* Creates an entry from an object's metadata. Does not depend on the network or on other namespaces.
 *
 * An entry is a single allocation, because a cluster has many namespaces. After the struct come the pairs of labels,
 * the pairs of annotations and the texts. A value that equals the name, as that of the label
 * kubernetes.io/metadata.name does, shares the name's text. */
#include "kube/namespace_entry.h"

#include "base/hash.h"
#include "core/names.h"
#include "json/unconst.h"

#include <string.h>

/* Keys that many namespaces have are not copied, which saves a quarter of the memory. */
static const char *const common_keys[] = {
    ANNOTATION_CLASS,
    LABEL_INJECT,
    ANNOTATION_MEMORY,
    LABEL_PODS,
    "kubernetes.io/metadata.name",
    "pod-security.kubernetes.io/audit",
    "pod-security.kubernetes.io/enforce",
    "pod-security.kubernetes.io/warn",
};

/* The size of an entry, which is measured before the entry is filled. */
struct layout {
    size_t pairs; /* labels and annotations */
    size_t text;  /* bytes of all texts, at most */
};

struct filling {
    struct namespace_entry *entry;
    struct keyvalue *pairs; /* where the next pair goes */
    char *text;             /* where the next text goes */
};

/* True for all labels, and for our own annotations. `map` is "labels" or "annotations". */
static bool is_wanted(const char *map, const char *key)
{
    return strcmp(map, "labels") == 0 || own_key_is(key);
}

/* Returns the constant that equals `key`, or NULL. Nobody writes to it: all users of entries have const pointers. */
static char *common_key(const char *key)
{
    for (size_t i = 0; i < ARRAY_SIZE(common_keys); i++) {
        if (strcmp(common_keys[i], key) == 0)
            return (char *)(uintptr_t)common_keys[i];
    }
    return NULL;
}

static int measure_map(const json_t *metadata, const char *member, struct layout *layout, struct err *err)
{
    const char *key;
    json_t *value;
    json_t *map = json_object_get(metadata, member);
    if (map && !json_is_object(map) && !json_is_null(map))
        return err_set(err, ERR_INVALID, "metadata.%s is not an object", member);

    json_object_foreach(map, key, value) {
        if (!is_wanted(member, key))
            continue;
        if (!json_is_string(value))
            return err_set(err, ERR_INVALID, "metadata.%s[\"%.100s\"] is not a string", member, key);
        layout->pairs++;
        layout->text += (common_key(key) ? 0 : strlen(key) + 1) + strlen(json_string_value(value)) + 1;
    }

    return 0;
}

static int measure_entry(const json_t *metadata, struct layout *layout, struct err *err)
{
    const char *name = json_string_value(json_object_get(metadata, "name"));
    const char *fault = name ? name_dns_label_fault(name) : "is missing";
    if (fault)
        return err_set(err, ERR_INVALID, "metadata.name%s%.100s%s %s", name ? " \"" : "", name ? name : "",
                       name ? "\"" : "", fault);
    layout->text = strlen(name) + 1;
    if (measure_map(metadata, "labels", layout, err) < 0)
        return -1;
    return measure_map(metadata, "annotations", layout, err);
}

static char *fill_text(struct filling *filling, const char *text)
{
    size_t size = strlen(text) + 1;
    char *place = filling->text;
    memcpy(place, text, size);
    filling->text += size;
    return place;
}

/* Inserts a pair in the order of keys. The API server sends keys sorted, so the pair usually goes last. */
static void insert_sorted_pair(struct keyvalues *map, struct keyvalue pair)
{
    size_t place = map->count++;
    while (place > 0 && strcmp(map->items[place - 1].key, pair.key) > 0) {
        map->items[place] = map->items[place - 1];
        place--;
    }
    map->items[place] = pair;
}

static void fill_map(struct filling *filling, const json_t *metadata, const char *member, struct keyvalues *map)
{
    const char *key;
    json_t *value;
    map->items = filling->pairs;

    json_object_foreach(json_object_get(metadata, member), key, value) {
        if (!is_wanted(member, key))
            continue;
        const char *text = json_string_value(value);
        struct keyvalue pair = {.key = common_key(key)};
        if (!pair.key)
            pair.key = fill_text(filling, key);
        pair.value =
            strcmp(text, filling->entry->info.name) == 0 ? filling->entry->info.name : fill_text(filling, text);
        insert_sorted_pair(map, pair);
    }

    filling->pairs += map->count;
}

int namespace_entry_new(const json_t *metadata, struct namespace_entry **ret_entry, struct err *err)
{
    struct layout layout = {0};
    if (!json_is_object(metadata))
        return err_set(err, ERR_INVALID, "metadata is missing");
    if (measure_entry(metadata, &layout, err) < 0)
        return -1;

    size_t pairs = layout.pairs * sizeof(struct keyvalue);
    struct namespace_entry *entry = malloc(sizeof(*entry) + pairs + layout.text);
    if (!entry)
        return err_nomem(err);

    *entry = (struct namespace_entry){.revision = namespace_entry_revision_of(metadata)};
    refs_init(&entry->refs);
    char *rest = (char *)(entry + 1);
    struct filling filling = {.entry = entry, .pairs = (void *)rest, .text = rest + pairs};
    entry->info.name = fill_text(&filling, json_string_value(json_object_get(metadata, "name")));
    entry->hash = namespace_entry_hash(entry->info.name);
    fill_map(&filling, metadata, "labels", &entry->info.labels);
    fill_map(&filling, metadata, "annotations", &entry->info.annotations);
    *ret_entry = entry;
    return 0;
}

struct namespace_entry *namespace_entry_ref(struct namespace_entry *entry)
{
    refs_up(&entry->refs);
    return entry;
}

void namespace_entry_unref(struct namespace_entry *entry)
{
    if (entry && refs_down(&entry->refs))
        free(entry);
}

uint64_t namespace_entry_revision_of(const json_t *metadata)
{
    const char *text = json_text(metadata, "resourceVersion");
    char *end = NULL;
    if (*text < '0' || *text > '9')
        return 0;
    uint64_t number = strtoull(text, &end, 10);
    return *end ? 0 : number;
}

uint32_t namespace_entry_hash(const char *name)
{
    return (uint32_t)hash_bytes(HASH_START, name, strlen(name));
}

/* Parses records. Does not depend on pods or decisions. */
#include "admission/model/record.h"

#include "core/keyvalue.h"
#include "core/names.h"
#include "json/find.h"
#include "json/scan.h"
#include "policy/set.h"

#include <string.h>

static int compare_entries(const void *a, const void *b)
{
    return strcmp(((const struct record_entry *)a)->name, ((const struct record_entry *)b)->name);
}

static bool class_is_valid(const char *text)
{
    return text && !name_dns_label_fault(text) && strcmp(text, CLASS_NONE) != 0;
}

static bool revision_is_valid(const char *text)
{
    return text && strlen(text) == REVISION_SIZE - 1 && strspn(text, "0123456789abcdef") == REVISION_SIZE - 1;
}

static bool quantity_is_valid(const cJSON *value)
{
    return cJSON_IsNumber(value) && value->valuedouble >= 1 && value->valuedouble <= (double)RECORD_QUANTITY_MAX &&
           value->valuedouble == (double)(int64_t)value->valuedouble;
}

static bool was_is_valid(const cJSON *was, const struct gpu_names *names)
{
    if (!cJSON_IsObject(was) || cJSON_GetArraySize(was) > RECORD_ASKS_MAX)
        return false;
    const cJSON *value;
    cJSON_ArrayForEach(value, was) {
        if (gpu_names_kind(names, value->string) != RESOURCE_GPU || !quantity_is_valid(value) ||
            cjson_member(was, value->string) != value) /* the key is there twice */
            return false;
    }
    return true;
}

/* Fills and sorts the entries. Sets *ret_valid to whether the list has at least one name, and no name twice. */
static int read_names(const cJSON *list, struct record *record, bool *ret_valid, struct err *err)
{
    *ret_valid = false;
    if (!cJSON_IsArray(list) || !list->child)
        return 0;

    record->entries = calloc((size_t)cJSON_GetArraySize(list), sizeof(*record->entries));
    if (!record->entries)
        return err_nomem(err);

    const cJSON *name;
    cJSON_ArrayForEach(name, list) {
        if (!cJSON_IsString(name))
            return 0;
        record->entries[record->count++].name = name->valuestring;
    }

    qsort(record->entries, record->count, sizeof(*record->entries), compare_entries);
    for (size_t i = 1; i < record->count; i++) {
        if (strcmp(record->entries[i - 1].name, record->entries[i].name) == 0)
            return 0;
    }

    *ret_valid = true;
    return 0;
}

/* Returns whether `was` has one valid member for each entry, and sets these. */
static bool read_was(const cJSON *was, const struct gpu_names *names, struct record *record)
{
    if (!cJSON_IsObject(was) || (size_t)cJSON_GetArraySize(was) != record->count)
        return false;
    const cJSON *member;
    cJSON_ArrayForEach(member, was) {
        const struct record_entry key = {.name = member->string};
        struct record_entry *entry =
            bsearch(&key, record->entries, record->count, sizeof(*record->entries), compare_entries);
        if (!entry || entry->was || !was_is_valid(member, names))
            return false;
        entry->was = member;
    }

    record->has_was = true;
    return true;
}

static int read_members(struct record *record, const struct gpu_names *names, bool *ret_valid, struct err *err)
{
    const cJSON *was = cjson_member(record->json, "was");
    const cJSON *containers = cjson_member(record->json, "containers");
    record->class_name = cjson_text(record->json, "class");
    record->policy = cjson_text(record->json, "policy");
    record->revision = cjson_text(record->json, "revision");

    /* The number of members shows that there are no others, and none twice. */
    *ret_valid = cJSON_IsObject(record->json) && cJSON_GetArraySize(record->json) == (was ? 5 : 4) &&
                 class_is_valid(record->class_name) && record->policy && !name_dns_label_fault(record->policy) &&
                 revision_is_valid(record->revision);
    if (*ret_valid && read_names(containers, record, ret_valid, err) < 0)
        return -1;
    *ret_valid = *ret_valid && (!was || read_was(was, names, record));
    return 0;
}

int record_parse(const char *text, const struct gpu_names *names, struct record *ret_record, struct err *err)
{
    *ret_record = (struct record){0};
    struct err fault;
    if (cjson_scan(text, strlen(text), &fault) < 0)
        return 0;

    AUTO(record) record = {.json = cJSON_Parse(text)};
    if (!record.json) /* the text is valid, so only memory can be lacking */
        return err_nomem(err);
    bool valid;
    if (read_members(&record, names, &valid, err) < 0)
        return -1;
    if (valid)
        *ret_record = TAKE(record);
    return 0;
}

void record_fini(struct record *record)
{
    cJSON_Delete(record->json);
    free(record->entries);
    *record = (struct record){0};
}

const struct record_entry *record_find(const struct record *record, const char *name)
{
    const struct record_entry key = {.name = name};
    return record->count ? bsearch(&key, record->entries, record->count, sizeof(key), compare_entries) : NULL;
}

/* Reads the compiled-in GPU table. Depends on the shape of its data files, not on pools or pods. */
#include "gpu/table.h"

#include "base/spelling.h"
#include "base/units.h"
#include "base/vec.h"
#include "gpu/table_data.h"
#include "json/read.h"

#include <jansson.h>
#include <string.h>
#include <strings.h>

enum { BYTES_PER_GB = 1000 * 1000 * 1000, MICRO = 1000 * 1000 };

const char *const gpu_media_names[GPU_MEDIA_KINDS] = {
    [GPU_NVDEC] = "nvdec", [GPU_NVENC] = "nvenc", [GPU_JPEG] = "jpeg", [GPU_OFA] = "ofa"};

static int unpack_failed(struct err *err, const char *what, const json_error_t *error)
{
    if (err_memory_ran_out() || json_error_code(error) == json_error_out_of_memory)
        return err_nomem(err);
    return err_set(err, ERR_INTERNAL, "%s: %s", what, error->text);
}

static int document_parse(const char *text, const char *end, const char *file, json_t **ret_document, struct err *err)
{
    json_error_t error;
    int result = json_read(text, (size_t)(end - text), ret_document, &error, err);
    return result < 0 && err->code == ERR_INVALID ? unpack_failed(err, file, &error) : result;
}

/* Reads either memoryMiB, as a driver or AWS reported it, or memoryGB, the nominal size. */
static int read_memory(json_t *object, const char *what, int64_t *ret_bytes, bool *ret_reported, struct err *err)
{
    const json_t *mebibytes = json_object_get(object, "memoryMiB");
    const json_t *gigabytes = json_object_get(object, "memoryGB");
    if (json_is_integer(mebibytes) == json_is_integer(gigabytes))
        return err_set(err, ERR_INTERNAL, "%s: needs memoryMiB or memoryGB", what);
    *ret_reported = json_is_integer(mebibytes);
    *ret_bytes = *ret_reported ? json_integer_value(mebibytes) * MIB : json_integer_value(gigabytes) * BYTES_PER_GB;
    return 0;
}

static int read_unsigned(const json_t *value, const char *what, unsigned *ret_number, struct err *err)
{
    json_int_t number = json_integer_value(value);
    if (!json_is_integer(value) || number < 0 || number > UINT16_MAX)
        return err_set(err, ERR_INTERNAL, "%s: not an integer from 0", what);
    *ret_number = (unsigned)number;
    return 0;
}

/* Reads the counts in `media`, and sets `known` (which may be NULL) for their kinds. Leaves other kinds unchanged. */
static int read_media(const json_t *media, const char *what, unsigned counts[GPU_MEDIA_KINDS],
                      bool known[GPU_MEDIA_KINDS], struct err *err)
{
    size_t found = 0;
    for (size_t kind = 0; kind < GPU_MEDIA_KINDS; kind++) {
        const json_t *count = json_object_get(media, gpu_media_names[kind]);
        if (!count)
            continue;
        if (read_unsigned(count, what, &counts[kind], err) < 0)
            return -1;
        if (known)
            known[kind] = true;
        found++;
    }

    if (found != json_object_size(media))
        return err_set(err, ERR_INTERNAL, "%s: unknown media engine", what);
    return 0;
}

static int read_starts(const json_t *starts, struct mig_profile *profile, struct err *err)
{
    profile->start_count = json_array_size(starts);
    if (profile->start_count == 0 || profile->start_count > GPU_STARTS_MAX)
        return err_set(err, ERR_INTERNAL, "%s: needs 1 to %d starts", profile->name, GPU_STARTS_MAX);
    for (size_t i = 0; i < profile->start_count; i++) {
        if (read_unsigned(json_array_get(starts, i), profile->name, &profile->starts[i], err) < 0)
            return -1;
    }
    return 0;
}

static int read_profile(json_t *object, struct mig_profile *profile, struct err *err)
{
    json_error_t error;
    json_t *starts;
    json_t *media;
    profile->nvml_id = -1;
    if (json_unpack_ex(object, &error, 0, "{s:s, s?:i, s:i, s:i, s:i, s:o, s:o}", "name", &profile->name, "profileId",
                       &profile->nvml_id, "maxInstances", (int *)&profile->max_instances, "computeSlices",
                       (int *)&profile->compute_slices, "memoryUnits", (int *)&profile->memory_units, "starts", &starts,
                       "media", &media) < 0)
        return unpack_failed(err, "profile", &error);
    if (read_starts(starts, profile, err) < 0 || read_media(media, profile->name, profile->media, NULL, err) < 0)
        return -1;
    return read_memory(object, profile->name, &profile->memory_bytes, &profile->memory_measured, err);
}

static int read_profiles(const json_t *list, struct gpu_model *model, struct err *err)
{
    size_t count = json_array_size(list);
    model->profiles = calloc(count + 1, sizeof(*model->profiles));
    if (!model->profiles)
        return err_nomem(err);
    model->profile_count = count;
    for (size_t i = 0; i < count; i++) {
        if (read_profile(json_array_get(list, i), &model->profiles[i], err) < 0)
            return err_wrap(err, "%s", model->id);
    }
    return 0;
}

/* Reads the optional entry of a GPU that Bottlerocket's MIG manager knows. */
static int read_bottlerocket(json_t *object, struct gpu_model *model, struct err *err)
{
    json_error_t error;
    json_t *names;
    if (json_unpack_ex(object, &error, 0, "{s:s, s:o}", "model", &model->bottlerocket_model, "profiles", &names) < 0)
        return unpack_failed(err, model->id, &error);
    for (size_t i = 0; i < json_array_size(names); i++) {
        const char *name = json_string_value(json_array_get(names, i));
        size_t at = 0;
        while (name && at < model->profile_count && strcmp(model->profiles[at].name, name) != 0)
            at++;
        if (!name || at == model->profile_count)
            return err_set(err, ERR_INTERNAL, "%s: bottlerocket names a profile that the GPU does not have", model->id);
        model->profiles[at].on_bottlerocket = true;
    }
    return 0;
}

static int read_mig(json_t *mig, struct gpu_model *model, struct err *err)
{
    json_error_t error;
    json_t *media;
    json_t *profiles;
    json_t *bottlerocket = NULL;
    if (json_unpack_ex(mig, &error, 0, "{s:i, s:i, s:i, s:o, s:s, s:o, s?:o}", "computeSlices",
                       (int *)&model->compute_slices, "memoryUnits", (int *)&model->memory_units, "maxInstances",
                       (int *)&model->max_instances, "media", &media, "evidence", &model->evidence, "profiles",
                       &profiles, "bottlerocket", &bottlerocket) < 0)
        return unpack_failed(err, model->id, &error);
    if (read_media(media, model->id, model->media_totals, model->media_known, err) < 0)
        return -1;
    if (read_profiles(profiles, model, err) < 0)
        return -1;
    return bottlerocket ? read_bottlerocket(bottlerocket, model, err) : 0;
}

/* Reads numbers such as "0x233010DE". */
static int read_pci_ids(const json_t *list, struct gpu_model *model, struct err *err)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *text = json_string_value(json_array_get(list, i));
        char *end = NULL;
        unsigned long id = text ? strtoul(text, &end, 16) : 0;
        if (!end || *end || id > UINT32_MAX || model->pci_id_count == GPU_PCI_IDS_MAX)
            return err_set(err, ERR_INTERNAL, "%s: pciDeviceIds", model->id);
        model->pci_ids[model->pci_id_count++] = (uint32_t)id;
    }
    return 0;
}

static int read_model(json_t *object, struct gpu_model *model, struct err *err)
{
    json_error_t error;
    json_t *aws_name;
    json_t *mig = NULL;
    if (json_unpack_ex(object, &error, 0, "{s:s, s:s, s:s, s:o, s:i, s?:o}", "id", &model->id, "product",
                       &model->product, "architecture", &model->architecture, "awsName", &aws_name, "mpsMaxReplicas",
                       (int *)&model->mps_max_replicas, "mig", &mig) < 0)
        return unpack_failed(err, "GPU", &error);

    model->aws_name = json_string_value(aws_name);
    bool reported;
    if (read_memory(object, model->id, &model->memory_bytes, &reported, err) < 0 ||
        read_pci_ids(json_object_get(object, "pciDeviceIds"), model, err) < 0)
        return -1;
    return mig ? read_mig(mig, model, err) : 0;
}

static int read_models(const json_t *document, struct gpu_table *table, struct err *err)
{
    const json_t *list = json_object_get(document, "gpus");
    size_t count = json_array_size(list);
    table->models = calloc(count + 1, sizeof(*table->models));
    if (!table->models)
        return err_nomem(err);
    table->model_count = count;
    for (size_t i = 0; i < count; i++) {
        if (read_model(json_array_get(list, i), &table->models[i], err) < 0)
            return -1;
    }
    return 0;
}

/* Reads a row of aws-instances.json, whose values are in the order of its "columns". */
static int read_instance(json_t *row, struct gpu_table *table, struct err *err)
{
    json_error_t error;
    struct gpu_instance_type *type = &table->instance_types[table->instance_type_count];
    const char *gpu;
    json_t *labels[5];
    json_t *price;
    int64_t *const numbers[] = {&type->gpu_memory_mib, &type->cpus, &type->memory_mib, &type->nvme_gb,
                                &type->network_mbps};
    if (json_unpack_ex(row, &error, 0, "[s, s, s, i, o, o, o, o, o, o!]", &type->name, &gpu, &type->arch,
                       (int *)&type->gpu_count, &labels[0], &labels[1], &labels[2], &labels[3], &labels[4], &price) < 0)
        return unpack_failed(err, "instance type", &error);

    const struct gpu_model *known = gpu_find(table, gpu);
    if (!known)
        return err_set(err, ERR_INTERNAL, "%s: no GPU %s", type->name, gpu);
    for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
        *numbers[i] = json_is_integer(labels[i]) ? json_integer_value(labels[i]) : -1;
    type->microdollars = json_is_number(price) ? (int64_t)(json_number_value(price) * MICRO + 0.5) : -1;
    type->gpu = known;

    struct gpu_model *model = &table->models[known - table->models];
    size_t count = model->instance_type_count + model->fraction_count;
    if (count == 0)
        model->instance_types = type;
    if (model->instance_types + count != type || (type->gpu_count > 0 && model->fraction_count > 0))
        return err_set(err, ERR_INTERNAL, "%s: out of order", type->name);
    if (type->gpu_count > 0)
        model->instance_type_count++;
    else
        model->fraction_count++;
    table->instance_type_count++;
    return 0;
}

static int read_instances(const json_t *document, struct gpu_table *table, struct err *err)
{
    const json_t *list = json_object_get(document, "instanceTypes");
    table->version = json_string_value(json_object_get(document, "asOf"));
    if (!table->version)
        return err_set(err, ERR_INTERNAL, "aws-instances.json: asOf is missing");
    table->instance_types = calloc(json_array_size(list) + 1, sizeof(*table->instance_types));
    if (!table->instance_types)
        return err_nomem(err);

    for (size_t i = 0; i < json_array_size(list); i++) {
        if (read_instance(json_array_get(list, i), table, err) < 0)
            return -1;
    }
    return 0;
}

/* Moves one text to `block + *at`, or only counts its size if `block` is NULL. */
static void move_text(const char **text, char *block, size_t *at)
{
    if (!*text)
        return;
    size_t size = strlen(*text) + 1;
    if (block)
        *text = memcpy(block + *at, *text, size);
    *at += size;
}

/* Moves every text of the table, and returns their size. A text that is forgotten here is freed with the documents. */
static size_t move_texts(struct gpu_table *table, char *block)
{
    size_t at = 0;
    for (struct gpu_model *model = table->models; model < table->models + table->model_count; model++) {
        const char **const texts[] = {&model->id,       &model->product,  &model->architecture,
                                      &model->aws_name, &model->evidence, &model->bottlerocket_model};
        for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
            move_text(texts[i], block, &at);
        for (size_t i = 0; i < model->profile_count; i++)
            move_text(&model->profiles[i].name, block, &at);
    }

    for (size_t i = 0; i < table->instance_type_count; i++) {
        move_text(&table->instance_types[i].name, block, &at);
        move_text(&table->instance_types[i].arch, block, &at);
    }

    move_text(&table->version, block, &at);
    return at;
}

/* Copies the texts, so that the documents, which are ten times as large, can be freed. */
static int own_texts(struct gpu_table *table, struct err *err)
{
    table->texts = malloc(move_texts(table, NULL));
    if (!table->texts)
        return err_nomem(err);
    (void)move_texts(table, table->texts);
    return 0;
}

static int table_read(struct gpu_table *table, struct err *err)
{
    AUTO(json) gpus = NULL;
    AUTO(json) instances = NULL;
    if (document_parse(gpu_table_gpus_json, gpu_table_gpus_json_end, "gpus.json", &gpus, err) < 0 ||
        read_models(gpus, table, err) < 0)
        return -1;
    const char *text = gpu_table_instances_json;
    if (document_parse(text, gpu_table_instances_json_end, "aws-instances.json", &instances, err) < 0 ||
        read_instances(instances, table, err) < 0)
        return -1;
    return own_texts(table, err);
}

int gpu_table_load(struct gpu_table **ret_table, struct err *err)
{
    AUTO(gpu_table) table = calloc(1, sizeof(*table));
    if (!table)
        return err_nomem(err);
    err_memory_begin(); /* for unpack_failed() */
    if (table_read(table, err) < 0)
        return err->code == ERR_NOMEM ? -1 : err_wrap(err, "the compiled-in GPU table is broken");
    *ret_table = TAKE(table);
    return 0;
}

void gpu_table_free(struct gpu_table *table)
{
    if (!table)
        return;
    for (size_t i = 0; i < table->model_count; i++)
        free(table->models[i].profiles);
    free(table->models);
    free(table->instance_types);
    free(table->texts);
    free(table);
}

const struct gpu_model *gpu_find(const struct gpu_table *table, const char *id)
{
    for (size_t i = 0; i < table->model_count; i++) {
        if (strcmp(table->models[i].id, id) == 0)
            return &table->models[i];
    }
    return NULL;
}

const struct gpu_instance_type *gpu_instance_find(const struct gpu_table *table, const char *name)
{
    for (size_t i = 0; i < table->instance_type_count; i++) {
        if (strcmp(table->instance_types[i].name, name) == 0)
            return &table->instance_types[i];
    }
    return NULL;
}

unsigned gpu_instance_devices(const struct gpu_instance_type *type)
{
    return type->gpu_count > 0 ? type->gpu_count : 1;
}

const struct mig_profile *gpu_profile(const struct gpu_model *model, const char *name)
{
    for (size_t i = 0; i < model->profile_count; i++) {
        if (strcmp(model->profiles[i].name, name) == 0)
            return &model->profiles[i];
    }
    return NULL;
}

/* Returns the id nearest to `id` (the first of several), or NULL if its distance exceeds `limit`. If `prefix` is set,
 * considers only ids that begin with `id`. */
static const char *nearest_of(const struct gpu_table *table, const char *id, bool prefix, size_t limit)
{
    struct spelling_search search = {.mistyped = id, .limit = limit};
    for (size_t i = 0; i < table->model_count; i++) {
        if (!prefix || strncasecmp(table->models[i].id, id, strlen(id)) == 0)
            spelling_consider(&search, table->models[i].id);
    }
    return search.nearest;
}

const char *gpu_nearest_id(const struct gpu_table *table, const char *id)
{
    size_t length = strlen(id);
    if (length < 2 || length > SPELLING_COMPARED)
        return NULL;
    const char *nearest = nearest_of(table, id, true, SIZE_MAX);
    if (nearest)
        return nearest;
    return nearest_of(table, id, false, length < 6 ? 1 : length / 3);
}

/* Builds the result, and reads labels and requirements of NodePools. */
#include "migrate/work.h"

#include "base/text.h"
#include "base/vec.h"
#include "json/build.h"
#include "manifest/embed.h"
#include "migrate/report/tree.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void work_put(struct migration *migration, json_t *object, const char *path, json_t *value)
{
    work_must(migration, tree_put(object, path, value));
}

void work_put_key(struct migration *migration, json_t *object, const char *path, const char *key, json_t *value)
{
    work_must(migration, tree_put_key(object, path, key, value));
}

void work_append(struct migration *migration, json_t *object, const char *path, json_t *value)
{
    work_must(migration, tree_append(object, path, value));
}

void work_object_name(const char *text, char ret_name[OBJECT_NAME_SIZE])
{
    size_t length = 0;
    for (; *text && length < OBJECT_NAME_SIZE - 1; text++) {
        if (isalnum((unsigned char)*text))
            ret_name[length++] = (char)tolower((unsigned char)*text);
        else if (length > 0)
            ret_name[length++] = '-';
    }

    while (length > 0 && ret_name[length - 1] == '-')
        length--;
    ret_name[length] = '\0';
}

static struct output *add_output(struct migration *migration, unsigned rank, json_t *value, const char *title)
{
    struct output *output = calloc(1, sizeof(*output));
    if (!output || !value || !(output->title = strdup(title)) || !GROW(migration->outputs, migration->output_count)) {
        migration->out_of_memory = true;
        json_decref(value);
        if (output)
            free(output->title);
        free(output);
        return NULL;
    }

    output->value = value;
    output->rank = rank;
    return migration->outputs[migration->output_count++] = output;
}

struct output *work_output_value(struct migration *migration, unsigned rank, json_t *value)
{
    const char *kind = tree_text(value, "kind");
    const char *name = tree_text(json_object_get(value, "metadata"), "name");
    AUTO(buf) title = tree_path("%s%s%s", kind ? kind : "object", name ? " " : "", name ? name : "");
    return add_output(migration, rank, value, buf_text(&title));
}

struct output *work_output(struct migration *migration, unsigned rank, const char *version, const char *kind,
                           const char *name)
{
    json_t *metadata = json_object();
    json_put_text(&metadata, "name", name);
    json_t *value = json_pack("{s:s, s:s, s:o}", "apiVersion", version, "kind", kind, "metadata", metadata);
    return work_output_value(migration, rank, value);
}

const char *work_name(const struct output *output)
{
    return json_text(json_object_get(output->value, "metadata"), "name");
}

void work_comment(struct migration *migration, struct output *output, const char *format, ...)
{
    struct err err;
    va_list args;
    va_start(args, format);
    AUTO(string) text = text_vformat(format, args);
    va_end(args);
    if (!output || !text || strlist_add(&output->comments, text, &err) < 0)
        migration->out_of_memory = true;
}

struct output *work_values(struct migration *migration, const char *name)
{
    for (size_t i = 0; i < migration->output_count; i++) {
        if (migration->outputs[i]->rank == RANK_VALUES && strcmp(migration->outputs[i]->title, name) == 0)
            return migration->outputs[i];
    }
    return add_output(migration, RANK_VALUES, json_object(), name);
}

void work_put_value(struct migration *migration, const char *file, const char *path, json_t *value)
{
    struct output *values = work_values(migration, file);
    work_put(migration, values ? values->value : NULL, path, value);
}

bool work_embedded(struct migration *migration, const struct manifest *outer, struct node text, struct node *ret_root)
{
    AUTO(manifest) embedded = NULL;
    struct err err = {0};
    if (!json_is_string(text.value))
        return false;

    int result = manifest_embed(outer, text, &embedded, &err);
    if (result == 0 && embedded->form == MANIFEST_OBJECT) {
        *ret_root = embedded->node;
        result = manifests_add(&migration->embedded, TAKE(embedded), &err);
        migration->out_of_memory |= result < 0;
        return result == 0;
    }

    migration->out_of_memory |= err.code == ERR_NOMEM;
    return false;
}

struct source_object *work_find_object(const struct migration *migration, const char *kind, const char *name)
{
    for (struct source_object *object = migration->source.first; object; object = object->next) {
        if (strcmp(object->kind, kind) == 0 && strcmp(object->name, name) == 0)
            return object;
    }
    return NULL;
}

void work_report_pool(struct migration *migration, const struct pool_draft *pool, enum fate fate, const char *format,
                      ...)
{
    va_list args;
    va_start(args, format);
    AUTO(string) text = text_vformat(format, args);
    va_end(args);
    if (!text)
        migration->out_of_memory = true;
    else if (pool->command)
        report_add_line(&migration->report, pool->command->mark, fate, "%s", text);
    else
        report_note(&migration->report, &pool->source->node, fate, "%s", text);
}

bool work_pool_has_any(const json_t *pool, const char *const keys[])
{
    const char *label;
    size_t i;
    json_t *item;
    json_object_foreach(tree_get(pool, POOL_LABELS), label, item) {
        if (text_is_any(label, keys))
            return true;
    }
    json_array_foreach(tree_get(pool, POOL_REQUIREMENTS), i, item) {
        if (text_is_any(tree_text(item, "key"), keys))
            return true;
    }
    return false;
}

void work_pool_require(struct migration *migration, json_t *pool, const char *key, const char *operator_name,
                       json_t *values)
{
    json_t *requirement = json_pack("{s:s, s:s, s:o}", "key", key, "operator", operator_name, "values", values);
    work_append(migration, pool, POOL_REQUIREMENTS, requirement);
}

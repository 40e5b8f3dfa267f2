/* Reports the files that commands apply, and reads helm commands. */
#include "migrate/commands.h"

#include "base/text.h"
#include "migrate/input/shell.h"
#include "migrate/other_objects.h"
#include "migrate/report/tree.h"

#include <string.h>

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* Returns the value of the option at word *index (-f FILE, -fFILE, --filename=FILE), or NULL if the word is another.
 * Moves *index to the word with the value. */
static const char *option_value(const struct strlist *words, size_t *index, const char *const names[])
{
    const char *word = words->items[*index];
    for (size_t i = 0; names[i]; i++) {
        size_t length = strlen(names[i]);
        if (strcmp(word, names[i]) == 0)
            return *index + 1 < words->count ? words->items[++*index] : NULL;
        if (text_begins(word, names[i]) && word[length] == '=')
            return word + length + 1;
        if (length == 2 && text_begins(word, names[i]) && word[1] != '-')
            return word + length;
    }
    return NULL;
}

static bool is_read(const struct migration *migration, const char *file)
{
    if (strlist_has(&migration->source.written, file))
        return true;
    for (size_t i = 0; i < migration->report.files.count; i++) {
        if (strcmp(base_name(migration->report.files.items[i]), base_name(file)) == 0)
            return true;
    }
    for (size_t i = 0; i < migration->source.written.count; i++) {
        if (strcmp(base_name(migration->source.written.items[i]), base_name(file)) == 0)
            return true;
    }
    return false;
}

void applied_files_note(struct migration *migration, const struct source_command *command)
{
    for (size_t i = 1; i < command->words.count; i++) {
        const char *file = option_value(&command->words, &i, WORDS("-f", "--filename", "-k", "--kustomize"));
        if (!file)
            continue;
        if (strcmp(file, "-") == 0) /* a here-document would be read */
            report_add_line(&migration->report, command->mark, FATE_MANUAL,
                            "what is piped to it is not read: pass it to migrate as well, unless it is in the input");
        else if (is_read(migration, file))
            report_add_line(&migration->report, command->mark, FATE_KEPT, "%s is read", file);
        else
            report_add_line(&migration->report, command->mark, FATE_MANUAL,
                            "%s is not in the input: pass it to migrate as well", file);
    }
}

/* -- helm -- */

/* True if all EC2NodeClasses of the result have images that contain NVIDIA's driver and toolkit. */
static bool images_have_driver(const struct migration *migration)
{
    bool have = false;
    for (size_t i = 0; i < migration->output_count; i++) {
        const struct output *output = migration->outputs[i];
        if (output->rank != RANK_CLASS || strcmp(json_text(output->value, "kind"), EC2_NODE_CLASS) != 0)
            continue;
        const json_t *first = json_array_get(tree_get(output->value, "spec.amiSelectorTerms"), 0);
        const char *alias = tree_text(first, "alias");
        if (!alias || !(text_begins(alias, "al2023@") || text_begins(alias, "bottlerocket@")))
            return false;
        have = true;
    }
    return have;
}

/* A chart whose values migrate writes. */
static const struct chart {
    const char *name, *values;
    const char *why; /* what is wrong with the command as it is */
} charts[] = {
    {"gpu-operator", "gpu-operator-values.yaml",
     "so that it finds the device plugin's ConfigMap, and brings no driver or toolkit to images that have both"},
    {"karpenter", "karpenter-values.yaml", "with a current version: NodeOverlays need 1.7 or later"},
};

static const struct chart *find_chart(const char *name)
{
    for (size_t i = 0; name && i < ARRAY_SIZE(charts); i++) {
        if (strcmp(charts[i].name, base_name(name)) == 0)
            return &charts[i];
    }
    return NULL;
}

static bool helm_takes_value(const char *word)
{
    return text_is_any(word,
                       WORDS("-n", "--namespace", "--version", "--set", "--set-string", "--set-json", "--set-file",
                             "--set-literal", "-f", "--values", "--timeout", "--kube-context", "--kubeconfig", "--repo",
                             "--description", "--username", "--password", "--ca-file", "-o", "--output"));
}

static const char *helm_word(const struct strlist *words, size_t wanted)
{
    for (size_t i = 0; i < words->count; i++) {
        if (helm_takes_value(words->items[i]))
            i++;
        else if (words->items[i][0] != '-' && wanted-- == 0)
            return words->items[i];
    }
    return NULL;
}

/* Returns the value as helm reads it: true, false, null and whole numbers are not texts, unless `text` is set. */
static json_t *helm_value(const char *value, bool text)
{
    AUTO(json) parsed = json_loads(value, JSON_DECODE_ANY, NULL);
    bool scalar = json_is_boolean(parsed) || json_is_integer(parsed) || json_is_null(parsed);
    return scalar && !text ? TAKE(parsed) : json_string(value);
}

static bool has_placeholder(const char *text)
{
    for (; *text; text++) {
        if (shell_placeholder(text) > 0 || shell_variable(text) > 0)
            return true;
    }
    return false;
}

/* Values that other parts of the input decide. */
static const char *decided_elsewhere(const struct migration *migration, const char *path)
{
    if (migration->config_count > 0 && text_begins(path, "devicePlugin.config."))
        return "devicePlugin.config is that of the ConfigMap in the result";
    if (text_is_any(path, WORDS("driver.enabled", "toolkit.enabled")) && images_have_driver(migration))
        return "false, because the images of the EC2NodeClasses contain both driver and toolkit";
    return NULL;
}

static void put_value(struct migration *migration, const struct source_command *command, const struct chart *chart,
                      const char *key, const char *value, bool text)
{
    struct report *report = &migration->report;
    struct setting_today today;
    bool renamed = strcmp(chart->name, "karpenter") == 0 && text_begins(key, "settings.") &&
                   settings_find_today(key + strlen("settings."), &today);
    if (renamed && !today.path) {
        report_add_line(report, command->mark, today.fate, "--set %s=%s: %s", key, value, today.why);
        return;
    }

    const char *path = renamed ? today.path : key;
    const char *elsewhere = decided_elsewhere(migration, path);

    if (elsewhere) {
        report_add_line(report, command->mark, FATE_CHANGED, "--set %s=%s: %s", key, value, elsewhere);
        return;
    }

    struct output *values = work_values(migration, chart->values);
    AUTO(json) parsed = helm_value(value, text);
    if (strpbrk(path, "[]{}\\\"") || strpbrk(value, "{}\\") ||
        (values && parsed && tree_put(values->value, path, json_incref(parsed)) < 0)) {
        report_add_line(report, command->mark, FATE_MANUAL, "--set %s=%s: write it to %s yourself", key, value,
                        chart->values);
        return;
    }

    report_add_line(report, command->mark, has_placeholder(value) ? FATE_MANUAL : FATE_CHANGED,
                    "--set %s=%s: %s of %s%s", key, value, path, chart->values,
                    has_placeholder(value) ? "; replace the placeholder" : "");
}

/* Puts the values of `--set a=b,c=d`. */
static void put_values(struct migration *migration, const struct source_command *command, const struct chart *chart,
                       const char *list, bool text)
{
    while (*list) {
        size_t length = 0;
        size_t depth = 0;
        for (; list[length] && (list[length] != ',' || depth > 0); length++) {
            depth += list[length] == '{';
            depth -= list[length] == '}' && depth > 0;
            length += list[length] == '\\' && list[length + 1];
        }
        AUTO(string) pair = strndup(list, length);
        char *equals = pair ? strchr(pair, '=') : NULL;
        if (!pair)
            migration->out_of_memory = true;
        if (equals) {
            *equals = '\0';
            put_value(migration, command, chart, pair, equals + 1, text);
        }
        list += length + (list[length] == ',');
    }
}

static void convert_options(struct migration *migration, const struct source_command *command,
                            const struct chart *chart)
{
    const struct strlist *words = &command->words;
    for (size_t i = 1; i < words->count; i++) {
        const char *set = option_value(words, &i, WORDS("--set"));
        const char *set_text = set ? NULL : option_value(words, &i, WORDS("--set-string", "--set-literal"));
        const char *file = set || set_text ? NULL : option_value(words, &i, WORDS("-f", "--values"));
        if (set || set_text)
            put_values(migration, command, chart, set ? set : set_text, set_text != NULL);
        else if (file)
            report_add_line(&migration->report, command->mark, FATE_MANUAL,
                            "-f %s: its values are not read; name %s after it, and compare the two", file,
                            chart->values);
        else if (text_begins(words->items[i], "--set-"))
            report_add_line(&migration->report, command->mark, FATE_MANUAL, "%s is not read: write it to %s yourself",
                            words->items[i], chart->values);
    }
}

static void convert_install(struct migration *migration, const struct source_command *command)
{
    const char *release = helm_word(&command->words, 2);
    const char *name = helm_word(&command->words, 3);
    const struct chart *chart = find_chart(name ? name : release); /* --generate-name: there is no release */
    struct report *report = &migration->report;

    if (!chart && name && strcmp(base_name(name), "nvidia-device-plugin") == 0) {
        report_add_line(report, command->mark, FATE_MANUAL,
                        "the manifests here are for the GPU Operator, which installs its own device plugin: uninstall "
                        "this chart, or two plugins register the same GPUs");
        return;
    }
    if (!chart) {
        report_add_line(report, command->mark, FATE_KEPT, "the chart is not part of the node side");
        return;
    }

    report_add_line(report, command->mark, FATE_CHANGED, "run it with -f %s (%s), %s", chart->values,
                    migration->to_policies ? "`gpuslice render` writes the operator's" : "in the result", chart->why);
    convert_options(migration, command, chart);
}

/* Returns the value of "key=" in the list of --set, for use as long as the migration, or NULL. */
static const char *value_of(struct migration *migration, const char *list, const char *key)
{
    const char *found = strstr(list, key);
    if (!found || (found > list && found[-1] != ','))
        return NULL;

    found += strlen(key);
    struct err err;
    AUTO(string) value = strndup(found, strcspn(found, ","));
    if (!value || strlist_add(&migration->set_values, value, &err) < 0)
        migration->out_of_memory = true;
    else if (*value && !has_placeholder(value))
        return migration->set_values.items[migration->set_values.count - 1];
    return NULL;
}

void helm_note_cluster(struct migration *migration, const struct source_command *command)
{
    const struct strlist *words = &command->words;
    const char *name = helm_word(words, 3);
    const struct chart *chart = find_chart(name ? name : helm_word(words, 2));
    if (command->kind != COMMAND_HELM || !chart || strcmp(chart->name, "karpenter") != 0)
        return;
    for (size_t i = 1; i < words->count; i++) {
        const char *set = option_value(words, &i, WORDS("--set", "--set-string", "--set-literal"));
        const char *cluster = set ? value_of(migration, set, "settings.clusterName=") : NULL;
        cluster = set && !cluster ? value_of(migration, set, "settings.aws.clusterName=") : cluster;
        const char *profile = set ? value_of(migration, set, "settings.aws.defaultInstanceProfile=") : NULL;
        migration->cluster = migration->cluster ? migration->cluster : cluster;
        migration->instance_profile = profile ? profile : migration->instance_profile;
    }
}

void helm_convert(struct migration *migration, const struct source_command *command)
{
    const char *verb = helm_word(&command->words, 1);
    if (text_is_any(verb, WORDS("install", "upgrade", "template")))
        convert_install(migration, command);
    else if (text_is_any(verb, WORDS("repo", "dependency", "registry")))
        report_add_line(&migration->report, command->mark, FATE_KEPT, "needs no change");
    else
        report_add_line(&migration->report, command->mark, FATE_KEPT, "it sets no values");
}

void operator_values_finish(struct migration *migration)
{
    static const char file[] = "gpu-operator-values.yaml";
    struct output *values = NULL;
    for (size_t i = 0; i < migration->output_count; i++) {
        const struct output *output = migration->outputs[i];
        if (output->rank == RANK_VALUES && strcmp(output->title, file) == 0)
            values = migration->outputs[i];
    }

    for (size_t i = 0; i < migration->source.command_count && !values; i++) {
        const struct source_command *command = &migration->source.commands[i];
        const struct chart *chart = command->kind == COMMAND_HELM ? find_chart(helm_word(&command->words, 3)) : NULL;
        if (chart && strcmp(chart->values, file) == 0)
            values = work_values(migration, file);
    }

    if (!values || !images_have_driver(migration))
        return;
    work_comment(migration, values,
                 "driver and toolkit are off, because the images of the EC2NodeClasses contain both.");
    work_put(migration, values->value, "driver.enabled", json_false());
    work_put(migration, values->value, "toolkit.enabled", json_false());
}

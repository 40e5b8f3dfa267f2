/* Reads the settings of Bottlerocket nodes. Instead of a ConfigMap, their device plugin uses the settings of the node,
 * which are TOML in the user data of the EC2NodeClass. Source: bottlerocket.dev, settings.kubelet-device-plugins.nvidia
 * (1.54).
 *
 * Only the relevant lines are read; other lines are ignored. */
#include "base/text.h"
#include "lint/model/model.h"

#include <stdio.h>
#include <string.h>

#define SETTINGS "settings.kubelet-device-plugins.nvidia"

enum { TOML_LINE_MAX = 256 };

struct toml {
    char section[TOML_LINE_MAX];
    char key[TOML_LINE_MAX]; /* with its section */
    char value[TOML_LINE_MAX];
};

static void toml_strip(char *text)
{
    size_t start = strspn(text, " \t\"'");
    size_t length = strlen(text + start);
    memmove(text, text + start, length + 1);
    while (length > 0 && strchr(" \t\r\"'", text[length - 1]))
        text[--length] = '\0';
}

/* Reads one line. Returns true if it has the form `key = value`. */
static bool toml_line(struct toml *toml, const char *line, size_t length)
{
    char text[TOML_LINE_MAX];
    text_printf(text, sizeof(text), "%.*s", TEXT_CUT(line, length < TOML_LINE_MAX - 1 ? length : TOML_LINE_MAX - 1));
    toml_strip(text);

    char *equals = strchr(text, '=');
    if (*text == '[') {
        char *end = strchr(text, ']');
        if (end)
            *end = '\0';
        text_copy(toml->section, sizeof(toml->section), text + 1);
        return false;
    }

    if (*text == '#' || !equals)
        return false;
    *equals = '\0';
    toml_strip(text);
    toml_strip(equals + 1);
    text_printf(toml->key, sizeof(toml->key), "%.120s%s%.120s", toml->section, *toml->section ? "." : "", text);
    text_copy(toml->value, sizeof(toml->value), equals + 1);
    return *toml->key != '\0';
}

struct settings {
    enum plugin_sharing sharing;
    bool partitioned;
    int64_t replicas; /* REPLICAS_UNKNOWN if absent or unreadable */
    bool rename;
};

/* Reads an integer, which a comment may follow. Returns REPLICAS_UNKNOWN for any other text. */
static int64_t read_replicas(const char *text)
{
    char *end;
    int64_t replicas = strtoll(text, &end, 10);
    bool whole = end > text && (*end == '\0' || strchr(" \t#", *end));
    return whole && replicas >= 0 ? replicas : REPLICAS_UNKNOWN;
}

static void settings_take(const struct toml *toml, struct settings *settings)
{
    if (strcmp(toml->key, SETTINGS ".device-sharing-strategy") == 0 && strcmp(toml->value, "time-slicing") == 0)
        settings->sharing = PLUGIN_TIME_SLICING;
    if (strcmp(toml->key, SETTINGS ".device-sharing-strategy") == 0 && strcmp(toml->value, "mps") == 0)
        settings->sharing = PLUGIN_MPS;
    if (strcmp(toml->key, SETTINGS ".device-partitioning-strategy") == 0)
        settings->partitioned = strcmp(toml->value, "none") != 0;
    if (text_is_any(toml->key, WORDS(SETTINGS ".time-slicing.replicas", SETTINGS ".mps.replicas")))
        settings->replicas = read_replicas(toml->value);
    if (text_is_any(toml->key, WORDS(SETTINGS ".time-slicing.rename-by-default", SETTINGS ".mps.rename-by-default")))
        settings->rename = strcmp(toml->value, "true") == 0;
}

static struct settings read_settings(const char *text)
{
    struct settings settings = {.replicas = REPLICAS_UNKNOWN};
    struct toml toml = {0};
    while (*text) {
        size_t length = strcspn(text, "\n");
        if (toml_line(&toml, text, length))
            settings_take(&toml, &settings);
        text += length + (text[length] == '\n');
    }
    return settings;
}

static bool is_bottlerocket(struct node spec)
{
    struct node terms = node_member(spec, "amiSelectorTerms");
    if (strcmp(node_text(node_member(spec, "amiFamily")), "Bottlerocket") == 0)
        return true;
    NODE_ELEMENTS(terms, element) {
        if (text_begins(node_text(node_member(element, "alias")), "bottlerocket@"))
            return true;
    }
    return false;
}

void model_read_bottlerocket(struct model *model, const struct sources *sources, struct node_pool *node_pool)
{
    const char *name = node_text(node_find(node_pool->node_spec, PATH("nodeClassRef", "name")));
    const struct manifest *object = sources_find(sources, EC2_NODE_CLASS_KIND, name);
    struct node spec = object ? node_member(object->node, "spec") : (struct node){0};
    if (!object || !is_bottlerocket(spec))
        return;

    struct node user_data = node_member(spec, "userData");
    struct settings settings = read_settings(node_text(user_data));
    struct plugin_config *config = arena_alloc(&model->arena, sizeof(*config));

    node_pool->bottlerocket = true;
    if (!config || settings.partitioned)
        return; /* Bottlerocket's MIG layouts, which it names by GPU model and profile, are not compared */

    *config = (struct plugin_config){.object = object,
                                     .title = object_title(&model->arena, object),
                                     .key = "userData",
                                     .text = user_data,
                                     .root = {.document = user_data.document, .mark = user_data.mark},
                                     .strategy = "",
                                     .sharing = settings.sharing,
                                     .rename = settings.rename};
    node_pool->plugin = config;
    if (settings.sharing == PLUGIN_WHOLE)
        return;

    struct plugin_share *share = ARENA_PUSH(&model->arena, config->shares, config->share_count);
    if (share)
        *share =
            (struct plugin_share){.resource = GPU_RESOURCE_WHOLE, .replicas = settings.replicas, .node = user_data};
}

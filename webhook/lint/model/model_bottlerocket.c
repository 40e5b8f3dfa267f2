/* Reads the settings of Bottlerocket nodes. Instead of a ConfigMap, their device plugin uses the settings of the node,
 * which are in the user data of the EC2NodeClass (nvidia/bottlerocket.h). */
#include "base/text.h"
#include "lint/model/model.h"
#include "nvidia/bottlerocket.h"

#include <string.h>

static const enum plugin_sharing sharings[] = {
    [BOTTLEROCKET_WHOLE] = PLUGIN_WHOLE,
    [BOTTLEROCKET_TIME_SLICING] = PLUGIN_TIME_SLICING,
    [BOTTLEROCKET_MPS] = PLUGIN_MPS,
};

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
    struct bottlerocket_settings *settings = arena_alloc(&model->arena, sizeof(*settings));
    struct plugin_config *config = arena_alloc(&model->arena, sizeof(*config));

    node_pool->bottlerocket = true;
    node_pool->user_data = user_data.value ? user_data : spec;
    if (!config || !settings || !bottlerocket_read(node_text(user_data), settings))
        return;
    node_pool->settings = settings;
    if (settings->partitioned)
        return; /* the amounts of its MIG layouts are not computed; check_mig.c compares their profiles */

    *config = (struct plugin_config){.object = object,
                                     .title = object_title(&model->arena, object),
                                     .key = "userData",
                                     .text = user_data,
                                     .root = {.document = user_data.document, .mark = user_data.mark},
                                     .strategy = "",
                                     .sharing = sharings[settings->sharing],
                                     .rename = settings->rename};
    node_pool->plugin = config;
    if (settings->sharing == BOTTLEROCKET_WHOLE)
        return;

    struct plugin_share *share = ARENA_PUSH(&model->arena, config->shares, config->share_count);
    if (share)
        *share =
            (struct plugin_share){.resource = GPU_RESOURCE_WHOLE, .replicas = settings->replicas, .node = user_data};
}

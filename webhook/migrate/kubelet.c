/* Finds out which kubelet settings belong in which node class, copies classes, and converts the settings. */
#include "migrate/kubelet.h"

#include "migrate/node_class.h"
#include "migrate/report/tree.h"

#include <string.h>

static const struct rule kubelet_rules[] = {
    {"clusterDNS", rule_carry, "clusterDNS", NULL},
    {"cpuCFSQuota", rule_carry, "cpuCFSQuota", NULL},
    {"evictionHard", rule_carry, "evictionHard", NULL},
    {"evictionSoft", rule_carry, "evictionSoft", NULL},
    {"evictionSoftGracePeriod", rule_carry, "evictionSoftGracePeriod", NULL},
    {"evictionMaxPodGracePeriod", rule_carry, "evictionMaxPodGracePeriod", NULL},
    {"imageGCHighThresholdPercent", rule_carry, "imageGCHighThresholdPercent", NULL},
    {"imageGCLowThresholdPercent", rule_carry, "imageGCLowThresholdPercent", NULL},
    {"kubeReserved", rule_carry, "kubeReserved", NULL},
    {"maxPods", rule_carry, "maxPods", NULL},
    {"podsPerCore", rule_carry, "podsPerCore", NULL},
    {"systemReserved", rule_carry, "systemReserved", NULL},
    {"containerRuntime", rule_needless, NULL, "containerd is the only runtime"},
    {0},
};

/* Returns the settings in the annotation of a NodePool of v1, or a node without a value. */
static struct node annotated(struct migration *migration, const struct source_object *object)
{
    struct node text = node_find(object->node, PATH("metadata", "annotations", ANNOTATION_BETA_KUBELET));
    struct node root = {0};
    (void)work_embedded(migration, object->manifest, text, &root);
    return root;
}

static void find_kubelet(struct migration *migration, struct source_object *object)
{
    if (strcmp(object->kind, PROVISIONER) == 0) {
        const char *name = tree_text(tree_get(object->node.value, "spec.providerRef"), "name");
        bool has_own = !name && tree_get(object->node.value, "spec.provider");
        const struct source_object *node_template = has_own ? NULL : node_class_template(migration, name);
        object->class_name = node_template ? node_template->name : name;
        object->kubelet = node_find(object->node, PATH("spec", "kubeletConfiguration"));
    } else if (strcmp(object->kind, NODE_POOL) == 0) {
        bool is_beta = text_begins(object->version, KARPENTER_V1BETA1);
        object->class_name = tree_text(tree_get(object->node.value, "spec.template.spec.nodeClassRef"), "name");
        object->kubelet = is_beta ? node_find(object->node, PATH("spec", "template", "spec", "kubelet"))
                                  : annotated(migration, object);
    }

    if (json_object_size(object->kubelet.value) == 0)
        object->kubelet = (struct node){0};
}

void kubelets_find(struct migration *migration)
{
    for (struct source_object *object = migration->source.first; object; object = object->next)
        find_kubelet(migration, object);
}

static bool same_kubelet(const struct source_object *a, const struct source_object *b)
{
    if (!a->kubelet.value || !b->kubelet.value)
        return a->kubelet.value == b->kubelet.value;
    return json_equal(json_unconst(a->kubelet.value), json_unconst(b->kubelet.value));
}

static bool uses_same_class(const struct source_object *a, const struct source_object *b)
{
    return a != b && a->class_name && b->class_name && strcmp(a->class_name, b->class_name) == 0;
}

/* True if another object that uses the class of `object` has other settings, or none. */
static bool is_shared_with_others(const struct migration *migration, const struct source_object *object)
{
    for (const struct source_object *other = migration->source.first; other; other = other->next) {
        if (uses_same_class(object, other) && !same_kubelet(object, other))
            return true;
    }
    return false;
}

/* Returns the copy that was made for an object with the same class and settings, or NULL. */
static struct output *find_copy(const struct migration *migration, const struct source_object *object)
{
    for (const struct source_object *other = migration->source.first; other; other = other->next) {
        if (other->kubelet_class && uses_same_class(object, other) && same_kubelet(object, other))
            return other->kubelet_class;
    }
    return NULL;
}

/* True if the input or the result has a node class of that name. */
static bool is_taken(const struct migration *migration, const char *name)
{
    AUTO(buf) title = tree_path("%s %s", EC2_NODE_CLASS, name);
    for (size_t i = 0; i < migration->output_count; i++) {
        if (strcmp(migration->outputs[i]->title, buf_text(&title)) == 0)
            return true;
    }
    for (const struct source_object *object = migration->source.first; object; object = object->next) {
        if (strcmp(object->name, name) == 0 &&
            text_is_any(object->kind, WORDS(EC2_NODE_CLASS, AWS_NODE_TEMPLATE, NODE_TEMPLATE)))
            return true;
    }
    return false;
}

static struct output *copy_class(struct migration *migration, const struct source_object *object,
                                 const struct output *shared)
{
    AUTO(buf) name = tree_path("%s-%s", object->class_name, object->name);
    for (unsigned number = 2; is_taken(migration, buf_text(&name)); number++) {
        buf_reset(&name);
        buf_addf(&name, "%s-%s-%u", object->class_name, object->name, number);
    }

    json_t *copy = json_deep_copy(shared->value);
    work_put(migration, copy, "metadata.name", json_string(buf_text(&name)));
    (void)json_object_del(json_object_get(copy, "spec"), "kubelet");
    struct output *out = work_output_value(migration, RANK_CLASS, copy);
    work_comment(migration, out, "A copy of EC2NodeClass %s with the kubelet of %s %s.", object->class_name,
                 object->kind, object->name);
    report_note(&migration->report, &object->kubelet, FATE_ADDED,
                "EC2NodeClass %s, a copy of %s: the kubelet belongs to the node class now, and not all that use %s "
                "have the same settings",
                buf_text(&name), object->class_name, object->class_name);
    return out;
}

struct output *kubelet_class(struct migration *migration, struct source_object *object, struct output *shared)
{
    if (!object->kubelet.value || !is_shared_with_others(migration, object))
        return shared;
    struct output *copy = find_copy(migration, object);
    object->kubelet_class = copy ? copy : copy_class(migration, object, shared);
    return object->kubelet_class;
}

/* -- Settings -- */

static void put_kubelet(struct draft draft, struct output *node_class, const struct node *node)
{
    draft.out = node_class;
    draft.base = "spec.kubelet.";
    rules_apply(&draft, node, (const struct rules[]){{"", kubelet_rules, false}, {0}});
}

static void report_no_class(struct migration *migration, const struct source_object *object, const struct node *node)
{
    const char *name = object->class_name ? object->class_name : object->name;
    bool is_current = is_taken(migration, name);
    bool copied = is_shared_with_others(migration, object);
    report_add(&migration->report, node, FATE_LOST,
               "it is spec.kubelet of the EC2NodeClass now, and EC2NodeClass %s is %s: put it %s", name,
               is_current ? "of v1 already" : "not in the input",
               copied ? "into a copy, because not all NodePools that use it have the same" : "there");
}

void rule_kubelet(struct draft *draft, const struct node *node, const struct rule *rule)
{
    (void)rule;
    if (json_is_object(node->value) && node_count(*node) == 0)
        report_add(draft->report, node, FATE_NEEDLESS, "it is empty");
    else if (draft->pool->node_class)
        put_kubelet(*draft, draft->pool->node_class, node);
    else
        report_no_class(draft->migration, draft->source, node);
}

/* -- Annotations of v1 -- */

static struct source_object *find_class(const struct migration *migration, const char *name)
{
    for (struct source_object *object = migration->source.first; name && object; object = object->next) {
        if (strcmp(object->kind, EC2_NODE_CLASS) == 0 && strcmp(object->name, name) == 0)
            return object;
    }
    return NULL;
}

static void drop_annotation(struct migration *migration, struct source_object *object, const char *key)
{
    json_t *metadata = tree_get(object->passed->value, "metadata");
    json_t *annotations = json_object_get(metadata, "annotations");
    work_must(migration, json_object_del(annotations, key));
    if (json_object_size(annotations) == 0)
        (void)json_object_del(metadata, "annotations");
    object->changed = true;
}

/* Replaces the settings of the class, which Karpenter 1.0 did not use for this NodePool. */
static void move_kubelet(struct migration *migration, struct source_object *object, struct output *own,
                         const struct node *annotation)
{
    struct draft draft = {.migration = migration, .report = &migration->report, .source = object};
    json_t *spec = tree_get(own->value, "spec");
    const json_t *existing = json_object_get(spec, "kubelet");

    if (existing && !json_equal(json_unconst(existing), json_unconst(object->kubelet.value)))
        report_note(&migration->report, annotation, FATE_CHANGED,
                    "it replaces spec.kubelet of %s, which Karpenter 1.0 did not use for this NodePool", own->title);
    (void)json_object_del(spec, "kubelet");

    put_kubelet(draft, own, &object->kubelet);
    work_put(migration, object->passed->value, "spec.template.spec.nodeClassRef.name", json_string(work_name(own)));
    work_comment(migration, object->passed,
                 "Its kubelet is that of %s: Karpenter 1.1 and later do not read the annotation.", own->title);
    report_add(&migration->report, annotation, FATE_CHANGED, "the annotation is dropped; its settings are those of %s",
               own->title);
    drop_annotation(migration, object, ANNOTATION_BETA_KUBELET);
}

static void convert_annotation(struct migration *migration, struct source_object *object, const struct node *annotation)
{
    struct source_object *source = find_class(migration, object->class_name);
    struct output *shared = !source ? NULL : source->node_class ? source->node_class : source->passed;

    if (!object->kubelet.value && json_is_string(annotation->value) &&
        text_is_any(json_string_value(annotation->value), WORDS("", "{}", "null"))) {
        report_add(&migration->report, annotation, FATE_NEEDLESS, "it has no settings, and is dropped");
        drop_annotation(migration, object, ANNOTATION_BETA_KUBELET);
    } else if (!object->kubelet.value) {
        report_add(&migration->report, annotation, FATE_MANUAL,
                   "is not a JSON object of kubelet settings, and is left as it is: Karpenter 1.1 does not start with "
                   "it, and later versions ignore it");
    } else if (!shared) {
        report_no_class(migration, object, annotation);
        drop_annotation(migration, object, ANNOTATION_BETA_KUBELET);
    } else {
        struct output *own = kubelet_class(migration, object, shared);
        if (own)
            move_kubelet(migration, object, own, annotation);
        source->changed |= own == shared;
    }
}

void kubelet_from_annotation(struct migration *migration, struct source_object *object)
{
    if (!object->passed || strcmp(object->kind, NODE_POOL) != 0)
        return;
    struct node annotations = node_find(object->node, PATH("metadata", "annotations"));
    struct node kubelet = node_member(annotations, ANNOTATION_BETA_KUBELET);
    struct node class_ref = node_member(annotations, ANNOTATION_BETA_CLASS_REF);
    if (kubelet.value)
        convert_annotation(migration, object, &kubelet);
    if (!class_ref.value)
        return;

    report_add(&migration->report, &class_ref, FATE_NEEDLESS,
               "the annotation is dropped: only a conversion back to v1beta1 read it");
    drop_annotation(migration, object, ANNOTATION_BETA_CLASS_REF);
}

/* Builds the pods that lint checks. The engine decides about those of the manifests; then placement and requests are
 * read from the resulting pods. */
#include "lint/model/subject.h"

#include "admission/existing.h"
#include "admission/explain.h"
#include "admission/model/record.h"
#include "admission/workload_pods.h"
#include "core/names.h"
#include "json/pointer.h"
#include "pod/placement.h"
#include "workload/existing.h"

#include <stdio.h>
#include <string.h>

enum { TOKEN_MAX = 4096 }; /* bytes of a key in a pointer */

/* -- Placement -- */

static struct requirement read_requirement(struct arena *arena, const cJSON *expression)
{
    const cJSON *list = cjson_member(expression, "values");
    const char *key = cjson_text(expression, "key");
    const char *op = cjson_text(expression, "operator");
    const char **values = arena_alloc(arena, ((size_t)cJSON_GetArraySize(list) + 1) * sizeof(char *));
    struct requirement requirement = {
        .key = key ? key : "", .op = requirement_op_parse(op ? op : ""), .values = values};
    const cJSON *value;
    cJSON_ArrayForEach(value, list) {
        if (values && cJSON_IsString(value))
            values[requirement.value_count++] = value->valuestring;
    }
    return requirement;
}

/* Finds an expression of the decided pod in the manifest. Returns a node without a document if the class added the
 * expression. */
static struct node expression_node(const struct lint_pod *pod, size_t term, size_t index, const char *key)
{
    struct node terms = node_find(pod->node, PATH(REQUIRED_TERMS));
    struct node expression = node_element(node_member(node_element(terms, term), "matchExpressions"), index);
    bool same = expression.value && strcmp(node_text(node_member(expression, "key")), key) == 0;
    return same ? expression : (struct node){0};
}

static void read_selector(struct arena *arena, const struct lint_pod *pod, struct needs *needs)
{
    const char *const *path = PATH("spec", "nodeSelector");
    struct node own = node_find(pod->node, path);
    const cJSON *entry;
    cJSON_ArrayForEach(entry, cjson_find(pod->pod.object, path)) {
        struct node node = node_member(own, entry->string);
        if (cJSON_IsString(entry))
            needs_add_value(arena, needs, node.value ? node : (struct node){0}, entry->string, entry->valuestring);
    }
}

/* Adds an alternative: the nodeSelector and the expressions of the term (NULL: none). */
static void read_alternative(struct arena *arena, struct lint_pod *pod, const struct term *term)
{
    size_t index = 0;
    const cJSON *expression;
    struct needs *needs = ARENA_PUSH(arena, pod->alternatives, pod->alternative_count);
    if (!needs)
        return;
    read_selector(arena, pod, needs);
    const cJSON *list = term ? cjson_find(term->object, PATH("matchExpressions")) : NULL;
    cJSON_ArrayForEach(expression, list) {
        struct requirement requirement = read_requirement(arena, expression);
        needs_add(arena, needs, expression_node(pod, term->index, index++, requirement.key), &requirement);
    }
}

static void read_placement(struct arena *arena, struct lint_pod *pod)
{
    struct term term = {0};
    struct node terms = node_find(pod->node, PATH(REQUIRED_TERMS));
    if (!pod_has_required_affinity(&pod->pod))
        read_alternative(arena, pod, NULL);

    while (pod_next_term(&pod->pod, &term)) {
        if (term_has_fields(&term)) {
            pod->match_fields = true;
            pod->match_fields_node = node_member(node_element(terms, term.index), "matchFields");
        }
        if (!term_is_empty(&term))
            read_alternative(arena, pod, &term);
    }
}

static void add_toleration(struct arena *arena, struct lint_pod *pod, struct toleration toleration, struct node node)
{
    struct pod_toleration *slot = ARENA_PUSH(arena, pod->tolerations, pod->toleration_count);
    if (slot)
        *slot = (struct pod_toleration){toleration, node};
}

static void read_tolerations(struct arena *arena, struct lint_pod *pod)
{
    const char *const *path = PATH("spec", "tolerations");
    struct node own = node_find(pod->node, path);
    const cJSON *item;
    size_t index = 0;
    cJSON_ArrayForEach(item, cjson_find(pod->pod.object, path)) {
        struct node node = index < node_count(own) ? node_element(own, index) : (struct node){0};
        add_toleration(arena, pod, toleration_read(item), node);
        index++;
    }
}

/* -- Requests -- */

static void add_ask(struct lint_pod *pod, const struct ask *asked, int64_t counts[])
{
    for (size_t i = 0; i < pod->pod.count; i++) {
        const struct ask *item = asks_find(&pod->pod.containers[i].asks, asked->resource);
        counts[i] = item ? item->quantity : 0;
        if (asked->kind == ASK_GPU && counts[i] > pod->most_in_container)
            pod->most_in_container = counts[i];
    }
    amounts_set(&pod->asks, asked->resource, pod_effective_sum(&pod->pod, counts));
}

/* Reads other requests that can keep a pod with a slice off its nodes. Skips a pod without a slice, because the
 * resources of its nodes are unknown. */
static void read_other_asks(struct lint_pod *pod, const struct asks *asks, int64_t counts[])
{
    static const enum ask_kind kinds[] = {ASK_UNOFFERED, ASK_FOREIGN};
    for (size_t i = 0; pod->slice_class && i < ARRAY_SIZE(kinds); i++) {
        const struct ask *item = NULL;
        while ((item = asks_next(asks, kinds[i], item)))
            add_ask(pod, item, counts);
    }
}

static void read_asks(struct arena *arena, struct lint_pod *pod)
{
    int64_t *counts = arena_alloc(arena, (pod->pod.count + 1) * sizeof(int64_t));
    if (!counts)
        return;
    POD_FOREACH_CONTAINER(&pod->pod, container) {
        const struct ask *item = NULL;
        while ((item = asks_next(&container->asks, ASK_GPU, item)))
            add_ask(pod, item, counts);
        read_other_asks(pod, &container->asks, counts);
    }
}

static void read_pod(struct arena *arena, struct lint_pod *pod)
{
    const cJSON *name = cjson_find(pod->pod.object, PATH("spec", "runtimeClassName"));
    pod->runtime_class = cJSON_IsString(name) ? name->valuestring : "";
    pod->uses_claims = pod_uses_claims(&pod->pod);
    read_placement(arena, pod);
    read_tolerations(arena, pod);
    read_asks(arena, pod);
}

/* -- The engine's decision -- */

/* True if the webhook found no GPU request in the pod, and the policy does not ignore other accelerators. */
static bool needs_accelerator_check(const struct lint_pod *pod, const struct decision *decision)
{
    bool ignored = decision->found.policy && decision->found.policy->other_accelerators == OTHER_ACCELERATORS_IGNORE;
    return pod->decided && !ignored && !pod_asks_gpu(&pod->pod);
}

static int print_today(struct arena *arena, const struct decision *decision, const char **ret_today, struct err *err)
{
    AUTO(buf) text;
    buf_init(&text, ERR_TEXT_SIZE);
    explain_today(decision, &text);
    *ret_today = arena_printf(arena, "%s", buf_text(&text));
    return buf_check(&text, err);
}

/* Decides about the pod and, where pod->today is not NULL, sets that. This can change its tree even if the webhook
 * would not change the pod (allowed, denied, modes warn and shadow); then *ret_changed is false, and the caller must
 * parse the review's text again. */
static int decide_pod(struct arena *arena, const struct policy_set *policies, const struct review *review,
                      struct lint_pod *pod, bool *ret_changed, struct err *err)
{
    AUTO(decision) decision = {0};
    const struct decision_input input = {policies, pod->namespace_info, review, &pod->pod};
    if (decide(&routes[ROUTE_MUTATE], &input, &decision, err) < 0)
        return -1;

    *ret_changed = decision.out.outcome == OUTCOME_INJECTED || decision.out.outcome == OUTCOME_GUARDED;
    bool sliced = decision.out.outcome == OUTCOME_INJECTED ||
                  (decision.out.outcome == OUTCOME_ALLOWED && decision.out.reason == REASON_ALREADY_CONFORMS);
    pod->decided = decision.out.reason != REASON_NAMESPACE_NOT_ENABLED;
    pod->without_gpus = needs_accelerator_check(pod, &decision);
    pod->outcome = decision.out.outcome;
    pod->reason = reason_name(decision.out.reason);
    pod->slice_class = sliced ? decision.found.slice_class : NULL;
    pod->message = arena_printf(arena, "%s", decision.out.message);
    return pod->today ? print_today(arena, &decision, &pod->today, err) : 0;
}

/* Reads the object again, because a struct pod caches the requests of its containers. */
static int reopen_pod(cJSON *object, struct lint_pod *pod, struct err *err)
{
    pod_fini(&pod->pod);
    return pod_init(&pod->pod, object, pod->gpu_names, err);
}

/* Reads the pod in the text of the review. Errors: ERR_INVALID if it does not have the form of a pod, ERR_NOMEM. */
static int open_pod(const char *text, struct review *review, struct lint_pod *pod, struct err *err)
{
    cJSON_Delete(TAKE(pod->root));
    if (review_parse(review, text, strlen(text), err) < 0)
        return -1;
    pod->root = TAKE(review->root);
    return reopen_pod(review->object, pod, err);
}

static int pod_fill(struct arena *arena, const struct policy_set *policies, const char *text, struct lint_pod *pod,
                    struct err *err)
{
    struct review review = {0}; /* its tree is owned by the pod */
    bool changed = true;
    if (open_pod(text, &review, pod, err) < 0)
        return -1;
    if (policies && pod->namespace_info && decide_pod(arena, policies, &review, pod, &changed, err) < 0)
        return -1;
    if ((changed ? reopen_pod(pod->pod.object, pod, err) : open_pod(text, &review, pod, err)) < 0)
        return -1;

    read_pod(arena, pod);
    return 0;
}

/* The state of subjects_build(). */
struct building {
    struct arena *arena;
    const struct policy_set *policies;
    const struct namespaces *namespaces;
    struct subjects_list *list;
};

/* -- Pods that exist -- */

/* Finds the class that the record of a pod names: its slices are of that class, whatever the policies say now. */
static int read_record(const struct policy_set *policies, const json_t *value, struct lint_pod *pod, struct err *err)
{
    const json_t *annotations = json_object_get(json_object_get(value, "metadata"), "annotations");
    AUTO(record) record = {0};
    if (!policies)
        return 0;
    if (record_parse(json_text(annotations, ANNOTATION_APPLIED), pod->gpu_names, &record, err) < 0)
        return -1;
    pod->recorded = record.json != NULL;
    pod->slice_class = record.json ? policy_set_class(policies, record.class_name) : NULL;
    return 0;
}

static int decide_today(struct arena *arena, const struct policy_set *policies, const char *text,
                        struct lint_pod *fresh, struct err *err)
{
    struct review review = {0}; /* its tree is owned by `fresh` */
    bool changed;
    if (open_pod(text, &review, fresh, err) < 0)
        return -1;
    return decide_pod(arena, policies, &review, fresh, &changed, err);
}

/* Sets pod->today. */
static int read_today(struct arena *arena, const struct policy_set *policies, const json_t *value, struct lint_pod *pod,
                      struct err *err)
{
    pod->today = "";
    if (!policies || !pod->namespace_info)
        return 0;
    AUTO(json) object = NULL;
    if (existing_as_created(value, policies, &object, err) < 0)
        return -1;
    AUTO(string) text = review_print_create(object, pod->ns);
    struct lint_pod fresh = {
        .ns = pod->ns, .namespace_info = pod->namespace_info, .gpu_names = pod->gpu_names, .today = ""};
    int result = text ? decide_today(arena, policies, text, &fresh, err) : err_nomem(err);
    pod_fini(&fresh.pod);
    cJSON_Delete(fresh.root);
    if (result < 0)
        return -1;

    pod->today = fresh.today;
    return 0;
}

/* True for a pod that the scheduler no longer looks at. */
static bool is_settled(const json_t *value)
{
    const char *phase = json_text(json_object_get(value, "status"), "phase");
    return *json_text(json_object_get(value, "spec"), "nodeName") || strcmp(phase, "Succeeded") == 0 ||
           strcmp(phase, "Failed") == 0;
}

static int exist_fill(struct building *building, const json_t *value, const char *text, struct lint_pod *pod,
                      struct err *err)
{
    pod->settled = is_settled(value);
    if (read_record(building->policies, value, pod, err) < 0 ||
        read_today(building->arena, building->policies, value, pod, err) < 0)
        return -1;
    return pod_fill(building->arena, NULL, text, pod, err);
}

/* -- All pods of the manifests -- */

/* Adds a pod that could not be read: it does not have the form of one, or is larger than a review may be. */
static int add_malformed(struct building *building, const struct lint_pod *pod, struct err *err)
{
    struct subjects_list *list = building->list;
    if (err->code != ERR_INVALID && err->code != ERR_LIMIT)
        return -1;
    struct malformed *item = err->code == ERR_LIMIT
                                 ? ARENA_PUSH(building->arena, list->unjudged, list->unjudged_count)
                                 : ARENA_PUSH(building->arena, list->malformed, list->malformed_count);
    if (item)
        *item = (struct malformed){subject_node(pod), pod->title, arena_printf(building->arena, "%s", err->text)};
    return 0;
}

/* Adds the pod of a review. `part` is what it is made of, `path` where that is, or NULL. */
static int take_pod(struct building *building, const struct manifest *object, struct node part, const char *path,
                    const char *review, struct err *err)
{
    struct subjects_list *list = building->list;
    struct lint_pod *pod = ARENA_PUSH(building->arena, list->items, list->count);
    if (!pod)
        return err_nomem(err);

    const char *title = object_title(building->arena, object);
    pod->object = object;
    pod->title = path ? arena_printf(building->arena, "%s %s", title, path) : title;
    pod->node = part;
    pod->ns = *object->namespace_name ? object->namespace_name : "default";
    pod->namespace_info = building->namespaces ? namespaces_find(building->namespaces, pod->ns) : NULL;
    pod->gpu_names = building->policies ? &building->policies->settings.gpu_names : NULL;
    pod->reason = pod->message = pod->runtime_class = "";
    pod->at_template = path != NULL;
    bool exists = object_is(object, POD_KIND) && existing_is(part.value);
    if ((exists ? exist_fill(building, part.value, review, pod, err)
                : pod_fill(building->arena, building->policies, review, pod, err)) == 0)
        return 0;

    struct lint_pod failed = TAKE(*pod);
    list->count--;
    pod_fini(&failed.pod);
    cJSON_Delete(failed.root);
    return add_malformed(building, &failed, err);
}

/* Follows a pointer from the root of the object. */
static struct node node_at(struct node node, const char *pointer, struct err *err)
{
    AUTO(buf) token;
    size_t index;
    buf_init(&token, TOKEN_MAX);
    while (node.value && pointer_next(&pointer, &token, err) > 0) {
        if (json_is_object(node.value))
            node = node_member(node, buf_text(&token));
        else if (pointer_index(buf_text(&token), &index))
            node = node_element(node, index);
    }
    return node;
}

/* Adds an object, or the place `path` in it (NULL: none is known), that makes pods that are not judged. */
static void add_unjudged(struct building *building, const struct manifest *object, const char *path, const char *why)
{
    struct subjects_list *list = building->list;
    struct malformed *unjudged = ARENA_PUSH(building->arena, list->unjudged, list->unjudged_count);
    const char *title = object_title(building->arena, object);
    if (unjudged)
        *unjudged = (struct malformed){lint_object_name_node(object),
                                       path ? arena_printf(building->arena, "%s %s", title, path) : title,
                                       arena_printf(building->arena, "%s", why)};
}

static int take_object(struct building *building, const struct manifest *object, struct err *err)
{
    const char *ns = *object->namespace_name ? object->namespace_name : "default";
    json_t *value = json_unconst(object->node.value);
    if (object_is(object, POD_KIND)) {
        AUTO(string) review = review_print_create(value, ns);
        return review ? take_pod(building, object, object->node, NULL, review, err) : err_nomem(err);
    }

    AUTO(workload_pods) pods = {0};
    if (workload_pods_of(value, object->api_version, object->kind, ns, &pods, err) < 0) {
        if (err->code != ERR_LIMIT)
            return -1;
        add_unjudged(building, object, NULL, err->text);
        return 0;
    }
    if (pods.could_hold)
        add_unjudged(building, object, NULL, "no pod template that gpuslice knows");
    for (size_t i = 0; i < pods.count; i++) {
        const struct workload_pod *item = &pods.items[i];
        size_t before = building->list->count;
        if (!item->review) {
            add_unjudged(building, object, item->path, item->unjudged);
            continue;
        }
        if (take_pod(building, object, node_at(object->node, item->pointer, err), pods.is_single ? NULL : item->path,
                     item->review, err) < 0)
            return -1;
        if (building->list->count == before)
            continue;
        building->list->items[before].carries = !pods.workload || (pods.workload->flags & WORKLOAD_CARRIES);
        building->list->items[before].of_daemonset = pods.workload && (pods.workload->flags & WORKLOAD_DAEMONSET);
    }
    return 0;
}

int subjects_build(struct arena *arena, const struct sources *sources, const struct policy_set *policies,
                   const struct namespaces *namespaces, struct subjects_list *ret_pods, struct err *err)
{
    struct building building = {arena, policies, namespaces, ret_pods};
    for (size_t i = 0; i < sources->objects.count; i++) {
        if (take_object(&building, sources->objects.items[i], err) < 0)
            return -1;
    }

    return arena->out_of_memory ? err_nomem(err) : 0;
}

struct node subject_node(const struct lint_pod *pod)
{
    return pod->at_template ? pod->node : lint_object_name_node(pod->object);
}

void subjects_list_fini(struct subjects_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        pod_fini(&list->items[i].pod);
        cJSON_Delete(list->items[i].root);
    }
    *list = (struct subjects_list){0};
}

/* -- Pods that are in no manifest -- */

static struct lint_pod *sample_pod(struct arena *arena, const char *title)
{
    struct lint_pod *pod = arena_alloc(arena, sizeof(*pod));
    struct needs *only = pod ? ARENA_PUSH(arena, pod->alternatives, pod->alternative_count) : NULL;
    if (!only)
        return NULL;
    pod->title = title;
    pod->ns = pod->reason = pod->message = pod->runtime_class = "";
    pod->most_in_container = 1;
    return pod;
}

struct lint_pod *subject_of_class(struct arena *arena, const struct slice_class *slice_class)
{
    struct lint_pod *pod = sample_pod(arena, arena_printf(arena, "SliceClass/%s", slice_class->name));
    if (!pod)
        return NULL;

    struct needs *needs = pod->alternatives;
    pod->slice_class = slice_class;
    pod->runtime_class = slice_class->runtime_class ? slice_class->runtime_class : "";
    for (size_t i = 0; i < slice_class->requirements.count; i++)
        needs_add(arena, needs, (struct node){0}, &slice_class->requirements.items[i]);
    for (size_t i = 0; i < slice_class->node_selector.count; i++)
        needs_add_value(arena, needs, (struct node){0}, slice_class->node_selector.items[i].key,
                        slice_class->node_selector.items[i].value);
    for (size_t i = 0; i < slice_class->tolerations.count; i++)
        add_toleration(arena, pod, slice_class->tolerations.items[i], (struct node){0});
    amounts_set(&pod->asks, slice_class->resource, 1);
    return pod;
}

struct lint_pod *subject_of_other_namespace(struct arena *arena)
{
    struct lint_pod *pod = sample_pod(arena, "any pod that asks for " GPU_RESOURCE_WHOLE);
    if (!pod)
        return NULL;
    struct toleration own = {.key = GPU_RESOURCE_WHOLE, .op = "Exists", .effect = "NoSchedule"};
    add_toleration(arena, pod, own, (struct node){0});
    amounts_set(&pod->asks, GPU_RESOURCE_WHOLE, 1);
    return pod;
}

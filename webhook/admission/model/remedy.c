/* Looks for what would pass. Sums the pod's requests up once, so that looking through many classes costs little. */
#include "admission/model/remedy.h"

#include "admission/model/contradiction.h"
#include "base/text.h"
#include "core/names.h"
#include "gpu/resource.h"
#include "policy/memory.h"
#include "policy/slice_words.h"

#include <stdio.h>
#include <string.h>

/* Comparing placements takes time with the pod's terms, so only so many classes are compared. */
enum { PLACEMENTS_MAX = 8, WORDS_SIZE = 128 };

/* What the containers of a pod request together, and what its labels allow. */
struct wants {
    int64_t most;         /* the largest quantity of one container */
    int64_t sum;          /* the pod's quantity */
    bool unfit;           /* some container's request fits no class: it is invalid, or names two devices */
    bool whole;           /* some container asks for whole GPUs */
    const char *resource; /* the slice resource, NULL for none; the first one if `several` */
    bool several;         /* there are different slice resources */
    const char *label;    /* the class that the pod's label names, if no other can be written; else NULL */
};

static void wants_add(struct wants *wants, const struct container *container, int64_t *quantity)
{
    const struct ask *ask = asks_next(&container->asks, ASK_GPU, NULL);
    if (!ask)
        return;

    *quantity = ask->quantity;
    wants->unfit = wants->unfit || ask->fault || asks_next(&container->asks, ASK_GPU, ask) ||
                   asks_next(&container->asks, ASK_DEVICE_CLASS, NULL);
    if (!gpu_resource_is_slice(ask->resource)) {
        wants->whole = true;
    } else if (!wants->resource) {
        wants->resource = ask->resource;
    } else if (strcmp(wants->resource, ask->resource) != 0) {
        wants->several = true;
    }
}

/* Returns the class that the label gpuslice.dev/class names, if it is never changed: under a controller, unless an
 * earlier round wrote it (edit_metadata). With another class, the pod would be denied for the label. */
static const char *label_to_keep(const struct decision_input *in, const struct decision_findings *found)
{
    const struct record *record = found->taken_back ? found->taken_back : found->record;
    const char *label = pod_label(in->pod, LABEL_CLASS);
    bool settled = label && record && strcmp(record->class_name, label) == 0;
    return label && !settled && pod_controller(in->pod) ? label : NULL;
}

static bool target_is_chosen(const struct decision_input *in, const struct decision_findings *found)
{
    size_t i = 0;
    while (i < in->pod->count && found->slices[i] == 0)
        i++;
    return i < in->pod->count;
}

/* A pod that asks for no GPU wants what the earlier steps gave its containers. If no step has chosen the target yet, it
 * may want a slice for one container, or for each. */
static int wants_of(const struct decision_input *in, const struct decision_findings *found, struct wants *ret_wants,
                    struct err *err)
{
    const struct pod *pod = in->pod;
    struct wants wants = {0};
    int64_t *quantities = calloc(pod->count + 1, sizeof(*quantities));
    if (!quantities)
        return err_nomem(err);

    bool asks = pod_asks_gpu(pod);
    bool chosen = !asks && target_is_chosen(in, found);
    bool one = found->policy->target == TARGET_MAIN && !pod_annotation(pod, ANNOTATION_CONTAINERS);
    for (size_t i = 0; i < pod->count; i++) {
        if (asks)
            wants_add(&wants, &pod->containers[i], &quantities[i]);
        else
            quantities[i] = chosen ? found->slices[i] : (i == 0 || !one);
        wants.most = quantities[i] > wants.most ? quantities[i] : wants.most;
    }

    wants.sum = pod_effective_sum(pod, quantities);
    wants.label = label_to_keep(in, found);
    free(quantities);
    *ret_wants = wants;
    return 0;
}

/* True if the rules for requests let a pod with this class pass; `chose` is whether the pod itself names the class. */
static bool class_takes(const struct slice_class *slice_class, const struct policy *policy, bool chose,
                        const struct wants *wants)
{
    if (wants->unfit || wants->most > slice_class->per_container ||
        (slice_class->per_pod > 0 && wants->sum > slice_class->per_pod))
        return false;
    if (wants->label && strcmp(wants->label, slice_class->name) != 0)
        return false;
    if (wants->whole && !chose && policy->whole_gpu != WHOLE_GPU_CONVERT)
        return false;

    bool own = !wants->resource || (!wants->several && strcmp(wants->resource, slice_class->resource) == 0);
    return own || policy->other_slice == OTHER_SLICE_CONVERT;
}

/* The memory that a class must have: that of the annotation on the object whose class is chosen. */
static bool class_has_memory(const struct slice_class *slice_class, const char *memory)
{
    int64_t bytes;
    struct err fault;
    if (!memory || text_is_blank(memory))
        return true;
    return memory_asked_parse(memory, &bytes, &fault) == 0 && slice_class->memory_bytes >= bytes;
}

/* True if some container sets a variable of the class to something else, or the pod another runtime class. */
static bool class_conflicts(const struct slice_class *slice_class, const struct pod *pod)
{
    const char *runtime = cJSON_GetStringValue(cjson_find(pod->object, PATH("spec", "runtimeClassName")));
    if (slice_class->runtime_class && runtime && *runtime && strcmp(runtime, slice_class->runtime_class) != 0)
        return true;

    for (size_t i = 0; i < slice_class->env.count; i++) {
        POD_FOREACH_CONTAINER(pod, container) {
            const cJSON *own = container_env(container, slice_class->env.items[i].name);
            const char *value = own ? cjson_text(own, "value") : NULL;
            if (own && (!value || strcmp(value, slice_class->env.items[i].value) != 0))
                return true;
        }
    }
    return false;
}

/* A class that takes this request as it is, and who can choose it. */
struct choice {
    const struct slice_class *slice_class; /* NULL: none was found */
    bool by_ns;                            /* the namespace's annotation chooses it, not the pod's */
};

static bool choice_suits(const struct decision_input *in, const struct decision_findings *found,
                         const struct wants *wants, const struct choice *choice)
{
    bool chosen = choice->slice_class == found->slice_class && (found->pod_chose || choice->by_ns);
    const char *memory = choice->by_ns ? keyvalues_get(&in->ns->annotations, ANNOTATION_MEMORY)
                                       : pod_annotation(in->pod, ANNOTATION_MEMORY);
    return !chosen && class_takes(choice->slice_class, found->policy, !choice->by_ns, wants) &&
           class_has_memory(choice->slice_class, memory);
}

/* Finds the first class that takes the pod, the cheapest first. Of the two passes, the first looks at classes whose
 * resource the pod asks for, the second at the others. */
static int choice_find(const struct decision_input *in, const struct decision_findings *found, struct choice *choice,
                       struct err *err)
{
    const struct policy *policy = found->policy;
    struct wants wants = {0};
    if (wants_of(in, found, &wants, err) < 0)
        return -1;

    const char *resource = wants.resource ? wants.resource : GPU_RESOURCE_WHOLE;
    size_t looks = 0;
    for (size_t i = 0; i < policy->allowed_count * 2 && looks < PLACEMENTS_MAX; i++) {
        bool first_pass = i < policy->allowed_count;
        bool contradicts = false;
        choice->by_ns = !policy->pod_choice;
        choice->slice_class = policy->by_price[i % policy->allowed_count];
        if ((strcmp(choice->slice_class->resource, resource) == 0) != first_pass ||
            !choice_suits(in, found, &wants, choice))
            continue;

        looks++;
        if (policy->conflict == CONFLICT_DENY &&
            class_contradicts_pod(choice->slice_class, in->pod, &contradicts, err) < 0)
            return -1;
        if (policy->conflict != CONFLICT_DENY || (!contradicts && !class_conflicts(choice->slice_class, in->pod)))
            return 0;
    }

    choice->slice_class = NULL;
    return 0;
}

int remedy_join(const struct decision_input *in, const struct decision_findings *found, const char *own,
                char ret_text[REMEDY_SIZE], struct err *err)
{
    struct choice choice;
    if (choice_find(in, found, &choice, err) < 0)
        return -1;
    if (!choice.slice_class) {
        text_copy(ret_text, REMEDY_SIZE, own);
        return 0;
    }
    if (choice.slice_class == found->slice_class)
        own = ""; /* it asks for less, and names the same class */

    AUTO(buf) words;
    buf_init(&words, WORDS_SIZE);
    slice_words(choice.slice_class, &words);
    const char *name = choice.slice_class->name;
    if (!choice.by_ns)
        text_printf(ret_text, REMEDY_SIZE,
                    "set the pod's annotation " ANNOTATION_CLASS
                    " to \"%s\" (%s), which takes this request as it is%s%s",
                    name, buf_text(&words), *own ? ", or " : "", own);
    else
        text_printf(ret_text, REMEDY_SIZE,
                    "%s%sthe owner of namespace \"%.63s\" can set its annotation " ANNOTATION_CLASS
                    " to \"%s\" (%s), which takes this request as it is",
                    own, *own ? ", or " : "", in->ns->name, name, buf_text(&words));
    return words.failure == ERR_NOMEM ? err_nomem(err) : 0;
}

int remedy_write(const struct decision_input *in, const struct decision_findings *found, const char *own,
                 char ret_text[REMEDY_SIZE], struct err *err)
{
    bool contradicts = false;
    if (found->slice_class && found->policy->conflict == CONFLICT_DENY &&
        class_contradicts_pod(found->slice_class, in->pod, &contradicts, err) < 0)
        return -1;
    if (!contradicts)
        return remedy_join(in, found, own, ret_text, err);

    if (remedy_join(in, found, "", ret_text, err) < 0)
        return -1;
    if (!*ret_text)
        text_copy(ret_text, REMEDY_SIZE, own);
    return 0;
}

int remedy_sum(const struct decision_input *in, const struct decision_findings *found, int64_t most, int64_t mended,
               int64_t *ret_sum, struct err *err)
{
    const struct pod *pod = in->pod;
    int64_t *quantities = calloc(pod->count + 1, sizeof(*quantities));
    if (!quantities)
        return err_nomem(err);

    bool asks = pod_asks_gpu(pod);
    for (size_t i = 0; i < pod->count; i++) {
        const struct ask *ask = asks_next(&pod->containers[i].asks, ASK_GPU, NULL);
        if (!asks)
            quantities[i] = found->slices[i];
        else if (ask)
            quantities[i] = ask->fault ? mended : ask->quantity < most ? ask->quantity : most;
    }

    *ret_sum = pod_effective_sum(pod, quantities);
    free(quantities);
    return 0;
}

int remedy_ask(const struct decision_input *in, const struct decision_findings *found, size_t count,
               char ret_text[REMEDY_OWN_SIZE], struct err *err)
{
    const struct slice_class *slice_class = found->slice_class;
    const struct policy *policy = found->policy;

    /* If the resource is nvidia.com/gpu, only naming the class distinguishes its slices from whole GPUs. */
    bool named =
        !gpu_resource_is_slice(slice_class->resource) && !found->pod_chose && policy->whole_gpu != WHOLE_GPU_CONVERT;
    *ret_text = '\0';
    if (named && !policy->pod_choice)
        return 0;

    int64_t sum;
    char where[WORDS_SIZE] = "";
    if (remedy_sum(in, found, 1, 1, &sum, err) < 0)
        return -1;
    if (!pod_asks_gpu(in->pod))
        (void)snprintf(where, sizeof(where), " in one container");
    else if (slice_class->per_pod > 0 && sum > slice_class->per_pod)
        (void)snprintf(where, sizeof(where), " in %lld container%s at most", (long long)slice_class->per_pod,
                       slice_class->per_pod == 1 ? "" : "s");
    else if (count > 1)
        (void)snprintf(where, sizeof(where), " in each container");

    AUTO(buf) words;
    buf_init(&words, WORDS_SIZE);
    slice_words(slice_class, &words);
    if (named)
        text_printf(ret_text, REMEDY_OWN_SIZE,
                    "ask for %s: \"1\"%s and set the pod's annotation " ANNOTATION_CLASS " to \"%s\" (%s)",
                    slice_class->resource, where, slice_class->name, buf_text(&words));
    else
        text_printf(ret_text, REMEDY_OWN_SIZE, "ask for %s: \"1\"%s, which is %s (slice class \"%s\")",
                    slice_class->resource, where, buf_text(&words), slice_class->name);
    return words.failure == ERR_NOMEM ? err_nomem(err) : 0;
}

/* Prints the answer of `gpuslice gpu fit` as text or JSON. */
#include "cmd/gpu/gpu.h"

#include "json/build.h"
#include "policy/pool.h"

static void add_used(const struct gpu_model *model, const struct layout *layout, struct buf *out)
{
    buf_add_string(out, "It takes");
    const char *between = " ";
    for (size_t budget = 0; budget < LAYOUT_BUDGETS; budget++) {
        struct layout_total total = layout_total(model, layout, (enum layout_budget)budget);
        if (budget >= BUDGET_MEDIA && (total.available == UINT64_MAX || total.needed == 0))
            continue;
        buf_addf(out, "%s%llu of %llu %s", between, (unsigned long long)total.needed,
                 (unsigned long long)total.available, total.noun);
        between = ", ";
    }
    buf_add_string(out, ".\n");
}

static void add_beside(const struct gpu_model *model, const struct layout *layout, struct buf *out)
{
    const char *between = "It also has room for ";
    for (size_t i = 0; i < model->profile_count; i++) {
        unsigned room = layout_room(model, layout, &model->profiles[i]);
        if (room == 0)
            continue;
        buf_addf(out, "%s%s x%u", between, model->profiles[i].name, room);
        between = ", or ";
    }
    buf_add_string(out, between[0] == 'I' ? "Nothing else fits.\n" : ".\n");
}

/* Adds "3 GPUs, each cut into 2g.20gb x3:" and the drawing. */
static void add_share(const struct gpu_answer *answer, const struct demand_share *share, struct gpu_brush brush,
                      struct buf *out)
{
    buf_addf(out, "\n%u GPU%s cut into ", share->gpus, share->gpus == 1 ? "" : "s, each");
    layout_text(&share->layout, out);
    buf_add_string(out, ":\n");
    gpu_draw(answer->model, &share->layout, brush, out);
}

static void add_minimum(const struct gpu_answer *answer, struct buf *out)
{
    const struct demand_plan *plan = &answer->plan;
    if (plan->at_least == plan->gpus)
        buf_addf(out, "It needs %u GPUs at least", plan->gpus);
    else
        buf_addf(out, "It fits %u GPUs, and may fit fewer, but not fewer than %u", plan->gpus, plan->at_least);
    buf_add_string(out, plan->share_count == 1 ? ", all cut alike:\n" : ", cut in different ways:\n");
}

static void add_repeated(const struct gpu_answer *answer, struct gpu_brush brush, struct buf *out)
{
    const struct demand_share *repeated = &answer->repeated;
    if (answer->plan.share_count == 1)
        return;
    buf_add_string(out, "\nA pool cuts all of its GPUs alike. ");
    if (repeated->gpus == 0) {
        buf_add_string(out,
                       "No layout has all of these profiles, so they need a pool for each of the layouts above.\n");
        return;
    }
    buf_addf(out, "For one pool the best layout needs %u GPUs%s:\n", repeated->gpus,
             repeated->gpus == answer->plan.gpus ? " too" : "");
    add_share(answer, repeated, brush, out);
}

void gpu_answer_text(const struct gpu_answer *answer, struct gpu_brush brush, struct buf *out)
{
    if (!answer->fits) {
        buf_addf(out, "Does not fit one %s: %s.\n", answer->model->id, answer->why.text);
        add_minimum(answer, out);
        for (size_t i = 0; i < answer->plan.share_count; i++)
            add_share(answer, &answer->plan.shares[i], brush, out);
        add_repeated(answer, brush, out);
        return;
    }

    if (answer->pool)
        buf_addf(out, "Pool %s (%s:%u): each %s is cut into ", answer->pool->name, answer->pool->mark.file,
                 answer->pool->mark.line, answer->model->id);
    else
        buf_addf(out, "Fits one %s: ", answer->model->id);

    layout_text(&answer->demand, out);
    buf_add_string(out, "\n\n");
    gpu_draw(answer->model, &answer->demand, brush, out);
    buf_add_char(out, '\n');
    add_used(answer->model, &answer->demand, out);
    add_beside(answer->model, &answer->demand, out);
}

/* -- JSON. Each function returns NULL if out of memory, which makes the enclosing json_pack() fail. -- */

static json_t *json_counts(const struct layout *layout)
{
    json_t *counts = json_object();
    for (size_t i = 0; i < layout->count; i++) {
        if (layout->entries[i].count > 0)
            json_put(&counts, layout->entries[i].profile->name, json_integer(layout->entries[i].count));
    }
    return counts;
}

static json_t *json_placements(const struct layout *layout)
{
    struct placements placements;
    json_t *list = json_array();
    if (!layout_place(layout, &placements))
        return list;
    for (size_t i = 0; i < placements.count; i++) {
        const struct placement *placement = &placements.items[i];
        json_append(&list, json_pack("{s:s, s:i, s:i}", "profile", placement->profile->name, "start",
                                     (int)placement->start, "memoryUnits", (int)placement->profile->memory_units));
    }
    return list;
}

static json_t *json_share(const struct demand_share *share)
{
    return json_pack("{s:i, s:o, s:o}", "gpus", (int)share->gpus, "profiles", json_counts(&share->layout), "placements",
                     json_placements(&share->layout));
}

static json_t *json_shares(const struct demand_plan *plan)
{
    json_t *list = json_array();
    for (size_t i = 0; i < plan->share_count; i++)
        json_append(&list, json_share(&plan->shares[i]));
    return list;
}

static json_t *json_used(const struct gpu_answer *answer)
{
    static const char *const names[LAYOUT_BUDGETS] = {
        [BUDGET_MEMORY] = "memoryUnits",      [BUDGET_COMPUTE] = "computeSlices",   [BUDGET_INSTANCES] = "instances",
        [BUDGET_MEDIA + GPU_NVDEC] = "nvdec", [BUDGET_MEDIA + GPU_NVENC] = "nvenc", [BUDGET_MEDIA + GPU_JPEG] = "jpeg",
        [BUDGET_MEDIA + GPU_OFA] = "ofa",
    };
    json_t *used = json_object();
    for (size_t budget = 0; budget < LAYOUT_BUDGETS; budget++) {
        struct layout_total total = layout_total(answer->model, &answer->demand, (enum layout_budget)budget);
        if (total.available != UINT64_MAX)
            json_put(
                &used, names[budget],
                json_pack("{s:I, s:I}", "needed", (json_int_t)total.needed, "available", (json_int_t)total.available));
    }

    return used;
}

static json_t *json_beside(const struct gpu_answer *answer)
{
    json_t *beside = json_object();
    for (size_t i = 0; answer->fits && i < answer->model->profile_count; i++) {
        unsigned room = layout_room(answer->model, &answer->demand, &answer->model->profiles[i]);
        if (room > 0)
            json_put(&beside, answer->model->profiles[i].name, json_integer(room));
    }
    return beside;
}

int gpu_answer_json(const struct gpu_answer *answer, struct err *err)
{
    AUTO(json) document = json_pack("{s:s}", "gpu", answer->model->id);
    json_put_text(&document, "pool", answer->pool ? answer->pool->name : NULL);
    json_put(&document, "demand", json_counts(&answer->demand));
    json_put(&document, "fits", json_boolean(answer->fits));
    json_put_text(&document, "why", answer->fits ? NULL : answer->why.text);
    json_put(&document, "nearest", json_counts(&answer->nearest));
    json_put(&document, "needed", json_used(answer));
    json_put(&document, "beside", json_beside(answer));
    json_put(&document, "gpus", json_integer(answer->plan.gpus));
    json_put(&document, "atLeast", json_integer(answer->plan.at_least));
    json_put(&document, "layouts", json_shares(&answer->plan));
    json_put(&document, "repeated", answer->repeated.gpus ? json_share(&answer->repeated) : json_null());
    return command_print_json(document, err);
}

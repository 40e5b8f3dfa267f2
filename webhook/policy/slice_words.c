/* Describes slices for messages. */
#include "policy/slice_words.h"

#include "core/quantity.h"

#include <string.h>

/* Adds the model without its memory: "T4", "RTX PRO 6000 Blackwell". */
static void add_model(const char *article, const struct gpu_model *model, struct buf *out)
{
    const char *name = model->product; /* "H100 80GB (SXM5, PCIe), H800 80GB" */
    const char *memory = strstr(name, "GB");
    while (memory && (memory == name || !strchr("0123456789", memory[-1])))
        memory = strstr(memory + 1, "GB");
    size_t length = memory ? (size_t)(memory - name) : strlen(name);
    while (memory && length > 0 && name[length] != ' ')
        length--;
    buf_addf(out, "%s %.*s", article, (int)length, name);
}

/* Adds "", "half of ", "a third of " ... */
static void add_share(int64_t replicas, struct buf *out)
{
    static const char *const words[] = {"",
                                        "",
                                        "half of ",
                                        "a third of ",
                                        "a quarter of ",
                                        "a fifth of ",
                                        "a sixth of ",
                                        "a seventh of ",
                                        "an eighth of "};
    if (replicas < (int64_t)ARRAY_SIZE(words))
        buf_add_string(out, words[replicas]);
    else
        buf_addf(out, "1/%lld of ", (long long)replicas);
}

static bool pools_are_alike(const struct slice_class *slice_class)
{
    for (size_t i = 1; i < slice_class->pool_count; i++) {
        const struct pool *first = slice_class->pools[0];
        const struct pool *other = slice_class->pools[i];
        if (other->gpu != first->gpu || other->replicas != first->replicas)
            return false;
    }
    return true;
}

void slice_words(const struct slice_class *slice_class, struct buf *out)
{
    char memory[QUANTITY_TEXT_SIZE];
    quantity_bytes_text(slice_class->memory_bytes, memory);
    if (!pools_are_alike(slice_class)) {
        buf_addf(out, "a slice with %s of GPU memory", memory);
        return;
    }

    const struct pool *pool = slice_class->pools[0];
    add_share(pool->replicas, out);
    if (slice_class->profile)
        buf_addf(out, "a %s slice of ", slice_class->profile->name);
    if (!slice_class->profile && pool->replicas == 1)
        add_model("a whole", pool->gpu, out);
    else
        add_model(strchr("AHLMRS", pool->gpu->product[0]) ? "an" : "a", pool->gpu, out);
    buf_addf(out, " with %s", memory);
}

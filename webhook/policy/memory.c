/* Reads the annotation gpuslice.dev/memory. */
#include "policy/memory.h"

#include "core/quantity.h"

#include <inttypes.h>
#include <string.h>

/* Returns the unit that was meant by a bare number: people count the memory of a GPU in Gi or, if the number is large,
 * in Mi, as nvidia-smi and other GPU schedulers do. Returns NULL if the text has a unit, or means neither. */
static const char *forgotten_unit(const char *text, int64_t bytes)
{
    static const struct {
        int64_t below;
        const char *unit;
    } meant[] = {{1024, "Gi"}, {1024 * 1024, "Mi"}};
    if (text[strspn(text, "0123456789.")])
        return NULL;
    for (size_t i = 0; i < sizeof(meant) / sizeof(*meant); i++) {
        if (bytes < meant[i].below)
            return meant[i].unit;
    }
    return NULL;
}

int memory_asked_parse(const char *text, int64_t *ret_bytes, struct err *err)
{
    struct quantity quantity;
    if (quantity_parse(text, &quantity, err) < 0 || quantity.value <= 0)
        return err_set(err, ERR_INVALID, "which is not an amount of memory; write it like 8Gi");

    const char *unit = forgotten_unit(text, quantity.value);
    if (quantity.value >= MEMORY_ASKED_LEAST) {
        *ret_bytes = quantity.value;
        return 0;
    }
    if (unit)
        return err_set(err, ERR_INVALID, "which is %" PRId64 " byte%s; write %.20s%s", quantity.value,
                       quantity.value == 1 ? "" : "s", text, unit);
    return err_set(err, ERR_INVALID, "which is less than 256Mi, the least that can be asked for; write it like 8Gi");
}

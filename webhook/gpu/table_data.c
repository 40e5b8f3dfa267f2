/* Embeds the data files in the program. Paths are relative to the repository root, where make runs the compiler. Does
 * not interpret them. */
#include "gpu/table_data.h"

/* Uses the assembler's .incbin, because gcc 12 and clang 14 do not know #embed. The section is read-only and not
 * executable. */
#define EMBED(symbol, path)                                      \
    __asm__(".pushsection .rodata,\"a\",%progbits\n"             \
            ".balign 16\n"                                       \
            ".global " #symbol "\n"                              \
            ".type " #symbol ", %object\n" #symbol ":\n"         \
            ".incbin \"" path "\"\n"                             \
            ".size " #symbol ", . - " #symbol "\n"               \
            ".global " #symbol "_end\n"                          \
            ".type " #symbol "_end, %object\n" #symbol "_end:\n" \
            ".byte 0\n"                                          \
            ".popsection\n")

EMBED(gpu_table_gpus_json, "webhook/gpu/data/gpus.json");
EMBED(gpu_table_instances_json, "webhook/gpu/data/aws-instances.json");

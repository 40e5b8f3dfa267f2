/* Repairs YAML that was copied from a web page, where what is meant is unmistakable. Everything else is left as it is,
 * so that the parser reports it. Lines keep their numbers.
 *
 * - A literal block (`config.json: |`) whose lines are not indented more than its key. YAML refuses it if it begins
 * with a bracket; its end is where the bracket is closed. In the `data` of a ConfigMap it can also be a configuration
 * of the device plugin or of mig-parted in YAML, all of whose keys are known.
 * - The mark with which a page folds a part away (a triangle before `metadata:`).
 * - A literal block in brackets of which some lines begin with a tab.
 * - No-break spaces where YAML needs spaces: in the indentation, and after "key:" and "-".
 * - Typographic quotation marks around a key or a whole value, and in lines that begin with a bracket. */
#pragma once

#include "base/buf.h"

struct repair {
    unsigned line, column;
    char *text; /* what is wrong, and as what it is read */
};

struct repairs {
    struct repair *items;
    size_t count;
};

/* Copies `text` to `out`, repaired. Errors: ERR_NOMEM, ERR_LIMIT. */
MUST_CHECK int repair_yaml(const char *text, struct buf *out, struct repairs *ret_repairs, struct err *err);
void repairs_fini(struct repairs *repairs);

DEFINE_AUTO_FINI(repairs, struct repairs, repairs_fini);

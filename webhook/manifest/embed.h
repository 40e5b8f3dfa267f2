/* Reads documents within strings, such as the text of a ConfigMap's key. */
#ifndef GPUSLICE_MANIFEST_EMBED_H
#define GPUSLICE_MANIFEST_EMBED_H

#include "manifest/read.h"

/* Reads the string `text`, which is a node of `outer`, as one YAML or JSON document. Paths begin with that of the
 * string. Positions are those in the file if the string is a literal block (|), else the string's own. The result of an
 * empty text has no node.value, that of a template is a MANIFEST_TEMPLATE, and a List is not split. The result may
 * outlive `outer`. Errors: ERR_INVALID ("line 2 of its text: what is wrong"), ERR_NOMEM. */
MUST_CHECK int manifest_embed(const struct manifest *outer, struct node text, struct manifest **ret_manifest,
                              struct err *err);

#endif

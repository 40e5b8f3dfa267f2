/* Reads documents within strings, such as a value in a ConfigMap. */
#pragma once

#include "manifest/read.h"

/* Reads the string `text`, which is a node of `outer`, as one YAML or JSON document. Paths in the result begin with the
 * path of the string. Positions are exact if the string is a literal block (|) whose indentation can be found;
 * otherwise all are that of the string. An empty text gives a manifest without node.value, and a template gives a
 * MANIFEST_TEMPLATE. A List is not split. The result may outlive `outer`. Errors: ERR_INVALID ("line 2 of its text:
 * what is wrong"), ERR_NOMEM. */
MUST_CHECK int manifest_embed(const struct manifest *outer, struct node text, struct manifest **ret_manifest,
                              struct err *err);

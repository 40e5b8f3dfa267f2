/* The text of one document, and its value. Private to manifest/. */
#pragma once

#include "manifest/read.h"
#include "manifest/text.h"

/* Reference-counted: manifests and embedded documents hold references. */
struct manifest_source {
    size_t references;
    char *file, *text;
    size_t length;
    struct yaml_start start; /* of the text */
    struct yaml_document parsed;
    struct document document; /* of the nodes; set by source_root() */
    bool is_json, is_lean;
    bool has_dollar, has_braces;   /* the text contains "${", "{{" */
    const char *template;          /* that the text is a template, and what to do about it; NULL if it is none */
    bool whole_file;               /* the template is not made of YAML documents: the rest of the file is not read */
    struct manifest_source *outer; /* the source around an embedded document; NULL if it is not embedded */
};

/* Copies the piece's text into a new source, and parses it. The source's `parsed` has no value if the text is empty or
 * a template. Errors: ERR_INVALID with problems, ERR_NOMEM. */
MUST_CHECK int source_parse(const char *file, const struct text_piece *piece, enum yaml_flags flags,
                            struct manifest_source **ret_source, struct problems *problems, struct err *err);

/* Gives each item without a kind in a typed list the kind that the list's kind implies (Pod for PodList), and each item
 * of that kind without an apiVersion that of the list, as first members. `list_version` and `list_kind` are those of
 * the list of which the parsed value is an item; they are "" if it is no item. Errors: ERR_NOMEM. */
MUST_CHECK int source_complete(struct manifest_source *source, const char *list_version, const char *list_kind,
                               struct err *err);

/* True for kinds that end in "List". */
bool source_is_list_kind(const char *kind);

/* Makes a manifest of a node of the source, with a reference to it. Errors: ERR_NOMEM. */
MUST_CHECK int source_manifest(struct manifest_source *source, struct node node, enum manifest_form form,
                               struct manifest **ret_manifest, struct err *err);

/* Sets up source->document for what was parsed, and returns its root. */
struct node source_root(struct manifest_source *source, struct problems *problems, void *context);
struct manifest_source *source_ref(struct manifest_source *source);
void source_unref(struct manifest_source *source);

DEFINE_AUTO(manifest_source, struct manifest_source *, source_unref);

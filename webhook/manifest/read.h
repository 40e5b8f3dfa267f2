/* Reads Kubernetes objects from files, folders and standard input. Commands read all manifests with it.
 *
 *     AUTO(manifest_reader) reader = NULL;
 *     if (manifest_open(path, &options, &problems, &reader, err) < 0)
 *         return -1;
 *     for (;;) {
 *         AUTO(manifest) manifest = NULL;
 *         if (manifest_next(reader, &manifest, err) < 0)
 *             return -1;
 *         if (!manifest)
 *             break;
 *         ...
 *     }
 *
 * The input may mix YAML documents and JSON objects, which need no separator, with or without byte order marks. A
 * document has at most 8 MiB (an AdmissionReview in JSON 20 MiB); the length of a stream is not limited. The items of a
 * List, of a typed list (PodList) and of Lists within Lists are returned one by one. A List of more than 8 MiB is read
 * item by item: then an item cannot use an anchor of another item, and the apiVersion and kind of the List must precede
 * its items unless each item has a kind. YAML after a JSON object must begin on a line of its own.
 *
 * A document that begins like JSON but is not JSON, for example because a comma precedes a closing bracket, is read as
 * a YAML flow mapping, as kubectl reads it (YAMLOrJSONDecoder of k8s.io/apimachinery 0.35).
 *
 * A document that cannot be parsed is a template if it holds {{ (Helm) or {% (Jinja), if it is YAML once a word
 * replaces each ${...} (envsubst), or if it is CloudFormation with its tags. A Terraform file is one template, whatever
 * its heredocs hold. A template is not an error. The faults of other documents go to `problems`, and reading continues
 * with the next document. The rest of a file is not read after 100 problems, or if a document is too large.
 */
#pragma once

#include "json/cursor.h"

struct manifest_options {
    const char *const *suffixes; /* of the files to read in a folder, NULL-terminated; NULL means manifest_suffixes */
    enum yaml_flags flags;       /* for YAML documents */
    void *context;               /* for the decoders: document.context of each document */
};

extern const char *const manifest_suffixes[]; /* .yaml, .yml, .json */

enum manifest_form {
    MANIFEST_OBJECT,   /* a mapping; Helm values and the like are mappings without a kind */
    MANIFEST_LIST,     /* a List, returned after its items; it lacks the member `items` if it was read item by item */
    MANIFEST_OTHER,    /* a scalar or a sequence */
    MANIFEST_TEMPLATE, /* not parsed: node.value is NULL, node.mark is where it begins */
};

/* The text of a document and its value; all manifests of a document share it. */
struct manifest_source;

/* One object. Owns or shares everything that it points to. */
struct manifest {
    struct manifest_source *source;
    enum manifest_form form;
    struct node node; /* its path starts at the document (items[3]); in a List that is read item by item, at the item */
    const char *file; /* its path; "standard input" for "-" */
    /* "" if absent. An item without a kind in a typed list gets the kind that the list's kind implies (Pod for
     * PodList); an item of that kind without an apiVersion gets that of the list. Its value gets both, too. */
    const char *api_version, *kind;
    const char *name, *namespace_name; /* of its metadata */
    bool is_item;                      /* it is an item of a List */
    bool is_alone; /* no other document was read before it and, unless it is in a List that is read item by item, none
                      follows */
    bool is_json;  /* the document is JSON */
    bool is_lean;  /* an AdmissionReview that cjson_scan() refuses; its value is parsed from cjson_lean()'s text */
    const char *placeholder; /* "${" (envsubst, Terraform, a shell) or "{{" (Helm) if a string of an object holds such a
                                placeholder, else NULL */
};

struct manifest_counts {
    size_t documents; /* that are not empty, including templates and broken ones */
    size_t templates;
};

struct manifest_reader;

/* Opens a file of any name, a folder (file_list() describes which of its files are read), or standard input ("-").
 * `options` may be NULL, which means .flags = YAML_ALIASES. `problems` must outlive the reader and the manifests.
 * Errors: ERR_NOT_FOUND, ERR_IO, ERR_LIMIT, ERR_NOMEM. */
MUST_CHECK int manifest_open(const char *path, const struct manifest_options *options, struct problems *problems,
                             struct manifest_reader **ret_reader, struct err *err);

/* Like manifest_open(), for a copy of a text in memory; `file` is its name in messages. Errors: ERR_NOMEM. */
MUST_CHECK int manifest_open_text(const char *file, const char *text, size_t length,
                                  const struct manifest_options *options, struct problems *problems,
                                  struct manifest_reader **ret_reader, struct err *err);

/* Sets *ret_manifest to the next manifest, which the caller frees, or to NULL after the last. Errors: ERR_NOT_FOUND and
 * ERR_IO, after which the next call continues with the next file; ERR_NOMEM. */
MUST_CHECK int manifest_next(struct manifest_reader *reader, struct manifest **ret_manifest, struct err *err);

/* Counts what has been read so far. */
struct manifest_counts manifest_counts(const struct manifest_reader *reader);
void manifest_reader_free(struct manifest_reader *reader);
void manifest_free(struct manifest *manifest);

/* Reports as a problem that the manifest, a MANIFEST_TEMPLATE, is a template, and what to do about it. */
void manifest_refuse_template(const struct manifest *manifest);

/* Returns "${" or "{{" if the text holds such a placeholder, else NULL. */
const char *manifest_text_placeholder(const char *text);

/* True if a line of the text opens a block of Terraform: resource "aws_instance" "a" {. */
bool manifest_is_terraform(const char *text);

/* Returns the text of the document, or of the item of a List that is read item by item; NUL-terminated. */
const char *manifest_text(const struct manifest *manifest, size_t *ret_length);

/* Returns a line of the file without its line feed, or NULL if manifest_text() does not hold all of it. */
const char *manifest_line(const struct manifest *manifest, unsigned line, size_t *ret_length);

/* -- All at once -- */

struct manifests {
    struct manifest **items;
    size_t count;
};

/* Adds all manifests of a path. Errors: those of manifest_open() and manifest_next(). */
MUST_CHECK int manifests_read(struct manifests *manifests, const char *path, const struct manifest_options *options,
                              struct problems *problems, struct err *err);

/* Takes ownership of `manifest`, also on failure. Errors: ERR_NOMEM. */
MUST_CHECK int manifests_add(struct manifests *manifests, struct manifest *manifest, struct err *err);
void manifests_fini(struct manifests *manifests);

DEFINE_AUTO(manifest_reader, struct manifest_reader *, manifest_reader_free);
DEFINE_AUTO(manifest, struct manifest *, manifest_free);
DEFINE_AUTO_FINI(manifests, struct manifests, manifests_fini);

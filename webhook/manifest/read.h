/* Files, folders and standard input to Kubernetes objects: the one reader of what users give.
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
 * Read are YAML documents, JSON objects (with or without anything between them), and mixtures, with or without byte
 * order marks. A document has 8 MiB at most (an AdmissionReview 20 MiB), a stream may have any length. The items of a
 * List, of a typed list (PodList) and of Lists within Lists come one by one. A List of more than 8 MiB is taken too,
 * and only one of its items is in memory at a time; anchors of one of them are then not known in others, and it is to
 * say its kind before its items if these say none.
 *
 * A document that is no YAML, and holds {{ or ${, is a template of Helm's, Terraform's or envsubst's, and nobody's
 * mistake. All that is wrong with any other goes to `problems`, and reading goes on with the next document. */
#ifndef GPUSLICE_MANIFEST_READ_H
#define GPUSLICE_MANIFEST_READ_H

#include "json/cursor.h"

struct manifest_options {
    const char *const *suffixes; /* of the files that are read in a folder, NULL-terminated; NULL: manifest_suffixes */
    enum yaml_flags flags;       /* of YAML documents */
    void *context;               /* of every document, for decoders */
};

extern const char *const manifest_suffixes[]; /* .yaml, .yml, .json */

enum manifest_form {
    MANIFEST_OBJECT, /* a mapping; Helm values and the like are mappings without a kind */
    MANIFEST_LIST,   /* what stands around the items of a List, which came before it; of a large one without `items` */
    MANIFEST_OTHER,  /* a scalar or a sequence */
    MANIFEST_TEMPLATE, /* not read: node.value is NULL, node.mark its first line */
};

/* Where the text came from; shared by all manifests of a document. */
struct manifest_source;

/* One object with everything that it points to; keeps its address until it is freed. */
struct manifest {
    struct manifest_source *source;
    enum manifest_form form;
    struct node node; /* its path is that in its document: items[3]; of a List in pieces, that in the item */
    const char *file; /* as named, "standard input" for "-" */
    /* "" where absent. An item of a typed list that says no kind gets the kind that the list's name gives it (PodList:
     * Pod) and the list's apiVersion, as members of its value too. */
    const char *api_version, *kind;
    const char *name, *namespace_name; /* of its metadata */
    bool is_item;                      /* it stood in a List (a MANIFEST_LIST: in another) */
    bool is_alone; /* its document is the only one of all that is read, as far as can be seen: of a List in pieces what
                      follows is not known */
    bool is_json;  /* the document is JSON */
    bool is_lean;  /* an AdmissionReview that holds what jansson refuses; the value is that of cjson_lean() */
    bool has_placeholder; /* ${...} stands in a string of it: envsubst, Terraform, or a shell's variable */
};

struct manifest_counts {
    size_t documents; /* that are not empty, templates and broken ones too */
    size_t objects;   /* MANIFEST_OBJECT */
    size_t templates;
    size_t placeholders; /* objects with one */
};

struct manifest_reader;

/* `path` is a file of any name, a folder, all files of which with one of the suffixes are read (base/file.h says
 * which), or "-". `problems` lives as long as the manifests, `path` and `options` need not. Errors: ERR_NOT_FOUND,
 * ERR_IO, ERR_LIMIT, ERR_NOMEM. */
MUST_CHECK int manifest_open(const char *path, const struct manifest_options *options, struct problems *problems,
                             struct manifest_reader **ret_reader, struct err *err);

/* The same for a text in memory, with a name for messages. Errors: ERR_NOMEM. */
MUST_CHECK int manifest_open_text(const char *file, const char *text, size_t length,
                                  const struct manifest_options *options, struct problems *problems,
                                  struct manifest_reader **ret_reader, struct err *err);

/* The next one, the caller's to free; NULL after the last. Errors: ERR_NOT_FOUND, ERR_IO (the next call goes on with
 * the next file), ERR_NOMEM. */
MUST_CHECK int manifest_next(struct manifest_reader *reader, struct manifest **ret_manifest, struct err *err);

/* Of what was read so far. */
struct manifest_counts manifest_counts(const struct manifest_reader *reader);
void manifest_reader_free(struct manifest_reader *reader);
void manifest_free(struct manifest *manifest);

/* What is to be said of a template where it is of no use: a problem at its first line. */
void manifest_refuse_template(const struct manifest *manifest);

/* The bytes of the document (of a List in pieces, of the item), NUL-terminated. */
const char *manifest_text(const struct manifest *manifest, size_t *ret_length);

/* A line of the file without its line feed; NULL if it is not in the document's bytes, or not all of it. */
const char *manifest_line(const struct manifest *manifest, unsigned line, size_t *ret_length);

/* -- All at once -- */

struct manifests {
    struct manifest **items;
    size_t count;
};

/* Adds all of a path, as manifest_open() and manifest_next(). Errors: theirs. *ret_counts may be NULL. */
MUST_CHECK int manifests_read(struct manifests *manifests, const char *path, const struct manifest_options *options,
                              struct problems *problems, struct manifest_counts *ret_counts, struct err *err);

/* Takes `manifest` over, also on failure. Errors: ERR_NOMEM. */
MUST_CHECK int manifests_add(struct manifests *manifests, struct manifest *manifest, struct err *err);
void manifests_fini(struct manifests *manifests);

DEFINE_AUTO(manifest_reader, struct manifest_reader *, manifest_reader_free);
DEFINE_AUTO(manifest, struct manifest *, manifest_free);
DEFINE_AUTO_FINI(manifests, struct manifests, manifests_fini);

#endif

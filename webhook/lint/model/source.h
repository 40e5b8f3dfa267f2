/* The files that lint reads: their text, their objects, and the place of every value in them.
 *
 * Knows YAML and the outer form of Kubernetes objects (kind, name, namespace, Lists), no rule. A file that is a Helm
 * template and therefore no YAML is passed over. */
#ifndef GPUSLICE_LINT_MODEL_SOURCE_H
#define GPUSLICE_LINT_MODEL_SOURCE_H

#include "base/strlist.h"
#include "json/cursor.h"

struct lint_file {
    char *path;
    char *text;
    size_t length;
    struct yaml_documents documents;
    struct document *roots; /* one for each of the documents */
    bool template;          /* a Helm template: not read */
};

/* Documents without apiVersion and kind have "" for both: Helm values, kustomizations of old. */
struct lint_object {
    struct node node;
    const char *api_version, *kind;
    const char *name, *ns; /* "" where absent */
};

/* A document within a value: the text of a ConfigMap's key, read. */
struct embedded {
    struct yaml_documents documents;
    struct document root;
};

struct sources {
    struct lint_file **files; /* sorted by path; each keeps its address */
    size_t file_count;
    struct lint_object *objects;
    size_t object_count;
    struct embedded **embedded;
    size_t embedded_count;
};

/* Reads a file ("-": standard input), or all .yaml, .yml and .json files below a folder. What is no YAML goes to
 * `problems`, and reading goes on. Errors: ERR_NOT_FOUND, ERR_IO, ERR_LIMIT, ERR_NOMEM. */
MUST_CHECK int sources_read(struct sources *sources, const char *path, struct problems *problems, struct err *err);
void sources_fini(struct sources *sources);

/* Errors: ERR_NOMEM. Call it once all is read: finds the objects, those of Lists each. */
MUST_CHECK int sources_index(struct sources *sources, struct err *err);

/* Reads the text of a string value as YAML of its own; the marks of what comes out are those of the outer file.
 * *ret_root has no value where the text is empty. Errors: ERR_INVALID with the reason, ERR_NOMEM. */
MUST_CHECK int sources_embed(struct sources *sources, struct node text, struct node *ret_root, struct err *err);

DEFINE_AUTO_FINI(sources, struct sources, sources_fini);

#endif

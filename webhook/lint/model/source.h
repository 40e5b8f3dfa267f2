/* The files that lint reads: their text, their objects, and the place of every value in them.
 *
 * Knows YAML and the outer form of Kubernetes objects (kind, name, namespace, Lists), no rule. A file that is a Helm
 * template and therefore no YAML is passed over. */
#ifndef GPUSLICE_LINT_MODEL_SOURCE_H
#define GPUSLICE_LINT_MODEL_SOURCE_H

#include "base/strlist.h"
#include "json/yaml_read.h"

#include <stdbool.h>

struct lint_file {
    char *path;
    char *text;
    size_t length;
    struct yaml_documents documents;
    bool template; /* a Helm template: not read */
};

/* A value and its place. `value` is NULL where nothing stands; the mark is then that of what should hold it. */
struct spot {
    const struct lint_file *file;
    const json_t *value;
    const struct yaml_mark *mark;
};

/* Documents without apiVersion and kind have "" for both: Helm values, kustomizations of old. */
struct lint_object {
    struct spot spot;
    const char *api_version, *kind;
    const char *name, *ns; /* "" where absent */
};

/* A document within a value: the text of a ConfigMap's key, read. */
struct embedded {
    struct yaml_documents documents;
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

/* Reads the text of a string value as YAML of its own; the marks of what comes out are those of the outer file. `spot`
 * is NULL-valued where the text is empty. Errors: ERR_INVALID with the reason, ERR_NOMEM. */
MUST_CHECK int sources_embed(struct sources *sources, struct spot text, struct spot *ret_spot, struct err *err);

/* -- Spots -- */

/* The member; `value` NULL if absent or null. */
struct spot spot_member(struct spot object, const char *key);
/* Through objects; path ends with NULL. The mark stays that of the last value that was there. */
struct spot spot_find(struct spot object, const char *const path[]);
struct spot spot_element(struct spot array, size_t index);
size_t spot_count(struct spot array_or_object);
/* The index-th member of an object, with its key. */
struct spot spot_entry(struct spot object, size_t index, const char **ret_key);

/* "" where it is no string. */
const char *spot_text(struct spot spot);
/* A scalar's text as it would be written ("3", "true", "a"); false for anything else. */
bool spot_scalar(struct spot spot, char *ret_text, size_t size);
bool spot_integer(struct spot spot, int64_t *ret_integer);

#define SPOT_PATH(...) ((const char *const[]){__VA_ARGS__, NULL})

DEFINE_AUTO_FINI(sources, struct sources, sources_fini);

#endif

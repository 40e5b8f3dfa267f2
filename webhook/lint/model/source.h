/* The manifests that lint reads. Does not depend on rules. */
#pragma once

#include "base/strlist.h"
#include "core/kind.h"
#include "manifest/read.h"

struct sources {
    struct strlist files;      /* the files that were read, each once */
    struct manifests objects;  /* in the order of the files; Helm values and similar documents have no kind */
    struct manifests embedded; /* documents in string values of the objects */
    size_t templates;          /* the number of skipped documents: templates of Helm, Terraform or envsubst */
};

/* Reads a file ("-": standard input), or all .yaml, .yml and .json files below a folder. Text that is not YAML is added
 * to `problems`, which must outlive the sources, and reading continues. Errors: ERR_NOT_FOUND, ERR_IO, ERR_LIMIT,
 * ERR_NOMEM. */
MUST_CHECK int sources_read(struct sources *sources, const char *path, struct problems *problems, struct err *err);
void sources_fini(struct sources *sources);

/* Reads the text of a string value of `outer` as a document of its own (manifest/embed.h). *ret_root has no value if
 * the text is empty. Errors: ERR_INVALID with the reason, ERR_NOMEM. */
MUST_CHECK int sources_embed(struct sources *sources, const struct manifest *outer, struct node text,
                             struct node *ret_root, struct err *err);

/* True for an object of that kind in its API group, in any version. */
bool object_is(const struct manifest *object, struct kind kind);

/* Returns the first object of that kind and name (NULL: any name), or NULL if there is none. */
const struct manifest *sources_find(const struct sources *sources, struct kind kind, const char *name);

/* Returns the manifest whose document contains that line of the file (line 0: the first document), or NULL if there is
 * none. */
const struct manifest *manifests_at(const struct manifests *manifests, const char *file, unsigned line);

DEFINE_AUTO_FINI(sources, struct sources, sources_fini);

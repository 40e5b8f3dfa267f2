/* The rendered files. Each has a name, and consists of a comment and one object. */
#pragma once

#include "base/buf.h"
#include "base/problems.h"
#include "base/strlist.h"
#include "json/unconst.h"

#include <stdbool.h>

#define RENDER_MARKER "# Rendered by gpuslice" /* the beginning of every rendered file */

enum render_use {
    RENDER_APPLIED, /* an object that the kustomization applies */
    RENDER_EXAMPLE, /* an example object, to be copied */
    RENDER_OTHER,   /* not a Kubernetes object: Helm values, a kustomization, a part of a configuration */
};

struct render_file {
    char *name;
    char *text;
    enum render_use use;
};

struct render_files {
    struct render_file *items;
    size_t count;
    struct strlist notes; /* what was left out, and why, one line each */
};

void render_files_fini(struct render_files *files);

/* Adds the file <name>: the marker, the comment (each of its lines becomes a YAML comment) and the object. Errors:
 * ERR_LIMIT, ERR_NOMEM. */
MUST_CHECK int render_files_add(struct render_files *files, enum render_use use, const char *name, const char *comment,
                                const json_t *object, struct err *err);

/* Adds the files to `out` as one YAML stream, except those of use RENDER_OTHER. Errors: ERR_LIMIT, ERR_NOMEM. */
MUST_CHECK int render_files_stream(const struct render_files *files, struct buf *out, struct err *err);

/* The result of writing into a folder. The lists contain paths. */
struct render_folder {
    struct strlist written; /* new or changed */
    struct strlist foreign; /* have the name of a rendered file, but not its marker: left unchanged */
    struct strlist stale;   /* have the marker, but are not among the files: left unchanged */
    size_t unchanged;
};

void render_folder_fini(struct render_folder *folder);

/* Writes the files that differ into `directory`. Creates the directory if it is missing, but not its parents. If
 * `complete` is set, `files` must have everything that is rendered, and `stale` is filled. Errors: ERR_NOT_FOUND,
 * ERR_IO, ERR_LIMIT, ERR_NOMEM. */
MUST_CHECK int render_files_write(const struct render_files *files, const char *directory, bool complete,
                                  struct render_folder *ret_folder, struct err *err);

DEFINE_AUTO_FINI(render_files, struct render_files, render_files_fini);
DEFINE_AUTO_FINI(render_folder, struct render_folder, render_folder_fini);

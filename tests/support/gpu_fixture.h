/* For tests of gpu/: the built-in table, layouts as text, and a naive check of whether a layout fits. */
#pragma once

#include "gpu/layout.h"
#include "gpu/table.h"

/* Returns the built-in table; free it with gpu_table_free(). */
struct gpu_table *gpu_fixture_table(void);

/* Returns the profile of that name. Fails the test if there is none. */
const struct mig_profile *profile_named(const struct gpu_model *model, const char *name);

void layout_add(struct layout *layout, const struct mig_profile *profile, unsigned count);

/* Returns the layout of a text such as "3g.20gb:2 1g.5gb:1". */
struct layout layout_of(const struct gpu_model *model, const char *text);

/* True if counts[i] instances of each model->profiles[i] fit one GPU together. False for no instances. Does not use
 * gpu/layout: it tries every start of every instance. */
bool naive_fits(const struct gpu_model *model, const unsigned counts[]);

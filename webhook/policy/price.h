/* What a slice costs for an hour. Prices are whole micro-dollars, so that every build compares them alike. */
#pragma once

#include "policy/class.h"

enum { PRICE_TEXT_SIZE = 32 };

/* Decodes a price as SliceClass writes it, "0.18", into an int64_t of micro-dollars. */
void decode_price(const struct node *node, void *target);

/* Returns the lowest price of a slice among the pool's instance types, or 0 if no price is known, and sets *ret_type to
 * the type that has it (NULL if unknown). An instance costs what nodes.overlay says, or else what it does on demand in
 * us-east-1 (gpu/table.h); spot prices are not known. All slices of the node are in use: those of one GPU share its
 * price; those of a MIG layout in proportion to their memory. `profile` is NULL without MIG. */
int64_t pool_slice_price(const struct pool *pool, const struct mig_profile *profile,
                         const struct gpu_instance_type **ret_type);

/* Writes dollars, "0.1753", or "not known" for 0. */
void price_text(int64_t microdollars, char text[PRICE_TEXT_SIZE]);

/* Adds where the price of the class comes from: "spec.price", "g4dn.xlarge of t4-thirds, full, on demand", or nothing
 * if it is not known. */
void price_add_source(const struct slice_class *slice_class, struct buf *out);

/* Adds what a slice of the class costs on the nodes of that pool, which is one of its own: "$0.1753 an hour,
 * g4dn.xlarge of t4-thirds, full, on demand", or "not known, on t4-thirds". Returns true if the price comes from the
 * table. */
bool price_add_pool(const struct slice_class *slice_class, const struct pool *pool, struct buf *out);

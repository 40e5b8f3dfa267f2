/* What a slice costs for an hour. Prices are whole micro-dollars, so that every build compares them alike. */
#pragma once

#include "policy/pool.h"

enum { PRICE_TEXT_SIZE = 32 };

/* Decodes a price as SliceClass writes it, "0.18", into an int64_t of micro-dollars. */
void decode_price(const struct node *node, void *target);

/* Returns the lowest price of a slice among the pool's instance types, on demand in us-east-1 (gpu/table.h), or 0 if
 * the table has no price for any of them. The slices of one GPU share its price; those of a MIG layout in proportion to
 * their memory. `profile` is NULL without MIG. */
int64_t pool_slice_price(const struct pool *pool, const struct mig_profile *profile);

/* Writes dollars, "0.1753", or "unknown" for 0. */
void price_text(int64_t microdollars, char text[PRICE_TEXT_SIZE]);

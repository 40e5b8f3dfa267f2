/* Part of explain.c: the classes that a choice by memory was made among. */
#pragma once

#include "admission/model/decision.h"

/* Adds a line for each class of the set: its memory, price and isolation, and why it was not chosen. Adds nothing if
 * memory did not choose the class. */
void explain_candidates(const struct decision *decision, struct buf *out);

/* The version of this program. The Makefile sets it when it compiles version.c. */
#pragma once

extern const char *const program_version;
extern const char *const program_commit; /* 12 hexadecimal digits, or "unknown" outside a git checkout */

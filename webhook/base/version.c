/* The only file that a new commit compiles again. */
#include "base/version.h"

const char *const program_version = GPUSLICE_VERSION;
const char *const program_commit = GPUSLICE_COMMIT;

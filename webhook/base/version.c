/* In a file of its own, so that a new commit recompiles nothing else. */
#include "base/version.h"

const char *const program_version = GPUSLICE_VERSION;
const char *const program_commit = GPUSLICE_COMMIT;

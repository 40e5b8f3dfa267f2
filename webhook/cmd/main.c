/* The door. The subcommands come with the modules that they need. */
#include <stdio.h>

int main(void)
{
    (void)printf("gpuslice %s (commit %s)\n", GPUSLICE_VERSION, GPUSLICE_COMMIT);
    return 0;
}

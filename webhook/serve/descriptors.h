/* How the process's file descriptors are shared out, so that no listener takes those that another one needs. */
#ifndef GPUSLICE_SERVE_DESCRIPTORS_H
#define GPUSLICE_SERVE_DESCRIPTORS_H

enum descriptors_use {
    DESCRIPTORS_OF_REVIEWS, /* connections to /mutate and /advise: 11 of 16 */
    DESCRIPTORS_OF_PROBES,  /* connections to /livez, /readyz, /metrics: 1 of 16; as many are closing at times */
    DESCRIPTORS_USES
};

/* The share in RLIMIT_NOFILE's soft limit; UINT_MAX where there is no limit. The rest is for files, the Kubernetes API
 * and connections that are closing. */
unsigned descriptors_for(enum descriptors_use use);

#endif

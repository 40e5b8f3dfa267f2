/* Divides the file descriptors of the process, so that no listener takes those that another one needs. */
#ifndef GPUSLICE_SERVE_DESCRIPTORS_H
#define GPUSLICE_SERVE_DESCRIPTORS_H

enum descriptors_use {
    DESCRIPTORS_OF_REVIEWS = 11, /* of 16: connections to /mutate and /advise */
    DESCRIPTORS_OF_PROBES = 1,   /* of 16: connections to /livez, /readyz, /metrics; as many again may be closing */
};

/* Returns the share of RLIMIT_NOFILE's soft limit, or UINT_MAX if there is no limit. The rest is for files, the
 * Kubernetes API and connections that are closing. */
unsigned descriptors_for(enum descriptors_use use);

#endif

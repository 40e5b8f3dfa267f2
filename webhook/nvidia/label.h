/* Labels that NVIDIA's software writes on nodes. */
#pragma once

#include <stdbool.h>

/* True for labels that GPU feature discovery, node feature discovery or the MIG manager write on a running node, so
 * that Karpenter cannot know them beforehand. Source: k8s-device-plugin v0.20.0 docs/gpu-feature-discovery,
 * gpu-operator v26.7. */
bool nvidia_label_is_discovered(const char *key);

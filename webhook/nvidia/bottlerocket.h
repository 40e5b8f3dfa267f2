/* The settings of a Bottlerocket node that share or partition its GPUs. They are TOML in the user data of its
 * EC2NodeClass: the device plugin and the MIG manager are services of the host there and read no ConfigMap.
 *
 * Source: bottlerocket.dev, settings.kubelet-device-plugins.nvidia (1.54); defaults: bottlerocket-core-kit,
 * packages/nvidia-k8s-device-plugin/nvidia-k8s-device-plugin-conf.in. */
#pragma once

#include "base/buf.h"
#include "base/toml.h"

#include <stdint.h>

#define BOTTLEROCKET_PLUGINS "settings.kubelet-device-plugins"
#define BOTTLEROCKET_NVIDIA  BOTTLEROCKET_PLUGINS ".nvidia"

enum { BOTTLEROCKET_PROFILES_MAX = 16, BOTTLEROCKET_REPLICAS = 2, BOTTLEROCKET_UNREADABLE = -1 };

enum bottlerocket_sharing { BOTTLEROCKET_WHOLE, BOTTLEROCKET_TIME_SLICING, BOTTLEROCKET_MPS };

struct bottlerocket_profile {
    char gpu[TOML_TEXT_SIZE]; /* a100.40gb */
    char profile[TOML_TEXT_SIZE];
};

struct bottlerocket_settings {
    enum bottlerocket_sharing sharing;
    bool partitioned;
    int64_t replicas; /* of the kind of sharing; by default 2; BOTTLEROCKET_UNREADABLE if it is not a number above 0 */
    bool rename;      /* by default true */
    struct bottlerocket_profile profiles[BOTTLEROCKET_PROFILES_MAX];
    size_t profile_count;
};

/* Returns false if the user data is not TOML; then *ret_settings is not set. */
bool bottlerocket_read(const char *user_data, struct bottlerocket_settings *ret_settings);

/* Returns the MIG profile for the GPU, or NULL. `gpu` is Bottlerocket's name of it, which the GPU table has
 * (bottlerocket_model: "rtxpro6000.96gb"). */
const char *bottlerocket_profile(const struct bottlerocket_settings *settings, const char *gpu);

/* Adds the user data without the settings below BOTTLEROCKET_NVIDIA. Returns false if it is not TOML, or if these
 * settings share a statement with others. */
bool bottlerocket_without(const char *user_data, struct buf *out);

/* Reads and removes the settings of NVIDIA's device plugin in user data. */
#include "nvidia/bottlerocket.h"

#include "base/text.h"

#include <string.h>

#define PROFILES BOTTLEROCKET_NVIDIA ".mig.profile."

struct reading {
    struct bottlerocket_settings settings;
    int64_t replicas[BOTTLEROCKET_MPS + 1]; /* by kind of sharing */
    bool rename[BOTTLEROCKET_MPS + 1];
};

static const char *const kinds[] = {"none", "time-slicing", "mps"};

/* Reads a number, which may have underscores between its digits. */
static int64_t read_replicas(const char *text)
{
    int64_t number = 0;
    for (text += *text == '+'; *text; text++) {
        if (*text == '_')
            continue;
        if (*text < '0' || *text > '9' || number > INT32_MAX)
            return BOTTLEROCKET_UNREADABLE;
        number = number * 10 + (*text - '0');
    }
    return number > 0 ? number : BOTTLEROCKET_UNREADABLE;
}

static void add_profile(struct bottlerocket_settings *settings, const char *gpu, const char *profile)
{
    if (settings->profile_count == BOTTLEROCKET_PROFILES_MAX)
        return;
    struct bottlerocket_profile *added = &settings->profiles[settings->profile_count++];
    text_copy(added->gpu, sizeof(added->gpu), gpu);
    text_copy(added->profile, sizeof(added->profile), profile);
}

static void take_sharing(struct reading *reading, const char *key, const char *value)
{
    for (enum bottlerocket_sharing kind = BOTTLEROCKET_TIME_SLICING; kind <= BOTTLEROCKET_MPS; kind++) {
        size_t length = strlen(kinds[kind]);
        if (strcmp(key, "device-sharing-strategy") == 0 && strcmp(value, kinds[kind]) == 0)
            reading->settings.sharing = kind;
        if (strncmp(key, kinds[kind], length) != 0)
            continue;
        if (strcmp(key + length, ".replicas") == 0)
            reading->replicas[kind] = read_replicas(value);
        if (strcmp(key + length, ".rename-by-default") == 0)
            reading->rename[kind] = strcmp(value, "false") != 0;
    }
}

static void take_entry(const struct toml_entry *entry, void *context)
{
    struct reading *reading = context;
    if (!entry->value || !text_begins(entry->path, BOTTLEROCKET_NVIDIA "."))
        return;

    const char *key = entry->path + strlen(BOTTLEROCKET_NVIDIA ".");
    if (text_begins(entry->path, PROFILES))
        add_profile(&reading->settings, entry->path + strlen(PROFILES), entry->value);
    else if (strcmp(key, "device-partitioning-strategy") == 0)
        reading->settings.partitioned = strcmp(entry->value, "none") != 0;
    else
        take_sharing(reading, key, entry->value);
}

bool bottlerocket_read(const char *user_data, struct bottlerocket_settings *ret_settings)
{
    struct reading reading = {.replicas = {1, BOTTLEROCKET_REPLICAS, BOTTLEROCKET_REPLICAS},
                              .rename = {false, true, true}};
    if (!toml_read(user_data, take_entry, &reading))
        return false;
    reading.settings.replicas = reading.replicas[reading.settings.sharing];
    reading.settings.rename = reading.rename[reading.settings.sharing];
    *ret_settings = reading.settings;
    return true;
}

const char *bottlerocket_profile(const struct bottlerocket_settings *settings, const char *gpu)
{
    for (size_t i = 0; i < settings->profile_count; i++) {
        if (strcmp(settings->profiles[i].gpu, gpu) == 0)
            return settings->profiles[i].profile;
    }
    return NULL;
}

struct removal {
    struct buf *out;
    const char *rest; /* what has not been added yet begins here */
    const char *kept; /* the beginning of the last statement with another setting */
    const char *gone; /* and of the last one that is removed */
    bool clean;
};

/* True for the settings of the plugin; its table and those above it hold nothing of their own. */
static bool is_plugin(const struct toml_entry *entry)
{
    size_t length = strlen(BOTTLEROCKET_NVIDIA);
    return strncmp(entry->path, BOTTLEROCKET_NVIDIA, length) == 0 &&
           (entry->path[length] == '.' || entry->path[length] == '\0');
}

static void remove_entry(const struct toml_entry *entry, void *context)
{
    struct removal *removal = context;
    bool gone = is_plugin(entry) || (entry->table && strcmp(entry->path, BOTTLEROCKET_PLUGINS) == 0);
    *(gone ? &removal->gone : &removal->kept) = entry->begin;
    if ((removal->gone && removal->gone == removal->kept) ||
        (!gone && text_begins(entry->path, BOTTLEROCKET_PLUGINS ".")))
        removal->clean = false;
    if (!gone || entry->begin < removal->rest)
        return;
    buf_add(removal->out, removal->rest, (size_t)(entry->begin - removal->rest));
    removal->rest = entry->end;
}

bool bottlerocket_without(const char *user_data, struct buf *out)
{
    struct removal removal = {.out = out, .rest = user_data, .clean = true};
    if (!toml_read(user_data, remove_entry, &removal) || !removal.clean)
        return false;
    buf_add_string(out, removal.rest);
    return strstr(buf_text(out), "kubelet-device-plugins") == NULL; /* what is left must not conflict with settings */
}

/* Settings of Bottlerocket, as people write them: every form of TOML that means the same, and defaults. */
#include "nvidia/bottlerocket.h"
#include "tests/support/check.h"

#include <stdio.h>

#define TOP "[" BOTTLEROCKET_NVIDIA "]\n"
#define TS  "[" BOTTLEROCKET_NVIDIA ".time-slicing]\n"

TEST(bottlerocket_read__forms_of_toml__same_settings)
{
    static const struct {
        const char *text;
        int sharing;
        int64_t replicas;
        bool rename;
    } cases[] = {
        {TOP "device-sharing-strategy = \"time-slicing\"\n", BOTTLEROCKET_TIME_SLICING, 2, true},
        {TOP "device-sharing-strategy = \"mps\"\n", BOTTLEROCKET_MPS, 2, true},
        {TOP "device-sharing-strategy = \"time-slicing\"\n" TS "replicas = 4\n", BOTTLEROCKET_TIME_SLICING, 4, true},
        {TOP "device-sharing-strategy = \"time-slicing\" # share\n" TS "replicas = 4 # four\nrename-by-default = false "
             "# keep\n",
         BOTTLEROCKET_TIME_SLICING, 4, false},
        {"[settings]\nkubelet-device-plugins = {nvidia = {device-sharing-strategy = 'time-slicing', time-slicing = "
         "{replicas = 3, rename-by-default = false}}}\n",
         BOTTLEROCKET_TIME_SLICING, 3, false},
        {BOTTLEROCKET_NVIDIA ".device-sharing-strategy = \"mps\"\n" BOTTLEROCKET_NVIDIA ".mps.replicas = 1_0\n",
         BOTTLEROCKET_MPS, 10, true},
        {"[\"settings\" . kubelet-device-plugins.'nvidia']\r\ndevice-sharing-strategy=\"mps\"\r\nmps={replicas=8}\r\n",
         BOTTLEROCKET_MPS, 8, true},
        {"[settings.host-containers.admin]\nuser-data = \"\"\"\n[" BOTTLEROCKET_NVIDIA "]\ndevice-sharing-strategy = "
         "\"mps\"\n\"\"\"\n[settings.ntp]\ntime-servers = [\n  \"a#]\", # one\n  'b',\n]\n",
         BOTTLEROCKET_WHOLE, 1, false},
        {TOP "# device-sharing-strategy = \"mps\"\ndevice-sharing-strategy = \"none\"\n" TS "replicas = 4\n",
         BOTTLEROCKET_WHOLE, 1, false},
        {TOP "device-sharing-strategy = \"mps\"\n" TS "replicas = 4\nrename-by-default = false\n", BOTTLEROCKET_MPS, 2,
         true},
        {TOP "device-sharing-strategy = \"time-slicing\"\n" TS "replicas = \"many\"\n", BOTTLEROCKET_TIME_SLICING,
         BOTTLEROCKET_UNREADABLE, true},
        {"", BOTTLEROCKET_WHOLE, 1, false},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct bottlerocket_settings settings;
        if (!bottlerocket_read(cases[i].text, &settings))
            fail_msg("case %zu is not read:\n%s", i, cases[i].text);
        if ((int)settings.sharing != cases[i].sharing || settings.replicas != cases[i].replicas ||
            settings.rename != cases[i].rename)
            fail_msg("case %zu: sharing %d, %lld replicas, rename %d:\n%s", i, (int)settings.sharing,
                     (long long)settings.replicas, settings.rename, cases[i].text);
    }
}

TEST(bottlerocket_read__not_toml__false)
{
    static const char *const texts[] = {
        "#!/bin/bash\necho a\n", "a = \n",     "a = 1 b = 2\n",      "[a\n", "a = \"b\n", "a = {b = 1\n",
        "a = [1, 2\n",           "a = '''b\n", "MIME-Version: 1.0\n"};
    struct bottlerocket_settings settings;
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        if (bottlerocket_read(texts[i], &settings))
            fail_msg("read: %s", texts[i]);
    }
}

TEST(bottlerocket_profile__by_bottlerockets_name_of_the_gpu)
{
    struct bottlerocket_settings settings;
    assert_true(bottlerocket_read(TOP "device-partitioning-strategy = \"mig\"\n[" BOTTLEROCKET_NVIDIA
                                      ".mig.profile]\n\"a100.40gb\" = \"1g.5gb\"\n\"h100.80gb\" = \"1g.10gb\"\n",
                                  &settings));
    assert_true(settings.partitioned);
    assert_string_equal(bottlerocket_profile(&settings, "a100.40gb"), "1g.5gb");
    assert_string_equal(bottlerocket_profile(&settings, "h100.80gb"), "1g.10gb");
    assert_null(bottlerocket_profile(&settings, "a100.80gb"));
}

TEST(bottlerocket_without__own_settings_stay)
{
    static const struct {
        const char *text, *rest; /* rest is NULL if the settings cannot be taken out */
    } cases[] = {
        {"[settings.ntp]\na = 1\n" TOP "device-sharing-strategy = \"mps\" # x\n" TS "replicas = 4\n[settings.kernel]\n"
         "b = 2\n",
         "[settings.ntp]\na = 1\n[settings.kernel]\nb = 2\n"},
        {TOP "device-sharing-strategy = \"mps\"", ""},
        {"a = 1\n", "a = 1\n"},
        {"", ""},
        {"[" BOTTLEROCKET_PLUGINS "]\nnvidia = {device-sharing-strategy = 'mps'}\n", ""},
        {"[settings]\nkubelet-device-plugins = {nvidia = {mps = {replicas = 3}}}\nmotd = 'a'\n",
         "[settings]\nmotd = 'a'\n"},
        {"settings = {motd = 'a', kubelet-device-plugins = {nvidia = {mps = {replicas = 3}}}}\n", NULL},
        {"[" BOTTLEROCKET_PLUGINS "]\nneuron = 1\nnvidia = {}\n", NULL},
        {"not toml", NULL},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(buf) out;
        buf_init(&out, 4096);
        bool clean = bottlerocket_without(cases[i].text, &out);
        if (clean != (cases[i].rest != NULL))
            fail_msg("case %zu: %d:\n%s", i, clean, cases[i].text);
        if (clean)
            check_text(cases[i].text, buf_text(&out), cases[i].rest);
    }
}

/* `gpuslice gpu fit`: its drawings, JSON and messages. tests/unit/gpu/test_layout.c and test_demand.c test what
 * fits. */
#include "json/unconst.h"
#include "tests/support/check.h"
#include "tests/support/cli.h"
#include "tests/support/temp_dir.h"

#define H100_FITS "Fits one h100-80gb: 1g.10gb x3 + 3g.40gb x1\n\n"

static const char h100_ascii[] = H100_FITS
    "0        1        2        3        4        5        6        7\n"
    "+--------+--------+--------+--------+-----------------------------------+\n"
    "|1g.10gb |1g.10gb |1g.10gb | unused |              3g.40gb              |\n"
    "|9984 MiB|9984 MiB|9984 MiB|        |             40448 MiB             |\n"
    "+--------+--------+--------+--------+-----------------------------------+\n"
    "\n"
    "It takes 7 of 8 memory units, 6 of 7 compute slices, 4 of 7 GPU instances, 6 of 7 video decoders (NVDEC), 6 of 7 "
    "JPEG engines.\n"
    "It also has room for 1g.10gb x1, or 1g.10gb+me x1.\n";

static const char h100_lines[] = H100_FITS
    "0        1        2        3        4        5        6        7\n"
    "┌────────┬────────┬────────┬────────┬───────────────────────────────────┐\n"
    "│1g.10gb │1g.10gb │1g.10gb │ unused │              3g.40gb              │\n"
    "│9984 MiB│9984 MiB│9984 MiB│        │             40448 MiB             │\n"
    "└────────┴────────┴────────┴────────┴───────────────────────────────────┘\n"
    "\n"
    "It takes 7 of 8 memory units, 6 of 7 compute slices, 4 of 7 GPU instances, 6 of 7 video decoders (NVDEC), 6 of 7 "
    "JPEG engines.\n"
    "It also has room for 1g.10gb x1, or 1g.10gb+me x1.\n";

static const char a30_full[] =
    "Fits one a30-24gb: 2g.12gb+me x1 + 1g.6gb x2\n\n"
    "0                 1                 2                 3\n"
    "+-----------------------------------+-----------------+-----------------+\n"
    "|            2g.12gb+me             |     1g.6gb      |     1g.6gb      |\n"
    "|             11672 MiB             |    5836 MiB     |    5836 MiB     |\n"
    "+-----------------------------------+-----------------+-----------------+\n"
    "\n"
    "It takes 4 of 4 memory units, 4 of 4 compute slices, 3 of 4 GPU instances, 2 of 4 video decoders (NVDEC), 1 of 1 "
    "JPEG engines, 1 of 1 optical flow engines (OFA).\n"
    "Nothing else fits.\n";

static const char rtx_in_twelve_units[] =
    "Fits one rtx-pro-6000-blackwell-96gb: 1g.24gb+me.all x1 + 1g.24gb-me x2\n\n"
    "0     1     2     3     4     5     6     7     8     9     10    11\n"
    "+-----------------+-----------------+-----------------+-----------------+\n"
    "| 1g.24gb+me.all  |   1g.24gb-me    |   1g.24gb-me    |     unused      |\n"
    "|    24192 MiB    |    24192 MiB    |    24192 MiB    |                 |\n"
    "+-----------------+-----------------+-----------------+-----------------+\n"
    "\n"
    "It takes 9 of 12 memory units, 3 of 4 compute slices, 3 of 4 GPU instances, 4 of 4 video decoders (NVDEC), 4 of 4 "
    "video encoders (NVENC), 4 of 4 JPEG engines, 1 of 1 optical flow engines (OFA).\n"
    "It also has room for 1g.24gb-me x1.\n";

/* The longest name is split in two, because it is wider than its box. */
static const char several_gpus[] =
    "Does not fit one h100-80gb: 3g.40gb x2 + 1g.10gb+me x1 need 9 of 8 memory units; 3g.40gb x2 would fit.\n"
    "It needs 2 GPUs at least, cut in different ways:\n"
    "\n1 GPU cut into 3g.40gb x1 + 1g.10gb+me x1:\n"
    "0        1        2        3        4        5        6        7\n"
    "+-----------------------------------+--------+--------------------------+\n"
    "|              3g.40gb              |1g.10gb |          unused          |\n"
    "|                                   |  +me   |                          |\n"
    "|             40448 MiB             |9984 MiB|                          |\n"
    "+-----------------------------------+--------+--------------------------+\n"
    "\n1 GPU cut into 3g.40gb x1:\n"
    "0        1        2        3        4        5        6        7\n"
    "+-----------------------------------+-----------------------------------+\n"
    "|              3g.40gb              |              unused               |\n"
    "|             40448 MiB             |                                   |\n"
    "+-----------------------------------+-----------------------------------+\n"
    "\nA pool cuts all of its GPUs alike. For one pool the best layout needs 2 GPUs too:\n"
    "\n2 GPUs, each cut into 3g.40gb x1 + 1g.10gb+me x1:\n"
    "0        1        2        3        4        5        6        7\n"
    "+-----------------------------------+--------+--------------------------+\n"
    "|              3g.40gb              |1g.10gb |          unused          |\n"
    "|                                   |  +me   |                          |\n"
    "|             40448 MiB             |9984 MiB|                          |\n"
    "+-----------------------------------+--------+--------------------------+\n";

static const char all_alike[] =
    "Does not fit one a30-24gb: 4g.24gb x3: a GPU of model a30-24gb has at most 1 of them; 4g.24gb x1 would fit.\n"
    "It needs 3 GPUs at least, all cut alike:\n"
    "\n3 GPUs, each cut into 4g.24gb x1:\n"
    "0                 1                 2                 3\n"
    "+-----------------------------------------------------------------------+\n"
    "|                                4g.24gb                                |\n"
    "|                               23344 MiB                               |\n"
    "+-----------------------------------------------------------------------+\n";

static const char pool_of_the_policies[] =
    "Pool h100-balanced (policies/pools/h100-balanced.yaml:5): each h100-80gb is cut into 1g.10gb x2 + 2g.20gb x1 + "
    "3g.40gb x1\n\n"
    "0        1        2        3        4        5        6        7\n"
    "+--------+--------+-----------------+-----------------------------------+\n"
    "|1g.10gb |1g.10gb |     2g.20gb     |              3g.40gb              |\n"
    "|9984 MiB|9984 MiB|    20096 MiB    |             40448 MiB             |\n"
    "+--------+--------+-----------------+-----------------------------------+\n"
    "\n"
    "It takes 8 of 8 memory units, 7 of 7 compute slices, 4 of 7 GPU instances, 7 of 7 video decoders (NVDEC), 7 of 7 "
    "JPEG engines.\n"
    "Nothing else fits.\n";

static void expect(const char *const arguments[], int status, const char *out, const char *errors)
{
    AUTO(program_output) output = {0};
    cli_run(arguments, NULL, &output);
    check_text("errors", buf_text(&output.errors), errors);
    check_text("out", buf_text(&output.out), out);
    assert_int_equal(output.status, status);
}

TEST(gpu_fit__mixes__drawing_and_what_else_fits)
{
    static const struct {
        const char *const arguments[8];
        const char *out;
        int status;
    } cases[] = {
        {{"gpu", "fit", "--gpu", "h100-80gb", "1g.10gb=3", "3g.40gb=1"}, h100_ascii, 0},
        {{"gpu", "fit", "-g", "h100-80gb", "1g.10gb=1", "1g.10gb", "1g.10gb", "3g.40gb"}, h100_ascii, 0},
        {{"gpu", "fit", "--gpu", "a30-24gb", "2g.12gb+me", "1g.6gb=2"}, a30_full, 0},
        {{"gpu", "fit", "--gpu", "rtx-pro-6000-blackwell-96gb", "1g.24gb+me.all", "1g.24gb-me=2"},
         rtx_in_twelve_units,
         0},
        {{"gpu", "fit", "--gpu", "h100-80gb", "3g.40gb=2", "1g.10gb+me"}, several_gpus, 1},
        {{"gpu", "fit", "--gpu", "a30-24gb", "4g.24gb=3"}, all_alike, 1},
        {{"gpu", "fit", "--pool", "h100-balanced"}, pool_of_the_policies, 0},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const char *arguments[ARRAY_SIZE(cases[i].arguments) + 1] = {NULL};
        memcpy(arguments, cases[i].arguments, sizeof(cases[i].arguments));
        expect(arguments, cases[i].status, cases[i].out, "");
    }
}

TEST(gpu_fit__utf8_locale__box_drawing_characters)
{
    assert_int_equal(setenv("LC_ALL", "C.UTF-8", 1), 0);
    expect((const char *[]){"gpu", "fit", "--gpu", "h100-80gb", "1g.10gb=3", "3g.40gb=1", NULL}, 0, h100_lines, "");
    assert_int_equal(setenv("LC_ALL", "C", 1), 0);
}

TEST(gpu_fit__terminal__coloured_unless_no_color)
{
    const char *const arguments[] = {"gpu", "fit", "--gpu", "a30-24gb", "2g.12gb", "1g.6gb", NULL};
    AUTO(buf) coloured;
    AUTO(buf) plain;
    buf_init(&coloured, 1 << 16);
    buf_init(&plain, 1 << 16);
    assert_int_equal(setenv("TERM", "xterm", 1), 0);
    assert_int_equal(unsetenv("NO_COLOR"), 0);
    assert_int_equal(cli_run_on_terminal(arguments, &coloured), 0);
    assert_int_equal(setenv("NO_COLOR", "1", 1), 0);
    assert_int_equal(cli_run_on_terminal(arguments, &plain), 0);
    assert_non_null(strstr(buf_text(&coloured), "|              \033[33m2g.12gb\033[0m              |     "
                                                "\033[36m1g.6gb\033[0m      |     \033[2munused\033[0m      |\n"));
    assert_non_null(strstr(buf_text(&plain), "|              2g.12gb              |     1g.6gb      |     unused      "
                                             "|\n"));
    assert_null(strchr(buf_text(&plain), '\033'));
}

TEST(gpu_fit__wrong_input__message_and_status_2)
{
    static const struct {
        const char *const arguments[8];
        const char *error;
    } cases[] = {
        {{"gpu", "fit", "--gpu", "h100-80", "1g.10gb"},
         "gpuslice: the table has no GPU \"h100-80\"; did you mean \"h100-80gb\"? `gpuslice gpu list` prints all\n"},
        {{"gpu", "fit", "--gpu", "t4", "1g.10gb"}, "gpuslice: the t4 has no MIG: it has no profiles to fit\n"},
        {{"gpu", "fit", "--gpu", "a30-24gb", "1g.5gb"},
         "gpuslice: \"1g.5gb\" is not a MIG profile of the a30-24gb, which has 1g.6gb, 1g.6gb+me, 2g.12gb, "
         "2g.12gb+me, 4g.24gb\n"},
        {{"gpu", "fit", "--gpu", "a30-24gb", "1g.6gb=0"},
         "gpuslice: 1g.6gb=0: the count must be a whole number from 1 to 10000, as in 1g.6gb=2\n"},
        {{"gpu", "fit", "--gpu", "a30-24gb", "1g.6gb="},
         "gpuslice: 1g.6gb=: the count must be a whole number from 1 to 10000, as in 1g.6gb=2\n"},
        {{"gpu", "fit", "--gpu", "a30-24gb", "1g.6gb=-1"},
         "gpuslice: 1g.6gb=-1: the count must be a whole number from 1 to 10000, as in 1g.6gb=2\n"},
        {{"gpu", "fit", "--gpu", "a30-24gb", "1g.6gb=2x"},
         "gpuslice: 1g.6gb=2x: the count must be a whole number from 1 to 10000, as in 1g.6gb=2\n"},
        {{"gpu", "fit", "--gpu", "a30-24gb", "1g.6gb=99999999999999999999"},
         "gpuslice: 1g.6gb=99999999999999999999: the count must be a whole number from 1 to 10000, as in 1g.6gb=2\n"},
        {{"gpu", "fit", "--gpu", "a30-24gb", "1g.6gb=9999", "2g.12gb=2"},
         "gpuslice: 10001 slices are more than can be planned; ask for at most 10000\n"},
        {{"gpu", "fit", "--pool", "t4-thirds"},
         "gpuslice: pool t4-thirds (policies/pools/t4-thirds.yaml:5) does not partition its GPUs by MIG: it has no layout\n"},
        {{"gpu", "fit", "--pool", "h100-balance"},
         "gpuslice: the policies have no SlicePool \"h100-balance\"; they have h100-balanced, a100-7x1g5gb, "
         "a10g-halves, h100-7x1g10gb, h200-7x1g18gb, l4-quarters, l4-whole, rtx6000-4x1g24gb, t4-thirds\n"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const char *arguments[ARRAY_SIZE(cases[i].arguments) + 1] = {NULL};
        memcpy(arguments, cases[i].arguments, sizeof(cases[i].arguments));
        expect(arguments, 2, "", cases[i].error);
    }
}

TEST(gpu_fit__policies_that_do_not_load__status_2)
{
    AUTO(temp_dir) folder = temp_dir_new();
    AUTO(program_output) output = {0};
    AUTO(string) missing = temp_path(folder, "missing");
    cli_run((const char *[]){"gpu", "fit", "--pool", "a", "-p", missing, NULL}, NULL, &output);
    assert_int_equal(output.status, 2);
    assert_non_null(strstr(buf_text(&output.errors), "No such file or directory"));
}

/* Runs gpuslice and compares its JSON, printed compactly, with `expected`. */
static void expect_json(const char *const arguments[], int status, const char *expected)
{
    AUTO(program_output) output = {0};
    json_error_t error;
    cli_run(arguments, NULL, &output);
    AUTO(json) document = json_loads(buf_text(&output.out), 0, &error);
    AUTO(string) compact = document ? json_dumps(document, JSON_COMPACT) : NULL;
    check_json("json", compact ? compact : buf_text(&output.out), expected);
    assert_int_equal(output.status, status);
}

TEST(gpu_fit__json__one_shape_for_all_answers)
{
    expect_json(
        (const char *[]){"gpu", "fit", "--gpu", "a30-24gb", "-o", "json", "2g.12gb", "1g.6gb", NULL}, 0,
        JSON({"gpu":"a30-24gb","demand":{"2g.12gb":1,"1g.6gb":1},"fits":true,"nearest":{"2g.12gb":1,"1g.6gb":1},
              "needed":{"memoryUnits":{"needed":3,"available":4},"computeSlices":{"needed":3,"available":4},
               "instances":{"needed":2,"available":4},"nvdec":{"needed":2,"available":4},
               "jpeg":{"needed":0,"available":1},"ofa":{"needed":0,"available":1}},
              "beside":{"1g.6gb":1,"1g.6gb+me":1},"gpus":1,"atLeast":1,
              "layouts":[{"gpus":1,"profiles":{"2g.12gb":1,"1g.6gb":1},
                "placements":[{"profile":"2g.12gb","start":0,"memoryUnits":2},
                 {"profile":"1g.6gb","start":2,"memoryUnits":1}]}],
              "repeated":{"gpus":1,"profiles":{"2g.12gb":1,"1g.6gb":1},
               "placements":[{"profile":"2g.12gb","start":0,"memoryUnits":2},
                {"profile":"1g.6gb","start":2,"memoryUnits":1}]}}));
    expect_json(
        (const char *[]){"gpu", "fit", "--gpu", "a30-24gb", "-o", "json", "4g.24gb", "1g.6gb", NULL}, 1,
        JSON({"gpu":"a30-24gb","demand":{"4g.24gb":1,"1g.6gb":1},"fits":false,
              "why":"4g.24gb x1 + 1g.6gb x1 need 5 of 4 memory units; 4g.24gb x1 would fit","nearest":{"4g.24gb":1},
              "needed":{"memoryUnits":{"needed":5,"available":4},"computeSlices":{"needed":5,"available":4},
               "instances":{"needed":2,"available":4},"nvdec":{"needed":4,"available":4},
               "jpeg":{"needed":1,"available":1},"ofa":{"needed":1,"available":1}},
              "beside":{},"gpus":2,"atLeast":2,
              "layouts":[{"gpus":1,"profiles":{"1g.6gb":1},
                "placements":[{"profile":"1g.6gb","start":0,"memoryUnits":1}]},
               {"gpus":1,"profiles":{"4g.24gb":1},"placements":[{"profile":"4g.24gb","start":0,"memoryUnits":4}]}],
              "repeated":null}));
}

TEST(gpu_fit_and_probe__help__usage_and_example)
{
    static const char *const actions[] = {"fit", "probe"};
    for (size_t i = 0; i < ARRAY_SIZE(actions); i++) {
        AUTO(program_output) output = {0};
        char usage[64];
        (void)snprintf(usage, sizeof(usage), "Usage: gpuslice gpu %s [OPTION...]", actions[i]);
        cli_run((const char *[]){"gpu", actions[i], "--help", NULL}, NULL, &output);
        assert_int_equal(output.status, 0);
        assert_memory_equal(buf_text(&output.out), usage, strlen(usage));
        assert_non_null(strstr(buf_text(&output.out), "Examples:\n  gpuslice gpu "));
    }
}

BEFORE_TESTS()
{
    (void)setenv("LC_ALL", "C", 1);
}

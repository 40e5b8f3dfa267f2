/* `gpuslice gpu probe` on simulated GPUs (tests/nvml). */
#include "gpu/table_data.h"
#include "json/unconst.h"
#include "tests/support/check.h"
#include "tests/support/cli.h"

#include <string.h>

/* Returns the path of a library, which make puts next to the program under test; free() it. */
static char *library_path(const char *name)
{
    const char *binary = getenv("GPUSLICE_BIN");
    if (!binary || !*binary)
        binary = "build/gcc/gpuslice";
    const char *slash = strrchr(binary, '/');
    char *path = NULL;
    assert_true(
        asprintf(&path, "%.*s/tests/nvml/%s.so", slash ? (int)(slash - binary) : 1, slash ? binary : ".", name) > 0);
    return path;
}

static void probe(const char *library, const char *gpus, const char *form, struct program_output *ret_output)
{
    AUTO(string) path = library_path(library);
    assert_int_equal(setenv("FAKE_NVML", gpus, 1), 0);
    cli_run((const char *[]){"gpu", "probe", "--library", path, "-o", form, NULL}, NULL, ret_output);
}

TEST(gpu_probe__simulated_gpus__text_and_exit_status)
{
    static const struct {
        const char *gpus, *out;
        int status;
    } cases[] = {
        {"h100",
         "driver 580.0.1, 1 GPU\n\nGPU 0: NVIDIA H100 80GB HBM3 (PCI 0x233010DE), 81559 MiB, MIG off\n"
         "  matches the table's h100-80gb (7 MIG profiles)\n",
         0},
        {"t4",
         "driver 580.0.1, 1 GPU\n\nGPU 0: Tesla T4 (PCI 0x1EB810DE), 15360 MiB, MIG none\n"
         "  matches the table's t4 (no MIG)\n",
         0},
        {"t4,h100-differs",
         "driver 580.0.1, 2 GPUs\n\nGPU 0: Tesla T4 (PCI 0x1EB810DE), 15360 MiB, MIG none\n"
         "  matches the table's t4 (no MIG)\n"
         "\nGPU 1: NVIDIA H100 PCIe (PCI 0x233110DE), 81559 MiB, MIG on\n"
         "  differs from the table's h100-80gb:\n"
         "    the GPU: maxInstances is 6, the table has 7\n"
         "    the GPU: ofa is 2, the table has 1\n"
         "    1g.10gb: maxInstances is 6, the table has 7\n"
         "    1g.10gb: starts are 0,1,2,3,4,5, the table has 0,1,2,3,4,5,6\n"
         "    1g.10gb: memory is 9728 MiB, the table has 9984\n"
         "    1g.20gb+new: is not in the table\n"
         "    2g.20gb: nvdec is 1, the table has 2\n"
         "    3g.40gb: memoryUnits is 3, the table has 4\n"
         "    3g.40gb: profileId is 10, the table has 9\n"
         "    4g.40gb: computeSlices is 3, the table has 4\n"
         "    7g.80gb: ofa is 2, the table has 1\n"
         "    1g.20gb: is in the table, the driver does not have it\n",
         1},
        {"b200",
         "driver 580.0.1, 1 GPU\n\nGPU 0: NVIDIA B200 (PCI 0x290110DE), 183359 MiB, MIG off\n"
         "  matches the table's b200-180gb (7 MIG profiles)\n"
         "  what the driver reports and the table does not state:\n"
         "    the GPU: nvdec is 7, the table does not say\n"
         "    the GPU: jpeg is 7, the table does not say\n"
         "    1g.23gb: memory is 22272 MiB, the table has the name's gigabytes\n"
         "    1g.23gb+me: memory is 22272 MiB, the table has the name's gigabytes\n"
         "    1g.45gb: memory is 44800 MiB, the table has the name's gigabytes\n"
         "    2g.45gb: memory is 44800 MiB, the table has the name's gigabytes\n"
         "    3g.90gb: memory is 90112 MiB, the table has the name's gigabytes\n"
         "    4g.90gb: memory is 90112 MiB, the table has the name's gigabytes\n"
         "    7g.180gb: memory is 182272 MiB, the table has the name's gigabytes\n",
         0},
        {"h100-no-mig",
         "driver 580.0.1, 1 GPU\n\nGPU 0: NVIDIA H100 PCIe (PCI 0x233110DE), 81559 MiB, MIG none\n"
         "  differs from the table's h100-80gb:\n"
         "    the GPU: has no MIG, the table has 7 profiles\n",
         1},
        {"t4-mig",
         "driver 580.0.1, 1 GPU\n\nGPU 0: Tesla T4 (PCI 0x1EB810DE), 15360 MiB, MIG off\n"
         "  differs from the table's t4:\n"
         "    the GPU: has MIG, the table has none\n",
         1},
        {"lost,t4",
         "driver 580.0.1, 2 GPUs\n\nGPU 0: unreadable\n"
         "  cannot be read: nvmlDeviceGetHandleByIndex_v2: GPU is lost\n"
         "\nGPU 1: Tesla T4 (PCI 0x1EB810DE), 15360 MiB, MIG none\n"
         "  matches the table's t4 (no MIG)\n",
         2},
        {"empty",
         "driver 580.0.1, 1 GPU\n\nGPU 0: NVIDIA Empty\n"
         "  cannot be read: the driver describes no MIG profile of this GPU, though it has MIG\n",
         2},
        {"nameless",
         "driver 580.0.1, 1 GPU\n\nGPU 0: NVIDIA Nameless\n"
         "  cannot be read: the driver gives no name for MIG profile 19\n",
         2},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(program_output) output = {0};
        probe("fake_nvml", cases[i].gpus, "text", &output);
        check_text(cases[i].gpus, buf_text(&output.errors), "");
        check_text(cases[i].gpus, buf_text(&output.out), cases[i].out);
        assert_int_equal(output.status, cases[i].status);
    }
}

TEST(gpu_probe__failed_calls__named_and_status_2)
{
    static const struct {
        const char *call;
        bool of_a_gpu;
    } cases[] = {
        {"nvmlInit_v2", false},
        {"nvmlSystemGetDriverVersion", false},
        {"nvmlDeviceGetCount_v2", false},
        {"nvmlDeviceGetHandleByIndex_v2", true},
        {"nvmlDeviceGetName", true},
        {"nvmlDeviceGetPciInfo_v3", true},
        {"nvmlDeviceGetMemoryInfo", true},
        {"nvmlDeviceGetMigMode", true},
        {"nvmlDeviceGetGpuInstanceProfileInfoV", true},
        {"nvmlDeviceGetGpuInstancePossiblePlacements_v2", true},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(program_output) output = {0};
        AUTO(string) gpus = NULL;
        AUTO(string) line = NULL;
        assert_true(asprintf(&gpus, "h100,fail:%s", cases[i].call) > 0);
        assert_true(
            asprintf(&line,
                     cases[i].of_a_gpu ? "  cannot be read: %s: Unknown Error\n" : "gpuslice: %s: Unknown Error\n",
                     cases[i].call) > 0);
        probe("fake_nvml", gpus, "text", &output);
        assert_int_equal(output.status, 2);
        const char *text = buf_text(cases[i].of_a_gpu ? &output.out : &output.errors);
        if (!strstr(text, line))
            fail_msg("%s: got %s", cases[i].call, text);
    }
}

/* Only the printed entry needs the results of these calls. If they fail, it has default values. */
TEST(gpu_probe__failed_optional_calls__defaults)
{
    static const char *const calls[] = {"nvmlDeviceGetArchitecture", "nvmlDeviceGetCudaComputeCapability"};
    for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
        AUTO(program_output) output = {0};
        AUTO(string) gpus = NULL;
        assert_true(asprintf(&gpus, "h100,fail:%s", calls[i]) > 0);
        probe("fake_nvml", gpus, "json", &output);
        assert_int_equal(output.status, 0);
        assert_non_null(
            strstr(buf_text(&output.out), i == 0 ? JSON("architecture": "unknown") : JSON("mpsMaxReplicas": 16)));
    }
}

TEST(gpu_probe__no_nvml__one_line_and_status_2)
{
    AUTO(string) old = library_path("fake_nvml_old");
    static const struct {
        const char *library, *gpus, *error;
    } cases[] = {
        {"/nowhere/libnvidia-ml.so.1", "",
         "gpuslice: NVML not found, so no NVIDIA driver is visible from here: /nowhere/libnvidia-ml.so.1: cannot open "
         "shared object file: No such file or directory; if it is elsewhere, name it with --library\n"},
        {"libm.so.6", "",
         "gpuslice: libm.so.6 has no nvmlInit_v2: it is not NVML, or it belongs to a very old driver\n"},
        {NULL, "no-driver", "gpuslice: nvmlInit_v2: Driver Not Loaded\n"},
        {NULL, "", "gpuslice: driver 580.0.1 shows no GPU here\n"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(program_output) output = {0};
        assert_int_equal(setenv("FAKE_NVML", cases[i].gpus, 1), 0);
        cli_run((const char *[]){"gpu", "probe", "-L", cases[i].library ? cases[i].library : old, NULL}, NULL, &output);
        check_text("error", buf_text(&output.errors), cases[i].error);
        check_text("out", buf_text(&output.out), "");
        assert_int_equal(output.status, 2);
    }
}

TEST(gpu_probe__old_driver__names_the_missing_call)
{
    AUTO(program_output) output = {0};
    probe("fake_nvml_old", "t4,h100", "text", &output);
    check_text("old", buf_text(&output.out),
               "driver 580.0.1, 2 GPUs\n\nGPU 0: Tesla T4 (PCI 0x1EB810DE), 15360 MiB, MIG none\n"
               "  matches the table's t4 (no MIG)\n"
               "\nGPU 1: NVIDIA H100 80GB HBM3\n"
               "  cannot be read: the driver is too old to describe MIG profiles: it has no "
               "nvmlDeviceGetGpuInstanceProfileInfoV; with a newer driver this works\n");
    assert_int_equal(output.status, 2);
}

/* The entry of a known GPU has the table's values where the driver reports them. */
TEST(gpu_probe__entry_of_a_known_gpu__as_in_the_table)
{
    AUTO(program_output) output = {0};
    json_error_t error;
    probe("fake_nvml", "h100", "json", &output);
    AUTO(json) document = json_loads(buf_text(&output.out), 0, &error);
    AUTO(json)
    table = json_loadb(gpu_table_gpus_json, (size_t)(gpu_table_gpus_json_end - gpu_table_gpus_json), 0, &error);
    assert_non_null(document);
    assert_non_null(table);
    json_t *entry = json_object_get(json_array_get(json_object_get(document, "gpus"), 0), "entry");
    size_t index;
    json_t *gpu;
    json_array_foreach(json_object_get(table, "gpus"), index, gpu) {
        if (strcmp(json_string_value(json_object_get(gpu, "id")), "h100-80gb") != 0)
            continue;
        json_t *mig = json_object_get(gpu, "mig");
        assert_int_equal(json_object_set_new(mig, "balanced", json_null()), 0);
        assert_int_equal(json_object_del(mig, "bottlerocket"), 0); /* not from a driver */
        if (!json_equal(mig, json_object_get(entry, "mig")))
            fail_msg("%s", buf_text(&output.out));
        assert_true(json_equal(json_object_get(gpu, "architecture"), json_object_get(entry, "architecture")));
        assert_true(json_equal(json_object_get(gpu, "mpsMaxReplicas"), json_object_get(entry, "mpsMaxReplicas")));
        assert_string_equal(json_string_value(json_array_get(json_object_get(entry, "gfdProducts"), 0)),
                            "NVIDIA-H100-80GB-HBM3");
        return;
    }
    fail_msg("the table has no h100-80gb");
}

static const char unknown_text[] =
    "driver 580.0.1, 1 GPU\n\nGPU 0: NVIDIA X900 (24GB) (PCI 0x7FFF10DE), 24100 MiB, MIG off\n"
    "  not in the table; an entry for webhook/gpu/data/gpus.json; check the derived values (id, product ...) and fill in the nulls:\n";

static const char unknown_entry[] =
    JSON({"id":"x900-24gb","product":"X900 (24GB)","architecture":"unknown","awsName":null,"memoryMiB":24100,
          "mpsMaxReplicas":48,"sources":["read from NVML on NVIDIA X900 (24GB), driver 580.0.1"],
          "gfdProducts":["NVIDIA-X900-24GB"],"pciDeviceIds":["0x7FFF10DE"],"minDriver":null,
          "mig":{"computeSlices":2,"memoryUnits":6,"maxInstances":2,
           "media":{"nvdec":2,"nvenc":2,"jpeg":2,"ofa":1},"evidence":"nvml","balanced":null,
           "profiles":[{"name":"1g.12gb","profileId":14,"maxInstances":2,"computeSlices":1,"memoryUnits":3,
             "starts":[0,3],"memoryMiB":11776,"media":{"nvdec":1,"nvenc":1,"jpeg":1}},
            {"name":"1g.12gb+me.all","profileId":65,"maxInstances":1,"computeSlices":1,"memoryUnits":3,
             "starts":[0,3],"memoryMiB":11776,"media":{"nvdec":2,"nvenc":2,"jpeg":2,"ofa":1},
             "attributes":["me.all"]},
            {"name":"1g.12gb-me","profileId":67,"maxInstances":2,"computeSlices":1,"memoryUnits":3,
             "starts":[0,3],"memoryMiB":11776,"media":{},"excludes":["me"]},
            {"name":"2g.24gb","profileId":5,"maxInstances":1,"computeSlices":2,"memoryUnits":6,"starts":[0],
             "memoryMiB":23808,"media":{"nvdec":2,"nvenc":2,"jpeg":2,"ofa":1}}]}});

/* Returns the text with the object in it printed compactly; free() it. */
static char *without_indent(const char *text)
{
    AUTO(buf) out;
    buf_init(&out, 1 << 20);
    const char *json = strstr(text, "\n{");
    assert_non_null(json);
    buf_add(&out, text, (size_t)(json + 1 - text));
    json_error_t error;
    AUTO(json) value = json_loads(json + 1, 0, &error);
    AUTO(string) compact = value ? json_dumps(value, JSON_COMPACT) : NULL;
    assert_non_null(compact);
    buf_add_string(&out, compact);
    buf_add_string(&out, "\n");
    return buf_take(&out);
}

TEST(gpu_probe__unknown_gpu__prints_an_entry)
{
    AUTO(program_output) output = {0};
    probe("fake_nvml", "unknown", "text", &output);
    AUTO(string) text = without_indent(buf_text(&output.out));
    AUTO(string) entry = compact_json(unknown_entry);
    AUTO(string) expected = NULL;
    assert_true(asprintf(&expected, "%s%s\n", unknown_text, entry) > 0);
    check_text("unknown", text, expected);
    assert_int_equal(output.status, 1);
}

TEST(gpu_probe__unknown_gpu_without_mig__entry_without_mig)
{
    AUTO(program_output) output = {0};
    probe("fake_nvml", "unknown-old", "text", &output);
    AUTO(string) text = without_indent(buf_text(&output.out));
    check_json("unknown-old", strstr(text, "{"),
               JSON({"id":"quadro-x1","product":"Quadro X1","architecture":"volta","awsName":null,"memoryMiB":8192,
                     "mpsMaxReplicas":16,"sources":["read from NVML on Quadro X1, driver 580.0.1"],
                     "gfdProducts":["Quadro-X1"],"pciDeviceIds":["0x7FFE10DE"],"minDriver":null})
               "\n");
    assert_int_equal(output.status, 1);
}

TEST(gpu_probe__new_board_of_a_known_gpu__names_the_gpu)
{
    AUTO(program_output) output = {0};
    probe("fake_nvml", "h100-board", "text", &output);
    assert_non_null(strstr(buf_text(&output.out), "  not in the table, but MIG cuts it exactly like the h100-80gb; "
                                                  "perhaps only its PCI id is missing there.\n"));
    assert_int_equal(output.status, 1);
}

TEST(gpu_probe__json__verdict_of_each)
{
    static const struct {
        const char *verdict, *mig, *model, *like;
        size_t differences;
    } expected[] = {
        {"same", "off", "h100-80gb", NULL, 0},    {"differs", "on", "h100-80gb", NULL, 12},
        {"unknown", "off", NULL, "h100-80gb", 0}, {"unreadable", NULL, NULL, NULL, 0},
        {"same", "none", "t4", NULL, 0},
    };
    AUTO(program_output) output = {0};
    json_error_t error;
    probe("fake_nvml", "h100,h100-differs,h100-board,lost,t4", "json", &output);
    assert_int_equal(output.status, 2);
    AUTO(json) document = json_loads(buf_text(&output.out), 0, &error);
    assert_string_equal(json_string_value(json_object_get(document, "driver")), "580.0.1");
    json_t *gpus = json_object_get(document, "gpus");
    assert_int_equal(json_array_size(gpus), ARRAY_SIZE(expected));
    for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
        json_t *gpu = json_array_get(gpus, i);
        static const char *const keys[] = {"verdict", "mig", "model", "like"};
        const char *const texts[] = {expected[i].verdict, expected[i].mig, expected[i].model, expected[i].like};
        assert_int_equal(json_integer_value(json_object_get(gpu, "index")), i);
        for (size_t j = 0; j < ARRAY_SIZE(keys); j++) {
            const char *got = json_string_value(json_object_get(gpu, keys[j]));
            check_text(keys[j], got ? got : "-", texts[j] ? texts[j] : "-");
        }
        assert_int_equal(json_array_size(json_object_get(gpu, "differences")), expected[i].differences);
    }
    json_t *failure = json_object_get(json_array_get(gpus, 3), "failure");
    check_text("failure", json_string_value(failure), "nvmlDeviceGetHandleByIndex_v2: GPU is lost");
}

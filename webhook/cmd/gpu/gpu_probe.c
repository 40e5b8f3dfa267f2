/* gpuslice gpu probe: compares the GPUs of this machine with the table. */
#include "gpu/probe.h"

#include "cmd/gpu/gpu.h"
#include "json/unconst.h"

#include <string.h>

static const char doc[] =
    "Read the MIG profiles and placements of this machine's GPUs from NVIDIA's driver (NVML), and compare them "
    "with the built-in table. Nothing is changed, and MIG need not be enabled. A GPU that the table lacks is "
    "printed as an entry for it.\vExamples:\n"
    "  gpuslice gpu probe\n"
    "  gpuslice gpu probe -o json --library /usr/local/nvidia/lib64/libnvidia-ml.so.1\n"
    "\n"
    "Exit status: 0 the table has every GPU as it is; 1 a GPU differs or is not in the table; 2 NVML is missing, "
    "or a GPU cannot be read.";

struct probe_options {
    const char *library;
    unsigned output;
};

static const struct command_option rows[] = {
    {"library", 'L', "PATH", "NVIDIA's management library (default: " NVML_LIBRARY ", where the loader finds it)",
     option_text, .offset = offsetof(struct probe_options, library)},
    {"output", 'o', "FORM", "text (default) or json", option_choice, offsetof(struct probe_options, output),
     OPTION_CHOICES(option_outputs)},
};
static const struct option_table table = {NULL, doc, OPTION_ROWS(rows)};

/* Everything known about one GPU; `compared` and `entry` are set only if it could be read. */
struct finding {
    const struct probed_gpu *gpu;
    struct comparison compared;
    json_t *entry;
};

struct findings {
    struct probe probe;
    struct finding *items; /* one per GPU of the probe */
};

static void findings_fini(struct findings *findings)
{
    for (size_t i = 0; findings->items && i < findings->probe.count; i++) {
        comparison_fini(&findings->items[i].compared);
        json_decref(findings->items[i].entry);
    }
    free(findings->items);
    probe_fini(&findings->probe);
}

DEFINE_AUTO_FINI(findings, struct findings, findings_fini);

static int find_all(const char *library, const struct gpu_table *gpus, struct findings *findings, struct err *err)
{
    if (probe_read(library, &findings->probe, err) < 0)
        return -1;

    findings->items = calloc(findings->probe.count + 1, sizeof(*findings->items));
    if (!findings->items)
        return err_nomem(err);

    for (size_t i = 0; i < findings->probe.count; i++) {
        struct finding *finding = &findings->items[i];
        finding->gpu = &findings->probe.gpus[i];
        if (finding->gpu->failure.code != ERR_NONE)
            continue;
        if (probe_compare(gpus, finding->gpu, &finding->compared, err) < 0 ||
            probe_entry(finding->gpu, findings->probe.driver, &finding->entry, err) < 0)
            return -1;
    }

    return 0;
}

static const char *const verdict_words[] = {
    [PROBE_SAME] = "same", [PROBE_DIFFERS] = "differs", [PROBE_UNKNOWN] = "unknown"};
static const char *const mig_words[] = {[PROBE_MIG_NONE] = "none", [PROBE_MIG_OFF] = "off", [PROBE_MIG_ON] = "on"};

/* Text. */

static void print_list(const struct strlist *list)
{
    for (size_t i = 0; i < list->count; i++)
        (void)printf("    %s\n", list->items[i]);
}

static int print_entry(const struct finding *finding, struct err *err)
{
    if (finding->compared.like)
        (void)printf("  not in the table, but MIG cuts it exactly as the %s: its PCI id may only be missing there.\n",
                     finding->compared.like->id);
    (void)printf("  %sits entry for webhook/gpu/data/gpus.json, with null for what the driver does not say:\n",
                 finding->compared.like ? "" : "not in the table; ");
    if (json_dumpf(finding->entry, stdout, JSON_INDENT(1)) < 0)
        return err_nomem(err);
    (void)printf("\n");
    return 0;
}

static int print_finding(const struct finding *finding, struct err *err)
{
    const struct probed_gpu *gpu = finding->gpu;
    const struct comparison *compared = &finding->compared;

    (void)printf("\nGPU %u: %s", gpu->index, gpu->name[0] ? gpu->name : "unreadable");
    if (gpu->failure.code != ERR_NONE) {
        (void)printf("\n  cannot be read: %s\n", gpu->failure.text);
        return 0;
    }

    (void)printf(" (PCI 0x%08X), %lld MiB, MIG %s\n", gpu->pci_id, (long long)(gpu->model.memory_bytes >> 20),
                 mig_words[gpu->mig]);
    if (compared->verdict == PROBE_UNKNOWN)
        return print_entry(finding, err);

    if (compared->verdict == PROBE_DIFFERS)
        (void)printf("  differs from the table's %s:\n", compared->model->id);
    else if (gpu->model.profile_count > 0)
        (void)printf("  same as the table's %s: %zu MIG profiles with placements, memory and engines\n",
                     compared->model->id, gpu->model.profile_count);
    else
        (void)printf("  same as the table's %s, which has no MIG either\n", compared->model->id);

    print_list(&compared->differences);
    if (compared->notes.count > 0)
        (void)printf("  what the table leaves open:\n");
    print_list(&compared->notes);
    return 0;
}

static int print_text(const struct findings *findings, struct err *err)
{
    size_t count = findings->probe.count;
    (void)printf("driver %s, %zu GPU%s\n", findings->probe.driver, count, count == 1 ? "" : "s");
    for (size_t i = 0; i < count; i++) {
        if (print_finding(&findings->items[i], err) < 0)
            return -1;
    }
    return 0;
}

/* JSON. Each function returns NULL when out of memory, which makes the enclosing json_pack() fail. */

static json_t *json_strings(const struct strlist *list)
{
    AUTO(json) array = json_array();
    for (size_t i = 0; i < list->count; i++) {
        if (json_array_append_new(array, json_string(list->items[i])) < 0)
            return NULL;
    }
    return TAKE(array);
}

static json_t *json_finding(const struct finding *finding)
{
    const struct comparison *compared = &finding->compared;
    if (finding->gpu->failure.code != ERR_NONE)
        return json_pack("{s:i, s:s, s:s, s:s}", "index", (int)finding->gpu->index, "name", finding->gpu->name,
                         "verdict", "unreadable", "failure", finding->gpu->failure.text);
    return json_pack("{s:i, s:s, s:s, s:s, s:s?, s:s?, s:o, s:o, s:O}", "index", (int)finding->gpu->index, "name",
                     finding->gpu->name, "mig", mig_words[finding->gpu->mig], "verdict",
                     verdict_words[compared->verdict], "model", compared->model ? compared->model->id : NULL, "like",
                     compared->like ? compared->like->id : NULL, "differences", json_strings(&compared->differences),
                     "notes", json_strings(&compared->notes), "entry", finding->entry);
}

static int print_json(const struct findings *findings, struct err *err)
{
    AUTO(json) list = json_array();
    for (size_t i = 0; i < findings->probe.count; i++) {
        if (json_array_append_new(list, json_finding(&findings->items[i])) < 0)
            return err_nomem(err);
    }
    AUTO(json) document = json_pack("{s:s, s:O}", "driver", findings->probe.driver, "gpus", list);
    return command_print_json(document, err);
}

static int exit_status(const struct findings *findings)
{
    int status = EXIT_OK;
    for (size_t i = 0; i < findings->probe.count; i++) {
        if (findings->items[i].gpu->failure.code != ERR_NONE)
            return EXIT_USAGE;
        if (findings->items[i].compared.verdict != PROBE_SAME)
            status = EXIT_FINDINGS;
    }
    return status;
}

int gpu_probe(int argc, char **argv)
{
    struct probe_options options = {.library = NVML_LIBRARY};
    AUTO(gpu_table) gpus = NULL;
    AUTO(findings) findings = {.items = NULL};
    struct err err;

    options_parse(&table, argc, argv, &options);
    if (gpu_table_load(&gpus, &err) < 0 || find_all(options.library, gpus, &findings, &err) < 0)
        return command_fail(&err);
    if (findings.probe.count == 0) {
        (void)fprintf(stderr, "gpuslice: driver %s shows no GPU here\n", findings.probe.driver);
        return EXIT_USAGE;
    }
    if ((options.output == OUTPUT_JSON ? print_json(&findings, &err) : print_text(&findings, &err)) < 0)
        return command_fail(&err);

    return exit_status(&findings);
}

/* gpuslice gpu probe: compares the GPUs of this machine with the table. */
#include "gpu/probe.h"

#include "cmd/gpu/gpu.h"
#include "json/build.h"

#include <string.h>

static const char doc[] =
    "Read the MIG profiles and placements of this machine's GPUs from NVIDIA's driver (NVML), and compare them "
    "with the built-in table. Nothing is changed, and MIG need not be enabled. A GPU that is not in "
    "the table is printed as an entry to add to the table.\vExamples:\n"
    "  gpuslice gpu probe\n"
    "  gpuslice gpu probe -o json --library /usr/local/nvidia/lib64/libnvidia-ml.so.1\n"
    "\n"
    "Exit status: 0 every GPU matches the table; 1 a GPU differs or is not in the table; 2 NVML is missing, or a "
    "GPU cannot be read.";

struct probe_options {
    const char *library;
    unsigned output;
};

static const struct command_option rows[] = {
    {"library", 'L', "PATH", "NVIDIA's management library (default: " NVML_LIBRARY " on the loader's search path)",
     option_text, .offset = offsetof(struct probe_options, library)},
    {"output", 'o', "FORM", "text (default) or json", option_choice, offsetof(struct probe_options, output),
     OPTION_CHOICES(option_outputs)},
};
static const struct option_table table = {NULL, doc, OPTION_ROWS(rows)};

static const char *const verdict_words[] = {
    [PROBE_SAME] = "same", [PROBE_DIFFERS] = "differs", [PROBE_UNKNOWN] = "unknown"};
static const char *const mig_words[] = {[PROBE_MIG_NONE] = "none", [PROBE_MIG_OFF] = "off", [PROBE_MIG_ON] = "on"};

/* Text. */

static void print_list(const struct strlist *list)
{
    for (size_t i = 0; i < list->count; i++)
        (void)printf("    %s\n", list->items[i]);
}

static int print_entry(const struct comparison *compared, const json_t *entry, struct err *err)
{
    if (compared->like)
        (void)printf(
            "  not in the table, but MIG cuts it exactly like the %s; perhaps only its PCI id is missing there.\n",
            compared->like->id);
    (void)printf("  %san entry for webhook/gpu/data/gpus.json; check the derived values (id, product ...) "
                 "and fill in the nulls:\n",
                 compared->like ? "" : "not in the table; ");
    if (json_dumpf(entry, stdout, JSON_INDENT(1)) < 0)
        return err_nomem(err);
    (void)printf("\n");
    return 0;
}

static int print_gpu(const struct probed_gpu *gpu, const struct comparison *compared, const json_t *entry,
                     struct err *err)
{
    (void)printf("\nGPU %u: %s", gpu->index, gpu->name[0] ? gpu->name : "unreadable");
    if (gpu->failure.code != ERR_NONE) {
        (void)printf("\n  cannot be read: %s\n", gpu->failure.text);
        return 0;
    }

    (void)printf(" (PCI 0x%08X), %lld MiB, MIG %s\n", gpu->pci_id, (long long)(gpu->model.memory_bytes >> 20),
                 mig_words[gpu->mig]);
    if (compared->verdict == PROBE_UNKNOWN)
        return print_entry(compared, entry, err);

    if (compared->verdict == PROBE_DIFFERS)
        (void)printf("  differs from the table's %s:\n", compared->model->id);
    else if (gpu->model.profile_count > 0)
        (void)printf("  matches the table's %s (%zu MIG profiles)\n", compared->model->id, gpu->model.profile_count);
    else
        (void)printf("  matches the table's %s (no MIG)\n", compared->model->id);

    print_list(&compared->differences);
    if (compared->notes.count > 0)
        (void)printf("  what the driver reports and the table does not state:\n");
    print_list(&compared->notes);
    return 0;
}

/* Returns NULL if out of memory. */
static json_t *json_gpu(const struct probed_gpu *gpu, const struct comparison *compared, json_t *entry)
{
    if (gpu->failure.code != ERR_NONE)
        return json_pack("{s:i, s:s, s:s, s:s}", "index", (int)gpu->index, "name", gpu->name, "verdict", "unreadable",
                         "failure", gpu->failure.text);
    return json_pack("{s:i, s:s, s:s, s:s, s:s?, s:s?, s:o, s:o, s:O}", "index", (int)gpu->index, "name", gpu->name,
                     "mig", mig_words[gpu->mig], "verdict", verdict_words[compared->verdict], "model",
                     compared->model ? compared->model->id : NULL, "like", compared->like ? compared->like->id : NULL,
                     "differences", json_strings(&compared->differences), "notes", json_strings(&compared->notes),
                     "entry", entry);
}

/* Compares a GPU with the table. If `list` is NULL, prints the result; otherwise appends it to `list`. Raises *status
 * to the exit status that the result calls for. */
static int report(const struct probed_gpu *gpu, const char *driver, const struct gpu_table *gpus, json_t *list,
                  int *status, struct err *err)
{
    AUTO(comparison) compared = {0};
    AUTO(json) entry = NULL;
    bool readable = gpu->failure.code == ERR_NONE;

    if (readable && (probe_compare(gpus, gpu, &compared, err) < 0 || probe_entry(gpu, driver, &entry, err) < 0))
        return -1;

    if (!readable)
        *status = EXIT_USAGE;
    else if (compared.verdict != PROBE_SAME && *status == EXIT_OK)
        *status = EXIT_FINDINGS;

    if (!list)
        return print_gpu(gpu, &compared, entry, err);
    return json_array_append_new(list, json_gpu(gpu, &compared, entry)) < 0 ? err_nomem(err) : 0;
}

int gpu_probe(int argc, char **argv)
{
    struct probe_options options = {.library = NVML_LIBRARY};
    AUTO(loaded) loaded = {0};
    AUTO(probe) probe = {0};
    AUTO(json) list = json_array();
    struct err err;

    options_parse(&table, argc, argv, &options);
    if (command_load(NULL, &loaded) < 0)
        return EXIT_USAGE;

    int result = list ? probe_read(options.library, &probe, &err) : err_nomem(&err);
    if (result < 0)
        return command_fail(&err);
    if (probe.count == 0) {
        (void)fprintf(stderr, "gpuslice: driver %s shows no GPU here\n", probe.driver);
        return EXIT_USAGE;
    }

    int status = EXIT_OK;
    bool json = options.output == OUTPUT_JSON;
    if (!json)
        (void)printf("driver %s, %zu GPU%s\n", probe.driver, probe.count, probe.count == 1 ? "" : "s");
    for (size_t i = 0; i < probe.count; i++) {
        if (report(&probe.gpus[i], probe.driver, loaded.gpus, json ? list : NULL, &status, &err) < 0)
            return command_fail(&err);
    }

    AUTO(json) document = json_pack("{s:s, s:O}", "driver", probe.driver, "gpus", list);
    if (json && command_print_json(document, &err) < 0)
        return command_fail(&err);
    return status;
}

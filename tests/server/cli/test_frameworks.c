/* The files of docs/examples/frameworks: what `explain` says about each template, and what `mutate` makes of them. */
#include "tests/support/check.h"
#include "tests/support/cli.h"

#include <dirent.h>

enum { TEXT_MAX = 1 << 16 };

#define NAMESPACES "--namespaces", "docs/examples/namespaces.yaml"
#define FOLDER     "docs/examples/frameworks"

/* What `explain` says: a line for each template, with its class. */
static const struct {
    const char *file, *explained;
} examples[] = {
    {FOLDER "/argo-workflow.yaml",
     "Workflow/nightly-evaluation spec.templates[1] in ml-team: allowed [no_gpu_request]\n"
     "Workflow/nightly-evaluation spec.templates[2] in ml-team: injected [injected] a100-1g5gb\n"},
    {FOLDER "/jobset.yaml",
     "JobSet/sweep spec.replicatedJobs[0].template.spec.template in ml-team: allowed [no_gpu_request]\n"
     "JobSet/sweep spec.replicatedJobs[1].template.spec.template in ml-team: injected [injected] a100-1g5gb\n"},
    {FOLDER "/jupyterhub-pod.yaml", "Pod/jupyter-anna in notebooks: injected [injected] l4-quarter\n"},
    {FOLDER "/kserve-inferenceservice.yaml",
     "InferenceService/sentiment spec.predictor in ml-team: injected [injected] a100-1g5gb\n"},
    {FOLDER "/kubeflow-notebook.yaml", "Notebook/anna in notebooks: injected [injected] t4-third\n"},
    {FOLDER "/kueue-job.yaml", "Job/embed in ml-team: injected [injected] t4-third\n"},
    {FOLDER "/leaderworkerset.yaml",
     "LeaderWorkerSet/llama spec.leaderWorkerTemplate.leaderTemplate in ml-team: allowed [no_gpu_request]\n"
     "LeaderWorkerSet/llama spec.leaderWorkerTemplate.workerTemplate in ml-team: injected [injected] h100-1g10gb\n"},
    {FOLDER "/pytorchjob.yaml",
     "PyTorchJob/fine-tune spec.pytorchReplicaSpecs.Master.template in mig-team: injected [injected] a100-1g5gb\n"
     "PyTorchJob/fine-tune spec.pytorchReplicaSpecs.Worker.template in mig-team: injected [injected] a100-1g5gb\n"},
    {FOLDER "/raycluster.yaml",
     "RayCluster/tuning spec.headGroupSpec.template in ml-team: allowed [no_gpu_request]\n"
     "RayCluster/tuning spec.workerGroupSpecs[0].template in ml-team: injected [injected] t4-third\n"
     "RayCluster/tuning spec.workerGroupSpecs[1].template in ml-team: injected [injected] h100-3g40gb\n"},
    {FOLDER "/vllm-deployment.yaml", "Deployment/vllm in ml-team: injected [injected] h100-2g20gb\n"},
};

/* Adds the first line of what is said of each pod and, if it gets a slice, the name of its class. */
static void summarise(const char *explained, struct buf *out)
{
    static const char class_line[] = "  class ";
    bool injected = false;
    for (const char *line = explained; *line; line += strcspn(line, "\n") + 1) {
        int length = (int)strcspn(line, "\n");
        if (*line != ' ') {
            injected = memmem(line, (size_t)length, "[injected]", strlen("[injected]"));
            buf_addf(out, "%.*s%s", length, line, injected ? "" : "\n");
        } else if (injected && strncmp(line, class_line, strlen(class_line)) == 0) {
            const char *name = line + strlen(class_line) + strspn(line + strlen(class_line), " ");
            buf_addf(out, " %.*s\n", (int)strcspn(name, " \n"), name);
        }
    }
}

static void run(const char *const arguments[], const char *input, struct program_output *ret_output)
{
    cli_run(arguments, input, ret_output);
    if (ret_output->status != 0)
        fail_msg("exit status %d: %s", ret_output->status, buf_text(&ret_output->errors));
}

TEST(explain__examples_of_frameworks__class_of_each_template)
{
    for (size_t i = 0; i < ARRAY_SIZE(examples); i++) {
        AUTO(program_output) output = {0};
        AUTO(buf) summary;
        buf_init(&summary, TEXT_MAX);
        run((const char *[]){"explain", NAMESPACES, examples[i].file, NULL}, NULL, &output);
        summarise(buf_text(&output.out), &summary);
        check_text(examples[i].file, buf_text(&summary), examples[i].explained);
    }
}

/* What `mutate` writes can be applied: the webhook changes nothing more in its pods. */
TEST(mutate__examples_of_frameworks__a_second_time_changes_nothing)
{
    for (size_t i = 0; i < ARRAY_SIZE(examples); i++) {
        AUTO(program_output) once = {0};
        AUTO(program_output) twice = {0};
        run((const char *[]){"mutate", NAMESPACES, examples[i].file, NULL}, NULL, &once);
        run((const char *[]){"mutate", NAMESPACES, "-", NULL}, buf_text(&once.out), &twice);
        check_text(examples[i].file, buf_text(&twice.out), buf_text(&once.out));
    }
}

TEST(examples_of_frameworks__each_file__is_in_the_table)
{
    size_t files = 0;
    DIR *folder = opendir(FOLDER);
    assert_non_null(folder);
    for (const struct dirent *entry; (entry = readdir(folder));)
        files += *entry->d_name != '.';
    (void)closedir(folder);
    assert_int_equal(files, ARRAY_SIZE(examples));
}

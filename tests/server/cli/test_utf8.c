/* What commands print is UTF-8, also where they shorten names and values: no character is cut in two. */
#include "base/text.h"
#include "tests/support/check.h"
#include "tests/support/cli.h"
#include "tests/support/temp_dir.h"

enum { LENGTH = 700, TEXT_MAX = 1024 * 1024 };

/* Objects in which @ stands for a long text of characters that have several bytes each. */
#define POD(META, SPEC)                                                                                             \
    "{apiVersion: v1, kind: Pod, metadata: {namespace: team, name: p" META "}, spec: {containers: [{name: c, " SPEC \
    "}]}}"
#define GPU "resources: {limits: {nvidia.com/gpu: 1}}"
static const char *const objects[] = {
    "{apiVersion: v1, kind: Pod, metadata: {name: @, namespace: @}, spec: {containers: [{name: @, " GPU "}]}}",
    POD(", annotations: {gpuslice.dev/class: @}", GPU),
    POD(", annotations: {gpuslice.dev/memory: @}", GPU),
    POD(", annotations: {gpuslice.dev/containers: @}", GPU),
    POD(", annotations: {gpuslice.dev/containers: 'c,@'}", GPU),
    POD(", annotations: {gpuslice.dev/@: @, @: @, gpuslice.dev/applied: @}", GPU),
    POD(", labels: {@: @, gpuslice.dev/inject: @}", GPU),
    POD("", "resources: {limits: {nvidia.com/gpu: @}}"),
    POD("", "resources: {limits: {nvidia.com/@: 1}}"),
    POD("", "resources: {limits: {@: 1, nvidia.com/gpu: 1, nvidia.com/mig-1g.5gb: 1}}"),
    POD("", "args: [@, @], env: [{name: NVIDIA_VISIBLE_DEVICES, value: @}, {name: @, value: @}], " GPU),
    "{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: team}, spec: {nodeSelector: {@: @, gpuslice.dev/pool: "
    "@}, runtimeClassName: @, tolerations: [{key: @, operator: @}], containers: [{name: @, resources: {limits: "
    "{nvidia.com/gpu: 9}}}]}}",
    "{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: team}, spec: {affinity: {nodeAffinity: "
    "{requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: "
    "gpuslice.dev/pool, operator: In, values: [@]}, {key: @, operator: @, values: [@]}]}]}}}, containers: [{name: c, " GPU
    "}]}}",
    "{apiVersion: apps/v1, kind: Deployment, metadata: {name: @}, spec: {template: {metadata: {annotations: {a: @}}, "
    "spec: {containers: [{name: @, args: [@], " GPU "}]}}}}",
    "{apiVersion: @/v1, kind: @, metadata: {name: @}, spec: {template: {spec: {containers: [{name: c, " GPU "}]}}}}",
    "{apiVersion: karpenter.sh/v1alpha5, kind: Provisioner, metadata: {name: @}, spec: {@: @, labels: {@: @}, "
    "requirements: [{key: @, operator: @, values: [@]}]}}",
    "{apiVersion: karpenter.sh/v1, kind: NodePool, metadata: {name: @}, spec: {@: @, template: {metadata: {labels: {@: "
    "@}}, spec: {@: @, taints: [{key: @, effect: @}], requirements: [{key: @, operator: @, values: [@]}]}}}}",
    "{apiVersion: karpenter.k8s.aws/v1, kind: EC2NodeClass, metadata: {name: a}, spec: {amiFamily: Bottlerocket, "
    "userData: \"[settings.kubelet-device-plugins.nvidia]\\ndevice-sharing-strategy = \\\"@\\\"\\n@ = @\\n[@]\\n\"}}",
    "{apiVersion: v1, kind: ConfigMap, metadata: {name: @}, data: {config.yaml: \"version: v1\\nsharing: {timeSlicing: "
    "{resources: [{name: @, rename: @, replicas: 3}]}}\\n\"}}",
    "{apiVersion: gpuslice.dev/v1alpha1, kind: SliceTest, metadata: {name: @}, spec: {namespace: {name: n, labels: {@: "
    "@}}, pod: {kind: @}, expect: {decision: @, reason: @, class: @, values: {@: 1}, slices: {@: 1}}}}",
    "{apiVersion: gpuslice.dev/v1alpha1, kind: SliceTest, metadata: {name: @}, spec: {namespace: {name: n}, pod: {spec: "
    "{containers: [{name: c}]}}, expect: {decision: denied, values: {/spec/@: @}, messages: [@]}}}",
    "x: !!int @",
    "a: \"\\q@\"",
    "? [@]\n: 1",
    "a: &x @\nb: *@",
    "a: 1\na: @\n@: 2\n@: 3",
    "!!@ a: 1",
    "{{ @",
    "a: ${@",
    "{\"a\": \"@\", \"b\" @}",
};

/* Returns the objects with a text of `character`, which begins with `shift` bytes, so that a limit falls into each byte
 * of a character. */
static char *make_input(const char *character, size_t shift)
{
    AUTO(buf) text;
    AUTO(buf) input;
    buf_init(&text, LENGTH + 8);
    buf_init(&input, TEXT_MAX);
    for (size_t i = 0; i < shift; i++)
        buf_add_char(&text, 'a');
    while (text.length < LENGTH)
        buf_add_string(&text, character);
    for (size_t i = 0; i < ARRAY_SIZE(objects); i++) {
        AUTO(string) object = cli_replace(objects[i], "@", buf_text(&text));
        buf_addf(&input, "---\n%s\n", object);
    }
    return buf_take(&input);
}

/* `\xNN` is how a byte that is not UTF-8 is shown; there is none in the input. */
static void expect_utf8(const char *const command[], const char *stream, const struct buf *printed)
{
    for (size_t i = 0; i < printed->length;) {
        size_t length = text_sequence_length(printed->data + i, printed->length - i);
        if (length == 0 || (printed->data[i] == '\\' && printed->data[i + 1] == 'x'))
            fail_msg("%s %s: byte %zu of its %s: %.80s", command[0], command[1], i, stream,
                     printed->data + (i > 60 ? i - 60 : 0));
        i += length;
    }
}

enum { WORDS_MAX = 8 };

/* Runs a command in which FILE stands for the file. Its words end with NULL or after `count`. */
static void run_on(const char *file, const char *const command[], size_t count, struct program_output *output)
{
    const char *arguments[WORDS_MAX + 1] = {NULL};
    assert_true(count <= WORDS_MAX);
    for (size_t i = 0; i < count && command[i]; i++)
        arguments[i] = strcmp(command[i], "FILE") == 0 ? file : command[i];
    cli_run(arguments, NULL, output);
}

TEST(commands__long_names_in_many_bytes__print_whole_characters)
{
    static const char *const characters[] = {"\xC3\xA9", "\xE5\xAD\x97", "\xF0\x9F\x98\x80"};
    static const char *const commands[][5] = {
        {"mutate", "-o", "yaml", "FILE"},
        {"mutate", "-o", "json", "FILE"},
        {"mutate", "-o", "diff", "FILE"},
        {"mutate", "-o", "patch", "FILE"},
        {"mutate", "-o", "review", "FILE"},
        {"explain", "FILE"},
        {"lint", "FILE"},
        {"lint", "-o", "json", "FILE"},
        {"test", "FILE"},
        {"migrate", "FILE"},
        {"classes", "--policies", "FILE"},
        {"explain", "--namespaces", "FILE", "FILE"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(characters) * 4; i++) {
        AUTO(temp_dir) folder = temp_dir_new();
        AUTO(string) file = temp_path(folder, "input.yaml");
        AUTO(string) input = make_input(characters[i / 4], i % 4);
        assert_non_null(input);
        temp_write(folder, "input.yaml", input);
        for (size_t j = 0; j < ARRAY_SIZE(commands); j++) {
            AUTO(program_output) output = {0};
            run_on(file, commands[j], ARRAY_SIZE(commands[j]), &output);
            expect_utf8(commands[j], "output", &output.out);
            expect_utf8(commands[j], "errors", &output.errors);
            assert_true(output.status <= 2);
        }
    }
}

/* JSON in which @ stands for a sequence that would colour a terminal, a C1 character and a line separator. */
static const char escapes[] = "\\u001b[31m\\u009b\\u2028";
static const char *const escaping[] = {
    "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"@\",\"namespace\":\"@\",\"annotations\":{"
    "\"gpuslice.dev/@\":\"@\"},\"labels\":{\"@\":\"@\"}},\"spec\":{\"nodeSelector\":{\"@\":\"@\"},\"containers\":[{"
    "\"name\":\"@\",\"resources\":{\"limits\":{\"nvidia.com/gpu\":1,\"nvidia.com/@\":1}}}]}}",
    "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"p\",\"annotations\":{\"gpuslice.dev/class\":"
    "\"@\"}},\"spec\":{\"containers\":[{\"name\":\"@\"}]}}",
    "{\"apiVersion\":\"example.com/v1\",\"kind\":\"@\",\"metadata\":{\"name\":\"@\"},\"spec\":{\"@\":{\"spec\":{"
    "\"containers\":[{\"name\":\"@\",\"image\":\"@\",\"resources\":{\"limits\":{\"nvidia.com/gpu\":1}}}]}}}}",
    "{\"apiVersion\":\"gpuslice.dev/v1alpha1\",\"kind\":\"SliceTest\",\"metadata\":{\"name\":\"@\"},\"spec\":{"
    "\"namespace\":{\"name\":\"@\"},\"pod\":{},\"expect\":{\"decision\":\"@\",\"values\":{\"/@\":\"@\"}}}}",
    "{\"apiVersion\":\"gpuslice.dev/v1alpha1\",\"kind\":\"SlicePolicy\",\"metadata\":{\"name\":\"@\"},\"spec\":{"
    "\"mode\":\"@\",\"contact\":\"@\",\"target\":\"@\",\"classes\":{\"default\":\"@\"},\"@\":1}}",
};

static void expect_printable(const char *const command[], const char *stream, struct buf *printed)
{
    for (const char *at = buf_text(printed); *at; at++) {
        if (*at != '\n' && *at != '\t' && text_unprintable_length(at))
            fail_msg("%s %s: its %s: %.80s", command[0], command[1], stream, at);
    }
}

TEST(commands__control_characters_in_names__are_not_printed)
{
    static const char *const commands[][3] = {
        {"explain", "FILE"}, {"lint", "FILE"}, {"test", "FILE"}, {"migrate", "FILE"}, {"classes", "--policies", "FILE"},
    };
    AUTO(temp_dir) folder = temp_dir_new();
    AUTO(string) file = temp_path(folder, "input.json");
    for (size_t i = 0; i < ARRAY_SIZE(escaping); i++) {
        AUTO(string) object = cli_replace(escaping[i], "@", escapes);
        temp_write(folder, "input.json", object);
        for (size_t j = 0; j < ARRAY_SIZE(commands); j++) {
            AUTO(program_output) output = {0};
            run_on(file, commands[j], ARRAY_SIZE(commands[j]), &output);
            expect_printable(commands[j], "output", &output.out);
            expect_printable(commands[j], "errors", &output.errors);
        }
    }
}

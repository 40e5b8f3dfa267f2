/* Signs of a GPU in raw JSON: no escape may hide a name, and what API servers write for plain pods is no sign. */
#include "admission/traces.h"
#include "tests/support/check.h"

TEST(traces_of_gpu__texts__with_and_without)
{
    const struct trace more[] = {trace_of("example.com/npu"), trace_of("vendor.io/GRID_")};
    static const struct {
        const char *name, *text;
        bool expected;
    } cases[] = {
        {"nothing", "", false},
        {"a plain pod", JSON({"image":"registry.example/nvidia/cuda:12","args":["--resource","Claims"]}), false},
        {"a GPU", JSON({"nvidia.com/gpu":"1"}), true},
        {"a MIG slice", JSON({"nvidia.com/mig-1g.5gb":"1"}), true},
        {"at the very beginning", "nvidia.com/", true},
        {"cut off", "{\"nvidia.com", false},
        {"another domain", JSON({"xnvidia.co/gpu":"1"}), false},
        {"the slash comes first", "/nvidia.com", false},
        {"claims", JSON({"resourceClaims":[]}), true},
        {"claims at the very beginning", "resourceClaims", true},
        {"claims cut off", "{\"resourceClaim", false},
        {"other capitals", JSON({"CLAIMS":"C","resourceclaims":1}), false},
        {"a device class", JSON({"deviceclass.resource.kubernetes.io/a":"1"}), true},
        {"a key of ours", JSON({"gpuslice.dev/class":"a"}), true},
        {"an added name", JSON({"example.com/npu":"1"}), true},
        {"an added beginning", JSON({"vendor.io/GRID_T4-1Q":"1"}), true},
        {"not quite the added name", JSON({"example.com/np":"1"}), false},
        {"Go's escapes", JSON({"a":"\u003c\u003e\u0026\u2028\u2029\u0000\u001f\ufffd\n\\\"\u007f"}), false},
        {"an escaped slash", JSON({"nvidia.com\/gpu":"1"}), true},
        {"an escaped slash elsewhere", JSON({"a":"b\/c"}), true},
        {"an escaped letter", JSON({"nvidi\u0061.com/gpu":"1"}), true},
        {"an escaped dot", JSON({"nvidia\u002ecom/gpu":"1"}), true},
        {"an escaped capital letter", JSON({"resource\u0043laims":"1"}), true},
        {"an escaped backslash before the text of an escape", JSON({"a":"\\u0061 \\/"}), false},
        {"a backslash before an escape", JSON({"a":"\\\u0061"}), true},
        {"a backslash at the end", "\\", true},
        {"an escape that is cut off", "\\u00", false},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        size_t length = strlen(cases[i].text);
        AUTO(string) copy = malloc(length ? length : 1); /* a block of its own, for the address sanitizer */
        assert_non_null(copy);
        memcpy(copy, cases[i].text, length);
        if (traces_of_gpu(copy, length, more, ARRAY_SIZE(more)) != cases[i].expected)
            fail_msg("%s: expected %s", cases[i].name, cases[i].expected ? "a trace" : "none");
    }
}

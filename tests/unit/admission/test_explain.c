/* Explanations of decisions: a table of pods and the exact texts. */
#include "admission/decide.h"
#include "admission/explain.h"
#include "json/yaml_tree.h"
#include "tests/support/check.h"
#include "tests/support/engine_fixture.h"

enum { EXPLAINED_MAX = 64 * 1024 };

#define POLICIES                                                                                                       \
    API "kind: SlicePool\nmetadata: {name: sevenths}\nspec: {gpu: a100-40gb, sharing: {mig: {layout: {1g.5gb: 7}}}}\n" \
        "---\n" API                                                                                                    \
        "kind: SlicePool\nmetadata: {name: thirds}\nspec: {gpu: t4, sharing: {timeSlicing: {replicas: 3}}}\n"          \
        "---\n" API "kind: SliceClass\nmetadata: {name: seventh}\nspec: {pools: [sevenths]}\n"                         \
        "---\n" API                                                                                                    \
        "kind: SliceClass\nmetadata: {name: third}\nspec: {pools: [thirds], pod: {env: [{name: A, value: b}]}}\n"      \
        "---\n" API "kind: SlicePolicy\nmetadata: {name: teams}\n"                                                     \
        "spec: {priority: 7, namespaces: {selector: {matchLabels: {team: ml}}}, "                                      \
        "classes: {allowed: [seventh, third, none], default: seventh}, conflict: override, visibleDevices: guard}\n"   \
        "---\n" API                                                                                                    \
        "kind: SlicePolicy\nmetadata: {name: rest}\nspec: {namespaces: {names: [ml]}, classes: {default: third}}\n"

struct row {
    const char *name, *namespace_name, *object, *expected;
};

/* Decides about the pod of the row and adds the outcome, the reason and the explanation. */
static void explain(const struct engine_fixture *fixture, const struct row *row, struct buf *out)
{
    struct err err;
    AUTO(review) review = {0};
    AUTO(pod) pod = {0};
    AUTO(decision) decision = {0};
    AUTO(json) before = json_loads(row->object, 0, NULL);
    AUTO(string) text = review_text_of(KIND_POD, row->namespace_name, row->object, "");
    check_success(row->name, review_parse(&review, text, strlen(text), &err), &err);
    check_success(row->name, pod_init(&pod, review.object, &fixture->loaded.set->settings.gpu_names, &err), &err);
    const struct namespace_info *ns = namespaces_find(fixture->namespaces, row->namespace_name);
    assert_non_null(ns);
    const struct decision_input input = {fixture->loaded.set, ns, &review, &pod};
    check_success(row->name, decide(&routes[ROUTE_MUTATE], &input, &decision, &err), &err);
    buf_addf(out, "%s [%s]\n", outcome_name(decision.out.outcome), reason_name(decision.out.reason));
    check_success(row->name, explain_decision(&decision, before, out, &err), &err);
    check_success(row->name, buf_check(out, &err), &err);
}

/* Compares without what differs between runs: the name of the folder and the revision. */
static void check_row(const struct engine_fixture *fixture, const struct row *row)
{
    AUTO(buf) out;
    buf_init(&out, EXPLAINED_MAX);
    explain(fixture, row, &out);
    AUTO(string) text = buf_take(&out);
    assert_non_null(text);
    char folder[FOLDER_SIZE + 1];
    (void)snprintf(folder, sizeof(folder), "%.*s", (int)strlen("/tmp/gpuslice-test-XXXXXX/"),
                   fixture->loaded.set->files.items[0]);
    remove_all(text, folder);
    remove_all(text, fixture->loaded.set->revision);
    check_text(row->name, text, row->expected);
}

#define ASKING JSON({"name":"main","resources":{"limits":{"nvidia.com/gpu":"1"}}})
static const struct row rows[] = {
    {"no policy", "lonely", JSON({"spec":{"containers":[]}}),
     "allowed [no_policy]\n"
     "  policy      none of 2 matches the namespace\n"
     "  revision    \n"},
    {"no class", "ml",
     "{\"metadata\":{\"annotations\":{\"gpuslice.dev/class\":\"none\"}},\"spec\":{\"containers\":[" ASKING "]}}",
     "allowed [no_class]\n"
     "  policy      teams, priority 7 (p.yaml:23)\n"
     "              matches too, but lost: rest, priority 0 (p.yaml:28)\n"
     "  class       none: named by the pod's annotation gpuslice.dev/class\n"
     "  warning     no slice class applies (policy teams): the GPU request is left unchanged\n"
     "  revision    \n"},
    {"no GPU request", "strict", JSON({"spec":{"containers":[]}}),
     "allowed [no_gpu_request]\n"
     "  policy      teams, priority 7 (p.yaml:23)\n"
     "  class       seventh (p.yaml:13), the policy's default\n"
     "  slice       nvidia.com/mig-1g.5gb, 4864Mi, on sevenths\n"
     "  price       $0.3921 an hour, p4d.24xlarge of sevenths, full, on demand\n"
     "              prices on demand are of us-east-1 (table of 2026-08; prices 2026-07-20)\n"
     "  revision    \n"},
    {"converted", "ml",
     "{\"metadata\":{\"name\":\"p\",\"labels\":{\"gpuslice.dev/class\":\"mine\"}},\"spec\":{\"containers\":[" ASKING
     "]}}",
     "injected [injected]\n"
     "  policy      teams, priority 7 (p.yaml:23)\n"
     "              matches too, but lost: rest, priority 0 (p.yaml:28)\n"
     "  class       seventh (p.yaml:13), the policy's default\n"
     "  slice       nvidia.com/mig-1g.5gb, 4864Mi, on sevenths\n"
     "  price       $0.3921 an hour, p4d.24xlarge of sevenths, full, on demand\n"
     "              prices on demand are of us-east-1 (table of 2026-08; prices 2026-07-20)\n"
     "  containers  main: 1\n"
     "  warning     label gpuslice.dev/class: mine chooses no class and becomes seventh; the annotation chooses\n"
     "  changes     8\n"
     "    remove    /spec/containers/0/resources/limits/nvidia.com~1gpu\n"
     "              was \"1\"\n"
     "              by  SlicePolicy teams (p.yaml:23): wholeGPU: convert\n"
     "    add       /spec/containers/0/resources/limits/nvidia.com~1mig-1g.5gb\n"
     "              to  \"1\"\n"
     "              by  SlicePolicy teams (p.yaml:23): wholeGPU: convert\n"
     "    add       /spec/containers/0/resources/requests\n"
     "              to  {\"nvidia.com/mig-1g.5gb\":\"1\"}\n"
     "              by  SlicePolicy teams (p.yaml:23): wholeGPU: convert\n"
     "    add       /spec/affinity\n"
     "              to  "
     "{\"nodeAffinity\":{\"requiredDuringSchedulingIgnoredDuringExecution\":{\"nodeSelectorTerms\":[{"
     "\"matchExpressions\":[{\"key\":\"gpuslice.dev/pool\",\"operator\":\"In\",\"values\"...\n"
     "              by  SlicePool sevenths (p.yaml:3): labels\n"
     "    add       /spec/tolerations\n"
     "              to  [{\"key\":\"nvidia.com/gpu\",\"operator\":\"Exists\",\"effect\":\"NoSchedule\"}]\n"
     "              by  SlicePool sevenths (p.yaml:3): taints\n"
     "    add       /spec/tolerations/-\n"
     "              to  {\"key\":\"gpuslice.dev/pool\",\"operator\":\"Exists\",\"effect\":\"NoSchedule\"}\n"
     "              by  SlicePool sevenths (p.yaml:3): taints\n"
     "    add       /metadata/annotations\n"
     "              to  "
     "{\"gpuslice.dev/"
     "applied\":\"{\\\"class\\\":\\\"seventh\\\",\\\"policy\\\":\\\"teams\\\",\\\"revision\\\":\\\"\\\","
     "\\\"containers\\\":[\\\"main\\\"],\\\"was\\\":{\\\"main\\\":{\\\"nvidia.com/gpu...\n"
     "              by  SliceClass seventh (p.yaml:13): the record of what was done\n"
     "    replace   /metadata/labels/gpuslice.dev~1class\n"
     "              to  \"seventh\"\n"
     "              was \"mine\"\n"
     "              by  SliceClass seventh (p.yaml:13): the record of what was done\n"
     "  revision    \n"},
    {"overridden", "strict",
     JSON({"metadata":{"annotations":{"gpuslice.dev/memory":"5Gi"}},
           "spec":{"containers":[{"name":"main","env":[{"name":"A","value":"z"}]},{"name":"idle"}],
            "nodeSelector":{"gpuslice.dev/pool":"mine"}}}),
     "injected [injected]\n"
     "  policy      teams, priority 7 (p.yaml:23)\n"
     "  class       third (p.yaml:18), the cheapest for the pod's annotation gpuslice.dev/memory\n"
     "  slice       nvidia.com/gpu, 5Gi as a share, on thirds\n"
     "  price       $0.1753 an hour, g4dn.xlarge of thirds, full, on demand\n"
     "              prices on demand are of us-east-1 (table of 2026-08; prices 2026-07-20)\n"
     "  candidates  third    5Gi, price $0.1753, isolation: none; chosen\n"
     "              seventh  4864Mi, price $0.3921, isolation: hardware; too small by 256Mi\n"
     "  containers  main: 1\n"
     "  warning     container main, the first of 2, gets the slice; gpuslice.dev/containers names another\n"
     "  changes     10\n"
     "    add       /spec/containers/0/resources\n"
     "              to  {\"limits\":{\"nvidia.com/gpu\":\"1\"}}\n"
     "              by  SliceClass third (p.yaml:18): a slice for a container named by the pod or the policy\n"
     "    add       /spec/containers/0/resources/requests\n"
     "              to  {\"nvidia.com/gpu\":\"1\"}\n"
     "              by  SliceClass third (p.yaml:18): a slice for a container named by the pod or the policy\n"
     "    remove    /spec/nodeSelector/gpuslice.dev~1pool\n"
     "              was \"mine\"\n"
     "              by  SlicePolicy teams (p.yaml:23): conflict: override\n"
     "    add       /spec/affinity\n"
     "              to  "
     "{\"nodeAffinity\":{\"requiredDuringSchedulingIgnoredDuringExecution\":{\"nodeSelectorTerms\":[{"
     "\"matchExpressions\":[{\"key\":\"gpuslice.dev/pool\",\"operator\":\"In\",\"values\"...\n"
     "              by  SlicePool thirds (p.yaml:8): labels\n"
     "    add       /spec/tolerations\n"
     "              to  [{\"key\":\"nvidia.com/gpu\",\"operator\":\"Exists\",\"effect\":\"NoSchedule\"}]\n"
     "              by  SlicePool thirds (p.yaml:8): taints\n"
     "    add       /spec/tolerations/-\n"
     "              to  {\"key\":\"gpuslice.dev/pool\",\"operator\":\"Exists\",\"effect\":\"NoSchedule\"}\n"
     "              by  SlicePool thirds (p.yaml:8): taints\n"
     "    replace   /spec/containers/0/env/0\n"
     "              to  {\"name\":\"A\",\"value\":\"b\"}\n"
     "              was {\"name\":\"A\",\"value\":\"z\"}\n"
     "              by  SliceClass third (p.yaml:18): pod.env\n"
     "    add       /spec/containers/1/env\n"
     "              to  [{\"name\":\"NVIDIA_VISIBLE_DEVICES\",\"value\":\"void\"}]\n"
     "              by  SlicePolicy teams (p.yaml:23): visibleDevices: guard\n"
     "    add       /metadata/annotations/gpuslice.dev~1applied\n"
     "              to  "
     "\"{\\\"class\\\":\\\"third\\\",\\\"policy\\\":\\\"teams\\\",\\\"revision\\\":\\\"\\\",\\\"containers\\\":["
     "\\\"main\\\"],\\\"was\\\":{\\\"main\\\":{}}}\"\n"
     "              by  SliceClass third (p.yaml:18): the record of what was done\n"
     "    add       /metadata/labels\n"
     "              to  {\"gpuslice.dev/class\":\"third\"}\n"
     "              by  SliceClass third (p.yaml:18): the record of what was done\n"
     "  revision    \n"},
    {"denied", "ml",
     JSON({"spec":{"containers":[{"name":"main","env":[{"name":"NVIDIA_VISIBLE_DEVICES","value":"all"}],
              "resources":{"limits":{"nvidia.com/gpu":"1"}}}]}}),
     "denied [visible_devices_denied]\n"
     "  policy      teams, priority 7 (p.yaml:23)\n"
     "              matches too, but lost: rest, priority 0 (p.yaml:28)\n"
     "  class       seventh (p.yaml:13), the policy's default\n"
     "  slice       nvidia.com/mig-1g.5gb, 4864Mi, on sevenths\n"
     "  price       $0.3921 an hour, p4d.24xlarge of sevenths, full, on demand\n"
     "              prices on demand are of us-east-1 (table of 2026-08; prices 2026-07-20)\n"
     "  containers  main: 1\n"
     "  message     container \"main\" gets a GPU slice and sets NVIDIA_VISIBLE_DEVICES itself; remove the variable, because the device plugin sets it (visibleDevices: guard) [policy teams]\n"
     "  revision    \n"},
    {"a valid record", "ml",
     JSON({"metadata":{"labels":{"gpuslice.dev/class":"seventh"},
            "annotations":{"gpuslice.dev/applied":"{\"class\":\"seventh\",\"policy\":\"old\",\"revision\":\"0123456789ab\",\"containers\":[\"main\"]}"}},
           "spec":{"tolerations":[{"operator":"Exists"}],"nodeSelector":null,
            "containers":[{"name":"main","resources":{"limits":{"nvidia.com/mig-1g.5gb":"1"}}}]}}),
     "injected [injected]\n"
     "  policy      teams, priority 7 (p.yaml:23)\n"
     "              matches too, but lost: rest, priority 0 (p.yaml:28)\n"
     "  class       seventh (p.yaml:13), the policy's default\n"
     "  slice       nvidia.com/mig-1g.5gb, 4864Mi, on sevenths\n"
     "  price       $0.3921 an hour, p4d.24xlarge of sevenths, full, on demand\n"
     "              prices on demand are of us-east-1 (table of 2026-08; prices 2026-07-20)\n"
     "  containers  main: 1\n"
     "  record      valid: policy old, revision 0123456789ab\n"
     "  changes     2\n"
     "    add       /spec/containers/0/resources/requests\n"
     "              to  {\"nvidia.com/mig-1g.5gb\":\"1\"}\n"
     "              by  SliceClass seventh (p.yaml:13): the resource of its pools\n"
     "    add       /spec/affinity\n"
     "              to  "
     "{\"nodeAffinity\":{\"requiredDuringSchedulingIgnoredDuringExecution\":{\"nodeSelectorTerms\":[{"
     "\"matchExpressions\":[{\"key\":\"gpuslice.dev/pool\",\"operator\":\"In\",\"values\"...\n"
     "              by  SlicePool sevenths (p.yaml:3): labels\n"
     "  revision    \n"},
};

TEST(explain_decision__decisions__exact_text)
{
    AUTO(engine_fixture)
    fixture = engine_fixture_make(POLICIES, GUIDE_NAMESPACES
                                  "---\napiVersion: v1\nkind: Namespace\n"
                                  "metadata: {name: lonely, labels: {gpuslice.dev/inject: enabled}}\n");
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        check_row(&fixture, &rows[i]);
}

/* Fails the test unless each explanation has its part. */
static void check_parts(const char *policies, const struct row cases[], size_t count)
{
    AUTO(engine_fixture) fixture = engine_fixture_make(policies, GUIDE_NAMESPACES);
    for (size_t i = 0; i < count; i++) {
        AUTO(buf) out;
        buf_init(&out, EXPLAINED_MAX);
        explain(&fixture, &cases[i], &out);
        if (!strstr(buf_text(&out), cases[i].expected))
            fail_msg("%s: %s", cases[i].name, buf_text(&out));
    }
}

/* Several pools, of which one has a price of its own and one has none. */
#define SEVERAL_POOLS                                                                                            \
    API "kind: SlicePool\nmetadata: {name: dear}\nspec: {gpu: t4, sharing: {whole: {}}, nodes: {instanceTypes: " \
        "[g4dn.metal], capacityTypes: [spot]}}\n---\n" API                                                       \
        "kind: SlicePool\nmetadata: {name: own}\nspec: {gpu: l4, sharing: {whole: {}}, nodes: {instanceTypes: "  \
        "[g6.xlarge], overlay: {price: \"0.5\"}}}\n---\n" API                                                    \
        "kind: SlicePool\nmetadata: {name: unpriced}\nspec: {gpu: a30-24gb, sharing: {whole: {}}}\n---\n" API    \
        "kind: SliceClass\nmetadata: {name: many}\nspec: {pools: [dear, own, unpriced]}\n---\n" API              \
        "kind: SliceClass\nmetadata: {name: mine}\nspec: {pools: [own]}\n---\n" API                              \
        "kind: SlicePolicy\nmetadata: {name: q}\nspec: {classes: {allowed: [many, mine], default: many}}\n"

TEST(explain_decision__several_pools__price_of_each)
{
    static const struct row cases[] = {
        {"several", "ml", "{\"spec\":{\"containers\":[" ASKING "]}}",
         "  price       $0.9780 an hour, g4dn.metal of dear, full, on demand; spot is not known\n"
         "              $0.5000 an hour, g6.xlarge of own, full, by nodes.overlay\n"
         "              not known, on unpriced\n"
         "              the class has that of own, the lowest\n"
         "              prices on demand are of us-east-1 (table of 2026-08; prices 2026-07-20)\n  containers"},
        {"by nodes.overlay alone", "ml",
         "{\"metadata\":{\"annotations\":{\"gpuslice.dev/class\":\"mine\"}},\"spec\":{\"containers\":[" ASKING "]}}",
         "  price       $0.5000 an hour, g6.xlarge of own, full, by nodes.overlay\n  containers"},
    };
    check_parts(SEVERAL_POOLS, cases, ARRAY_SIZE(cases));
}

#define CANDIDATE(name, spec) "---\n" API "kind: SliceClass\nmetadata: {name: " name "}\nspec: {" spec "}\n"

/* Every reason for which a class is not chosen. */
#define MANY_CANDIDATES                                                                                                \
    API "kind: SlicePool\nmetadata: {name: thirds}\nspec: {gpu: t4, sharing: {timeSlicing: {replicas: 3}}}\n---\n" API \
        "kind: SlicePool\nmetadata: {name: halves}\nspec: {gpu: t4, sharing: {timeSlicing: {replicas: 2}}}\n---\n" API \
        "kind: SlicePool\nmetadata: {name: quarters}\nspec: {gpu: l4, sharing: {mps: {replicas: 4}}}\n---\n" API       \
        "kind: SlicePool\nmetadata: {name: sevenths}\n"                                                                \
        "spec: {gpu: a100-40gb, sharing: {mig: {layout: {1g.5gb: 7}}}}\n---\n" API                                     \
        "kind: SlicePool\nmetadata: {name: whole}\nspec: {gpu: a30-24gb, sharing: {whole: {}}}\n" CANDIDATE(           \
            "first", "pools: [thirds], price: \"2\"") CANDIDATE("second", "pools: [thirds], price: \"2.0\"")           \
            CANDIDATE("larger", "pools: [halves], price: \"2\"") CANDIDATE(                                            \
                "dearer", "pools: [quarters], price: \"3\"") CANDIDATE("small", "pools: [sevenths], price: \"0.1\"")   \
                CANDIDATE("unpriced", "pools: [whole]") CANDIDATE(                                                     \
                    "other",                                                                                           \
                    "pools: [thirds], price: \"1\"") "---\n" API "kind: SlicePolicy\nmetadata: {name: q}\n"            \
                                                     "spec: {classes: {allowed: [first, second, larger, dearer, small, unpriced]}}\n"

TEST(explain_decision__memory__why_each_candidate_lost)
{
    static const struct row cases[] = {
        {"chosen", "ml",
         "{\"metadata\":{\"annotations\":{\"gpuslice.dev/memory\":\"5Gi\"}},\"spec\":{\"containers\":[" ASKING "]}}",
         ", the cheapest for the pod's annotation gpuslice.dev/memory\n"
         "  slice       nvidia.com/gpu, 5Gi as a share, on thirds\n"
         "  price       $2.0000 an hour, spec.price\n"
         "              $0.1753 an hour, g4dn.xlarge of thirds, full, on demand\n"
         "              prices on demand are of us-east-1 (table of 2026-08; prices 2026-07-20)\n"
         "  candidates  small     4864Mi, price $0.1000, isolation: hardware; too small by 256Mi\n"
         "              first     5Gi, price $2.0000, isolation: none; chosen\n"
         "              second    5Gi, price $2.0000, isolation: none; of the same price and memory, but its name comes "
         "later\n"
         "              larger    7680Mi, price $2.0000, isolation: none; of the same price, but larger\n"
         "              dearer    5758Mi, price $3.0000, isolation: memory and threads; dearer\n"
         "              unpriced  23344Mi, price not known, isolation: hardware; its price is not known\n"
         "              other     5Gi, price $1.0000, isolation: none; not allowed\n"
         "  containers  main: 1\n"},
        {"none is large enough", "ml",
         "{\"metadata\":{\"annotations\":{\"gpuslice.dev/memory\":\"80Gi\"}},\"spec\":{\"containers\":[" ASKING "]}}",
         "  class       none: no class for the pod's annotation gpuslice.dev/memory\n"
         "  candidates  small     4864Mi, price $0.1000, isolation: hardware; too small by 77056Mi\n"},
        {"no candidates without an amount", "ml",
         "{\"metadata\":{\"annotations\":{\"gpuslice.dev/memory\":\"80\"}},\"spec\":{\"containers\":[" ASKING "]}}",
         "  class       none: no class for the pod's annotation gpuslice.dev/memory\n  message     "},
        {"no candidates for a class", "ml",
         "{\"metadata\":{\"annotations\":{\"gpuslice.dev/class\":\"dearer\"}},\"spec\":{\"containers\":[" ASKING "]}}",
         "  slice       nvidia.com/gpu, 5758Mi as a share, on quarters\n  price       $3.0000 an hour, spec.price\n"
         "              $0.2012 an hour, g6.xlarge of quarters, full, on demand\n"
         "              prices on demand are of us-east-1 (table of 2026-08; prices 2026-07-20)\n  containers"},
    };
    check_parts(MANY_CANDIDATES, cases, ARRAY_SIZE(cases));
}

#define E20 "éééééééééééééééééééé"
#define E80 E20 E20 E20 E20

/* An odd number of bytes precedes the two-byte characters, so that each limit falls inside a character. */
TEST(explain_decision__long_text_of_the_pod__cut_between_characters)
{
    static const struct row cases[] = {
        {"an old value", "ml",
         "{\"metadata\":{\"labels\":{\"gpuslice.dev/class\":\"" E80 "\"}},\"spec\":{\"containers\":[" ASKING "]}}",
         "              was \"" E20 E20 E20 "ééééééééééééééééééé...\n"},
        {"a message", "strict",
         "{\"metadata\":{\"annotations\":{\"gpuslice.dev/class\":\"a" E80 "\"}},\"spec\":{\"containers\":[]}}",
         "asks for slice class \"a" E20 E20 "ééééééééé\", which "},
    };
    check_parts(POLICIES, cases, ARRAY_SIZE(cases));
}

#define TAKEN(class)                                          \
    JSON({"metadata":{"annotations":{"gpuslice.dev/applied":) \
    "\"{\\\"class\\\":\\\"" class                             \
        "\\\",\\\"policy\\\":\\\"old\\\",\\\"revision\\\":\\\"0123456789ab\\\",\\\"containers\\\":[\\\"main\\\"]}\"}}," JSON("spec":{"containers":[{"name":"main","resources":{"limits":{"nvidia.com/gpu":"1"}}}]}})

#define COPY \
    JSON({"spec":{"containers":[{"name":"main","resources":{"limits":{"nvidia.com/gpu":"1"}}}],                      \
                  "affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[{ \
                      "matchExpressions":[{"key":"gpuslice.dev/pool","operator":"In","values":["thirds"]}]}]}}}}})

TEST(explain_decision__taken_back_or_copied__shown)
{
    static const struct row cases[] = {
        {"the class", "ml", TAKEN("third"),
         "  taken back  slice class third of the record: policy old, revision 0123456789ab\n"},
        {"a change", "ml", TAKEN("third"), "p.yaml:18): taken back, because the record names this class\n"},
        {"a copy", "ml", COPY, "p.yaml:18), whose slices and placement the pod has, as a copy of another pod\n"},
        {"a class that is gone", "ml", TAKEN("gone"),
         "              by  SliceClass gone (no longer there): taken back, because the record names this class\n"},
    };
    check_parts(POLICIES, cases, ARRAY_SIZE(cases));
}

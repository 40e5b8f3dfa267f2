/* SlicePolicy: mistakes with their positions, the defaults, every keyword that a field accepts, which classes a policy
 * allows, and which namespaces it matches. */
#include "tests/support/policy_fixture.h"

static const char others[] =
    FIVE_POOLS "---\n" API "kind: SliceClass\nmetadata: {name: third}\nspec: {pools: [thirds]}\n"
               "---\n" API "kind: SliceClass\nmetadata: {name: quarter}\nspec: {pools: [quarters]}\n"
               "---\n" API "kind: SliceClass\nmetadata: {name: small}\nspec: {pools: [balanced], profile: 1g.10gb}\n";

#define TEN_E     "eeeeeeeeee"
#define HUNDRED_E TEN_E TEN_E TEN_E TEN_E TEN_E TEN_E TEN_E TEN_E TEN_E TEN_E

/* clang-format off */
static const struct broken broken_policies[] = {
{"nothing given",
"{}",
"p.yaml:4:7: spec: gives no pod a class, must have classes.default or classes.allowed; both can be left out only if visibleDevices is guard\n"},
{"classes empty",
"{classes: {}}",
"p.yaml:4:17: spec.classes: gives no pod a class, must have classes.default or classes.allowed; both can be left out only if visibleDevices is guard\n"},
{"classes a list",
"{classes: [third]}",
"p.yaml:4:17: spec.classes: is a list, must be an object\n"},
{"default unknown",
"{classes: {default: thrid}}",
"p.yaml:4:27: spec.classes.default: there is no SliceClass \"thrid\"; did you mean \"third\"?\n"},
{"default not allowed",
"{classes: {default: third, allowed: [quarter]}}",
"p.yaml:4:27: spec.classes.default: \"third\" is not among the allowed classes, must match an entry of allowed\n"},
{"default empty",
"{classes: {default: \"\"}}",
"p.yaml:4:27: spec.classes.default: is empty, must not be\n"},
{"allowed empty",
"{classes: {default: third, allowed: []}}",
"p.yaml:4:43: spec.classes.allowed: is empty, must have at least one pattern; or leave the field out\n"},
{"allowed mistyped",
"{classes: {allowed: [third, quater]}}",
"p.yaml:4:35: spec.classes.allowed[1]: there is no SliceClass \"quater\"; did you mean \"quarter\"?\n"},
{"allowed pattern without a match",
"{classes: {allowed: [third, \"b200-*\"]}}",
"p.yaml:4:35: spec.classes.allowed[1]: \"b200-*\" matches no SliceClass; there are quarter, small, third\n"},
{"allowed not a pattern",
"{classes: {allowed: [\"[a\"]}}",
"p.yaml:4:28: spec.classes.allowed[0]: \"[a\" has a '[' without its ']'; write a set such as [abc] or [a-z]\n"},
{"podChoice a word",
"{classes: {default: third, podChoice: sometimes}}",
"p.yaml:4:45: spec.classes.podChoice: is a string, must be a boolean\n"},
{"priority a word",
"{classes: {default: third}, priority: high}",
"p.yaml:4:45: spec.priority: is a string, must be an integer\n"},
{"priority a fraction",
"{classes: {default: third}, priority: 1.5}",
"p.yaml:4:45: spec.priority: is a fraction, must be an integer\n"},
{"names empty",
"{classes: {default: third}, namespaces: {names: []}}",
"p.yaml:4:55: spec.namespaces.names: is empty, must have at least one pattern; or leave the field out\n"},
{"names that match nothing",
"{classes: {default: third}, namespaces: {names: [Team]}}",
"p.yaml:4:56: spec.namespaces.names[0]: \"Team\" matches no name: names have no upper-case letters; write 't' instead of 'T'\n"},
{"selector operator unknown",
"{classes: {default: third}, namespaces: {selector: {matchExpressions: [{key: a, operator: Gt, values: [\"1\"]}]}}}",
"p.yaml:4:97: spec.namespaces.selector.matchExpressions[0].operator: is \"Gt\", must be In, NotIn, Exists or DoesNotExist\n"},
{"selector field unknown",
"{classes: {default: third}, namespaces: {selector: {matchLabel: {a: b}}}}",
"p.yaml:4:59: spec.namespaces.selector.matchLabel: unknown field \"matchLabel\"; did you mean \"matchLabels\"?\n"},
{"inject unknown",
"{classes: {default: third}, inject: never}",
"p.yaml:4:43: spec.inject: is \"never\", must be onRequest or always\n"},
{"target unknown",
"{classes: {default: third}, target: first}",
"p.yaml:4:43: spec.target: is \"first\", must be main, all or a list of container names\n"},
{"target a number",
"{classes: {default: third}, target: 1}",
"p.yaml:4:43: spec.target: must be main, all or a list of container names\n"},
{"target empty",
"{classes: {default: third}, target: []}",
"p.yaml:4:43: spec.target: is empty, must be main, all or a list of container names\n"},
{"target a bad name",
"{classes: {default: third}, target: [main, Side_Car]}",
"p.yaml:4:50: spec.target[1]: \"Side_Car\" must consist of lower-case letters, digits and '-'\n"},
{"sidecars a bad name",
"{classes: {default: third}, sidecars: [\"istio proxy\"]}",
"p.yaml:4:46: spec.sidecars[0]: \"istio proxy\" must consist of lower-case letters, digits and '-'\n"},
{"sidecars a word",
"{classes: {default: third}, sidecars: istio-proxy}",
"p.yaml:4:45: spec.sidecars: is a string, must be a list\n"},
{"wholeGPU unknown",
"{classes: {default: third}, wholeGPU: allow}",
"p.yaml:4:45: spec.wholeGPU: is \"allow\", must be convert, keep or deny\n"},
{"otherSlice unknown",
"{classes: {default: third}, otherSlice: allow}",
"p.yaml:4:47: spec.otherSlice: is \"allow\", must be deny, keep or convert\n"},
{"claims unknown",
"{classes: {default: third}, claims: convert}",
"p.yaml:4:43: spec.claims: is \"convert\", must be keep or deny\n"},
{"conflict unknown",
"{classes: {default: third}, conflict: convert}",
"p.yaml:4:45: spec.conflict: is \"convert\", must be deny, keep or override\n"},
{"visibleDevices unknown",
"{classes: {default: third}, visibleDevices: void}",
"p.yaml:4:51: spec.visibleDevices: is \"void\", must be leave or guard\n"},
{"otherAccelerators unknown",
"{classes: {default: third}, otherAccelerators: keep}",
"p.yaml:4:54: spec.otherAccelerators: is \"keep\", must be warn, deny or ignore\n"},
{"mode unknown",
"{classes: {default: third}, mode: dry-run}",
"p.yaml:4:41: spec.mode: is \"dry-run\", must be enforce, warn or shadow\n"},
{"contact empty",
"{classes: {default: third}, contact: \"  \"}",
"p.yaml:4:44: spec.contact: \"  \" is empty, must say whom to ask; or leave the field out\n"},
{"contact of two lines",
"{classes: {default: third}, contact: \"a\\nb\"}",
"p.yaml:4:44: spec.contact: \"a?b\" must be one line of printable text\n"},
{"contact too long",
"{classes: {default: third}, contact: \"" HUNDRED_E "e\"}",
"p.yaml:4:44: spec.contact: \"" HUNDRED_E "e\" must have at most 100 characters\n"},
{"unknown field",
"{classes: {default: third}, wholegpu: keep}",
"p.yaml:4:35: spec.wholegpu: unknown field \"wholegpu\"; did you mean \"wholeGPU\"?\n"},
{"five mistakes at once",
"{classes: {default: thrid, allowed: [quater]}, mode: off, target: {}, colour: red}",
"p.yaml:4:27: spec.classes.default: there is no SliceClass \"thrid\"; did you mean \"third\"?\n"
"p.yaml:4:44: spec.classes.allowed[0]: there is no SliceClass \"quater\"; did you mean \"quarter\"?\n"
"p.yaml:4:60: spec.mode: is a boolean, must be enforce, warn or shadow\n"
"p.yaml:4:73: spec.target: must be main, all or a list of container names\n"
"p.yaml:4:77: spec.colour: unknown field \"colour\"; known are priority, namespaces, classes, inject, target, sidecars, wholeGPU, otherSlice, claims, conflict, visibleDevices, otherAccelerators, contact, mode\n"},
};
/* clang-format on */

TEST(policy_decode__broken__every_mistake_at_its_position)
{
    expect_broken(broken_policies, ARRAY_SIZE(broken_policies), "SlicePolicy", others);
}

TEST(policy_resolve__broken_class__no_second_problem)
{
    AUTO(string)
    yaml = document_text("SlicePolicy", "q", "{classes: {default: c, allowed: [c, \"c*\"]}}",
                         "---\n" API "kind: SliceClass\nmetadata: {name: c}\nspec: {pools: []}\n");
    expect_problems("broken class", yaml, "p.yaml:9:15: spec.pools: is empty, must name at least one SlicePool\n");
}

static const struct policy *load_policy(struct policy_fixture *loaded, const char *spec)
{
    AUTO(string) yaml = document_text("SlicePolicy", "q", spec, others);
    *loaded = load_text(yaml);
    return &expect_set(loaded)->policies[0];
}

TEST(policy_decode__contact__is_kept)
{
    AUTO(policy_fixture) loaded = {0};
    const struct policy *policy = load_policy(&loaded, "{classes: {default: third}, contact: \"#gpu-platform, é\"}");
    assert_string_equal(policy->contact, "#gpu-platform, é");
}

TEST(policy_decode__little_given__defaults)
{
    static const char *const sidecars[] = {"istio-proxy",      "linkerd-proxy",       "wait",         "queue-proxy",
                                           "vault-agent",      "gke-gcsfuse-sidecar", "linkerd-init", "istio-init",
                                           "istio-validation", "aws-for-fluent-bit",  "datadog-agent"};
    AUTO(policy_fixture) loaded = {0};
    const struct policy *policy = load_policy(&loaded, "{classes: {default: third}}");
    assert_string_equal(policy->name, "q");
    assert_int_equal(policy->priority, 0);
    assert_int_equal(policy->namespace_names.count, 0);
    assert_int_equal(policy->namespace_selector.count, 0);
    assert_true(policy->pod_choice);
    assert_int_equal(policy->inject, INJECT_ON_REQUEST);
    assert_int_equal(policy->target, TARGET_MAIN);
    assert_int_equal(policy->sidecars.count, ARRAY_SIZE(sidecars));
    for (size_t i = 0; i < ARRAY_SIZE(sidecars); i++)
        assert_string_equal(policy->sidecars.items[i], sidecars[i]);
    assert_int_equal(policy->whole_gpu, WHOLE_GPU_CONVERT);
    assert_int_equal(policy->other_slice, OTHER_SLICE_DENY);
    assert_int_equal(policy->other_accelerators, OTHER_ACCELERATORS_WARN);
    assert_int_equal(policy->claims, CLAIMS_BY_NAMESPACE);
    assert_int_equal(policy->conflict, CONFLICT_DENY);
    assert_int_equal(policy->visible_devices, VISIBLE_DEVICES_LEAVE);
    assert_int_equal(policy->mode, MODE_ENFORCE);
}

static const struct {
    const char *written;
    size_t offset;
    int value;
} words[] = {
    {"inject: onRequest", offsetof(struct policy, inject), INJECT_ON_REQUEST},
    {"inject: always", offsetof(struct policy, inject), INJECT_ALWAYS},
    {"target: main", offsetof(struct policy, target), TARGET_MAIN},
    {"target: all", offsetof(struct policy, target), TARGET_ALL},
    {"target: [a, b]", offsetof(struct policy, target), TARGET_NAMES},
    {"wholeGPU: convert", offsetof(struct policy, whole_gpu), WHOLE_GPU_CONVERT},
    {"wholeGPU: keep", offsetof(struct policy, whole_gpu), WHOLE_GPU_KEEP},
    {"wholeGPU: deny", offsetof(struct policy, whole_gpu), WHOLE_GPU_DENY},
    {"otherSlice: deny", offsetof(struct policy, other_slice), OTHER_SLICE_DENY},
    {"otherSlice: keep", offsetof(struct policy, other_slice), OTHER_SLICE_KEEP},
    {"otherSlice: convert", offsetof(struct policy, other_slice), OTHER_SLICE_CONVERT},
    {"claims: keep", offsetof(struct policy, claims), CLAIMS_KEEP},
    {"claims: deny", offsetof(struct policy, claims), CLAIMS_DENY},
    {"conflict: deny", offsetof(struct policy, conflict), CONFLICT_DENY},
    {"conflict: keep", offsetof(struct policy, conflict), CONFLICT_KEEP},
    {"conflict: override", offsetof(struct policy, conflict), CONFLICT_OVERRIDE},
    {"visibleDevices: leave", offsetof(struct policy, visible_devices), VISIBLE_DEVICES_LEAVE},
    {"visibleDevices: guard", offsetof(struct policy, visible_devices), VISIBLE_DEVICES_GUARD},
    {"otherAccelerators: warn", offsetof(struct policy, other_accelerators), OTHER_ACCELERATORS_WARN},
    {"otherAccelerators: deny", offsetof(struct policy, other_accelerators), OTHER_ACCELERATORS_DENY},
    {"otherAccelerators: ignore", offsetof(struct policy, other_accelerators), OTHER_ACCELERATORS_IGNORE},
    {"mode: enforce", offsetof(struct policy, mode), MODE_ENFORCE},
    {"mode: warn", offsetof(struct policy, mode), MODE_WARN},
    {"mode: shadow", offsetof(struct policy, mode), MODE_SHADOW},
};

TEST(policy_decode__each_word__its_value)
{
    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        AUTO(policy_fixture) loaded = {0};
        char spec[128];
        (void)snprintf(spec, sizeof(spec), "{classes: {default: third}, %s}", words[i].written);
        const struct policy *policy = load_policy(&loaded, spec);
        int value;
        memcpy(&value, (const char *)policy + words[i].offset, sizeof(value));
        if (value != words[i].value)
            fail_msg("%s: %d", words[i].written, value);
    }
}

TEST(policy_decode__lists__kept)
{
    AUTO(policy_fixture) loaded = {0};
    const struct policy *policy = load_policy(
        &loaded, "{classes: {default: third, podChoice: false}, target: [b, a], sidecars: [], priority: -5}");
    assert_int_equal(policy->target_names.count, 2);
    assert_string_equal(policy->target_names.items[0], "b");
    assert_string_equal(policy->target_names.items[1], "a");
    assert_int_equal(policy->sidecars.count, 0);
    assert_int_equal(policy->priority, -5);
    assert_false(policy->pod_choice);
}

/* `allowed` and `by_price` are names, joined by spaces. */
static const struct {
    const char *name;
    const char *classes;
    const char *allowed;
    const char *by_price;
    const char *default_class;
    bool none;
} choices[] = {
    {"the default alone", "{default: third}", "third", "third", "third", false},
    {"a star allows every class, but not the word none", "{allowed: [\"*\"]}", "quarter small third",
     "third quarter small", "", false},
    {"none beside a star", "{allowed: [\"*\", none]}", "quarter small third", "third quarter small", "", true},
    {"only none", "{allowed: [none]}", "", "", "", true},
    {"none by default", "{default: none}", "", "", "", true},
    {"none by default, others allowed", "{default: none, allowed: [third]}", "third", "third", "", true},
    {"named twice", "{default: third, allowed: [third, \"t*\", \"th?rd\"]}", "third", "third", "third", false},
    {"two patterns", "{default: small, allowed: [\"[qs]*\"]}", "quarter small", "quarter small", "small", false},
};

static void add_names(struct buf *text, const struct slice_class *const *classes, size_t count)
{
    buf_init(text, 256);
    for (size_t i = 0; i < count; i++)
        buf_addf(text, "%s%s", i ? " " : "", classes[i]->name);
}

TEST(policy_resolve__classes__which_are_allowed)
{
    for (size_t i = 0; i < ARRAY_SIZE(choices); i++) {
        AUTO(policy_fixture) loaded = {0};
        AUTO(buf) allowed = {0};
        AUTO(buf) by_price = {0};
        char spec[128];
        (void)snprintf(spec, sizeof(spec), "{classes: %s}", choices[i].classes);
        const struct policy *policy = load_policy(&loaded, spec);
        const char *default_name = policy->default_class ? policy->default_class->name : "";
        add_names(&allowed, policy->allowed_classes, policy->allowed_count);
        add_names(&by_price, policy->by_price, policy->allowed_count);
        if (strcmp(buf_text(&allowed), choices[i].allowed) != 0 ||
            strcmp(default_name, choices[i].default_class) != 0 ||
            strcmp(buf_text(&by_price), choices[i].by_price) != 0 || policy->none_allowed != choices[i].none)
            fail_msg("%s: allowed %s, by price %s, default %s", choices[i].name, buf_text(&allowed),
                     buf_text(&by_price), default_name);
    }
}

/* The classes of each case, all allowed. A slice of thirds has 5Gi, one of halves 7680Mi; the table has no price for
 * unpriced. */
static const struct {
    const char *name;
    struct {
        const char *name, *pool, *price;
    } classes[3];
    const char *by_price, *largest;
} orders[] = {
    {"by price", {{"a", "thirds", "3"}, {"b", "thirds", "1"}, {"c", "thirds", "2"}}, "b c a", "b"},
    {"the same price: by memory", {{"a", "halves", "1"}, {"b", "thirds", "1.000"}}, "b a", "a"},
    {"the same price and memory: by name", {{"b", "thirds", "1"}, {"a", "thirds", "1"}}, "a b", "a"},
    {"unknown prices last", {{"a", "unpriced", ""}, {"b", "thirds", "999999"}, {"c", "unpriced", ""}}, "b a c", "a"},
    {"as numbers, not as texts",
     {{"a", "thirds", "10"}, {"b", "thirds", "9.5"}, {"c", "thirds", "9.25"}},
     "c b a",
     "c"},
};

TEST(policy_resolve__classes__sorted_by_price)
{
    for (size_t i = 0; i < ARRAY_SIZE(orders); i++) {
        AUTO(policy_fixture) loaded = {0};
        AUTO(buf) text;
        AUTO(buf) by_price = {0};
        buf_init(&text, 8192);
        buf_add_string(&text, API
                       "kind: SlicePolicy\nmetadata: {name: q}\nspec: {classes: {allowed: [\"*\"]}}\n" FIVE_POOLS
                       "---\n" API "kind: SlicePool\nmetadata: {name: halves}\n"
                       "spec: {gpu: t4, sharing: {timeSlicing: {replicas: 2}}}\n"
                       "---\n" API
                       "kind: SlicePool\nmetadata: {name: unpriced}\nspec: {gpu: a30-24gb, sharing: {whole: {}}}\n");
        for (size_t j = 0; j < ARRAY_SIZE(orders[i].classes) && orders[i].classes[j].name; j++)
            buf_addf(&text, "---\n" API "kind: SliceClass\nmetadata: {name: %s}\nspec: {pools: [%s]%s%s%s}\n",
                     orders[i].classes[j].name, orders[i].classes[j].pool,
                     *orders[i].classes[j].price ? ", price: \"" : "", orders[i].classes[j].price,
                     *orders[i].classes[j].price ? "\"" : "");

        loaded = load_text(buf_text(&text));
        const struct policy *policy = &expect_set(&loaded)->policies[0];
        add_names(&by_price, policy->by_price, policy->allowed_count);
        if (strcmp(buf_text(&by_price), orders[i].by_price) != 0 ||
            strcmp(policy->largest->name, orders[i].largest) != 0)
            fail_msg("%s: %s, largest %s", orders[i].name, buf_text(&by_price), policy->largest->name);
    }
}

TEST(policy_resolve__pattern_like_none__is_not_none)
{
    AUTO(string) yaml = document_text("SlicePolicy", "q", "{classes: {allowed: [third, \"n?ne\"]}}", others);
    expect_problems("n?ne", yaml,
                    "p.yaml:4:35: spec.classes.allowed[1]: \"n?ne\" matches no SliceClass; there are quarter, small, "
                    "third\n");
}

TEST(policy_resolve__only_a_guard__no_class_needed)
{
    AUTO(policy_fixture) loaded = {0};
    const struct policy *policy = load_policy(&loaded, "{visibleDevices: guard}");
    assert_int_equal(policy->allowed_count, 0);
    assert_null(policy->default_class);
    assert_false(policy->none_allowed);
}

TEST(policy_allows__class__only_the_allowed)
{
    AUTO(policy_fixture) loaded = {0};
    const struct policy *policy = load_policy(&loaded, "{classes: {allowed: [\"[qs]*\"]}}");
    assert_true(policy_allows(policy, policy_set_class(loaded.set, "quarter")));
    assert_true(policy_allows(policy, policy_set_class(loaded.set, "small")));
    assert_false(policy_allows(policy, policy_set_class(loaded.set, "third")));
}

static const struct {
    const char *namespaces;
    const char *name;
    const char *tier; /* value of the namespace's label "tier", or NULL */
    bool matches;
} matches[] = {
    {"{}", "any", NULL, true},
    {"{names: [\"ml-*\", research]}", "ml-a", NULL, true},
    {"{names: [\"ml-*\", research]}", "research", NULL, true},
    {"{names: [\"ml-*\", research]}", "ml", NULL, false},
    {"{names: [\"ml-*\", research]}", "xml-a", NULL, false},
    {"{selector: {}}", "any", NULL, true},
    {"{selector: {matchLabels: {tier: gpu}}}", "any", "gpu", true},
    {"{selector: {matchLabels: {tier: gpu}}}", "any", "cpu", false},
    {"{selector: {matchLabels: {tier: gpu}}}", "any", NULL, false},
    {"{selector: {matchExpressions: [{key: tier, operator: NotIn, values: [cpu]}]}}", "any", NULL, true},
    {"{selector: {matchExpressions: [{key: tier, operator: NotIn, values: [cpu]}]}}", "any", "cpu", false},
    {"{names: [\"ml-*\"], selector: {matchLabels: {tier: gpu}}}", "ml-a", "gpu", true},
    {"{names: [\"ml-*\"], selector: {matchLabels: {tier: gpu}}}", "ml-a", NULL, false},
    {"{names: [\"ml-*\"], selector: {matchLabels: {tier: gpu}}}", "a", "gpu", false},
};

TEST(policy_matches__names_and_labels__both_must_hold)
{
    for (size_t i = 0; i < ARRAY_SIZE(matches); i++) {
        AUTO(policy_fixture) loaded = {0};
        struct keyvalues labels = {0};
        char spec[256];
        (void)snprintf(spec, sizeof(spec), "{classes: {default: third}, namespaces: %s}", matches[i].namespaces);
        const struct policy *policy = load_policy(&loaded, spec);
        if (matches[i].tier)
            assert_int_equal(keyvalues_set(&labels, "tier", matches[i].tier, &loaded.err), 0);
        if (policy_matches(policy, matches[i].name, &labels) != matches[i].matches)
            fail_msg("%s on %s (tier: %s)", matches[i].namespaces, matches[i].name,
                     matches[i].tier ? matches[i].tier : "none");
        keyvalues_fini(&labels);
    }
}

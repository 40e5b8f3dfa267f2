/* Builds CEL expressions (cel-spec; Kubernetes' libraries) from a policy set. The expressions use namespaceObject, and
 * the variables `containers` and `asking` of guard.c. */
#include "render/guard_cel.h"

#include <inttypes.h>

static void add_text(struct buf *out, const char *text)
{
    buf_add_char(out, '\'');
    for (const char *c = text; *c; c++) {
        if (*c == '\'' || *c == '\\')
            buf_add_char(out, '\\');
        buf_add_char(out, *c);
    }
    buf_add_char(out, '\'');
}

static void add_texts(struct buf *out, const char *const texts[], size_t count)
{
    buf_add_char(out, '[');
    for (size_t i = 0; i < count; i++) {
        buf_add_string(out, i ? ", " : "");
        add_text(out, texts[i]);
    }
    buf_add_char(out, ']');
}

/* Adds a condition that is true if entry k of the map m of quantities requests a GPU: gpu_names_kind() returns
 * RESOURCE_GPU for the name k, and the quantity is above 0. */
static void add_asks(const struct policy_set *set, struct buf *out)
{
    const struct resource_patterns *further = &set->settings.gpu_names.gpus;
    buf_add_string(out, "(k == '" GPU_RESOURCE_WHOLE "' || k == '" GPU_RESOURCE_SHARED
                        "' || k.startsWith('" MIG_RESOURCE_PREFIX "')");
    for (size_t i = 0; i < further->count; i++) {
        const struct resource_pattern *pattern = &further->items[i];
        buf_addf(out, pattern->open ? " || k.startsWith('%.*s')" : " || k == '%.*s'", (int)pattern->length,
                 pattern->text);
    }
    buf_add_string(out, ") && sign(quantity(string(m[k]))) > 0");
}

void guard_asking(const struct policy_set *set, struct buf *out)
{
    buf_add_string(out, "variables.containers.filter(c, " GUARD_QUANTITIES_OF("c") ".exists(m, " GUARD_TOO_MANY(
                            "m") " || m.exists(k, ");
    add_asks(set, out);
    buf_add_string(out, ")))");
}

void guard_asked(const struct policy_set *set, struct buf *out)
{
    buf_add_string(
        out, "variables.asking.map(c, " GUARD_QUANTITIES_OF("c") ".map(m, " GUARD_TOO_MANY("m") " ? [''] : m.map(k, ");
    add_asks(set, out);
    buf_add_string(out, ", k))).map(l, l[0] + l[1])");
}

/* Begins the entry at `index` of a map. */
static void begin_entry(struct buf *out, size_t index, const char *key)
{
    buf_add_string(out, index ? ", " : "");
    add_text(out, key);
    buf_add_string(out, ": ");
}

void guard_limits(const struct policy_set *set, struct buf *out)
{
    buf_add_char(out, '{');
    for (size_t i = 0; i < set->class_count; i++) {
        const struct slice_class *slice_class = &set->classes[i];
        begin_entry(out, i, slice_class->name);
        buf_addf(out, "[%" PRId64 ", %" PRId64 "]", slice_class->per_container,
                 slice_class->per_pod > 0 ? slice_class->per_pod : INT64_MAX);
    }
    buf_add_char(out, '}');
}

void guard_resources(const struct policy_set *set, struct buf *out)
{
    buf_add_char(out, '{');
    for (size_t i = 0; i < set->class_count; i++) {
        begin_entry(out, i, set->classes[i].name);
        add_text(out, set->classes[i].resource);
    }
    buf_add_char(out, '}');
}

/* The class's requirements begin with those derived from its pools, one for each label key. */
static void add_class_labels(const struct slice_class *slice_class, struct buf *out)
{
    buf_add_char(out, '{');
    for (size_t i = 0; i < slice_class->pools[0]->labels.count; i++) {
        const struct requirement *requirement = &slice_class->requirements.items[i];
        begin_entry(out, i, requirement->key);
        add_texts(out, requirement->values, requirement->value_count);
    }
    buf_add_char(out, '}');
}

void guard_labels(const struct policy_set *set, struct buf *out)
{
    buf_add_char(out, '{');
    for (size_t i = 0; i < set->class_count; i++) {
        begin_entry(out, i, set->classes[i].name);
        add_class_labels(&set->classes[i], out);
    }
    buf_add_char(out, '}');
}

/* Converts a shell pattern to a regular expression (RE2). Names consist of letters, digits, '-' and '.', of which only
 * the dot is special in a regular expression. A set in brackets differs only in its '!', which becomes '^'. */
static void add_pattern(const char *pattern, struct buf *out)
{
    bool in_set = false;

    buf_add_string(out, "^");
    for (const char *c = pattern; *c; c++) {
        bool opens = *c == '[';
        if (*c == '*')
            buf_add_string(out, ".*");
        else if (*c == '?')
            buf_add_char(out, '.');
        else if (*c == '.' && !in_set)
            buf_add_string(out, "[.]");
        else if (*c == '!' && c > pattern && c[-1] == '[')
            buf_add_char(out, '^');
        else
            buf_add_char(out, *c);
        in_set = opens || (in_set && *c != ']');
    }

    buf_add_string(out, "$");
}

static void add_names(const struct patterns *names, struct buf *out)
{
    buf_add_char(out, '(');
    for (size_t i = 0; i < names->count; i++) {
        AUTO(buf) expression;
        buf_init(&expression, 4096);
        add_pattern(pattern_text(names->items[i]), &expression);
        buf_add_string(out, i ? " || " : "");
        buf_add_string(out, "namespaceObject.metadata.name.matches(");
        add_text(out, buf_text(&expression));
        buf_add_char(out, ')');
    }
    buf_add_char(out, ')');
}

static void add_label_value(const struct requirement *item, struct buf *out)
{
    buf_add_string(out, "namespaceObject.metadata.?labels[");
    add_text(out, item->key);
    buf_add_char(out, ']');
}

static bool has_empty_value(const struct requirement *item)
{
    for (size_t i = 0; i < item->value_count; i++) {
        if (!*item->values[i])
            return true;
    }
    return false;
}

/* Follows labels.Requirement.Matches: an absent label satisfies NotIn and DoesNotExist, and differs from a label
 * without a value. */
static void add_selected(const struct requirement *item, struct buf *out)
{
    bool negated = item->op == OP_NOT_IN || item->op == OP_DOES_NOT_EXIST;
    bool has_values = item->op == OP_IN || item->op == OP_NOT_IN;

    buf_add_string(out, negated ? "!(" : "");
    add_label_value(item, out);
    if (!has_values || has_empty_value(item))
        buf_add_string(out, ".hasValue()");
    if (has_values && has_empty_value(item)) {
        buf_add_string(out, " && ");
        add_label_value(item, out);
    }
    if (has_values) {
        buf_add_string(out, ".orValue('') in ");
        add_texts(out, item->values, item->value_count);
    }

    buf_add_string(out, negated ? ")" : "");
}

static void add_match(const struct policy *policy, struct buf *out)
{
    size_t count = 0;
    if (policy->namespace_names.count > 0) {
        add_names(&policy->namespace_names, out);
        count++;
    }
    for (size_t i = 0; i < policy->namespace_selector.count; i++) {
        buf_add_string(out, count++ ? " && " : "");
        add_selected(&policy->namespace_selector.items[i], out);
    }
    if (count == 0)
        buf_add_string(out, "true");
}

/* True if the pod's own slice or placement may take precedence, so that the guard cannot require a placement. */
static bool is_lenient(const struct policy *policy)
{
    return policy->other_slice == OTHER_SLICE_KEEP || policy->conflict == CONFLICT_KEEP;
}

/* Claims are checked only in mode enforce. */
static enum claims claims_of(const struct policy *policy)
{
    return policy->mode == MODE_ENFORCE ? policy->claims : CLAIMS_KEEP;
}

static void add_rules(const struct policy *policy, struct buf *out)
{
    const struct {
        bool holds;
        const char *word;
    } rules[] = {
        {policy->mode != MODE_ENFORCE, "only looks"},
        {is_lenient(policy), "lenient"},
        {policy->whole_gpu == WHOLE_GPU_KEEP, "keeps whole GPUs"},
        {policy->pod_choice, "pods choose"},
        {policy->none_allowed, "none"},
        {claims_of(policy) == CLAIMS_KEEP, "keeps claims"},
        {claims_of(policy) == CLAIMS_DENY, "denies claims"},
        {policy->visible_devices == VISIBLE_DEVICES_GUARD && policy->mode == MODE_ENFORCE, "guards"},
    };

    const char *words[ARRAY_SIZE(rules)];
    size_t count = 0;
    for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
        if (rules[i].holds)
            words[count++] = rules[i].word;
    }

    add_texts(out, words, count);
}

static void add_policy(const struct policy *policy, struct buf *out)
{
    buf_add_string(out, "{'rules': ");
    add_rules(policy, out);
    buf_add_string(out, ", 'allowed': [");
    for (size_t i = 0; i < policy->allowed_count; i++) {
        buf_add_string(out, i ? ", " : "");
        add_text(out, policy->allowed_classes[i]->name);
    }
    buf_add_string(out, "], 'default': [");
    if (policy->default_class)
        add_text(out, policy->default_class->name);
    buf_add_string(out, "]}");
}

void guard_policies(const struct policy_set *set, struct buf *out)
{
    buf_add_string(out, "{'': {'rules': [], 'allowed': [], 'default': []}");
    for (size_t i = 0; i < set->policy_count; i++) {
        begin_entry(out, i + 1, set->policies[i].name);
        add_policy(&set->policies[i], out);
    }
    buf_add_char(out, '}');
}

static bool matches_all(const struct policy *policy)
{
    return policy->namespace_names.count == 0 && policy->namespace_selector.count == 0;
}

void guard_policy(const struct policy_set *set, struct buf *out)
{
    for (size_t i = 0; i < set->policy_count; i++) {
        buf_add_char(out, '(');
        add_match(&set->policies[i], out);
        buf_add_string(out, ") ? ");
        add_text(out, set->policies[i].name);
        buf_add_string(out, " : ");
        if (matches_all(&set->policies[i]))
            break; /* no later policy can match */
    }
    buf_add_string(out, "''");
}

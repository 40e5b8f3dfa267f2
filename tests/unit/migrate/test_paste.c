/* Text as people paste it: YAML that a page has broken, and lines of the shell. */
#include "migrate/input/repair.h"
#include "migrate/input/shell.h"
#include "tests/support/check.h"

#include <string.h>

enum { TEXT_MAX = 1 << 16 };

TEST(repair_yaml__what_is_meant_is_unmistakable__repaired)
{
    static const struct {
        const char *text, *repaired, *said; /* repaired: NULL if the text is left as it is */
        unsigned line;                      /* of the first repair */
    } cases[] = {
        /* blocks in brackets, in the column of the key or left of it */
        {"data:\n  config.json: |\n  {\n    \"a\": [1]\n  }\n",
         "data:\n  config.json: |\n    {\n      \"a\": [1]\n    }\n", "config.json", 2},
        {"data:\n  a.json: |-\n{\n  \"a\": \"}\"\n}\n  b: c\n",
         "data:\n  a.json: |-\n    {\n      \"a\": \"}\"\n    }\n  b: c\n", "a.json", 2},
        {"data:\n  a: |\n  [1,\n  2]\n  b: |\n  {}\n---\nc: d\n",
         "data:\n  a: |\n    [1,\n    2]\n  b: |\n    {}\n---\nc: d\n", "a must", 2},
        {"a:\n  b:\n    c: >\n  {\"d\":\n\n  1}", "a:\n  b:\n    c: >\n      {\"d\":\n\n      1}", "c must", 3},
        /* configurations in YAML */
        {"data:\n  any: |\n  version: v1\n  sharing:\n    timeSlicing: {}\n",
         "data:\n  any: |\n    version: v1\n    sharing:\n      timeSlicing: {}\n", "any", 2},
        {"kind: ConfigMap\ndata:\n  config.yaml: |\n  version: v1\n  mig-configs:\n    all-1g.5gb:\n    - devices: all\n---\nb: c\n",
         "kind: ConfigMap\ndata:\n  config.yaml: |\n    version: v1\n    mig-configs:\n      all-1g.5gb:\n      - devices: "
         "all\n---\nb: c\n",
         "config.yaml", 3},
        {"data:\n  a: |\n  sharing: {}\n  b: |\n  version: v1\n  sharing: {}\n",
         "data:\n  a: |\n    sharing: {}\n  b: |\n    version: v1\n    sharing: {}\n", "a must", 2},
        /* marks that fold a part of a page, and no-break spaces */
        {"▼ metadata:\n  name: a\n", "metadata:\n  name: a\n", "metadata", 1},
        {"a:\n  ▸b: c\n", "a:\n  b: c\n", "b is a page's", 2},
        {"a:\n\xc2\xa0\xc2\xa0"
         "b: c\n",
         "a:\n  b: c\n", "no-break", 2},
        {"a:\xc2\xa0"
         "b\n-\xc2\xa0"
         "c\n",
         "a: b\n- c\n", "no-break", 1},
        {"data:\n\xc2\xa0 a: |\n\xc2\xa0 {\n\xc2\xa0\xc2\xa0 \"b\": 1\n\xc2\xa0 }\n",
         "data:\n  a: |\n    {\n     \"b\": 1\n    }\n", "no-break", 2},
        /* typographic quotation marks */
        {"a: “true”\n“b”: ”c”\n", "a: \"true\"\n\"b\": \"c\"\n", "quotation", 1},
        {"a: 1\n- {key: k, value: “true”, effect: NoSchedule}\n",
         "a: 1\n- {key: k, value: \"true\", effect: NoSchedule}\n", "quotation", 2},
        {"data:\n  a: |\n  {\n    ”b”: [“c”]\n  }\n", "data:\n  a: |\n    {\n      \"b\": [\"c\"]\n    }\n",
         "quotation", 4},
        /* tabs in a block in brackets */
        {"data:\n  a: |\n  {\n\t\"b\": [\n\t\t1]\n  }\n", "data:\n  a: |\n    {\n    \t\"b\": [\n    \t\t1]\n    }\n",
         "a must", 2},
        {"data:\n  a: |\n    {\n\t\"b\": 1\n    }\n  c: d\n", "data:\n  a: |\n    {\n    \t\"b\": 1\n    }\n  c: d\n",
         "with a tab", 2},
        /* mistakable, or right */
        {"a: a text with “quotes”\nb: “c” and d\n# “e”\n", NULL, NULL, 0},
        {"a: b\xc2\xa0"
         "c\n",
         NULL, NULL, 0},
        {"a: |\n  {\n\tb\n", NULL, NULL, 0},
        {"data:\n  a: |\n  some text\n", NULL, NULL, 0},
        {"data:\n  a: |\n  version: v1\n  b: c\n", NULL, NULL, 0},
        {"data:\n  any: |\n  version: v1\n  sharing: {}\n  other: c\n", NULL, NULL, 0},
        {"spec:\n  a: |\n  version: v1\n  sharing: {}\n", NULL, NULL, 0},
        {"data:\n  a: |\n  {\n    1\n---\n  }\n", NULL, NULL, 0},
        {"data:\n  a: |\n  {1} 2\n", NULL, NULL, 0},
        {"data:\n  a: |\n  {{ .Values.a }}\n", NULL, NULL, 0},
        {"data:\n  a: |\n    b: |\n    {\n    ▼ c:\n    }\n  d: e\n", NULL, NULL, 0},
        {"# a: |\n{}\n", NULL, NULL, 0},
        {"a: |\n", NULL, NULL, 0},
        {"a: |\n\n", NULL, NULL, 0},
        {"", NULL, NULL, 0},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(repairs) repairs = {0};
        AUTO(buf) out;
        struct err err;
        buf_init(&out, TEXT_MAX);
        check_success(cases[i].text, repair_yaml(cases[i].text, &out, &repairs, &err), &err);
        check_text(cases[i].text, buf_text(&out), cases[i].repaired ? cases[i].repaired : cases[i].text);
        assert_int_equal(repairs.count > 0, cases[i].repaired != NULL);
        if (cases[i].repaired &&
            (repairs.items[0].line != cases[i].line || !strstr(repairs.items[0].text, cases[i].said)))
            fail_msg("%s: line %u: %s", cases[i].text, repairs.items[0].line, repairs.items[0].text);
    }
}

/* Prints the commands as "word|word>output ; word <<here". */
static void print_line(const struct shell_line *line, struct buf *out)
{
    for (size_t i = 0; i < line->count; i++) {
        const struct shell_command *command = &line->commands[i];
        buf_add_string(out, i > 0 ? " ; " : "");
        for (size_t j = 0; j < command->words.count; j++)
            buf_addf(out, "%s%s", j > 0 ? "|" : "", command->words.items[j]);
        buf_addf(out, "%s%s", command->output ? ">" : "", command->output ? command->output : "");
    }
    if (line->here)
        buf_addf(out, " <<%s%s%s", line->here_tabs ? "-" : "", line->here_quoted ? "'" : "", line->here);
}

TEST(shell_split__line__commands_and_redirections)
{
    static const struct {
        const char *text, *expected;
    } cases[] = {
        {"kubectl label node <node-name> a=b", "kubectl|label|node|<node-name>|a=b"},
        {"kubectl label node <NODE> a=b >/dev/null 2>&1", "kubectl|label|node|<NODE>|a=b>1"},
        {"kubectl label node/<your node> a=b", "kubectl|label|node/<your node>|a=b"},
        {"kubectl label node ${NODE} $NODE a=${B:-c d}", "kubectl|label|node|${NODE}|$NODE|a=${B:-c d}"},
        {"k label node $(kubectl get node | head -1) a=b", "k|label|node|$(kubectl get node | head -1)|a=b"},
        {"k `a | b` c", "k|`a | b`|c"},
        {"for n in a b; do kubectl x; done", "for|n|in|a|b ; do|kubectl|x ; done"},
        {"a && b || c", "a ; b ; c"},
        {"a \"b c\" 'd\"' e\\ f # g", "a|b c|d\"|e f"},
        {"cat <<EOF > out.yaml", "cat>out.yaml <<EOF"},
        {"cat >out.yaml <<-'END'", "cat>out.yaml <<-'END"},
        {"sudo tee -a x <<\"E\"", "sudo|tee|-a|x <<'E"},
        {"cat <<\\EOF | kubectl apply -f -", "cat ; kubectl|apply|-f|- <<'EOF"},
        {"a <in b", "a|b"},
        {"a <<< text", "a"},
        {"x=$((1 << 2))", "x=$((1 << 2))"},
        {"", ""},
        {"'", ""},
        {"<", ""},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(shell_line) line = {0};
        AUTO(buf) out;
        struct err err;
        buf_init(&out, TEXT_MAX);
        check_success(cases[i].text, shell_split(cases[i].text, &line, &err), &err);
        print_line(&line, &out);
        check_text(cases[i].text, buf_text(&out), cases[i].expected);
    }
}

#include "tests/support/cli.h"
#include "tests/support/test.h"

#include "base/clock.h"
#include "base/file.h"
#include "tests/support/temp_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { ARGUMENTS_MAX = 32, RUN_MS = 30000, POLL_MS = 20, TEXT_MAX = 64 << 20 };

static void must(bool good, const char *what, const char *why)
{
    if (good)
        return;
    (void)fprintf(stderr, "%s: %s\n", what, why);
    abort();
}

static void make_argv(const char *const arguments[], const char *argv[ARGUMENTS_MAX])
{
    const char *binary = getenv("GPUSLICE_BIN");
    size_t count = 0;
    argv[count++] = binary && *binary ? binary : "build/gcc/gpuslice";
    for (size_t i = 0; arguments[i]; i++) {
        must(count + 1 < ARGUMENTS_MAX, "cli_run", "too many arguments");
        argv[count++] = arguments[i];
    }
    argv[count] = NULL;
}

/* Makes `input` the standard input of this process, which children inherit. */
static void set_input(const char *input)
{
    AUTO(temp_dir) folder = temp_dir_new();
    temp_write(folder, "input", input ? input : "");
    AUTO(string) path = temp_path(folder, "input");
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    must(fd >= 0 && dup2(fd, STDIN_FILENO) == STDIN_FILENO, path, strerrordesc_np(errno));
    (void)close(fd);
}

void cli_run(const char *const arguments[], const char *input, struct program_output *ret_output)
{
    struct err err = {0};
    const char *argv[ARGUMENTS_MAX];
    make_argv(arguments, argv);
    set_input(input);
    int result = program_run(argv, RUN_MS, ret_output, &err);
    must(result == 0, argv[0], err.text);
}

static size_t count_wrong(const struct cli_case *one, int status, const char *printed)
{
    size_t wrong = status != one->status;
    for (size_t i = 0; i < ARRAY_SIZE(one->said) && one->said[i]; i++)
        wrong += !strstr(printed, one->said[i]);
    for (size_t i = 0; i < ARRAY_SIZE(one->unsaid) && one->unsaid[i]; i++)
        wrong += strstr(printed, one->unsaid[i]) != NULL;
    return wrong;
}

void cli_check_cases(const struct cli_case *cases, size_t count)
{
    size_t wrong = 0;
    for (size_t i = 0; i < count; i++) {
        AUTO(program_output) output = {0};
        AUTO(string) all = NULL;
        cli_run(cases[i].arguments, cases[i].input, &output);
        assert_true(asprintf(&all, "%s%s", buf_text(&output.out), buf_text(&output.errors)) >= 0);
        if (count_wrong(&cases[i], output.status, all) == 0)
            continue;
        wrong++;
        print_error("%s: ended with %d:\n%s\n", cases[i].name, output.status, all);
    }
    assert_int_equal(wrong, 0);
}

/* Adds what can be read now, without carriage returns. Returns false if there is nothing. */
static bool read_terminal(int fd, struct buf *out)
{
    char chunk[4096];
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    if (poll(&ready, 1, POLL_MS) <= 0)
        return false;
    ssize_t length = read(fd, chunk, sizeof(chunk));
    for (ssize_t i = 0; i < length; i++) {
        if (chunk[i] != '\r')
            buf_add_char(out, chunk[i]);
    }
    return length > 0;
}

int cli_run_on_terminal(const char *const arguments[], struct buf *out)
{
    struct err err = {0};
    struct program program;
    int status = -1;
    const char *argv[ARGUMENTS_MAX];
    make_argv(arguments, argv);
    int terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    must(terminal >= 0 && grantpt(terminal) == 0 && unlockpt(terminal) == 0, "posix_openpt", strerrordesc_np(errno));
    char name[64];
    must(ptsname_r(terminal, name, sizeof(name)) == 0, "ptsname_r", strerrordesc_np(errno));
    int kept = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC); /* keeps the terminal readable after the program has ended */
    must(kept >= 0, name, strerrordesc_np(errno));
    must(program_start(argv, name, &program, &err) == 0, argv[0], err.text);
    int64_t deadline = clock_monotonic_ns() + (int64_t)RUN_MS * 1000000;
    bool ended = false;
    while (read_terminal(terminal, out) || !ended) {
        ended = program_has_ended(&program);
        must(clock_monotonic_ns() < deadline, argv[0], "does not end");
    }
    must(program_stop(&program, RUN_MS, &status, &err) == 0, argv[0], err.text);
    (void)close(kept);
    (void)close(terminal);
    return status;
}

char *cli_golden(const char *name)
{
    struct err err = {0};
    AUTO(buf) text;
    char path[128];
    (void)snprintf(path, sizeof(path), "tests/cli/%s", name);
    buf_init(&text, TEXT_MAX);
    must(file_read(path, &text, &err) == 0, path, err.text);
    return buf_take(&text);
}

char *cli_replace(const char *text, const char *from, const char *to)
{
    AUTO(buf) out;
    buf_init(&out, TEXT_MAX);
    for (const char *at; (at = strstr(text, from)); text = at + strlen(from)) {
        buf_add(&out, text, (size_t)(at - text));
        buf_add_string(&out, to);
    }
    buf_add_string(&out, text);
    char *result = out.data ? buf_take(&out) : strdup("");
    must(result != NULL, "cli_replace", "out of memory");
    return result;
}

void cli_revision(char ret_revision[13])
{
    AUTO(program_output) output = {0};
    cli_run((const char *[]){"mutate", "-o", "review", "docs/examples/mig-pod.yaml", NULL}, NULL, &output);
    const char *at = strstr(buf_text(&output.out), "\"revision\":\"");
    must(at && sscanf(at, JSON("revision":"%12[0-9a-f]"), ret_revision) == 1 && strlen(ret_revision) == 12,
         "no revision in", buf_text(&output.out));
}

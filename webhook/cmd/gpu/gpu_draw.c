/* Draws the MIG instances of a GPU as text. */
#include "cmd/gpu/gpu.h"

#include "cmd/colours.h"

#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

enum { COLUMNS = 72, CELL_MIN = 6, BOXES_MAX = LAYOUT_INSTANCES_MAX * 2 + 1, TEXT_MAX = 64 };

/* Consecutive memory units of one instance; unused ones if profile is NULL. */
struct box {
    const struct mig_profile *profile;
    unsigned start, units;
};

struct boxes {
    struct box items[BOXES_MAX]; /* from left to right, the whole GPU */
    size_t count;
    unsigned cell; /* columns of one memory unit, including its left border */
};

struct strokes {
    const char *across, *down;
    const char *top[3], *bottom[3]; /* left corner, joint, right corner */
};

static const struct strokes ascii_strokes = {"-", "|", {"+", "+", "+"}, {"+", "+", "+"}};
static const struct strokes line_strokes = {"─", "│", {"┌", "┬", "┐"}, {"└", "┴", "┘"}};

struct gpu_brush gpu_brush_of_terminal(void)
{
    (void)setlocale(LC_CTYPE, "");
    return (struct gpu_brush){.lines = strcmp(nl_langinfo(CODESET), "UTF-8") == 0, .colour = command_colour()};
}

static int compare_starts(const void *a, const void *b)
{
    const struct placement *left = a;
    const struct placement *right = b;
    return (left->start > right->start) - (left->start < right->start);
}

static void add_box(struct boxes *boxes, const struct mig_profile *profile, unsigned start, unsigned units)
{
    if (units > 0 && boxes->count < BOXES_MAX)
        boxes->items[boxes->count++] = (struct box){profile, start, units};
}

static void find_boxes(const struct gpu_model *model, const struct layout *layout, struct boxes *boxes)
{
    struct placements placements = {.count = 0};
    if (!layout_place(layout, &placements))
        placements.count = 0;
    qsort(placements.items, placements.count, sizeof(placements.items[0]), compare_starts);

    unsigned next = 0;
    for (size_t i = 0; i < placements.count; i++) {
        const struct placement *placement = &placements.items[i];
        add_box(boxes, NULL, next, placement->start - next);
        add_box(boxes, placement->profile, placement->start, placement->profile->memory_units);
        next = placement->start + placement->profile->memory_units;
    }

    add_box(boxes, NULL, next, model->memory_units - next);
    boxes->cell = COLUMNS / model->memory_units > CELL_MIN ? COLUMNS / model->memory_units : CELL_MIN;
}

static size_t inner_width(const struct boxes *boxes, const struct box *box)
{
    return (size_t)box->units * boxes->cell - 1;
}

static void draw_border(const struct boxes *boxes, const char *across, const char *const corners[3], struct buf *out)
{
    for (size_t i = 0; i < boxes->count; i++) {
        buf_add_string(out, corners[i > 0]);
        for (size_t n = 0; n < inner_width(boxes, &boxes->items[i]); n++)
            buf_add_string(out, across);
    }
    buf_addf(out, "%s\n", corners[2]);
}

/* Sets ret_text to the text in a box on one line of the drawing. `width` is the number of columns between the box's
 * borders. */
typedef void box_writer(const struct box *box, size_t width, char ret_text[TEXT_MAX]);

/* Returns the length of the first part of a name. A name that is too long for its box is split before + or -: "1g.10gb"
 * and "+me". */
static size_t stem_length(const char *name)
{
    return strcspn(name, "+-");
}

static void write_name(const struct box *box, size_t width, char ret_text[TEXT_MAX])
{
    const char *name = box->profile ? box->profile->name : "unused";
    size_t length = strlen(name) > width ? stem_length(name) : strlen(name);
    (void)snprintf(ret_text, TEXT_MAX, "%.*s", (int)length, name);
}

static void write_rest_of_name(const struct box *box, size_t width, char ret_text[TEXT_MAX])
{
    const char *name = box->profile ? box->profile->name : "";
    (void)snprintf(ret_text, TEXT_MAX, "%s", strlen(name) > width ? name + stem_length(name) : "");
}

static void write_memory(const struct box *box, size_t width, char ret_text[TEXT_MAX])
{
    (void)width;
    ret_text[0] = '\0';
    if (box->profile)
        (void)snprintf(ret_text, TEXT_MAX, "%lld MiB", (long long)(box->profile->memory_bytes >> 20));
}

static const char *colour_of(const struct gpu_model *model, const struct box *box)
{
    static const char *const colours[] = {COLOUR_CYAN, COLOUR_GREEN, COLOUR_YELLOW, COLOUR_MAGENTA, COLOUR_BLUE};
    return box->profile ? colours[(size_t)(box->profile - model->profiles) % ARRAY_SIZE(colours)] : COLOUR_DIM;
}

static void draw_line(const struct gpu_model *model, const struct boxes *boxes, struct gpu_brush brush,
                      const struct strokes *strokes, box_writer *write, struct buf *out)
{
    for (size_t i = 0; i < boxes->count; i++) {
        const struct box *box = &boxes->items[i];
        char text[TEXT_MAX];
        size_t width = inner_width(boxes, box);
        write(box, width, text);
        size_t length = strnlen(text, width);
        size_t left = (width - length) / 2;
        buf_addf(out, "%s%*s%s%.*s%s%*s", strokes->down, (int)left, "", brush.colour ? colour_of(model, box) : "",
                 (int)length, text, brush.colour ? COLOUR_END : "", (int)(width - length - left), "");
    }
    buf_addf(out, "%s\n", strokes->down);
}

/* Adds the number of each memory unit above its left border. The column STARTS of `gpu show` has such numbers. */
static void draw_ruler(const struct gpu_model *model, const struct boxes *boxes, struct buf *out)
{
    for (unsigned unit = 0; unit + 1 < model->memory_units; unit++)
        buf_addf(out, "%-*u", (int)boxes->cell, unit);
    buf_addf(out, "%u\n", model->memory_units - 1);
}

static bool any_name_is_split(const struct boxes *boxes)
{
    for (size_t i = 0; i < boxes->count; i++) {
        const struct box *box = &boxes->items[i];
        if (box->profile && strlen(box->profile->name) > inner_width(boxes, box))
            return true;
    }
    return false;
}

void gpu_draw(const struct gpu_model *model, const struct layout *layout, struct gpu_brush brush, struct buf *out)
{
    const struct strokes *strokes = brush.lines ? &line_strokes : &ascii_strokes;
    struct boxes boxes = {.count = 0};
    find_boxes(model, layout, &boxes);
    draw_ruler(model, &boxes, out);
    draw_border(&boxes, strokes->across, strokes->top, out);
    draw_line(model, &boxes, brush, strokes, write_name, out);
    if (any_name_is_split(&boxes))
        draw_line(model, &boxes, brush, strokes, write_rest_of_name, out);
    draw_line(model, &boxes, brush, strokes, write_memory, out);
    draw_border(&boxes, strokes->across, strokes->bottom, out);
}

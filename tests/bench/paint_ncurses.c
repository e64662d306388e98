/* The same frames by ncurses: it gets every cell of each frame and sends what differs, in 256 colours.

   Arguments: a file of frames, the terminal to paint on. For each line on standard input it paints: `first` the first
   frame, `rest` all others; then prints microseconds of CPU a frame. Frames are read and laid out beforehand.

   The file: `s FG BG BOLD` is the next style (colours of the 256, -1 the terminal's own), `f` begins a frame,
   `r ROW COLUMN STYLE TEXT` is a run of cells in it. */

#define _XOPEN_SOURCE_EXTENDED 1
#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <wchar.h>

enum { STYLES = 4096, WIDTH = 512 };

typedef struct {
    int row, column, style;
    wchar_t *text;
} Run;

static struct { attr_t attributes; int pair; } styles[STYLES];
static Run *runs;
static int *frames; /* the first run of each */
static int run_count, frame_count, style_count;

static int pair_of(int fg, int bg) {
    static struct { int fg, bg; } pairs[STYLES];
    static int count = 1;
    for (int n = 1; n < count; n++)
        if (pairs[n].fg == fg && pairs[n].bg == bg) return n;
    pairs[count].fg = fg;
    pairs[count].bg = bg;
    init_extended_pair(count, fg, bg);
    return count++;
}

static int load(const char *path) {
    FILE *file = fopen(path, "rb");
    char *line = NULL;
    size_t room = 0;
    ssize_t size;
    if (!file) return 0;
    while ((size = getline(&line, &room, file)) > 0) {
        int a, b, c, at = 0;
        line[size - 1] = 0;
        if (line[0] == 's' && sscanf(line, "s %d %d %d", &a, &b, &c) == 3 && style_count < STYLES) {
            styles[style_count].attributes = c ? A_BOLD : A_NORMAL;
            styles[style_count++].pair = pair_of(a, b);
        } else if (line[0] == 'f') {
            frames = realloc(frames, (size_t)(frame_count + 2) * sizeof *frames);
            frames[frame_count++] = run_count;
        } else if (sscanf(line, "r %d %d %d%n", &a, &b, &c, &at) == 3) {
            wchar_t text[WIDTH];
            if (mbstowcs(text, line + at + 1, WIDTH) == (size_t)-1) return 0;
            runs = realloc(runs, (size_t)(run_count + 1) * sizeof *runs);
            runs[run_count++] = (Run){a, b, c, wcsdup(text)};
        }
    }
    if (frame_count) frames[frame_count] = run_count;
    return frame_count > 1;
}

static void paint(int frame) {
    for (int n = frames[frame]; n < frames[frame + 1]; n++) {
        const Run *run = &runs[n];
        attr_set(styles[run->style].attributes, 0, &styles[run->style].pair);
        mvaddwstr(run->row, run->column, run->text);
    }
    refresh();
}

int main(int argc, char **argv) {
    char told[64];
    setlocale(LC_ALL, "C.UTF-8");
    FILE *terminal = argc > 2 ? fopen(argv[2], "r+") : NULL;
    SCREEN *screen = terminal ? newterm(NULL, terminal, terminal) : NULL;
    if (!screen) return 2;
    start_color();
    use_default_colors();
    if (!load(argv[1])) return 3;
    while (fgets(told, sizeof told, stdin)) {
        int first = told[0] == 'f', from = first ? 0 : 1, to = first ? 1 : frame_count;
        struct timespec start, end;
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
        for (int n = from; n < to; n++) paint(n);
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
        double us = (double)(end.tv_sec - start.tv_sec) * 1e6 + (double)(end.tv_nsec - start.tv_nsec) / 1e3;
        printf("{\"us\":%.3f}\n", us / (to - from));
        fflush(stdout);
    }
    endwin();
    delscreen(screen);
    return 0;
}

#include "cli/progress.h"

#include <stdio.h>
#include <unistd.h>

#define BAR_WIDTH 30
#define REDRAW_AFTER (SECONDS(1) / 10)
#define FIRST_AFTER (SECONDS(1) / 2) /* what is over by then shows nothing */
#define LINE_AFTER SECONDS(5)

void progress_begin(struct progress *progress, const char *what, int64_t total)
{
    usec now = time_monotonic();
    *progress = (struct progress){.what = what,
                                  .total = total,
                                  .began = now,
                                  .shown = now,
                                  .is_terminal = isatty(STDERR_FILENO) == 1};
}

static int percent(const struct progress *progress)
{
    if (progress->done >= progress->total)
        return 100;
    return (int)((double)progress->done * 100 / (double)progress->total);
}

static void draw_bar(struct progress *progress)
{
    if (progress->total <= 0) {
        fprintf(stderr, "\r%s: %lld\033[K", progress->what, (long long)progress->done);
    } else {
        char bar[BAR_WIDTH + 1];
        int full = percent(progress) * BAR_WIDTH / 100;
        for (int i = 0; i < BAR_WIDTH; i++)
            bar[i] = i < full ? '#' : '.';
        bar[BAR_WIDTH] = '\0';
        fprintf(stderr, "\r%s [%s] %3d%%  %lld of %lld\033[K", progress->what, bar,
                percent(progress), (long long)progress->done, (long long)progress->total);
    }
    progress->is_drawn = true;
}

static void write_line(const struct progress *progress)
{
    if (progress->total <= 0)
        fprintf(stderr, "%s: %lld\n", progress->what, (long long)progress->done);
    else
        fprintf(stderr, "%s: %lld of %lld (%d%%)\n", progress->what, (long long)progress->done,
                (long long)progress->total, percent(progress));
}

void progress_show(struct progress *progress, int64_t done)
{
    progress->done = done;
    usec now = time_monotonic();
    usec wait = !progress->is_terminal ? LINE_AFTER
                : progress->is_drawn   ? REDRAW_AFTER
                                       : FIRST_AFTER;
    if (now - progress->shown < wait)
        return;
    progress->shown = now;
    if (progress->is_terminal)
        draw_bar(progress);
    else
        write_line(progress);
}

void progress_end(struct progress *progress)
{
    if (progress->is_drawn)
        fputs("\r\033[K", stderr);
    progress->is_drawn = false;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-terminal.h"

#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Standard output as a terminal that can move its cursor. */

#define DEFAULT_COLUMNS 80
#define DEFAULT_ROWS 24

gboolean
keel_terminal_is_there (void)
{
  const char *term = g_getenv ("TERM");

  return isatty (STDOUT_FILENO) && g_strcmp0 (term, "dumb") != 0;
}

void
keel_terminal_get_size (guint *out_columns,
                        guint *out_rows)
{
  struct winsize size = { 0 };

  if (ioctl (STDOUT_FILENO, TIOCGWINSZ, &size) != 0)
    size = (struct winsize){ 0 };
  *out_columns = size.ws_col > 0 ? size.ws_col : DEFAULT_COLUMNS;
  *out_rows = size.ws_row > 0 ? size.ws_row : DEFAULT_ROWS;
}

void
keel_terminal_show_cursor (gboolean show)
{
  fputs (show ? "\033[?25h" : "\033[?25l", stdout);
  fflush (stdout);
}

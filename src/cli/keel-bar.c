/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-bar.h"

#include "keel-phrase.h"
#include "keel-text.h"

#include <math.h>

/* One task as one line of a terminal: name, bar, percent, and in words bytes, rate and time left,
 * or why nothing flows. The columns depend on the width of the terminal only, so that nothing jumps
 * when a number grows. When the line is too narrow the words give way from their end, then the bar,
 * and the name last. */

#define NAME_COLUMNS_MIN 12
#define NAME_COLUMNS_MAX 40
#define BAR_COLUMNS_MIN 7
#define BAR_COLUMNS_MAX 30
#define PERCENT_COLUMNS 4
#define WORDS_COLUMNS 52 /* "  999.9 MB of 999.9 MB  999.9 kB/s  about 59 minutes" */
#define GAP "  "

static char *
draw_bar (double fraction,
          guint  columns)
{
  const guint inside = columns - 2;
  const guint filled = (guint) floor (fraction * inside);
  GString *bar = g_string_new ("[");

  for (guint i = 0; i < inside; i++)
    g_string_append_c (bar, i < filled ? '#' : '-');
  g_string_append_c (bar, ']');
  return g_string_free (bar, FALSE);
}

static char *
draw_percent (KeelTask *task)
{
  const gboolean known = keel_task_get_total (task) > 0 ||
                         keel_task_get_state (task) == KEEL_TASK_STATE_FINISHED;

  /* Never 100 % before it is true. */
  return known ? g_strdup_printf ("%3d%%", (int) floor (keel_task_get_fraction (task) * 100)) :
                 g_strdup ("    ");
}

/* (transfer full): in the order in which they are dropped, the last one first. */
static GPtrArray *
collect_words (KeelTask *task)
{
  GPtrArray *words = g_ptr_array_new_with_free_func (g_free);
  const gboolean flows = keel_task_get_state (task) == KEEL_TASK_STATE_RUNNING &&
                         keel_task_get_received (task) > 0;

  if (!flows)
    g_ptr_array_add (words, keel_phrase_for_task (task));
  if (keel_task_get_received (task) > 0)
    g_ptr_array_add (words, keel_phrase_for_amount (task));
  if (flows)
    g_ptr_array_add (words, keel_phrase_for_rate (keel_task_get_rate (task)));
  if (flows && keel_task_get_eta (task) >= 0)
    g_ptr_array_add (words, keel_phrase_for_eta (keel_task_get_eta (task)));
  return words;
}

/* As many as there is room for; the first one, which matters most, is rather cut than left out. */
static char *
join_words (GPtrArray *words,
            guint      columns)
{
  GString *line = g_string_new (NULL);
  guint left = columns;

  for (guint i = 0; i < words->len && left > strlen (GAP); i++)
    {
      g_autofree char *word = NULL;

      left -= (guint) strlen (GAP);
      if (i > 0 && keel_text_get_width (g_ptr_array_index (words, i)) > left)
        break;
      word = keel_text_fit (g_ptr_array_index (words, i), left);
      g_string_append (line, GAP);
      g_string_append (line, word);
      left -= keel_text_get_width (word);
    }
  return g_string_free (line, FALSE);
}

/* (transfer full): at most so many columns. */
char *
keel_bar_draw (KeelTask *task,
               guint     columns)
{
  g_autofree char *name = keel_phrase_dup_name (task);
  g_autofree char *percent = draw_percent (task);
  g_autoptr (GPtrArray) words = collect_words (task);
  g_autofree char *padded_name = NULL;
  g_autofree char *bar = NULL;
  g_autofree char *joined = NULL;
  const guint least = (guint) (NAME_COLUMNS_MIN + BAR_COLUMNS_MIN + PERCENT_COLUMNS +
                               2 * strlen (GAP));
  const guint spare = columns > least + WORDS_COLUMNS ? columns - least - WORDS_COLUMNS : 0;
  const guint name_columns = MIN (NAME_COLUMNS_MIN + spare / 3, NAME_COLUMNS_MAX);
  const guint bar_columns = MIN (BAR_COLUMNS_MIN + spare / 4, BAR_COLUMNS_MAX);

  if (columns < least)
    return keel_text_fit (name, columns);

  padded_name = keel_text_pad (name, name_columns);
  bar = draw_bar (keel_task_get_fraction (task), bar_columns);
  joined = join_words (words, columns - least - (name_columns - NAME_COLUMNS_MIN) -
                                (bar_columns - BAR_COLUMNS_MIN));
  return g_strconcat (padded_name, GAP, bar, GAP, percent, joined, NULL);
}

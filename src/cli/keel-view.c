/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-view.h"

#include "keel-bar.h"
#include "keel-phrase.h"
#include "keel-task-json.h"
#include "keel-terminal.h"

#include <glib/gi18n.h>
#include <stdio.h>

/* Shows followed tasks on standard output, in one of the ways of KeelViewKind.
 *
 * Bars: the lines of the tasks that have not ended are the last ones on the terminal and are drawn
 * over again in place; a task that ends leaves its line above them for good. Nothing is drawn more
 * often than ten times a second, however fast the tasks change; the same holds for the objects of
 * the JSON stream, but a change of state is never left out of that. */

#define REDRAW_MSEC 100

struct _KeelView {
  KeelViewKind kind;
  GPtrArray *tasks;  /* (owned) (element-type KeelTask) those still followed */
  GHashTable *dirty; /* (owned) those of them that changed since they were shown */
  guint redraw_timer;
  guint rows_drawn; /* lines above the cursor that are ours */
};

KeelViewKind
keel_view_choose (gboolean json)
{
  if (json)
    return KEEL_VIEW_JSON;
  return keel_terminal_is_there () ? KEEL_VIEW_BARS : KEEL_VIEW_LINES;
}

static void
print_state_line (KeelTask *task)
{
  g_autofree char *name = keel_phrase_dup_name (task);
  g_autofree char *phrase = keel_phrase_for_task (task);

  g_print ("%" G_GUINT64_FORMAT " %s: %s\n", keel_task_get_id (task), name, phrase);
  fflush (stdout);
}

static void
erase_bars (KeelView *self)
{
  if (self->rows_drawn > 0)
    g_print ("\033[%uA\r\033[J", self->rows_drawn);
  self->rows_drawn = 0;
}

static void
draw_bars (KeelView *self)
{
  guint columns, rows, n_shown;

  keel_terminal_get_size (&columns, &rows);
  erase_bars (self);
  /* One line stays free for the cursor, one for the number of those that find no room. */
  n_shown = MIN (self->tasks->len, rows > 3 ? rows - 2 : 1);
  for (guint i = 0; i < n_shown; i++)
    {
      g_autofree char *bar = keel_bar_draw (g_ptr_array_index (self->tasks, i), columns - 1);

      g_print ("%s\n", bar);
    }
  self->rows_drawn = n_shown;
  if (n_shown < self->tasks->len)
    {
      const guint n_hidden = self->tasks->len - n_shown;

      g_print (ngettext ("and %u more", "and %u more", n_hidden), n_hidden);
      g_print ("\n");
      self->rows_drawn++;
    }
  fflush (stdout);
}

static void
print_dirty (KeelView *self)
{
  for (guint i = 0; i < self->tasks->len; i++)
    if (g_hash_table_remove (self->dirty, g_ptr_array_index (self->tasks, i)))
      keel_task_json_print (g_ptr_array_index (self->tasks, i));
}

static gboolean
redraw_cb (gpointer user_data)
{
  KeelView *self = user_data;

  if (g_hash_table_size (self->dirty) == 0)
    {
      self->redraw_timer = 0;
      return G_SOURCE_REMOVE;
    }

  if (self->kind == KEEL_VIEW_BARS)
    draw_bars (self);
  else
    print_dirty (self);
  g_hash_table_remove_all (self->dirty);
  return G_SOURCE_CONTINUE;
}

static void
task_notify_cb (KeelTask   *task,
                GParamSpec *pspec,
                gpointer    user_data)
{
  KeelView *self = user_data;

  g_hash_table_add (self->dirty, task);
  if (self->redraw_timer == 0)
    self->redraw_timer = g_timeout_add (REDRAW_MSEC, redraw_cb, self);
}

void
keel_view_add (KeelView *self,
               KeelTask *task)
{
  g_ptr_array_add (self->tasks, g_object_ref (task));
  if (self->kind == KEEL_VIEW_BARS || self->kind == KEEL_VIEW_JSON)
    {
      g_signal_connect (task, "notify", G_CALLBACK (task_notify_cb), self);
      task_notify_cb (task, NULL, self);
    }
  else
    keel_view_show_state (self, task);
}

/* The task has ended, or is gone: it is shown for the last time. */
void
keel_view_remove (KeelView *self,
                  KeelTask *task)
{
  g_autoptr (KeelTask) guard = g_object_ref (task);

  if (!g_ptr_array_remove (self->tasks, task))
    return;

  g_signal_handlers_disconnect_by_data (task, self);
  if (self->kind == KEEL_VIEW_JSON && g_hash_table_contains (self->dirty, task))
    keel_task_json_print (task);
  g_hash_table_remove (self->dirty, task);
  if (self->kind == KEEL_VIEW_BARS)
    {
      g_autofree char *bar = NULL;
      guint columns, rows;

      keel_terminal_get_size (&columns, &rows);
      erase_bars (self);
      bar = keel_bar_draw (task, columns - 1);
      g_print ("%s\n", bar);
      draw_bars (self);
    }
}

/* The state of the task, or the reason for it, is another. */
void
keel_view_show_state (KeelView *self,
                      KeelTask *task)
{
  if (self->kind == KEEL_VIEW_LINES)
    print_state_line (task);
  else if (self->kind == KEEL_VIEW_JSON)
    {
      keel_task_json_print (task);
      g_hash_table_remove (self->dirty, task);
    }
}

/* The terminal has another size; what was drawn for the former one may have been folded. */
void
keel_view_resize (KeelView *self)
{
  if (self->kind == KEEL_VIEW_BARS)
    draw_bars (self);
}

KeelView *
keel_view_new (KeelViewKind kind)
{
  KeelView *self = g_new0 (KeelView, 1);

  self->kind = kind;
  self->tasks = g_ptr_array_new_with_free_func (g_object_unref);
  self->dirty = g_hash_table_new (NULL, NULL);
  if (kind == KEEL_VIEW_BARS)
    keel_terminal_show_cursor (FALSE);
  return self;
}

/* Leaves the terminal as it was found, with what was drawn last on it. */
void
keel_view_free (KeelView *self)
{
  g_clear_handle_id (&self->redraw_timer, g_source_remove);
  for (guint i = 0; i < self->tasks->len; i++)
    g_signal_handlers_disconnect_by_data (g_ptr_array_index (self->tasks, i), self);
  if (self->kind == KEEL_VIEW_BARS)
    {
      draw_bars (self);
      keel_terminal_show_cursor (TRUE);
    }
  g_ptr_array_unref (self->tasks);
  g_hash_table_unref (self->dirty);
  g_free (self);
}

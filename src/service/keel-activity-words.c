/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-activity-words.h"

#include "keel-size-format.h"

#include <glib/gi18n.h>

/* What all transfers do together, in a few words. No file's name is in them: they are shown to
 * whoever looks at the screen. */

#define MIDDLE_DOT " · "

static void
take (GPtrArray *parts,
      char      *part)
{
  g_ptr_array_add (parts, part);
}

/* "3 downloads", "42%": what there is to do, and how much of it is done. */
static void
add_work (GPtrArray    *parts,
          KeelActivity *activity)
{
  const KeelActivityState *state = keel_activity_get_state (activity);
  guint count = state->n_running + state->n_waiting;

  if (count == 0)
    return;
  take (parts, g_strdup_printf (ngettext ("%u download", "%u downloads", count), count));
  if (state->n_running == 0)
    /* Translators: the state of a download that cannot run now. */
    take (parts, g_strdup (_("Waiting")));
  else if (state->has_fraction)
    /* Translators: how much is done, “42%”. */
    take (parts, g_strdup_printf (_("%d%%"), (int) keel_activity_get_percent (activity)));
}

static char *
join (GPtrArray  *parts,
      const char *separator)
{
  g_ptr_array_add (parts, NULL);
  return g_strjoinv (separator, (char **) parts->pdata);
}

/* "3 downloads · 42% · 14.3 MB/s". (transfer full) */
char *
keel_activity_words_dup_tip (KeelActivity *activity)
{
  const KeelActivityState *state = keel_activity_get_state (activity);
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func (g_free);

  add_work (parts, activity);
  if (state->rate_bps > 0)
    {
      g_autofree char *size = keel_format_moving_size (state->rate_bps);

      /* Translators: a speed, “14.3 MB/s”. */
      take (parts, g_strdup_printf (_("%s/s"), size));
    }
  if (state->n_needing > 0)
    take (parts, g_strdup_printf (ngettext ("%u download needs you", "%u downloads need you",
                                            state->n_needing),
                                  state->n_needing));
  if (parts->len == 0 && state->n_paused > 0)
    take (parts,
          g_strdup_printf (ngettext ("%u download paused", "%u downloads paused", state->n_paused),
                           state->n_paused));
  if (parts->len == 0)
    take (parts, g_strdup (_("Nothing to do")));
  return join (parts, MIDDLE_DOT);
}

/* "3 downloads, 42%"; empty when there is nothing to do. (transfer full) */
char *
keel_activity_words_dup_line (KeelActivity *activity)
{
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func (g_free);

  add_work (parts, activity);
  /* Translators: what stands between “3 downloads” and “42%”. */
  return join (parts, _(", "));
}

/* Why we want to go on without a window. (transfer full) */
char *
keel_activity_words_dup_reason (void)
{
  /* Translators: why the desktop should let Keelboat go on; shown by the desktop when it asks. */
  return g_strdup (_("Downloads go on when the window is closed."));
}

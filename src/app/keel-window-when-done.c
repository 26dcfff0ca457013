/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-window-private.h"

#include <glib/gi18n.h>

#include "keel-error-words.h"

/* The main menu's choice of what becomes of the computer when all downloads are done. It is the
 * service's, which forgets it when it leaves, when it was done, or when somebody stopped it: so it
 * is asked for each time the menu is opened. What cannot be chosen here stands there all the same,
 * and says why. */

#define ACTION "when-done"
/* There is no such action, so that the entry cannot be chosen. */
#define NO_ACTION "win.when-done-cannot"

static const char *
get_reason (const char *answer)
{
  if (g_str_equal (answer, "unsupported"))
    /* Translators: why the computer cannot be suspended or shut down; in brackets, after that. */
    return _("this computer cannot");
  if (g_str_equal (answer, "not-allowed"))
    return _("not allowed");
  if (g_str_equal (answer, "sandbox"))
    return _("not from a sandbox");

  return _("not available");
}

static void
append (KeelWindow *self,
        const char *words,
        const char *action,
        const char *answer)
{
  g_autoptr (GMenuItem) item = NULL;
  g_autofree char *label = NULL;

  if (answer == NULL || g_str_equal (answer, "yes"))
    label = g_strdup (words);
  else
    /* Translators: what cannot be chosen, and why: “Suspend (this computer cannot)”. */
    label = g_strdup_printf (_("%s (%s)"), words, get_reason (answer));
  item = g_menu_item_new (label, NULL);
  if (answer != NULL && g_str_equal (answer, "yes"))
    g_menu_item_set_action_and_target (item, "win." ACTION, "s", action);
  else
    g_menu_item_set_action_and_target (item, NO_ACTION, NULL);
  g_menu_append_item (self->when_done_menu, item);
}

/* Both are NULL as long as nobody knows. */
static void
fill_menu (KeelWindow *self,
           const char *suspend,
           const char *power_off)
{
  g_autofree char *shown = g_strdup_printf ("%s %s", suspend, power_off);

  /* One that is open would be made anew under the pointer. */
  if (g_strcmp0 (shown, self->when_done_shown) == 0)
    return;

  g_free (self->when_done_shown);
  self->when_done_shown = g_steal_pointer (&shown);
  g_menu_remove_all (self->when_done_menu);
  /* Translators: what becomes of the computer when all downloads are done, as the next two. */
  append (self, _("Nothing"), "nothing", "yes");
  append (self, _("Suspend"), "suspend", suspend);
  append (self, _("Shut Down"), "power-off", power_off);
}

static void
set_state (KeelWindow *self,
           const char *action)
{
  GAction *choice = g_action_map_lookup_action (G_ACTION_MAP (self), ACTION);

  g_simple_action_set_state (G_SIMPLE_ACTION (choice), g_variant_new_string (action));
}

static void
asked_cb (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  g_autoptr (KeelWindow) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant)
    info = keel_manager_get_when_done_finish (KEEL_MANAGER (source), result, &error);
  const char *action = "nothing";
  const char *suspend = "unavailable";
  const char *power_off = "unavailable";

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  if (info != NULL)
    {
      g_variant_lookup (info, "action", "&s", &action);
      g_variant_lookup (info, "suspend", "&s", &suspend);
      g_variant_lookup (info, "power-off", "&s", &power_off);
    }
  fill_menu (self, suspend, power_off);
  set_state (self, action);
}

static void
menu_shown_cb (GtkWidget  *popover,
               GParamSpec *property,
               KeelWindow *self)
{
  if (gtk_widget_get_visible (popover) && self->manager != NULL)
    keel_manager_get_when_done_async (self->manager, self->cancellable, asked_cb,
                                      g_object_ref (self));
}

static void
chosen_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr (KeelWindow) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *words = NULL;

  if (keel_manager_set_when_done_finish (KEEL_MANAGER (source), result, &error) ||
      g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  set_state (self, "nothing");
  words = keel_error_words_for_call (error);
  keel_window_toast (self, words);
}

static void
change_state_cb (GSimpleAction *choice,
                 GVariant      *value,
                 gpointer       user_data)
{
  KeelWindow *self = user_data;

  if (self->manager == NULL)
    return;

  g_simple_action_set_state (choice, value);
  keel_manager_set_when_done_async (self->manager, g_variant_get_string (value, NULL),
                                    self->cancellable, chosen_cb, g_object_ref (self));
}

void
keel_window_init_when_done (KeelWindow *self)
{
  g_autoptr (GSimpleAction)
    choice = g_simple_action_new_stateful (ACTION, G_VARIANT_TYPE_STRING,
                                           g_variant_new_string ("nothing"));

  g_signal_connect_object (choice, "change-state", G_CALLBACK (change_state_cb), self, 0);
  g_action_map_add_action (G_ACTION_MAP (self), G_ACTION (choice));
  fill_menu (self, NULL, NULL);
  g_signal_connect_object (gtk_menu_button_get_popover (self->menu_button), "notify::visible",
                           G_CALLBACK (menu_shown_cb), self, 0);
}

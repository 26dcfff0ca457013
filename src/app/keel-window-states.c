/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-window-private.h"

#include <glib/gi18n.h>

#include "keel-error-words.h"
#include "keel-format.h"

/* Lasting states that keep downloads waiting, and what came while the window was away: the words of
 * the banner, and what its button does. What holds is worked out from the reasons that downloads
 * wait with, which the sections count; so nothing is asked of anybody, and what nothing waits for
 * is not told. */

/* Does something about a task; says whether that will do. */
typedef gboolean (*WaitingFunc) (KeelWindow *self, KeelTask *task);

static gboolean
is_waiting (KeelWindow     *self,
            KeelTask       *task,
            KeelWaitReason  reason)
{
  return keel_task_get_state (task) == KEEL_TASK_STATE_WAITING &&
         keel_task_get_wait_reason (task) == reason &&
         !keel_task_sections_is_hidden (self->sections, task);
}

/* Calls @func with each task that waits with @reason, until it says that this will do. */
static void
for_each_waiting (KeelWindow     *self,
                  KeelWaitReason  reason,
                  WaitingFunc     func)
{
  guint n = self->manager != NULL ? g_list_model_get_n_items (G_LIST_MODEL (self->manager)) : 0;

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (KeelTask) task = g_list_model_get_item (G_LIST_MODEL (self->manager), i);

      if (is_waiting (self, task, reason) && func (self, task))
        return;
    }
}

/* --- words ----------------------------------------------------------------------------------- */

/* Returns: (transfer none) (nullable): the first task that waits with @reason */
static KeelTask *
get_first (KeelWindow     *self,
           KeelWaitReason  reason)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->manager));

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (KeelTask) task = g_list_model_get_item (G_LIST_MODEL (self->manager), i);

      /* The manager keeps it. */
      if (is_waiting (self, task, reason))
        return task;
    }

  return NULL;
}

static char *
words_for_folder (KeelWindow *self)
{
  KeelTask *task = get_first (self, KEEL_WAIT_REASON_DESTINATION);
  GFile *folder = task != NULL ? keel_task_get_directory (task) : NULL;
  g_autofree char *name = folder != NULL ? g_file_get_basename (folder) : NULL;
  g_autofree char *shown = name != NULL ? g_filename_display_name (name) : NULL;

  if (shown == NULL)
    return g_strdup (_("The folder is not reachable"));

  /* Translators: %s is the name of a folder. */
  return g_strdup_printf (_("The folder “%s” is not reachable"), shown);
}

static char *
words_for_space (KeelWindow *self)
{
  KeelTask *task = get_first (self, KEEL_WAIT_REASON_LOW_DISK);
  gint64 total_bytes = task != NULL ? keel_task_get_total (task) : -1;
  g_autofree char *missing = NULL;

  if (total_bytes <= 0)
    return g_strdup (_("Not enough space on the disk"));

  missing = keel_format_size ((guint64) total_bytes -
                              MIN (keel_task_get_received (task), (guint64) total_bytes));

  /* Translators: %s is a size. */
  return g_strdup_printf (_("Not enough space: %s needed"), missing);
}

/* Whether what waits for power does so only because it is to be saved. */
static gboolean
is_power_saved (KeelWindow *self)
{
  KeelTask *task = NULL;

  if (keel_task_sections_count_waiting (self->sections, KEEL_WAIT_REASON_POWER) > 0)
    task = get_first (self, KEEL_WAIT_REASON_POWER);

  return task != NULL && g_strcmp0 (keel_task_get_wait_detail (task), "saver") == 0;
}

static void
set_state (KeelWindow      *self,
           KeelBannerState  state,
           KeelWaitReason   reason,
           const char      *words)
{
  keel_banner_set_state (self->banner, state,
                         keel_task_sections_count_waiting (self->sections, reason) > 0 ? words :
                                                                                         NULL);
}

void
keel_window_update_states (KeelWindow *self)
{
  g_autofree char *folder = NULL;
  g_autofree char *space = NULL;
  gboolean is_saving = is_power_saved (self);

  if (keel_task_sections_count_waiting (self->sections, KEEL_WAIT_REASON_DESTINATION) > 0)
    folder = words_for_folder (self);
  if (keel_task_sections_count_waiting (self->sections, KEEL_WAIT_REASON_LOW_DISK) > 0)
    space = words_for_space (self);

  keel_banner_set_state (self->banner, KEEL_BANNER_FOLDER, folder);
  keel_banner_set_state (self->banner, KEEL_BANNER_SPACE, space);
  set_state (self, KEEL_BANNER_PORTAL, KEEL_WAIT_REASON_CAPTIVE_PORTAL,
             _("This network asks you to sign in"));
  set_state (self, KEEL_BANNER_OFFLINE, KEEL_WAIT_REASON_OFFLINE,
             _("Offline: downloads go on when the network is back"));
  set_state (self, KEEL_BANNER_METERED, KEEL_WAIT_REASON_METERED,
             _("Metered network: downloads are waiting"));
  set_state (self, is_saving ? KEEL_BANNER_SAVER : KEEL_BANNER_POWER, KEEL_WAIT_REASON_POWER,
             is_saving ? _("Power saver is on: downloads are waiting") :
                         _("No external power: downloads are waiting"));
  keel_banner_set_state (self->banner, is_saving ? KEEL_BANNER_POWER : KEEL_BANNER_SAVER, NULL);
}

/* --- ways out -------------------------------------------------------------------------------- */

static void
updated_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr (KeelWindow) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *words = NULL;

  if (keel_task_update_finish (KEEL_TASK (source), result, &error) ||
      g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  words = keel_error_words_for_call (error);
  keel_window_toast (self, words);
}

/* The task's own word goes before that of its application. */
static gboolean
use_any_network (KeelWindow *self,
                 KeelTask   *task)
{
  keel_task_set_network_async (task, KEEL_NETWORK_USE_ANY, self->cancellable, updated_cb,
                               g_object_ref (self));

  return FALSE;
}

static gboolean
use_any_power (KeelWindow *self,
               KeelTask   *task)
{
  keel_task_set_power_async (task, KEEL_POWER_USE_ANY, self->cancellable, updated_cb,
                             g_object_ref (self));

  return FALSE;
}

static gboolean
open_portal (KeelWindow *self,
             KeelTask   *task)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "task.open-portal", "t", keel_task_get_id (task));

  return TRUE;
}

static void
way_out_action (GtkWidget  *widget,
                const char *action_name,
                GVariant   *parameter)
{
  static const struct {
    const char *action_name;
    KeelWaitReason reason;
    WaitingFunc func;
  } WAYS[] = {
    { "win.ignore-metered", KEEL_WAIT_REASON_METERED, use_any_network },
    { "win.ignore-power", KEEL_WAIT_REASON_POWER, use_any_power },
    { "win.open-portal", KEEL_WAIT_REASON_CAPTIVE_PORTAL, open_portal },
  };

  for (guint i = 0; i < G_N_ELEMENTS (WAYS); i++)
    {
      if (g_str_equal (action_name, WAYS[i].action_name))
        for_each_waiting (KEEL_WINDOW (widget), WAYS[i].reason, WAYS[i].func);
    }
}

static void
download_anyway_action (GtkWidget  *widget,
                        const char *action_name,
                        GVariant   *parameter)
{
  KeelWindow *self = KEEL_WINDOW (widget);
  KeelTask *task = keel_window_get_task (self, parameter);

  if (task == NULL)
    return;

  if (keel_task_get_wait_reason (task) == KEEL_WAIT_REASON_POWER)
    use_any_power (self, task);
  else
    use_any_network (self, task);
}

static void
start_now_action (GtkWidget  *widget,
                  const char *action_name,
                  GVariant   *parameter)
{
  KeelWindow *self = KEEL_WINDOW (widget);
  KeelTask *task = keel_window_get_task (self, parameter);

  if (task != NULL)
    keel_task_set_not_before_async (task, NULL, self->cancellable, updated_cb, g_object_ref (self));
}

static void
move_to_top_action (GtkWidget  *widget,
                    const char *action_name,
                    GVariant   *parameter)
{
  KeelWindow *self = KEEL_WINDOW (widget);
  KeelTask *task = keel_window_get_task (self, parameter);

  if (task == NULL)
    return;

  g_set_object (&self->followed, task);
  keel_task_move_async (task, KEEL_POSITION_FIRST, self->cancellable, updated_cb,
                        g_object_ref (self));
}

/* A task has moved in the queue: who moved it sees where it has gone. */
void
keel_window_reranked_cb (KeelWindow *self,
                         KeelTask   *task)
{
  if (self->followed != task)
    return;

  g_clear_object (&self->followed);
  if (!keel_window_shows_details (self))
    keel_task_view_focus_task (self->task_view, task);
}

/* --- while you were away --------------------------------------------------------------------- */

/* Whether somebody has to do something before @task can go on. */
static gboolean
needs_somebody (KeelTask *task)
{
  KeelWaitReason reason = keel_task_get_wait_reason (task);

  if (keel_task_get_state (task) == KEEL_TASK_STATE_FAILED)
    return TRUE;

  return keel_task_get_state (task) == KEEL_TASK_STATE_WAITING &&
         (reason == KEEL_WAIT_REASON_AUTH || reason == KEEL_WAIT_REASON_DESTINATION ||
          reason == KEEL_WAIT_REASON_LOW_DISK);
}

static GHashTable *
read_known (KeelWindow *self)
{
  GHashTable *known = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  g_autoptr (GVariant) ids = g_settings_get_value (self->settings, "known-needs");
  GVariantIter iter;
  guint64 id;

  g_variant_iter_init (&iter, ids);
  while (g_variant_iter_next (&iter, "t", &id))
    g_hash_table_add (known, g_memdup2 (&id, sizeof id));

  return known;
}

static char *
words_for_news (guint n_finished,
                guint n_needing)
{
  g_autofree char *finished = NULL;
  g_autofree char *needing = NULL;

  if (n_finished == 0 && n_needing == 0)
    return NULL;

  finished = g_strdup_printf (ngettext ("%d finished", "%d finished", n_finished),
                              (int) n_finished);
  needing = g_strdup_printf (ngettext ("%d needs you", "%d need you", n_needing), (int) n_needing);

  if (n_needing == 0)
    /* Translators: %s is "4 finished" or "1 needs you". */
    return g_strdup_printf (_("While you were away: %s"), finished);
  if (n_finished == 0)
    return g_strdup_printf (_("While you were away: %s"), needing);

  /* Translators: "4 finished", "1 needs you". */
  return g_strdup_printf (_("While you were away: %s, %s"), finished, needing);
}

/* What has happened since the window was closed; told once, when it is open again. */
void
keel_window_tell_news (KeelWindow *self)
{
  gint64 closed_usec = g_settings_get_int64 (self->settings, "closed");
  g_autoptr (GHashTable) known = read_known (self);
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->manager));
  guint n_finished = 0, n_needing = 0;
  guint64 first_finished = 0, first_needing = 0;
  g_autofree char *words = NULL;

  if (closed_usec == 0)
    return;

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (KeelTask) task = g_list_model_get_item (G_LIST_MODEL (self->manager), i);
      GDateTime *finished = keel_task_get_finished (task);
      gint64 id = (gint64) keel_task_get_id (task);

      if (needs_somebody (task) && !g_hash_table_contains (known, &id))
        {
          n_needing++;
          first_needing = first_needing == 0 ? (guint64) id : first_needing;
        }
      else if (keel_task_get_state (task) == KEEL_TASK_STATE_FINISHED && finished != NULL &&
               g_date_time_to_unix (finished) * G_USEC_PER_SEC > closed_usec)
        {
          n_finished++;
          first_finished = (guint64) id;
        }
    }

  self->news = first_needing != 0 ? first_needing : first_finished;
  words = words_for_news (n_finished, n_needing);
  keel_banner_set_state (self->banner, KEEL_BANNER_AWAY, words);
}

/* What is known when the window closes is no news when it is opened again. */
void
keel_window_note_leaving (KeelWindow *self)
{
  GVariantBuilder known;
  guint n;

  if (self->manager == NULL)
    return;

  g_variant_builder_init (&known, G_VARIANT_TYPE ("at"));
  n = g_list_model_get_n_items (G_LIST_MODEL (self->manager));
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (KeelTask) task = g_list_model_get_item (G_LIST_MODEL (self->manager), i);

      if (needs_somebody (task))
        g_variant_builder_add (&known, "t", keel_task_get_id (task));
    }
  g_settings_set_value (self->settings, "known-needs", g_variant_builder_end (&known));
  g_settings_set_int64 (self->settings, "closed", g_get_real_time ());
  g_settings_set_uint64 (self->settings, "top-task", keel_task_view_get_top (self->task_view));
}

static void
show_news_action (GtkWidget  *widget,
                  const char *action_name,
                  GVariant   *parameter)
{
  KeelWindow *self = KEEL_WINDOW (widget);

  keel_banner_set_state (self->banner, KEEL_BANNER_AWAY, NULL);
  keel_window_show_task (self, self->news);
}

void
keel_window_class_install_states (GtkWidgetClass *widget_class)
{
  gtk_widget_class_install_action (widget_class, "win.ignore-metered", NULL, way_out_action);
  gtk_widget_class_install_action (widget_class, "win.ignore-power", NULL, way_out_action);
  gtk_widget_class_install_action (widget_class, "win.open-portal", NULL, way_out_action);
  gtk_widget_class_install_action (widget_class, "win.show-news", NULL, show_news_action);
  gtk_widget_class_install_action (widget_class, "task.download-anyway", "t",
                                   download_anyway_action);
  gtk_widget_class_install_action (widget_class, "task.start-now", "t", start_now_action);
  gtk_widget_class_install_action (widget_class, "task.move-to-top", "t", move_to_top_action);
}

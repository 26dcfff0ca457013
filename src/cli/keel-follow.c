/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-follow.h"

#include "keel-await.h"

#include <glib-unix.h>
#include <glib/gi18n.h>
#include <signal.h>

/* Follows tasks until they have ended, for "add --wait" and "watch": the main loop of the program.
 * It ends for one of these reasons, and each gives an exit status:
 *   every task has ended, or is gone from the list           0 if all finished, else 1
 *   one is paused or needs a person (until_attention)         1
 *   the time given is over                                    4
 *   the service was told to quit, or stays away               3
 *   a signal                                                  130 for Ctrl-C
 * The transfers themselves are not touched: that is the product. */

/* A service that crashed is started again by the library; one that stays away is given up. */
#define AWAY_LIMIT_SECONDS 60

typedef struct {
  const KeelFollow *what;
  KeelView *view;
  GHashTable *followed; /* (owned) id → KeelTask (owned): those that have not ended */
  gboolean ended;       /* leave the loop */
  gboolean any_failed;
  KeelExit exit;
  guint away_timer;
} KeelFollowState;

gboolean
keel_follow_is_own (KeelTask *task)
{
  return g_strcmp0 (keel_task_get_app (task), KEEL_OWN_APP) == 0;
}

static void
stop (KeelFollowState *self,
      KeelExit         exit)
{
  if (self->ended)
    return;
  self->ended = TRUE;
  self->exit = exit;
}

static gboolean
waits_for_a_person (KeelTask *task)
{
  const GError *error = keel_task_get_error (task);

  if (keel_task_get_state (task) == KEEL_TASK_STATE_PAUSED)
    return TRUE;
  if (keel_task_get_state (task) == KEEL_TASK_STATE_FAILED)
    return g_error_matches (error, KEEL_TASK_ERROR, KEEL_TASK_ERROR_NEEDS_NEW_URL) ||
           g_error_matches (error, KEEL_TASK_ERROR, KEEL_TASK_ERROR_AUTH_REQUIRED);
  return keel_task_needs_attention (task);
}

static void
drop (KeelFollowState *self,
      KeelTask        *task)
{
  const guint64 id = keel_task_get_id (task);

  if (keel_task_get_state (task) != KEEL_TASK_STATE_FINISHED)
    self->any_failed = TRUE;
  keel_view_remove (self->view, task);
  g_hash_table_remove (self->followed, &id);
}

static void
look_at (KeelFollowState *self,
         KeelTask        *task)
{
  if (self->what->until_attention && waits_for_a_person (task))
    stop (self, KEEL_EXIT_FAILED);
  if (keel_task_has_ended (task))
    drop (self, task);
}

static void
take_up (KeelFollowState *self,
         KeelTask        *task)
{
  const guint64 id = keel_task_get_id (task);

  g_hash_table_insert (self->followed, g_memdup2 (&id, sizeof id), g_object_ref (task));
  keel_view_add (self->view, task);
  look_at (self, task);
}

static void
task_state_changed_cb (KeelManager *manager,
                       KeelTask    *task,
                       gpointer     user_data)
{
  KeelFollowState *self = user_data;
  const guint64 id = keel_task_get_id (task);

  if (g_hash_table_lookup (self->followed, &id) != task)
    return;
  keel_view_show_state (self->view, task);
  look_at (self, task);
}

static void
drop_those_gone (KeelFollowState *self)
{
  g_autoptr (GPtrArray) gone = g_ptr_array_new_with_free_func (g_object_unref);
  GHashTableIter iter;
  gpointer task;

  g_hash_table_iter_init (&iter, self->followed);
  while (g_hash_table_iter_next (&iter, NULL, &task))
    if (keel_manager_get_task (self->what->manager, keel_task_get_id (task)) == NULL)
      g_ptr_array_add (gone, g_object_ref (task));
  for (guint i = 0; i < gone->len; i++)
    drop (self, g_ptr_array_index (gone, i));
}

static void
take_up_own (KeelFollowState *self,
             guint            position,
             guint            n_tasks)
{
  for (guint i = position; i < position + n_tasks; i++)
    {
      g_autoptr (KeelTask) task = g_list_model_get_item (G_LIST_MODEL (self->what->manager), i);

      if (keel_follow_is_own (task) && !keel_task_has_ended (task))
        take_up (self, task);
    }
}

static void
items_changed_cb (GListModel *tasks,
                  guint       position,
                  guint       n_removed,
                  guint       n_added,
                  gpointer    user_data)
{
  KeelFollowState *self = user_data;

  if (n_removed > 0)
    drop_those_gone (self);
  if (self->what->n_ids == 0)
    take_up_own (self, position, n_added);
}

static void
quitting_cb (KeelManager *manager,
             gpointer     user_data)
{
  keel_complain (_("The download service was told to quit; the transfers go on when it is started "
                    "again"));
  stop (user_data, KEEL_EXIT_UNREACHABLE);
}

static gboolean
stays_away_cb (gpointer user_data)
{
  KeelFollowState *self = user_data;

  keel_complain (_("The download service cannot be reached"));
  stop (self, KEEL_EXIT_UNREACHABLE);
  self->away_timer = 0;
  return G_SOURCE_REMOVE;
}

static void
connected_changed_cb (gpointer user_data)
{
  KeelFollowState *self = user_data;

  g_clear_handle_id (&self->away_timer, g_source_remove);
  if (!keel_manager_get_connected (self->what->manager))
    self->away_timer = g_timeout_add_seconds (AWAY_LIMIT_SECONDS, stays_away_cb, self);
}

static gboolean
timeout_cb (gpointer user_data)
{
  keel_complain (_("The time is over; the transfers go on in the background"));
  stop (user_data, KEEL_EXIT_TIMEOUT);
  return G_SOURCE_CONTINUE;
}

static gboolean
interrupted_cb (gpointer user_data)
{
  keel_complain (_("Interrupted; the transfers go on in the background"));
  stop (user_data, KEEL_EXIT_INTERRUPTED);
  return G_SOURCE_CONTINUE;
}

static gboolean
terminated_cb (gpointer user_data)
{
  stop (user_data, (KeelExit) (128 + SIGTERM));
  return G_SOURCE_CONTINUE;
}

static gboolean
resized_cb (gpointer user_data)
{
  KeelFollowState *self = user_data;

  keel_view_resize (self->view);
  return G_SOURCE_CONTINUE;
}

/* Timers that go by the second may be early, those that do not end after seven weeks at most. */
static guint
add_timeout (KeelFollowState *self)
{
  guint64 seconds = self->what->timeout_seconds;

  if (seconds <= G_MAXUINT / 1000)
    return g_timeout_add ((guint) seconds * 1000, timeout_cb, self);
  return g_timeout_add_seconds ((guint) MIN (seconds, G_MAXUINT), timeout_cb, self);
}

static void
run_loop (KeelFollowState *self)
{
  guint sources[] = {
    g_unix_signal_add (SIGINT, interrupted_cb, self),
    g_unix_signal_add (SIGTERM, terminated_cb, self),
    g_unix_signal_add (SIGHUP, terminated_cb, self),
    g_unix_signal_add (SIGWINCH, resized_cb, self),
    self->what->timeout_seconds > 0 ? add_timeout (self) : 0,
  };

  while (!self->ended && g_hash_table_size (self->followed) > 0)
    g_main_context_iteration (NULL, TRUE);
  stop (self, self->any_failed ? KEEL_EXIT_FAILED : KEEL_EXIT_DONE);

  for (gsize i = 0; i < G_N_ELEMENTS (sources); i++)
    g_clear_handle_id (&sources[i], g_source_remove);
}

KeelExit
keel_follow_run (const KeelFollow *what)
{
  g_autoptr (KeelView) view = keel_view_new (what->view);
  g_autoptr (GHashTable) followed = NULL;
  KeelFollowState self = { .what = what, .view = view };

  followed = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_object_unref);
  self.followed = followed;
  g_signal_connect (what->manager, "task-state-changed", G_CALLBACK (task_state_changed_cb), &self);
  g_signal_connect (what->manager, "items-changed", G_CALLBACK (items_changed_cb), &self);
  g_signal_connect (what->manager, "quitting", G_CALLBACK (quitting_cb), &self);
  g_signal_connect_swapped (what->manager, "notify::connected", G_CALLBACK (connected_changed_cb),
                            &self);

  for (gsize i = 0; i < what->n_ids; i++)
    {
      KeelTask *task = keel_manager_get_task (what->manager, what->ids[i]);

      if (task != NULL)
        take_up (&self, task);
      else
        self.any_failed = TRUE; /* removed as soon as it was added */
    }
  if (what->n_ids == 0)
    take_up_own (&self, 0, g_list_model_get_n_items (G_LIST_MODEL (what->manager)));

  run_loop (&self);
  g_signal_handlers_disconnect_by_data (what->manager, &self);
  g_clear_handle_id (&self.away_timer, g_source_remove);
  return self.exit;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-update-watch.h"

#include <gio/gio.h>
#include <sys/stat.h>

/* Notices that the program of this process was replaced by another one. With long transfers a
 * service would else run for weeks after its update, with the mistakes that were mended.
 *
 * What says so is the file itself, and no script of a package: then it is the same for dpkg, rpm
 * and make install, for every user who is logged in, and nobody has to find our processes. A
 * package manager renames the new file over the old one, so it is another inode. A file that is
 * gone was uninstalled, or is about to come back; either way there is nothing to go to, and the
 * work goes on. In a Flatpak the files of a running instance stay as they are, and /app/.updated
 * appears among them.
 *
 * A new program may be there before the libraries and the schema that it needs. So nobody leaves
 * before it was quiet for a while, and before the new one was run and could say its version; until
 * then it is tried again. */

#define SETTLE_USEC (2 * (gint64) G_USEC_PER_SEC)
#define RETRY_USEC (30 * (gint64) G_USEC_PER_SEC)
#define TRIAL_USEC (10 * (gint64) G_USEC_PER_SEC)
#define MOST_TRIALS 20
#define UPDATED_IN_FLATPAK "/app/.updated"

struct _KeelUpdateWatch {
  KeelClock *clock;
  gboolean is_sandboxed;
  KeelUpdateWatchFunc updated;
  gpointer user_data;
  char *path;            /* (owned) (nullable) of our program */
  struct stat own;       /* what it was when we started */
  GFileMonitor *monitor; /* (owned) (nullable) */
  guint timer;
  GCancellable *cancellable; /* (owned) */
  GSubprocess *trial;        /* (owned) (nullable) the new program, while it is asked */
  guint n_trials;
};

static void look (gpointer user_data);

static void
look_in (KeelUpdateWatch *self,
         gint64           usec)
{
  keel_clock_cancel (self->clock, &self->timer);
  self->timer = keel_clock_call_after (self->clock, usec, look, self);
}

static gboolean
is_replaced (KeelUpdateWatch *self)
{
  struct stat now;

  return stat (self->path, &now) == 0 &&
         (now.st_dev != self->own.st_dev || now.st_ino != self->own.st_ino);
}

static void
trial_ended_cb (GObject      *source,
                GAsyncResult *result,
                gpointer      user_data)
{
  g_autoptr (GError) error = NULL;
  KeelUpdateWatch *self = user_data;

  g_subprocess_wait_check_finish (G_SUBPROCESS (source), result, &error);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  keel_clock_cancel (self->clock, &self->timer);
  g_clear_object (&self->trial);
  if (error == NULL)
    {
      self->updated (self->user_data);
      return;
    }
  g_info ("There is a new “%s”, which cannot run yet: %s", self->path, error->message);
  if (++self->n_trials < MOST_TRIALS)
    look_in (self, RETRY_USEC);
}

static void
trial_takes_too_long (gpointer user_data)
{
  KeelUpdateWatch *self = user_data;

  self->timer = 0;
  g_subprocess_force_exit (self->trial);
}

static void
begin_trial (KeelUpdateWatch *self)
{
  g_autoptr (GError) error = NULL;

  self->trial = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE |
                                    G_SUBPROCESS_FLAGS_STDERR_SILENCE,
                                  &error, self->path, "--version", NULL);
  if (self->trial == NULL)
    {
      g_info ("There is a new “%s”, which cannot be run yet: %s", self->path, error->message);
      if (++self->n_trials < MOST_TRIALS)
        look_in (self, RETRY_USEC);
      return;
    }
  self->timer = keel_clock_call_after (self->clock, TRIAL_USEC, trial_takes_too_long, self);
  g_subprocess_wait_check_async (self->trial, self->cancellable, trial_ended_cb, self);
}

static void
look (gpointer user_data)
{
  KeelUpdateWatch *self = user_data;

  self->timer = 0;
  if (self->is_sandboxed)
    {
      if (g_file_test (UPDATED_IN_FLATPAK, G_FILE_TEST_EXISTS))
        self->updated (self->user_data);
    }
  else if (is_replaced (self))
    begin_trial (self);
}

static void
changed_cb (GFileMonitor      *monitor,
            GFile             *file,
            GFile             *other_file,
            GFileMonitorEvent  event,
            KeelUpdateWatch   *self)
{
  self->n_trials = 0;
  if (self->trial == NULL)
    look_in (self, SETTLE_USEC);
}

/* Without a monitor (no inotify left, say) the update is there with the next start. */
static void
watch (KeelUpdateWatch *self,
       const char      *path)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GError) error = NULL;

  self->monitor = g_file_monitor_file (file, G_FILE_MONITOR_NONE, NULL, &error);
  if (self->monitor != NULL)
    g_signal_connect (self->monitor, "changed", G_CALLBACK (changed_cb), self);
  else
    g_info ("“%s” cannot be watched: %s", path, error->message);
}

/* @updated is called once the new program can take over, and again if it is ignored and the next
 * one comes. */
KeelUpdateWatch *
keel_update_watch_new (KeelClock           *clock,
                       gboolean             is_sandboxed,
                       KeelUpdateWatchFunc  updated,
                       gpointer             user_data)
{
  KeelUpdateWatch *self = g_new0 (KeelUpdateWatch, 1);

  self->clock = clock;
  self->is_sandboxed = is_sandboxed;
  self->updated = updated;
  self->user_data = user_data;
  self->cancellable = g_cancellable_new ();
  self->path = g_file_read_link ("/proc/self/exe", NULL);
  if (is_sandboxed)
    watch (self, UPDATED_IN_FLATPAK);
  else if (self->path != NULL && stat ("/proc/self/exe", &self->own) == 0)
    watch (self, self->path);
  return self;
}

void
keel_update_watch_free (KeelUpdateWatch *self)
{
  g_cancellable_cancel (self->cancellable);
  keel_clock_cancel (self->clock, &self->timer);
  if (self->trial != NULL)
    g_subprocess_force_exit (self->trial);
  g_clear_object (&self->trial);
  if (self->monitor != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->monitor, self);
      g_file_monitor_cancel (self->monitor);
    }
  g_clear_object (&self->monitor);
  g_object_unref (self->cancellable);
  g_free (self->path);
  g_free (self);
}

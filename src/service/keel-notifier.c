/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-notifier.h"

#include "keel-config.h"
#include "keel-notice-board.h"
#include "keel-sign-in.h"

#include <glib/gi18n.h>
#include <string.h>

/* When the person is told that a transfer has ended, or waits for a password, and in which words.
 *
 * What ends within a second is told together, so that a thousand small files are one notification
 * and not a thousand. While one of our windows has the person's eyes nothing is told at all, since
 * it shows the same; when a window has shown a task, its notification is withdrawn.
 *
 * What has ended is an event in the journal until it is acknowledged, which is committed before the
 * notification is shown: so it is told once, also by a service that was killed in between, and
 * never twice.
 *
 * Showing is done by KeelNoticeBoard in a thread of its own. What a click asks for is done by the
 * application, by way of its D-Bus actions: the service has no display. */

#define GATHER_USEC ((gint64) G_USEC_PER_SEC)
/* A shell drops the notifications of a program that leaves; so long one is stayed for. */
#define STAY_USEC (30 * 60 * (gint64) G_USEC_PER_SEC)

struct _KeelNotifier {
  GDBusConnection *connection; /* (owned) */
  KeelEngine *engine;          /* (owned) */
  KeelClock *clock;
  KeelNoticeBoard *board; /* (owned) */
  GFunc emptied;
  gpointer user_data;
  GPtrArray *ended;    /* (owned) (element-type KeelTransfer) gathered */
  GHashTable *focused; /* (owned) bus name -> watch id */
  GHashTable *showing; /* (owned) (element-type guint64) keys of what is on the screen */
  guint gather_timer;
  guint stay_timer;
  guint n_acknowledging;
  gboolean is_freed; /* while an acknowledgement is on its way */
};

/* --- words ----------------------------------------------------------------------------------- */

static const char *
get_error_words (const KeelTransferRecord *record)
{
  switch ((int) record->error_code)
    {
    case KEEL_TASK_ERROR_DNS:
      return _("The server was not found");
    case KEEL_TASK_ERROR_CONNECT:
      return _("The server cannot be reached");
    case KEEL_TASK_ERROR_TLS:
      return _("The connection is not secure");
    case KEEL_TASK_ERROR_TIMEOUT:
      return _("The server stopped answering");
    case KEEL_TASK_ERROR_TRUNCATED:
      return _("The server stopped before the end");
    case KEEL_TASK_ERROR_PROTOCOL:
      return _("The server’s answer makes no sense");
    case KEEL_TASK_ERROR_HTTP_STATUS:
      if (record->error_http_status == 403)
        return _("The server refused the download");
      if (record->error_http_status == 404 || record->error_http_status == 410)
        return _("The file is no longer on the server");
      return _("The server has a problem");
    case KEEL_TASK_ERROR_CHECKSUM:
      return _("The checksum does not match");
    case KEEL_TASK_ERROR_TOO_LARGE:
      return _("The file is larger than allowed");
    case KEEL_TASK_ERROR_DISK:
      return _("The disk reported an error");
    case KEEL_TASK_ERROR_REDIRECT:
      return _("The link leads in circles");
    case KEEL_TASK_ERROR_AUTH_REQUIRED:
      return _("Sign-in needed");
    case KEEL_TASK_ERROR_NEEDS_NEW_URL:
      return _("The link has expired");
    case KEEL_TASK_ERROR_UNSUPPORTED:
      return _("This kind of link is not supported");
    default:
      return _("Something went wrong");
    }
}

static char *
dup_display_name (const KeelTransferRecord *record)
{
  if (record->title != NULL)
    return g_strdup (record->title);
  return record->name != NULL ? g_filename_display_name (record->name) : g_strdup (record->uri);
}

static KeelNotice *
make_finished (const KeelTransferRecord *record)
{
  KeelNotice *notice = keel_notice_new ((guint64) record->id);
  g_autofree char *name = dup_display_name (record);
  g_autofree char *folder = g_filename_display_basename (record->dir);
  g_autofree char *size = g_format_size (record->total);

  /* Translators: a notification's title; %s is a file's name. */
  notice->summary = g_strdup_printf (_("“%s” finished"), name);
  /* Translators: a size and the name of a folder, as in “4.2 MB in Downloads”. */
  notice->body = g_strdup_printf (_("%s in %s"), size, folder);
  keel_notice_add_action (notice, "open-file", _("Open"));
  keel_notice_add_action (notice, "show-in-folder", _("Show in Folder"));
  notice->default_action = "open-file";
  return notice;
}

/* Whether the same again may end in another way: not where the window has to ask for something. */
static gboolean
is_worth_a_retry (const KeelTransferRecord *record)
{
  return record->error_code != KEEL_TASK_ERROR_AUTH_REQUIRED &&
         record->error_code != KEEL_TASK_ERROR_NEEDS_NEW_URL &&
         record->error_code != KEEL_TASK_ERROR_BAD_URI;
}

static KeelNotice *
make_failed (const KeelTransferRecord *record)
{
  KeelNotice *notice = keel_notice_new ((guint64) record->id);
  g_autofree char *name = dup_display_name (record);

  /* Translators: a notification's title; %s is a file's name. */
  notice->summary = g_strdup_printf (_("“%s” needs you"), name);
  notice->body = g_strdup (get_error_words (record));
  if (is_worth_a_retry (record))
    keel_notice_add_action (notice, "retry", _("Retry"));
  notice->default_action = "show-task";
  return notice;
}

static KeelNotice *
make_summary (GPtrArray *ended)
{
  KeelNotice *notice = keel_notice_new (KEEL_NOTICE_SUMMARY);
  guint n_finished = 0;
  guint n_failed;

  for (guint i = 0; i < ended->len; i++)
    if (keel_transfer_get_record (g_ptr_array_index (ended, i))->state == KEEL_TRANSFER_FINISHED)
      n_finished++;
  n_failed = ended->len - n_finished;
  if (n_finished > 0)
    notice->summary = g_strdup_printf (ngettext ("%u download finished", "%u downloads finished",
                                                 n_finished),
                                       n_finished);
  if (n_failed > 0)
    {
      g_autofree char *failed = g_strdup_printf (ngettext ("%u download needs you",
                                                           "%u downloads need you", n_failed),
                                                 n_failed);

      if (notice->summary == NULL)
        notice->summary = g_steal_pointer (&failed);
      else
        notice->body = g_steal_pointer (&failed);
    }
  notice->default_action = "show-window";
  return notice;
}

/* --- what a click asks for ------------------------------------------------------------------- */

static void
activated_cb (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant)
    reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);

  if (reply == NULL)
    g_warning ("The application cannot be activated: %s", error->message);
}

static void
board_action_cb (gpointer    user_data,
                 guint64     key,
                 const char *action,
                 const char *token)
{
  KeelNotifier *self = user_data;
  GVariantBuilder parameter = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("av"));
  GVariantBuilder platform_data = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  gboolean is_window = strcmp (action, "show-window") == 0;

  if (token != NULL)
    {
      g_variant_builder_add (&platform_data, "{sv}", "activation-token",
                             g_variant_new_string (token));
      g_variant_builder_add (&platform_data, "{sv}", "desktop-startup-id",
                             g_variant_new_string (token));
    }
  if (!is_window)
    g_variant_builder_add (&parameter, "v", g_variant_new_uint64 (key));
  g_dbus_connection_call (self->connection, KEEL_APP_ID, KEEL_APP_PATH,
                          "org.freedesktop.Application", is_window ? "Activate" : "ActivateAction",
                          is_window ?
                            g_variant_new ("(a{sv})", &platform_data) :
                            g_variant_new ("(sava{sv})", action, &parameter, &platform_data),
                          NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, activated_cb, NULL);
  if (is_window)
    g_variant_builder_clear (&parameter);
}

/* --- what is on the screen ------------------------------------------------------------------- */

static void
check_empty (KeelNotifier *self)
{
  if (g_hash_table_size (self->showing) > 0)
    return;
  keel_clock_cancel (self->clock, &self->stay_timer);
  self->emptied (self, self->user_data);
}

static void
board_closed_cb (gpointer user_data,
                 guint64  key)
{
  KeelNotifier *self = user_data;

  g_hash_table_remove (self->showing, &key);
  check_empty (self);
}

static void
stay_timer_cb (gpointer user_data)
{
  KeelNotifier *self = user_data;

  self->stay_timer = 0;
  g_hash_table_remove_all (self->showing);
  check_empty (self);
}

static void
show (KeelNotifier *self,
      KeelNotice   *notice)
{
  guint64 key = notice->key;

  g_hash_table_add (self->showing, g_memdup2 (&key, sizeof key));
  keel_clock_cancel (self->clock, &self->stay_timer);
  self->stay_timer = keel_clock_call_after (self->clock, STAY_USEC, stay_timer_cb, self);
  keel_notice_board_show (self->board, notice);
}

static gboolean
is_news (KeelTransfer *transfer)
{
  KeelTransferState state = keel_transfer_get_record (transfer)->state;
  const char *cookie;
  guint tries;

  return state == KEEL_TRANSFER_FINISHED || state == KEEL_TRANSFER_FAILED ||
         (keel_transfer_get_challenge (transfer, &cookie, &tries) != NULL &&
          !keel_sign_in_is_looking (transfer));
}

/* What was retried or removed in the meantime, or answered from the keyring, is not news. */
static void
drop_revived (GPtrArray *ended)
{
  for (guint i = ended->len; i-- > 0;)
    if (!is_news (g_ptr_array_index (ended, i)))
      g_ptr_array_remove_index (ended, i);
}

static void
tell (KeelNotifier *self,
      GPtrArray    *ended)
{
  drop_revived (ended);
  if (ended->len == 0)
    check_empty (self);
  else if (ended->len > 1)
    show (self, make_summary (ended));
  else
    {
      const KeelTransferRecord *record = keel_transfer_get_record (g_ptr_array_index (ended, 0));

      show (self, record->state == KEEL_TRANSFER_FINISHED ? make_finished (record) :
                                                            make_failed (record));
    }
}

typedef struct {
  KeelNotifier *notifier;
  GPtrArray *ended; /* (owned) */
} Telling;

static void
acknowledged_cb (KeelEngine   *engine,
                 const GError *error,
                 gpointer      user_data)
{
  Telling *telling = user_data;
  KeelNotifier *self = telling->notifier;

  self->n_acknowledging--;
  /* Told twice is better than not at all. */
  if (error != NULL)
    g_warning ("What has been told cannot be noted: %s", error->message);
  if (!self->is_freed)
    tell (self, telling->ended);
  else if (self->n_acknowledging == 0)
    g_free (self);
  g_ptr_array_unref (telling->ended);
  g_free (telling);
}

static void
gather_timer_cb (gpointer user_data)
{
  KeelNotifier *self = user_data;
  Telling *telling = g_new0 (Telling, 1);

  self->gather_timer = 0;
  telling->notifier = self;
  telling->ended = g_steal_pointer (&self->ended);
  /* The window shows it. */
  if (g_hash_table_size (self->focused) > 0)
    g_ptr_array_set_size (telling->ended, 0);
  self->ended = g_ptr_array_new_with_free_func (g_object_unref);
  self->n_acknowledging++;
  if (keel_engine_get_events (self->engine)->len > 0)
    keel_engine_acknowledge (self->engine, acknowledged_cb, telling);
  else
    acknowledged_cb (self->engine, NULL, telling);
}

static void
gather (KeelNotifier *self)
{
  if (self->gather_timer == 0)
    self->gather_timer = keel_clock_call_after (self->clock, GATHER_USEC, gather_timer_cb, self);
}

static void
tell_rescue (KeelNotifier *self)
{
  KeelNotice *notice = keel_notice_new (KEEL_NOTICE_RESCUE);
  guint count = keel_engine_get_transfers (self->engine)->len;

  notice->summary = g_strdup (_("The list of downloads was damaged"));
  notice->body = g_strdup_printf (ngettext ("%u download could be restored",
                                            "%u downloads could be restored", count),
                                  count);
  notice->default_action = "show-window";
  show (self, notice);
}

/* What ended before this service started and was not told. */
void
keel_notifier_start (KeelNotifier *self)
{
  GPtrArray *events = keel_engine_get_events (self->engine);

  for (guint i = 0; i < events->len; i++)
    {
      const KeelEventRecord *event = g_ptr_array_index (events, i);
      KeelTransfer *transfer = keel_engine_get_transfer (self->engine, event->task_id);

      if (transfer != NULL && !g_ptr_array_find (self->ended, transfer, NULL))
        g_ptr_array_add (self->ended, g_object_ref (transfer));
    }
  if (events->len > 0)
    gather (self);
  if (keel_engine_was_rescued (self->engine))
    tell_rescue (self);
}

static void
transfer_ended_cb (KeelEngine   *engine,
                   KeelTransfer *transfer,
                   KeelNotifier *self)
{
  /* Its questions may follow one another faster than they are told. */
  if (g_ptr_array_find (self->ended, transfer, NULL))
    return;
  g_ptr_array_add (self->ended, g_object_ref (transfer));
  gather (self);
}

static void
transfer_removed_cb (KeelEngine   *engine,
                     KeelTransfer *transfer,
                     KeelNotifier *self)
{
  guint64 key = (guint64) keel_transfer_get_record (transfer)->id;

  if (g_hash_table_contains (self->showing, &key))
    keel_notice_board_withdraw (self->board, key);
}

/* --- attention ------------------------------------------------------------------------------- */

static void
unwatch (gpointer data)
{
  g_bus_unwatch_name (GPOINTER_TO_UINT (data));
}

static void
window_vanished_cb (GDBusConnection *connection,
                    const char      *name,
                    gpointer         user_data)
{
  KeelNotifier *self = user_data;

  g_hash_table_remove (self->focused, name);
}

/* The window of the bus name @name has the person's eyes, or has not, and has shown the results of
 * the tasks in @seen. Its attention ends when it leaves the bus. */
void
keel_notifier_set_attention (KeelNotifier  *self,
                             const char    *name,
                             gboolean       focused,
                             const guint64 *seen,
                             gsize          n_seen)
{
  if (!focused)
    g_hash_table_remove (self->focused, name);
  else if (!g_hash_table_contains (self->focused, name))
    g_hash_table_insert (self->focused, g_strdup (name),
                         GUINT_TO_POINTER (
                           g_bus_watch_name_on_connection (self->connection, name,
                                                           G_BUS_NAME_WATCHER_FLAGS_NONE, NULL,
                                                           window_vanished_cb, self, NULL)));
  for (gsize i = 0; i < n_seen; i++)
    if (g_hash_table_contains (self->showing, &seen[i]))
      keel_notice_board_withdraw (self->board, seen[i]);
  if (focused)
    keel_notice_board_withdraw (self->board, KEEL_NOTICE_SUMMARY);
}

/* @emptied is called, with @user_data second, when nothing is on the screen any more. */
KeelNotifier *
keel_notifier_new (GDBusConnection *connection,
                   KeelEngine      *engine,
                   GFunc            emptied,
                   gpointer         user_data)
{
  static const KeelNoticeBoardEvents events = { board_action_cb, board_closed_cb };
  KeelNotifier *self = g_new0 (KeelNotifier, 1);

  self->connection = g_object_ref (connection);
  self->engine = g_object_ref (engine);
  self->clock = keel_engine_get_clock (engine);
  self->emptied = emptied;
  self->user_data = user_data;
  self->board = keel_notice_board_new (&events, self);
  self->ended = g_ptr_array_new_with_free_func (g_object_unref);
  self->focused = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, unwatch);
  self->showing = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  g_signal_connect (engine, "transfer-ended", G_CALLBACK (transfer_ended_cb), self);
  g_signal_connect (engine, "transfer-challenged", G_CALLBACK (transfer_ended_cb), self);
  g_signal_connect (engine, "transfer-removed", G_CALLBACK (transfer_removed_cb), self);
  return self;
}

void
keel_notifier_free (KeelNotifier *self)
{
  g_signal_handlers_disconnect_by_data (self->engine, self);
  keel_clock_cancel (self->clock, &self->gather_timer);
  keel_clock_cancel (self->clock, &self->stay_timer);
  keel_notice_board_free (self->board);
  g_ptr_array_unref (self->ended);
  g_hash_table_unref (self->focused);
  g_hash_table_unref (self->showing);
  g_object_unref (self->engine);
  g_object_unref (self->connection);
  self->is_freed = TRUE;
  if (self->n_acknowledging == 0)
    g_free (self);
}

/* Whether there is, or is about to be, something on the screen that would go with the service. */
gboolean
keel_notifier_is_showing (KeelNotifier *self)
{
  return self->gather_timer != 0 || self->n_acknowledging > 0 ||
         g_hash_table_size (self->showing) > 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-notice-board.h"

#include "keel-config.h"
#include "keel-context.h"

#include <libnotify/notify.h>

/* The thread that speaks to the notification daemon, and the only user of libnotify.
 *
 * libnotify's calls are synchronous: a daemon that hangs holds its caller for 25 seconds. So they
 * are made in a thread with a main context of its own, in which libnotify's signals arrive, too;
 * what comes of them is posted to the owner. The thread starts with the first notification. A
 * daemon that is not there, or refuses, is no error: it closes the notice at once.
 *
 * The thread may hang when the service leaves; then it is left to the end of the process, and so
 * is what it holds. */

#define APP_NAME "Keelboat"

struct _KeelNoticeBoard {
  gatomicrefcount refs;
  KeelNoticeBoardEvents events;
  gpointer user_data;    /* owner's thread; NULL once freed */
  GMainContext *owner;   /* (owned) */
  GMainContext *context; /* (owned) the thread's */
  GThread *thread;       /* (owned) (nullable) */
  GHashTable *shown;     /* (owned) thread: key -> NotifyNotification */
  gboolean has_actions;  /* thread */
};

/* What goes back and forth. */
typedef struct {
  KeelNoticeBoard *board; /* (owned) */
  KeelNotice *notice;     /* (owned) (nullable) */
  guint64 key;
  char *action; /* (owned) (nullable) */
  char *token;  /* (owned) (nullable) */
} Message;

KeelNotice *
keel_notice_new (guint64 key)
{
  KeelNotice *self = g_new0 (KeelNotice, 1);

  self->key = key;
  self->actions = g_ptr_array_new_with_free_func (g_free);
  return self;
}

void
keel_notice_free (KeelNotice *self)
{
  g_ptr_array_unref (self->actions);
  g_free (self->summary);
  g_free (self->body);
  g_free (self);
}

void
keel_notice_add_action (KeelNotice *self,
                        const char *name,
                        const char *label)
{
  g_ptr_array_add (self->actions, g_strdup (name));
  g_ptr_array_add (self->actions, g_strdup (label));
}

static void
board_unref (KeelNoticeBoard *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  g_clear_pointer (&self->shown, g_hash_table_unref);
  g_clear_pointer (&self->thread, g_thread_unref);
  g_main_context_unref (self->owner);
  g_main_context_unref (self->context);
  g_free (self);
}

static Message *
message_new (KeelNoticeBoard *board,
             guint64          key)
{
  Message *message = g_new0 (Message, 1);

  g_atomic_ref_count_inc (&board->refs);
  message->board = board;
  message->key = key;
  return message;
}

static void
message_free (Message *message)
{
  g_clear_pointer (&message->notice, keel_notice_free);
  g_free (message->action);
  g_free (message->token);
  board_unref (message->board);
  g_free (message);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Message, message_free)

/* --- to the owner ---------------------------------------------------------------------------- */

static void
action_cb (gpointer data)
{
  g_autoptr (Message) message = data;
  KeelNoticeBoard *self = message->board;

  if (self->user_data != NULL)
    self->events.action (self->user_data, message->key, message->action, message->token);
}

static void
closed_cb (gpointer data)
{
  g_autoptr (Message) message = data;
  KeelNoticeBoard *self = message->board;

  if (self->user_data != NULL)
    self->events.closed (self->user_data, message->key);
}

/* --- the thread ------------------------------------------------------------------------------ */

static guint64
get_key (NotifyNotification *notification)
{
  return *(guint64 *) g_object_get_data (G_OBJECT (notification), "keel-key");
}

static void
notify_action_cb (NotifyNotification *notification,
                  char               *action,
                  gpointer            user_data)
{
  Message *message = message_new (user_data, get_key (notification));
  const char *real = g_object_get_data (G_OBJECT (notification), "keel-default");

  message->action = g_strdup (g_str_equal (action, "default") ? real : action);
  message->token = g_strdup (notify_notification_get_activation_token (notification));
  keel_context_post (message->board->owner, action_cb, message);
}

static void
notify_closed_cb (NotifyNotification *notification,
                  KeelNoticeBoard    *self)
{
  guint64 key = get_key (notification);

  keel_context_post (self->owner, closed_cb, message_new (self, key));
  g_hash_table_remove (self->shown, &key);
}

/* Asked by our own hand, and each time anew: where there is no daemon libnotify warns, and daemons
 * come, go and differ. NULL: there is none. */
static char **
dup_capabilities (void)
{
  g_autoptr (GDBusConnection) bus = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, NULL);
  g_autoptr (GVariant) reply = NULL;
  char **capabilities = NULL;

  if (bus != NULL)
    reply = g_dbus_connection_call_sync (bus, "org.freedesktop.Notifications",
                                         "/org/freedesktop/Notifications",
                                         "org.freedesktop.Notifications", "GetCapabilities", NULL,
                                         G_VARIANT_TYPE ("(as)"), G_DBUS_CALL_FLAGS_NONE, -1, NULL,
                                         NULL);
  if (reply != NULL)
    g_variant_get (reply, "(^as)", &capabilities);
  return capabilities;
}

static gboolean
get_ready (KeelNoticeBoard *self)
{
  g_auto (GStrv) capabilities = dup_capabilities ();

  if (capabilities == NULL)
    return FALSE;
  self->has_actions = g_strv_contains ((const char *const *) capabilities, "actions");
  return notify_is_initted () || notify_init (APP_NAME);
}

static void
add_actions (KeelNoticeBoard    *self,
             NotifyNotification *notification,
             KeelNotice         *notice)
{
  notify_notification_clear_actions (notification);
  if (!self->has_actions)
    return;
  notify_notification_add_action (notification, "default", notice->summary, notify_action_cb, self,
                                  NULL);
  for (guint i = 0; i + 1 < notice->actions->len; i += 2)
    notify_notification_add_action (notification, g_ptr_array_index (notice->actions, i),
                                    g_ptr_array_index (notice->actions, i + 1), notify_action_cb,
                                    self, NULL);
}

static NotifyNotification *
get_notification (KeelNoticeBoard *self,
                  KeelNotice      *notice)
{
  NotifyNotification *notification = g_hash_table_lookup (self->shown, &notice->key);

  if (notification != NULL)
    {
      notify_notification_update (notification, notice->summary, notice->body, KEEL_APP_ID);
      return notification;
    }
  notification = notify_notification_new (notice->summary, notice->body, KEEL_APP_ID);
  notify_notification_set_hint (notification, "desktop-entry", g_variant_new_string (KEEL_APP_ID));
  g_object_set_data_full (G_OBJECT (notification), "keel-key",
                          g_memdup2 (&notice->key, sizeof notice->key), g_free);
  g_signal_connect (notification, "closed", G_CALLBACK (notify_closed_cb), self);
  g_hash_table_insert (self->shown, g_memdup2 (&notice->key, sizeof notice->key), notification);
  return notification;
}

static void
show_cb (gpointer data)
{
  g_autoptr (Message) message = data;
  KeelNoticeBoard *self = message->board;
  KeelNotice *notice = message->notice;
  g_autoptr (GError) error = NULL;
  NotifyNotification *notification = NULL;

  if (get_ready (self))
    {
      notification = get_notification (self, notice);
      g_object_set_data (G_OBJECT (notification), "keel-default",
                         (gpointer) notice->default_action);
      add_actions (self, notification, notice);
      if (notify_notification_show (notification, &error))
        return;
    }
  g_info ("No notification: %s", error != NULL ? error->message : "there is no daemon");
  g_hash_table_remove (self->shown, &notice->key);
  keel_context_post (self->owner, closed_cb, message_new (self, notice->key));
}

static void
withdraw_cb (gpointer data)
{
  g_autoptr (Message) message = data;
  NotifyNotification *notification = g_hash_table_lookup (message->board->shown, &message->key);
  g_autoptr (GError) error = NULL;

  /* Its `closed` signal does the rest. */
  if (notification != NULL && !notify_notification_close (notification, &error))
    g_info ("A notification cannot be withdrawn: %s", error->message);
}

static gpointer
board_thread (gpointer data)
{
  KeelNoticeBoard *self = data;

  g_main_context_push_thread_default (self->context);
  for (;;)
    g_main_context_iteration (self->context, TRUE);
  return NULL;
}

/* --- the owner's thread ---------------------------------------------------------------------- */

KeelNoticeBoard *
keel_notice_board_new (const KeelNoticeBoardEvents *events,
                       gpointer                     user_data)
{
  KeelNoticeBoard *self = g_new0 (KeelNoticeBoard, 1);

  g_atomic_ref_count_init (&self->refs);
  self->events = *events;
  self->user_data = user_data;
  self->owner = g_main_context_ref_thread_default ();
  self->context = g_main_context_new ();
  self->shown = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_object_unref);
  return self;
}

/* No event comes after this. */
void
keel_notice_board_free (KeelNoticeBoard *self)
{
  self->user_data = NULL;
  board_unref (self);
}

/* Shows @notice, which is taken over, or replaces the one with the same key. */
void
keel_notice_board_show (KeelNoticeBoard *self,
                        KeelNotice      *notice)
{
  Message *message = message_new (self, notice->key);

  message->notice = notice;
  if (self->thread == NULL)
    {
      g_atomic_ref_count_inc (&self->refs);
      self->thread = g_thread_new ("keel-notifier", board_thread, self);
    }
  keel_context_post (self->context, show_cb, message);
}

void
keel_notice_board_withdraw (KeelNoticeBoard *self,
                            guint64          key)
{
  if (self->thread != NULL)
    keel_context_post (self->context, withdraw_cb, message_new (self, key));
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-notice-board.h"

#include "keel-config.h"
#include "keel-context.h"
#include "keel-notice-portal.h"

#include <glib/gi18n.h>
#include <libnotify/notify.h>

/* The thread that speaks to the notification daemon, and the only user of libnotify. In a sandbox
 * there is no thread: see keel-notice-portal.c.
 *
 * libnotify's calls are synchronous: a daemon that hangs holds its caller for 25 seconds. So they
 * are made in a thread with a main context of its own, in which libnotify's signals arrive, too;
 * what comes of them is posted to the owner. The thread starts with the first notification. A
 * daemon that is not there, or refuses, is no error: it closes the notice at once.
 *
 * What a daemon can do differs, and it is asked (specifications.freedesktop.org/notification-spec):
 * where it reads markup in the body it gets none by accident, and where it has no buttons it gets
 * none. A thumbnail is looked for here, too, since a disk may be as slow as a daemon; GIO finds it
 * by the specification of thumbnails, and says whether it is one of the file as it is now.
 *
 * The thread may hang when the service leaves; then it is left to the end of the process, and so
 * is what it holds. */

#define APP_NAME "Keelboat"

struct _KeelNoticeBoard {
  gatomicrefcount refs;
  KeelNoticeBoardEvents events;
  gpointer user_data;      /* owner's thread; NULL once freed */
  GDBusConnection *portal; /* (owned) (nullable) in a sandbox */
  GMainContext *owner;     /* (owned) */
  GMainContext *context;   /* (owned) the thread's */
  GThread *thread;         /* (owned) (nullable) */
  GHashTable *shown;       /* (owned) thread: key -> NotifyNotification */
  gboolean has_actions;    /* thread, like those below: what the daemon can do */
  gboolean has_markup;
  gboolean has_default_button;
  gboolean has_complained;
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
  g_free (self->icon);
  g_free (self->file);
  g_clear_pointer (&self->target, g_variant_unref);
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
  g_clear_object (&self->portal);
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
 * come, go and differ. (transfer full) (nullable): there is none */
static GVariant *
ask_daemon (const char         *method,
            const GVariantType *reply_type)
{
  g_autoptr (GDBusConnection) bus = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, NULL);

  if (bus == NULL)
    return NULL;
  return g_dbus_connection_call_sync (bus, "org.freedesktop.Notifications",
                                      "/org/freedesktop/Notifications",
                                      "org.freedesktop.Notifications", method, NULL, reply_type,
                                      G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL);
}

/* Whether it makes a button of what a click does, as only that of Xfce does. */
static gboolean
has_default_button (void)
{
  g_autoptr (GVariant) reply = ask_daemon ("GetServerInformation", G_VARIANT_TYPE ("(ssss)"));
  const char *name = "";

  if (reply != NULL)
    g_variant_get (reply, "(&s&s&s&s)", &name, NULL, NULL, NULL);
  return g_str_has_prefix (name, "Xfce");
}

static gboolean
get_ready (KeelNoticeBoard *self)
{
  g_autoptr (GVariant) reply = ask_daemon ("GetCapabilities", G_VARIANT_TYPE ("(as)"));
  g_autofree const char **capabilities = NULL;

  if (reply == NULL)
    return FALSE;
  g_variant_get (reply, "(^a&s)", &capabilities);
  self->has_actions = g_strv_contains (capabilities, "actions");
  self->has_markup = g_strv_contains (capabilities, "body-markup");
  self->has_default_button = self->has_actions && has_default_button ();
  return notify_is_initted () || notify_init (APP_NAME);
}

/* For those that show it. */
static const char *
get_default_label (KeelNotice *notice)
{
  for (guint i = 0; i + 1 < notice->actions->len; i += 2)
    if (g_str_equal (g_ptr_array_index (notice->actions, i), notice->default_action))
      return g_ptr_array_index (notice->actions, i + 1);
  return _("Show");
}

static void
add_actions (KeelNoticeBoard    *self,
             NotifyNotification *notification,
             KeelNotice         *notice)
{
  notify_notification_clear_actions (notification);
  if (!self->has_actions)
    return;
  notify_notification_add_action (notification, "default", get_default_label (notice),
                                  notify_action_cb, self, NULL);
  for (guint i = 0; i + 1 < notice->actions->len; i += 2)
    {
      const char *action = g_ptr_array_index (notice->actions, i);

      if (!self->has_default_button || !g_str_equal (action, notice->default_action))
        notify_notification_add_action (notification, action,
                                        g_ptr_array_index (notice->actions, i + 1),
                                        notify_action_cb, self, NULL);
    }
}

/* The picture of what the file looks like, as an address, or of its kind, by name. */
static char *
dup_image (KeelNotice *notice)
{
  g_autoptr (GFile) file = notice->file != NULL ? g_file_new_for_path (notice->file) : NULL;
  g_autoptr (GFileInfo) info = NULL;
  const char *path = NULL;

  if (file != NULL)
    info = g_file_query_info (file,
                              G_FILE_ATTRIBUTE_THUMBNAIL_PATH
                              "," G_FILE_ATTRIBUTE_THUMBNAIL_IS_VALID,
                              G_FILE_QUERY_INFO_NONE, NULL, NULL);
  if (info != NULL && g_file_info_get_attribute_boolean (info, G_FILE_ATTRIBUTE_THUMBNAIL_IS_VALID))
    path = g_file_info_get_attribute_byte_string (info, G_FILE_ATTRIBUTE_THUMBNAIL_PATH);
  return path != NULL ? g_filename_to_uri (path, NULL, NULL) : g_strdup (notice->icon);
}

static void
set_hints (NotifyNotification *notification,
           KeelNotice         *notice)
{
  g_autofree char *image = dup_image (notice);

  notify_notification_set_urgency (notification, notice->is_urgent ? NOTIFY_URGENCY_CRITICAL :
                                                                     NOTIFY_URGENCY_NORMAL);
  notify_notification_set_hint (notification, "resident",
                                notice->is_urgent ? g_variant_new_boolean (TRUE) : NULL);
  if (notice->category != NULL)
    notify_notification_set_category (notification, notice->category);
  notify_notification_set_hint (notification, "image-path",
                                image != NULL ? g_variant_new_string (image) : NULL);
}

static NotifyNotification *
get_notification (KeelNoticeBoard *self,
                  KeelNotice      *notice)
{
  NotifyNotification *notification = g_hash_table_lookup (self->shown, &notice->key);
  g_autofree char *escaped = NULL;
  const char *body = notice->body;

  if (body != NULL && self->has_markup)
    body = escaped = g_markup_escape_text (body, -1);
  if (notification != NULL)
    {
      notify_notification_update (notification, notice->summary, body, KEEL_APP_ID);
      return notification;
    }
  notification = notify_notification_new (notice->summary, body, KEEL_APP_ID);
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
      set_hints (notification, notice);
      if (notify_notification_show (notification, &error))
        return;
    }
  if (!self->has_complained)
    g_info ("No notification: %s", error != NULL ? error->message : "there is no daemon");
  self->has_complained = TRUE;
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

/* With @portal all goes through the portal on that bus, and there are no events. */
KeelNoticeBoard *
keel_notice_board_new (const KeelNoticeBoardEvents *events,
                       GDBusConnection             *portal,
                       gpointer                     user_data)
{
  KeelNoticeBoard *self = g_new0 (KeelNoticeBoard, 1);

  g_atomic_ref_count_init (&self->refs);
  self->events = *events;
  self->user_data = user_data;
  g_set_object (&self->portal, portal);
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
  g_autoptr (KeelNotice) owned = notice;
  Message *message;

  if (self->portal != NULL)
    {
      keel_notice_portal_show (self->portal, notice);
      return;
    }
  message = message_new (self, notice->key);
  message->notice = g_steal_pointer (&owned);
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
  if (self->portal != NULL)
    keel_notice_portal_withdraw (self->portal, key);
  else if (self->thread != NULL)
    keel_context_post (self->context, withdraw_cb, message_new (self, key));
}

/* Whether what is shown stays, and can be clicked on, when the service has left. */
gboolean
keel_notice_board_is_lasting (KeelNoticeBoard *self)
{
  return self->portal != NULL;
}

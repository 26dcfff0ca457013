/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-notice-board.h"

#include "keel-context.h"
#include "keel-notice-portal.h"
#include "keelboat-modules/keel-notify.h"

#include <glib/gi18n.h>

/* The thread that speaks to the notification daemon, by the module keel-notify. In a sandbox there
 * is no thread: see keel-notice-portal.c.
 *
 * libnotify's calls are synchronous: a daemon that hangs holds its caller for 25 seconds. So they
 * are made in a thread with a main context of its own, in which libnotify's signals arrive, too;
 * what comes of them is posted to the owner. The thread starts with the first notification. A
 * daemon that is not there, or refuses, is no error: it closes the notice at once.
 *
 * The thread may hang when the service leaves; then it is left to the end of the process, and so
 * is what it holds. */

struct _KeelNoticeBoard {
  gatomicrefcount refs;
  KeelNoticeBoardEvents events;
  gpointer user_data;             /* owner's thread; NULL once freed */
  GDBusConnection *portal;        /* (owned) (nullable) in a sandbox */
  GMainContext *owner;            /* (owned) */
  GMainContext *context;          /* (owned) the thread's */
  GThread *thread;                /* (owned) (nullable) */
  const KeelNotifyModule *module; /* (nullable) thread, like those below */
  KeelNotify *daemon;             /* (owned) (nullable) with the module */
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
  self->default_label = _("Show");
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
  if (self->daemon != NULL)
    self->module->free (self->daemon);
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

static void
daemon_action (gpointer    user_data,
               guint64     key,
               const char *action,
               const char *token)
{
  KeelNoticeBoard *self = user_data;
  Message *message = message_new (self, key);

  message->action = g_strdup (action);
  message->token = g_strdup (token);
  keel_context_post (self->owner, action_cb, message);
}

static void
daemon_closed (gpointer user_data,
               guint64  key)
{
  KeelNoticeBoard *self = user_data;

  keel_context_post (self->owner, closed_cb, message_new (self, key));
}

static void
show_cb (gpointer data)
{
  g_autoptr (Message) message = data;
  KeelNoticeBoard *self = message->board;
  g_autoptr (GError) error = NULL;

  if (self->module != NULL && self->module->show (self->daemon, message->notice, &error))
    return;
  if (!self->has_complained && error != NULL)
    g_info ("No notification: %s", error->message);
  self->has_complained = TRUE;
  daemon_closed (self, message->key);
}

static void
withdraw_cb (gpointer data)
{
  g_autoptr (Message) message = data;

  if (message->board->module != NULL)
    message->board->module->withdraw (message->board->daemon, message->key);
}

static gpointer
board_thread (gpointer data)
{
  static const KeelNoticeBoardEvents events = { daemon_action, daemon_closed };
  KeelNoticeBoard *self = data;

  self->module = (const KeelNotifyModule *) keel_module_load ("keel-notify");
  if (self->module != NULL)
    self->daemon = self->module->make (&events, self);
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

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "keel-background.h"

#include "keel-link.h"
#include "keel-session-private.h"

/* Being woken: the service starts an application, or calls one that runs, by its action
 * "transfer-events" with the identifier of a session in which something has happened while nobody
 * listened. Here that becomes a signal, and the application is kept alive until what has happened
 * was told to it and the service has heard that it was.
 *
 * One Waking for each identifier that is being told. It ends when the session of that identifier
 * has nothing left to tell, when the program drops that session, or when it opens none at all in
 * time: then nothing is acknowledged, and the service tries again by its own rules. */

/**
 * KeelBackground:
 *
 * What makes an application wakeable when its transfers have ended.
 *
 * [func@Keel.application_attach] makes it. The application needs a desktop file with
 * `DBusActivatable=true` and a D-Bus service file, like any application that is started over the
 * bus. When all transfers of a session have ended, or one needs somebody, and no process of the
 * application listens, the service starts the application in the background (no window opens), and
 * [signal@Keel.Background::background-events] is emitted. The application opens the session, is
 * told what has happened, and goes idle again by itself.
 *
 * Belongs to the main context in which the application runs.
 *
 * Since: 0.1
 */

#define ACTION "transfer-events"
#define PATIENCE_MSEC 10000

struct _KeelBackground {
  GObject parent_instance;

  GApplication *application; /* (unowned) owns this object */
  KeelLink *link;            /* (owned) */
  GPtrArray *wakings;        /* (owned) (element-type Waking) */
};

typedef struct {
  KeelBackground *background; /* (unowned) owns this */
  char *identifier;
  KeelEventInbox *inbox; /* (owned) (nullable) once the program has opened the session */
  GSource *patience;     /* (owned) (nullable) until then */
} Waking;

G_DEFINE_FINAL_TYPE (KeelBackground, keel_background, G_TYPE_OBJECT)

enum { BACKGROUND_EVENTS, N_SIGNALS };

static guint signals[N_SIGNALS];

static void
waking_free (gpointer data)
{
  Waking *self = data;

  if (self->inbox != NULL)
    g_signal_handlers_disconnect_by_data (self->inbox, self);
  g_clear_object (&self->inbox);
  if (self->patience != NULL)
    g_source_destroy (self->patience);
  g_clear_pointer (&self->patience, g_source_unref);
  g_free (self->identifier);
  g_free (self);
}

/* The application may go now. */
static void
waking_end (Waking *self)
{
  g_autoptr (GApplication) application = g_object_ref (self->background->application);

  g_ptr_array_remove (self->background->wakings, self);
  g_application_release (application);
}

static gboolean
impatient_cb (gpointer user_data)
{
  Waking *self = user_data;

  g_message ("Transfers of the session “%s” have ended, and the application did not open it",
             self->identifier);
  waking_end (self);
  return G_SOURCE_REMOVE;
}

/* (nullable): the open session of the identifier that is told of events. */
static KeelSession *
waking_find_session (Waking *self)
{
  GPtrArray *sessions = keel_link_get_sessions (self->background->link);

  for (guint i = 0; i < sessions->len; i++)
    {
      KeelSession *session = g_ptr_array_index (sessions, i);

      if (session->inbox != NULL && g_str_equal (session->identifier, self->identifier))
        return session;
    }
  return NULL;
}

static void
settled_cb (KeelEventInbox *inbox,
            gpointer        user_data)
{
  waking_end (user_data);
}

/* Looks how far it is; may end the waking. */
static void
waking_check (Waking *self)
{
  KeelSession *session = waking_find_session (self);

  if (self->inbox == NULL && session != NULL)
    {
      self->inbox = g_object_ref (session->inbox);
      g_source_destroy (self->patience);
      g_clear_pointer (&self->patience, g_source_unref);
      g_signal_connect (self->inbox, "settled", G_CALLBACK (settled_cb), self);
    }
  if (self->inbox != NULL && keel_event_inbox_is_settled (self->inbox))
    waking_end (self);
}

/* A session came, or went with what it had to tell. */
static void
sessions_changed_cb (KeelLink *link,
                     gpointer  user_data)
{
  g_autoptr (KeelBackground) self = g_object_ref (user_data);

  /* From behind: whoever is looked at may take itself out. */
  for (guint i = self->wakings->len; i > 0; i--)
    waking_check (g_ptr_array_index (self->wakings, i - 1));
}

static Waking *
keel_background_find (KeelBackground *self,
                      const char     *identifier)
{
  for (guint i = 0; i < self->wakings->len; i++)
    {
      Waking *waking = g_ptr_array_index (self->wakings, i);

      if (g_str_equal (waking->identifier, identifier))
        return waking;
    }
  return NULL;
}

static void
activated_cb (GSimpleAction *action,
              GVariant      *parameter,
              gpointer       user_data)
{
  g_autoptr (KeelBackground) self = g_object_ref (user_data);
  g_autofree char *identifier = g_variant_dup_string (parameter, NULL);
  Waking *waking = keel_background_find (self, identifier);

  if (waking == NULL)
    {
      waking = g_new0 (Waking, 1);
      waking->background = self;
      waking->identifier = g_strdup (identifier);
      waking->patience = keel_link_add_timeout (self->link, PATIENCE_MSEC, impatient_cb, waking);
      g_ptr_array_add (self->wakings, waking);
      g_application_hold (self->application);
    }
  g_signal_emit (self, signals[BACKGROUND_EVENTS], 0, identifier);
  waking = keel_background_find (self, identifier);
  if (waking != NULL)
    waking_check (waking);
}

static void
keel_background_dispose (GObject *object)
{
  KeelBackground *self = KEEL_BACKGROUND (object);

  if (self->link != NULL)
    g_signal_handlers_disconnect_by_data (self->link, self);
  g_ptr_array_set_size (self->wakings, 0);
  g_clear_object (&self->link);
  G_OBJECT_CLASS (keel_background_parent_class)->dispose (object);
}

static void
keel_background_finalize (GObject *object)
{
  g_ptr_array_unref (KEEL_BACKGROUND (object)->wakings);
  G_OBJECT_CLASS (keel_background_parent_class)->finalize (object);
}

static void
keel_background_class_init (KeelBackgroundClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = keel_background_dispose;
  object_class->finalize = keel_background_finalize;

  /**
   * KeelBackground::background-events:
   * @self: the object
   * @identifier: the session in which something has happened
   *
   * Something happened in a session while no process of the application listened: all its
   * transfers have ended, or one needs somebody.
   *
   * The application is to open the session of this identifier, if it has not, and to connect to
   * its signals; see [func@Keel.Session.open_async]. It is held (see
   * [method@Gio.Application.hold]) until that session has emitted
   * [signal@Keel.Session::events-drained] and all of its events are acknowledged. If it opens none
   * within 10 seconds it is released, nothing is acknowledged, and the service tries again later.
   * Emitted in the main context of the application.
   *
   * Since: 0.1
   */
  signals[BACKGROUND_EVENTS] = g_signal_new ("background-events", KEEL_TYPE_BACKGROUND,
                                             G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                                             G_TYPE_STRING);
}

static void
keel_background_init (KeelBackground *self)
{
  self->wakings = g_ptr_array_new_with_free_func (waking_free);
}

/**
 * keel_application_attach:
 * @application: an application with an application id
 *
 * Makes an application wakeable when its transfers have ended: installs the hidden action
 * "transfer-events", and holds the application while it is told of them.
 *
 * To be called before [method@Gio.Application.run] (or [method@Gio.Application.register]), in the
 * main context in which the application runs, because the call that wakes it may be the first
 * thing that it hears. Calling it again gives the same object.
 *
 * Returns: (transfer none): the object that has the signal
 *   [signal@Keel.Background::background-events], owned by @application
 *
 * Since: 0.1
 */
KeelBackground *
keel_application_attach (GApplication *application)
{
  static const char key[] = "keel-background";
  g_autoptr (GSimpleAction) action = NULL;
  KeelBackground *self;

  g_return_val_if_fail (G_IS_APPLICATION (application), NULL);

  self = g_object_get_data (G_OBJECT (application), key);
  if (self != NULL)
    return self;

  self = g_object_new (KEEL_TYPE_BACKGROUND, NULL);
  self->application = application;
  self->link = keel_link_dup_default ();
  g_signal_connect (self->link, "sessions-changed", G_CALLBACK (sessions_changed_cb), self);
  g_object_set_data_full (G_OBJECT (application), key, self, g_object_unref);

  action = g_simple_action_new (ACTION, G_VARIANT_TYPE_STRING);
  g_signal_connect_object (action, "activate", G_CALLBACK (activated_cb), self, 0);
  g_action_map_add_action (G_ACTION_MAP (application), G_ACTION (action));
  return self;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-link-prober.h"

#include "keel-own-session.h"

/* Has links looked at by the service, a few at once and the rest in their order: of a thousand that
 * somebody pastes, the first few matter most. What comes of it each KeelLinkItem tells.
 *
 * Looking never holds anything up. A service that cannot look (an older one, or none) leaves items
 * as they were: unknown. */

#define MOST_AT_ONCE 4

struct _KeelLinkProber {
  GSettings *settings;       /* (owned) */
  GCancellable *cancellable; /* (owned), cancelled when it is freed */
  KeelSession *session;      /* (owned) (nullable) until it is open */
  GQueue waiting;            /* (element-type KeelLinkItem) (owned) */
  guint n_running;
  gboolean is_opening;
};

typedef struct {
  KeelLinkProber *prober; /* gone when the call was cancelled */
  KeelLinkItem *item;     /* (owned) */
} Look;

static void go_on (KeelLinkProber *self);

static void
probed_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autofree Look *look = user_data;
  g_autoptr (KeelLinkItem) item = look->item;
  g_autoptr (GError) error = NULL;
  g_autoptr (KeelProbe) probe = keel_session_probe_finish (KEEL_SESSION (source), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  keel_link_item_take_answer (item, probe, error);
  look->prober->n_running--;
  go_on (look->prober);
}

static void
ask (KeelLinkProber *self,
     KeelLinkItem   *item)
{
  g_autoptr (KeelDownload) download = keel_download_new (keel_link_item_get_link (item));
  Look *look = g_new (Look, 1);

  *look = (Look) { self, item };
  self->n_running++;
  keel_session_probe_async (self->session, download, self->cancellable, probed_cb, look);
}

static void
opened_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  KeelLinkProber *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (KeelSession) session = keel_own_session_open_finish (result, &error);
  KeelLinkItem *item;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  self->is_opening = FALSE;
  self->session = g_steal_pointer (&session);
  if (self->session != NULL)
    go_on (self);
  while (self->session == NULL && (item = g_queue_pop_head (&self->waiting)) != NULL)
    {
      keel_link_item_take_answer (item, NULL, error);
      g_object_unref (item);
    }
}

static void
go_on (KeelLinkProber *self)
{
  if (self->session == NULL)
    {
      if (!self->is_opening && self->waiting.length > 0)
        keel_own_session_open_async (self->settings, self->cancellable, opened_cb, self);
      self->is_opening = TRUE;
      return;
    }

  while (self->n_running < MOST_AT_ONCE && self->waiting.length > 0)
    ask (self, g_queue_pop_head (&self->waiting));
}

/* Has @item looked at, once. */
void
keel_link_prober_add (KeelLinkProber *self,
                      KeelLinkItem   *item)
{
  if (keel_link_item_get_state (item) != KEEL_LINK_UNKNOWN)
    return;

  keel_link_item_set_asking (item);
  g_queue_push_tail (&self->waiting, g_object_ref (item));
  go_on (self);
}

KeelLinkProber *
keel_link_prober_new (GSettings *settings)
{
  KeelLinkProber *self = g_new0 (KeelLinkProber, 1);

  self->settings = g_object_ref (settings);
  self->cancellable = g_cancellable_new ();

  return self;
}

void
keel_link_prober_free (KeelLinkProber *self)
{
  g_cancellable_cancel (self->cancellable);
  g_queue_clear_full (&self->waiting, g_object_unref);
  g_clear_object (&self->session);
  g_object_unref (self->cancellable);
  g_object_unref (self->settings);
  g_free (self);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-engine-private.h"

#include "keel-task-error.h"

/* What has happened and has not been told to whom it concerns. An event is committed together with
 * the change of state that it is about, and deleted when it is acknowledged; so each is told at
 * least once, whoever crashes. Who must not tell it twice acknowledges first, and tells when that
 * is on disk. */

/* Those that are not acknowledged, oldest first within a session. (transfer none) (element-type
 * KeelEventRecord): until the main loop turns. */
GPtrArray *
keel_engine_get_events (KeelEngine *self)
{
  return self->events;
}

/* Takes all events (there must be one) off the list; @func comes when that is on disk, or could not
 * be put there: then they come again after the next start. */
void
keel_engine_acknowledge (KeelEngine     *self,
                         KeelEngineFunc  func,
                         gpointer        user_data)
{
  g_autoptr (GError) closed = NULL;
  KeelEngineBatch *batch;

  if (self->machinery.store == NULL)
    {
      g_set_error_literal (&closed, KEEL_ERROR, KEEL_ERROR_RESTARTING, "The service is leaving");
      func (self, closed, user_data);
      return;
    }
  batch = keel_engine_batch_new (self, func, user_data);
  batch->n_unsaved = self->events->len;
  for (guint i = 0; i < self->events->len; i++)
    keel_store_acknowledge (self->machinery.store, g_ptr_array_index (self->events, i),
                            keel_engine_batch_saved_cb, batch);
  g_ptr_array_set_size (self->events, 0);
}

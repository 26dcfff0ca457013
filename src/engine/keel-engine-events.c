/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-engine-private.h"

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

/* Takes @events (not empty) off the list, while the engine is open; @func comes when that is on
 * disk, or could not be put there: then they come again after the next start. */
void
keel_engine_acknowledge (KeelEngine     *self,
                         GPtrArray      *events,
                         KeelEngineFunc  func,
                         gpointer        user_data)
{
  KeelEngineBatch *batch = keel_engine_batch_new (self, func, user_data);

  batch->n_unsaved = events->len;
  for (guint i = 0; i < events->len; i++)
    {
      KeelEventRecord *event = g_ptr_array_index (events, i);

      keel_store_acknowledge (self->machinery.store, event, keel_engine_batch_saved_cb, batch);
      g_ptr_array_remove (self->events, event);
    }
}

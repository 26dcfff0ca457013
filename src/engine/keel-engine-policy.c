/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-engine-private.h"

#include "keel-request-headers.h"

/* How sessions behave, and what that means for their transfers.
 *
 * A session's configuration holds from the moment at which it is set, for the transfers that are
 * there as for later ones. The same goes for the network and the power: whoever watches those says
 * what they are, and each transfer is asked whether it may go on.
 *
 * One timer is set for the first transfer whose time will be over. */

/* (transfer none) (nullable) */
static KeelSessionRecord *
find_session (KeelEngine *self,
              gint64      session_id)
{
  return (KeelSessionRecord *) keel_engine_get_session (self, session_id);
}

/* What holds for its session holds for @transfer, which is new here. */
void
keel_engine_assign (KeelEngine   *self,
                    KeelTransfer *transfer)
{
  KeelSessionRecord *session = find_session (self, keel_transfer_get_record (transfer)->session_id);

  if (session != NULL)
    {
      if (session->limiter == NULL)
        session->limiter = keel_rate_limiter_new (session->config.max_rate_bps);
      keel_transfer_set_session (transfer, session);
    }
  keel_transfer_count_absence (transfer);
}

/* --- time ------------------------------------------------------------------------------------ */

static void
deadline_cb (gpointer user_data)
{
  KeelEngine *self = user_data;
  gint64 now_usec = keel_clock_get_boottime_usec (self->machinery.clock);

  self->deadline_timer = 0;
  for (guint i = 0; i < self->transfers->len; i++)
    {
      KeelTransfer *transfer = g_ptr_array_index (self->transfers, i);
      gint64 deadline_usec = keel_transfer_get_deadline (transfer);

      if (deadline_usec != 0 && deadline_usec <= now_usec)
        keel_transfer_check_time (transfer);
      keel_engine_note_deadline (self, transfer);
    }
}

/* Sees to it that @transfer is looked at when its time is over. */
void
keel_engine_note_deadline (KeelEngine   *self,
                           KeelTransfer *transfer)
{
  gint64 deadline_usec = keel_transfer_get_deadline (transfer);

  if (deadline_usec == 0 || !self->is_started || self->is_stopping ||
      (self->deadline_timer != 0 && self->deadline_usec <= deadline_usec))
    return;
  keel_clock_cancel (self->machinery.clock, &self->deadline_timer);
  self->deadline_usec = deadline_usec;
  self->deadline_timer = keel_clock_call_at (self->machinery.clock, deadline_usec, deadline_cb,
                                             self);
}

/* --- what changes ---------------------------------------------------------------------------- */

/* Those of @session, or all when that is NULL. */
static void
reconsider (KeelEngine              *self,
            const KeelSessionRecord *session)
{
  if (!self->is_started || self->is_stopping)
    return;
  for (guint i = 0; i < self->transfers->len; i++)
    {
      KeelTransfer *transfer = g_ptr_array_index (self->transfers, i);

      if (session != NULL && keel_transfer_get_session (transfer) != session)
        continue;
      keel_transfer_reconsider (transfer);
      keel_scheduler_update (self->scheduler, transfer);
      keel_engine_note_deadline (self, transfer);
    }
}

/* From now on the session behaves like that; @func (nullable) comes when it is on disk. @config is
 * copied. */
void
keel_engine_configure_session (KeelEngine              *self,
                               gint64                   session_id,
                               const KeelSessionConfig *config,
                               KeelEngineFunc           func,
                               gpointer                 user_data)
{
  KeelSessionRecord *session = find_session (self, session_id);
  KeelEngineBatch *batch = NULL;

  g_return_if_fail (session != NULL);

  keel_session_config_clear (&session->config);
  keel_session_config_copy (&session->config, config);
  if (session->limiter != NULL)
    keel_rate_limiter_set_rate (session->limiter, config->max_rate_bps);
  if (func != NULL)
    {
      batch = keel_engine_batch_new (self, func, user_data);
      batch->n_unsaved = 1;
    }
  keel_store_save_session (self->machinery.store, session,
                           batch != NULL ? keel_engine_batch_saved_cb : NULL, batch);
  reconsider (self, session);
  keel_scheduler_kick (self->scheduler);
}

/* Whether what is transferred costs money, or nobody knows that yet. */
void
keel_engine_set_metered (KeelEngine *self,
                         gboolean    is_metered)
{
  if (self->machinery.is_metered == is_metered)
    return;
  self->machinery.is_metered = is_metered;
  reconsider (self, NULL);
}

/* Whether the machine runs on battery, or nobody knows that yet. */
void
keel_engine_set_on_battery (KeelEngine *self,
                            gboolean    is_on_battery)
{
  if (self->machinery.is_on_battery == is_on_battery)
    return;
  self->machinery.is_on_battery = is_on_battery;
  reconsider (self, NULL);
}

/* Whether the machine is to save power, on battery or not. */
void
keel_engine_set_power_saving (KeelEngine *self,
                              gboolean    is_saving)
{
  if (self->machinery.is_saving == is_saving)
    return;
  self->machinery.is_saving = is_saving;
  reconsider (self, NULL);
}

/* --- what a link leads to -------------------------------------------------------------------- */

/* Asks the server of @request what a download of the session would be, with the request headers
 * that it would send. See keel_inquiries_ask(); the application in @request is filled in here. */
gboolean
keel_engine_ask (KeelEngine                *self,
                 gint64                     session_id,
                 const KeelInquiryRequest  *request,
                 KeelInquiryFunc            func,
                 gpointer                   user_data,
                 GError                   **error)
{
  const KeelSessionRecord *session = find_session (self, session_id);
  g_autofree char *headers = NULL;
  KeelInquiryRequest whole = *request;

  headers = keel_request_headers_merge (session->config.headers, session->config.user_agent,
                                        request->headers);
  whole.app = session->app;
  whole.headers = headers;
  return keel_inquiries_ask (self->inquiries, &whole, func, user_data, error);
}

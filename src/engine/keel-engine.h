/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib-object.h>

#include "keel-clock.h"
#include "keel-engine-limits.h"
#include "keel-inquiry.h"
#include "keel-proxy.h"
#include "keel-store.h"
#include "keel-transfer.h"

G_BEGIN_DECLS

#define KEEL_TYPE_ENGINE (keel_engine_get_type ())
G_DECLARE_FINAL_TYPE (KeelEngine, keel_engine, KEEL, ENGINE, GObject)

/* Connections, and with them threads, that transfer at once. */
#define KEEL_ENGINE_MOST_ACTIVE 32

/* Events that an application may leave unacknowledged before it gets no more tasks. */
#define KEEL_ENGINE_MOST_EVENTS 5000

/* What happens to a task that its application has to know is written down as an event in the commit
 * of the change itself, and stays until somebody has acknowledged it: a service that dies in
 * between tells it after its next start.
 *
 * Signals, all in the context in which the engine was made:
 * "transfer-changed" (KeelTransfer), "transfer-removed" (KeelTransfer), "transfer-ended"
 * (KeelTransfer): finished or failed, on disk, with an event; "transfer-challenged" (KeelTransfer):
 * it waits for credentials, see keel_transfer_get_challenge(); "events"
 * (KeelTransfer, gboolean: it has completed): there are new ones in the journal of a session that
 * has them; "ticked": the numbers of running ones are new. */

typedef void (*KeelEngineFunc) (KeelEngine   *engine,
                                const GError *error,
                                gpointer      user_data);

/* @place is NULL with @error. */
typedef void (*KeelEngineFolderFunc) (KeelEngine      *engine,
                                      const KeelPlace *place,
                                      const GError    *error,
                                      gpointer         user_data);

KeelEngine              *keel_engine_new          (KeelClock               *clock);
void                     keel_engine_set_downloads_dir (KeelEngine         *self,
                                                   const char              *dir);
void                     keel_engine_set_spool_dir (KeelEngine             *self,
                                                   const char              *dir);
gboolean                 keel_engine_open         (KeelEngine              *self,
                                                   const char              *state_dir,
                                                   GError                 **error);
gboolean                 keel_engine_was_rescued  (KeelEngine              *self);
void                     keel_engine_start        (KeelEngine              *self);
void                     keel_engine_stop_async   (KeelEngine              *self,
                                                   KeelEngineFunc           func,
                                                   gpointer                 user_data);
gboolean                 keel_engine_has_work     (KeelEngine              *self);

const KeelSessionRecord *keel_engine_open_session (KeelEngine              *self,
                                                   const char              *app,
                                                   const char              *identifier);
void                     keel_engine_identify_session (KeelEngine          *self,
                                                   gint64                   session_id,
                                                   const char              *token_hash,
                                                   gboolean                 is_verified);
const KeelSessionRecord *keel_engine_get_session  (KeelEngine              *self,
                                                   gint64                   session_id);
void                     keel_engine_configure_session (KeelEngine         *self,
                                                   gint64                   session_id,
                                                   const KeelSessionConfig *config,
                                                   KeelEngineFunc           func,
                                                   gpointer                 user_data);
GPtrArray               *keel_engine_dup_sessions (KeelEngine              *self,
                                                   const char              *app);

gboolean                 keel_engine_check_record (const KeelTransferRecord *record,
                                                   GError                 **error);
gboolean                 keel_engine_find_addition (KeelEngine             *self,
                                                   gint64                   session_id,
                                                   const char              *nonce,
                                                   gint64                  *out_first_id,
                                                   guint                   *out_count);
gint64                   keel_engine_add          (KeelEngine              *self,
                                                   gint64                   session_id,
                                                   GPtrArray               *records,
                                                   const char              *nonce,
                                                   KeelEngineFunc           func,
                                                   gpointer                 user_data);
void                     keel_engine_make_folder  (KeelEngine              *self,
                                                   const char              *dir);
void                     keel_engine_take_folder  (KeelEngine              *self,
                                                   int                      fd,
                                                   KeelEngineFolderFunc     func,
                                                   gpointer                 user_data);

gboolean                 keel_engine_session_has_events (KeelEngine        *self,
                                                   gint64                   session_id);
GPtrArray               *keel_engine_get_events   (KeelEngine              *self,
                                                   gint64                   session_id);
void                     keel_engine_acknowledge  (KeelEngine              *self,
                                                   gint64                   session_id,
                                                   GArray                  *numbers,
                                                   KeelEngineFunc           func,
                                                   gpointer                 user_data);
void                     keel_engine_acknowledge_ends (KeelEngine          *self,
                                                   KeelEngineFunc           func,
                                                   gpointer                 user_data);
gboolean                 keel_engine_check_event_quota (KeelEngine         *self,
                                                   gint64                   session_id,
                                                   GError                 **error);
gboolean                 keel_engine_session_has_work (KeelEngine          *self,
                                                   gint64                   session_id);
void                     keel_engine_set_most_events (KeelEngine           *self,
                                                   guint                    most);
void                     keel_engine_set_wake     (KeelEngine              *self,
                                                   gint64                   session_id,
                                                   guint                    tries,
                                                   gint64                   due_usec);

KeelTransfer            *keel_engine_get_transfer (KeelEngine              *self,
                                                   gint64                   id);
GPtrArray               *keel_engine_get_transfers (KeelEngine             *self);
GHashTable              *keel_engine_get_active   (KeelEngine              *self);
guint                    keel_engine_count_running (KeelEngine             *self);
void                     keel_engine_release_memory (KeelEngine            *self);
void                     keel_engine_set_tick     (KeelEngine              *self,
                                                   gint64                   usec);
guint                    keel_engine_find_after   (KeelEngine              *self,
                                                   gint64                   id);

void                     keel_engine_get_limits   (KeelEngine              *self,
                                                   KeelEngineLimits        *out_limits);
void                     keel_engine_set_limits   (KeelEngine              *self,
                                                   const KeelEngineLimits  *limits,
                                                   KeelEngineFunc           func,
                                                   gpointer                 user_data);
gboolean                 keel_engine_ask          (KeelEngine              *self,
                                                   gint64                   session_id,
                                                   const KeelInquiryRequest *request,
                                                   KeelInquiryFunc          func,
                                                   gpointer                 user_data,
                                                   GError                 **error);
guint64                  keel_engine_get_present_rate (KeelEngine          *self);
void                     keel_engine_move         (KeelEngine              *self,
                                                   KeelTransfer            *transfer,
                                                   KeelPosition             position);
void                     keel_engine_set_proxy    (KeelEngine              *self,
                                                   const KeelProxy         *proxy);
void                     keel_engine_set_network  (KeelEngine              *self,
                                                   KeelNetwork              network);
void                     keel_engine_set_metered  (KeelEngine              *self,
                                                   gboolean                 is_metered);
void                     keel_engine_set_on_battery (KeelEngine            *self,
                                                   gboolean                 is_on_battery);
void                     keel_engine_set_power_saving (KeelEngine          *self,
                                                   gboolean                 is_saving);
void                     keel_engine_network_changed (KeelEngine           *self);
void                     keel_engine_fall_asleep  (KeelEngine              *self,
                                                   KeelEngineFunc           func,
                                                   gpointer                 user_data);
void                     keel_engine_wake_up      (KeelEngine              *self);
KeelClock               *keel_engine_get_clock    (KeelEngine              *self);

G_END_DECLS

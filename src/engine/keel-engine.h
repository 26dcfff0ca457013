/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib-object.h>

#include "keel-clock.h"
#include "keel-proxy.h"
#include "keel-store.h"
#include "keel-transfer.h"

G_BEGIN_DECLS

#define KEEL_TYPE_ENGINE (keel_engine_get_type ())
G_DECLARE_FINAL_TYPE (KeelEngine, keel_engine, KEEL, ENGINE, GObject)

typedef struct {
  guint64 max_rate_bps; /* 0: none */
  guint max_active;     /* 1 to KEEL_ENGINE_MOST_ACTIVE */
  guint max_per_host;
} KeelEngineLimits;

#define KEEL_ENGINE_MOST_ACTIVE 32

/* What has ended is written down as an event in the same commit, and stays until somebody has
 * acknowledged it: a service that dies in between tells it after its next start.
 *
 * Signals, all in the context in which the engine was made:
 * "transfer-changed" (KeelTransfer), "transfer-removed" (KeelTransfer), "transfer-ended"
 * (KeelTransfer): finished or failed, on disk, with an event; "transfer-challenged" (KeelTransfer):
 * it waits for credentials, see keel_transfer_get_challenge(); "ticked": the numbers of running
 * ones are new. */

typedef void (*KeelEngineFunc) (KeelEngine   *engine,
                                const GError *error,
                                gpointer      user_data);

KeelEngine              *keel_engine_new          (KeelClock               *clock);
void                     keel_engine_set_downloads_dir (KeelEngine         *self,
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
const KeelSessionRecord *keel_engine_get_session  (KeelEngine              *self,
                                                   gint64                   session_id);
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

GPtrArray               *keel_engine_get_events   (KeelEngine              *self);
void                     keel_engine_acknowledge  (KeelEngine              *self,
                                                   KeelEngineFunc           func,
                                                   gpointer                 user_data);

KeelTransfer            *keel_engine_get_transfer (KeelEngine              *self,
                                                   gint64                   id);
GPtrArray               *keel_engine_get_transfers (KeelEngine             *self);
guint                    keel_engine_find_after   (KeelEngine              *self,
                                                   gint64                   id);

void                     keel_engine_get_limits   (KeelEngine              *self,
                                                   KeelEngineLimits        *out_limits);
void                     keel_engine_set_limits   (KeelEngine              *self,
                                                   const KeelEngineLimits  *limits,
                                                   KeelEngineFunc           func,
                                                   gpointer                 user_data);
void                     keel_engine_set_proxy    (KeelEngine              *self,
                                                   const KeelProxy         *proxy);
void                     keel_engine_set_network  (KeelEngine              *self,
                                                   KeelNetwork              network);
void                     keel_engine_network_changed (KeelEngine           *self);
KeelClock               *keel_engine_get_clock    (KeelEngine              *self);

G_END_DECLS

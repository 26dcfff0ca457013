/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib-object.h>

#include "keel-authorization.h"
#include "keel-machinery.h"
#include "keel-transfer-record.h"

G_BEGIN_DECLS

#define KEEL_TYPE_TRANSFER (keel_transfer_get_type ())
G_DECLARE_FINAL_TYPE (KeelTransfer, keel_transfer, KEEL, TRANSFER, GObject)

typedef enum {
  KEEL_CONTROL_PAUSE,
  KEEL_CONTROL_RESUME,
  KEEL_CONTROL_RETRY,
  KEEL_CONTROL_CANCEL,
  KEEL_CONTROL_REMOVE,
} KeelControl;

/* To the engine, in the machinery's context. */
typedef struct {
  void (*changed) (gpointer user_data, KeelTransfer *transfer); /* anything but mere progress */
  /* Finished or failed, which is on disk together with @event (transfer full). */
  void (*ended) (gpointer user_data, KeelTransfer *transfer, KeelEventRecord *event);
  void (*removed) (gpointer user_data, KeelTransfer *transfer); /* its row is gone */
  void (*challenged) (gpointer user_data, KeelTransfer *transfer); /* it waits for an answer */
} KeelTransferEvents;

typedef void (*KeelTransferFunc) (KeelTransfer *transfer,
                                  const GError *error,
                                  gpointer      user_data);

KeelTransfer             *keel_transfer_new           (const KeelMachinery      *machinery,
                                                       KeelTransferRecord       *record,
                                                       const KeelTransferEvents *events,
                                                       gpointer                  user_data);
const KeelTransferRecord *keel_transfer_get_record    (KeelTransfer             *self);
guint64                   keel_transfer_get_received  (KeelTransfer             *self);
guint64                   keel_transfer_get_committed (KeelTransfer             *self);
guint64                   keel_transfer_get_rate      (KeelTransfer             *self);
guint                     keel_transfer_get_connections (KeelTransfer           *self);
gboolean                  keel_transfer_is_busy       (KeelTransfer             *self);
gboolean                  keel_transfer_is_settled    (KeelTransfer             *self);

void                      keel_transfer_recover       (KeelTransfer             *self);
void                      keel_transfer_set_crashes   (KeelTransfer             *self,
                                                       guint                     crashes);
void                      keel_transfer_quarantine    (KeelTransfer             *self);
void                      keel_transfer_run           (KeelTransfer             *self);
void                      keel_transfer_hold          (KeelTransfer             *self,
                                                       KeelWaitReason            reason);
void                      keel_transfer_rest          (KeelTransfer             *self);
void                      keel_transfer_suspend       (KeelTransfer             *self);
void                      keel_transfer_network_changed (KeelTransfer           *self);
void                      keel_transfer_yield         (KeelTransfer             *self,
                                                       guint                     turn);
guint                     keel_transfer_get_turn      (KeelTransfer             *self);
gboolean                  keel_transfer_is_crawling   (KeelTransfer             *self);

const KeelChallenge      *keel_transfer_get_challenge (KeelTransfer             *self,
                                                       const char              **out_cookie,
                                                       guint                    *out_tries);
void                      keel_transfer_answer        (KeelTransfer             *self,
                                                       const char               *user,
                                                       const char               *password);
void                      keel_transfer_decline       (KeelTransfer             *self);
const KeelCredentials    *keel_transfer_get_proven_credentials (KeelTransfer    *self);
void                      keel_transfer_set_credentials (KeelTransfer           *self,
                                                       const char               *uri,
                                                       const char               *user,
                                                       const char               *password);
gboolean                  keel_transfer_look_at_disk  (KeelTransfer             *self);
void                      keel_transfer_sample        (KeelTransfer             *self,
                                                       gint64                    now_usec);

gboolean                  keel_transfer_is_meant_by_all (KeelTransfer           *self,
                                                         KeelControl             verb);
gboolean                  keel_transfer_control       (KeelTransfer             *self,
                                                       KeelControl               verb);
gboolean                  keel_transfer_can_set_uri   (KeelTransfer             *self);
void                      keel_transfer_set_uri       (KeelTransfer             *self,
                                                       const char               *uri);
void                      keel_transfer_set_max_rate  (KeelTransfer             *self,
                                                       guint64                   bytes_per_second);
void                      keel_transfer_set_priority  (KeelTransfer             *self,
                                                       KeelPriority              priority);
void                      keel_transfer_set_title     (KeelTransfer             *self,
                                                       const char               *title);
void                      keel_transfer_when_saved    (KeelTransfer             *self,
                                                       KeelTransferFunc          func,
                                                       gpointer                  user_data);
void                      keel_transfer_when_at_rest  (KeelTransfer             *self,
                                                       KeelTransferFunc          func,
                                                       gpointer                  user_data);

G_END_DECLS

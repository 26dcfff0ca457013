/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib-object.h>

#include "keel-authorization.h"
#include "keel-machinery.h"
#include "keel-spans.h"
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
  /* What its application is to be told is on disk, with numbers: @events (transfer full)
   * (element-type KeelEventRecord). */
  void (*happened) (gpointer user_data, KeelTransfer *transfer, GPtrArray *events);
  /* Whether its application is told anything. */
  gboolean (*has_events) (gpointer user_data, KeelTransfer *transfer);
  void (*removed) (gpointer user_data, KeelTransfer *transfer); /* its row is gone */
  void (*challenged) (gpointer user_data, KeelTransfer *transfer); /* it waits for an answer */
} KeelTransferEvents;

/* What is wanted of a file in the spool. Copied. */
typedef struct {
  int dir_fd;       /* into which folder; -1: only a descriptor of the file. Taken over */
  const char *name; /* (nullable) under which name; else that of the download */
  gboolean keeps;   /* it stays in the spool as well */
} KeelCollectOrder;

/* KEEL_ERROR; else what was asked for: @fd (the receiver's) or @name. */
typedef void (*KeelCollectFunc) (KeelTransfer *transfer,
                                 int           fd,
                                 const char   *name,
                                 const GError *error,
                                 gpointer      user_data);

typedef void (*KeelTransferFunc) (KeelTransfer *transfer,
                                  const GError *error,
                                  gpointer      user_data);

KeelTransfer             *keel_transfer_new           (const KeelMachinery      *machinery,
                                                       KeelTransferRecord       *record,
                                                       const KeelTransferEvents *events,
                                                       gpointer                  user_data);
const KeelTransferRecord *keel_transfer_get_record    (KeelTransfer             *self);
void                      keel_transfer_set_session   (KeelTransfer             *self,
                                                       const KeelSessionRecord  *session);
const KeelSessionRecord  *keel_transfer_get_session   (KeelTransfer             *self);
guint64                   keel_transfer_get_received  (KeelTransfer             *self);
guint64                   keel_transfer_get_committed (KeelTransfer             *self);
guint64                   keel_transfer_get_rate      (KeelTransfer             *self);
guint                     keel_transfer_get_connections (KeelTransfer           *self);
gboolean                  keel_transfer_is_busy       (KeelTransfer             *self);
gboolean                  keel_transfer_is_active     (KeelTransfer             *self);
gboolean                  keel_transfer_is_settled    (KeelTransfer             *self);
gboolean                  keel_transfer_has_events_due (KeelTransfer            *self);

void                      keel_transfer_recover       (KeelTransfer             *self);
void                      keel_transfer_set_crashes   (KeelTransfer             *self,
                                                       guint                     crashes);
void                      keel_transfer_quarantine    (KeelTransfer             *self);
void                      keel_transfer_run           (KeelTransfer             *self);
void                      keel_transfer_hold          (KeelTransfer             *self,
                                                       KeelWaitReason            reason,
                                                       gint64                    until_usec);
gboolean                  keel_transfer_is_held       (KeelTransfer             *self);
void                      keel_transfer_rest          (KeelTransfer             *self);
void                      keel_transfer_suspend       (KeelTransfer             *self);
void                      keel_transfer_fall_asleep   (KeelTransfer             *self);
void                      keel_transfer_drop_connections (KeelTransfer          *self,
                                                       const char               *reason);
void                      keel_transfer_yield         (KeelTransfer             *self,
                                                       guint                     turn);
guint                     keel_transfer_get_turn      (KeelTransfer             *self);
gboolean                  keel_transfer_is_wanted_now (KeelTransfer             *self);
gboolean                  keel_transfer_is_crawling   (KeelTransfer             *self);

gboolean                  keel_transfer_is_discretionary (KeelTransfer          *self);
gboolean                  keel_transfer_needs_mains   (KeelTransfer             *self);
void                      keel_transfer_reconsider    (KeelTransfer             *self);
void                      keel_transfer_count_absence (KeelTransfer             *self);
gint64                    keel_transfer_get_deadline  (KeelTransfer             *self);
void                      keel_transfer_check_time    (KeelTransfer             *self);

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
void                      keel_transfer_set_max_connections (KeelTransfer       *self,
                                                       guint                     max_connections);
void                      keel_transfer_set_priority  (KeelTransfer             *self,
                                                       KeelPriority              priority);
gboolean                  keel_transfer_can_move      (KeelTransfer             *self,
                                                       GError                  **error);
void                      keel_transfer_move          (KeelTransfer             *self,
                                                       const KeelPlace          *place,
                                                       KeelTransferFunc          func,
                                                       gpointer                  user_data);
void                      keel_transfer_set_not_before (KeelTransfer            *self,
                                                       gint64                    not_before_usec);
void                      keel_transfer_set_place     (KeelTransfer             *self,
                                                       gint64                    place);
void                      keel_transfer_set_title     (KeelTransfer             *self,
                                                       const char               *title);
void                      keel_transfer_set_network   (KeelTransfer             *self,
                                                       KeelNetworkUse            network);
void                      keel_transfer_set_power     (KeelTransfer             *self,
                                                       KeelPowerUse              power);
const char               *keel_transfer_get_wait_detail (KeelTransfer           *self);
void                      keel_transfer_set_timeout   (KeelTransfer             *self,
                                                       gint64                    seconds);
void                      keel_transfer_set_conflict  (KeelTransfer             *self,
                                                       KeelConflict              conflict);
void                      keel_transfer_set_group     (KeelTransfer             *self,
                                                       const char               *group);
gboolean                  keel_transfer_is_collectable (KeelTransfer            *self);
void                      keel_transfer_collect       (KeelTransfer             *self,
                                                       const KeelCollectOrder   *order,
                                                       KeelCollectFunc           func,
                                                       gpointer                  user_data);
GArray                   *keel_transfer_dup_spans     (KeelTransfer             *self,
                                                       guint                     most);
gint64                    keel_transfer_get_running_usec (KeelTransfer          *self);
gint64                    keel_transfer_get_modified_usec (KeelTransfer         *self);
void                      keel_transfer_load_history  (KeelTransfer             *self,
                                                       KeelStoreHistoryFunc      func,
                                                       gpointer                  user_data);
void                      keel_transfer_when_saved    (KeelTransfer             *self,
                                                       KeelTransferFunc          func,
                                                       gpointer                  user_data);
void                      keel_transfer_when_at_rest  (KeelTransfer             *self,
                                                       KeelTransferFunc          func,
                                                       gpointer                  user_data);

G_END_DECLS

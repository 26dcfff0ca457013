/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(KEEL_INSIDE) && !defined(KEEL_COMPILATION)
#error "Only <keel/keel.h> can be included directly."
#endif

#include "keel-enums.h"
#include "keel-types.h"

G_BEGIN_DECLS

#define KEEL_TYPE_TASK (keel_task_get_type ())
KEEL_EXTERN G_DECLARE_FINAL_TYPE (KeelTask, keel_task, KEEL, TASK, GObject)

KEEL_EXTERN guint64         keel_task_get_id                  (KeelTask *self);
KEEL_EXTERN const char     *keel_task_get_session             (KeelTask *self);
KEEL_EXTERN const char     *keel_task_get_app                 (KeelTask *self);
KEEL_EXTERN const char     *keel_task_get_kind                (KeelTask *self);

KEEL_EXTERN KeelTaskState   keel_task_get_state               (KeelTask *self);
KEEL_EXTERN KeelWaitReason  keel_task_get_wait_reason         (KeelTask *self);
KEEL_EXTERN const char     *keel_task_get_wait_detail         (KeelTask *self);
KEEL_EXTERN GDateTime      *keel_task_get_wait_until          (KeelTask *self);
KEEL_EXTERN KeelPauseReason keel_task_get_pause_reason        (KeelTask *self);
KEEL_EXTERN gboolean        keel_task_has_ended               (KeelTask *self);
KEEL_EXTERN gboolean        keel_task_needs_attention         (KeelTask *self);
KEEL_EXTERN const GError   *keel_task_get_error               (KeelTask *self);
KEEL_EXTERN guint           keel_task_get_error_http_status   (KeelTask *self);
KEEL_EXTERN gboolean        keel_task_get_error_retryable     (KeelTask *self);
KEEL_EXTERN const char     *keel_task_get_error_details       (KeelTask *self);

KEEL_EXTERN gboolean        keel_task_has_challenge           (KeelTask *self);
KEEL_EXTERN const char     *keel_task_get_challenge_origin    (KeelTask *self);
KEEL_EXTERN const char     *keel_task_get_challenge_realm     (KeelTask *self);
KEEL_EXTERN const char     *keel_task_get_challenge_scheme    (KeelTask *self);
KEEL_EXTERN gboolean        keel_task_get_challenge_proxy     (KeelTask *self);
KEEL_EXTERN guint           keel_task_get_challenge_tries     (KeelTask *self);

KEEL_EXTERN const char     *keel_task_get_uri                 (KeelTask *self);
KEEL_EXTERN const char *const *keel_task_get_mirrors          (KeelTask *self);
KEEL_EXTERN const char     *keel_task_get_effective_uri       (KeelTask *self);
KEEL_EXTERN GFile          *keel_task_get_directory           (KeelTask *self);
KEEL_EXTERN GFile          *keel_task_get_file                (KeelTask *self);
KEEL_EXTERN const char     *keel_task_get_name                (KeelTask *self);
KEEL_EXTERN const char     *keel_task_get_title               (KeelTask *self);
KEEL_EXTERN const char     *keel_task_get_user                (KeelTask *self);
KEEL_EXTERN const char     *keel_task_get_user_data           (KeelTask *self);

KEEL_EXTERN guint64         keel_task_get_received            (KeelTask *self);
KEEL_EXTERN guint64         keel_task_get_durable             (KeelTask *self);
KEEL_EXTERN gint64          keel_task_get_total               (KeelTask *self);
KEEL_EXTERN double          keel_task_get_fraction            (KeelTask *self);
KEEL_EXTERN guint64         keel_task_get_rate                (KeelTask *self);
KEEL_EXTERN gint64          keel_task_get_eta                 (KeelTask *self);
KEEL_EXTERN guint64         keel_task_get_max_rate            (KeelTask *self);
KEEL_EXTERN KeelPriority    keel_task_get_priority            (KeelTask *self);
KEEL_EXTERN gint64          keel_task_get_rank                (KeelTask *self);

KEEL_EXTERN guint           keel_task_get_connections         (KeelTask *self);
KEEL_EXTERN guint           keel_task_get_max_connections     (KeelTask *self);
KEEL_EXTERN gboolean        keel_task_get_resumable           (KeelTask *self);
KEEL_EXTERN guint           keel_task_get_attempts            (KeelTask *self);
KEEL_EXTERN guint64         keel_task_get_resumed_bytes       (KeelTask *self);
KEEL_EXTERN guint64         keel_task_get_refetched_bytes     (KeelTask *self);
KEEL_EXTERN gboolean        keel_task_get_length_confirmed    (KeelTask *self);
KEEL_EXTERN const char     *keel_task_get_mime_type           (KeelTask *self);
KEEL_EXTERN guint           keel_task_get_http_status         (KeelTask *self);
KEEL_EXTERN const char     *keel_task_get_checksum_algorithm  (KeelTask *self);
KEEL_EXTERN const char     *keel_task_get_checksum_expected   (KeelTask *self);
KEEL_EXTERN const char     *keel_task_get_checksum_actual     (KeelTask *self);
KEEL_EXTERN gboolean        keel_task_get_checksum_ok         (KeelTask *self);
KEEL_EXTERN GDateTime      *keel_task_get_created             (KeelTask *self);
KEEL_EXTERN GDateTime      *keel_task_get_finished            (KeelTask *self);

KEEL_EXTERN const char     *keel_task_get_group               (KeelTask *self);
KEEL_EXTERN KeelNetworkUse  keel_task_get_network             (KeelTask *self);
KEEL_EXTERN KeelPowerUse    keel_task_get_power               (KeelTask *self);
KEEL_EXTERN KeelConflict    keel_task_get_conflict            (KeelTask *self);
KEEL_EXTERN gboolean        keel_task_get_collectable         (KeelTask *self);

KEEL_EXTERN gboolean        keel_task_has_value               (KeelTask   *self,
                                                               const char *property);

/* Each asks the service and ends when the new state is on disk. One finish for all five. */
KEEL_EXTERN void            keel_task_pause_async             (KeelTask            *self,
                                                               GCancellable        *cancellable,
                                                               GAsyncReadyCallback  callback,
                                                               gpointer             user_data);
KEEL_EXTERN void            keel_task_resume_async            (KeelTask            *self,
                                                               GCancellable        *cancellable,
                                                               GAsyncReadyCallback  callback,
                                                               gpointer             user_data);
KEEL_EXTERN void            keel_task_retry_async             (KeelTask            *self,
                                                               GCancellable        *cancellable,
                                                               GAsyncReadyCallback  callback,
                                                               gpointer             user_data);
KEEL_EXTERN void            keel_task_cancel_async            (KeelTask            *self,
                                                               GCancellable        *cancellable,
                                                               GAsyncReadyCallback  callback,
                                                               gpointer             user_data);
KEEL_EXTERN void            keel_task_remove_async            (KeelTask            *self,
                                                               GCancellable        *cancellable,
                                                               GAsyncReadyCallback  callback,
                                                               gpointer             user_data);
KEEL_EXTERN gboolean        keel_task_control_finish          (KeelTask            *self,
                                                               GAsyncResult        *result,
                                                               GError             **error);

KEEL_EXTERN void            keel_task_set_max_rate_async      (KeelTask            *self,
                                                               guint64              max_rate,
                                                               GCancellable        *cancellable,
                                                               GAsyncReadyCallback  callback,
                                                               gpointer             user_data);
KEEL_EXTERN void            keel_task_set_max_connections_async (KeelTask            *self,
                                                               guint                max_connections,
                                                               GCancellable        *cancellable,
                                                               GAsyncReadyCallback  callback,
                                                               gpointer             user_data);
KEEL_EXTERN void            keel_task_set_priority_async      (KeelTask            *self,
                                                               KeelPriority         priority,
                                                               GCancellable        *cancellable,
                                                               GAsyncReadyCallback  callback,
                                                               gpointer             user_data);
KEEL_EXTERN void            keel_task_set_directory_async     (KeelTask            *self,
                                                               GFile               *directory,
                                                               GCancellable        *cancellable,
                                                               GAsyncReadyCallback  callback,
                                                               gpointer             user_data);
KEEL_EXTERN void            keel_task_set_not_before_async    (KeelTask            *self,
                                                               GDateTime           *not_before,
                                                               GCancellable        *cancellable,
                                                               GAsyncReadyCallback  callback,
                                                               gpointer             user_data);
KEEL_EXTERN void            keel_task_set_network_async       (KeelTask            *self,
                                                               KeelNetworkUse       network,
                                                               GCancellable        *cancellable,
                                                               GAsyncReadyCallback  callback,
                                                               gpointer             user_data);
KEEL_EXTERN void            keel_task_set_power_async         (KeelTask            *self,
                                                               KeelPowerUse         power,
                                                               GCancellable        *cancellable,
                                                               GAsyncReadyCallback  callback,
                                                               gpointer             user_data);
KEEL_EXTERN void            keel_task_move_async              (KeelTask            *self,
                                                               KeelPosition         position,
                                                               GCancellable        *cancellable,
                                                               GAsyncReadyCallback  callback,
                                                               gpointer             user_data);
KEEL_EXTERN void            keel_task_set_uri_async           (KeelTask            *self,
                                                               const char          *uri,
                                                               GCancellable        *cancellable,
                                                               GAsyncReadyCallback  callback,
                                                               gpointer             user_data);
KEEL_EXTERN gboolean        keel_task_update_finish           (KeelTask            *self,
                                                               GAsyncResult        *result,
                                                               GError             **error);

KEEL_EXTERN void            keel_task_answer_challenge_async  (KeelTask            *self,
                                                               const char          *user,
                                                               const char          *password,
                                                               gboolean             save,
                                                               GCancellable        *cancellable,
                                                               GAsyncReadyCallback  callback,
                                                               gpointer             user_data);
KEEL_EXTERN void            keel_task_decline_challenge_async (KeelTask            *self,
                                                               GCancellable        *cancellable,
                                                               GAsyncReadyCallback  callback,
                                                               gpointer             user_data);
KEEL_EXTERN gboolean        keel_task_answer_finish           (KeelTask            *self,
                                                               GAsyncResult        *result,
                                                               GError             **error);

KEEL_EXTERN void            keel_task_collect_async           (KeelTask            *self,
                                                               GFile               *folder,
                                                               const char          *name,
                                                               GCancellable        *cancellable,
                                                               GAsyncReadyCallback  callback,
                                                               gpointer             user_data);
KEEL_EXTERN GFile          *keel_task_collect_finish          (KeelTask            *self,
                                                               GAsyncResult        *result,
                                                               GError             **error);
KEEL_EXTERN void            keel_task_read_async              (KeelTask            *self,
                                                               GCancellable        *cancellable,
                                                               GAsyncReadyCallback  callback,
                                                               gpointer             user_data);
KEEL_EXTERN GInputStream   *keel_task_read_finish             (KeelTask            *self,
                                                               GAsyncResult        *result,
                                                               GError             **error);

KEEL_EXTERN void            keel_task_wait_async              (KeelTask            *self,
                                                               GCancellable        *cancellable,
                                                               GAsyncReadyCallback  callback,
                                                               gpointer             user_data);
KEEL_EXTERN gboolean        keel_task_wait_finish             (KeelTask            *self,
                                                               GAsyncResult        *result,
                                                               GError             **error);

G_END_DECLS

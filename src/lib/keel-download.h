/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(KEEL_INSIDE) && !defined(KEEL_COMPILATION)
#error "Only <keel/keel.h> can be included directly."
#endif

#include "keel-enums.h"
#include "keel-types.h"

G_BEGIN_DECLS

#define KEEL_TYPE_DOWNLOAD (keel_download_get_type ())
KEEL_EXTERN G_DECLARE_FINAL_TYPE (KeelDownload, keel_download, KEEL, DOWNLOAD, GObject)

/* What is to be downloaded: filled in, handed to keel_session_add_download_async(), forgotten. */

KEEL_EXTERN KeelDownload *keel_download_new           (const char   *uri);

KEEL_EXTERN const char   *keel_download_get_uri       (KeelDownload *self);
KEEL_EXTERN GFile        *keel_download_get_directory (KeelDownload *self);
KEEL_EXTERN void          keel_download_set_directory (KeelDownload *self,
                                                       GFile        *directory);
KEEL_EXTERN const char   *keel_download_get_name      (KeelDownload *self);
KEEL_EXTERN void          keel_download_set_name      (KeelDownload *self,
                                                       const char   *name);
KEEL_EXTERN const char   *keel_download_get_title     (KeelDownload *self);
KEEL_EXTERN void          keel_download_set_title     (KeelDownload *self,
                                                       const char   *title);
KEEL_EXTERN const char   *keel_download_get_checksum  (KeelDownload *self);
KEEL_EXTERN void          keel_download_set_checksum  (KeelDownload *self,
                                                       const char   *checksum);
KEEL_EXTERN guint64       keel_download_get_max_rate  (KeelDownload *self);
KEEL_EXTERN void          keel_download_set_max_rate  (KeelDownload *self,
                                                       guint64       bytes_per_second);
KEEL_EXTERN guint         keel_download_get_max_connections (KeelDownload *self);
KEEL_EXTERN void          keel_download_set_max_connections (KeelDownload *self,
                                                             guint max_connections);
KEEL_EXTERN const char *const *keel_download_get_mirrors (KeelDownload *self);
KEEL_EXTERN void          keel_download_set_mirrors   (KeelDownload *self,
                                                       const char *const *mirrors);
KEEL_EXTERN KeelPriority  keel_download_get_priority  (KeelDownload *self);
KEEL_EXTERN void          keel_download_set_priority  (KeelDownload *self,
                                                       KeelPriority  priority);
KEEL_EXTERN GDateTime    *keel_download_get_not_before (KeelDownload *self);
KEEL_EXTERN void          keel_download_set_not_before (KeelDownload *self,
                                                        GDateTime    *not_before);
KEEL_EXTERN gboolean      keel_download_get_start     (KeelDownload *self);
KEEL_EXTERN void          keel_download_set_start     (KeelDownload *self,
                                                       gboolean      start);
KEEL_EXTERN const char   *keel_download_get_user      (KeelDownload *self);
KEEL_EXTERN void          keel_download_set_user      (KeelDownload *self,
                                                       const char   *user);
KEEL_EXTERN void          keel_download_set_password  (KeelDownload *self,
                                                       const char   *password);
KEEL_EXTERN const char   *keel_download_get_user_data (KeelDownload *self);
KEEL_EXTERN void          keel_download_set_user_data (KeelDownload *self,
                                                       const char   *user_data);
KEEL_EXTERN const char   *keel_download_get_group     (KeelDownload *self);
KEEL_EXTERN void          keel_download_set_group     (KeelDownload *self,
                                                       const char   *group);
KEEL_EXTERN KeelNetworkUse keel_download_get_network  (KeelDownload *self);
KEEL_EXTERN void          keel_download_set_network   (KeelDownload *self,
                                                       KeelNetworkUse network);
KEEL_EXTERN KeelPowerUse  keel_download_get_power     (KeelDownload *self);
KEEL_EXTERN void          keel_download_set_power     (KeelDownload *self,
                                                       KeelPowerUse  power);
KEEL_EXTERN gint64        keel_download_get_timeout   (KeelDownload *self);
KEEL_EXTERN void          keel_download_set_timeout   (KeelDownload *self,
                                                       gint64        timeout);
KEEL_EXTERN KeelConflict  keel_download_get_conflict  (KeelDownload *self);
KEEL_EXTERN void          keel_download_set_conflict  (KeelDownload *self,
                                                       KeelConflict  conflict);
KEEL_EXTERN guint64       keel_download_get_size_hint (KeelDownload *self);
KEEL_EXTERN void          keel_download_set_size_hint (KeelDownload *self,
                                                       guint64       size_hint);
KEEL_EXTERN gboolean      keel_download_get_spool     (KeelDownload *self);
KEEL_EXTERN void          keel_download_set_spool     (KeelDownload *self,
                                                       gboolean      spool);
KEEL_EXTERN gboolean      keel_download_set_folder_fd (KeelDownload *self,
                                                       int           fd,
                                                       GError      **error);
KEEL_EXTERN void          keel_download_add_header    (KeelDownload *self,
                                                       const char   *name,
                                                       const char   *value);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(KEEL_INSIDE) && !defined(KEEL_COMPILATION)
#error "Only <keel/keel.h> can be included directly."
#endif

#include "keel-types.h"

G_BEGIN_DECLS

#define KEEL_TYPE_PROBE (keel_probe_get_type ())
KEEL_EXTERN G_DECLARE_FINAL_TYPE (KeelProbe, keel_probe, KEEL, PROBE, GObject)

KEEL_EXTERN const char  *keel_probe_get_uri           (KeelProbe             *self);
KEEL_EXTERN const char  *keel_probe_get_effective_uri (KeelProbe             *self);
KEEL_EXTERN const char  *keel_probe_get_name          (KeelProbe             *self);
KEEL_EXTERN const char  *keel_probe_get_mime_type     (KeelProbe             *self);
KEEL_EXTERN gboolean     keel_probe_has_size          (KeelProbe             *self);
KEEL_EXTERN guint64      keel_probe_get_size          (KeelProbe             *self);
KEEL_EXTERN gboolean     keel_probe_get_resumable     (KeelProbe             *self);

KEEL_EXTERN void         keel_session_probe_async     (KeelSession           *self,
                                                       KeelDownload          *download,
                                                       GCancellable          *cancellable,
                                                       GAsyncReadyCallback    callback,
                                                       gpointer               user_data);
KEEL_EXTERN KeelProbe   *keel_session_probe_finish    (KeelSession           *self,
                                                       GAsyncResult          *result,
                                                       GError               **error);

G_END_DECLS

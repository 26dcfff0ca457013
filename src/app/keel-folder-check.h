/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

void      keel_folder_check_async   (GFile                *folder,
                                     GCancellable         *cancellable,
                                     GAsyncReadyCallback   callback,
                                     gpointer              user_data);
gboolean  keel_folder_check_finish  (GAsyncResult         *result,
                                     guint64              *out_free_bytes,
                                     guint64              *out_size_bytes,
                                     GError              **error);

G_END_DECLS

/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>
#include <keel/keel.h>

G_BEGIN_DECLS

GFile   *keel_launcher_dup_file_of          (KeelTask             *task);
void     keel_launcher_open_async           (GFile                *file,
                                             GCancellable         *cancellable,
                                             GAsyncReadyCallback   callback,
                                             gpointer              user_data);
void     keel_launcher_show_in_folder_async (GFile                *file,
                                             GCancellable         *cancellable,
                                             GAsyncReadyCallback   callback,
                                             gpointer              user_data);
void     keel_launcher_open_portal_async    (const char           *uri,
                                             GCancellable         *cancellable,
                                             GAsyncReadyCallback   callback,
                                             gpointer              user_data);
void     keel_launcher_open_help_async      (GCancellable          *cancellable,
                                             GAsyncReadyCallback    callback,
                                             gpointer               user_data);
gboolean keel_launcher_finish               (GAsyncResult         *result,
                                             GError              **error);

G_END_DECLS

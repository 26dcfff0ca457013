/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

void  keel_file_digest_async  (GFile                *file,
                               const char           *algorithm,
                               int                  *permille,
                               GCancellable         *cancellable,
                               GAsyncReadyCallback   callback,
                               gpointer              user_data);
char *keel_file_digest_finish (GAsyncResult         *result,
                               GError              **error);

G_END_DECLS

/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <keel/keel.h>

G_BEGIN_DECLS

void          keel_own_session_open_async   (GSettings            *settings,
                                             GCancellable         *cancellable,
                                             GAsyncReadyCallback   callback,
                                             gpointer              user_data);
KeelSession  *keel_own_session_open_finish  (GAsyncResult         *result,
                                             GError              **error);

G_END_DECLS

/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "keel-part-file.h"

G_BEGIN_DECLS

gboolean keel_decoder_gunzip (KeelPartFile  *from,
                              guint64        length,
                              KeelPartFile  *to,
                              GCancellable  *cancellable,
                              guint64       *out_length,
                              GError       **error);

G_END_DECLS

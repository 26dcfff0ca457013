/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "keel-place.h"

G_BEGIN_DECLS

char *keel_delivery_run (int              from_fd,
                         const KeelPlace *to,
                         const char      *name,
                         const char      *origin,
                         GCancellable    *cancellable,
                         GError         **error);

G_END_DECLS

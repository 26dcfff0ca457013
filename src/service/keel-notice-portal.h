/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "keel-notice-board.h"

G_BEGIN_DECLS

void keel_notice_portal_show     (GDBusConnection  *connection,
                                  const KeelNotice *notice);
void keel_notice_portal_withdraw (GDBusConnection  *connection,
                                  guint64           key);

G_END_DECLS

/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

void keel_app_call_activate (GDBusConnection     *connection,
                             const char          *token);
void keel_app_call_action   (GDBusConnection     *connection,
                             const char          *action,
                             GVariant            *target,
                             const char          *token);
void keel_app_call_close    (GDBusConnection     *connection,
                             GAsyncReadyCallback  callback,
                             gpointer             user_data);

G_END_DECLS

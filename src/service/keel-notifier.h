/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "keel-engine.h"

G_BEGIN_DECLS

typedef struct _KeelNotifier KeelNotifier;

KeelNotifier *keel_notifier_new           (GDBusConnection *connection,
                                           KeelEngine      *engine,
                                           GFunc            emptied,
                                           gpointer         user_data);
void          keel_notifier_start         (KeelNotifier    *self);
void          keel_notifier_free          (KeelNotifier    *self);
gboolean      keel_notifier_is_showing    (KeelNotifier    *self);
void          keel_notifier_set_attention (KeelNotifier    *self,
                                           const char      *name,
                                           gboolean         focused,
                                           const guint64   *seen,
                                           gsize            n_seen);

G_END_DECLS

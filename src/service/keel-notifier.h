/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "keel-engine.h"
#include "keel-notice-board.h"
#include "keel-preferences.h"
#include "keel-waker.h"

G_BEGIN_DECLS

typedef struct _KeelNotifier KeelNotifier;
typedef void (*KeelNotifierFunc) (gpointer user_data);

KeelNotifier *keel_notifier_new           (GDBusConnection *connection,
                                           KeelEngine      *engine,
                                           KeelPreferences *preferences,
                                           gboolean         is_sandboxed,
                                           GFunc            emptied,
                                           gpointer         user_data);
void          keel_notifier_prepare       (KeelNotifier    *self);
void          keel_notifier_start         (KeelNotifier    *self);
void          keel_notifier_free          (KeelNotifier    *self);
void          keel_notifier_tell_missed   (KeelNotifier    *self,
                                           const KeelMissedEvents *missed);
void          keel_notifier_untell_missed (KeelNotifier    *self,
                                           gint64           session_id);
void          keel_notifier_tell_background_refused (KeelNotifier *self);
void          keel_notifier_tell_now      (KeelNotifier    *self,
                                           KeelNotice      *notice);
void          keel_notifier_take_back     (KeelNotifier    *self,
                                           guint64          key);
void          keel_notifier_set_cancelled (KeelNotifier    *self,
                                           KeelNotifierFunc func,
                                           gpointer         user_data);
gint64        keel_notifier_get_quiet_usec (KeelNotifier  *self);
gboolean      keel_notifier_has_attention (KeelNotifier   *self);
gboolean      keel_notifier_is_showing    (KeelNotifier    *self);
void          keel_notifier_set_attention (KeelNotifier    *self,
                                           const char      *name,
                                           gboolean         focused,
                                           const guint64   *seen,
                                           gsize            n_seen);

G_END_DECLS

/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "keel-engine.h"

G_BEGIN_DECLS

typedef struct _KeelDeparture KeelDeparture;

typedef struct {
  void (*stopping) (gpointer user_data); /* from now on nothing can be kept */
  void (*departed) (gpointer user_data); /* all is down: end the process */
  void (*stayed) (gpointer user_data);   /* a call came, and the name is ours again */
} KeelDepartureEvents;

KeelDeparture *keel_departure_begin     (GDBusConnection           *connection,
                                         KeelEngine                *engine,
                                         int                       *lock_fd,
                                         const KeelDepartureEvents *events,
                                         gpointer                   user_data);
void           keel_departure_free      (KeelDeparture             *self);
void           keel_departure_insist    (KeelDeparture             *self,
                                         GDBusMethodInvocation     *invocation);
void           keel_departure_note_call (KeelDeparture             *self);

G_END_DECLS

/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "keel-engine.h"
#include "keel-sign-in.h"
#include "keel-watchers.h"

G_BEGIN_DECLS

typedef struct _KeelNotifier KeelNotifier;

/* What the objects on the bus work with. Owned by KeelService, which outlives them. */
typedef struct {
  GDBusConnection *connection;
  KeelEngine *engine;
  KeelWatchers *watchers;
  KeelNotifier *notifier;
  KeelSignIn *sign_in;
  const GError *trouble; /* (nullable) KEEL_ERROR_STATE: why the records cannot be kept */
  const char *downloads_dir;
  void (*touched) (gpointer service); /* a call came: not the time to leave */
  void (*quit) (gpointer service, GDBusMethodInvocation *invocation); /* answers it */
  gpointer service;
} KeelHouse;

gboolean keel_house_admit (const KeelHouse       *self,
                           GDBusMethodInvocation *invocation);

G_END_DECLS

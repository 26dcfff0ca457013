/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "keel-caller.h"
#include "keel-engine.h"
#include "keel-event-feed.h"
#include "keel-preferences.h"
#include "keel-quota.h"
#include "keel-sign-in.h"
#include "keel-waker.h"
#include "keel-watchers.h"

G_BEGIN_DECLS

#define KEEL_HOUSE_ROOT_PATH "/io/github/keelboat/Transfers1"
#define KEEL_HOUSE_MANAGER_INTERFACE "io.github.keelboat.Transfers1.Manager"

typedef struct _KeelNotifier KeelNotifier;
typedef struct _KeelWhenDone KeelWhenDone;

/* What the objects on the bus work with. Owned by KeelService, which outlives them. */
typedef struct {
  GDBusConnection *connection;
  KeelEngine *engine;
  KeelWatchers *watchers;
  KeelEventFeed *feed;
  KeelNotifier *notifier;
  KeelWaker *waker;
  KeelSignIn *sign_in;
  KeelCallers *callers;
  KeelQuota *quota;
  KeelPreferences *preferences;
  KeelWhenDone *when_done;
  const char *token_hash; /* (nullable) of our own programs; NULL: callers are looked at */
  const GError *trouble; /* (nullable) KEEL_ERROR_STATE: why the records cannot be kept */
  const char *downloads_dir; /* the desktop's; see keel_preferences_get_downloads_dir() */
  const char *spool_dir;
  gboolean is_sandboxed; /* we are, as in a Flatpak */
  void (*touched) (gpointer service); /* a call came: not the time to leave */
  /* Answers it, if there is one. */
  void (*quit) (gpointer service, GDBusMethodInvocation *invocation);
  gpointer service;
} KeelHouse;

void     keel_house_receive  (const KeelHouse            *self,
                              GDBusMethodInvocation      *invocation,
                              KeelCallerFunc              func,
                              gpointer                    user_data);
gboolean keel_house_admit    (const KeelHouse            *self,
                              GDBusMethodInvocation      *invocation);
void     keel_house_dispatch (const GDBusInterfaceVTable *vtable,
                              GDBusMethodInvocation      *invocation,
                              gpointer                    object);
gboolean keel_house_may_use_paths (const KeelHouse       *self,
                                   GDBusMethodInvocation *invocation);
void     keel_house_quit     (const KeelHouse            *self,
                              GDBusMethodInvocation      *invocation);

G_END_DECLS

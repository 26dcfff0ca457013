/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "keel-engine.h"

G_BEGIN_DECLS

typedef struct _KeelWatchers KeelWatchers;

/* Whose tasks a call or a watcher means: those of one session, or all. */
typedef struct {
  gint64 session_id; /* 0: all */
  const char *path;  /* the object through which it is asked */
  const char *interface;
} KeelScope;

/* How somebody watches. */
typedef struct {
  guint interval_msec; /* between numbers */
  guint64 last_tick;   /* that was seen */
  GHashTable *fields;  /* (nullable) (element-type utf8) keys of a row that are wanted; NULL: all */
} KeelWatch;

#define KEEL_WATCHERS_LEASE_SECONDS 30

KeelWatchers *keel_watchers_new      (GDBusConnection *connection,
                                      KeelEngine      *engine,
                                      GFunc            emptied,
                                      gpointer         user_data);
void          keel_watchers_free     (KeelWatchers    *self);
gboolean      keel_watchers_is_empty (KeelWatchers    *self);
gboolean      keel_watchers_has_managers (KeelWatchers *self);
guint64       keel_watchers_get_generation (KeelWatchers *self);

guint64       keel_watchers_watch    (KeelWatchers    *self,
                                      const KeelScope *scope,
                                      const char      *name,
                                      const KeelWatch *watch);
void          keel_watchers_unwatch  (KeelWatchers    *self,
                                      const KeelScope *scope,
                                      const char      *name);
void          keel_watchers_tell_now (KeelWatchers    *self,
                                      const char      *name);
void          keel_watchers_announce (KeelWatchers    *self,
                                      const char      *path,
                                      const char      *interface,
                                      const char      *signal,
                                      GVariant        *parameters,
                                      gboolean         to_managers);

G_END_DECLS

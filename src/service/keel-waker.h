/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "keel-engine.h"
#include "keel-event-feed.h"

G_BEGIN_DECLS

typedef struct _KeelWaker KeelWaker;

/* What the person is told in the place of an application that cannot be woken. */
typedef struct {
  gint64 session_id;
  const char *name; /* (nullable) the application's, for people */
  guint n_finished;
  guint n_troubled; /* failed, or waiting for somebody */
} KeelMissedEvents;

typedef struct {
  void (*tell) (gpointer user_data, const KeelMissedEvents *missed);
  void (*untell) (gpointer user_data, gint64 session_id); /* it has been dealt with */
  void (*rested) (gpointer user_data);                    /* nothing is due soon any more */
  gint64 (*get_quiet_usec) (gpointer user_data);          /* so long nobody is told; 0: tell */
} KeelWakerEvents;

KeelWaker *keel_waker_new         (GDBusConnection       *connection,
                                   KeelEngine            *engine,
                                   KeelEventFeed         *feed,
                                   const KeelWakerEvents *events,
                                   gpointer               user_data);
void       keel_waker_free        (KeelWaker             *self);
void       keel_waker_start       (KeelWaker             *self);
void       keel_waker_consider    (KeelWaker             *self,
                                   gint64                 session_id);
gboolean   keel_waker_is_due_soon (KeelWaker             *self);

G_END_DECLS

/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _KeelLane KeelLane;

/* A piece of work: embed it as the first member of the operation's own struct. */
typedef struct _KeelJob KeelJob;
struct _KeelJob {
  void (*run) (KeelJob *job);  /* in the lane's thread; may block */
  void (*done) (KeelJob *job); /* in the owner's context, exactly once; frees the job */
};

typedef struct {
  void (*begin) (gpointer user_data);               /* before a batch, in the lane's thread */
  void (*end) (gpointer user_data, GPtrArray *jobs); /* after it, before any done */
} KeelLaneBatch;

KeelLane *keel_lane_new      (const char          *name,
                              GMainContext        *context,
                              const KeelLaneBatch *batch,
                              gpointer             user_data);
void      keel_lane_push     (KeelLane            *self,
                              KeelJob             *job);
gint64    keel_lane_get_running_usec (KeelLane       *self);
gboolean  keel_lane_close    (KeelLane            *self,
                              gint64               timeout_usec);

G_END_DECLS

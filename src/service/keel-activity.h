/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keel-engine.h"

G_BEGIN_DECLS

#define KEEL_TYPE_ACTIVITY (keel_activity_get_type ())
G_DECLARE_FINAL_TYPE (KeelActivity, keel_activity, KEEL, ACTIVITY, GObject)

/* What all transfers do together, for who has room for one line of it: the icon among those of the
 * desktop's status, the bar in the dock, the words that the desktop shows for a program without a
 * window. */
typedef struct {
  guint n_running; /* whose bytes flow, or are verified */
  guint n_waiting; /* queued ones as well */
  guint n_paused;
  guint n_needing; /* failed, or waiting for somebody: a password, a folder, space */
  guint n_failed;  /* of these */
  gboolean has_fraction;
  double fraction; /* of what is to be done, 0 to 1; see keel-activity.c */
  guint64 rate_bps;
} KeelActivityState;

/* "changed": at most once a second while the numbers move, and within a tenth of a second when
 * what there is to do has begun or ended. Nothing is counted while nobody has connected to it. */

KeelActivity            *keel_activity_new       (KeelEngine   *engine);
const KeelActivityState *keel_activity_get_state (KeelActivity *self);
guint                    keel_activity_get_percent (KeelActivity *self);

G_END_DECLS

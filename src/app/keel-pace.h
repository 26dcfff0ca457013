/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define KEEL_PACE_UNKNOWN (-1)

/* What a view remembers about the pace of a transfer from one second to the next. All zero: it
 * has not been seen running. */
typedef struct {
  gint64  running_since_usec; /* monotonic; 0 while it does not run */
  gint64  moved_usec;         /* monotonic; when the last bytes came */
  guint64 received_bytes;
  int     shown_seconds;      /* the time left as shown, 0: none */
} KeelPace;

void     keel_pace_update        (KeelPace       *pace,
                                  gint64          now_usec,
                                  gboolean        running,
                                  guint64         received_bytes,
                                  gint64          left_seconds);
int      keel_pace_get_time_left (const KeelPace *pace);
gboolean keel_pace_is_stalled    (const KeelPace *pace,
                                  gint64          now_usec);

G_END_DECLS

/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Plain data; see keel-tuner.c. */
typedef struct {
  guint most;
  guint wanted;
  guint best;       /* the number that is known to be of use */
  double best_rate; /* with that many; negative: not measured yet */
  gboolean is_settled;
  gint64 rest_usec; /* for so long */
  gint64 since_usec; /* these two: when measuring began, 0 while it has not */
  guint64 since_bytes;
  gint64 changed_usec;
} KeelTuner;

void  keel_tuner_begin  (KeelTuner *self,
                         guint      first,
                         guint      most,
                         gint64     now_usec);
guint keel_tuner_step   (KeelTuner *self,
                         guint      alive,
                         guint64    bytes,
                         gint64     now_usec);
void  keel_tuner_settle (KeelTuner *self,
                         guint      alive,
                         gint64     now_usec);

G_END_DECLS

/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Embedded in its owner; all zero is a meter that has seen nothing. */
typedef struct {
  gint64 last_usec;
  guint64 last_bytes;
  double rate_bps;
  gboolean has_rate;
} KeelRateMeter;

void    keel_rate_meter_reset  (KeelRateMeter *self);
void    keel_rate_meter_sample (KeelRateMeter *self,
                                guint64        bytes,
                                gint64         now_usec);
guint64 keel_rate_meter_get    (KeelRateMeter *self);

G_END_DECLS

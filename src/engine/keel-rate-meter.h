/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define KEEL_RATE_METER_SAMPLES 16

typedef struct {
  gint64 usec;
  guint64 bytes;
} KeelRateSample;

/* Embedded in its owner; all zero is a meter that has seen nothing. */
typedef struct {
  KeelRateSample samples[KEEL_RATE_METER_SAMPLES]; /* a ring; the newest is before `next` */
  guint next;
  guint n_samples;
} KeelRateMeter;

void    keel_rate_meter_reset  (KeelRateMeter *self);
void    keel_rate_meter_sample (KeelRateMeter *self,
                                guint64        bytes,
                                gint64         now_usec);
guint64 keel_rate_meter_get    (const KeelRateMeter *self);

G_END_DECLS

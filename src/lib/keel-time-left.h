/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Embedded in its owner; all zero is one that has seen nothing. */
typedef struct
{
  gint64 began_usec; /* when bytes began to flow */
  gint64 last_usec;
  double rate; /* bytes per second; 0: not known */
} KeelTimeLeft;

void   keel_time_left_update (KeelTimeLeft       *self,
                              gint64              now_usec,
                              guint64             rate);
gint64 keel_time_left_get    (const KeelTimeLeft *self,
                              guint64             missing);

G_END_DECLS

/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <keel/keel.h>

G_BEGIN_DECLS

#define KEEL_SPEED_LOG_SECONDS 120
#define KEEL_SPEED_LOG_GAP (-1)

/* How fast a transfer was in each of the last seconds. All zero: nothing is known of it. */
typedef struct {
  gint64 last_second; /* 0: none */
  gint64 rates[KEEL_SPEED_LOG_SECONDS]; /* bytes per second, or KEEL_SPEED_LOG_GAP; a ring */
} KeelSpeedLog;

void          keel_speed_log_add      (KeelSpeedLog       *self,
                                       gint64              second,
                                       gint64              rate_bps);
gint64        keel_speed_log_get      (const KeelSpeedLog *self,
                                       gint64              second);
gboolean      keel_speed_log_is_empty (const KeelSpeedLog *self,
                                       gint64              second);

KeelSpeedLog *keel_speed_log_of_task  (KeelTask           *task);
void          keel_speed_log_sample   (KeelTask           *task,
                                       gint64              now_usec);

G_END_DECLS

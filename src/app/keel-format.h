/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "keel-size-format.h"

G_BEGIN_DECLS

#define KEEL_FORMAT_MIDDLE_DOT " · "

char *keel_format_progress    (guint64    received_bytes,
                               guint64    total_bytes);
char *keel_format_kept        (guint64    received_bytes,
                               guint64    total_bytes);
char *keel_format_rate        (guint64    bytes_per_second);
char *keel_format_moving_rate (guint64    bytes_per_second);
char *keel_format_percent     (double     fraction);
char *keel_format_time_left   (guint      seconds);
char *keel_format_clock       (GDateTime *time);
char *keel_format_moment      (GDateTime *time,
                               GDateTime *now);
char *keel_format_day         (GDateTime *day,
                               GDateTime *now);
char *keel_format_date        (GDateTime *day,
                               GDateTime *now);
char *keel_format_span        (guint      seconds);
char *keel_format_short_name  (const char *name,
                               guint       max_columns);

G_END_DECLS

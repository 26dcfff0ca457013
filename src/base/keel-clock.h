/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _KeelClock KeelClock;
typedef void (*KeelClockFunc) (gpointer user_data);

KeelClock *keel_clock_new               (GMainContext  *context);
KeelClock *keel_clock_new_fake          (gint64         wall_usec);
void       keel_clock_free              (KeelClock     *self);

gint64     keel_clock_get_boottime_usec (KeelClock     *self);
gint64     keel_clock_get_wall_usec     (KeelClock     *self);
gint64     keel_clock_get_suspended_usec (KeelClock    *self);

guint      keel_clock_call_at           (KeelClock     *self,
                                         gint64         boottime_usec,
                                         KeelClockFunc  func,
                                         gpointer       user_data);
guint      keel_clock_call_after        (KeelClock     *self,
                                         gint64         delay_usec,
                                         KeelClockFunc  func,
                                         gpointer       user_data);
void       keel_clock_cancel            (KeelClock     *self,
                                         guint         *timer);

void       keel_clock_advance           (KeelClock     *self,
                                         gint64         usec);
void       keel_clock_sleep             (KeelClock     *self,
                                         gint64         usec);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KeelClock, keel_clock_free)

G_END_DECLS

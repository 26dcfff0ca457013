/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-gio-defaults.h"

/* GIO makes its defaults (the proxy resolver, the monitors, the backend of settings) under one lock
 * for all of them, and one of them may want another while it is made: the resolver of libproxy 0.5
 * wants the network monitor. Whoever makes that at the same moment in another thread has begun it
 * and waits for the lock, and each waits for the other for ever.
 *
 * So one of them is made at a time: whoever makes one in a thread takes this lock first. None is
 * made ahead for another's sake, because a monitor may wait long for an answer
 * (keel-gio-monitor.c). */

static GMutex mutex;

void
keel_gio_defaults_lock (void)
{
  g_mutex_lock (&mutex);
}

void
keel_gio_defaults_unlock (void)
{
  g_mutex_unlock (&mutex);
}

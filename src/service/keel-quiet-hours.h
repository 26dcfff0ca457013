/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

gint64 keel_quiet_hours_get_rest_usec (const char *times,
                                       GTimeZone  *zone,
                                       gint64      wall_usec);

G_END_DECLS

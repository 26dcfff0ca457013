/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

guint keel_day_of (GDateTime *time);

G_END_DECLS

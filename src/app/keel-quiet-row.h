/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define KEEL_TYPE_QUIET_ROW (keel_quiet_row_get_type ())
G_DECLARE_FINAL_TYPE (KeelQuietRow, keel_quiet_row, KEEL, QUIET_ROW, AdwExpanderRow)

/* Properties: "times": as in the settings, "daily 22:00-07:00"; "enable-expansion", of its parent:
 * whether they hold. */

G_END_DECLS

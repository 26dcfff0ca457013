/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define KEEL_TYPE_WHEN_ROW (keel_when_row_get_type ())
G_DECLARE_FINAL_TYPE (KeelWhenRow, keel_when_row, KEEL, WHEN_ROW, AdwActionRow)

GDateTime *keel_when_row_dup_time (KeelWhenRow *self);

G_END_DECLS

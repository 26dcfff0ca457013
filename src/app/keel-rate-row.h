/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define KEEL_TYPE_RATE_ROW (keel_rate_row_get_type ())
G_DECLARE_FINAL_TYPE (KeelRateRow, keel_rate_row, KEEL, RATE_ROW, AdwComboRow)

/* Property "rate": bytes per second, 0 for no limit. */

guint64  keel_rate_row_get_rate  (KeelRateRow *self);
void     keel_rate_row_set_rate  (KeelRateRow *self,
                                  guint64      rate_bps);

G_END_DECLS

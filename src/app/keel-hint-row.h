/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define KEEL_TYPE_HINT_ROW (keel_hint_row_get_type ())
G_DECLARE_FINAL_TYPE (KeelHintRow, keel_hint_row, KEEL, HINT_ROW, AdwPreferencesRow)

GtkWidget *keel_hint_row_new   (void);

void       keel_hint_row_tell  (KeelHintRow *self,
                                GtkWidget   *field,
                                const char  *words);
gboolean   keel_hint_row_tells (KeelHintRow *self);

G_END_DECLS

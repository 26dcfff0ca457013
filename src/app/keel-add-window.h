/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "keel-offer.h"

G_BEGIN_DECLS

#define KEEL_TYPE_ADD_WINDOW (keel_add_window_get_type ())
G_DECLARE_FINAL_TYPE (KeelAddWindow, keel_add_window, KEEL, ADD_WINDOW, AdwWindow)

KeelAddWindow *keel_add_window_new        (GtkWindow     *parent);
void           keel_add_window_set_tasks  (KeelAddWindow *self,
                                           GListModel    *tasks);
void           keel_add_window_add_offers (KeelAddWindow *self,
                                           GPtrArray     *offers);
void           keel_add_window_tell       (KeelAddWindow *self,
                                           const char    *words);

G_END_DECLS

/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "keel-intake.h"

G_BEGIN_DECLS

/* What has come of a drop on @widget. */
typedef void (*KeelDropFunc) (GtkWidget  *widget,
                              KeelIntake *intake);

void keel_drop_add_target (GtkWidget    *widget,
                           GtkWidget    *window,
                           GCancellable *cancellable,
                           KeelDropFunc  func);

G_END_DECLS

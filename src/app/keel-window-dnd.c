/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-window-private.h"

#include "keel-drop.h"

/* What comes in from outside, by a drop on the window or by way of the application: it fills the
 * Add window, and what nothing has come of is said. Nothing starts by itself. */

/* Takes what was handed over. */
void
keel_window_take (KeelWindow *self,
                  KeelIntake *intake)
{
  if (intake->offers->len > 0)
    keel_add_window_tell (keel_window_add_offers (self, intake->offers), intake->trouble);
  else if (intake->trouble != NULL)
    keel_window_toast (self, intake->trouble);
}

static void
dropped_cb (GtkWidget  *widget,
            KeelIntake *intake)
{
  keel_window_take (KEEL_WINDOW (widget), intake);
}

void
keel_window_init_dnd (KeelWindow *self)
{
  keel_drop_add_target (self->content_box, GTK_WIDGET (self), self->cancellable, dropped_cb);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define KEEL_TYPE_NEW_LINK_DIALOG (keel_new_link_dialog_get_type ())
G_DECLARE_FINAL_TYPE (KeelNewLinkDialog, keel_new_link_dialog, KEEL, NEW_LINK_DIALOG,
                      AdwMessageDialog)

#define KEEL_NEW_LINK_DIALOG_USE "use"

KeelNewLinkDialog *keel_new_link_dialog_new      (GtkWindow         *parent,
                                                  const char        *name,
                                                  const char        *old_link);
char              *keel_new_link_dialog_dup_link (KeelNewLinkDialog *self);

G_END_DECLS

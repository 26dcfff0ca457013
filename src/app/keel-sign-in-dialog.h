/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>
#include <keel/keel.h>

G_BEGIN_DECLS

#define KEEL_TYPE_SIGN_IN_DIALOG (keel_sign_in_dialog_get_type ())
G_DECLARE_FINAL_TYPE (KeelSignInDialog, keel_sign_in_dialog, KEEL, SIGN_IN_DIALOG, AdwMessageDialog)

#define KEEL_SIGN_IN_DIALOG_ANSWER "sign-in"

KeelSignInDialog *keel_sign_in_dialog_new          (GtkWindow        *parent,
                                                    KeelTask         *task);
const char       *keel_sign_in_dialog_get_user     (KeelSignInDialog *self);
const char       *keel_sign_in_dialog_get_password (KeelSignInDialog *self);
gboolean          keel_sign_in_dialog_get_remember (KeelSignInDialog *self);

G_END_DECLS

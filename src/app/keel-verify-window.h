/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define KEEL_TYPE_VERIFY_WINDOW (keel_verify_window_get_type ())
G_DECLARE_FINAL_TYPE (KeelVerifyWindow, keel_verify_window, KEEL, VERIFY_WINDOW, AdwWindow)

KeelVerifyWindow *keel_verify_window_new (GtkWindow *parent,
                                          GFile     *file);

G_END_DECLS

/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef void (*KeelPostFunc) (gpointer data);

void keel_context_post (GMainContext *context,
                        KeelPostFunc  func,
                        gpointer      data);

G_END_DECLS

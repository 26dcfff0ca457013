/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* An application as people know it. */
typedef struct {
  char  *name;
  GIcon *icon;
} KeelAppWords;

const KeelAppWords *keel_app_words_for (const char *app);

G_END_DECLS

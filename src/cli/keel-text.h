/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

char *keel_text_make_safe (const char *text);
guint keel_text_get_width (const char *text);
char *keel_text_fit       (const char *text,
                           guint       columns);
char *keel_text_pad       (const char *text,
                           guint       columns);

G_END_DECLS

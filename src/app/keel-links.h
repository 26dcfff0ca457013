/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define KEEL_LINKS_MAX 1000

GStrv     keel_links_find       (const char *text);
gboolean  keel_links_is_plain   (const char *text);
GStrv     keel_links_expand     (const char *link);
char     *keel_links_guess_name (const char *link);
char     *keel_links_dup_host   (const char *link);

G_END_DECLS

/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The last number that is put into a name to make it another one: what it makes of the longest name
 * that is chosen still fits (keel-file-name.c). */
#define KEEL_FREE_NAME_MOST_NUMBERS 99999
/* So often others may be faster, one after the other, before it is no accident. */
#define KEEL_FREE_NAME_MOST_TRIES 100

char *keel_free_name_find    (int         dir_fd,
                              const char *chosen);
char *keel_free_name_promise (int         dir_fd,
                              const char *chosen);
void  keel_free_name_release (int         dir_fd,
                              const char *name);

G_END_DECLS

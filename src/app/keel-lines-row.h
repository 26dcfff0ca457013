/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define KEEL_TYPE_LINES_ROW (keel_lines_row_get_type ())
G_DECLARE_FINAL_TYPE (KeelLinesRow, keel_lines_row, KEEL, LINES_ROW, AdwActionRow)

/* Property "line-title": what a line is called. Signal "changed": there are other lines, or other
 * words in them. */

/* Returns: (transfer full) (nullable): what is wrong with @text, in words; NULL if nothing is */
typedef char *(*KeelLineCheck) (const char *text);

void      keel_lines_row_set_check  (KeelLinesRow  *self,
                                     KeelLineCheck  check);
GStrv     keel_lines_row_dup_lines  (KeelLinesRow  *self);
void      keel_lines_row_set_lines  (KeelLinesRow  *self,
                                     GPtrArray     *texts);
gboolean  keel_lines_row_check      (KeelLinesRow  *self);
void      keel_lines_row_tell       (KeelLinesRow  *self,
                                     const char    *text,
                                     const char    *words);

G_END_DECLS

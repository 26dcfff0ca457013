/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* One line of a history. */
typedef struct {
  char *words;     /* (owned) */
  GDateTime *time; /* (owned) */
} KeelHistoryLine;

GPtrArray *keel_history_words_new  (GVariant        *history);
void       keel_history_line_free  (KeelHistoryLine *self);

G_END_DECLS

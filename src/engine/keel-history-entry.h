/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Something that happened to a task, for people who want to know what it went through. */
typedef struct {
  gint64 created_usec;
  char *kind;    /* a word, see the description of the bus */
  char *details; /* (nullable) an a{sv}, as g_variant_print() writes it with types */
} KeelHistoryEntry;

KeelHistoryEntry *keel_history_entry_new  (gint64            created_usec,
                                           const char       *kind,
                                           GVariant         *details);
void              keel_history_entry_free (KeelHistoryEntry *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KeelHistoryEntry, keel_history_entry_free)

G_END_DECLS

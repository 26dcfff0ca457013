/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-history-entry.h"

/* One entry of a task's history. */

/* @details (nullable) is sunk if it is floating. */
KeelHistoryEntry *
keel_history_entry_new (gint64      created_usec,
                        const char *kind,
                        GVariant   *details)
{
  g_autoptr (GVariant) value = details != NULL ? g_variant_ref_sink (details) : NULL;
  KeelHistoryEntry *self = g_new0 (KeelHistoryEntry, 1);

  self->created_usec = created_usec;
  self->kind = g_strdup (kind);
  self->details = value != NULL ? g_variant_print (value, TRUE) : NULL;
  return self;
}

void
keel_history_entry_free (KeelHistoryEntry *self)
{
  g_free (self->kind);
  g_free (self->details);
  g_free (self);
}

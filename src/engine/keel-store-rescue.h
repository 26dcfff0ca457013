/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keel-store.h"

G_BEGIN_DECLS

/* What a rescue did. */
typedef struct {
  char *set_aside;   /* (owned) (nullable) where the damaged database is now */
  guint n_rows;      /* tasks that could be read in it */
  guint n_rebuilt;   /* tasks of which only the part file knew */
} KeelStoreRescued;

gboolean keel_store_rescue_is_due (const char              *path,
                                   const KeelStoreContents *contents);
gboolean keel_store_rescue        (const char        *path,
                                   KeelStoreRescued  *out_rescued,
                                   GError           **error);
gboolean keel_store_rescue_finish (const char        *path,
                                   KeelStoreRescued  *out_rescued,
                                   GError           **error);

static inline void
keel_store_rescued_clear (KeelStoreRescued *self)
{
  g_clear_pointer (&self->set_aside, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (KeelStoreRescued, keel_store_rescued_clear)

G_END_DECLS

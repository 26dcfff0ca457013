/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <sqlite3.h>

#include "keel-store.h"

G_BEGIN_DECLS

/* What was left in a damaged database. Nothing of it has been checked. */
typedef struct {
  GPtrArray *records;      /* (owned) (element-type KeelTransferRecord) */
  GPtrArray *sessions;     /* (owned) (element-type KeelSessionRecord) */
  GHashTable *last_events; /* (owned) session id -> number of its last event */
  gint64 last_id;
  sqlite3 *db;             /* (owned) (nullable) a copy, for tables that are taken as they are */
} KeelStoreRemains;

gboolean keel_store_damaged_read  (const char       *path,
                                   const char       *template,
                                   KeelStoreRemains *out_remains);
void     keel_store_damaged_copy  (KeelStoreRemains *remains,
                                   sqlite3          *to,
                                   const char       *columns,
                                   const char       *table);
void     keel_store_remains_clear (KeelStoreRemains *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (KeelStoreRemains, keel_store_remains_clear)

G_END_DECLS

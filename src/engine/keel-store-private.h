/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <sqlite3.h>

#include "keel-lane.h"
#include "keel-store.h"

G_BEGIN_DECLS

/* For keel-store.c (operations), keel-store-blocks.c (those with hashes) and keel-store-open.c
 * (what is on disk at the start). */
struct _KeelStore {
  KeelLane *lane;     /* (owned) */
  sqlite3 *db;        /* the lane's thread only, once it is there */
  sqlite3_stmt *save; /* (owned) */
  GHashTable *statements; /* (owned) text, which is static -> sqlite3_stmt, prepared */
  GError *error;      /* (owned) (nullable) of the present transaction */
  gint64 failing_since_usec; /* atomic; 0: the last transaction worked */
};

#define KEEL_STORE_CLEAN_KEY "clean-exit"

gboolean keel_store_set_error (KeelStore          *self,
                               const char         *what);
gboolean keel_store_exec      (KeelStore          *self,
                               const char         *sql);
sqlite3_stmt *
         keel_store_prepare   (KeelStore          *self,
                               const char         *sql);
gboolean keel_store_finish    (KeelStore          *self,
                               sqlite3_stmt       *statement);
gboolean keel_store_run       (KeelStore          *self,
                               const char         *sql,
                               ...);

/* In the lane's thread, within a savepoint; FALSE with the error set, and then it did nothing. */
typedef gboolean (*KeelStoreApply) (KeelStore *self,
                                    gpointer   data);
void     keel_store_push      (KeelStore          *self,
                               KeelStoreApply      apply,
                               gpointer            data,
                               KeelStoreFunc       func,
                               gpointer            user_data);

gboolean keel_store_trim_blocks (KeelStore                *self,
                                 const KeelTransferRecord *record);
gboolean keel_store_insert_history (KeelStore             *self,
                                    gint64                 task,
                                    GPtrArray             *entries);

gboolean keel_store_open_file (KeelStore          *self,
                               const char         *path,
                               KeelStoreContents  *out_contents,
                               GError            **error);
void     keel_store_close_file (KeelStore         *self);

G_END_DECLS

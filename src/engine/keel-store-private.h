/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <sqlite3.h>

#include "keel-lane.h"
#include "keel-store.h"

G_BEGIN_DECLS

/* For keel-store.c (operations) and keel-store-open.c (what is on disk at the start). */
struct _KeelStore {
  KeelLane *lane;     /* (owned) */
  sqlite3 *db;        /* the lane's thread only, once it is there */
  sqlite3_stmt *save; /* (owned) */
  GError *error;      /* (owned) (nullable) of the present transaction */
  gint64 failing_since_usec; /* atomic; 0: the last transaction worked */
};

#define KEEL_STORE_CLEAN_KEY "clean-exit"

gboolean keel_store_set_error (KeelStore          *self,
                               const char         *what);
gboolean keel_store_exec      (KeelStore          *self,
                               const char         *sql);

gboolean keel_store_open_file (KeelStore          *self,
                               const char         *path,
                               KeelStoreContents  *out_contents,
                               GError            **error);
void     keel_store_close_file (KeelStore         *self);

G_END_DECLS

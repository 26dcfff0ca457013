/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <sqlite3.h>

#include "keel-transfer-record.h"

G_BEGIN_DECLS

int                 keel_store_schema_get_version (void);
gboolean            keel_store_schema_prepare     (sqlite3                  *db,
                                                   GError                  **error);

char               *keel_store_schema_dup_save_sql (void);
char               *keel_store_schema_dup_load_sql (void);
void                keel_store_schema_bind        (sqlite3_stmt             *statement,
                                                   const KeelTransferRecord *record);
KeelTransferRecord *keel_store_schema_read        (sqlite3_stmt             *statement);

G_END_DECLS

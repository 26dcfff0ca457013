/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "keel-engine.h"

G_BEGIN_DECLS

/* What may be wished of a task at any time; not all of it need be. */
typedef struct {
  gint network; /* these two: as in KeelTransferRecord, and -1: nothing is said */
  gint power;
  gboolean has_conflict;
  KeelConflict conflict;
  gboolean has_timeout;
  gint64 timeout_seconds; /* as in KeelTransferRecord */
} KeelWishes;

GVariant           *keel_task_variant_new   (KeelTransfer *transfer,
                                             GHashTable   *fields);
KeelTransferRecord *keel_task_variant_parse (GVariant     *task,
                                             const char   *default_dir,
                                             GError      **error);
char               *keel_task_variant_split_uri (const char *uri,
                                              char      **out_user,
                                              char      **out_password,
                                              GError    **error);
gboolean            keel_task_variant_check_types (GVariant    *dict,
                                                   GError     **error);
gboolean            keel_task_variant_read_connections (GVariant *dict,
                                                        guint    *out_count);
gboolean            keel_task_variant_check_login (const char  *user,
                                                   const char  *password,
                                                   GError     **error);
gboolean            keel_task_variant_read_headers (GVariant       *dictionary,
                                                    char          **out_headers,
                                                    GError        **error);
gboolean            keel_task_variant_read_wishes (GVariant        *dictionary,
                                                   KeelWishes      *out_wishes,
                                                   GError         **error);
gboolean            keel_task_variant_read_folder (GVariant        *changes,
                                                   gboolean         may_use_paths,
                                                   KeelPlace       *out_place,
                                                   gint            *out_handle,
                                                   GError         **error);
gboolean            keel_task_variant_check_group (const char      *group,
                                                   GError         **error);

G_END_DECLS

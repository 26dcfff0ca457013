/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "keel-engine.h"

G_BEGIN_DECLS

GVariant           *keel_task_variant_new   (KeelEngine   *engine,
                                             KeelTransfer *transfer,
                                             GHashTable   *fields);
KeelTransferRecord *keel_task_variant_parse (GVariant     *task,
                                             const char   *default_dir,
                                             GError      **error);
char               *keel_task_variant_split_uri (const char *uri,
                                              char      **out_user,
                                              char      **out_password,
                                              GError    **error);
gboolean            keel_task_variant_check_login (const char  *user,
                                                   const char  *password,
                                                   GError     **error);

G_END_DECLS

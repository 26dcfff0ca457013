/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <gio/gunixfdlist.h>

#include "keel-engine.h"

G_BEGIN_DECLS

/* KEEL_ERROR; without one, each of @records (transfer full) has its folder. */
typedef void (*KeelFolderIntakeFunc) (GPtrArray    *records,
                                      const GError *error,
                                      gpointer      user_data);

void keel_folder_intake     (KeelEngine           *engine,
                             GPtrArray            *records,
                             GUnixFDList          *fds,
                             KeelFolderIntakeFunc  func,
                             gpointer              user_data);
int  keel_folder_intake_dup (GUnixFDList          *fds,
                             gint                  handle,
                             GError              **error);

G_END_DECLS

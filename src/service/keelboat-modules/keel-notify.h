/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keel-module.h"
#include "keel-notice-board.h"

G_BEGIN_DECLS

typedef struct _KeelNotify KeelNotify;

/* What the module keel-notify does for the thread of keel-notice-board.c, and only in it: its calls
 * wait for the daemon. Events come in the thread's default main context. */
typedef struct {
  KeelModule module;
  KeelNotify *(*make) (const KeelNoticeBoardEvents *events,
                       gpointer                     user_data);
  void (*free) (KeelNotify *self);
  gboolean (*show) (KeelNotify       *self,
                    const KeelNotice *notice,
                    GError          **error);
  void (*withdraw) (KeelNotify *self,
                    guint64     key);
} KeelNotifyModule;

G_END_DECLS

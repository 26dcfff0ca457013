/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#include "keel-caller-info.h"

G_BEGIN_DECLS

/* What a process is. */
typedef struct {
  gboolean is_sandboxed;
  KeelSandbox sandbox; /* (owned) if it is */
  char *unit_app;      /* (owned) (nullable) if it is not: what the desktop called it */
} KeelProcess;

gboolean keel_caller_proc_read (guint32       pid,
                                gint64        seen_usec,
                                KeelProcess  *out_process,
                                GError      **error);
gboolean keel_caller_proc_are_we_sandboxed (void);

void     keel_process_clear    (KeelProcess  *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (KeelProcess, keel_process_clear)

G_END_DECLS

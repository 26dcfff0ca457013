/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <keel/keel.h>

G_BEGIN_DECLS

/* What scripts rely on; never renumbered. */
typedef enum {
  KEEL_EXIT_DONE = 0,
  KEEL_EXIT_FAILED = 1,      /* a task failed, was paused or needs a person; a request failed */
  KEEL_EXIT_USAGE = 2,
  KEEL_EXIT_UNREACHABLE = 3,
  KEEL_EXIT_TIMEOUT = 4,
  KEEL_EXIT_INTERRUPTED = 130,
} KeelExit;

void     keel_complain              (const char   *format,
                                     ...) G_GNUC_PRINTF (1, 2);
KeelExit keel_exit_for_error        (const GError *error);
KeelExit keel_exit_for_unknown_task (guint64       id);
KeelExit keel_exit_for_task_error   (guint64       id,
                                     const GError *error);

G_END_DECLS

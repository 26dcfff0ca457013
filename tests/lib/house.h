/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <keel/keel.h>

G_BEGIN_DECLS

/* The house that the test lives in (in-house.py), from inside: the mock service, and waiting. */

void          house_reset        (void);
void          house_tell         (const char        *method,
                                  const char        *format,
                                  ...);
GVariant     *house_ask          (const char        *method,
                                  const char        *format,
                                  ...);
guint         house_count_calls  (const char        *method);
gboolean      house_is_running   (void);
guint64       house_fill         (guint              count,
                                  const char        *row);

void          house_run_for      (guint              msec);

void          house_answer_cb    (GObject           *source,
                                  GAsyncResult      *result,
                                  gpointer           user_data);
GAsyncResult *house_wait         (GAsyncResult     **answer);

KeelSession  *house_open_session (const char        *identifier);
KeelManager  *house_open_manager (KeelManagerFlags   flags);
KeelTask     *house_add          (KeelSession       *session,
                                  const char        *uri);

/* Waits, with a deadline, until the expression is true. */
#define house_until(expression)                                                                    \
  G_STMT_START                                                                                     \
  {                                                                                                \
    const gint64 deadline_ = house_get_deadline ();                                                \
    while (!(expression))                                                                          \
      house_step (deadline_, #expression, __FILE__, __LINE__);                                     \
  }                                                                                                \
  G_STMT_END

gint64        house_get_deadline (void);
void          house_step         (gint64             deadline,
                                  const char        *what,
                                  const char        *file,
                                  int                line);

G_END_DECLS

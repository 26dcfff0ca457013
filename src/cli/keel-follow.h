/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keel-exit.h"
#include "keel-view.h"

G_BEGIN_DECLS

/* What is followed, and until when. */
typedef struct
{
  KeelManager *manager;      /* live */
  const guint64 *ids;        /* these tasks; */
  gsize n_ids;               /* none: all of the caller's own that have not ended, new ones too */
  KeelViewKind view;
  gboolean until_attention;  /* stop when a task is paused or needs a person */
  guint64 timeout_seconds;   /* 0: none */
} KeelFollow;

KeelExit keel_follow_run    (const KeelFollow *self);

gboolean keel_follow_is_own (KeelTask         *task);

G_END_DECLS

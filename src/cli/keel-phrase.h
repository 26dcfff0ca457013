/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <keel/keel.h>

G_BEGIN_DECLS

char       *keel_phrase_for_task        (KeelTask       *task);
const char *keel_phrase_for_state       (KeelTaskState   state);
const char *keel_phrase_for_wait_reason (KeelWaitReason  reason);
char       *keel_phrase_for_error       (KeelTask       *task);
char       *keel_phrase_for_amount      (KeelTask       *task);
char       *keel_phrase_for_rate        (guint64         bytes_per_second);
char       *keel_phrase_for_eta         (gint64          seconds);
char       *keel_phrase_for_time        (GDateTime      *time);
char       *keel_phrase_dup_name        (KeelTask       *task);

G_END_DECLS

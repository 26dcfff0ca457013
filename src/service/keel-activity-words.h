/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keel-activity.h"

G_BEGIN_DECLS

char *keel_activity_words_dup_tip  (KeelActivity *activity);
char *keel_activity_words_dup_line (KeelActivity *activity);
char *keel_activity_words_dup_reason (void);

G_END_DECLS

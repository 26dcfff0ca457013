/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "../base/keel-enums.h"

G_BEGIN_DECLS

char       *keel_task_words_for_error (KeelTaskError   code,
                                       guint           http_status);
const char *keel_task_words_for_pause (KeelPauseReason reason);

G_END_DECLS

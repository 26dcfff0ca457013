/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keel-facts.h"

G_BEGIN_DECLS

typedef enum {
  KEEL_STATUS_WIDE,
  KEEL_STATUS_NARROW,
} KeelStatusWidth;

char *keel_status_line     (const KeelFacts  *facts,
                            GDateTime        *now,
                            KeelStatusWidth   width,
                            char            **error_words);
char *keel_status_spoken   (const KeelFacts  *facts,
                            GDateTime        *now);
char *keel_status_subtitle (guint             n_active,
                            guint             n_waiting,
                            guint             n_paused,
                            guint64           rate_bps,
                            int               left_seconds,
                            KeelStatusWidth   width);

G_END_DECLS

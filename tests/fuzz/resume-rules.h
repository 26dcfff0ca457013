/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keel-resume.h"

G_BEGIN_DECLS

const char *resume_rules_find_broken (const KeelResumeState   *state,
                                      const KeelResumeAnswer  *answer,
                                      const KeelResumeVerdict *verdict);
guint       resume_rules_count_asks  (const KeelResumeState   *state,
                                      const KeelResumeAnswer  *answer);
gboolean    resume_rules_is_equal    (const KeelResumeVerdict *a,
                                      const KeelResumeVerdict *b);
char       *resume_rules_dup_text    (const KeelResumeVerdict *verdict);

G_END_DECLS

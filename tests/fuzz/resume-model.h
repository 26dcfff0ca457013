/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keel-resume.h"

G_BEGIN_DECLS

KeelResumeVerdict resume_model_expect (const KeelResumeState  *state,
                                       const KeelResumeAnswer *answer);

G_END_DECLS

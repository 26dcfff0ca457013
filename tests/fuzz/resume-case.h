/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "fuzz-input.h"
#include "keel-resume.h"

G_BEGIN_DECLS

/* A state, an answer, and what their strings point to. */
typedef struct {
  KeelResumeState state;
  KeelResumeAnswer answer;
  GPtrArray *texts; /* (owned) */
} ResumeCase;

void     resume_case_init  (ResumeCase *self,
                            FuzzInput  *input);
void     resume_case_clear (ResumeCase *self);
char    *resume_case_dup_fault (const ResumeCase *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ResumeCase, resume_case_clear)

G_END_DECLS

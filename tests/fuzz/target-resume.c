/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "resume-case.h"

/* keel-resume beside its model, and the rules of both. */

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  FuzzInput input = { data, size };
  g_auto (ResumeCase) test = { 0 };
  g_autofree char *fault = NULL;

  resume_case_init (&test, &input);
  fault = resume_case_dup_fault (&test);
  g_assert_cmpstr (fault, ==, NULL);
  return 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fuzz-input.h"
#include "keel-content-disposition.h"

/* Whatever a server calls its file: nothing, or something in UTF-8. */

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  FuzzInput input = { data, size };
  g_autofree char *value = fuzz_input_take_text (&input);
  g_autofree char *name = keel_content_disposition_dup_name (value);

  g_assert_true (name == NULL || *name != '\0');
  g_assert_true (name == NULL || g_utf8_validate (name, -1, NULL));
  return 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fuzz-input.h"
#include "keel-caller-info.h"

#include <string.h>

/* What is said of a process: an id that comes out of it can be an id, and what counts against the
 * caller stands in the text. */

static void
check_sandbox (const FuzzInput *input)
{
  g_auto (KeelSandbox) sandbox = { 0 };
  g_autoptr (GError) error = NULL;

  if (!keel_caller_info_parse_sandbox ((const char *) input->data, input->size, &sandbox, &error))
    {
      g_assert_nonnull (error);
      g_assert_null (sandbox.app);
      return;
    }
  g_assert_true (keel_caller_info_is_app_id (sandbox.app));
  g_assert_true (keel_caller_info_is_claim (sandbox.app));
  g_assert_nonnull (memmem (input->data, input->size, "[Application]", 13));
  if (sandbox.has_network)
    {
      g_assert_nonnull (memmem (input->data, input->size, "[Context]", 9));
      g_assert_nonnull (memmem (input->data, input->size, "shared", 6));
    }
}

static void
check_process (const char *text)
{
  g_autofree char *app = keel_caller_info_dup_unit_app (text);
  guint64 ticks;

  if (app != NULL)
    {
      g_assert_true (keel_caller_info_is_claim (app));
      g_assert_nonnull (strstr (text, "app-"));
    }
  if (keel_caller_info_is_confined (text))
    g_assert_true (g_str_has_prefix (text, "snap."));
  if (keel_caller_info_parse_start (text, &ticks))
    {
      g_autofree char *digits = g_strdup_printf ("%" G_GUINT64_FORMAT, ticks);

      g_assert_nonnull (strstr (text, digits));
    }
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  FuzzInput input = { data, size };
  g_autofree char *text = NULL;

  check_sandbox (&input);
  text = fuzz_input_take_text (&input);
  check_process (text);
  return 0;
}

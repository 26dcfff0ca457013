/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fuzz-input.h"
#include "keel-part-label.h"

#include <string.h>

/* The text of a label: what is accepted is whole and bounded, names nothing outside of its folder,
 * and is the same when it is written and read once more. */

static void
check_good (const KeelPartLabel *label)
{
  const KeelTransferRecord *record = label->record;

  g_assert_cmpint (record->id, >, 0);
  g_assert_true (record->uri != NULL && strlen (record->uri) <= 8192);
  g_assert_true (keel_part_label_is_token (record->token));
  g_assert_true (record->part_name == NULL || keel_part_label_is_part_name (record->part_name));
  g_assert_true (record->chosen == NULL || strchr (record->chosen, '/') == NULL);
  g_assert_cmpstr (record->name, ==, record->chosen);
  g_assert_null (record->headers);
  g_assert_null (record->password);
  g_assert_cmpuint (record->durable, <=, G_MAXINT64);
}

static void
check_again (const KeelPartLabel *label)
{
  KeelTransferRecord *record = label->record;
  g_autofree char *text = NULL;
  g_autofree char *more = NULL;
  g_autoptr (KeelPartLabel) again = NULL;

  record->app = label->app;
  record->identifier = label->identifier;
  text = keel_part_label_format (record, label->home);
  again = keel_part_label_parse (text, strlen (text));
  g_assert_nonnull (again);
  again->record->app = again->app;
  again->record->identifier = again->identifier;
  more = keel_part_label_format (again->record, again->home);
  g_assert_cmpstr (more, ==, text);
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  g_autoptr (KeelPartLabel) label = keel_part_label_parse ((const char *) data, size);

  if (label == NULL)
    return 0;
  check_good (label);
  check_again (label);
  return 0;
}

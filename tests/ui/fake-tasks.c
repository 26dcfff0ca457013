/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fake-tasks.h"

/* A KeelTask cannot be made outside the library, so the programs that use this are made of the
 * library's own objects. A row is what the service would send, in GVariant's text and without the
 * number: "{'state': <'running'>}". */

static GVariant *
make_row (guint64     id,
          const char *row)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) parsed = g_variant_parse (G_VARIANT_TYPE_VARDICT, row, NULL, NULL, &error);
  g_auto (GVariantDict) dict = { 0 };

  g_assert_no_error (error);
  g_variant_dict_init (&dict, parsed);
  g_variant_dict_insert (&dict, "id", "t", id);
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

KeelTask *
fake_task_new (guint64     id,
               const char *row)
{
  g_autoptr (GVariant) dictionary = make_row (id, row);
  /* Where its calls would go; there are none. */
  g_autoptr (GObject) nobody = g_object_new (G_TYPE_OBJECT, NULL);

  return keel_task_new ((KeelRemote *) nobody, dictionary, 0);
}

/* The whole row, as after a change. */
void
fake_task_become (KeelTask   *task,
                  const char *row)
{
  g_autoptr (GVariant) dictionary = make_row (keel_task_get_id (task), row);

  keel_task_apply (task, dictionary, 0);
}

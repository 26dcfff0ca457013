/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-known-links.h"

/* Which links the list of downloads has already. A thousand are asked for at once, of a list that
 * may have ten thousand, so they are put into a table; but only when somebody asks, and anew after
 * the list has changed. */

struct _KeelKnownLinks {
  GListModel *tasks; /* (owned), of KeelTask */
  GHashTable *ids;   /* (owned) (nullable) (element-type utf8 guint64), until the list changes */
  gulong changed_id;
};

static void
forget (KeelKnownLinks *self)
{
  g_clear_pointer (&self->ids, g_hash_table_unref);
}

KeelKnownLinks *
keel_known_links_new (GListModel *tasks)
{
  KeelKnownLinks *self = g_new0 (KeelKnownLinks, 1);

  self->tasks = g_object_ref (tasks);
  self->changed_id = g_signal_connect_swapped (tasks, "items-changed", G_CALLBACK (forget), self);

  return self;
}

void
keel_known_links_free (KeelKnownLinks *self)
{
  g_signal_handler_disconnect (self->tasks, self->changed_id);
  forget (self);
  g_object_unref (self->tasks);
  g_free (self);
}

static void
learn (KeelKnownLinks *self)
{
  guint n = g_list_model_get_n_items (self->tasks);

  self->ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (KeelTask) task = g_list_model_get_item (self->tasks, i);
      guint64 id = keel_task_get_id (task);

      if (keel_task_get_uri (task) != NULL)
        g_hash_table_insert (self->ids, g_strdup (keel_task_get_uri (task)),
                             g_memdup2 (&id, sizeof id));
    }
}

/* Returns: the id of a download of @link; 0 if there is none */
guint64
keel_known_links_find (KeelKnownLinks *self,
                       const char     *link)
{
  guint64 *id;

  if (self->ids == NULL)
    learn (self);
  id = g_hash_table_lookup (self->ids, link);

  return id != NULL ? *id : 0;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "keel-task-list.h"

/* The tasks that a session or a manager shows: a GListModel of KeelTask in the order of their ids,
 * one object a task for as long as the task is in the list. It knows nothing of the bus; what the
 * service told comes in as rows and numbers from KeelTaskFeed.
 *
 * New rows and removals are applied as batches, with one "items-changed" for each run of
 * neighbours, since a list of 10,000 rows comes as a few large batches. "task-state-changed" is
 * emitted after the whole batch is in place, so that handlers see one consistent list. */

struct _KeelTaskList {
  GObject parent_instance;

  GPtrArray *tasks; /* (owned) (element-type KeelTask) sorted by id */
};

enum { TASK_STATE_CHANGED, TASK_RANK_CHANGED, N_SIGNALS };

static guint signals[N_SIGNALS];

static GType
keel_task_list_get_item_type (GListModel *model)
{
  return KEEL_TYPE_TASK;
}

static guint
keel_task_list_get_n_items (GListModel *model)
{
  return KEEL_TASK_LIST (model)->tasks->len;
}

static gpointer
keel_task_list_get_item (GListModel *model,
                         guint       position)
{
  KeelTaskList *self = KEEL_TASK_LIST (model);

  return position < self->tasks->len ? g_object_ref (g_ptr_array_index (self->tasks, position)) :
                                       NULL;
}

static void
keel_task_list_list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = keel_task_list_get_item_type;
  iface->get_n_items = keel_task_list_get_n_items;
  iface->get_item = keel_task_list_get_item;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (KeelTaskList,
                               keel_task_list,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL,
                                                      keel_task_list_list_model_init))

/* Where the task is, or where it belongs. New tasks have the highest ids: the end is tried first.
 */
static gboolean
keel_task_list_search (KeelTaskList *self,
                       guint64       id,
                       guint        *out_position)
{
  guint low = 0;
  guint high = self->tasks->len;

  if (high > 0 && keel_task_get_id (keel_task_list_peek (self, high - 1)) < id)
    low = high;
  while (low < high)
    {
      const guint middle = low + (high - low) / 2;

      if (keel_task_get_id (keel_task_list_peek (self, middle)) < id)
        low = middle + 1;
      else
        high = middle;
    }

  *out_position = low;
  return low < self->tasks->len && keel_task_get_id (keel_task_list_peek (self, low)) == id;
}

static int
compare_tasks (gconstpointer a,
               gconstpointer b)
{
  const guint64 first = keel_task_get_id (*(KeelTask *const *) a);
  const guint64 second = keel_task_get_id (*(KeelTask *const *) b);

  return first < second ? -1 : first > second;
}

/* Takes the references of the tasks [start, end) of added, which are neighbours in the list. */
static void
keel_task_list_insert_run (KeelTaskList *self,
                           guint         position,
                           GPtrArray    *added,
                           guint         start,
                           guint         end)
{
  const guint n_added = end - start;
  const guint n_behind = self->tasks->len - position;

  g_ptr_array_set_size (self->tasks, (int) (self->tasks->len + n_added));
  memmove (self->tasks->pdata + position + n_added, self->tasks->pdata + position,
           n_behind * sizeof (gpointer));
  memcpy (self->tasks->pdata + position, added->pdata + start, n_added * sizeof (gpointer));
  g_list_model_items_changed (G_LIST_MODEL (self), position, 0, n_added);
}

/* Takes the references of the tasks in added, none of which is in the list. */
static void
keel_task_list_insert (KeelTaskList *self,
                       GPtrArray    *added)
{
  guint position;
  guint start = 0;

  g_ptr_array_sort (added, compare_tasks);
  while (start < added->len)
    {
      guint end = start + 1;
      guint64 limit = G_MAXUINT64;

      keel_task_list_search (self, keel_task_get_id (g_ptr_array_index (added, start)), &position);
      if (position < self->tasks->len)
        limit = keel_task_get_id (keel_task_list_peek (self, position));
      while (end < added->len && keel_task_get_id (g_ptr_array_index (added, end)) < limit)
        end++;
      keel_task_list_insert_run (self, position, added, start, end);
      start = end;
    }
}

static void
keel_task_list_emit (KeelTaskList *self,
                     guint         signal_id,
                     GPtrArray    *tasks)
{
  for (guint i = 0; i < tasks->len; i++)
    g_signal_emit (self, signal_id, 0, g_ptr_array_index (tasks, i));
}

static KeelTask *
keel_task_list_create_task (KeelTaskList         *self,
                            const KeelTaskOrigin *origin,
                            GVariant             *row)
{
  KeelTask *task = keel_task_new (origin->remote, row, origin->generation);

  keel_task_set_followed (task, origin->followed);
  return task;
}

/* Takes over rows: those of known tasks change them, the others make new ones. */
void
keel_task_list_merge (KeelTaskList         *self,
                      const KeelTaskOrigin *origin,
                      GVariant             *rows)
{
  g_autoptr (KeelTaskList) guard = g_object_ref (self);
  g_autoptr (GPtrArray) added = g_ptr_array_new ();
  g_autoptr (GPtrArray) moved = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GPtrArray) ranked = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GHashTable) seen = g_hash_table_new (g_int64_hash, g_int64_equal);
  const gsize n_rows = g_variant_n_children (rows);

  for (gsize i = 0; i < n_rows; i++)
    {
      g_autoptr (GVariant) row = g_variant_get_child_value (rows, i);
      const guint64 id = keel_task_peek_id (row);
      KeelTask *task = keel_task_list_find (self, id);

      if (id == 0)
        continue;
      if (task == NULL)
        task = g_hash_table_lookup (seen, &id);
      if (task != NULL)
        {
          KeelTaskChange change = keel_task_apply (task, row, origin->generation);

          if ((change & KEEL_TASK_CHANGE_STATE) != 0)
            g_ptr_array_add (moved, g_object_ref (task));
          if ((change & KEEL_TASK_CHANGE_RANK) != 0)
            g_ptr_array_add (ranked, g_object_ref (task));
          continue;
        }

      task = keel_task_list_create_task (self, origin, row);
      g_ptr_array_add (added, task);
      g_hash_table_insert (seen, &task->row.id, task);
      if (origin->announce && (keel_task_has_ended (task) || keel_task_has_challenge (task)))
        g_ptr_array_add (moved, g_object_ref (task));
    }

  /* First: who keeps them in that order puts those right before it looks for places for others. */
  keel_task_list_emit (self, signals[TASK_RANK_CHANGED], ranked);
  keel_task_list_insert (self, added);
  keel_task_list_emit (self, signals[TASK_STATE_CHANGED], moved);
}

static void
keel_task_list_remove_run (KeelTaskList *self,
                           guint         position,
                           guint         n_removed)
{
  g_autoptr (GPtrArray) removed = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < n_removed; i++)
    g_ptr_array_add (removed, g_object_ref (keel_task_list_peek (self, position + i)));
  g_ptr_array_remove_range (self->tasks, position, n_removed);
  g_list_model_items_changed (G_LIST_MODEL (self), position, n_removed, 0);
  for (guint i = 0; i < removed->len; i++)
    keel_task_set_removed (g_ptr_array_index (removed, i));
}

/* From the end, so that the positions in front stay right. */
static void
keel_task_list_remove_positions (KeelTaskList *self,
                                 GArray       *positions)
{
  g_autoptr (KeelTaskList) guard = g_object_ref (self);
  guint end = positions->len;

  while (end > 0)
    {
      guint start = end - 1;

      while (start > 0 && g_array_index (positions, guint, start - 1) + 1 ==
                            g_array_index (positions, guint, start))
        start--;
      keel_task_list_remove_run (self, g_array_index (positions, guint, start), end - start);
      end = start;
    }
}

/* Rows are all that there is between the ids after (exclusive) and last (inclusive): other tasks
 * there have gone, unless they are known from something newer. */
void
keel_task_list_retain (KeelTaskList *self,
                       GVariant     *rows,
                       guint64       after,
                       guint64       last,
                       guint64       generation)
{
  g_autoptr (GHashTable) kept = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  g_autoptr (GArray) gone = g_array_new (FALSE, FALSE, sizeof (guint));
  const gsize n_rows = g_variant_n_children (rows);
  guint position = 0;

  for (gsize i = 0; i < n_rows; i++)
    {
      g_autoptr (GVariant) row = g_variant_get_child_value (rows, i);
      const guint64 id = keel_task_peek_id (row);

      g_hash_table_add (kept, g_memdup2 (&id, sizeof id));
    }

  if (after < G_MAXUINT64)
    keel_task_list_search (self, after + 1, &position);
  for (; position < self->tasks->len; position++)
    {
      KeelTask *task = keel_task_list_peek (self, position);

      if (task->row.id > last)
        break;
      if (!g_hash_table_contains (kept, &task->row.id) && task->generation <= generation)
        g_array_append_val (gone, position);
    }
  keel_task_list_remove_positions (self, gone);
}

static int
compare_positions (gconstpointer a,
                   gconstpointer b)
{
  const guint first = *(const guint *) a;
  const guint second = *(const guint *) b;

  return first < second ? -1 : first > second;
}

/* Ids, at, that have gone. */
void
keel_task_list_remove (KeelTaskList *self,
                       GVariant     *ids)
{
  g_autoptr (GArray) gone = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  GVariantIter iter;
  guint position;
  guint64 id;

  g_variant_iter_init (&iter, ids);
  while (g_variant_iter_next (&iter, "t", &id))
    if (keel_task_list_search (self, id, &position) &&
        g_hash_table_add (seen, GUINT_TO_POINTER (position)))
      g_array_append_val (gone, position);
  g_array_sort (gone, compare_positions);
  keel_task_list_remove_positions (self, gone);
}

/* Numbers, a(tttt), of a Progress signal: id, received, durable, rate. */
void
keel_task_list_apply_numbers (KeelTaskList *self,
                              GVariant     *numbers)
{
  g_autoptr (KeelTaskList) guard = g_object_ref (self);
  GVariantIter iter;
  guint64 id, received, durable, rate;

  g_variant_iter_init (&iter, numbers);
  while (g_variant_iter_next (&iter, "(tttt)", &id, &received, &durable, &rate))
    {
      KeelTask *task = keel_task_list_find (self, id);

      if (task != NULL)
        keel_task_apply_numbers (task, received, durable, rate);
    }
}

/* The service is away: nothing flows. */
void
keel_task_list_stop_rates (KeelTaskList *self)
{
  for (guint i = 0; i < self->tasks->len; i++)
    {
      KeelTask *task = keel_task_list_peek (self, i);

      keel_task_apply_numbers (task, task->row.received, task->row.durable, 0);
    }
}

/* Another service counts its generations anew. */
void
keel_task_list_forget_generations (KeelTaskList *self)
{
  for (guint i = 0; i < self->tasks->len; i++)
    keel_task_list_peek (self, i)->generation = 0;
}

/* Nobody will tell the tasks anything any more. */
void
keel_task_list_unfollow (KeelTaskList *self)
{
  for (guint i = 0; i < self->tasks->len; i++)
    keel_task_set_followed (keel_task_list_peek (self, i), FALSE);
}

guint
keel_task_list_get_n_tasks (KeelTaskList *self)
{
  return self->tasks->len;
}

KeelTask *
keel_task_list_peek (KeelTaskList *self,
                     guint         position)
{
  return g_ptr_array_index (self->tasks, position);
}

/* (transfer none) (nullable) */
KeelTask *
keel_task_list_find (KeelTaskList *self,
                     guint64       id)
{
  guint position;

  return keel_task_list_search (self, id, &position) ? keel_task_list_peek (self, position) : NULL;
}

static void
keel_task_list_finalize (GObject *object)
{
  KeelTaskList *self = KEEL_TASK_LIST (object);

  g_ptr_array_unref (self->tasks);
  G_OBJECT_CLASS (keel_task_list_parent_class)->finalize (object);
}

static void
keel_task_list_class_init (KeelTaskListClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = keel_task_list_finalize;

  signals[TASK_STATE_CHANGED] = g_signal_new ("task-state-changed", KEEL_TYPE_TASK_LIST,
                                              G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                                              1, KEEL_TYPE_TASK);
  signals[TASK_RANK_CHANGED] = g_signal_new ("task-rank-changed", KEEL_TYPE_TASK_LIST,
                                             G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                                             KEEL_TYPE_TASK);
}

static void
keel_task_list_init (KeelTaskList *self)
{
  self->tasks = g_ptr_array_new_with_free_func (g_object_unref);
}

KeelTaskList *
keel_task_list_new (void)
{
  return g_object_new (KEEL_TYPE_TASK_LIST, NULL);
}

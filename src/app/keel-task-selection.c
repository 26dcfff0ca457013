/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-task-selection.h"

/* Which downloads are selected. It remembers tasks and not positions, so a row that is filed anew
 * keeps its tick; headings are in the same rows and are never selected.
 *
 * Nothing is selected until somebody means to select: with Ctrl, with Shift, with Ctrl+A, from the
 * menu. From then on rows have ticks, until the last one is taken off or somebody cancels. A plain
 * click or arrow key, which GtkListView takes for "this one and no other", changes nothing here:
 * with ticks to be seen it would throw away what was chosen one by one.
 *
 * What is not in the rows any more (removed, filtered out, not searched for) is not selected any
 * more: nothing is ever done to what cannot be seen. That is looked at when the main loop is idle,
 * because a row that is moved goes before it comes back. */

struct _KeelTaskSelection {
  GObject parent_instance;

  GListModel *rows;  /* (owned) */
  GHashTable *tasks; /* (owned), set of KeelTask (owned) */
  guint prune_source_id;
};

enum {
  CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static void keel_task_selection_list_model_init (GListModelInterface *iface);
static void keel_task_selection_selection_model_init (GtkSelectionModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (KeelTaskSelection,
                               keel_task_selection,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL,
                                                      keel_task_selection_list_model_init)
                                 G_IMPLEMENT_INTERFACE (GTK_TYPE_SELECTION_MODEL,
                                                        keel_task_selection_selection_model_init))

static GType
keel_task_selection_get_item_type (GListModel *model)
{
  return G_TYPE_OBJECT;
}

static guint
keel_task_selection_get_n_items (GListModel *model)
{
  return g_list_model_get_n_items (KEEL_TASK_SELECTION (model)->rows);
}

static gpointer
keel_task_selection_get_item (GListModel *model,
                              guint       position)
{
  return g_list_model_get_item (KEEL_TASK_SELECTION (model)->rows, position);
}

static void
keel_task_selection_list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = keel_task_selection_get_item_type;
  iface->get_n_items = keel_task_selection_get_n_items;
  iface->get_item = keel_task_selection_get_item;
}

/* Tells of a change anywhere in a range; with the first and the last tick all rows look different.
 */
static void
tell (KeelTaskSelection *self,
      guint              position,
      guint              n)
{
  if (n > 0)
    gtk_selection_model_selection_changed (GTK_SELECTION_MODEL (self), position, n);
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
tell_all (KeelTaskSelection *self)
{
  tell (self, 0, g_list_model_get_n_items (self->rows));
}

/* The end of a range that may go beyond the rows: to ask for all, GTK asks for as many as there are
 * numbers. */
static guint
end_of_range (KeelTaskSelection *self,
              guint              position,
              guint              n)
{
  guint n_rows = g_list_model_get_n_items (self->rows);

  return position < n_rows ? position + MIN (n, n_rows - position) : position;
}

/* Returns: whether that made a difference; a heading makes none */
static gboolean
set_selected (KeelTaskSelection *self,
              guint              position,
              gboolean           selected)
{
  g_autoptr (GObject) item = g_list_model_get_item (self->rows, position);

  if (!KEEL_IS_TASK (item))
    return FALSE;
  if (selected)
    return g_hash_table_add (self->tasks, g_object_ref (item));

  return g_hash_table_remove (self->tasks, item);
}

static gboolean
keel_task_selection_is_selected (GtkSelectionModel *model,
                                 guint              position)
{
  KeelTaskSelection *self = KEEL_TASK_SELECTION (model);
  g_autoptr (GObject) item = NULL;

  if (g_hash_table_size (self->tasks) == 0)
    return FALSE;
  item = g_list_model_get_item (self->rows, position);

  return item != NULL && g_hash_table_contains (self->tasks, item);
}

static GtkBitset *
keel_task_selection_get_selection_in_range (GtkSelectionModel *model,
                                            guint              position,
                                            guint              n)
{
  GtkBitset *bits = gtk_bitset_new_empty ();
  guint end = end_of_range (KEEL_TASK_SELECTION (model), position, n);

  if (g_hash_table_size (KEEL_TASK_SELECTION (model)->tasks) == 0)
    return bits;

  for (guint i = position; i < end; i++)
    {
      if (keel_task_selection_is_selected (model, i))
        gtk_bitset_add (bits, i);
    }

  return bits;
}

static gboolean
keel_task_selection_select_item (GtkSelectionModel *model,
                                 guint              position,
                                 gboolean           unselect_rest)
{
  if (!unselect_rest && set_selected (KEEL_TASK_SELECTION (model), position, TRUE))
    tell (KEEL_TASK_SELECTION (model), position, 1);

  return TRUE;
}

static gboolean
keel_task_selection_unselect_item (GtkSelectionModel *model,
                                   guint              position)
{
  if (set_selected (KEEL_TASK_SELECTION (model), position, FALSE))
    tell (KEEL_TASK_SELECTION (model), position, 1);

  return TRUE;
}

static gboolean
keel_task_selection_select_range (GtkSelectionModel *model,
                                  guint              position,
                                  guint              n,
                                  gboolean           unselect_rest)
{
  KeelTaskSelection *self = KEEL_TASK_SELECTION (model);
  guint end = end_of_range (self, position, n);

  if (unselect_rest)
    g_hash_table_remove_all (self->tasks);
  for (guint i = position; i < end; i++)
    set_selected (self, i, TRUE);
  tell_all (self);

  return TRUE;
}

static gboolean
keel_task_selection_unselect_range (GtkSelectionModel *model,
                                    guint              position,
                                    guint              n)
{
  KeelTaskSelection *self = KEEL_TASK_SELECTION (model);
  guint end = end_of_range (self, position, n);

  for (guint i = position; i < end; i++)
    set_selected (self, i, FALSE);
  tell (self, position, end - position);

  return TRUE;
}

static gboolean
keel_task_selection_select_all (GtkSelectionModel *model)
{
  return keel_task_selection_select_range (
    model, 0, g_list_model_get_n_items (KEEL_TASK_SELECTION (model)->rows), FALSE);
}

static gboolean
keel_task_selection_unselect_all (GtkSelectionModel *model)
{
  keel_task_selection_clear (KEEL_TASK_SELECTION (model));

  return TRUE;
}

/* Those of @mask become what they are in @selected; GtkListView's rubber band does this. */
static gboolean
keel_task_selection_set_selection (GtkSelectionModel *model,
                                   GtkBitset         *selected,
                                   GtkBitset         *mask)
{
  KeelTaskSelection *self = KEEL_TASK_SELECTION (model);
  GtkBitsetIter iter;
  guint position;

  for (gboolean has = gtk_bitset_iter_init_first (&iter, mask, &position); has;
       has = gtk_bitset_iter_next (&iter, &position))
    set_selected (self, position, gtk_bitset_contains (selected, position));
  tell_all (self);

  return TRUE;
}

static void
keel_task_selection_selection_model_init (GtkSelectionModelInterface *iface)
{
  iface->is_selected = keel_task_selection_is_selected;
  iface->get_selection_in_range = keel_task_selection_get_selection_in_range;
  iface->select_item = keel_task_selection_select_item;
  iface->unselect_item = keel_task_selection_unselect_item;
  iface->select_range = keel_task_selection_select_range;
  iface->unselect_range = keel_task_selection_unselect_range;
  iface->select_all = keel_task_selection_select_all;
  iface->unselect_all = keel_task_selection_unselect_all;
  iface->set_selection = keel_task_selection_set_selection;
}

static gboolean
is_not_in (gpointer key,
           gpointer value,
           gpointer user_data)
{
  return !g_hash_table_contains (user_data, key);
}

static gboolean
prune_cb (gpointer user_data)
{
  KeelTaskSelection *self = user_data;
  g_autoptr (GHashTable) there = g_hash_table_new_full (NULL, NULL, g_object_unref, NULL);
  guint n = g_list_model_get_n_items (self->rows);

  self->prune_source_id = 0;
  for (guint i = 0; i < n; i++)
    g_hash_table_add (there, g_list_model_get_item (self->rows, i));

  if (g_hash_table_foreach_remove (self->tasks, is_not_in, there) > 0)
    tell_all (self);

  return G_SOURCE_REMOVE;
}

static void
rows_changed_cb (GListModel        *rows,
                 guint              position,
                 guint              removed,
                 guint              added,
                 KeelTaskSelection *self)
{
  g_list_model_items_changed (G_LIST_MODEL (self), position, removed, added);
  if (removed > 0 && self->prune_source_id == 0 && g_hash_table_size (self->tasks) > 0)
    self->prune_source_id = g_idle_add (prune_cb, self);
}

static void
keel_task_selection_dispose (GObject *object)
{
  KeelTaskSelection *self = KEEL_TASK_SELECTION (object);

  g_clear_handle_id (&self->prune_source_id, g_source_remove);
  g_signal_handlers_disconnect_by_data (self->rows, self);
  g_hash_table_remove_all (self->tasks);

  G_OBJECT_CLASS (keel_task_selection_parent_class)->dispose (object);
}

static void
keel_task_selection_finalize (GObject *object)
{
  KeelTaskSelection *self = KEEL_TASK_SELECTION (object);

  g_clear_object (&self->rows);
  g_clear_pointer (&self->tasks, g_hash_table_unref);

  G_OBJECT_CLASS (keel_task_selection_parent_class)->finalize (object);
}

static void
keel_task_selection_class_init (KeelTaskSelectionClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = keel_task_selection_dispose;
  object_class->finalize = keel_task_selection_finalize;

  signals[CHANGED] = g_signal_new ("changed", KEEL_TYPE_TASK_SELECTION, G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 0);
}

static void
keel_task_selection_init (KeelTaskSelection *self)
{
  self->tasks = g_hash_table_new_full (NULL, NULL, g_object_unref, NULL);
}

/* @rows: of KeelTask, and of other objects that cannot be selected */
KeelTaskSelection *
keel_task_selection_new (GListModel *rows)
{
  KeelTaskSelection *self = g_object_new (KEEL_TYPE_TASK_SELECTION, NULL);

  self->rows = g_object_ref (rows);
  g_signal_connect (rows, "items-changed", G_CALLBACK (rows_changed_cb), self);

  return self;
}

/* Whether rows have ticks. */
gboolean
keel_task_selection_is_on (KeelTaskSelection *self)
{
  return g_hash_table_size (self->tasks) > 0;
}

guint
keel_task_selection_get_count (KeelTaskSelection *self)
{
  return g_hash_table_size (self->tasks);
}

gboolean
keel_task_selection_contains (KeelTaskSelection *self,
                              KeelTask          *task)
{
  return g_hash_table_contains (self->tasks, task);
}

/* Returns: (transfer full): the selected tasks, in the order of the rows */
GPtrArray *
keel_task_selection_dup_tasks (KeelTaskSelection *self)
{
  GPtrArray *tasks = g_ptr_array_new_with_free_func (g_object_unref);
  guint n = keel_task_selection_is_on (self) ? g_list_model_get_n_items (self->rows) : 0;

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (GObject) item = g_list_model_get_item (self->rows, i);

      if (g_hash_table_contains (self->tasks, item))
        g_ptr_array_add (tasks, g_steal_pointer (&item));
    }

  return tasks;
}

/* What a click on a row does while there are ticks. */
void
keel_task_selection_toggle (KeelTaskSelection *self,
                            guint              position)
{
  gboolean is_selected = keel_task_selection_is_selected (GTK_SELECTION_MODEL (self), position);

  if (set_selected (self, position, !is_selected))
    tell (self, position, 1);
}

void
keel_task_selection_clear (KeelTaskSelection *self)
{
  if (g_hash_table_size (self->tasks) == 0)
    return;

  g_hash_table_remove_all (self->tasks);
  tell_all (self);
}

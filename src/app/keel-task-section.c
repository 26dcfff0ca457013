/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-task-section.h"

#include <glib/gi18n.h>

#include "keel-day.h"
#include "keel-format.h"

/* One group of the list: its heading and the tasks below it, as a list model whose first item is
 * the section itself. GTK 4.8 has no section headers, so a heading is a row like any other; it is
 * there only while a task is below it. The section is its own heading so that nothing can be
 * headed wrongly; the reference is made when the item is asked for, so there is no cycle.
 *
 * The order is fixed by values that hardly change as long as a task stays in the section: its
 * number, its times; a name or a size becomes known once, and a row does not jump for that. What
 * waits is in the order of the queue, and who changes that takes a task out and puts it in anew.
 * Tasks are therefore found by bisection, with a walk as the way out, and a search only ever hides
 * rows.
 */

#define MANY 64

struct _KeelTaskSection {
  GObject parent_instance;

  KeelTaskFilter group;
  KeelTaskSort sort;
  guint day;                 /* of a section of finished tasks, as keel_day_of() counts */
  GListStore *tasks;         /* (owned), in order */
  GtkFilterListModel *found; /* (owned), those of tasks that are searched for */
};

static void keel_task_section_list_model_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (KeelTaskSection,
                               keel_task_section,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL,
                                                      keel_task_section_list_model_init))

static GDateTime *
end_of (KeelTask *task)
{
  GDateTime *finished = keel_task_get_finished (task);

  return finished != NULL ? finished : keel_task_get_created (task);
}

static int
compare_ids (KeelTask *a,
             KeelTask *b)
{
  guint64 id_a = keel_task_get_id (a);
  guint64 id_b = keel_task_get_id (b);

  return (id_a > id_b) - (id_a < id_b);
}

static int
compare_ranks (KeelTask *a,
               KeelTask *b)
{
  gint64 rank_a = keel_task_get_rank (a);
  gint64 rank_b = keel_task_get_rank (b);

  return (rank_a > rank_b) - (rank_a < rank_b);
}

static int
compare_names (KeelTask *a,
               KeelTask *b)
{
  const char *name_a = keel_task_get_name (a);
  const char *name_b = keel_task_get_name (b);

  return g_utf8_collate (name_a != NULL ? name_a : "", name_b != NULL ? name_b : "");
}

/* The largest comes first, what is not known last. */
static int
compare_sizes (KeelTask *a,
               KeelTask *b)
{
  gint64 bytes_a = keel_task_get_total (a);
  gint64 bytes_b = keel_task_get_total (b);

  return (bytes_a < bytes_b) - (bytes_a > bytes_b);
}

/* What will run first comes first; what ended last comes first. */
static int
compare_dates (gconstpointer a,
               gconstpointer b,
               gpointer      user_data)
{
  KeelTaskSection *self = user_data;
  KeelTask *task_a = (KeelTask *) a;
  KeelTask *task_b = (KeelTask *) b;
  int order = 0;

  if (self->group == KEEL_TASK_FILTER_ACTIVE)
    return compare_ids (task_a, task_b);

  if (self->group == KEEL_TASK_FILTER_WAITING)
    {
      order = (int) keel_task_get_priority (task_b) - (int) keel_task_get_priority (task_a);
      if (order == 0)
        order = compare_ranks (task_a, task_b);
      return order != 0 ? order : compare_ids (task_a, task_b);
    }

  if (end_of (task_a) != NULL && end_of (task_b) != NULL)
    order = g_date_time_compare (end_of (task_b), end_of (task_a));

  return order != 0 ? order : compare_ids (task_b, task_a);
}

static int
compare_tasks (gconstpointer a,
               gconstpointer b,
               gpointer      user_data)
{
  KeelTaskSection *self = user_data;
  int order = 0;

  if (self->sort == KEEL_TASK_SORT_NAME)
    order = compare_names ((KeelTask *) a, (KeelTask *) b);
  else if (self->sort == KEEL_TASK_SORT_SIZE)
    order = compare_sizes ((KeelTask *) a, (KeelTask *) b);

  return order != 0 ? order : compare_dates (a, b, user_data);
}

static int
compare_task_pointers (gconstpointer a,
                       gconstpointer b,
                       gpointer      user_data)
{
  return compare_tasks (*(KeelTask *const *) a, *(KeelTask *const *) b, user_data);
}

/* The first position whose task is not before @task. */
static guint
lower_bound (KeelTaskSection *self,
             KeelTask        *task)
{
  guint low = 0;
  guint high = g_list_model_get_n_items (G_LIST_MODEL (self->tasks));

  while (low < high)
    {
      guint middle = low + (high - low) / 2;
      g_autoptr (KeelTask) other = g_list_model_get_item (G_LIST_MODEL (self->tasks), middle);

      if (compare_tasks (other, task, self) < 0)
        low = middle + 1;
      else
        high = middle;
    }

  return low;
}

/* Forwards a change among the tasks, one row further down, with the heading coming and going. */
static void
found_items_changed_cb (GListModel      *found,
                        guint            position,
                        guint            removed,
                        guint            added,
                        KeelTaskSection *self)
{
  guint n_now = g_list_model_get_n_items (found);
  guint n_before = n_now - added + removed;

  if (n_before == 0 && n_now > 0)
    g_list_model_items_changed (G_LIST_MODEL (self), 0, 0, n_now + 1);
  else if (n_before > 0 && n_now == 0)
    g_list_model_items_changed (G_LIST_MODEL (self), 0, n_before + 1, 0);
  else if (removed > 0 || added > 0)
    g_list_model_items_changed (G_LIST_MODEL (self), position + 1, removed, added);
}

static GType
keel_task_section_get_item_type (GListModel *model)
{
  return G_TYPE_OBJECT;
}

static guint
keel_task_section_get_n_items (GListModel *model)
{
  KeelTaskSection *self = KEEL_TASK_SECTION (model);
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->found));

  return n > 0 ? n + 1 : 0;
}

static gpointer
keel_task_section_get_item (GListModel *model,
                            guint       position)
{
  KeelTaskSection *self = KEEL_TASK_SECTION (model);

  if (position > 0)
    return g_list_model_get_item (G_LIST_MODEL (self->found), position - 1);

  return g_list_model_get_n_items (G_LIST_MODEL (self->found)) > 0 ? g_object_ref (self) : NULL;
}

static void
keel_task_section_finalize (GObject *object)
{
  KeelTaskSection *self = KEEL_TASK_SECTION (object);

  g_signal_handlers_disconnect_by_data (self->found, self);
  g_clear_object (&self->found);
  g_clear_object (&self->tasks);

  G_OBJECT_CLASS (keel_task_section_parent_class)->finalize (object);
}

static void
keel_task_section_list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = keel_task_section_get_item_type;
  iface->get_n_items = keel_task_section_get_n_items;
  iface->get_item = keel_task_section_get_item;
}

static void
keel_task_section_class_init (KeelTaskSectionClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = keel_task_section_finalize;
}

static void
keel_task_section_init (KeelTaskSection *self)
{
  self->tasks = g_list_store_new (KEEL_TYPE_TASK);
}

/* @search: which tasks are shown; shared by all sections */
KeelTaskSection *
keel_task_section_new (KeelTaskFilter  group,
                       guint           day,
                       GtkFilter      *search)
{
  KeelTaskSection *self = g_object_new (KEEL_TYPE_TASK_SECTION, NULL);

  self->group = group;
  self->day = day;
  self->found = gtk_filter_list_model_new (G_LIST_MODEL (g_object_ref (self->tasks)),
                                           g_object_ref (search));
  g_signal_connect (self->found, "items-changed", G_CALLBACK (found_items_changed_cb), self);

  return self;
}

KeelTaskFilter
keel_task_section_get_group (KeelTaskSection *self)
{
  return self->group;
}

guint
keel_task_section_get_day (KeelTaskSection *self)
{
  return self->day;
}

/* Returns: (transfer none): all its tasks, shown or not */
GListModel *
keel_task_section_get_tasks (KeelTaskSection *self)
{
  return G_LIST_MODEL (self->tasks);
}

/* Whether it has no task at all, shown or not. */
gboolean
keel_task_section_is_empty (KeelTaskSection *self)
{
  return g_list_model_get_n_items (G_LIST_MODEL (self->tasks)) == 0;
}

char *
keel_task_section_dup_title (KeelTaskSection *self,
                             GDateTime       *now)
{
  switch (self->group)
    {
    case KEEL_TASK_FILTER_ACTIVE:
      return g_strdup (_("Active"));

    case KEEL_TASK_FILTER_WAITING:
      return g_strdup (_("Waiting"));

    case KEEL_TASK_FILTER_FAILED:
      return g_strdup (_("Failed"));

    case KEEL_TASK_FILTER_FINISHED:
    case KEEL_TASK_FILTER_ALL:
    default:
      {
        g_autoptr (KeelTask) task = g_list_model_get_item (G_LIST_MODEL (self->tasks), 0);

        return keel_format_day (task != NULL && end_of (task) != NULL ? end_of (task) : now, now);
      }
    }
}

void
keel_task_section_set_sort (KeelTaskSection *self,
                            KeelTaskSort     sort)
{
  if (self->sort == sort)
    return;

  self->sort = sort;
  g_list_store_sort (self->tasks, compare_tasks, self);
}

/* Files all of @tasks at their places. Neighbours go in together: filling the window with a long
 * history is a few changes of the model, not one a task. */
void
keel_task_section_add (KeelTaskSection *self,
                       GPtrArray       *tasks)
{
  g_ptr_array_sort_with_data (tasks, compare_task_pointers, self);

  for (guint start = 0, end; start < tasks->len; start = end)
    {
      guint position = lower_bound (self, g_ptr_array_index (tasks, start));
      g_autoptr (KeelTask) next = g_list_model_get_item (G_LIST_MODEL (self->tasks), position);

      for (end = start + 1; end < tasks->len; end++)
        {
          if (next != NULL && compare_tasks (next, g_ptr_array_index (tasks, end), self) < 0)
            break;
        }

      g_list_store_splice (self->tasks, position, 0, &g_ptr_array_index (tasks, start),
                           end - start);
    }
}

static void
remove_one (KeelTaskSection *self,
            KeelTask        *task)
{
  guint position = lower_bound (self, task);
  g_autoptr (KeelTask) there = g_list_model_get_item (G_LIST_MODEL (self->tasks), position);

  /* Its values have changed along with its state. */
  if (there != task && !g_list_store_find (self->tasks, task, &position))
    return;

  g_list_store_remove (self->tasks, position);
}

/* In one change, with those that stay taken out and put back: rows between them are made anew. */
static void
remove_many (KeelTaskSection *self,
             GPtrArray       *tasks)
{
  g_autoptr (GHashTable) going = g_hash_table_new (NULL, NULL);
  g_autoptr (GPtrArray) staying = g_ptr_array_new_with_free_func (g_object_unref);
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->tasks));

  for (guint i = 0; i < tasks->len; i++)
    g_hash_table_add (going, g_ptr_array_index (tasks, i));

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (KeelTask) task = g_list_model_get_item (G_LIST_MODEL (self->tasks), i);

      if (!g_hash_table_contains (going, task))
        g_ptr_array_add (staying, g_steal_pointer (&task));
    }

  g_list_store_splice (self->tasks, 0, n, staying->pdata, staying->len);
}

/* A few at a time, so that the rows around them stay what they are; many, as when all that has
 * finished is cleared, at once: each change costs the window something. */
void
keel_task_section_remove (KeelTaskSection *self,
                          GPtrArray       *tasks)
{
  if (tasks->len > MANY)
    remove_many (self, tasks);
  else
    for (guint i = 0; i < tasks->len; i++)
      remove_one (self, g_ptr_array_index (tasks, i));
}

static gboolean
is_in_place (KeelTaskSection *self,
             KeelTask        *task)
{
  GListModel *tasks = G_LIST_MODEL (self->tasks);
  g_autoptr (KeelTask) before = NULL;
  g_autoptr (KeelTask) after = NULL;
  guint position;

  if (!g_list_store_find (self->tasks, task, &position))
    return FALSE;

  before = position > 0 ? g_list_model_get_item (tasks, position - 1) : NULL;
  after = g_list_model_get_item (tasks, position + 1);

  return (before == NULL || compare_tasks (before, task, self) < 0) &&
         (after == NULL || compare_tasks (task, after, self) < 0);
}

/* @tasks are filed here, and each may be at a wrong place now. All of them go out, and then in:
 * between two that are wrong there is no right place. */
void
keel_task_section_put_right (KeelTaskSection *self,
                             GPtrArray       *tasks)
{
  if (tasks->len == 1 && is_in_place (self, g_ptr_array_index (tasks, 0)))
    return;

  keel_task_section_remove (self, tasks);
  keel_task_section_add (self, tasks);
}

/* The day under which a task that has ended is put away. */
guint
keel_task_section_day_for (KeelTask *task)
{
  return end_of (task) != NULL ? keel_day_of (end_of (task)) : 0;
}

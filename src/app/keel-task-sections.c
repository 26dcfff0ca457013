/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-task-sections.h"

#include "keel-speed-log.h"
#include "keel-task-search.h"
#include "keel-task-section.h"

/* All tasks, filed: a flat list of headings and tasks that a GtkListView shows.
 *
 *   tasks of the manager -> a KeelTaskSection a group (and a day) -> those chosen -> flattened
 *
 * Invariants
 *   - A task is filed by its state alone, and re-filed only when keel_task_sections_refile() says
 *     that its state is another one. Progress never reaches a model.
 *   - A task is in one section or in none (hidden: its removal can still be undone).
 *   - The counts are of states, kept as they change; they do not depend on filter or search.
 *   - A task that is held (under the pointer, or focused) keeps its place; it is filed anew when
 *     the hold is given up. But where it stands in the queue is somebody's wish, which shows at
 *     once.
 *   - Before a place is looked for in a section all tasks in it are in order: those whose rank has
 *     changed are put right first, all together, since among wrong ones nothing is found. */

/* Where a task is, and as what it was counted. */
typedef struct {
  KeelTaskSection *section; /* NULL: hidden */
  KeelTaskState state;
  KeelWaitReason wait_reason;
} KeelPlace;

struct _KeelTaskSections {
  GObject parent_instance;

  GListModel *source; /* (owned), of KeelTask */
  GPtrArray *mirror;  /* (owned), what source held: it does not say what it removes */
  GHashTable *places; /* (owned), KeelTask -> KeelPlace */

  GListStore *sections;      /* (owned), in the order of the window */
  GtkFlattenListModel *rows; /* (owned) */
  GtkCustomFilter *chosen;   /* (owned), which sections */
  GtkCustomFilter *searched; /* (owned), which tasks */

  KeelTaskFilter filter;
  KeelTaskSearch *search; /* (owned) (nullable) */
  KeelTask *held;         /* (owned) (nullable) */
  gboolean held_is_misfiled;
  GHashTable *ranked; /* (owned), a set of KeelTask whose rank has changed: out of order */
  guint ranked_source_id;
  guint counts[KEEL_TASK_STATE_CANCELLED + 1];
  GHashTable *waits; /* (owned), KeelWaitReason -> how many wait with it */
  KeelTaskSort sort;
};

enum {
  CHANGED,
  RERANKED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (KeelTaskSections, keel_task_sections, G_TYPE_OBJECT)

static gboolean
is_chosen (gpointer item,
           gpointer user_data)
{
  KeelTaskSections *self = user_data;

  return self->filter == KEEL_TASK_FILTER_ALL ||
         self->filter == keel_task_section_get_group (KEEL_TASK_SECTION (item));
}

static gboolean
is_searched (gpointer item,
             gpointer user_data)
{
  KeelTaskSections *self = user_data;

  return keel_task_search_matches (self->search, KEEL_TASK (item));
}

/* The section for @group and @day, made if there is none. There are as many as days with
 * downloads, so walking over them is no matter. */
static KeelTaskSection *
section_for (KeelTaskSections *self,
             KeelTaskFilter    group,
             guint             day)
{
  g_autoptr (KeelTaskSection) section = NULL;
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->sections));
  guint position;

  for (position = 0; position < n; position++)
    {
      g_autoptr (KeelTaskSection) other = NULL;
      KeelTaskFilter other_group;

      other = g_list_model_get_item (G_LIST_MODEL (self->sections), position);
      other_group = keel_task_section_get_group (other);
      if (other_group == group && keel_task_section_get_day (other) == day)
        return other;
      if (keel_task_filter_get_rank (other_group) > keel_task_filter_get_rank (group) ||
          (other_group == group && keel_task_section_get_day (other) < day))
        break;
    }

  section = keel_task_section_new (group, day, GTK_FILTER (self->searched));
  keel_task_section_set_sort (section, self->sort);
  g_list_store_insert (self->sections, position, section);

  return section;
}

static KeelTaskSection *
section_for_task (KeelTaskSections *self,
                  KeelTask         *task)
{
  KeelTaskFilter group = keel_task_filter_for_state (keel_task_get_state (task));

  return section_for (self, group,
                      group == KEEL_TASK_FILTER_FINISHED ? keel_task_section_day_for (task) : 0);
}

static void
drop_if_empty (KeelTaskSections *self,
               KeelTaskSection  *section)
{
  guint position;

  if (keel_task_section_is_empty (section) &&
      keel_task_section_get_group (section) == KEEL_TASK_FILTER_FINISHED &&
      g_list_store_find (self->sections, section, &position))
    g_list_store_remove (self->sections, position);
}

/* Counts a place as one more or one less of its kind. */
static void
count (KeelTaskSections *self,
       const KeelPlace  *place,
       int               change)
{
  gpointer reason = GINT_TO_POINTER (place->wait_reason);
  guint n = GPOINTER_TO_UINT (g_hash_table_lookup (self->waits, reason));

  self->counts[place->state] = (guint) ((int) self->counts[place->state] + change);
  if (place->state == KEEL_TASK_STATE_WAITING)
    g_hash_table_insert (self->waits, reason, GUINT_TO_POINTER ((guint) ((int) n + change)));
}

/* @place: is counted; what has become of @task counts from now on */
static void
count_anew (KeelTaskSections *self,
            KeelPlace        *place,
            KeelTask         *task)
{
  count (self, place, -1);
  place->state = keel_task_get_state (task);
  place->wait_reason = keel_task_get_wait_reason (task);
  count (self, place, 1);
}

static void
place_in (KeelTaskSections *self,
          KeelTask         *task,
          KeelTaskSection  *section)
{
  KeelPlace *place = g_new0 (KeelPlace, 1);

  place->section = section;
  place->state = keel_task_get_state (task);
  place->wait_reason = keel_task_get_wait_reason (task);
  count (self, place, 1);
  g_hash_table_insert (self->places, g_object_ref (task), place);
}

/* Puts those whose rank has changed into their places. */
static void
put_right (KeelTaskSections *self)
{
  g_autoptr (GHashTable) ranked = NULL;
  g_autoptr (GHashTable) heaps = NULL;
  GHashTableIter iter;
  gpointer task, section, heap;

  g_clear_handle_id (&self->ranked_source_id, g_source_remove);
  if (g_hash_table_size (self->ranked) == 0)
    return;

  ranked = g_steal_pointer (&self->ranked);
  self->ranked = g_hash_table_new_full (NULL, NULL, g_object_unref, NULL);
  heaps = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) g_ptr_array_unref);

  g_hash_table_iter_init (&iter, ranked);
  while (g_hash_table_iter_next (&iter, &task, NULL))
    {
      KeelPlace *place = g_hash_table_lookup (self->places, task);

      if (place == NULL || place->section == NULL)
        continue;

      section = place->section;
      heap = g_hash_table_lookup (heaps, section);
      if (heap == NULL)
        g_hash_table_insert (heaps, section, heap = g_ptr_array_new ());
      g_ptr_array_add (heap, task);
    }

  g_hash_table_iter_init (&iter, heaps);
  while (g_hash_table_iter_next (&iter, &section, &heap))
    keel_task_section_put_right (section, heap);

  g_hash_table_iter_init (&iter, ranked);
  while (g_hash_table_iter_next (&iter, &task, NULL))
    g_signal_emit (self, signals[RERANKED], 0, task);
}

static gboolean
put_right_cb (gpointer user_data)
{
  KeelTaskSections *self = user_data;

  self->ranked_source_id = 0;
  put_right (self);

  return G_SOURCE_REMOVE;
}

/* Files @tasks, which are not filed yet, section by section. */
static void
file_tasks (KeelTaskSections *self,
            GPtrArray        *tasks)
{
  g_autoptr (GHashTable) heaps = NULL;
  GHashTableIter iter;
  gpointer section, heap;

  put_right (self);
  heaps = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) g_ptr_array_unref);
  for (guint i = 0; i < tasks->len; i++)
    {
      KeelTask *task = g_ptr_array_index (tasks, i);

      section = section_for_task (self, task);
      heap = g_hash_table_lookup (heaps, section);
      if (heap == NULL)
        g_hash_table_insert (heaps, section, heap = g_ptr_array_new ());

      g_ptr_array_add (heap, task);
      place_in (self, task, section);
    }

  g_hash_table_iter_init (&iter, heaps);
  while (g_hash_table_iter_next (&iter, &section, &heap))
    keel_task_section_add (section, heap);
}

/* A task that goes is not held any more. */
static void
let_go (KeelTaskSections *self,
        KeelTask         *task)
{
  if (self->held != task)
    return;

  g_clear_object (&self->held);
  self->held_is_misfiled = FALSE;
}

/* Takes @tasks out of their sections, their counts and the table, section by section. */
static void
unfile_tasks (KeelTaskSections *self,
              GPtrArray        *tasks)
{
  g_autoptr (GHashTable) heaps = NULL;
  GHashTableIter iter;
  gpointer section, heap;

  heaps = g_hash_table_new_full (NULL, NULL, g_object_unref, (GDestroyNotify) g_ptr_array_unref);
  for (guint i = 0; i < tasks->len; i++)
    {
      KeelTask *task = g_ptr_array_index (tasks, i);
      KeelPlace *place = g_hash_table_lookup (self->places, task);

      let_go (self, task);
      if (place != NULL && place->section != NULL)
        {
          heap = g_hash_table_lookup (heaps, place->section);
          if (heap == NULL)
            g_hash_table_insert (heaps, g_object_ref (place->section), heap = g_ptr_array_new ());

          g_ptr_array_add (heap, task);
          count (self, place, -1);
        }
      g_hash_table_remove (self->places, task);
    }

  g_hash_table_iter_init (&iter, heaps);
  while (g_hash_table_iter_next (&iter, &section, &heap))
    {
      keel_task_section_remove (section, heap);
      drop_if_empty (self, section);
    }
}

static void
source_items_changed_cb (GListModel       *source,
                         guint             position,
                         guint             removed,
                         guint             added,
                         KeelTaskSections *self)
{
  g_autoptr (GPtrArray) gone = g_ptr_array_sized_new (removed);
  g_autoptr (GPtrArray) arrived = g_ptr_array_sized_new (added);

  for (guint i = 0; i < removed; i++)
    g_ptr_array_add (gone, g_ptr_array_index (self->mirror, position + i));
  unfile_tasks (self, gone);
  if (removed > 0)
    g_ptr_array_remove_range (self->mirror, position, removed);

  for (guint i = 0; i < added; i++)
    {
      KeelTask *task = g_list_model_get_item (source, position + i);

      g_ptr_array_add (arrived, task);
      g_ptr_array_insert (self->mirror, (int) (position + i), task);
    }
  file_tasks (self, arrived);

  g_signal_emit (self, signals[CHANGED], 0);
}

static void
keel_task_sections_dispose (GObject *object)
{
  KeelTaskSections *self = KEEL_TASK_SECTIONS (object);

  if (self->source != NULL)
    g_signal_handlers_disconnect_by_data (self->source, self);
  g_clear_handle_id (&self->ranked_source_id, g_source_remove);
  gtk_custom_filter_set_filter_func (self->chosen, NULL, NULL, NULL);
  gtk_custom_filter_set_filter_func (self->searched, NULL, NULL, NULL);
  g_clear_object (&self->source);
  g_clear_object (&self->held);

  G_OBJECT_CLASS (keel_task_sections_parent_class)->dispose (object);
}

static void
keel_task_sections_finalize (GObject *object)
{
  KeelTaskSections *self = KEEL_TASK_SECTIONS (object);

  g_clear_object (&self->rows);
  g_clear_object (&self->sections);
  g_clear_object (&self->chosen);
  g_clear_object (&self->searched);
  g_clear_pointer (&self->places, g_hash_table_unref);
  g_clear_pointer (&self->waits, g_hash_table_unref);
  g_clear_pointer (&self->ranked, g_hash_table_unref);
  g_clear_pointer (&self->mirror, g_ptr_array_unref);
  g_clear_pointer (&self->search, keel_task_search_free);

  G_OBJECT_CLASS (keel_task_sections_parent_class)->finalize (object);
}

static void
keel_task_sections_class_init (KeelTaskSectionsClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = keel_task_sections_dispose;
  object_class->finalize = keel_task_sections_finalize;

  signals[CHANGED] = g_signal_new ("changed", KEEL_TYPE_TASK_SECTIONS, G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 0);
  signals[RERANKED] = g_signal_new ("reranked", KEEL_TYPE_TASK_SECTIONS, G_SIGNAL_RUN_LAST, 0, NULL,
                                    NULL, NULL, G_TYPE_NONE, 1, KEEL_TYPE_TASK);
}

static void
keel_task_sections_init (KeelTaskSections *self)
{
  GtkFilterListModel *shown;

  self->mirror = g_ptr_array_new_with_free_func (g_object_unref);
  self->places = g_hash_table_new_full (NULL, NULL, g_object_unref, g_free);
  self->waits = g_hash_table_new (NULL, NULL);
  self->ranked = g_hash_table_new_full (NULL, NULL, g_object_unref, NULL);
  self->chosen = gtk_custom_filter_new (is_chosen, self, NULL);
  self->searched = gtk_custom_filter_new (is_searched, self, NULL);
  self->sections = g_list_store_new (KEEL_TYPE_TASK_SECTION);
  shown = gtk_filter_list_model_new (G_LIST_MODEL (g_object_ref (self->sections)),
                                     GTK_FILTER (g_object_ref (self->chosen)));
  self->rows = gtk_flatten_list_model_new (G_LIST_MODEL (shown));
}

/* @tasks: of KeelTask; each of them once */
KeelTaskSections *
keel_task_sections_new (GListModel *tasks)
{
  KeelTaskSections *self = g_object_new (KEEL_TYPE_TASK_SECTIONS, NULL);

  self->source = g_object_ref (tasks);
  g_signal_connect (tasks, "items-changed", G_CALLBACK (source_items_changed_cb), self);
  source_items_changed_cb (tasks, 0, 0, g_list_model_get_n_items (tasks), self);

  return self;
}

/* Returns: (transfer none): KeelTaskSection (the headings) and KeelTask */
GListModel *
keel_task_sections_get_rows (KeelTaskSections *self)
{
  return G_LIST_MODEL (self->rows);
}

guint
keel_task_sections_count_state (KeelTaskSections *self,
                                KeelTaskState     state)
{
  return self->counts[state];
}

/* How many wait with @reason. */
guint
keel_task_sections_count_waiting (KeelTaskSections *self,
                                  KeelWaitReason    reason)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (self->waits, GINT_TO_POINTER (reason)));
}

guint
keel_task_sections_get_count (KeelTaskSections *self,
                              KeelTaskFilter    filter)
{
  guint count = 0;

  for (guint state = 0; state < G_N_ELEMENTS (self->counts); state++)
    {
      if (filter == KEEL_TASK_FILTER_ALL || filter == keel_task_filter_for_state (state))
        count += self->counts[state];
    }

  return count;
}

/* Walks over the section of what runs only, which is short. One that is held there does not run. */
void
keel_task_sections_sum_active (KeelTaskSections *self,
                               KeelTaskTotals   *totals)
{
  KeelTaskSection *section = section_for (self, KEEL_TASK_FILTER_ACTIVE, 0);
  GListModel *tasks = keel_task_section_get_tasks (section);
  guint n = g_list_model_get_n_items (tasks);

  *totals = (KeelTaskTotals) { 0 };
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (KeelTask) task = g_list_model_get_item (tasks, i);
      guint64 received_bytes = keel_task_get_received (task);
      gint64 total_bytes = keel_task_get_total (task);

      if (keel_task_filter_for_state (keel_task_get_state (task)) != KEEL_TASK_FILTER_ACTIVE)
        continue;

      totals->rate_bps += keel_task_get_rate (task);
      totals->received_bytes += received_bytes;
      if (total_bytes < 0)
        totals->left_bytes = -1;
      else if (totals->left_bytes >= 0)
        totals->left_bytes += MAX (total_bytes - (gint64) received_bytes, 0);
    }
}

/* Writes down how fast each task is that runs; once a second. */
void
keel_task_sections_log_speed (KeelTaskSections *self,
                              gint64            now_usec)
{
  KeelTaskSection *section = section_for (self, KEEL_TASK_FILTER_ACTIVE, 0);
  GListModel *tasks = keel_task_section_get_tasks (section);
  guint n = g_list_model_get_n_items (tasks);

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (KeelTask) task = g_list_model_get_item (tasks, i);

      keel_speed_log_sample (task, now_usec);
    }
}

/* Whether the removal of @task has begun. */
gboolean
keel_task_sections_is_hidden (KeelTaskSections *self,
                              KeelTask         *task)
{
  KeelPlace *place = g_hash_table_lookup (self->places, task);

  return place == NULL || place->section == NULL;
}

/* Where @task is in the rows; FALSE if it is not shown. */
gboolean
keel_task_sections_find (KeelTaskSections *self,
                         KeelTask         *task,
                         guint            *position)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->rows));

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (GObject) item = g_list_model_get_item (G_LIST_MODEL (self->rows), i);

      if (item == (GObject *) task)
        {
          *position = i;
          return TRUE;
        }
    }

  return FALSE;
}

void
keel_task_sections_set_filter (KeelTaskSections *self,
                               KeelTaskFilter    filter)
{
  if (self->filter == filter)
    return;

  self->filter = filter;
  gtk_filter_changed (GTK_FILTER (self->chosen), GTK_FILTER_CHANGE_DIFFERENT);
}

/* How tasks are ordered within their sections. */
void
keel_task_sections_set_sort (KeelTaskSections *self,
                             KeelTaskSort      sort)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->sections));

  if (self->sort == sort)
    return;

  self->sort = sort;
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (KeelTaskSection) section = NULL;

      section = g_list_model_get_item (G_LIST_MODEL (self->sections), i);
      keel_task_section_set_sort (section, sort);
    }
}

/* @search: (nullable): what somebody has typed */
void
keel_task_sections_set_search (KeelTaskSections *self,
                               const char       *search)
{
  g_autoptr (KeelTaskSearch) wanted = keel_task_search_new (search);

  if (keel_task_search_equal (wanted, self->search))
    return;

  g_clear_pointer (&self->search, keel_task_search_free);
  self->search = g_steal_pointer (&wanted);
  gtk_filter_changed (GTK_FILTER (self->searched), GTK_FILTER_CHANGE_DIFFERENT);
}

/* Takes @tasks out of sight and out of the counts, or puts them back. */
void
keel_task_sections_set_hidden (KeelTaskSections *self,
                               GPtrArray        *tasks,
                               gboolean          hidden)
{
  g_autoptr (GPtrArray) changed = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < tasks->len; i++)
    {
      KeelTask *task = g_ptr_array_index (tasks, i);
      KeelPlace *place = g_hash_table_lookup (self->places, task);

      if (place != NULL && (place->section == NULL) != hidden)
        g_ptr_array_add (changed, g_object_ref (task));
    }
  if (changed->len == 0)
    return;

  unfile_tasks (self, changed);
  if (hidden)
    {
      for (guint i = 0; i < changed->len; i++)
        g_hash_table_insert (self->places, g_object_ref (g_ptr_array_index (changed, i)),
                             g_new0 (KeelPlace, 1));
    }
  else
    {
      file_tasks (self, changed);
    }

  g_signal_emit (self, signals[CHANGED], 0);
}

static void
move_task (KeelTaskSections *self,
           KeelTask         *task)
{
  g_autoptr (GPtrArray) tasks = g_ptr_array_new_with_free_func (g_object_unref);

  g_ptr_array_add (tasks, g_object_ref (task));
  unfile_tasks (self, tasks);
  file_tasks (self, tasks);
}

/* Keeps @task where it is, whatever its state becomes, until another one or %NULL is held. */
void
keel_task_sections_hold (KeelTaskSections *self,
                         KeelTask         *task)
{
  g_autoptr (KeelTask) former = g_steal_pointer (&self->held);
  gboolean former_is_misfiled = self->held_is_misfiled;

  if (former == task)
    {
      self->held = g_steal_pointer (&former);
      return;
    }

  self->held = task != NULL ? g_object_ref (task) : NULL;
  self->held_is_misfiled = FALSE;
  if (former != NULL && former_is_misfiled)
    move_task (self, former);
}

/* @task has another rank or priority than it had: several may have, one after the other. */
void
keel_task_sections_rerank (KeelTaskSections *self,
                           KeelTask         *task)
{
  KeelPlace *place = g_hash_table_lookup (self->places, task);

  if (place == NULL || place->section == NULL)
    return;

  g_hash_table_add (self->ranked, g_object_ref (task));
  if (self->ranked_source_id == 0)
    self->ranked_source_id = g_idle_add_full (G_PRIORITY_DEFAULT, put_right_cb, self, NULL);
}

/* @task has another state than it had. */
void
keel_task_sections_refile (KeelTaskSections *self,
                           KeelTask         *task)
{
  KeelPlace *place = g_hash_table_lookup (self->places, task);
  KeelTaskState state = keel_task_get_state (task);

  put_right (self);
  if (place == NULL || place->section == NULL ||
      (place->state == state && place->wait_reason == keel_task_get_wait_reason (task)))
    return;

  if (task == self->held)
    {
      self->held_is_misfiled = self->held_is_misfiled || place->state != state;
      count_anew (self, place, task);
    }
  else if (keel_task_filter_for_state (place->state) == keel_task_filter_for_state (state) &&
           keel_task_filter_for_state (state) != KEEL_TASK_FILTER_FINISHED)
    {
      count_anew (self, place, task);
    }
  else
    {
      move_task (self, task);
    }

  g_signal_emit (self, signals[CHANGED], 0);
}

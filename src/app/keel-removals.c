/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-removals.h"

#include <glib/gi18n.h>

#include "keel-error-words.h"
#include "keel-format.h"

/* Removing with second thoughts. A removed task leaves the list at once, but the service is only
 * told when the toast that offers Undo has gone, or when the window closes: until then not a byte
 * has been touched and undoing is showing the row again.
 *
 * Whatever is removed while the toast stands joins what it stands for, so there is one toast and
 * one Undo. Files go to the trash at the same moment, if that was asked for; a task whose file will
 * not go stays in the list. The application is held while the service is being told, because that
 * may be the last thing it does. */

/* A toast cuts its end off, and that is what says what has happened. */
#define WIDE_COLUMNS 40
#define NARROW_COLUMNS 14
#define NARROW_BELOW 560

struct _KeelRemovals {
  GObject parent_instance;

  KeelManager *manager;       /* (owned) */
  KeelTaskSections *sections; /* (owned) */
  AdwToastOverlay *overlay;   /* (owned) */

  GPtrArray *pending; /* (owned), of KeelTask, hidden */
  GHashTable *trash;  /* (owned), those of them whose files go to the trash */
  AdwToast *toast;    /* (owned) (nullable) */
};

enum {
  PROP_0,
  PROP_PENDING,
  N_PROPS,
};

enum {
  UNDONE,
  N_SIGNALS,
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (KeelRemovals, keel_removals, G_TYPE_OBJECT)

/* One call to the service that carries removals out. */
typedef struct {
  KeelRemovals *self;        /* (owned) */
  GApplication *application; /* (owned), held */
  GPtrArray *tasks;          /* (owned) */
} Carrying;

static void
carrying_free (Carrying *carrying)
{
  g_application_release (carrying->application);
  g_object_unref (carrying->application);
  g_object_unref (carrying->self);
  g_ptr_array_unref (carrying->tasks);
  g_free (carrying);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Carrying, carrying_free)

static void
removed_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr (Carrying) carrying = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) refused = NULL;
  g_autofree char *words = NULL;

  refused = keel_manager_control_finish (KEEL_MANAGER (source), result, &error);
  if (refused != NULL && g_variant_n_children (refused) == 0)
    return;

  /* Those that are gone all the same do not come back. */
  keel_task_sections_set_hidden (carrying->self->sections, carrying->tasks, FALSE);
  words = error != NULL ? keel_error_words_for_call (error) :
                          g_strdup (_("This is not possible now"));
  adw_toast_overlay_add_toast (carrying->self->overlay, adw_toast_new (words));
}

/* Lets go of the toast; nothing happens to what it stood for. */
static void
drop_toast (KeelRemovals *self)
{
  g_autoptr (AdwToast) toast = g_steal_pointer (&self->toast);

  if (toast == NULL)
    return;

  g_signal_handlers_disconnect_by_data (toast, self);
  adw_toast_dismiss (toast);
}

static char *
title_for (KeelRemovals *self)
{
  GPtrArray *tasks = self->pending;
  gboolean is_narrow = gtk_widget_get_width (GTK_WIDGET (self->overlay)) < NARROW_BELOW;
  g_autofree char *title = NULL;

  if (tasks->len == 1)
    {
      KeelTask *task = g_ptr_array_index (tasks, 0);
      g_autofree char *short_name = NULL;
      const char *name = keel_task_get_title (task);

      if (name == NULL || *name == '\0')
        name = keel_task_get_name (task);
      short_name = keel_format_short_name (name, is_narrow ? NARROW_COLUMNS : WIDE_COLUMNS);

      /* Translators: %s is the name of a file. */
      title = g_strdup_printf (g_hash_table_contains (self->trash, task) ?
                                 _("“%s” moved to trash") :
                                 _("“%s” removed"),
                               short_name);
    }
  else
    {
      title = g_strdup_printf (ngettext ("%d download removed", "%d downloads removed", tasks->len),
                               (int) tasks->len);
    }

  /* A toast reads its title as markup. */
  return g_markup_escape_text (title, -1);
}

static void
show_toast (KeelRemovals *self)
{
  g_autofree char *title = title_for (self);

  drop_toast (self);
  self->toast = adw_toast_new (title);
  adw_toast_set_button_label (self->toast, _("Undo"));
  g_signal_connect_swapped (self->toast, "button-clicked", G_CALLBACK (keel_removals_undo), self);
  g_signal_connect_swapped (self->toast, "dismissed", G_CALLBACK (keel_removals_carry_out), self);
  adw_toast_overlay_add_toast (self->overlay, g_object_ref (self->toast));
}

static GPtrArray *
steal_pending (KeelRemovals *self)
{
  GPtrArray *tasks = g_steal_pointer (&self->pending);

  self->pending = g_ptr_array_new_with_free_func (g_object_unref);
  g_hash_table_remove_all (self->trash);
  drop_toast (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PENDING]);

  return tasks;
}

static void
keel_removals_get_property (GObject    *object,
                            guint       prop_id,
                            GValue     *value,
                            GParamSpec *pspec)
{
  KeelRemovals *self = KEEL_REMOVALS (object);

  switch (prop_id)
    {
    case PROP_PENDING:
      g_value_set_boolean (value, keel_removals_get_pending (self));
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
keel_removals_dispose (GObject *object)
{
  KeelRemovals *self = KEEL_REMOVALS (object);

  drop_toast (self);
  g_clear_object (&self->manager);
  g_clear_object (&self->sections);
  g_clear_object (&self->overlay);
  g_clear_pointer (&self->pending, g_ptr_array_unref);
  g_clear_pointer (&self->trash, g_hash_table_unref);

  G_OBJECT_CLASS (keel_removals_parent_class)->dispose (object);
}

static void
keel_removals_class_init (KeelRemovalsClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = keel_removals_get_property;
  object_class->dispose = keel_removals_dispose;

  properties[PROP_PENDING] = g_param_spec_boolean ("pending", NULL, NULL, FALSE,
                                                   G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  signals[UNDONE] = g_signal_new ("undone", KEEL_TYPE_REMOVALS, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                  NULL, G_TYPE_NONE, 1, KEEL_TYPE_TASK);
}

static void
keel_removals_init (KeelRemovals *self)
{
  self->pending = g_ptr_array_new_with_free_func (g_object_unref);
  self->trash = g_hash_table_new_full (NULL, NULL, g_object_unref, NULL);
}

KeelRemovals *
keel_removals_new (KeelManager      *manager,
                   KeelTaskSections *sections,
                   AdwToastOverlay  *overlay)
{
  KeelRemovals *self = g_object_new (KEEL_TYPE_REMOVALS, NULL);

  self->manager = g_object_ref (manager);
  self->sections = g_object_ref (sections);
  self->overlay = g_object_ref (overlay);

  return self;
}

gboolean
keel_removals_get_pending (KeelRemovals *self)
{
  return self->pending->len > 0;
}

/* @tasks: of KeelTask; out of the list now, out of the service later */
void
keel_removals_add (KeelRemovals *self,
                   GPtrArray    *tasks)
{
  if (tasks->len == 0)
    return;

  for (guint i = 0; i < tasks->len; i++)
    g_ptr_array_add (self->pending, g_object_ref (g_ptr_array_index (tasks, i)));
  keel_task_sections_set_hidden (self->sections, tasks, TRUE);

  show_toast (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PENDING]);
}

/* As keel_removals_add(), and what @task has finished goes to the trash. */
void
keel_removals_add_with_file (KeelRemovals *self,
                             KeelTask     *task)
{
  g_autoptr (GPtrArray) tasks = g_ptr_array_new_with_free_func (g_object_unref);

  g_ptr_array_add (tasks, g_object_ref (task));
  g_hash_table_add (self->trash, g_object_ref (task));
  keel_removals_add (self, tasks);
}

void
keel_removals_undo (KeelRemovals *self)
{
  g_autoptr (GPtrArray) tasks = steal_pending (self);

  keel_task_sections_set_hidden (self->sections, tasks, FALSE);
  if (tasks->len > 0)
    g_signal_emit (self, signals[UNDONE], 0, g_ptr_array_index (tasks, 0));
}

/* Tells the service about @tasks, for good. Takes them. */
static void
tell_service (KeelRemovals *self,
              GPtrArray    *taken)
{
  g_autoptr (GPtrArray) tasks = taken;
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (guint64));
  Carrying *carrying;

  for (guint i = 0; i < tasks->len; i++)
    {
      guint64 id = keel_task_get_id (g_ptr_array_index (tasks, i));

      /* Somebody else may have been faster, and one unknown id would refuse them all. */
      if (keel_manager_get_task (self->manager, id) != NULL)
        g_array_append_val (ids, id);
    }

  if (ids->len == 0)
    return;

  carrying = g_new0 (Carrying, 1);
  carrying->self = g_object_ref (self);
  carrying->application = g_object_ref (g_application_get_default ());
  carrying->tasks = g_steal_pointer (&tasks);
  g_application_hold (carrying->application);
  keel_manager_control_async (self->manager, KEEL_VERB_REMOVE, (const guint64 *) (void *) ids->data,
                              ids->len, NULL, removed_cb, carrying);
}

/* A file has gone to the trash, or will not. */
static void
trashed_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr (Carrying) carrying = user_data;
  g_autoptr (GError) error = NULL;

  if (g_file_trash_finish (G_FILE (source), result, &error) ||
      g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    {
      tell_service (carrying->self, g_ptr_array_ref (carrying->tasks));
    }
  else
    {
      g_autofree char *words = g_markup_escape_text (error->message, -1);

      keel_task_sections_set_hidden (carrying->self->sections, carrying->tasks, FALSE);
      adw_toast_overlay_add_toast (carrying->self->overlay, adw_toast_new (words));
    }
}

static void
trash (KeelRemovals *self,
       KeelTask     *task)
{
  Carrying *carrying = g_new0 (Carrying, 1);

  carrying->self = g_object_ref (self);
  carrying->application = g_object_ref (g_application_get_default ());
  carrying->tasks = g_ptr_array_new_with_free_func (g_object_unref);
  g_ptr_array_add (carrying->tasks, g_object_ref (task));
  g_application_hold (carrying->application);
  g_file_trash_async (keel_task_get_file (task), G_PRIORITY_DEFAULT, NULL, trashed_cb, carrying);
}

/* The toast has gone: what it stood for is done. */
void
keel_removals_carry_out (KeelRemovals *self)
{
  g_autoptr (GHashTable) to_trash = g_steal_pointer (&self->trash);
  g_autoptr (GPtrArray) tasks = NULL;
  g_autoptr (GPtrArray) others = g_ptr_array_new_with_free_func (g_object_unref);

  self->trash = g_hash_table_new_full (NULL, NULL, g_object_unref, NULL);
  tasks = steal_pending (self);
  for (guint i = 0; i < tasks->len; i++)
    {
      KeelTask *task = g_ptr_array_index (tasks, i);

      if (g_hash_table_contains (to_trash, task) && keel_task_get_file (task) != NULL)
        trash (self, task);
      else
        g_ptr_array_add (others, g_object_ref (task));
    }

  tell_service (self, g_steal_pointer (&others));
}

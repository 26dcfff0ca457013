/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "keel-task-sync.h"

#include "keel-error.h"
#include "keel-task-private.h"

/* One walk through all tasks of a session or manager: begin to watch (so that no change is missed
 * from here on), then read page after page. A page tells everything between two ids, so each is
 * handed on by itself and no more than one is held in memory. */

/* Text may be read at a glance, bars are drawn between two numbers: five times a second is enough.
 */
#define PROGRESS_INTERVAL_MSEC 200

/* Reading one page must not hold up the main loop for longer than a frame. */
#define PAGE_LENGTH 400

struct _KeelTaskSync {
  GObject parent_instance;

  KeelRemote *remote; /* (owned) */
  KeelLinkCallMode mode;
  gboolean watch;
  const char *const *fields; /* (nullable) static; the keys of rows that are wanted */
  guint64 last_tick;
  KeelTaskSyncPageFunc page_func;
  gpointer user_data;

  char *owner; /* (owned) (nullable) who answered */
  guint64 generation;
  guint lease_msec;
  guint64 after;
};

G_DEFINE_FINAL_TYPE (KeelTaskSync, keel_task_sync, G_TYPE_OBJECT)

/* (transfer floating): none means all. */
GVariant *
keel_task_sync_create_fields (const char *const *fields)
{
  return g_variant_new_strv (fields, fields != NULL ? -1 : 0);
}

static void keel_task_sync_get_page (KeelTaskSync *self, GTask *task);

static guint64
get_last_id (GVariant *rows)
{
  g_autoptr (GVariant) row = NULL;
  const gsize n_rows = g_variant_n_children (rows);
  guint64 id = 0;

  if (n_rows > 0)
    {
      row = g_variant_get_child_value (rows, n_rows - 1);
      id = keel_task_peek_id (row);
    }
  return id;
}

static void
page_got_cb (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  KeelTaskSync *self = g_task_get_source_object (task);
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) rows = NULL;
  g_autoptr (GVariant) info = NULL;
  gboolean more = FALSE;
  guint64 generation, after, last;
  GError *error = NULL;

  reply = keel_remote_call_finish (self->remote, result, &error);
  if (reply == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  if (g_task_return_error_if_cancelled (task))
    return;

  g_variant_get (reply, "(t@aa{sv}@a{sv})", &generation, &rows, &info);
  g_variant_lookup (info, "more", "b", &more);
  last = get_last_id (rows);
  if (last <= self->after) /* no way forward: nothing, or nonsense */
    more = FALSE;

  after = self->after;
  self->after = last;
  /* The service makes the next page while this one is read. */
  if (more)
    keel_task_sync_get_page (self, g_object_ref (task));
  self->page_func (self, rows, generation, after, more ? last : G_MAXUINT64, self->user_data);
  if (!more)
    g_task_return_boolean (task, TRUE);
}

/* Takes the task. */
static void
keel_task_sync_get_page (KeelTaskSync *self,
                         GTask        *task)
{
  GVariantDict filter;

  g_variant_dict_init (&filter, NULL);
  g_variant_dict_insert (&filter, "limit", "u", (guint) PAGE_LENGTH);
  if (self->after > 0)
    g_variant_dict_insert (&filter, "after", "t", self->after);
  keel_remote_call_async (self->remote, self->mode, "GetTasks",
                          g_variant_new ("(@a{sv}@as)", g_variant_dict_end (&filter),
                                         keel_task_sync_create_fields (self->fields)),
                          KEEL_TASK_SYNC_PAGE_REPLY, g_task_get_cancellable (task), page_got_cb,
                          task);
}

static void
watched_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  KeelTaskSync *self = g_task_get_source_object (task);
  g_autoptr (GVariant) reply = NULL;
  GError *error = NULL;
  guint lease;

  reply = keel_remote_call_finish (self->remote, result, &error);
  if (reply == NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  g_variant_get (reply, "(ut)", &lease, &self->generation);
  self->lease_msec = CLAMP (lease, 2, 3600) * 1000;
  self->owner = g_strdup (keel_link_get_owner (keel_remote_get_link (self->remote)));
  keel_task_sync_get_page (self, g_steal_pointer (&task));
}

/* To be called once. */
void
keel_task_sync_run_async (KeelTaskSync        *self,
                          GCancellable        *cancellable,
                          GAsyncReadyCallback  callback,
                          gpointer             user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, keel_task_sync_run_async);
  if (self->watch)
    keel_remote_call_async (self->remote, self->mode, "Watch",
                            keel_task_sync_create_watch (self->fields, self->last_tick),
                            KEEL_TASK_SYNC_WATCH_REPLY, cancellable, watched_cb, task);
  else
    keel_task_sync_get_page (self, task);
}

gboolean
keel_task_sync_run_finish (KeelTaskSync  *self,
                           GAsyncResult  *result,
                           GError       **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* (nullable): the unique name of the service that the list was read from. */
const char *
keel_task_sync_get_owner (KeelTaskSync *self)
{
  return self->owner;
}

/* Changes after this one are signalled. */
guint64
keel_task_sync_get_generation (KeelTaskSync *self)
{
  return self->generation;
}

guint
keel_task_sync_get_lease_msec (KeelTaskSync *self)
{
  return self->lease_msec;
}

/* (transfer floating): the parameters of Watch. A last tick of 0: none was seen. */
GVariant *
keel_task_sync_create_watch (const char *const *fields,
                             guint64            last_tick)
{
  GVariantDict options;

  g_variant_dict_init (&options, NULL);
  if (last_tick > 0)
    g_variant_dict_insert (&options, "last-tick", "t", last_tick);
  if (fields != NULL)
    g_variant_dict_insert_value (&options, "fields", keel_task_sync_create_fields (fields));
  return g_variant_new ("(u@a{sv})", (guint) PROGRESS_INTERVAL_MSEC, g_variant_dict_end (&options));
}

static void
keel_task_sync_finalize (GObject *object)
{
  KeelTaskSync *self = KEEL_TASK_SYNC (object);

  g_object_unref (self->remote);
  g_free (self->owner);
  G_OBJECT_CLASS (keel_task_sync_parent_class)->finalize (object);
}

static void
keel_task_sync_class_init (KeelTaskSyncClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = keel_task_sync_finalize;
}

static void
keel_task_sync_init (KeelTaskSync *self)
{
}

KeelTaskSync *
keel_task_sync_new (KeelRemote           *remote,
                    KeelLinkCallMode      mode,
                    gboolean              watch,
                    const char *const    *fields,
                    guint64               last_tick,
                    KeelTaskSyncPageFunc  page_func,
                    gpointer              user_data)
{
  KeelTaskSync *self = g_object_new (KEEL_TYPE_TASK_SYNC, NULL);

  self->remote = g_object_ref (remote);
  self->mode = mode;
  self->watch = watch;
  self->fields = fields;
  self->last_tick = last_tick;
  self->page_func = page_func;
  self->user_data = user_data;
  return self;
}

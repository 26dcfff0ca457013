/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-task-calls.h"

#include "keel-bus-error.h"
#include "keel-task-error.h"
#include "keel-task-variant.h"
#include "keel-uri.h"
#include "keel-words.h"

#include <string.h>

/* Reading, watching, changing and answering tasks over the bus, for one session or for all of them.
 * Controlling is in keel-task-control.c. A task outside the scope is treated like one that does not
 * exist. */

#define MOST_ROWS 1000
#define SHORTEST_INTERVAL_MSEC 100

/* (transfer none) (nullable) */
KeelTransfer *
keel_task_calls_find (KeelEngine      *engine,
                      const KeelScope *scope,
                      guint64          id)
{
  KeelTransfer *transfer = id <= G_MAXINT64 ? keel_engine_get_transfer (engine, (gint64) id) : NULL;

  if (transfer == NULL || (scope->session_id != 0 &&
                           keel_transfer_get_record (transfer)->session_id != scope->session_id))
    return NULL;
  return transfer;
}

static void
refuse_id (GDBusMethodInvocation *invocation,
           guint64                id)
{
  g_autofree char *message = g_strdup_printf ("There is no task %" G_GUINT64_FORMAT, id);

  keel_bus_error_refuse (invocation, KEEL_ERROR_NO_SUCH_TASK, message);
}

/* --- GetTasks -------------------------------------------------------------------------------- */

static GHashTable *
make_fields (const char *const *fields)
{
  GHashTable *set;

  if (fields == NULL || fields[0] == NULL)
    return NULL;
  set = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint i = 0; fields[i] != NULL; i++)
    g_hash_table_add (set, (gpointer) fields[i]);
  return set;
}

static void
return_tasks (KeelWatchers          *watchers,
              GDBusMethodInvocation *invocation,
              GVariantBuilder       *tasks,
              gboolean               has_more)
{
  GVariantBuilder info = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

  g_variant_builder_add (&info, "{sv}", "more", g_variant_new_boolean (has_more));
  g_dbus_method_invocation_return_value (invocation,
                                         g_variant_new ("(taa{sv}a{sv})",
                                                        keel_watchers_get_generation (watchers),
                                                        tasks, &info));
}

static void
get_by_ids (KeelEngine            *engine,
            KeelWatchers          *watchers,
            const KeelScope       *scope,
            GDBusMethodInvocation *invocation,
            GVariant              *ids,
            GHashTable            *fields)
{
  GVariantBuilder tasks = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("aa{sv}"));
  gsize count;
  const guint64 *array = g_variant_get_fixed_array (ids, &count, sizeof (guint64));

  if (count > MOST_ROWS)
    {
      g_variant_builder_clear (&tasks);
      keel_bus_error_refuse (invocation, KEEL_ERROR_LIMITS_EXCEEDED,
                             "At most 1,000 tasks can be asked for at once");
      return;
    }
  for (gsize i = 0; i < count; i++)
    {
      KeelTransfer *transfer = keel_task_calls_find (engine, scope, array[i]);

      if (transfer == NULL)
        {
          g_variant_builder_clear (&tasks);
          refuse_id (invocation, array[i]);
          return;
        }
      g_variant_builder_add_value (&tasks, keel_task_variant_new (engine, transfer, fields));
    }
  return_tasks (watchers, invocation, &tasks, FALSE);
}

static void
get_page (KeelEngine            *engine,
          KeelWatchers          *watchers,
          const KeelScope       *scope,
          GDBusMethodInvocation *invocation,
          GVariant              *filter,
          GHashTable            *fields)
{
  GVariantBuilder tasks = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("aa{sv}"));
  GPtrArray *transfers = keel_engine_get_transfers (engine);
  guint64 after = 0;
  guint limit = MOST_ROWS;
  guint count = 0;
  guint i;

  g_variant_lookup (filter, "after", "t", &after);
  g_variant_lookup (filter, "limit", "u", &limit);
  limit = CLAMP (limit, 1, MOST_ROWS);
  i = after > G_MAXINT64 ? transfers->len : keel_engine_find_after (engine, (gint64) after);
  for (; i < transfers->len && count < limit; i++)
    {
      KeelTransfer *transfer = g_ptr_array_index (transfers, i);
      guint64 id = (guint64) keel_transfer_get_record (transfer)->id;

      if (keel_task_calls_find (engine, scope, id) == NULL)
        continue;
      g_variant_builder_add_value (&tasks, keel_task_variant_new (engine, transfer, fields));
      count++;
    }
  return_tasks (watchers, invocation, &tasks, i < transfers->len);
}

void
keel_task_calls_get_tasks (KeelEngine            *engine,
                           KeelWatchers          *watchers,
                           const KeelScope       *scope,
                           GDBusMethodInvocation *invocation,
                           GVariant              *filter,
                           const char *const     *fields)
{
  g_autoptr (GHashTable) set = make_fields (fields);
  g_autoptr (GVariant) ids = g_variant_lookup_value (filter, "ids", G_VARIANT_TYPE ("at"));

  if (ids != NULL)
    get_by_ids (engine, watchers, scope, invocation, ids, set);
  else
    get_page (engine, watchers, scope, invocation, filter, set);
}

/* --- Watch ----------------------------------------------------------------------------------- */

void
keel_task_calls_watch (KeelWatchers          *watchers,
                       const KeelScope       *scope,
                       GDBusMethodInvocation *invocation,
                       guint                  interval_msec,
                       GVariant              *options)
{
  const char *sender = g_dbus_method_invocation_get_sender (invocation);
  guint64 generation = keel_watchers_get_generation (watchers);
  guint64 last_tick = 0;

  g_variant_lookup (options, "last-tick", "t", &last_tick);
  if (interval_msec == 0)
    keel_watchers_unwatch (watchers, scope, sender);
  else
    generation = keel_watchers_watch (watchers, scope, sender,
                                      MAX (interval_msec, SHORTEST_INTERVAL_MSEC), last_tick);
  g_dbus_method_invocation_return_value (invocation,
                                         g_variant_new ("(ut)", KEEL_WATCHERS_LEASE_SECONDS,
                                                        generation));
}

/* --- Update ---------------------------------------------------------------------------------- */

static void
saved_cb (KeelTransfer *transfer,
          const GError *error,
          gpointer      user_data)
{
  GDBusMethodInvocation *invocation = user_data;

  if (error != NULL)
    keel_bus_error_return (invocation, error);
  else
    g_dbus_method_invocation_return_value (invocation, NULL);
}

/* A new link, if there is one in @changes: another server may have sent it, or a person. */
static gboolean
update_uri (const KeelHouse  *house,
            KeelTransfer     *transfer,
            GVariant         *changes,
            GError          **error)
{
  g_autofree char *given = NULL;
  g_autofree char *uri = NULL;
  g_autofree char *user = NULL;
  g_autofree char *password = NULL;
  g_autoptr (GError) bad_uri = NULL;

  if (!g_variant_lookup (changes, "uri", "s", &given))
    return TRUE;
  uri = keel_task_variant_split_uri (given, &user, &password, error);
  if (uri == NULL)
    return FALSE;
  if (!keel_uri_check (uri, &bad_uri))
    {
      g_set_error_literal (error, KEEL_ERROR, KEEL_ERROR_BAD_URI, bad_uri->message);
      return FALSE;
    }
  if (!keel_transfer_can_set_uri (transfer))
    {
      g_set_error_literal (error, KEEL_ERROR, KEEL_ERROR_INVALID_STATE,
                           "There is nothing left to fetch from another link");
      return FALSE;
    }
  if (user != NULL)
    keel_transfer_set_credentials (transfer, uri, user, password);
  if (password != NULL)
    keel_sign_in_remember (house->sign_in, keel_transfer_get_record (transfer)->id);
  keel_transfer_set_uri (transfer, uri);
  return TRUE;
}

static gboolean
update (const KeelHouse  *house,
        KeelTransfer     *transfer,
        GVariant         *changes,
        GError          **error)
{
  g_autofree char *title = NULL;
  g_autofree char *word = NULL;
  KeelPriority priority;
  guint64 max_rate_bps;

  if (g_variant_lookup (changes, "priority", "s", &word) &&
      !keel_priority_from_string (word, &priority))
    {
      g_set_error_literal (error, KEEL_ERROR, KEEL_ERROR_INVALID_ARGUMENT,
                           "A priority is low, normal or high");
      return FALSE;
    }
  /* All or nothing: the last that can be refused comes first. */
  if (!update_uri (house, transfer, changes, error))
    return FALSE;
  if (word != NULL)
    keel_transfer_set_priority (transfer, priority);
  if (g_variant_lookup (changes, "max-rate", "t", &max_rate_bps))
    keel_transfer_set_max_rate (transfer, max_rate_bps);
  if (g_variant_lookup (changes, "title", "s", &title))
    keel_transfer_set_title (transfer, title);
  return TRUE;
}

void
keel_task_calls_update (const KeelHouse       *house,
                        const KeelScope       *scope,
                        GDBusMethodInvocation *invocation,
                        guint64                id,
                        GVariant              *changes)
{
  KeelTransfer *transfer = keel_task_calls_find (house->engine, scope, id);
  g_autoptr (GError) error = NULL;

  if (transfer == NULL)
    refuse_id (invocation, id);
  else if (!update (house, transfer, changes, &error))
    keel_bus_error_return (invocation, error);
  else
    keel_transfer_when_saved (transfer, saved_cb, invocation);
}

/* --- Answer ---------------------------------------------------------------------------------- */

/* The task in @scope that asks the question @cookie. (transfer none) (nullable) */
static KeelTransfer *
find_question (KeelEngine      *engine,
               const KeelScope *scope,
               const char      *cookie)
{
  GPtrArray *transfers = keel_engine_get_transfers (engine);

  for (guint i = 0; i < transfers->len; i++)
    {
      KeelTransfer *transfer = g_ptr_array_index (transfers, i);
      guint64 id = (guint64) keel_transfer_get_record (transfer)->id;
      const char *present;
      guint tries;

      if (keel_transfer_get_challenge (transfer, &present, &tries) != NULL &&
          strcmp (present, cookie) == 0)
        return keel_task_calls_find (engine, scope, id);
    }
  return NULL;
}

void
keel_task_calls_answer (const KeelHouse       *house,
                        const KeelScope       *scope,
                        GDBusMethodInvocation *invocation,
                        const KeelAnswer      *answer)
{
  KeelTransfer *transfer = find_question (house->engine, scope, answer->cookie);
  g_autoptr (GError) error = NULL;
  gboolean decline = FALSE;
  gboolean save = TRUE;

  g_variant_lookup (answer->options, "decline", "b", &decline);
  g_variant_lookup (answer->options, "save", "b", &save);
  if (transfer == NULL)
    {
      keel_bus_error_refuse (invocation, KEEL_ERROR_NO_SUCH_TASK, "No task asks this any more");
      return;
    }
  if (!keel_task_variant_check_login (answer->user, answer->password, &error))
    {
      keel_bus_error_return (invocation, error);
      return;
    }
  if (decline)
    keel_transfer_decline (transfer);
  else
    keel_sign_in_answer (house->sign_in, transfer, answer->user, answer->password, save);
  keel_transfer_when_saved (transfer, saved_cb, invocation);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-task-calls.h"

#include "keel-bus-error.h"
#include "keel-dict.h"
#include "keel-folder-intake.h"
#include "keel-task-error.h"
#include "keel-task-variant.h"
#include "keel-uri.h"
#include "keel-words.h"

#include <string.h>

/* Reading, watching, changing and answering tasks over the bus, for one session or for all of them.
 * Controlling is in keel-task-control.c. A task outside the scope is treated like one that does not
 * exist. */

#define MOST_ROWS 1000
/* More keys than rows have. */
#define MOST_FIELDS 128
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

void
keel_task_calls_refuse_id (GDBusMethodInvocation *invocation,
                           guint64                id)
{
  g_autofree char *message = g_strdup_printf ("There is no task %" G_GUINT64_FORMAT, id);

  keel_bus_error_refuse (invocation, KEEL_ERROR_NO_SUCH_TASK, message);
}

/* --- GetTasks -------------------------------------------------------------------------------- */

/* (nullable): all. */
static GHashTable *
make_fields (const char *const *fields)
{
  GHashTable *set;

  if (fields == NULL || fields[0] == NULL)
    return NULL;
  set = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; fields[i] != NULL && i < MOST_FIELDS; i++)
    g_hash_table_add (set, g_strdup (fields[i]));
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
          keel_task_calls_refuse_id (invocation, array[i]);
          return;
        }
      g_variant_builder_add_value (&tasks, keel_task_variant_new (transfer, fields));
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
  limit = MIN (limit, MOST_ROWS);
  i = after > G_MAXINT64 ? transfers->len : keel_engine_find_after (engine, (gint64) after);
  for (; i < transfers->len && count < limit; i++)
    {
      KeelTransfer *transfer = g_ptr_array_index (transfers, i);
      guint64 id = (guint64) keel_transfer_get_record (transfer)->id;

      if (keel_task_calls_find (engine, scope, id) == NULL)
        continue;
      g_variant_builder_add_value (&tasks, keel_task_variant_new (transfer, fields));
      count++;
    }
  return_tasks (watchers, invocation, &tasks, limit > 0 && i < transfers->len);
}

void
keel_task_calls_get_tasks (KeelEngine            *engine,
                           KeelWatchers          *watchers,
                           const KeelScope       *scope,
                           GDBusMethodInvocation *invocation,
                           GVariant              *filter,
                           const char *const     *fields)
{
  static const KeelDictKey keys[] = { { "ids", "at" }, { "after", "t" }, { "limit", "u" } };
  g_autoptr (GHashTable) set = make_fields (fields);
  g_autoptr (GVariant) ids = g_variant_lookup_value (filter, "ids", G_VARIANT_TYPE ("at"));

  if (keel_dict_refuses (invocation, filter, KEEL_DICT_KEYS (keys)))
    return;
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
  g_autofree const char **fields = NULL;
  g_autoptr (GHashTable) set = NULL;
  KeelWatch watch = { MAX (interval_msec, SHORTEST_INTERVAL_MSEC), 0, NULL };
  static const KeelDictKey keys[] = { { "last-tick", "t" }, { "fields", "as" } };

  if (keel_dict_refuses (invocation, options, KEEL_DICT_KEYS (keys)))
    return;
  g_variant_lookup (options, "last-tick", "t", &watch.last_tick);
  g_variant_lookup (options, "fields", "^a&s", &fields);
  set = make_fields (fields);
  watch.fields = set;
  if (interval_msec == 0)
    keel_watchers_unwatch (watchers, scope, sender);
  else
    generation = keel_watchers_watch (watchers, scope, sender, &watch);
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
refuse_value (GError     **error,
              const char  *message)
{
  g_set_error_literal (error, KEEL_ERROR, KEEL_ERROR_INVALID_ARGUMENT, message);
  return FALSE;
}

static void
apply_wishes (KeelTransfer     *transfer,
              const KeelWishes *wishes)
{
  if (wishes->network >= 0)
    keel_transfer_set_network (transfer, (KeelNetworkUse) wishes->network);
  if (wishes->power >= 0)
    keel_transfer_set_power (transfer, (KeelPowerUse) wishes->power);
  if (wishes->has_conflict)
    keel_transfer_set_conflict (transfer, wishes->conflict);
  if (wishes->has_timeout)
    keel_transfer_set_timeout (transfer, wishes->timeout_seconds);
}

/* What texts may come with the changes. */
static gsize
get_text_bytes (GVariant *changes)
{
  static const char *const keys[] = { "group", "title", "uri" };
  gsize bytes = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_autoptr (GVariant) text = g_variant_lookup_value (changes, keys[i], G_VARIANT_TYPE_STRING);

      bytes += text != NULL ? g_variant_get_size (text) : 0;
    }
  return bytes;
}

static gboolean
update (const KeelHouse  *house,
        KeelTransfer     *transfer,
        GVariant         *changes,
        GError          **error)
{
  g_autofree char *title = NULL;
  g_autofree char *word = NULL;
  g_autofree char *place = NULL;
  g_autofree char *group = NULL;
  KeelWishes wishes;
  KeelPriority priority;
  KeelPosition position;
  guint64 max_rate_bps;
  gint64 not_before_usec;
  guint max_connections;

  if (g_variant_lookup (changes, "priority", "s", &word) &&
      !keel_priority_from_string (word, &priority))
    return refuse_value (error, "A priority is low, normal or high");
  if (g_variant_lookup (changes, "position", "s", &place) &&
      !keel_position_from_string (place, &position))
    return refuse_value (error, "A position is first or last");
  if (keel_task_variant_read_connections (changes, &max_connections) &&
      max_connections > KEEL_TRANSFER_MOST_CONNECTIONS)
    return refuse_value (error, "A task has at most 32 connections");
  g_variant_lookup (changes, "group", "s", &group);
  if (!keel_task_variant_read_wishes (changes, &wishes, error) ||
      !keel_task_variant_check_group (group, error))
    return FALSE;
  /* All or nothing: the last that can be refused comes first. */
  if (!update_uri (house, transfer, changes, error))
    return FALSE;
  if (word != NULL)
    keel_transfer_set_priority (transfer, priority);
  if (place != NULL)
    keel_engine_move (house->engine, transfer, position);
  if (g_variant_lookup (changes, "max-rate", "t", &max_rate_bps))
    keel_transfer_set_max_rate (transfer, max_rate_bps);
  if (keel_task_variant_read_connections (changes, &max_connections))
    keel_transfer_set_max_connections (transfer, max_connections);
  if (g_variant_lookup (changes, "not-before", "x", &not_before_usec))
    keel_transfer_set_not_before (transfer, MAX (not_before_usec, 0));
  if (g_variant_lookup (changes, "title", "s", &title))
    keel_transfer_set_title (transfer, title);
  if (group != NULL)
    keel_transfer_set_group (transfer, group);
  apply_wishes (transfer, &wishes);
  return TRUE;
}

/* Everything in one go. @place: (nullable) another folder */
static void
update_all (const KeelHouse       *house,
            const KeelScope       *scope,
            GDBusMethodInvocation *invocation,
            guint64                id,
            GVariant              *changes,
            const KeelPlace       *place)
{
  KeelTransfer *transfer = keel_task_calls_find (house->engine, scope, id);
  g_autoptr (GError) error = NULL;

  if (transfer == NULL)
    keel_task_calls_refuse_id (invocation, id);
  else if ((place != NULL && !keel_transfer_can_move (transfer, &error)) ||
           !keel_quota_check_growth (house->quota, keel_transfer_get_record (transfer)->app,
                                     get_text_bytes (changes), &error) ||
           !update (house, transfer, changes, &error))
    keel_bus_error_return (invocation, error);
  else if (place != NULL)
    keel_transfer_move (transfer, place, saved_cb, invocation);
  else
    keel_transfer_when_saved (transfer, saved_cb, invocation);
}

/* A folder that was handed over with the call, while it is being looked at. */
typedef struct {
  const KeelHouse *house;
  KeelScope scope;
  GDBusMethodInvocation *invocation;
  guint64 id;
  GVariant *changes; /* (owned) */
} Taking;

static void
folder_taken_cb (KeelEngine      *engine,
                 const KeelPlace *place,
                 const GError    *error,
                 gpointer         user_data)
{
  g_autofree Taking *taking = user_data;
  g_autoptr (GVariant) changes = taking->changes;

  if (place == NULL)
    keel_bus_error_return (taking->invocation, error);
  else
    update_all (taking->house, &taking->scope, taking->invocation, taking->id, changes, place);
}

static void
take_folder (const KeelHouse       *house,
             const KeelScope       *scope,
             GDBusMethodInvocation *invocation,
             guint64                id,
             GVariant              *changes,
             gint                   handle)
{
  GDBusMessage *message = g_dbus_method_invocation_get_message (invocation);
  g_autoptr (GError) error = NULL;
  int fd = keel_folder_intake_dup (g_dbus_message_get_unix_fd_list (message), handle, &error);
  Taking *taking;

  if (fd < 0)
    {
      keel_bus_error_return (invocation, error);
      return;
    }
  taking = g_new0 (Taking, 1);
  taking->house = house;
  taking->scope = *scope;
  taking->invocation = invocation;
  taking->id = id;
  taking->changes = g_variant_ref (changes);
  keel_engine_take_folder (house->engine, fd, folder_taken_cb, taking);
}

void
keel_task_calls_update (const KeelHouse       *house,
                        const KeelScope       *scope,
                        GDBusMethodInvocation *invocation,
                        guint64                id,
                        GVariant              *changes)
{
  g_auto (KeelPlace) place = { 0 };
  g_autoptr (GError) error = NULL;
  gint handle;

  if (keel_task_calls_find (house->engine, scope, id) == NULL)
    keel_task_calls_refuse_id (invocation, id);
  else if (!keel_task_variant_check_types (changes, &error) ||
           !keel_task_variant_read_folder (changes, keel_house_may_use_paths (house, invocation),
                                           &place, &handle, &error))
    keel_bus_error_return (invocation, error);
  else if (handle >= 0)
    take_folder (house, scope, invocation, id, changes, handle);
  else
    update_all (house, scope, invocation, id, changes, place.dir != NULL ? &place : NULL);
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
  static const KeelDictKey keys[] = { { "decline", "b" }, { "save", "b" } };
  gboolean decline = FALSE;
  gboolean save = TRUE;

  if (keel_dict_refuses (invocation, answer->options, KEEL_DICT_KEYS (keys)))
    return;
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

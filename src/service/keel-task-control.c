/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-task-calls.h"

#include "keel-bus-error.h"
#include "keel-dict.h"
#include "keel-task-error.h"
#include "keel-words.h"

#include <string.h>

/* The Control call. The answer comes when the new states are on disk, and when what they ask for
 * has been done too (the last checkpoint of a paused one, the removal of a part file), so that a
 * script may look at the folder right after; but a disk that hangs delays the answer only for a
 * second, because the new state is true whatever the disk does. */

#define REST_USEC ((gint64) G_USEC_PER_SEC)

static const struct {
  const char *word;
  KeelControl verb;
} verbs[] = {
  { "pause", KEEL_CONTROL_PAUSE },   { "resume", KEEL_CONTROL_RESUME },
  { "retry", KEEL_CONTROL_RETRY },   { "cancel", KEEL_CONTROL_CANCEL },
  { "remove", KEEL_CONTROL_REMOVE },
};

typedef struct {
  gatomicrefcount refs;
  const KeelHouse *house;
  KeelEngine *engine;                /* (owned) */
  GDBusMethodInvocation *invocation; /* (nullable) NULL once answered */
  GVariantBuilder refused;
  GError *error; /* (owned) (nullable) the first that a save had */
  guint n_unsaved;
  guint n_restless;
  guint timer;
} Control;

static Control *
control_ref (Control *control)
{
  g_atomic_ref_count_inc (&control->refs);
  return control;
}

static void
control_unref (Control *control)
{
  if (!g_atomic_ref_count_dec (&control->refs))
    return;
  g_variant_builder_clear (&control->refused);
  g_clear_error (&control->error);
  g_object_unref (control->engine);
  g_free (control);
}

static void
check (Control *control)
{
  GDBusMethodInvocation *invocation;

  if (control->invocation == NULL || control->n_unsaved > 0 || control->n_restless > 0)
    return;
  keel_clock_cancel (keel_engine_get_clock (control->engine), &control->timer);
  invocation = g_steal_pointer (&control->invocation);
  if (control->house->watchers != NULL)
    keel_watchers_tell_now (control->house->watchers,
                            g_dbus_method_invocation_get_sender (invocation));
  if (control->error != NULL)
    keel_bus_error_return (invocation, control->error);
  else
    g_dbus_method_invocation_return_value (invocation,
                                           g_variant_new ("(a(ts))", &control->refused));
}

static void
rest_timer_cb (gpointer user_data)
{
  Control *control = user_data;

  control->timer = 0;
  control->n_restless = 0;
  check (control);
}

static void
at_rest_cb (KeelTransfer *transfer,
            const GError *error,
            gpointer      user_data)
{
  Control *control = user_data;

  /* It may come after the time for it is over. */
  if (control->n_restless > 0)
    control->n_restless--;
  check (control);
  control_unref (control);
}

static void
saved_cb (KeelTransfer *transfer,
          const GError *error,
          gpointer      user_data)
{
  Control *control = user_data;

  control->n_unsaved--;
  if (error != NULL && control->error == NULL)
    control->error = g_error_copy (error);
  check (control);
  control_unref (control);
}

static void
apply (Control      *control,
       KeelTransfer *transfer,
       KeelControl   verb)
{
  const KeelTransferRecord *record = keel_transfer_get_record (transfer);

  if (!keel_transfer_control (transfer, verb))
    {
      g_variant_builder_add (&control->refused, "(ts)", (guint64) record->id,
                             keel_task_state_to_string (
                               keel_transfer_record_get_task_state (record)));
      return;
    }
  control->n_unsaved++;
  keel_transfer_when_saved (transfer, saved_cb, control_ref (control));
  /* What goes on running has no rest to wait for. */
  if (verb == KEEL_CONTROL_RESUME || verb == KEEL_CONTROL_RETRY)
    return;
  control->n_restless++;
  keel_transfer_when_at_rest (transfer, at_rest_cb, control_ref (control));
}

static gboolean
find_verb (const char  *word,
           KeelControl *out_verb)
{
  for (gsize i = 0; i < G_N_ELEMENTS (verbs); i++)
    if (strcmp (verbs[i].word, word) == 0)
      {
        *out_verb = verbs[i].verb;
        return TRUE;
      }
  return FALSE;
}

static GPtrArray *
find_all (KeelEngine      *engine,
          const KeelScope *scope,
          KeelControl      verb)
{
  GPtrArray *found = g_ptr_array_new_with_free_func (g_object_unref);
  GPtrArray *transfers = keel_engine_get_transfers (engine);

  for (guint i = 0; i < transfers->len; i++)
    {
      KeelTransfer *transfer = g_ptr_array_index (transfers, i);
      guint64 id = (guint64) keel_transfer_get_record (transfer)->id;

      if (keel_task_calls_find (engine, scope, id) != NULL &&
          keel_transfer_is_meant_by_all (transfer, verb))
        g_ptr_array_add (found, g_object_ref (transfer));
    }
  return found;
}

/* NULL with @error when one of them is not there, unless those are to be passed over. */
static GPtrArray *
find_ids (KeelEngine       *engine,
          const KeelScope  *scope,
          GVariant         *ids,
          gboolean          passes_gone,
          GError          **error)
{
  g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func (g_object_unref);
  gsize count;
  const guint64 *array = g_variant_get_fixed_array (ids, &count, sizeof (guint64));

  for (gsize i = 0; i < count; i++)
    {
      KeelTransfer *transfer = keel_task_calls_find (engine, scope, array[i]);

      if (transfer == NULL && passes_gone)
        continue;
      if (transfer == NULL)
        {
          g_set_error (error, KEEL_ERROR, KEEL_ERROR_NO_SUCH_TASK,
                       "There is no task %" G_GUINT64_FORMAT, array[i]);
          return NULL;
        }
      g_ptr_array_add (found, g_object_ref (transfer));
    }
  return g_steal_pointer (&found);
}

static void
control_all (const KeelHouse       *house,
             GDBusMethodInvocation *invocation,
             GPtrArray             *transfers,
             KeelControl            verb)
{
  Control *control = g_new0 (Control, 1);

  g_atomic_ref_count_init (&control->refs);
  control->house = house;
  control->engine = g_object_ref (house->engine);
  control->invocation = invocation;
  g_variant_builder_init (&control->refused, G_VARIANT_TYPE ("a(ts)"));
  control->timer = keel_clock_call_after (keel_engine_get_clock (house->engine), REST_USEC,
                                          rest_timer_cb, control);
  /* One more than there are, so that it is not answered before the loop has ended. */
  control->n_unsaved = 1;
  for (guint i = 0; i < transfers->len; i++)
    apply (control, g_ptr_array_index (transfers, i), verb);
  control->n_unsaved--;
  check (control);
  control_unref (control);
}

void
keel_task_calls_control (const KeelHouse       *house,
                         const KeelScope       *scope,
                         GDBusMethodInvocation *invocation,
                         const char            *verb,
                         GVariant              *ids,
                         GVariant              *options)
{
  g_autoptr (GPtrArray) transfers = NULL;
  g_autoptr (GError) error = NULL;
  static const KeelDictKey keys[] = { { "all", "b" }, { "pass-gone", "b" } };
  gboolean all = FALSE;
  gboolean passes_gone = FALSE;
  KeelControl control;

  if (keel_dict_refuses (invocation, options, KEEL_DICT_KEYS (keys)))
    return;
  if (!find_verb (verb, &control))
    {
      keel_bus_error_refuse (invocation, KEEL_ERROR_INVALID_ARGUMENT,
                             "A verb is pause, resume, retry, cancel or remove");
      return;
    }
  g_variant_lookup (options, "all", "b", &all);
  g_variant_lookup (options, "pass-gone", "b", &passes_gone);
  transfers = all ? find_all (house->engine, scope, control) :
                    find_ids (house->engine, scope, ids, passes_gone, &error);
  if (transfers == NULL)
    keel_bus_error_return (invocation, error);
  else
    control_all (house, invocation, transfers, control);
}

/* The same for all tasks of everybody, asked by somebody who waits for no answer. */
void
keel_task_calls_control_everything (KeelEngine  *engine,
                                    KeelControl  verb)
{
  static const KeelScope everything = { 0, NULL, NULL };
  g_autoptr (GPtrArray) transfers = find_all (engine, &everything, verb);

  for (guint i = 0; i < transfers->len; i++)
    keel_transfer_control (g_ptr_array_index (transfers, i), verb);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-own-session.h"

/* The session of a person's own downloads, which the command line uses, too. What the preferences
 * say about metered networks and batteries is how that session behaves: it is told so each time it
 * is opened, and the service remembers it, also for when there is no window. */

#define SESSION_IDENTIFIER "default"
#define OWN_APP "host"

/* As in the schema. */
#define POLICY_WAIT 0

static void
configured_cb (GObject      *source,
               GAsyncResult *result,
               gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  if (keel_session_configure_finish (KEEL_SESSION (source), result, &error))
    g_task_return_pointer (task, g_object_ref (source), g_object_unref);
  else
    g_task_return_error (task, error);
}

static void
opened_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  GVariant *policy = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (KeelSession) session = keel_session_open_finish (result, &error);

  if (session == NULL)
    g_task_return_error (task, error);
  else
    /* One that was open already was not told the configuration. */
    keel_session_configure_async (session, policy, g_task_get_cancellable (task), configured_cb,
                                  g_object_ref (task));
}

static void
insert_policy (GVariantDict *config,
               GSettings    *settings)
{
  gboolean waits_metered = g_settings_get_enum (settings, "on-metered") == POLICY_WAIT;
  gboolean waits_battery = g_settings_get_enum (settings, "on-battery") == POLICY_WAIT;

  g_variant_dict_insert (config, "network", "s", waits_metered ? "unmetered" : "any");
  g_variant_dict_insert (config, "power", "s", waits_battery ? "ac" : "any");
}

void
keel_own_session_open_async (GSettings           *settings,
                             GCancellable        *cancellable,
                             GAsyncReadyCallback  callback,
                             gpointer             user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  GVariantDict policy;
  GVariantDict config;

  g_task_set_source_tag (task, keel_own_session_open_async);
  g_variant_dict_init (&policy, NULL);
  insert_policy (&policy, settings);
  g_task_set_task_data (task, g_variant_ref_sink (g_variant_dict_end (&policy)),
                        (GDestroyNotify) g_variant_unref);

  g_variant_dict_init (&config, NULL);
  g_variant_dict_insert (&config, "app-id", "s", OWN_APP);
  g_variant_dict_insert (&config, "follow", "b", FALSE);
  g_variant_dict_insert (&config, "events", "b", FALSE);
  /* Who asked for it by hand gives it up by hand. */
  g_variant_dict_insert (&config, "timeout-resource", "x", (gint64) 0);
  keel_session_open_async (SESSION_IDENTIFIER, g_variant_dict_end (&config), cancellable, opened_cb,
                           g_steal_pointer (&task));
}

KeelSession *
keel_own_session_open_finish (GAsyncResult  *result,
                              GError       **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-probe-call.h"

#include "keel-bus-error.h"
#include "keel-task-error.h"
#include "keel-task-variant.h"
#include "keel-uri.h"
#include "keel-words.h"

/* Probe: what a link leads to, over the bus. That a server has nothing to give is an answer, and no
 * error of the call.
 *
 * A user name and a password in the link are taken out and forgotten: whether they are right is
 * found out when something is downloaded. */

typedef struct {
  const KeelHouse *house;
  GDBusMethodInvocation *invocation;
} Call;

/* What comes from a server may be anything, and the bus takes only UTF-8. */
static void
put_string (GVariantBuilder *info,
            const char      *key,
            const char      *text)
{
  if (text != NULL)
    g_variant_builder_add (info, "{sv}", key,
                           g_variant_new_take_string (g_utf8_make_valid (text, -1)));
}

static GVariant *
make_info (const KeelInquiryResult *result)
{
  GVariantBuilder info = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

  if (result->http_status != 0)
    g_variant_builder_add (&info, "{sv}", "http-status",
                           g_variant_new_uint32 (result->http_status));
  if (result->error != NULL)
    {
      put_string (&info, "error-code",
                  keel_task_error_to_string ((KeelTaskError) result->error->code));
      put_string (&info, "error-message", result->error->message);
      return g_variant_builder_end (&info);
    }
  put_string (&info, "name", result->name);
  put_string (&info, "effective-uri", result->effective_uri);
  put_string (&info, "mime-type", result->content_type);
  if (result->has_total)
    g_variant_builder_add (&info, "{sv}", "size", g_variant_new_uint64 (result->total));
  g_variant_builder_add (&info, "{sv}", "resumable", g_variant_new_boolean (result->is_resumable));
  return g_variant_builder_end (&info);
}

static void
answered_cb (const KeelInquiryResult *result,
             gpointer                 user_data)
{
  g_autofree Call *call = user_data;

  /* It may have been the last thing to do. */
  call->house->touched (call->house->service);
  if (result->error != NULL && result->error->domain == KEEL_ERROR)
    keel_bus_error_return (call->invocation, result->error);
  else
    g_dbus_method_invocation_return_value (call->invocation,
                                           g_variant_new ("(@a{sv})", make_info (result)));
}

void
keel_probe_call (const KeelHouse       *house,
                 gint64                 session_id,
                 GDBusMethodInvocation *invocation,
                 const char            *uri,
                 GVariant              *options)
{
  g_autofree char *user = NULL;
  g_autofree char *password = NULL;
  g_autofree char *plain = NULL;
  g_autofree char *headers = NULL;
  g_autofree char *name = NULL;
  g_autofree Call *call = g_new (Call, 1);
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) mistake = NULL;
  KeelInquiryRequest request = { 0 };

  if (!keel_task_variant_check_types (options, &error))
    {
      keel_bus_error_return (invocation, error);
      return;
    }
  *call = (Call) { house, invocation };
  plain = keel_task_variant_split_uri (uri, &user, &password, &error);
  g_variant_lookup (options, "name", "s", &name);
  if (plain != NULL && !keel_uri_check (plain, &mistake))
    g_set_error_literal (&error, KEEL_ERROR, KEEL_ERROR_BAD_URI, mistake->message);
  if (error != NULL || !keel_task_variant_read_headers (options, &headers, &error))
    {
      keel_bus_error_return (invocation, error);
      return;
    }
  request.uri = plain;
  request.headers = headers;
  request.wanted = name;
  /* A worker may run now. */
  keel_preferences_open (house->preferences);
  if (keel_engine_ask (house->engine, session_id, &request, answered_cb, call, &error))
    g_steal_pointer (&call);
  else
    keel_bus_error_return (invocation, error);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-details-call.h"

#include "keel-bus-error.h"
#include "keel-dict.h"
#include "keel-task-calls.h"
#include "keel-task-error.h"
#include "keel-words.h"

/* GetDetails: what somebody wants to know of one task while he looks at it, and nobody else wants
 * in the rows of a list: where its bytes are, what it went through, what the server is.
 *
 * The history is read from the database each time that it is asked for; what the row says of the
 * beginning and the end is put around it. A caller who wants the numbers twice a second says that
 * he needs no history. */

#define MOST_SPANS 512

typedef struct {
  KeelTransfer *transfer; /* (owned) */
  GDBusMethodInvocation *invocation;
} Asking;

static void
put_text (GVariantDict *details,
          const char   *key,
          const char   *text)
{
  g_autofree char *valid = text != NULL ? g_utf8_make_valid (text, -1) : NULL;

  if (valid != NULL)
    g_variant_dict_insert (details, key, "s", valid);
}

/* --- where the bytes are --------------------------------------------------------------------- */

static GVariant *
make_ranges (KeelTransfer *transfer)
{
  g_autoptr (GArray) spans = keel_transfer_dup_spans (transfer, MOST_SPANS);
  GVariantBuilder builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(tts)"));

  for (guint i = 0; i < spans->len; i++)
    {
      const KeelSpan *span = &g_array_index (spans, KeelSpan, i);

      g_variant_builder_add (&builder, "(tts)", span->from, span->to,
                             keel_span_kind_to_string (span->kind));
    }
  return g_variant_builder_end (&builder);
}

/* --- history --------------------------------------------------------------------------------- */

/* @details (nullable): as it is printed in the database */
static void
add_entry (GVariantBuilder *history,
           gint64           created_usec,
           const char      *kind,
           const char      *details)
{
  g_autoptr (GVariant)
    value = details != NULL ? g_variant_parse (G_VARIANT_TYPE_VARDICT, details, NULL, NULL, NULL) :
                              NULL;

  if (value == NULL)
    value = g_variant_ref_sink (g_variant_new ("a{sv}", NULL));
  g_variant_builder_add (history, "(xs@a{sv})", created_usec, kind, value);
}

/* The state that it is in, if that is a last one, and the checksum before it. */
static void
add_end (GVariantBuilder          *history,
         const KeelTransferRecord *record)
{
  const char *word = keel_transfer_state_to_string (record->state);
  g_autoptr (GVariant) details = NULL;
  g_autofree char *text = NULL;

  if (record->state < KEEL_TRANSFER_FINISHED || record->state >= KEEL_TRANSFER_DELETING)
    return;
  if (record->state == KEEL_TRANSFER_FINISHED && record->checksum_expected != NULL &&
      g_strcmp0 (record->checksum_expected, record->checksum_actual) == 0)
    add_entry (history, record->finished_usec, "checksum", NULL);
  if (record->state == KEEL_TRANSFER_FAILED && record->error_code >= 0)
    {
      GVariantDict dict;

      g_variant_dict_init (&dict, NULL);
      g_variant_dict_insert (&dict, "error-code", "s",
                             keel_task_error_to_string ((KeelTaskError) record->error_code));
      if (record->error_http_status != 0)
        g_variant_dict_insert (&dict, "error-http-status", "u", record->error_http_status);
      details = g_variant_ref_sink (g_variant_dict_end (&dict));
      text = g_variant_print (details, TRUE);
    }
  add_entry (history, record->finished_usec, word, text);
}

static GVariant *
make_history (const KeelTransferRecord *record,
              GPtrArray                *entries)
{
  GVariantBuilder history = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(xsa{sv})"));

  add_entry (&history, record->created_usec, "added", NULL);
  for (guint i = 0; i < entries->len; i++)
    {
      const KeelHistoryEntry *entry = g_ptr_array_index (entries, i);

      add_entry (&history, entry->created_usec, entry->kind, entry->details);
    }
  add_end (&history, record);
  return g_variant_builder_end (&history);
}

/* --- the answer ------------------------------------------------------------------------------ */

static void
put_server (GVariantDict *details,
            KeelTransfer *transfer)
{
  const KeelTransferRecord *record = keel_transfer_get_record (transfer);
  gint64 modified_usec = keel_transfer_get_modified_usec (transfer);

  put_text (details, "server", record->server);
  put_text (details, "etag", record->etag);
  if (record->http_version >= 20)
    g_variant_dict_insert (details, "http-version", "s", "2");
  else if (record->http_version > 0)
    g_variant_dict_insert (details, "http-version", "s",
                           record->http_version == 10 ? "1.0" : "1.1");
  if (modified_usec != 0)
    g_variant_dict_insert (details, "last-modified", "x", modified_usec);
}

/* @entries: (nullable) */
static void
answer (KeelTransfer          *transfer,
        GDBusMethodInvocation *invocation,
        GPtrArray             *entries)
{
  const KeelTransferRecord *record = keel_transfer_get_record (transfer);
  GVariantDict details;

  g_variant_dict_init (&details, NULL);
  g_variant_dict_insert_value (&details, "ranges", make_ranges (transfer));
  if (entries != NULL)
    g_variant_dict_insert_value (&details, "history", make_history (record, entries));
  put_server (&details, transfer);
  g_variant_dict_insert (&details, "resumes", "u", record->resumes);
  g_variant_dict_insert (&details, "resumed-bytes", "t", record->resumed_bytes);
  g_variant_dict_insert (&details, "running-time", "x", keel_transfer_get_running_usec (transfer));
  if (record->has_total)
    g_variant_dict_insert (&details, "total", "t", record->total);
  g_dbus_method_invocation_return_value (invocation,
                                         g_variant_new ("(@a{sv})", g_variant_dict_end (&details)));
}

static void
loaded_cb (GPtrArray    *entries,
           const GError *error,
           gpointer      user_data)
{
  Asking *asking = user_data;
  g_autoptr (KeelTransfer) transfer = asking->transfer;
  g_autoptr (GPtrArray) owned = entries;

  if (error != NULL)
    keel_bus_error_return (asking->invocation, error);
  else
    answer (transfer, asking->invocation, entries);
  g_free (asking);
}

void
keel_details_call (KeelEngine            *engine,
                   const KeelScope       *scope,
                   GDBusMethodInvocation *invocation,
                   guint64                id,
                   GVariant              *options)
{
  KeelTransfer *transfer = keel_task_calls_find (engine, scope, id);
  static const KeelDictKey keys[] = { { "history", "b" } };
  gboolean with_history = TRUE;
  Asking *asking;

  if (keel_dict_refuses (invocation, options, KEEL_DICT_KEYS (keys)))
    return;
  g_variant_lookup (options, "history", "b", &with_history);
  if (transfer == NULL)
    {
      keel_task_calls_refuse_id (invocation, id);
      return;
    }
  if (!with_history)
    {
      answer (transfer, invocation, NULL);
      return;
    }
  asking = g_new (Asking, 1);
  asking->transfer = g_object_ref (transfer);
  asking->invocation = invocation;
  keel_transfer_load_history (transfer, loaded_cb, asking);
}

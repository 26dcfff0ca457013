/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-task-variant.h"

#include "keel-checksum.h"
#include "keel-file-name.h"
#include "keel-request-headers.h"
#include "keel-retry-policy.h"
#include "keel-sign-in.h"
#include "keel-task-error.h"
#include "keel-uri.h"
#include "keel-words.h"

#include <string.h>

/* Tasks as the bus sees them: a row of ours as a dictionary, and a caller's dictionary as a new
 * row. The keys are those of the contract; one that is not known has no entry. A password is only
 * ever in the second. */

#define MOST_LOGIN_BYTES 1024

/* --- out ------------------------------------------------------------------------------------- */

typedef struct {
  GVariantBuilder builder;
  GHashTable *fields; /* (nullable) those that are wanted; NULL: all */
} Row;

/* @value is sunk, whether it is wanted or not. */
static void
put (Row        *row,
     const char *key,
     GVariant   *value)
{
  g_autoptr (GVariant) owned = g_variant_ref_sink (value);

  if (row->fields == NULL || g_hash_table_contains (row->fields, key))
    g_variant_builder_add (&row->builder, "{sv}", key, owned);
}

static void
put_string (Row        *row,
            const char *key,
            const char *text)
{
  g_autofree char *valid = NULL;

  if (text == NULL)
    return;
  /* What comes from a server or a disk may be anything, and the bus takes only UTF-8. */
  valid = g_utf8_make_valid (text, -1);
  put (row, key, g_variant_new_string (valid));
}

static void
put_path (Row        *row,
          const char *key,
          const char *path)
{
  if (path != NULL)
    put (row, key, g_variant_new_bytestring (path));
}

static void
put_time (Row        *row,
          const char *key,
          gint64      usec)
{
  if (usec != 0)
    put (row, key, g_variant_new_int64 (usec));
}

static void
put_state (Row                      *row,
           const KeelTransferRecord *record)
{
  put_string (row, "state",
              keel_task_state_to_string (keel_transfer_record_get_task_state (record)));
  if (record->wait_reason != KEEL_WAIT_REASON_NONE)
    put_string (row, "wait-reason", keel_wait_reason_to_string (record->wait_reason));
  put_time (row, "wait-until", record->wait_until_usec);
  if (record->pause_reason != KEEL_PAUSE_REASON_NONE)
    put_string (row, "pause-reason", keel_pause_reason_to_string (record->pause_reason));
  if (record->error_code < 0)
    return;
  put_string (row, "error-code", keel_task_error_to_string ((KeelTaskError) record->error_code));
  put_string (row, "error-message", record->error_message);
  put_string (row, "error-details", record->error_details);
  put (row, "error-http-status", g_variant_new_uint32 (record->error_http_status));
  put (row, "error-retryable",
       g_variant_new_boolean (keel_retry_policy_is_retryable ((KeelTaskError) record->error_code,
                                                              record->error_http_status)));
}

/* What the server, or the proxy, wants to know. */
static void
put_challenge (Row          *row,
               KeelTransfer *transfer)
{
  const char *cookie;
  guint tries;
  const KeelChallenge *challenge = keel_transfer_get_challenge (transfer, &cookie, &tries);

  if (challenge == NULL || keel_sign_in_is_looking (transfer))
    return;
  put_string (row, "challenge-cookie", cookie);
  put_string (row, "challenge-origin", challenge->origin);
  put_string (row, "challenge-realm", challenge->realm);
  put_string (row, "challenge-scheme", challenge->scheme);
  put (row, "challenge-proxy", g_variant_new_boolean (challenge->is_proxy));
  put (row, "challenge-tries", g_variant_new_uint32 (tries));
}

static void
put_names (Row                      *row,
           const KeelTransferRecord *record)
{
  g_autofree char *path = keel_transfer_record_dup_path (record);
  g_autofree char *name = NULL;

  if (record->name != NULL)
    name = g_filename_display_name (record->name);
  else
    name = keel_file_name_choose (record->wanted, NULL, record->uri, NULL, NULL);
  put_string (row, "uri", record->uri);
  put_string (row, "effective-uri", record->effective_uri);
  put_path (row, "directory", record->dir);
  put_path (row, "file", path);
  put_string (row, "name", name);
  put_string (row, "title", record->title);
  put_string (row, "user", record->user);
  put_string (row, "user-data", record->user_data);
}

static void
put_numbers (Row          *row,
             KeelTransfer *transfer)
{
  const KeelTransferRecord *record = keel_transfer_get_record (transfer);

  put (row, "received", g_variant_new_uint64 (keel_transfer_get_received (transfer)));
  put (row, "durable", g_variant_new_uint64 (keel_transfer_get_committed (transfer)));
  if (record->has_total)
    put (row, "total", g_variant_new_uint64 (record->total));
  put (row, "rate", g_variant_new_uint64 (keel_transfer_get_rate (transfer)));
  put (row, "connections", g_variant_new_uint32 (keel_transfer_get_connections (transfer)));
  put (row, "attempts", g_variant_new_uint32 (record->attempts));
  put (row, "resumed-bytes", g_variant_new_uint64 (record->resumed_bytes));
  put (row, "refetched-bytes", g_variant_new_uint64 (record->refetched_bytes));
  put (row, "max-rate", g_variant_new_uint64 (record->max_rate_bps));
}

static void
put_server_facts (Row                      *row,
                  const KeelTransferRecord *record)
{
  if (record->http_status != 0)
    {
      put (row, "resumable", g_variant_new_boolean (record->accepts_ranges));
      put (row, "http-status", g_variant_new_uint32 (record->http_status));
    }
  put_string (row, "mime-type", record->content_type);
  if (record->state == KEEL_TRANSFER_FINISHED)
    put (row, "length-confirmed", g_variant_new_boolean (record->length_confirmed));
  put_string (row, "checksum-algorithm", record->checksum_algorithm);
  put_string (row, "checksum-expected", record->checksum_expected);
  put_string (row, "checksum-actual", record->checksum_actual);
  if (record->checksum_actual != NULL)
    put (row, "checksum-ok",
         g_variant_new_boolean (g_strcmp0 (record->checksum_actual, record->checksum_expected) ==
                                0));
}

/* @fields is a set of keys, or NULL for all. (transfer floating) */
GVariant *
keel_task_variant_new (KeelEngine   *engine,
                       KeelTransfer *transfer,
                       GHashTable   *fields)
{
  const KeelTransferRecord *record = keel_transfer_get_record (transfer);
  const KeelSessionRecord *session = keel_engine_get_session (engine, record->session_id);
  Row row = { .fields = fields };

  g_variant_builder_init (&row.builder, G_VARIANT_TYPE_VARDICT);
  /* The id is in every answer: a row without it says nothing. */
  g_variant_builder_add (&row.builder, "{sv}", "id", g_variant_new_uint64 ((guint64) record->id));
  put_string (&row, "session", session != NULL ? session->identifier : NULL);
  put_string (&row, "app", session != NULL ? session->app : NULL);
  put_string (&row, "kind", "download");
  put_state (&row, record);
  put_challenge (&row, transfer);
  put_names (&row, record);
  put_numbers (&row, transfer);
  put_server_facts (&row, record);
  put_time (&row, "created", record->created_usec);
  put_time (&row, "finished", record->finished_usec);
  put_string (&row, "priority", keel_priority_to_string (record->priority));
  return g_variant_builder_end (&row.builder);
}

/* --- in -------------------------------------------------------------------------------------- */

static gboolean
invalid (GError     **error,
         const char  *message)
{
  g_set_error_literal (error, KEEL_ERROR, KEEL_ERROR_INVALID_ARGUMENT, message);
  return FALSE;
}

static char *
dup_text (GVariant   *task,
          const char *key)
{
  g_autoptr (GVariant) value = g_variant_lookup_value (task, key, G_VARIANT_TYPE_STRING);

  return value != NULL ? g_variant_dup_string (value, NULL) : NULL;
}

static gboolean
parse_headers (GVariant            *task,
               KeelTransferRecord  *record,
               GError             **error)
{
  g_autoptr (GVariantIter) iter = NULL;
  g_autoptr (GString) headers = NULL;
  const char *name;
  const char *value;

  if (!g_variant_lookup (task, "headers", "a(ss)", &iter))
    return TRUE;
  headers = g_string_new (NULL);
  while (g_variant_iter_loop (iter, "(&s&s)", &name, &value))
    if (!keel_request_headers_append (headers, name, value, error))
      return FALSE;
  if (headers->len > 0)
    record->headers = g_strdup (headers->str);
  return TRUE;
}

static gboolean
parse_checksum (GVariant            *task,
                KeelTransferRecord  *record,
                GError             **error)
{
  g_autofree char *text = dup_text (task, "checksum");

  return text == NULL ||
         keel_checksum_parse (text, &record->checksum_algorithm, &record->checksum_expected, error);
}

static gboolean
parse_start (GVariant            *task,
             KeelTransferRecord  *record,
             GError             **error)
{
  g_autofree char *priority = dup_text (task, "priority");
  gboolean start = TRUE;

  g_variant_lookup (task, "start", "b", &start);
  if (!start)
    {
      record->state = KEEL_TRANSFER_PAUSED;
      record->pause_reason = KEEL_PAUSE_REASON_USER;
    }
  g_variant_lookup (task, "not-before", "x", &record->not_before_usec);
  g_variant_lookup (task, "max-rate", "t", &record->max_rate_bps);
  if (priority != NULL && !keel_priority_from_string (priority, &record->priority))
    return invalid (error, "A priority is low, normal or high");
  return TRUE;
}

/* Whether they, which may be NULL, can go into a line of a request. KEEL_ERROR_INVALID_ARGUMENT. */
gboolean
keel_task_variant_check_login (const char  *user,
                               const char  *password,
                               GError     **error)
{
  const char *const texts[] = { user, password };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    for (const char *p = texts[i]; p != NULL && *p != '\0'; p++)
      if (g_ascii_iscntrl (*p) || p - texts[i] >= MOST_LOGIN_BYTES)
        return invalid (error, "A user name or a password is too long, or has a control character");
  return TRUE;
}

/* @uri without the user name and the password in it, which are given apart (owned) and are NULL
 * when they are not there. Fails with KEEL_ERROR_BAD_URI or KEEL_ERROR_INVALID_ARGUMENT, but else
 * checks nothing. (transfer full) */
char *
keel_task_variant_split_uri (const char  *uri,
                             char       **out_user,
                             char       **out_password,
                             GError     **error)
{
  g_autofree char *rest = keel_uri_take_userinfo (uri, out_user, out_password);

  /* An error that names the link would name the password. */
  if (rest == NULL && strchr (uri, '@') != NULL)
    {
      g_set_error_literal (error, KEEL_ERROR, KEEL_ERROR_BAD_URI, "The link is not valid");
      return NULL;
    }
  if (rest == NULL)
    return g_strdup (uri);
  return keel_task_variant_check_login (*out_user, *out_password, error) ? g_steal_pointer (&rest) :
                                                                           NULL;
}

/* The link, and who asks: what the link says of that gives way to the keys. */
static gboolean
parse_uri (GVariant            *task,
           KeelTransferRecord  *record,
           GError             **error)
{
  g_autofree char *uri = dup_text (task, "uri");
  char *user = dup_text (task, "user");
  char *password = dup_text (task, "password");

  record->uri = keel_task_variant_split_uri (uri != NULL ? uri : "", &record->user,
                                             &record->password, error);
  if (user != NULL || password != NULL)
    {
      g_free (record->user);
      g_free (record->password);
      record->user = user;
      record->password = password;
    }
  return record->uri != NULL && keel_task_variant_check_login (user, password, error);
}

/* A key that is not known is ignored, one of another type than it should have is a mistake. */
static gboolean
check_types (GVariant  *task,
             GError   **error)
{
  static const struct {
    const char *key;
    const char *type;
  } types[] = {
    { "checksum", "s" }, { "dir", "ay" },      { "headers", "a(ss)" }, { "kind", "s" },
    { "max-rate", "t" }, { "name", "s" },      { "not-before", "x" },  { "password", "s" },
    { "priority", "s" }, { "start", "b" },     { "title", "s" },       { "uri", "s" },
    { "user", "s" },     { "user-data", "s" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (types); i++)
    {
      g_autoptr (GVariant) value = g_variant_lookup_value (task, types[i].key, NULL);

      if (value == NULL || g_str_equal (g_variant_get_type_string (value), types[i].type))
        continue;
      g_set_error (error, KEEL_ERROR, KEEL_ERROR_INVALID_ARGUMENT,
                   "“%s” must be of the type %s, not %s", types[i].key, types[i].type,
                   g_variant_get_type_string (value));
      return FALSE;
    }
  return TRUE;
}

/* A new row from what a caller wants. Fails with an error that a call may have. (transfer full) */
KeelTransferRecord *
keel_task_variant_parse (GVariant    *task,
                         const char  *default_dir,
                         GError     **error)
{
  g_autoptr (KeelTransferRecord) record = keel_transfer_record_new ();
  g_autofree char *kind = dup_text (task, "kind");
  g_autoptr (GVariant) dir = g_variant_lookup_value (task, "dir", G_VARIANT_TYPE_BYTESTRING);

  if (!check_types (task, error))
    return NULL;
  if (kind != NULL && strcmp (kind, "download") != 0)
    {
      g_set_error (error, KEEL_ERROR, KEEL_ERROR_UNSUPPORTED, "A task cannot be of the kind “%s”",
                   kind);
      return NULL;
    }
  if (!parse_uri (task, record, error))
    return NULL;
  record->dir = g_strdup (dir != NULL ? g_variant_get_bytestring (dir) : default_dir);
  record->wanted = dup_text (task, "name");
  record->title = dup_text (task, "title");
  record->user_data = dup_text (task, "user-data");
  if (!keel_engine_check_record (record, error) || !parse_headers (task, record, error) ||
      !parse_checksum (task, record, error) || !parse_start (task, record, error))
    return NULL;
  return g_steal_pointer (&record);
}

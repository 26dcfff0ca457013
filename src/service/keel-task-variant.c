/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-task-variant.h"

#include "keel-checksum.h"
#include "keel-dict.h"
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
#define MOST_GROUP_BYTES 255

/* --- out ------------------------------------------------------------------------------------- */

typedef struct {
  GVariantBuilder builder;
  GHashTable *fields; /* (nullable) those that are wanted; NULL: all */
} Row;

/* Much of a row is the same in thousands of others: keys, words, zeros. Making an entry of a
 * dictionary takes a dozen allocations, finding one that was made before takes none. These are kept
 * for good, and there are a few hundred of them; in the main thread only. */

typedef struct {
  const char *key;     /* a literal: its address tells */
  gconstpointer value; /* a literal or interned, or a small number */
  GVariant *entry;     /* (owned) */
} Common;

static guint
common_hash (gconstpointer data)
{
  const Common *common = data;

  return g_direct_hash (common->key) * 31 + g_direct_hash (common->value);
}

static gboolean
common_equal (gconstpointer a,
              gconstpointer b)
{
  const Common *left = a;
  const Common *right = b;

  return left->key == right->key && left->value == right->value;
}

/* @key is a literal. */
static GVariant *
make_entry (const char *key,
            GVariant   *value)
{
  static GHashTable *keys; /* by address */
  GVariant *made;

  if (keys == NULL)
    keys = g_hash_table_new (NULL, NULL);
  made = g_hash_table_lookup (keys, key);
  if (made == NULL)
    {
      made = g_variant_take_ref (g_variant_new_string (key));
      g_hash_table_insert (keys, (gpointer) key, made);
    }
  return g_variant_new_dict_entry (made, g_variant_new_variant (value));
}

static gboolean
is_wanted (const Row  *row,
           const char *key)
{
  return row->fields == NULL || g_hash_table_contains (row->fields, key);
}

/* What is not wanted need not be made, so who makes much of it looks first. @value is sunk. */
static void
put (Row        *row,
     const char *key,
     GVariant   *value)
{
  g_autoptr (GVariant) owned = g_variant_ref_sink (value);

  if (is_wanted (row, key))
    g_variant_builder_add_value (&row->builder, make_entry (key, owned));
}

static GVariant *
make_string (gconstpointer value)
{
  return g_variant_new_string (value);
}

static GVariant *
make_flag (gconstpointer value)
{
  return g_variant_new_boolean (value != NULL);
}

static GVariant *
make_count (gconstpointer value)
{
  return g_variant_new_uint32 (GPOINTER_TO_UINT (value));
}

static GVariant *
make_bytes (gconstpointer value)
{
  return g_variant_new_uint64 (GPOINTER_TO_SIZE (value));
}

/* The same with what @make makes of @value, which is a literal or interned, or a small number. */
static void
put_common (Row *row, const char *key, gconstpointer value, GVariant *(*make) (gconstpointer))
{
  static GHashTable *entries;
  Common wanted = { key, value, NULL };
  Common *common;

  if (!is_wanted (row, key))
    return;
  if (entries == NULL)
    entries = g_hash_table_new (common_hash, common_equal);
  common = g_hash_table_lookup (entries, &wanted);
  if (common == NULL)
    {
      common = g_memdup2 (&wanted, sizeof wanted);
      common->entry = g_variant_take_ref (make_entry (key, make (value)));
      g_hash_table_add (entries, common);
    }
  g_variant_builder_add_value (&row->builder, common->entry);
}

/* @word: (nullable) a literal, or interned */
static void
put_word (Row        *row,
          const char *key,
          const char *word)
{
  if (word != NULL)
    put_common (row, key, word, make_string);
}

static void
put_flag (Row        *row,
          const char *key,
          gboolean    flag)
{
  put_common (row, key, GINT_TO_POINTER (flag ? TRUE : FALSE), make_flag);
}

static void
put_count (Row        *row,
           const char *key,
           guint       count)
{
  if (count <= 1)
    put_common (row, key, GUINT_TO_POINTER (count), make_count);
  else if (is_wanted (row, key))
    put (row, key, g_variant_new_uint32 (count));
}

static void
put_bytes (Row        *row,
           const char *key,
           guint64     bytes)
{
  if (bytes == 0)
    put_common (row, key, NULL, make_bytes);
  else if (is_wanted (row, key))
    put (row, key, g_variant_new_uint64 (bytes));
}

/* What comes from a server or a disk may be anything, and the bus takes only UTF-8. */
static void
put_string (Row        *row,
            const char *key,
            const char *text)
{
  if (text != NULL && is_wanted (row, key))
    put (row, key, g_variant_new_take_string (g_utf8_make_valid (text, -1)));
}

/* Lines of ASCII, which is what a link is. */
static void
put_lines (Row        *row,
           const char *key,
           const char *lines)
{
  g_auto (GStrv) list = NULL;

  if (lines == NULL || !is_wanted (row, key))
    return;
  list = g_strsplit (lines, "\n", -1);
  put (row, key, g_variant_new_strv ((const char *const *) list, -1));
}

static void
put_path (Row        *row,
          const char *key,
          const char *path)
{
  if (path != NULL && is_wanted (row, key))
    put (row, key, g_variant_new_bytestring (path));
}

static void
put_time (Row        *row,
          const char *key,
          gint64      usec)
{
  if (usec != 0 && is_wanted (row, key))
    put (row, key, g_variant_new_int64 (usec));
}

/* Where it stands among those that wait with the same priority. */
static void
put_rank (Row    *row,
          gint64  rank)
{
  if (rank != 0 && is_wanted (row, "rank"))
    put (row, "rank", g_variant_new_int64 (rank));
}

static void
put_state (Row                      *row,
           KeelTransfer             *transfer,
           const KeelTransferRecord *record)
{
  const char *detail = keel_transfer_get_wait_detail (transfer);

  put_word (row, "state", keel_task_state_to_string (keel_transfer_record_get_task_state (record)));
  if (record->wait_reason != KEEL_WAIT_REASON_NONE)
    put_word (row, "wait-reason", keel_wait_reason_to_string (record->wait_reason));
  if (detail != NULL)
    put_word (row, "wait-detail", detail);
  put_time (row, "wait-until", record->wait_until_usec);
  if (record->pause_reason != KEEL_PAUSE_REASON_NONE)
    put_word (row, "pause-reason", keel_pause_reason_to_string (record->pause_reason));
  if (record->error_code < 0)
    return;
  put_word (row, "error-code", keel_task_error_to_string ((KeelTaskError) record->error_code));
  put_string (row, "error-message", record->error_message);
  put_string (row, "error-details", record->error_details);
  put_count (row, "error-http-status", record->error_http_status);
  put_flag (row, "error-retryable",
            keel_retry_policy_is_retryable ((KeelTaskError) record->error_code,
                                            record->error_http_status));
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
  put_flag (row, "challenge-proxy", challenge->is_proxy);
  put_count (row, "challenge-tries", tries);
}

static void
put_names (Row                      *row,
           const KeelTransferRecord *record)
{
  const char *leaf = keel_transfer_record_get_leaf (record);
  g_autofree char *path = NULL;
  g_autofree char *name = NULL;

  if (is_wanted (row, "file") && record->folder_kind != KEEL_FOLDER_TAKEN)
    path = keel_transfer_record_dup_path (record);
  if (leaf != NULL)
    name = g_filename_display_name (leaf);
  else
    name = keel_file_name_choose (record->wanted, NULL, record->uri, NULL, NULL);
  put_string (row, "uri", record->uri);
  put_lines (row, "mirrors", record->mirrors);
  put_string (row, "effective-uri", record->effective_uri);
  put_path (row, "directory", record->dir);
  put_path (row, "file", path);
  put_string (row, "name", name);
  put_string (row, "title", record->title);
  put_string (row, "user", record->user);
  put_string (row, "user-data", record->user_data);
}

/* What the caller wishes, where that is something else than usual. */
static void
put_wishes (Row                      *row,
            const KeelTransferRecord *record)
{
  put_word (row, "priority", keel_priority_to_string (record->priority));
  put_rank (row, record->place);
  put_string (row, "group", record->group);
  if (record->network >= 0)
    put_word (row, "network", keel_network_use_to_string ((KeelNetworkUse) record->network));
  if (record->power >= 0)
    put_word (row, "power", keel_power_use_to_string ((KeelPowerUse) record->power));
  if (record->conflict != KEEL_CONFLICT_RENAME)
    put_word (row, "conflict", keel_conflict_to_string (record->conflict));
  if (record->size_hint != 0)
    put (row, "size-hint", g_variant_new_uint64 (record->size_hint));
  if (record->timeout_seconds != 0)
    put (row, "timeout", g_variant_new_int64 (MAX (record->timeout_seconds, 0)));
}

static void
put_numbers (Row          *row,
             KeelTransfer *transfer)
{
  const KeelTransferRecord *record = keel_transfer_get_record (transfer);

  put_bytes (row, "received", keel_transfer_get_received (transfer));
  put_bytes (row, "durable", keel_transfer_get_committed (transfer));
  if (record->has_total)
    put_bytes (row, "total", record->total);
  put_bytes (row, "rate", keel_transfer_get_rate (transfer));
  put_count (row, "connections", keel_transfer_get_connections (transfer));
  put_count (row, "attempts", record->attempts);
  put_bytes (row, "resumed-bytes", record->resumed_bytes);
  put_bytes (row, "refetched-bytes", record->refetched_bytes);
  put_bytes (row, "max-rate", record->max_rate_bps);
  put_count (row, "max-connections", record->max_connections);
}

static void
put_server_facts (Row                      *row,
                  const KeelTransferRecord *record)
{
  if (record->http_status != 0)
    {
      put_flag (row, "resumable", record->accepts_ranges);
      put_count (row, "http-status", record->http_status);
    }
  put_string (row, "mime-type", record->content_type);
  if (record->state == KEEL_TRANSFER_FINISHED)
    {
      put_flag (row, "length-confirmed", record->length_confirmed);
      put_flag (row, "collectable", record->folder_kind == KEEL_FOLDER_SPOOL);
    }
  put_string (row, "checksum-algorithm", record->checksum_algorithm);
  put_string (row, "checksum-expected", record->checksum_expected);
  put_string (row, "checksum-actual", record->checksum_actual);
  if (record->checksum_actual != NULL)
    put_flag (row, "checksum-ok",
              g_strcmp0 (record->checksum_actual, record->checksum_expected) == 0);
}

/* @fields is a set of keys, or NULL for all. (transfer floating) */
GVariant *
keel_task_variant_new (KeelTransfer *transfer,
                       GHashTable   *fields)
{
  const KeelTransferRecord *record = keel_transfer_get_record (transfer);
  Row row = { .fields = fields };

  g_variant_builder_init (&row.builder, G_VARIANT_TYPE_VARDICT);
  /* The id is in every answer: a row without it says nothing. */
  g_variant_builder_add_value (&row.builder,
                               make_entry ("id", g_variant_new_uint64 ((guint64) record->id)));
  put_word (&row, "session", record->identifier);
  put_word (&row, "app", record->app);
  put_word (&row, "kind", "download");
  put_state (&row, transfer, record);
  put_challenge (&row, transfer);
  put_names (&row, record);
  put_numbers (&row, transfer);
  put_server_facts (&row, record);
  put_time (&row, "created", record->created_usec);
  put_time (&row, "finished", record->finished_usec);
  put_wishes (&row, record);
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

/* As g_variant_lookup(), which would first make one piece of the tree of values that came. */
static gboolean
look_up (GVariant   *task,
         const char *key,
         const char *type,
         gpointer    out_value)
{
  g_autoptr (GVariant) value = g_variant_lookup_value (task, key, G_VARIANT_TYPE (type));

  if (value != NULL)
    g_variant_get (value, type, out_value);
  return value != NULL;
}

static char *
dup_text (GVariant   *task,
          const char *key)
{
  g_autoptr (GVariant) value = g_variant_lookup_value (task, key, G_VARIANT_TYPE_STRING);

  return value != NULL ? g_variant_dup_string (value, NULL) : NULL;
}

/* The request headers in there, as a record has them (owned): NULL if there are none.
 * KEEL_ERROR_INVALID_ARGUMENT. */
gboolean
keel_task_variant_read_headers (GVariant  *dictionary,
                                char     **out_headers,
                                GError   **error)
{
  g_autoptr (GVariantIter) iter = NULL;
  g_autoptr (GString) headers = NULL;
  const char *name;
  const char *value;

  *out_headers = NULL;
  if (!look_up (dictionary, "headers", "a(ss)", &iter))
    return TRUE;
  headers = g_string_new (NULL);
  while (g_variant_iter_loop (iter, "(&s&s)", &name, &value))
    if (!keel_request_headers_append (headers, name, value, error))
      return FALSE;
  if (headers->len > 0)
    *out_headers = g_strdup (headers->str);
  return TRUE;
}

/* Other links to the same file, each once; whether they are any good the engine says. A line break
 * would make two of one. */
static gboolean
parse_mirrors (GVariant            *task,
               KeelTransferRecord  *record,
               GError             **error)
{
  g_autofree const char **uris = NULL;
  g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func (g_free);

  if (!g_variant_lookup (task, "mirrors", "^a&s", &uris))
    return TRUE;
  for (guint i = 0; uris[i] != NULL; i++)
    {
      g_autofree char *strict = NULL;

      if (strchr (uris[i], '\n') != NULL)
        {
          g_set_error_literal (error, KEEL_ERROR, KEEL_ERROR_BAD_URI,
                               "A mirror has a line break in it");
          return FALSE;
        }
      strict = keel_uri_dup_strict (uris[i]);
      if (!g_ptr_array_find_with_equal_func (found, strict, g_str_equal, NULL))
        g_ptr_array_add (found, g_steal_pointer (&strict));
    }
  g_ptr_array_add (found, NULL);
  if (found->len > 1)
    record->mirrors = g_strjoinv ("\n", (char **) found->pdata);
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

/* What is wished of a task, and may be wished otherwise later. KEEL_ERROR_INVALID_ARGUMENT. */
gboolean
keel_task_variant_read_wishes (GVariant    *dictionary,
                               KeelWishes  *out_wishes,
                               GError     **error)
{
  g_autofree char *network = dup_text (dictionary, "network");
  g_autofree char *power = dup_text (dictionary, "power");
  g_autofree char *conflict = dup_text (dictionary, "conflict");
  KeelNetworkUse network_use;
  KeelPowerUse power_use;

  *out_wishes = (KeelWishes) { .network = -1, .power = -1 };
  if (network != NULL && !keel_network_use_from_string (network, &network_use))
    return invalid (error, "A network is any or unmetered");
  if (network != NULL)
    out_wishes->network = (gint) network_use;
  if (power != NULL && !keel_power_use_from_string (power, &power_use))
    return invalid (error, "A power is any or ac");
  if (power != NULL)
    out_wishes->power = (gint) power_use;
  out_wishes->has_conflict = conflict != NULL;
  if (conflict != NULL && !keel_conflict_from_string (conflict, &out_wishes->conflict))
    return invalid (error, "A conflict is rename, fail or replace");
  out_wishes->has_timeout = look_up (dictionary, "timeout", "x", &out_wishes->timeout_seconds);
  if (out_wishes->timeout_seconds < 0 ||
      out_wishes->timeout_seconds > KEEL_SESSION_MOST_TIMEOUT_SECONDS)
    return invalid (error, "A timeout is a number of seconds, or 0 for none");
  /* In a record, 0 is what the session says. */
  if (out_wishes->has_timeout && out_wishes->timeout_seconds == 0)
    out_wishes->timeout_seconds = -1;
  return TRUE;
}

/* Whether @group may be the name of one. KEEL_ERROR_INVALID_ARGUMENT. */
gboolean
keel_task_variant_check_group (const char  *group,
                               GError     **error)
{
  return group == NULL || strlen (group) <= MOST_GROUP_BYTES ||
         invalid (error, "The name of a group is too long");
}

static gboolean
parse_wishes (GVariant            *task,
              KeelTransferRecord  *record,
              GError             **error)
{
  g_autofree char *group = dup_text (task, "group");
  KeelWishes wishes;

  if (!keel_task_variant_read_wishes (task, &wishes, error) ||
      !keel_task_variant_check_group (group, error))
    return FALSE;
  record->network = wishes.network;
  record->power = wishes.power;
  record->conflict = wishes.conflict;
  record->timeout_seconds = wishes.timeout_seconds;
  if (group != NULL && *group != '\0')
    record->group = g_steal_pointer (&group);
  look_up (task, "size-hint", "t", &record->size_hint);
  return record->size_hint <= G_MAXINT64 ||
         invalid (error, "No file is as large as its size-hint says");
}

static gboolean
parse_start (GVariant            *task,
             KeelTransferRecord  *record,
             GError             **error)
{
  g_autofree char *priority = dup_text (task, "priority");
  gboolean start = TRUE;

  look_up (task, "start", "b", &start);
  if (!start)
    {
      record->state = KEEL_TRANSFER_PAUSED;
      record->pause_reason = KEEL_PAUSE_REASON_USER;
    }
  look_up (task, "not-before", "x", &record->not_before_usec);
  record->not_before_usec = MAX (record->not_before_usec, 0);
  look_up (task, "max-rate", "t", &record->max_rate_bps);
  keel_task_variant_read_connections (task, &record->max_connections);
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

/* @uri, in its strict form, without the user name and the password in it, which are given apart
 * (owned) and are NULL when they are not there. Fails with KEEL_ERROR_BAD_URI or
 * KEEL_ERROR_INVALID_ARGUMENT, but else checks nothing. (transfer full) */
char *
keel_task_variant_split_uri (const char  *uri,
                             char       **out_user,
                             char       **out_password,
                             GError     **error)
{
  g_autofree char *strict = keel_uri_dup_strict (uri);
  g_autofree char *rest = keel_uri_take_userinfo (strict, out_user, out_password);

  if (strlen (uri) > KEEL_URI_MOST_BYTES)
    {
      g_set_error_literal (error, KEEL_ERROR, KEEL_ERROR_LIMITS_EXCEEDED,
                           "The link is longer than 8 KiB");
      return NULL;
    }
  /* An error that names the link would name the password. */
  if (rest == NULL && strchr (uri, '@') != NULL)
    {
      g_set_error_literal (error, KEEL_ERROR, KEEL_ERROR_BAD_URI, "The link is not valid");
      return NULL;
    }
  if (rest == NULL)
    return g_steal_pointer (&strict);
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

/* Whether the keys of a task in @dict are of their types: those of a new one, and those by which
 * one is changed. KEEL_ERROR_INVALID_ARGUMENT. */
gboolean
keel_task_variant_check_types (GVariant  *dict,
                               GError   **error)
{
  static const KeelDictKey keys[] = {
    { "checksum", "s" },    { "conflict", "s" },   { "connections", "u" },
    { "dir", "ay" },        { "dir-fd", "h" },     { "group", "s" },
    { "headers", "a(ss)" }, { "kind", "s" },       { "max-connections", "u" },
    { "max-rate", "t" },    { "mirrors", "as" },   { "name", "s" },
    { "network", "s" },     { "not-before", "x" }, { "password", "s" },
    { "position", "s" },    { "power", "s" },      { "priority", "s" },
    { "size-hint", "t" },   { "spool", "b" },      { "start", "b" },
    { "timeout", "x" },     { "title", "s" },      { "uri", "s" },
    { "user", "s" },        { "user-data", "s" },
  };

  return keel_dict_check (dict, KEEL_DICT_KEYS (keys), error);
}

/* How many connections a task may have, by the word of the rows or by that for what is wished.
 * FALSE: nothing is said. */
gboolean
keel_task_variant_read_connections (GVariant *dict,
                                    guint    *out_count)
{
  return look_up (dict, "max-connections", "u", out_count) ||
         look_up (dict, "connections", "u", out_count);
}

/* A path in bytes, with the NUL that ends a bytestring or without; one inside is none of a path's.
 * (transfer full) (nullable) */
static char *
dup_path (GVariant *bytes)
{
  gsize length;
  const char *data = g_variant_get_fixed_array (bytes, &length, 1);

  if (length > 0 && data[length - 1] == '\0')
    length--;
  if (length == 0)
    return g_strdup ("");
  return memchr (data, '\0', length) != NULL ? NULL : g_strndup (data, length);
}

/* Where the file goes. What is behind a descriptor is looked at later. */
static gboolean
parse_folder (GVariant            *task,
              const char          *default_dir,
              KeelTransferRecord  *record,
              GError             **error)
{
  g_autoptr (GVariant) dir = g_variant_lookup_value (task, "dir", G_VARIANT_TYPE_BYTESTRING);
  g_autoptr (GVariant) handle = g_variant_lookup_value (task, "dir-fd", G_VARIANT_TYPE_HANDLE);
  gboolean is_spool = FALSE;

  look_up (task, "spool", "b", &is_spool);
  if ((dir != NULL) + (handle != NULL) + (is_spool != FALSE) > 1)
    return invalid (error, "A file goes to one place: dir, dir-fd or spool");
  if (dir != NULL && default_dir == NULL)
    {
      g_set_error_literal (error, KEEL_ERROR, KEEL_ERROR_BAD_DESTINATION,
                           "A path means something else in a sandbox; use dir-fd");
      return FALSE;
    }
  if (handle != NULL && g_variant_get_handle (handle) < 0)
    return invalid (error, "A descriptor has a number from 0 on");
  if (handle != NULL)
    {
      record->folder_kind = KEEL_FOLDER_HANDED;
      record->handle = g_variant_get_handle (handle);
    }
  else if (is_spool || (dir == NULL && default_dir == NULL))
    record->folder_kind = KEEL_FOLDER_SPOOL;
  else
    record->dir = dir != NULL ? dup_path (dir) : g_strdup (default_dir);
  return record->folder_kind != KEEL_FOLDER_NAMED || record->dir != NULL ||
         invalid (error, "A path has no NUL in it");
}

/* Another folder for a task that is there: @out_place (owned) of a path, else its dir is NULL and
 * @out_handle the place of a descriptor in the message, or -1: nothing is said. */
gboolean
keel_task_variant_read_folder (GVariant   *changes,
                               gboolean    may_use_paths,
                               KeelPlace  *out_place,
                               gint       *out_handle,
                               GError    **error)
{
  g_autoptr (KeelTransferRecord) record = keel_transfer_record_new ();
  g_autoptr (GVariant) dir = g_variant_lookup_value (changes, "dir", NULL);
  g_autoptr (GVariant) handle = g_variant_lookup_value (changes, "dir-fd", NULL);
  KeelPlace place;

  *out_place = (KeelPlace) { 0 };
  *out_handle = -1;
  if (dir == NULL && handle == NULL)
    return TRUE;
  /* The default is not asked for: one of the two is there. */
  if (!keel_task_variant_check_types (changes, error) ||
      !parse_folder (changes, may_use_paths ? "/" : NULL, record, error))
    return FALSE;
  *out_handle = record->handle;
  if (record->handle >= 0)
    return TRUE;
  if (!g_path_is_absolute (record->dir))
    {
      g_set_error (error, KEEL_ERROR, KEEL_ERROR_BAD_DESTINATION,
                   "The folder must be an absolute path, not “%s”", record->dir);
      return FALSE;
    }
  place = keel_transfer_record_get_place (record);
  keel_place_copy (out_place, &place);
  return TRUE;
}

/* A new row from what a caller wants. @default_dir: (nullable) where files go; NULL: the caller is
 * not to name paths, and its files go into the spool. Fails with an error that a call may have.
 * (transfer full) */
KeelTransferRecord *
keel_task_variant_parse (GVariant    *task,
                         const char  *default_dir,
                         GError     **error)
{
  g_autoptr (KeelTransferRecord) record = keel_transfer_record_new ();
  g_autofree char *kind = dup_text (task, "kind");

  if (!keel_task_variant_check_types (task, error))
    return NULL;
  if (kind != NULL && strcmp (kind, "download") != 0)
    {
      g_set_error (error, KEEL_ERROR, KEEL_ERROR_UNSUPPORTED, "A task cannot be of the kind “%s”",
                   kind);
      return NULL;
    }
  if (!parse_uri (task, record, error))
    return NULL;
  record->wanted = dup_text (task, "name");
  record->title = dup_text (task, "title");
  record->user_data = dup_text (task, "user-data");
  if (!parse_folder (task, default_dir, record, error) || !parse_mirrors (task, record, error) ||
      !keel_task_variant_read_headers (task, &record->headers, error) ||
      !parse_checksum (task, record, error) || !parse_start (task, record, error) ||
      !parse_wishes (task, record, error) || !keel_engine_check_record (record, error))
    return NULL;
  return g_steal_pointer (&record);
}

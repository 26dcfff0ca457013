/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-record-check.h"

#include "keel-checksum.h"
#include "keel-part-file.h"
#include "keel-part-label.h"
#include "keel-request-headers.h"
#include "keel-session-config.h"
#include "keel-uri.h"

#include <string.h>

/* Makes sense of a record that comes from somewhere where it may have been altered: a damaged
 * database, or the label of a part file. Without an id, a link or a folder it is nothing. Anything
 * else that cannot be is left out as if it had never been known, and what does not fit together is
 * made to fit on the safe side: bytes are fetched again rather than believed. Pure. */

/* So that ids and times can be counted on from there. */
#define MOST_NUMBER ((gint64) 1 << 53)
#define MOST_PATH_BYTES 4096
#define MOST_NAME_BYTES 255

static void
check_text (char **text)
{
  if (*text != NULL && !g_utf8_validate (*text, -1, NULL))
    g_clear_pointer (text, g_free);
}

static void
check_texts (KeelTransferRecord *record)
{
  char **const texts[] = {
    &record->effective_uri, &record->wanted,
    &record->title,         &record->user_data,
    &record->etag,          &record->last_modified,
    &record->date,          &record->content_type,
    &record->coding,        &record->server,
    &record->aside.etag,    &record->aside.last_modified,
    &record->aside.date,    &record->aside.content_type,
    &record->aside.coding,  &record->checksum_actual,
    &record->error_message, &record->error_details,
    &record->user,          &record->group,
  };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    check_text (texts[i]);
  if (record->effective_uri != NULL && !keel_uri_check (record->effective_uri, NULL))
    g_clear_pointer (&record->effective_uri, g_free);
}

static void
check_number (gint64 *number)
{
  if (*number < 0 || *number > MOST_NUMBER)
    *number = 0;
}

static void
check_numbers (KeelTransferRecord *record)
{
  gint64 *const numbers[] = {
    &record->wait_until_usec, &record->not_before_usec, &record->failing_since_usec,
    &record->created_usec,    &record->finished_usec,   &record->spent_usec,
    &record->spent_at_usec,   &record->running_usec,    &record->conflict_usec,
  };
  guint64 *const sizes[] = {
    &record->max_rate_bps,  &record->durable,         &record->aside.durable,
    &record->resumed_bytes, &record->refetched_bytes, &record->size_hint,
  };
  gboolean *const facts[] = {
    &record->accepts_ranges,  &record->length_confirmed,    &record->has_ended,
    &record->is_rebound,      &record->checksum_is_servers, &record->is_sealed,
    &record->has_placeholder, &record->is_suspect,          &record->aside.is_suspect,
  };

  for (gsize i = 0; i < G_N_ELEMENTS (numbers); i++)
    check_number (numbers[i]);
  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    if (*sizes[i] > (guint64) MOST_NUMBER)
      *sizes[i] = 0;
  for (gsize i = 0; i < G_N_ELEMENTS (facts); i++)
    *facts[i] = *facts[i] != FALSE;
}

/* Whether the lines are such as a caller might have set. */
static gboolean
are_good_headers (const char *headers)
{
  g_auto (GStrv) lines = g_strsplit (headers, "\n", -1);
  g_autoptr (GString) again = g_string_new (NULL);

  for (guint i = 0; lines[i] != NULL && *lines[i] != '\0'; i++)
    {
      char *colon = strstr (lines[i], ": ");

      if (colon == NULL)
        return FALSE;
      *colon = '\0';
      if (!keel_request_headers_append (again, lines[i], colon + 2, NULL))
        return FALSE;
    }
  return strcmp (again->str, headers) == 0;
}

static void
check_headers (KeelTransferRecord *record)
{
  if (record->headers != NULL &&
      (!g_utf8_validate (record->headers, -1, NULL) || !are_good_headers (record->headers)))
    g_clear_pointer (&record->headers, g_free);
}

static void
check_checksum (KeelTransferRecord *record)
{
  g_autofree char *text = g_strdup_printf (
    "%s:%s", record->checksum_algorithm != NULL ? record->checksum_algorithm : "",
    record->checksum_expected != NULL ? record->checksum_expected : "");
  g_autofree char *algorithm = NULL;
  g_autofree char *hex = NULL;

  if (keel_checksum_parse (text, &algorithm, &hex, NULL))
    return;
  g_clear_pointer (&record->checksum_algorithm, g_free);
  g_clear_pointer (&record->checksum_expected, g_free);
  record->checksum_is_servers = FALSE;
}

static gboolean
is_good_leaf (const char *name)
{
  return name == NULL ||
         (*name != '\0' && strlen (name) <= MOST_NAME_BYTES && strchr (name, '/') == NULL &&
          strcmp (name, ".") != 0 && strcmp (name, "..") != 0);
}

static gboolean
is_good_part (const char *name)
{
  return name == NULL || keel_part_label_is_part_name (name);
}

static void
check_names (KeelTransferRecord *record)
{
  if (is_good_leaf (record->chosen) && is_good_leaf (record->name) &&
      (record->chosen == NULL) == (record->name == NULL))
    return;
  g_clear_pointer (&record->chosen, g_free);
  g_clear_pointer (&record->name, g_free);
}

/* They are parts of a file of which the beginning and the size are known. */
static void
check_islands (KeelTransferRecord *record)
{
  const KeelRanges *islands = record->islands;

  if (islands != NULL && (record->part_ino == 0 || !record->has_total || islands->len == 0 ||
                          keel_ranges_get (islands, 0)->from <= record->durable ||
                          keel_ranges_get_end (islands) > record->total))
    g_clear_pointer (&record->islands, g_array_unref);
}

/* Other links may do without those that make no sense. */
static void
check_mirrors (KeelTransferRecord *record)
{
  g_autoptr (GString) good = g_string_new (NULL);
  g_auto (GStrv) lines = NULL;

  if (record->mirrors == NULL)
    return;
  lines = g_strsplit (record->mirrors, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    if (keel_uri_check (lines[i], NULL))
      g_string_append_printf (good, "%s%s", good->len > 0 ? "\n" : "", lines[i]);
  g_free (record->mirrors);
  record->mirrors = good->len > 0 ? g_strdup (good->str) : NULL;
}

/* Without a name and a token there is no part file, and then nothing of it counts. */
static void
check_parts (KeelTransferRecord *record)
{
  gboolean has_token = record->token != NULL && keel_part_label_is_token (record->token);

  if (!has_token)
    {
      g_free (record->token);
      record->token = keel_part_file_dup_random_token ();
    }
  if (!has_token || !is_good_part (record->part_name))
    g_clear_pointer (&record->part_name, g_free);
  if (!has_token || !is_good_part (record->spare_name) ||
      g_strcmp0 (record->part_name, record->spare_name) == 0)
    g_clear_pointer (&record->spare_name, g_free);
  if (record->part_name == NULL)
    record->part_ino = 0;
  if (record->part_name == NULL && keel_transfer_record_is_unfinished (record))
    record->part_name = keel_part_file_dup_random_name ();
  if (record->part_name != NULL && record->spare_name == NULL)
    {
      record->spare_name = keel_part_file_dup_random_name ();
      keel_transfer_record_drop_aside (record);
    }
  if (record->aside.ino == 0)
    record->aside.durable = 0;
  if (record->part_ino == 0 || (record->has_total && record->durable > record->total))
    record->durable = 0;
  check_islands (record);
}

static void
check_state (KeelTransferRecord *record)
{
  if (record->state == KEEL_TRANSFER_PUBLISHING &&
      (record->name == NULL || record->part_ino == 0 || !record->has_total))
    record->state = KEEL_TRANSFER_QUEUED;
  if (record->state == KEEL_TRANSFER_FINISHED && record->name == NULL)
    record->state = KEEL_TRANSFER_QUEUED;
}

/* FALSE: there is no transfer in it. */
gboolean
keel_record_check_mend (KeelTransferRecord *record)
{
  if (record->id <= 0 || record->id > MOST_NUMBER || !keel_uri_check (record->uri, NULL))
    return FALSE;
  if (record->dir == NULL || !g_path_is_absolute (record->dir) ||
      strlen (record->dir) >= MOST_PATH_BYTES)
    return FALSE;
  if (record->left.dir != NULL && strlen (record->left.dir) >= MOST_PATH_BYTES)
    keel_transfer_record_drop_left (record);
  check_numbers (record);
  check_texts (record);
  check_headers (record);
  check_checksum (record);
  check_names (record);
  check_state (record);
  check_parts (record);
  check_mirrors (record);
  record->max_connections = MIN (record->max_connections, KEEL_TRANSFER_MOST_CONNECTIONS);
  if (ABS (record->place) > MOST_NUMBER)
    record->place = 0;
  if (record->timeout_seconds > KEEL_SESSION_MOST_TIMEOUT_SECONDS)
    record->timeout_seconds = 0;
  return TRUE;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-task-json.h"

#include <stdio.h>

/* The JSON object of a task, which scripts rely on: every key is always there, in this order, and
 * null where nothing is known. */

static void
add_word (KeelJson   *json,
          const char *key,
          GType       type,
          int         value)
{
  g_autoptr (GEnumClass) words = g_type_class_ref (type);
  GEnumValue *word = g_enum_get_value (words, value);

  keel_json_add_string (json, key, word != NULL ? word->value_nick : NULL);
}

static void
add_time (KeelJson   *json,
          const char *key,
          GDateTime  *time)
{
  g_autofree char *text = time != NULL ? g_date_time_format (time, "%Y-%m-%dT%H:%M:%SZ") : NULL;

  keel_json_add_string (json, key, text);
}

/* A number that is -1 (or 0, for those that cannot be) when not known. */
static void
add_known (KeelJson   *json,
           const char *key,
           gint64      value,
           gboolean    known)
{
  if (known)
    keel_json_add_unsigned (json, key, (guint64) value);
  else
    keel_json_add_null (json, key);
}

static void
add_flag (KeelJson   *json,
          const char *key,
          KeelTask   *task,
          const char *property,
          gboolean    value)
{
  if (keel_task_has_value (task, property))
    keel_json_add_boolean (json, key, value);
  else
    keel_json_add_null (json, key);
}

static void
add_reasons (KeelJson *json,
             KeelTask *task)
{
  const KeelWaitReason wait_reason = keel_task_get_wait_reason (task);
  const KeelPauseReason pause_reason = keel_task_get_pause_reason (task);

  if (wait_reason != KEEL_WAIT_REASON_NONE)
    add_word (json, "wait_reason", KEEL_TYPE_WAIT_REASON, (int) wait_reason);
  else
    keel_json_add_null (json, "wait_reason");
  keel_json_add_string (json, "wait_detail", keel_task_get_wait_detail (task));
  add_time (json, "wait_until", keel_task_get_wait_until (task));
  if (pause_reason != KEEL_PAUSE_REASON_NONE)
    add_word (json, "pause_reason", KEEL_TYPE_PAUSE_REASON, (int) pause_reason);
  else
    keel_json_add_null (json, "pause_reason");
}

static void
add_mirrors (KeelJson *json,
             KeelTask *task)
{
  const char *const *mirrors = keel_task_get_mirrors (task);

  keel_json_open_array (json, "mirrors");
  for (guint i = 0; mirrors != NULL && mirrors[i] != NULL; i++)
    keel_json_add_string (json, NULL, mirrors[i]);
  keel_json_close_array (json);
}

static void
add_places (KeelJson *json,
            KeelTask *task)
{
  GFile *file = keel_task_get_file (task);
  g_autofree char *file_uri = file != NULL ? g_file_get_uri (file) : NULL;

  keel_json_add_string (json, "uri", keel_task_get_uri (task));
  keel_json_add_string (json, "effective_uri", keel_task_get_effective_uri (task));
  add_mirrors (json, task);
  keel_json_add_string (json, "file", file != NULL ? g_file_peek_path (file) : NULL);
  keel_json_add_string (json, "file_uri", file_uri);
  keel_json_add_string (json, "name", keel_task_get_name (task));
}

static void
add_numbers (KeelJson *json,
             KeelTask *task)
{
  keel_json_add_unsigned (json, "received", keel_task_get_received (task));
  keel_json_add_unsigned (json, "durable", keel_task_get_durable (task));
  add_known (json, "total", keel_task_get_total (task), keel_task_get_total (task) >= 0);
  keel_json_add_unsigned (json, "rate", keel_task_get_rate (task));
  add_known (json, "eta", keel_task_get_eta (task), keel_task_get_eta (task) >= 0);
  keel_json_add_unsigned (json, "connections", keel_task_get_connections (task));
  add_known (json, "max_connections", keel_task_get_max_connections (task),
             keel_task_get_max_connections (task) > 0);
  add_flag (json, "resumable", task, "resumable", keel_task_get_resumable (task));
  keel_json_add_unsigned (json, "attempts", keel_task_get_attempts (task));
  keel_json_add_unsigned (json, "resumed_bytes", keel_task_get_resumed_bytes (task));
  keel_json_add_unsigned (json, "refetched_bytes", keel_task_get_refetched_bytes (task));
}

static void
add_checksum (KeelJson *json,
              KeelTask *task)
{
  if (keel_task_get_checksum_algorithm (task) == NULL)
    {
      keel_json_add_null (json, "checksum");
      return;
    }

  keel_json_open_object (json, "checksum");
  keel_json_add_string (json, "algorithm", keel_task_get_checksum_algorithm (task));
  keel_json_add_string (json, "expected", keel_task_get_checksum_expected (task));
  keel_json_add_string (json, "actual", keel_task_get_checksum_actual (task));
  add_flag (json, "ok", task, "checksum-ok", keel_task_get_checksum_ok (task));
  keel_json_close_object (json);
}

static void
add_error (KeelJson *json,
           KeelTask *task)
{
  const GError *error = keel_task_get_error (task);
  const guint http_status = keel_task_get_error_http_status (task);

  if (error == NULL)
    {
      keel_json_add_null (json, "error");
      return;
    }

  keel_json_open_object (json, "error");
  add_word (json, "code", KEEL_TYPE_TASK_ERROR, error->code);
  keel_json_add_string (json, "message", error->message);
  add_known (json, "http_status", http_status, http_status != 0);
  keel_json_add_boolean (json, "retryable", keel_task_get_error_retryable (task));
  keel_json_close_object (json);
}

void
keel_task_json_add (KeelJson *json,
                    KeelTask *task)
{
  const guint http_status = keel_task_get_http_status (task);

  keel_json_open_object (json, NULL);
  keel_json_add_unsigned (json, "id", keel_task_get_id (task));
  keel_json_add_string (json, "session", keel_task_get_session (task));
  keel_json_add_string (json, "app", keel_task_get_app (task));
  keel_json_add_string (json, "kind", keel_task_get_kind (task));
  add_word (json, "state", KEEL_TYPE_TASK_STATE, (int) keel_task_get_state (task));
  add_reasons (json, task);
  add_places (json, task);
  add_numbers (json, task);
  add_checksum (json, task);
  add_flag (json, "length_confirmed", task, "length-confirmed",
            keel_task_get_length_confirmed (task));
  keel_json_add_string (json, "mime_type", keel_task_get_mime_type (task));
  add_known (json, "http_status", http_status, http_status != 0);
  add_error (json, task);
  add_time (json, "created", keel_task_get_created (task));
  add_time (json, "finished", keel_task_get_finished (task));
  keel_json_close_object (json);
}

/* One line, at once: the reader of a stream waits for it. */
void
keel_task_json_print (KeelTask *task)
{
  KeelJson json;
  g_autofree char *text = NULL;

  keel_json_init (&json);
  keel_task_json_add (&json, task);
  text = keel_json_end (&json);
  fputs (text, stdout);
  fputc ('\n', stdout);
  fflush (stdout);
}

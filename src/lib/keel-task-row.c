/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "keel-task-row.h"

#include "keel-enum-types.h"

/* What the service tells of a task, and the one table that says how each key of the D-Bus contract
 * is read, compared, and shown as a GObject property of the same name.
 *
 * The service may be newer or older than the library, so nothing in a row is ever a mistake: a key
 * that is not there, or has another type than expected, is not known; a key without a line in the
 * table is passed over; a word that is not in its enumeration gives the value in the table. An
 * unknown state reads as waiting without a reason: the task has not ended, and somebody else will
 * have to explain it. */

typedef enum {
  FIELD_STRING,
  FIELD_STRINGS,
  FIELD_PATH,
  FIELD_BYTES,
  FIELD_SIZE, /* like FIELD_BYTES, but -1 when not known */
  FIELD_NUMBER,
  FIELD_COUNT,
  FIELD_FLAG,
  FIELD_TIME,
  FIELD_WORD,
} FieldKind;

typedef struct {
  const char *name;
  FieldKind kind;
  gsize offset;
  /* FIELD_WORD only */
  GType (*get_type) (void);
  int absent;
  int unheard;
} Field;

#define AT(member) G_STRUCT_OFFSET (KeelTaskRow, member)

static const Field fields[] = {
  { "id", FIELD_BYTES, AT (id) },
  { "session", FIELD_STRING, AT (session) },
  { "app", FIELD_STRING, AT (app) },
  { "kind", FIELD_STRING, AT (kind) },
  { "state", FIELD_WORD, AT (state), keel_task_state_get_type, KEEL_TASK_STATE_WAITING,
    KEEL_TASK_STATE_WAITING },
  { "wait-reason", FIELD_WORD, AT (wait_reason), keel_wait_reason_get_type, KEEL_WAIT_REASON_NONE,
    KEEL_WAIT_REASON_NONE },
  { "wait-detail", FIELD_STRING, AT (wait_detail) },
  { "wait-until", FIELD_TIME, AT (wait_until) },
  { "pause-reason", FIELD_WORD, AT (pause_reason), keel_pause_reason_get_type,
    KEEL_PAUSE_REASON_NONE, KEEL_PAUSE_REASON_NONE },
  { "priority", FIELD_WORD, AT (priority), keel_priority_get_type, KEEL_PRIORITY_NORMAL,
    KEEL_PRIORITY_NORMAL },
  { "rank", FIELD_NUMBER, AT (rank) },
  { "error-code", FIELD_WORD, AT (error_code), keel_task_error_get_type, -1,
    KEEL_TASK_ERROR_INTERNAL },
  { "error-message", FIELD_STRING, AT (error_message) },
  { "error-details", FIELD_STRING, AT (error_details) },
  { "error-http-status", FIELD_COUNT, AT (error_http_status) },
  { "error-retryable", FIELD_FLAG, AT (error_retryable) },
  { "challenge-cookie", FIELD_STRING, AT (challenge_cookie) },
  { "challenge-origin", FIELD_STRING, AT (challenge_origin) },
  { "challenge-realm", FIELD_STRING, AT (challenge_realm) },
  { "challenge-scheme", FIELD_STRING, AT (challenge_scheme) },
  { "challenge-proxy", FIELD_FLAG, AT (challenge_proxy) },
  { "challenge-tries", FIELD_COUNT, AT (challenge_tries) },
  { "uri", FIELD_STRING, AT (uri) },
  { "mirrors", FIELD_STRINGS, AT (mirrors) },
  { "effective-uri", FIELD_STRING, AT (effective_uri) },
  { "directory", FIELD_PATH, AT (directory) },
  { "file", FIELD_PATH, AT (file) },
  { "name", FIELD_STRING, AT (name) },
  { "title", FIELD_STRING, AT (title) },
  { "user", FIELD_STRING, AT (user) },
  { "user-data", FIELD_STRING, AT (user_data) },
  { "received", FIELD_BYTES, AT (received) },
  { "durable", FIELD_BYTES, AT (durable) },
  { "total", FIELD_SIZE, AT (total) },
  { "rate", FIELD_BYTES, AT (rate) },
  { "max-rate", FIELD_BYTES, AT (max_rate) },
  { "connections", FIELD_COUNT, AT (connections) },
  { "max-connections", FIELD_COUNT, AT (max_connections) },
  { "resumable", FIELD_FLAG, AT (resumable) },
  { "attempts", FIELD_COUNT, AT (attempts) },
  { "resumed-bytes", FIELD_BYTES, AT (resumed_bytes) },
  { "refetched-bytes", FIELD_BYTES, AT (refetched_bytes) },
  { "length-confirmed", FIELD_FLAG, AT (length_confirmed) },
  { "mime-type", FIELD_STRING, AT (mime_type) },
  { "http-status", FIELD_COUNT, AT (http_status) },
  { "checksum-algorithm", FIELD_STRING, AT (checksum_algorithm) },
  { "checksum-expected", FIELD_STRING, AT (checksum_expected) },
  { "checksum-actual", FIELD_STRING, AT (checksum_actual) },
  { "checksum-ok", FIELD_FLAG, AT (checksum_ok) },
  { "created", FIELD_TIME, AT (created) },
  { "finished", FIELD_TIME, AT (finished) },
  { "group", FIELD_STRING, AT (group) },
  { "network", FIELD_WORD, AT (network), keel_network_use_get_type, KEEL_NETWORK_USE_ANY,
    KEEL_NETWORK_USE_ANY },
  { "power", FIELD_WORD, AT (power), keel_power_use_get_type, KEEL_POWER_USE_ANY,
    KEEL_POWER_USE_ANY },
  { "conflict", FIELD_WORD, AT (conflict), keel_conflict_get_type, KEEL_CONFLICT_RENAME,
    KEEL_CONFLICT_RENAME },
  { "collectable", FIELD_FLAG, AT (collectable) },
};

#undef AT

G_STATIC_ASSERT (G_N_ELEMENTS (fields) <= 64); /* the bits of KeelTaskRow.known */

#define MEMBER(row, field, type) (G_STRUCT_MEMBER (type, (row), (field)->offset))

guint
keel_task_row_get_n_fields (void)
{
  return G_N_ELEMENTS (fields);
}

const char *
keel_task_row_get_field_name (guint field)
{
  return fields[field].name;
}

gboolean
keel_task_row_find_field (const char *name,
                          guint      *out_field)
{
  static gsize initialized = 0;
  static GHashTable *by_name;
  gpointer number;

  if (g_once_init_enter (&initialized))
    {
      by_name = g_hash_table_new (g_str_hash, g_str_equal);
      for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
        g_hash_table_insert (by_name, (gpointer) fields[i].name, GUINT_TO_POINTER (i));
      g_once_init_leave (&initialized, 1);
    }

  if (!g_hash_table_lookup_extended (by_name, name, NULL, &number))
    return FALSE;
  *out_field = GPOINTER_TO_UINT (number);
  return TRUE;
}

/* NULL for the two that are told together as the property "error", and for the one that only the
 * service can make something of. */
GParamSpec *
keel_task_row_create_pspec (guint field)
{
  const Field *self = &fields[field];
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  if (g_str_equal (self->name, "error-code") || g_str_equal (self->name, "error-message") ||
      g_str_equal (self->name, "challenge-cookie"))
    return NULL;

  switch (self->kind)
    {
    case FIELD_STRING:
      return g_param_spec_string (self->name, NULL, NULL, NULL, flags);
    case FIELD_STRINGS:
      return g_param_spec_boxed (self->name, NULL, NULL, G_TYPE_STRV, flags);
    case FIELD_PATH:
      return g_param_spec_object (self->name, NULL, NULL, G_TYPE_FILE, flags);
    case FIELD_BYTES:
      return g_param_spec_uint64 (self->name, NULL, NULL, 0, G_MAXUINT64, 0, flags);
    case FIELD_SIZE:
      return g_param_spec_int64 (self->name, NULL, NULL, -1, G_MAXINT64, -1, flags);
    case FIELD_NUMBER:
      return g_param_spec_int64 (self->name, NULL, NULL, G_MININT64, G_MAXINT64, 0, flags);
    case FIELD_COUNT:
      return g_param_spec_uint (self->name, NULL, NULL, 0, G_MAXUINT, 0, flags);
    case FIELD_FLAG:
      return g_param_spec_boolean (self->name, NULL, NULL, FALSE, flags);
    case FIELD_TIME:
      return g_param_spec_boxed (self->name, NULL, NULL, G_TYPE_DATE_TIME, flags);
    case FIELD_WORD:
      return g_param_spec_enum (self->name, NULL, NULL, self->get_type (), self->absent, flags);
    default:
      g_return_val_if_reached (NULL);
    }
}

void
keel_task_row_get_value (const KeelTaskRow *self,
                         guint              field,
                         GValue            *value)
{
  const Field *f = &fields[field];

  switch (f->kind)
    {
    case FIELD_STRING:
      g_value_set_string (value, MEMBER (self, f, char *));
      break;
    case FIELD_STRINGS:
      g_value_set_boxed (value, MEMBER (self, f, char **));
      break;
    case FIELD_PATH:
      g_value_set_object (value, MEMBER (self, f, GFile *));
      break;
    case FIELD_BYTES:
      g_value_set_uint64 (value, MEMBER (self, f, guint64));
      break;
    case FIELD_SIZE:
    case FIELD_NUMBER:
      g_value_set_int64 (value, MEMBER (self, f, gint64));
      break;
    case FIELD_COUNT:
      g_value_set_uint (value, MEMBER (self, f, guint));
      break;
    case FIELD_FLAG:
      g_value_set_boolean (value, MEMBER (self, f, gboolean));
      break;
    case FIELD_TIME:
      g_value_set_boxed (value, MEMBER (self, f, GDateTime *));
      break;
    case FIELD_WORD:
      g_value_set_enum (value, MEMBER (self, f, int));
      break;
    default:
      g_return_if_reached ();
    }
}

static gboolean
files_equal (GFile *a,
             GFile *b)
{
  return a == b || (a != NULL && b != NULL && g_file_equal (a, b));
}

static gboolean
lists_equal (char **a,
             char **b)
{
  return a == b || (a != NULL && b != NULL &&
                    g_strv_equal ((const char *const *) a, (const char *const *) b));
}

static gboolean
times_equal (GDateTime *a,
             GDateTime *b)
{
  return a == b || (a != NULL && b != NULL && g_date_time_equal (a, b));
}

gboolean
keel_task_row_field_equal (const KeelTaskRow *self,
                           const KeelTaskRow *other,
                           guint              field)
{
  const Field *f = &fields[field];

  switch (f->kind)
    {
    case FIELD_STRING:
      return MEMBER (self, f, char *) == MEMBER (other, f, char *) ||
             g_strcmp0 (MEMBER (self, f, char *), MEMBER (other, f, char *)) == 0;
    case FIELD_STRINGS:
      return lists_equal (MEMBER (self, f, char **), MEMBER (other, f, char **));
    case FIELD_PATH:
      return files_equal (MEMBER (self, f, GFile *), MEMBER (other, f, GFile *));
    case FIELD_BYTES:
      return MEMBER (self, f, guint64) == MEMBER (other, f, guint64);
    case FIELD_SIZE:
    case FIELD_NUMBER:
      return MEMBER (self, f, gint64) == MEMBER (other, f, gint64);
    case FIELD_TIME:
      return times_equal (MEMBER (self, f, GDateTime *), MEMBER (other, f, GDateTime *));
    case FIELD_COUNT:
      return MEMBER (self, f, guint) == MEMBER (other, f, guint);
    case FIELD_FLAG:
    case FIELD_WORD:
      return MEMBER (self, f, int) == MEMBER (other, f, int);
    default:
      g_return_val_if_reached (TRUE);
    }
}

void
keel_task_row_init (KeelTaskRow *self)
{
  memset (self, 0, sizeof *self);
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    if (fields[i].kind == FIELD_WORD)
      MEMBER (self, &fields[i], int) = fields[i].absent;
    else if (fields[i].kind == FIELD_SIZE)
      MEMBER (self, &fields[i], gint64) = -1;
}

/* Paths are bytes; whether the sender counted the final NUL does not matter. */
static GFile *
path_to_file (GVariant *value)
{
  gsize length;
  const char *bytes = g_variant_get_fixed_array (value, &length, 1);
  g_autofree char *path = g_strndup (bytes, length);

  return path != NULL && g_path_is_absolute (path) ? g_file_new_for_path (path) : NULL;
}

static GDateTime *
usec_to_time (gint64 usec)
{
  g_autoptr (GDateTime) whole = g_date_time_new_from_unix_utc (usec / G_USEC_PER_SEC);

  return whole != NULL ? g_date_time_add (whole, usec % G_USEC_PER_SEC) : NULL;
}

static int
word_to_value (const Field *field,
               const char  *word)
{
  g_autoptr (GEnumClass) words = g_type_class_ref (field->get_type ());
  GEnumValue *value = g_enum_get_value_by_nick (words, word);

  return value != NULL ? value->value : field->unheard;
}

static const GVariantType *
field_get_wire_type (const Field *field)
{
  switch (field->kind)
    {
    case FIELD_STRING:
    case FIELD_WORD:
      return G_VARIANT_TYPE_STRING;
    case FIELD_STRINGS:
      return G_VARIANT_TYPE_STRING_ARRAY;
    case FIELD_PATH:
      return G_VARIANT_TYPE_BYTESTRING;
    case FIELD_BYTES:
    case FIELD_SIZE:
      return G_VARIANT_TYPE_UINT64;
    case FIELD_COUNT:
      return G_VARIANT_TYPE_UINT32;
    case FIELD_FLAG:
      return G_VARIANT_TYPE_BOOLEAN;
    case FIELD_NUMBER:
    case FIELD_TIME:
      return G_VARIANT_TYPE_INT64;
    default:
      g_return_val_if_reached (G_VARIANT_TYPE_STRING);
    }
}

/* The member is empty before: rows are parsed once, and a key that comes twice is dropped. */
static void
keel_task_row_take (KeelTaskRow *self,
                    const Field *f,
                    GVariant    *value)
{
  switch (f->kind)
    {
    case FIELD_STRING:
      MEMBER (self, f, char *) = g_variant_dup_string (value, NULL);
      break;
    case FIELD_STRINGS:
      MEMBER (self, f, char **) = g_variant_dup_strv (value, NULL);
      break;
    case FIELD_PATH:
      MEMBER (self, f, GFile *) = path_to_file (value);
      break;
    case FIELD_BYTES:
      MEMBER (self, f, guint64) = g_variant_get_uint64 (value);
      break;
    case FIELD_SIZE:
      MEMBER (self, f, gint64) = (gint64) MIN (g_variant_get_uint64 (value), G_MAXINT64);
      break;
    case FIELD_NUMBER:
      MEMBER (self, f, gint64) = g_variant_get_int64 (value);
      break;
    case FIELD_COUNT:
      MEMBER (self, f, guint) = g_variant_get_uint32 (value);
      break;
    case FIELD_FLAG:
      MEMBER (self, f, gboolean) = g_variant_get_boolean (value);
      break;
    case FIELD_TIME:
      MEMBER (self, f, GDateTime *) = usec_to_time (g_variant_get_int64 (value));
      break;
    case FIELD_WORD:
      MEMBER (self, f, int) = word_to_value (f, g_variant_get_string (value, NULL));
      break;
    default:
      g_return_if_reached ();
    }
}

/* An entry of a dictionary, a{sv}, as it comes over the bus: a tree of small values. What walks
 * through that with a format string first makes one piece of all of it, which takes longer than
 * everything else that is done with a row. The key lives as long as the dictionary. (transfer full)
 */
GVariant *
keel_task_row_get_entry (GVariant    *dictionary,
                         gsize        index,
                         const char **out_key)
{
  g_autoptr (GVariant) entry = g_variant_get_child_value (dictionary, index);
  g_autoptr (GVariant) key = g_variant_get_child_value (entry, 0);
  g_autoptr (GVariant) boxed = g_variant_get_child_value (entry, 1);

  *out_key = g_variant_get_string (key, NULL);
  return g_variant_get_variant (boxed);
}

/* Fills a row that was initialised and has not been parsed. */
void
keel_task_row_parse (KeelTaskRow *self,
                     GVariant    *dictionary)
{
  const gsize n_entries = g_variant_n_children (dictionary);

  for (gsize i = 0; i < n_entries; i++)
    {
      const char *key;
      g_autoptr (GVariant) value = keel_task_row_get_entry (dictionary, i, &key);
      guint field;

      if (!keel_task_row_find_field (key, &field) ||
          (self->known & (G_GUINT64_CONSTANT (1) << field)) != 0 ||
          !g_variant_is_of_type (value, field_get_wire_type (&fields[field])))
        continue;
      self->known |= G_GUINT64_CONSTANT (1) << field;
      keel_task_row_take (self, &fields[field], value);
    }
}

void
keel_task_row_clear (KeelTaskRow *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    {
      const Field *f = &fields[i];

      if (f->kind == FIELD_STRING)
        g_clear_pointer (&MEMBER (self, f, char *), g_free);
      else if (f->kind == FIELD_STRINGS)
        g_clear_pointer (&MEMBER (self, f, char **), g_strfreev);
      else if (f->kind == FIELD_PATH)
        g_clear_object (&MEMBER (self, f, GFile *));
      else if (f->kind == FIELD_TIME)
        g_clear_pointer (&MEMBER (self, f, GDateTime *), g_date_time_unref);
    }
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-session-config.h"

#include "keel-request-headers.h"
#include "keel-task-error.h"
#include "keel-words.h"

#include <string.h>

/* How a session behaves: a dictionary of a program's choices, checked and taken apart.
 *
 * One table says what each key is called, what its values may be and where they are kept. What is
 * remembered, beside the values, is which keys were given: only those are in the database, as the
 * text of the same dictionary, so that a default that is another one in a later version holds for
 * all who have never said anything. A key that is given replaces what was there, one that is not
 * given stays, one that is not known is passed over. Pure. */

/* As long as NSURLSession waits for a resource. */
#define DEFAULT_TIMEOUT_SECONDS (7 * 24 * 3600)
#define MOST_TEXT_BYTES 1024

typedef enum {
  FLAG,    /* gboolean */
  COUNT,   /* guint */
  RATE,    /* guint64 */
  TIME,    /* gint64, microseconds */
  SECONDS, /* gint64 */
  TEXT,    /* char * */
  AGENT,   /* char *, fit for a header */
  HEADERS, /* char *, lines */
  NETWORK,
  POWER,
} Kind;

#define KEY(name, kind, field)                                                                     \
  {                                                                                                \
    name, kind, G_STRUCT_OFFSET (KeelSessionConfig, field)                                         \
  }

static const struct {
  const char *name;
  Kind kind;
  gsize offset;
} keys[] = {
  KEY ("events", FLAG, events),
  KEY ("launch-events", FLAG, launch_events),
  KEY ("notify", FLAG, notify),
  KEY ("title", TEXT, title),
  KEY ("network", NETWORK, network),
  KEY ("power", POWER, power),
  KEY ("discretionary", FLAG, discretionary),
  KEY ("not-before", TIME, not_before_usec),
  KEY ("max-parallel", COUNT, max_parallel),
  KEY ("max-per-host", COUNT, max_per_host),
  KEY ("max-rate", RATE, max_rate_bps),
  KEY ("headers", HEADERS, headers),
  KEY ("user-agent", AGENT, user_agent),
  KEY ("timeout-resource", SECONDS, timeout_seconds),
};

static const char *const types[] = {
  [FLAG] = "b",    [COUNT] = "u", [RATE] = "t",  [TIME] = "x",        [SECONDS] = "x",
  [NETWORK] = "s", [POWER] = "s", [AGENT] = "s", [HEADERS] = "a(ss)", [TEXT] = "s",
};

/* Where the value of each key is; the places of strings hold them. */
static gpointer
get_place (const KeelSessionConfig *self,
           gsize                    key)
{
  return G_STRUCT_MEMBER_P (self, keys[key].offset);
}

static gboolean
is_string (Kind kind)
{
  return kind == TEXT || kind == AGENT || kind == HEADERS;
}

/* What holds when nobody has said anything. */
void
keel_session_config_init (KeelSessionConfig *self)
{
  *self = (KeelSessionConfig) {
    .events = TRUE,
    .launch_events = TRUE,
    .network = KEEL_NETWORK_USE_ANY,
    .power = KEEL_POWER_USE_ANY,
    .timeout_seconds = DEFAULT_TIMEOUT_SECONDS,
  };
}

void
keel_session_config_clear (KeelSessionConfig *self)
{
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    if (is_string (keys[i].kind))
      g_clear_pointer ((char **) get_place (self, i), g_free);
}

/* @self is not initialised yet. */
void
keel_session_config_copy (KeelSessionConfig       *self,
                          const KeelSessionConfig *other)
{
  *self = *other;
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    if (is_string (keys[i].kind))
      *(char **) get_place (self, i) = g_strdup (*(char **) get_place (other, i));
}

/* Whether the service shows its own notifications of what ends: when nobody has said so, only if
 * the application is not told. */
gboolean
keel_session_config_has_notices (const KeelSessionConfig *self)
{
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    if (strcmp (keys[i].name, "notify") == 0 && (self->given & (1u << i)) != 0)
      return self->notify;
  return !self->events;
}

/* --- in -------------------------------------------------------------------------------------- */

static gboolean
refuse (GError     **error,
        const char  *key,
        const char  *what)
{
  g_set_error (error, KEEL_ERROR, KEEL_ERROR_INVALID_ARGUMENT, "“%s” must be %s", key, what);
  return FALSE;
}

static gboolean
set_number (gpointer     place,
            Kind         kind,
            const char  *key,
            GVariant    *value,
            GError     **error)
{
  gint64 number;

  if (kind == RATE)
    {
      if (g_variant_get_uint64 (value) > G_MAXINT64)
        return refuse (error, key, "a number of bytes");
      *(guint64 *) place = g_variant_get_uint64 (value);
      return TRUE;
    }
  number = g_variant_get_int64 (value);
  if (number < 0 || (kind == SECONDS && number > KEEL_SESSION_MOST_TIMEOUT_SECONDS))
    return refuse (error, key, "a time, and not before the epoch");
  *(gint64 *) place = number;
  return TRUE;
}

static gboolean
set_use (gpointer     place,
         Kind         kind,
         const char  *key,
         GVariant    *value,
         GError     **error)
{
  const char *word = g_variant_get_string (value, NULL);

  if (kind == NETWORK)
    return keel_network_use_from_string (word, place) || refuse (error, key, "any or unmetered");
  return keel_power_use_from_string (word, place) || refuse (error, key, "any or ac");
}

static gboolean
check_text (Kind         kind,
            const char  *key,
            const char  *text,
            GError     **error)
{
  g_autoptr (GString) scratch = g_string_new (NULL);

  if (strlen (text) > MOST_TEXT_BYTES)
    return refuse (error, key, "shorter");
  return kind != AGENT || keel_request_headers_append (scratch, "User-Agent", text, error);
}

/* No text is the same as none. */
static void
take_text (char **place,
           char  *text)
{
  g_free (*place);
  *place = text;
  if (text != NULL && *text == '\0')
    g_clear_pointer (place, g_free);
}

static gboolean
set_headers (char     **place,
             GVariant  *value,
             GError   **error)
{
  g_autoptr (GString) lines = g_string_new (NULL);
  GVariantIter iter;
  const char *name;
  const char *text;

  g_variant_iter_init (&iter, value);
  while (g_variant_iter_next (&iter, "(&s&s)", &name, &text))
    if (!keel_request_headers_append (lines, name, text, error))
      return FALSE;
  take_text (place, g_strdup (lines->str));
  return TRUE;
}

static gboolean
set_value (KeelSessionConfig  *self,
           gsize               key,
           GVariant           *value,
           GError            **error)
{
  gpointer place = get_place (self, key);
  const char *name = keys[key].name;

  if (!g_variant_is_of_type (value, G_VARIANT_TYPE (types[keys[key].kind])))
    {
      g_set_error (error, KEEL_ERROR, KEEL_ERROR_INVALID_ARGUMENT,
                   "“%s” must be of the type %s, not %s", name, types[keys[key].kind],
                   g_variant_get_type_string (value));
      return FALSE;
    }
  switch (keys[key].kind)
    {
    case FLAG:
      *(gboolean *) place = g_variant_get_boolean (value);
      return TRUE;
    case COUNT:
      *(guint *) place = g_variant_get_uint32 (value);
      return TRUE;
    case RATE:
    case TIME:
    case SECONDS:
      return set_number (place, keys[key].kind, name, value, error);
    case TEXT:
    case AGENT:
      if (!check_text (keys[key].kind, name, g_variant_get_string (value, NULL), error))
        return FALSE;
      take_text (place, g_variant_dup_string (value, NULL));
      return TRUE;
    case HEADERS:
      return set_headers (place, value, error);
    case NETWORK:
    case POWER:
    default:
      return set_use (place, keys[key].kind, name, value, error);
    }
}

/* Takes the keys of @changes, an a{sv}, over. All or none: KEEL_ERROR_INVALID_ARGUMENT or
 * KEEL_ERROR_LIMITS_EXCEEDED, and then @self is as it was. */
gboolean
keel_session_config_merge (KeelSessionConfig  *self,
                           GVariant           *changes,
                           GError            **error)
{
  g_auto (KeelSessionConfig) merged = { 0 };
  KeelSessionConfig before;

  keel_session_config_copy (&merged, self);
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_autoptr (GVariant) value = g_variant_lookup_value (changes, keys[i].name, NULL);

      if (value == NULL)
        continue;
      if (!set_value (&merged, i, value, error))
        return FALSE;
      merged.given |= 1u << i;
    }
  before = *self;
  *self = merged;
  merged = before;
  return TRUE;
}

/* From the database; what makes no sense in there is left out. @self is not initialised yet. */
void
keel_session_config_parse (KeelSessionConfig *self,
                           const char        *text)
{
  g_autoptr (GVariant) dictionary = NULL;
  g_autoptr (GError) error = NULL;

  keel_session_config_init (self);
  if (text == NULL)
    return;
  dictionary = g_variant_parse (G_VARIANT_TYPE_VARDICT, text, NULL, NULL, &error);
  if (dictionary == NULL)
    {
      g_message ("What was chosen for a session makes no sense, and is left out: %s",
                 error->message);
      return;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_autoptr (GVariant) value = g_variant_lookup_value (dictionary, keys[i].name, NULL);

      if (value != NULL && set_value (self, i, value, NULL))
        self->given |= 1u << i;
    }
}

/* --- out ------------------------------------------------------------------------------------- */

static GVariant *
make_headers (const char *lines)
{
  GVariantBuilder headers = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(ss)"));
  g_auto (GStrv) list = g_strsplit (lines != NULL ? lines : "", "\n", -1);

  for (guint i = 0; list[i] != NULL; i++)
    {
      char *colon = strstr (list[i], ": ");

      if (colon == NULL)
        continue;
      *colon = '\0';
      g_variant_builder_add (&headers, "(ss)", list[i], colon + 2);
    }
  return g_variant_builder_end (&headers);
}

static GVariant *
make_value (const KeelSessionConfig *self,
            gsize                    key)
{
  gconstpointer place = get_place (self, key);
  const char *text = is_string (keys[key].kind) ? *(const char *const *) place : NULL;

  switch (keys[key].kind)
    {
    case FLAG:
      return g_variant_new_boolean (*(const gboolean *) place);
    case COUNT:
      return g_variant_new_uint32 (*(const guint *) place);
    case RATE:
      return g_variant_new_uint64 (*(const guint64 *) place);
    case TIME:
    case SECONDS:
      return g_variant_new_int64 (*(const gint64 *) place);
    case HEADERS:
      return make_headers (text);
    case NETWORK:
      return g_variant_new_string (keel_network_use_to_string (self->network));
    case POWER:
      return g_variant_new_string (keel_power_use_to_string (self->power));
    case TEXT:
    case AGENT:
    default:
      return g_variant_new_string (text != NULL ? text : "");
    }
}

/* For the database: NULL when nothing was ever given. (transfer full) (nullable) */
char *
keel_session_config_print (const KeelSessionConfig *self)
{
  GVariantBuilder builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  g_autoptr (GVariant) dictionary = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    if ((self->given & (1u << i)) != 0)
      g_variant_builder_add (&builder, "{sv}", keys[i].name, make_value (self, i));
  dictionary = g_variant_ref_sink (g_variant_builder_end (&builder));
  return self->given != 0 ? g_variant_print (dictionary, TRUE) : NULL;
}

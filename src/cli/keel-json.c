/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-json.h"

/* Writes JSON (RFC 8259), no more of it than keel says. Keys are NULL for values in an array and
 * for the outermost one. Strings may be any bytes: what is not UTF-8 comes out as U+FFFD, so that
 * the whole is always valid. */

void
keel_json_init (KeelJson *self)
{
  self->text = g_string_new (NULL);
  self->followed = FALSE;
}

/* (transfer full): what was written. */
char *
keel_json_end (KeelJson *self)
{
  return g_string_free (g_steal_pointer (&self->text), FALSE);
}

static void
append_string (GString    *text,
               const char *value)
{
  g_autofree char *valid = g_utf8_make_valid (value, -1);

  g_string_append_c (text, '"');
  for (const char *p = valid; *p != '\0'; p++)
    {
      const guchar c = (guchar) *p;

      if (c == '"' || c == '\\')
        g_string_append_printf (text, "\\%c", c);
      else if (c < 0x20 || c == 0x7f)
        g_string_append_printf (text, "\\u%04x", c);
      else
        g_string_append_c (text, (char) c);
    }
  g_string_append_c (text, '"');
}

static void
begin_value (KeelJson   *self,
             const char *key)
{
  if (self->followed)
    g_string_append (self->text, ", ");
  self->followed = TRUE;
  if (key != NULL)
    {
      append_string (self->text, key);
      g_string_append (self->text, ": ");
    }
}

void
keel_json_open_object (KeelJson   *self,
                       const char *key)
{
  begin_value (self, key);
  g_string_append_c (self->text, '{');
  self->followed = FALSE;
}

void
keel_json_close_object (KeelJson *self)
{
  g_string_append_c (self->text, '}');
  self->followed = TRUE;
}

void
keel_json_open_array (KeelJson   *self,
                      const char *key)
{
  begin_value (self, key);
  g_string_append_c (self->text, '[');
  self->followed = FALSE;
}

void
keel_json_close_array (KeelJson *self)
{
  g_string_append_c (self->text, ']');
  self->followed = TRUE;
}

void
keel_json_add_null (KeelJson   *self,
                    const char *key)
{
  begin_value (self, key);
  g_string_append (self->text, "null");
}

void
keel_json_add_boolean (KeelJson   *self,
                       const char *key,
                       gboolean    value)
{
  begin_value (self, key);
  g_string_append (self->text, value ? "true" : "false");
}

void
keel_json_add_unsigned (KeelJson   *self,
                        const char *key,
                        guint64     value)
{
  begin_value (self, key);
  g_string_append_printf (self->text, "%" G_GUINT64_FORMAT, value);
}

/* A NULL value is null. */
void
keel_json_add_string (KeelJson   *self,
                      const char *key,
                      const char *value)
{
  if (value == NULL)
    {
      keel_json_add_null (self, key);
      return;
    }
  begin_value (self, key);
  append_string (self->text, value);
}

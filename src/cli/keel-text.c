/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-text.h"

/* Text for a terminal. Names and addresses come from servers: what is shown must not be able to
 * move the cursor, change the title, or turn the direction of writing. Widths are columns: two for
 * an East Asian character, none for a combining one. */

#define REPLACEMENT 0xfffd
#define ELLIPSIS "…"

static gboolean
is_dangerous (gunichar c)
{
  return g_unichar_iscntrl (c) || c == 0x061c || c == 0x200e || c == 0x200f ||
         (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

static guint
get_char_width (gunichar c)
{
  if (g_unichar_iszerowidth (c))
    return 0;
  return g_unichar_iswide (c) ? 2 : 1;
}

/* Valid UTF-8 without anything that acts instead of being shown. */
char *
keel_text_make_safe (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  g_autoptr (GString) safe = g_string_new (NULL);

  for (const char *p = valid; *p != '\0'; p = g_utf8_next_char (p))
    {
      const gunichar c = g_utf8_get_char (p);

      g_string_append_unichar (safe, is_dangerous (c) ? REPLACEMENT : c);
    }
  return g_string_free (g_steal_pointer (&safe), FALSE);
}

guint
keel_text_get_width (const char *text)
{
  guint width = 0;

  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    width += get_char_width (g_utf8_get_char (p));
  return width;
}

/* Cuts the middle out of a text that is too wide: the end of a name tells as much as its start. */
char *
keel_text_fit (const char *text,
               guint       columns)
{
  g_autoptr (GString) fitted = NULL;
  const char *head = text;
  const char *tail = text + strlen (text);
  guint head_columns, tail_columns;

  if (keel_text_get_width (text) <= columns)
    return g_strdup (text);
  if (columns == 0)
    return g_strdup ("");

  head_columns = columns / 2;
  tail_columns = columns - head_columns - 1;
  while (get_char_width (g_utf8_get_char (head)) <= head_columns)
    {
      head_columns -= get_char_width (g_utf8_get_char (head));
      head = g_utf8_next_char (head);
    }
  while (get_char_width (g_utf8_get_char (g_utf8_prev_char (tail))) <= tail_columns &&
         tail_columns > 0)
    {
      tail = g_utf8_prev_char (tail);
      tail_columns -= get_char_width (g_utf8_get_char (tail));
    }

  fitted = g_string_new_len (text, head - text);
  g_string_append (fitted, ELLIPSIS);
  g_string_append (fitted, tail);
  return g_string_free (g_steal_pointer (&fitted), FALSE);
}

/* Exactly so many columns: cut or filled with blanks. */
char *
keel_text_pad (const char *text,
               guint       columns)
{
  g_autofree char *fitted = keel_text_fit (text, columns);
  const guint width = keel_text_get_width (fitted);

  return g_strdup_printf ("%s%*s", fitted, (int) (columns - width), "");
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "keel-size-format.h"

#include <string.h>

/* Sizes as people read them, everywhere alike.
 *
 * A fraction that is zero is not said ("361 MB"), but of what moves while it is looked at it is:
 * what stands behind it must not jump. */

/* (transfer full): the number of @bytes in its own unit, without the unit. */
char *
keel_format_size_value (guint64 bytes)
{
  char *value = g_format_size_full (bytes, G_FORMAT_SIZE_ONLY_VALUE);
  gsize n_digits = strspn (value, "0123456789");

  /* The sign before the fraction is the locale's. */
  if (value[n_digits] != '\0' && g_str_has_suffix (value, "0"))
    value[n_digits] = '\0';

  return value;
}

char *
keel_format_size (guint64 bytes)
{
  g_autofree char *text = g_format_size (bytes);
  g_autofree char *long_value = g_format_size_full (bytes, G_FORMAT_SIZE_ONLY_VALUE);
  g_autofree char *value = keel_format_size_value (bytes);
  const char *place = strstr (text, long_value);

  if (place == NULL)
    return g_steal_pointer (&text);

  return g_strdup_printf ("%.*s%s%s", (int) (place - text), text, value,
                          place + strlen (long_value));
}

/* (transfer full): a size that changes all the time, always as long. */
char *
keel_format_moving_size (guint64 bytes)
{
  return g_format_size (bytes);
}

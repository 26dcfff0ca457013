/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-content-range.h"

#include <string.h>

/* The two headers that say which bytes a body holds, parsed by our own hand: libsoup lets the last
 * of two different Content-Length values win, and reads numbers with a sign. Pure; anything but
 * digits where the grammar wants digits is refused, and so is what does not fit into 63 bits,
 * because file offsets do not either. */

#define MAX_OFFSET ((guint64) G_MAXINT64)

static gboolean
take_number (const char **cursor,
             guint64     *out_number)
{
  const char *p = *cursor;
  guint64 number = 0;

  if (!g_ascii_isdigit (*p))
    return FALSE;
  for (; g_ascii_isdigit (*p); p++)
    {
      guint digit = (guint) (*p - '0');

      if (number > (MAX_OFFSET - digit) / 10)
        return FALSE;
      number = number * 10 + digit;
    }
  *cursor = p;
  *out_number = number;
  return TRUE;
}

static void
skip_blank (const char **cursor)
{
  while (**cursor == ' ' || **cursor == '\t')
    (*cursor)++;
}

static gboolean
take_total (const char       **cursor,
            KeelContentRange  *range)
{
  if (*(*cursor)++ != '/')
    return FALSE;
  if (**cursor == '*')
    {
      (*cursor)++;
      range->has_total = FALSE;
      return TRUE;
    }
  range->has_total = TRUE;
  return take_number (cursor, &range->total);
}

static gboolean
take_span (const char       **cursor,
           KeelContentRange  *range)
{
  if (**cursor == '*')
    {
      (*cursor)++;
      range->is_unsatisfied = TRUE;
      return TRUE;
    }
  if (!take_number (cursor, &range->first) || *(*cursor)++ != '-')
    return FALSE;
  return take_number (cursor, &range->last) && range->last >= range->first;
}

/* Parses the value of a Content-Range header. FALSE when it is malformed, has another unit than
 * bytes, or contradicts itself; @out_range is then undefined. */
gboolean
keel_content_range_parse (const char       *value,
                          KeelContentRange *out_range)
{
  const char *p = value;

  memset (out_range, 0, sizeof *out_range);
  if (p == NULL)
    return FALSE;
  skip_blank (&p);
  if (g_ascii_strncasecmp (p, "bytes", 5) != 0 || (p[5] != ' ' && p[5] != '\t'))
    return FALSE;
  p += 5;
  skip_blank (&p);
  if (!take_span (&p, out_range) || !take_total (&p, out_range))
    return FALSE;
  skip_blank (&p);
  if (*p != '\0')
    return FALSE;
  if (out_range->is_unsatisfied)
    return out_range->has_total;
  return !out_range->has_total || out_range->last < out_range->total;
}

/* Parses what a Content-Length header, or several joined by commas, say (RFC 9110 §8.6): repeated
 * to the letter they count as one, anything else that is not one number is refused. */
gboolean
keel_content_length_parse (const char *value,
                           guint64    *out_length)
{
  const char *p = value;
  const char *first = NULL;
  gsize digits = 0;

  if (p == NULL)
    return FALSE;
  for (;;)
    {
      const char *start;

      skip_blank (&p);
      start = p;
      if (!take_number (&p, out_length))
        return FALSE;
      if (first == NULL)
        {
          first = start;
          digits = (gsize) (p - start);
        }
      else if ((gsize) (p - start) != digits || strncmp (start, first, digits) != 0)
        return FALSE;
      skip_blank (&p);
      if (*p == '\0')
        return TRUE;
      if (*p++ != ',')
        return FALSE;
    }
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-ranges.h"

#include <string.h>

/* Which bytes of a file: a list of ranges in order, joined where they touch. There are as many as
 * connections have worked on the file, so walking the list is good enough. Pure.
 *
 * As text, in the database and on labels: "FROM-TO" or "FROM-TO:HASH" each, separated by commas,
 * numbers decimal and the hash hexadecimal. What does not parse is no range list at all: bytes that
 * are fetched again are better than bytes that are believed by mistake. */

/* Beyond what any file has: a list this long is not ours. */
#define MOST_RANGES 4096
#define MOST_OFFSET ((guint64) 1 << 53)

KeelRanges *
keel_ranges_new (void)
{
  return g_array_new (FALSE, FALSE, sizeof (KeelRange));
}

/* (nullable) @self and the result. */
KeelRanges *
keel_ranges_copy (const KeelRanges *self)
{
  return self != NULL ? g_array_copy ((GArray *) self) : NULL;
}

const KeelRange *
keel_ranges_get (const KeelRanges *self,
                 guint             index)
{
  return &g_array_index (self, KeelRange, index);
}

/* Adds FROM..TO, of which some may be there already. */
void
keel_ranges_add (KeelRanges *self,
                 guint64     from,
                 guint64     to)
{
  KeelRange range = { from, to, 0 };
  guint first = 0;
  guint end;

  if (from >= to)
    return;
  while (first < self->len && keel_ranges_get (self, first)->to < from)
    first++;
  for (end = first; end < self->len && keel_ranges_get (self, end)->from <= to; end++)
    {
      const KeelRange *other = keel_ranges_get (self, end);

      /* Of the whole, only the last one's tail is still a tail. */
      if (other->to >= range.to)
        range.tail_hash = other->tail_hash;
      range.from = MIN (range.from, other->from);
      range.to = MAX (range.to, other->to);
    }
  if (end > first)
    g_array_remove_range (self, first, end - first);
  g_array_insert_val (self, first, range);
}

/* The one that has the byte at @position. (nullable) (transfer none) until the next change. */
const KeelRange *
keel_ranges_find (const KeelRanges *self,
                  guint64           position)
{
  for (guint i = 0; i < self->len && keel_ranges_get (self, i)->from <= position; i++)
    if (position < keel_ranges_get (self, i)->to)
      return keel_ranges_get (self, i);
  return NULL;
}

/* Where the first range behind @position begins; G_MAXUINT64: there is none. */
guint64
keel_ranges_get_next (const KeelRanges *self,
                      guint64           position)
{
  for (guint i = 0; i < self->len; i++)
    if (keel_ranges_get (self, i)->from > position)
      return keel_ranges_get (self, i)->from;
  return G_MAXUINT64;
}

guint64
keel_ranges_count_bytes (const KeelRanges *self)
{
  guint64 bytes = 0;

  for (guint i = 0; i < self->len; i++)
    bytes += keel_ranges_get (self, i)->to - keel_ranges_get (self, i)->from;
  return bytes;
}

/* One past the last byte; 0: there is none. */
guint64
keel_ranges_get_end (const KeelRanges *self)
{
  return self->len > 0 ? keel_ranges_get (self, self->len - 1)->to : 0;
}

/* Takes out the range that begins at 0 and gives its end; 0: there is none. */
guint64
keel_ranges_take_prefix (KeelRanges *self)
{
  guint64 end;

  if (self->len == 0 || keel_ranges_get (self, 0)->from > 0)
    return 0;
  end = keel_ranges_get (self, 0)->to;
  g_array_remove_index (self, 0);
  return end;
}

/* (nullable) @self; NULL for a list without ranges. (transfer full) */
char *
keel_ranges_to_string (const KeelRanges *self)
{
  GString *text;

  if (self == NULL || self->len == 0)
    return NULL;
  text = g_string_new (NULL);
  for (guint i = 0; i < self->len; i++)
    {
      const KeelRange *range = keel_ranges_get (self, i);

      g_string_append_printf (text, "%s%" G_GUINT64_FORMAT "-%" G_GUINT64_FORMAT, i > 0 ? "," : "",
                              range->from, range->to);
      if (range->tail_hash != 0)
        g_string_append_printf (text, ":%" G_GINT64_MODIFIER "x", range->tail_hash);
    }
  return g_string_free (text, FALSE);
}

static gboolean
parse_range (const char *text,
             KeelRange  *out_range)
{
  g_auto (GStrv) halves = g_strsplit (text, ":", 2);
  g_auto (GStrv) ends = NULL;

  if (halves[0] == NULL)
    return FALSE;
  ends = g_strsplit (halves[0], "-", 2);
  out_range->tail_hash = 0;
  return ends[0] != NULL && ends[1] != NULL &&
         g_ascii_string_to_unsigned (ends[0], 10, 0, MOST_OFFSET, &out_range->from, NULL) &&
         g_ascii_string_to_unsigned (ends[1], 10, 0, MOST_OFFSET, &out_range->to, NULL) &&
         (halves[1] == NULL || g_ascii_string_to_unsigned (halves[1], 16, 1, G_MAXUINT64,
                                                           &out_range->tail_hash, NULL)) &&
         out_range->from < out_range->to;
}

/* (nullable) @text. NULL when there are no ranges in it, or it makes no sense. (transfer full) */
KeelRanges *
keel_ranges_from_string (const char *text)
{
  g_auto (GStrv) words = NULL;
  KeelRanges *self;
  guint64 end = 0;

  if (text == NULL || *text == '\0')
    return NULL;
  words = g_strsplit (text, ",", MOST_RANGES + 1);
  self = keel_ranges_new ();
  for (guint i = 0; words[i] != NULL; i++)
    {
      KeelRange range;

      if (i == MOST_RANGES || !parse_range (words[i], &range) || (i > 0 && range.from <= end))
        {
          g_array_unref (self);
          return NULL;
        }
      end = range.to;
      g_array_append_val (self, range);
    }
  return self;
}

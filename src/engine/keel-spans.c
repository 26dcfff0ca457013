/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-spans.h"

/* A file as somebody may look at it: in order and without overlaps, how far its bytes are. What is
 * in no span is missing. Pure.
 *
 * There are as many spans as connections have worked on the file; but a file that was altered while
 * nobody looked may be full of gaps, and nobody can see a thousand of them. Then the shortest spans
 * are left out: so less is shown than there is, never more. */

static const char *const words[KEEL_SPAN_N_KINDS] = {
  [KEEL_SPAN_DURABLE] = "durable",
  [KEEL_SPAN_WRITTEN] = "written",
  [KEEL_SPAN_ARRIVING] = "arriving",
};

/* Whether @position is in @ranges, of which the first @index end before it; @next becomes smaller
 * if that changes before. */
static gboolean
look (const KeelRanges *ranges,
      guint64           position,
      guint            *index,
      guint64          *next)
{
  const KeelRange *range;

  while (*index < ranges->len && keel_ranges_get (ranges, *index)->to <= position)
    (*index)++;
  if (*index == ranges->len)
    return FALSE;
  range = keel_ranges_get (ranges, *index);
  *next = MIN (*next, range->from <= position ? range->to : range->from);
  return range->from <= position;
}

static void
add (GArray       *spans,
     guint64       from,
     guint64       to,
     KeelSpanKind  kind)
{
  KeelSpan span = { from, to, kind };
  KeelSpan *last = spans->len > 0 ? &g_array_index (spans, KeelSpan, spans->len - 1) : NULL;

  if (last != NULL && last->to == from && last->kind == kind)
    last->to = to;
  else
    g_array_append_val (spans, span);
}

static int
compare_lengths (gconstpointer a,
                 gconstpointer b)
{
  guint64 first = *(const guint64 *) a;
  guint64 second = *(const guint64 *) b;

  return first > second ? -1 : first < second;
}

/* Leaves the @most longest. */
static void
drop_shortest (GArray *spans,
               guint   most)
{
  g_autoptr (GArray) lengths = g_array_sized_new (FALSE, FALSE, sizeof (guint64), spans->len);
  guint64 least;
  guint n_longer = 0;
  guint n_kept = 0;

  for (guint i = 0; i < spans->len; i++)
    {
      const KeelSpan *span = &g_array_index (spans, KeelSpan, i);
      guint64 length = span->to - span->from;

      g_array_append_val (lengths, length);
    }
  g_array_sort (lengths, compare_lengths);
  least = g_array_index (lengths, guint64, most - 1);
  while (g_array_index (lengths, guint64, n_longer) > least)
    n_longer++;
  for (guint i = 0; i < spans->len; i++)
    {
      KeelSpan span = g_array_index (spans, KeelSpan, i);
      gboolean is_longer = span.to - span.from > least;

      if (!is_longer && (span.to - span.from < least || n_longer == most))
        continue;
      n_longer += !is_longer;
      g_array_index (spans, KeelSpan, n_kept++) = span;
    }
  g_array_set_size (spans, n_kept);
}

/* The spans of the file that has @ranges, a list for each kind; of bytes that are in several the
 * first kind counts. At most @most. (transfer full) (element-type KeelSpan) */
GArray *
keel_spans_new (const KeelRanges *const ranges[KEEL_SPAN_N_KINDS],
                guint                   most)
{
  GArray *spans = g_array_new (FALSE, FALSE, sizeof (KeelSpan));
  guint indices[KEEL_SPAN_N_KINDS] = { 0 };
  guint64 position = 0;

  while (TRUE)
    {
      KeelSpanKind kind = KEEL_SPAN_N_KINDS;
      guint64 next = G_MAXUINT64;

      for (guint i = 0; i < KEEL_SPAN_N_KINDS; i++)
        if (look (ranges[i], position, &indices[i], &next) && kind == KEEL_SPAN_N_KINDS)
          kind = (KeelSpanKind) i;
      if (next == G_MAXUINT64)
        break;
      if (kind != KEEL_SPAN_N_KINDS)
        add (spans, position, next, kind);
      position = next;
    }
  if (spans->len > most)
    drop_shortest (spans, most);
  return spans;
}

const char *
keel_span_kind_to_string (KeelSpanKind kind)
{
  return words[kind];
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-transfer-private.h"

#include <string.h>

/* Which of its links a transfer asks first. (That several are asked at once is the team's doing.)
 *
 * When one fails the next one is tried at once, and only when all have failed the transfer waits,
 * as it would with one link. The bytes that are there are kept: they and the size have to agree
 * with what the other link gives, as behind a link that somebody has replaced. A mirror that has
 * another file is not asked again; what its own link has, decides. */

static guint
count_sources (KeelTransfer *self)
{
  guint count = 1;

  for (const char *at = self->record->mirrors; at != NULL; at = strchr (at + 1, '\n'))
    count++;
  return count;
}

static gboolean
is_bad (KeelTransfer *self,
        guint         source)
{
  return (self->bad_sources & (1u << source)) != 0;
}

/* The link of mirror @source. (transfer full) (nullable) */
static char *
dup_mirror (KeelTransfer *self,
            guint         source)
{
  g_auto (GStrv) lines = g_strsplit (self->record->mirrors, "\n", -1);

  return source <= g_strv_length (lines) ? g_strdup (lines[source - 1]) : NULL;
}

/* The mirror that is to be asked by the next attempt; NULL: its own link. (transfer full)
 * (nullable)
 */
char *
keel_transfer_dup_source (KeelTransfer *self)
{
  KeelTransferRecord *record = self->record;
  guint count = count_sources (self);

  if (count == 1)
    {
      self->source = 0;
      return NULL;
    }
  self->source %= count;
  /* After a start of the service nobody knows whose validators these are. */
  if (self->answered != self->source + 1 && keel_transfer_record_get_durable (record) > 0)
    record->is_rebound = TRUE;
  return self->source > 0 ? dup_mirror (self, self->source) : NULL;
}

/* An attempt did not work out, and that may be the fault of the link that was asked. TRUE: another
 * one is next. */
gboolean
keel_transfer_next_source (KeelTransfer *self)
{
  guint count = count_sources (self);

  while (++self->n_sources_tried < count)
    {
      self->source = (self->source + 1) % count;
      if (!is_bad (self, self->source))
        return TRUE;
    }
  /* All of them once more, but after a while. */
  self->n_sources_tried = 0;
  self->source = (self->source + 1) % count;
  while (is_bad (self, self->source))
    self->source = (self->source + 1) % count;
  return FALSE;
}

/* The mirror that was asked has another file than the one that is here. FALSE: it was no mirror. */
gboolean
keel_transfer_reject_source (KeelTransfer *self)
{
  if (self->source == 0 || keel_transfer_record_get_durable (self->record) == 0)
    return FALSE;
  g_message ("Task %" G_GINT64_FORMAT ": mirror %u has another file", self->record->id,
             self->source);
  self->bad_sources |= 1u << self->source;
  self->source = 0;
  return TRUE;
}

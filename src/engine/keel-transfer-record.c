/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-transfer-record.h"

#include <string.h>

/* The row of a transfer, in memory. What is in here is everything that a restarted service knows,
 * so whatever must survive has to be here and nowhere else. */

static const char *const state_words[] = {
  [KEEL_TRANSFER_QUEUED] = "queued",         [KEEL_TRANSFER_WAITING] = "waiting",
  [KEEL_TRANSFER_RUNNING] = "running",       [KEEL_TRANSFER_VERIFYING] = "verifying",
  [KEEL_TRANSFER_PUBLISHING] = "publishing", [KEEL_TRANSFER_PAUSED] = "paused",
  [KEEL_TRANSFER_FINISHED] = "finished",     [KEEL_TRANSFER_FAILED] = "failed",
  [KEEL_TRANSFER_CANCELLED] = "cancelled",   [KEEL_TRANSFER_DELETING] = "deleting",
};
G_STATIC_ASSERT (G_N_ELEMENTS (state_words) == KEEL_TRANSFER_N_STATES);

static const char *const folder_words[] = {
  [KEEL_FOLDER_NAMED] = "named",
  [KEEL_FOLDER_HANDED] = "handed",
  [KEEL_FOLDER_SPOOL] = "spool",
  [KEEL_FOLDER_TAKEN] = "taken",
};
G_STATIC_ASSERT (G_N_ELEMENTS (folder_words) == KEEL_FOLDER_N_KINDS);

/* Every owned string, so that copying and freeing cannot forget one. */
#define STRINGS(X)                                                                                 \
  X (uri)                                                                                          \
  X (mirrors)                                                                                      \
  X (effective_uri)                                                                                \
  X (headers)                                                                                      \
  X (dir)                                                                                          \
  X (left.dir)                                                                                     \
  X (wanted)                                                                                       \
  X (chosen)                                                                                       \
  X (name)                                                                                         \
  X (title)                                                                                        \
  X (group)                                                                                        \
  X (user_data)                                                                                    \
  X (part_name)                                                                                    \
  X (spare_name)                                                                                   \
  X (token)                                                                                        \
  X (etag)                                                                                         \
  X (last_modified)                                                                                \
  X (date)                                                                                         \
  X (content_type)                                                                                 \
  X (coding)                                                                                       \
  X (server)                                                                                       \
  X (aside.etag)                                                                                   \
  X (aside.last_modified)                                                                          \
  X (aside.date)                                                                                   \
  X (aside.content_type)                                                                           \
  X (aside.coding)                                                                                 \
  X (checksum_algorithm)                                                                           \
  X (checksum_expected)                                                                            \
  X (checksum_actual)                                                                              \
  X (error_message)                                                                                \
  X (error_details)                                                                                \
  X (user)

KeelTransferRecord *
keel_transfer_record_new (void)
{
  KeelTransferRecord *self = g_new0 (KeelTransferRecord, 1);

  self->priority = KEEL_PRIORITY_NORMAL;
  self->error_code = -1;
  self->network = -1;
  self->power = -1;
  self->handle = -1;
  return self;
}

KeelTransferRecord *
keel_transfer_record_copy (const KeelTransferRecord *self)
{
  KeelTransferRecord *copy = g_memdup2 (self, sizeof *self);

#define COPY(field) copy->field = g_strdup (self->field);
  STRINGS (COPY)
#undef COPY
  copy->islands = keel_ranges_copy (self->islands);
  copy->password = NULL;
  if (self->hold != NULL)
    keel_folder_hold_ref (self->hold);
  if (self->left.hold != NULL)
    keel_folder_hold_ref (self->left.hold);
  return copy;
}

void
keel_transfer_record_free (KeelTransferRecord *self)
{
#define FREE(field) g_free (self->field);
  STRINGS (FREE)
#undef FREE
  g_clear_pointer (&self->islands, g_array_unref);
  g_clear_pointer (&self->hold, keel_folder_hold_unref);
  g_clear_pointer (&self->left.hold, keel_folder_hold_unref);
  if (self->password != NULL)
    explicit_bzero (self->password, strlen (self->password));
  g_free (self->password);
  g_free (self);
}

/* The state as clients are told it. */
KeelTaskState
keel_transfer_record_get_task_state (const KeelTransferRecord *self)
{
  static const KeelTaskState told[] = {
    [KEEL_TRANSFER_QUEUED] = KEEL_TASK_STATE_QUEUED,
    [KEEL_TRANSFER_WAITING] = KEEL_TASK_STATE_WAITING,
    [KEEL_TRANSFER_RUNNING] = KEEL_TASK_STATE_RUNNING,
    [KEEL_TRANSFER_VERIFYING] = KEEL_TASK_STATE_VERIFYING,
    [KEEL_TRANSFER_PUBLISHING] = KEEL_TASK_STATE_VERIFYING,
    [KEEL_TRANSFER_PAUSED] = KEEL_TASK_STATE_PAUSED,
    [KEEL_TRANSFER_FINISHED] = KEEL_TASK_STATE_FINISHED,
    [KEEL_TRANSFER_FAILED] = KEEL_TASK_STATE_FAILED,
    [KEEL_TRANSFER_CANCELLED] = KEEL_TASK_STATE_CANCELLED,
    [KEEL_TRANSFER_DELETING] = KEEL_TASK_STATE_CANCELLED,
  };

  return told[self->state];
}

/* Whether the service has work to do for it without anybody asking again. */
gboolean
keel_transfer_record_is_unfinished (const KeelTransferRecord *self)
{
  return self->state <= KEEL_TRANSFER_PUBLISHING || self->state == KEEL_TRANSFER_DELETING;
}

/* The absolute path of the final name, or NULL before it is known. (transfer full) */
char *
keel_transfer_record_dup_path (const KeelTransferRecord *self)
{
  return self->name != NULL ? g_build_filename (self->dir, self->name, NULL) : NULL;
}

/* What the file is called, for people: in the spool it has another name. NULL before it is known.
 * (transfer none) */
const char *
keel_transfer_record_get_leaf (const KeelTransferRecord *self)
{
  return self->folder_kind == KEEL_FOLDER_SPOOL || self->folder_kind == KEEL_FOLDER_TAKEN ?
           self->chosen :
           self->name;
}

/* Its folder; what is in there is the record's. */
KeelPlace
keel_transfer_record_get_place (const KeelTransferRecord *self)
{
  return (KeelPlace) { .kind = self->folder_kind,
                      .dir = self->dir,
                      .id = self->folder,
                      .hold = self->hold };
}

/* Its folder is a copy of @place from now on. */
void
keel_transfer_record_set_place (KeelTransferRecord *self,
                                const KeelPlace    *place)
{
  KeelPlace copy;

  keel_place_copy (&copy, place);
  g_free (self->dir);
  g_clear_pointer (&self->hold, keel_folder_hold_unref);
  self->folder_kind = copy.kind;
  self->dir = copy.dir;
  self->folder = copy.id;
  self->hold = copy.hold;
}

/* It is to have another folder: the part file is still in the present one, or in one that it was to
 * leave before. */
void
keel_transfer_record_leave (KeelTransferRecord *self)
{
  KeelPlace place = keel_transfer_record_get_place (self);

  if (self->left.dir != NULL)
    return;
  keel_place_copy (&self->left, &place);
  self->left_counts = TRUE;
}

/* There is nothing of it in the folder that it has left. */
void
keel_transfer_record_drop_left (KeelTransferRecord *self)
{
  keel_place_clear (&self->left);
  self->left = (KeelPlace) { 0 };
  self->left_counts = FALSE;
}

/* All that must be known of the folder that it is leaving, as one line. (transfer full)
 * (nullable): there is none */
char *
keel_transfer_record_format_left (const KeelTransferRecord *self)
{
  if (self->left.dir == NULL)
    return NULL;
  return g_strdup_printf ("%s %d %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT " %s",
                          keel_folder_kind_to_string (self->left.kind), self->left_counts,
                          self->left.id.ino, self->left.id.fsid, self->left.dir);
}

/* @text: (nullable). What makes no sense is no folder. */
void
keel_transfer_record_parse_left (KeelTransferRecord *self,
                                 const char         *text)
{
  g_auto (GStrv) parts = g_strsplit (text != NULL ? text : "", " ", 5);
  KeelPlace left = { 0 };

  if (g_strv_length (parts) != 5 || !keel_folder_kind_from_string (parts[0], &left.kind) ||
      !g_path_is_absolute (parts[4]))
    return;
  left.id.ino = g_ascii_strtoull (parts[2], NULL, 10);
  left.id.fsid = g_ascii_strtoull (parts[3], NULL, 10);
  left.dir = g_strdup (parts[4]);
  self->left = left;
  self->left_counts = *parts[1] == '1';
}

/* How many bytes are synced, wherever they are. */
guint64
keel_transfer_record_get_durable (const KeelTransferRecord *self)
{
  return self->durable + (self->islands != NULL ? keel_ranges_count_bytes (self->islands) : 0);
}

/* How long the part file must be for that. */
guint64
keel_transfer_record_get_extent (const KeelTransferRecord *self)
{
  return MAX (self->durable, self->islands != NULL ? keel_ranges_get_end (self->islands) : 0);
}

/* Only the first bytes count any more; the others are fetched again. */
void
keel_transfer_record_drop_islands (KeelTransferRecord *self)
{
  if (self->islands != NULL)
    self->refetched_bytes += keel_ranges_count_bytes (self->islands);
  g_clear_pointer (&self->islands, g_array_unref);
}

/* Drops the checksum that a server promised for a version; the caller's own stays. */
void
keel_transfer_record_forget_digest (KeelTransferRecord *self)
{
  if (!self->checksum_is_servers)
    return;
  self->checksum_is_servers = FALSE;
  g_clear_pointer (&self->checksum_algorithm, g_free);
  g_clear_pointer (&self->checksum_expected, g_free);
}

/* Back to the state before the first response: what is on disk does not count any more. To be
 * committed before the first byte of another version is written. */
void
keel_transfer_record_forget_bytes (KeelTransferRecord *self)
{
  self->durable = 0;
  g_clear_pointer (&self->islands, g_array_unref);
  self->trace = (KeelPartFileTrace) { 0 };
  self->is_suspect = FALSE;
  self->is_sealed = FALSE;
  self->has_placeholder = FALSE;
  self->has_total = FALSE;
  self->total = 0;
  g_clear_pointer (&self->etag, g_free);
  g_clear_pointer (&self->last_modified, g_free);
  g_clear_pointer (&self->date, g_free);
  g_clear_pointer (&self->content_type, g_free);
  g_clear_pointer (&self->coding, g_free);
  g_clear_pointer (&self->effective_uri, g_free);
  g_clear_pointer (&self->checksum_actual, g_free);
  keel_transfer_record_forget_digest (self);
  self->accepts_ranges = FALSE;
  self->has_ended = FALSE;
  self->length_confirmed = FALSE;
}

/* Whether a partial of an older version is kept in the spare part file. */
gboolean
keel_transfer_record_has_aside (const KeelTransferRecord *self)
{
  return self->aside.durable > 0;
}

/* Exchanges the partial that is being worked on with the one that is kept, of which only the first
 * bytes are. */
void
keel_transfer_record_swap_aside (KeelTransferRecord *self)
{
  KeelAside aside = self->aside;
  char *spare_name = self->spare_name;

  keel_transfer_record_drop_islands (self);
  self->aside = (KeelAside) {
    .ino = self->part_ino,
    .durable = self->durable,
    .is_suspect = self->is_suspect,
    .has_total = self->has_total,
    .total = self->total,
    .etag = g_steal_pointer (&self->etag),
    .last_modified = g_steal_pointer (&self->last_modified),
    .date = g_steal_pointer (&self->date),
    .content_type = g_steal_pointer (&self->content_type),
    .coding = g_steal_pointer (&self->coding),
  };
  self->spare_name = self->part_name;
  self->part_name = spare_name;
  self->part_ino = aside.ino;
  self->durable = aside.durable;
  self->trace = (KeelPartFileTrace) { 0 };
  self->is_suspect = aside.is_suspect;
  self->has_total = aside.has_total;
  self->total = aside.total;
  self->etag = aside.etag;
  self->last_modified = aside.last_modified;
  self->date = aside.date;
  self->content_type = aside.content_type;
  self->coding = aside.coding;
  self->length_confirmed = FALSE;
  keel_transfer_record_forget_digest (self);
}

/* The partial that is kept is not wanted any more; its file is the caller's to remove. */
void
keel_transfer_record_drop_aside (KeelTransferRecord *self)
{
  self->refetched_bytes += self->aside.durable;
  g_free (self->aside.etag);
  g_free (self->aside.last_modified);
  g_free (self->aside.date);
  g_free (self->aside.content_type);
  g_free (self->aside.coding);
  self->aside = (KeelAside) { 0 };
}

/* The file is another one now: of what is on disk the longer partial is kept aside, in case that
 * the server changes its mind, and there is nothing of the new version yet. FALSE when the longer
 * one was there already, and the part file in use is to be emptied. To be committed before the
 * first byte of the new version is written. */
gboolean
keel_transfer_record_set_aside (KeelTransferRecord *self)
{
  gboolean is_longer = self->durable > self->aside.durable;

  if (is_longer)
    {
      keel_transfer_record_drop_aside (self);
      keel_transfer_record_swap_aside (self);
      self->part_ino = 0;
    }
  keel_transfer_record_forget_bytes (self);
  return is_longer;
}

const char *
keel_transfer_state_to_string (KeelTransferState state)
{
  return state_words[state];
}

gboolean
keel_transfer_state_from_string (const char        *word,
                                 KeelTransferState *out_state)
{
  for (int i = 0; i < KEEL_TRANSFER_N_STATES; i++)
    if (g_strcmp0 (state_words[i], word) == 0)
      {
        *out_state = (KeelTransferState) i;
        return TRUE;
      }
  return FALSE;
}

const char *
keel_folder_kind_to_string (KeelFolderKind kind)
{
  return folder_words[kind];
}

gboolean
keel_folder_kind_from_string (const char     *word,
                              KeelFolderKind *out_kind)
{
  for (int i = 0; i < KEEL_FOLDER_N_KINDS; i++)
    if (g_strcmp0 (folder_words[i], word) == 0)
      {
        *out_kind = (KeelFolderKind) i;
        return TRUE;
      }
  return FALSE;
}

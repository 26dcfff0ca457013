/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-engine-private.h"

/* What the service learns from how it ended the last time.
 *
 * A file that makes the service crash must not do so for ever: a transfer that was active in three
 * crashes in a row is quarantined, which is a pause that says so; whoever resumes it gives it three
 * more. A crash counts when the service died by itself (a machine that lost power has another boot
 * id) and had not been up for long: who is killed once a day is not the one that kills. The count
 * is committed before the transfer starts again, since it may crash us at once; and after a crash
 * nothing starts before it is on disk that it runs, so that a crash at once is counted too. */

#define MOST_CRASHES 3
#define LONG_USEC (600 * (gint64) G_USEC_PER_SEC)
#define BOOT_KEY "boot"
#define STARTED_KEY "started"

static char *
dup_boot_id (void)
{
  char *id = NULL;

  if (!g_file_get_contents ("/proc/sys/kernel/random/boot_id", &id, NULL, NULL))
    return g_strdup ("");
  return g_strstrip (id);
}

/* Compares with what the last service left in @contents, and leaves the same for the next one. */
void
keel_engine_note_start (KeelEngine              *self,
                        const KeelStoreContents *contents)
{
  g_autofree char *boot_id = dup_boot_id ();
  gint64 now_usec = keel_clock_get_boottime_usec (self->machinery.clock);
  g_autofree char *started = g_strdup_printf ("%" G_GINT64_FORMAT, now_usec);
  const char *last_boot = g_hash_table_lookup (contents->settings, BOOT_KEY);
  const char *last_start = g_hash_table_lookup (contents->settings, STARTED_KEY);

  if (!contents->was_clean && g_strcmp0 (last_boot, boot_id) == 0)
    self->last_end = last_start != NULL &&
                         now_usec - g_ascii_strtoll (last_start, NULL, 10) < LONG_USEC ?
                       KEEL_END_CRASH_SOON :
                       KEEL_END_CRASH;
  self->machinery.is_careful = self->last_end != KEEL_END_CLEAN;
  keel_store_save_setting (self->machinery.store, BOOT_KEY, boot_id, NULL, NULL);
  keel_store_save_setting (self->machinery.store, STARTED_KEY, started, NULL, NULL);
}

static gboolean
was_active (KeelTransfer *transfer)
{
  const KeelTransferRecord *record = keel_transfer_get_record (transfer);

  return record->state == KEEL_TRANSFER_RUNNING || record->state == KEEL_TRANSFER_VERIFYING;
}

static void
counted_cb (KeelTransfer *transfer,
            const GError *error,
            gpointer      user_data)
{
  g_autoptr (KeelTransfer) owned = transfer;

  /* Unless somebody has paused or cancelled it in the meantime. */
  if (was_active (transfer))
    keel_transfer_recover (transfer);
}

/* Goes on with @transfer, unless it has been there too often when the service crashed. */
void
keel_engine_recover (KeelEngine   *self,
                     KeelTransfer *transfer)
{
  const KeelTransferRecord *record = keel_transfer_get_record (transfer);
  guint crashes = 0;

  if (was_active (transfer) && self->last_end != KEEL_END_CLEAN)
    crashes = self->last_end == KEEL_END_CRASH_SOON ? record->crashes + 1 : 1;
  if (crashes >= MOST_CRASHES)
    keel_transfer_quarantine (transfer);
  else if (crashes > 0)
    {
      keel_transfer_set_crashes (transfer, crashes);
      keel_transfer_when_saved (g_object_ref (transfer), counted_cb, NULL);
    }
  else
    {
      if (record->crashes > 0)
        keel_transfer_set_crashes (transfer, 0);
      keel_transfer_recover (transfer);
    }
}

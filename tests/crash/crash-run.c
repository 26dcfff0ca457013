/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-engine.h"
#include "keel-words.h"

#include <locale.h>
#include <string.h>
#include <unistd.h>

/* The engine with a small script and without a bus, to be killed and made to fail.
 *
 *   crash-run --state DIR --downloads DIR --url BASE [--retry] [--many] [--wait-seconds N]
 *
 * It adds two batches of tasks unless an earlier run has (the nonces say that, as in a call that is
 * repeated after a lost reply), pauses and resumes some of them in the middle, cancels one, removes
 * one, and ends when nothing is unfinished. The files are those of crashserver.py, which stops
 * sending at certain places until the connection goes. --retry: what failed is tried again, as a
 * person would.
 *
 * What the program has been told is written to standard output at once and without stdio, so that a
 * shim sees it in its place among what is done to files:
 *
 *   accepted ID NAME       the task is on disk
 *   checkpoint ID BYTES    a pause is at rest with so many durable bytes
 *   cancelling ID, cancelled ID, removing ID, removed ID
 *   late ID                it had finished when that was asked for
 *   ended ID STATE         the engine's signal
 *
 * and at the end each task as a line of JSON, then "left N": tasks that have not ended. The status
 * is 0 also then.
 *
 * The clock is the real one, moved forward whenever nothing is in flight: nobody waits for a retry.
 * It is moved by two seconds where a download is to make a checkpoint while bytes come. */

#define DEFAULT_SECONDS 20
#define CALM_USEC 3000
#define STEP_USEC (5 * (gint64) G_USEC_PER_SEC)
#define MOST_SKIPPED_USEC (2 * 3600 * (gint64) G_USEC_PER_SEC)
#define CHECKPOINT_USEC (2 * (gint64) G_USEC_PER_SEC)
#define CHECKPOINT_BYTES (1280 * 1024)
#define HALF_OF_PIECES (5 * 1024 * 1024)
#define MOST_RETRIES 3
#define STUCK_USEC (60 * 1000)
#define MIB (1024 * 1024)

typedef enum {
  KIND_PLAIN,
  KIND_PAUSED,    /* paused and resumed at its stops */
  KIND_SEGMENTED, /* large: checkpoints while it flows */
  KIND_PIECES,    /* likewise over several connections, and paused once in the middle */
  KIND_CANCELLED, /* these two: paused at the first stop, given up at the second */
  KIND_REMOVED,
} Kind;

typedef struct {
  const char *name;
  Kind kind;
  guint64 stops[3];    /* where the server stops sending, 0-terminated */
  guint n_connections; /* 0: one */
  KeelConflict conflict;
} File;

static const File first_batch[] = {
  { "plain.bin", KIND_PAUSED, { 3 * MIB } },
  { "resumed.bin", KIND_PAUSED, { MIB, 2 * MIB } },
  { "segmented.bin", KIND_SEGMENTED, { 0 } },
  { "pieces.bin", KIND_PIECES, { 0 }, 4 },
};
static const File second_batch[] = {
  { "small-0.bin", KIND_PLAIN, { 0 } },
  { "small-1.bin", KIND_PLAIN, { 0 } },
  { "small-2.bin", KIND_PLAIN, { 0 }, 0, KEEL_CONFLICT_REPLACE },
  { "coded.txt", KIND_PLAIN, { 0 } },
  { "changed.bin", KIND_PAUSED, { MIB / 2 } },
  { "cancelled.bin", KIND_CANCELLED, { MIB / 4, MIB / 2 } },
  { "discarded.bin", KIND_REMOVED, { MIB / 4, MIB / 2 } },
};

/* --many: so many that they are made durable in groups. */
static const File many_batch[][8] = {
  {
    { "many-0.bin", KIND_PLAIN, { 0 } },
    { "many-1.bin", KIND_PLAIN, { 0 } },
    { "many-2.bin", KIND_PLAIN, { 0 } },
    { "many-3.bin", KIND_PLAIN, { 0 } },
    { "many-4.bin", KIND_PLAIN, { 0 } },
    { "many-5.bin", KIND_PLAIN, { 0 } },
    { "many-6.bin", KIND_PLAIN, { 0 } },
    { "many-7.bin", KIND_PLAIN, { 0 } },
  },
  {
    { "many-8.bin", KIND_PLAIN, { 0 } },
    { "many-9.bin", KIND_PLAIN, { 0 } },
    { "many-10.bin", KIND_PLAIN, { 0 } },
    { "many-11.bin", KIND_PLAIN, { 0 } },
    { "many-12.bin", KIND_PLAIN, { 0 } },
    { "many-13.bin", KIND_PLAIN, { 0 } },
    { "many-14.bin", KIND_PLAIN, { 0 } },
    { "many-15.bin", KIND_PLAIN, { 0 } },
  },
};

/* Where a task was paused last, and when. */
typedef struct {
  guint64 received;
  gint64 since_usec;
} Stop;

typedef struct _Run Run;

typedef struct {
  Run *run;
  const char *nonce;
  const File *files;
  guint n_files;
  guint tries;
  gboolean is_asked;
  gboolean is_there;
} Batch;

struct _Run {
  KeelEngine *engine;
  KeelClock *clock;
  gint64 session_id;
  const char *dir;
  const char *url;
  gboolean retries;
  Batch batches[2];
  GHashTable *retried; /* id -> how often */
  GHashTable *pressed; /* id -> a control was called and is not at rest */
  GHashTable *stopped; /* id -> Stop */
  GHashTable *noticed; /* id -> bytes, of the large ones */
  gboolean has_paused; /* the one that comes in pieces */
  gint64 calm_since_usec;
  gint64 skipped_usec;
  gboolean is_late;
  gboolean has_stopped;
};

static gboolean is_calm (Run *run);

/* --- telling --------------------------------------------------------------------------------- */

G_GNUC_PRINTF (1, 2)
static void
say (const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list arguments;
  gsize length;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  length = strlen (text);
  if (write (STDOUT_FILENO, text, length) != (gssize) length)
    _exit (3);
}

static const char *
name_of (const KeelTransferRecord *record)
{
  const char *slash = strrchr (record->uri, '/');

  return slash != NULL ? slash + 1 : record->uri;
}

static void
append_string (GString    *line,
               const char *key,
               const char *value)
{
  g_autofree char *escaped = value != NULL ? g_strescape (value, NULL) : NULL;

  if (escaped != NULL)
    g_string_append_printf (line, ", \"%s\": \"%s\"", key, escaped);
  else
    g_string_append_printf (line, ", \"%s\": null", key);
}

static void
append_number (GString    *line,
               const char *key,
               guint64     value)
{
  g_string_append_printf (line, ", \"%s\": %" G_GUINT64_FORMAT, key, value);
}

static void
say_task (KeelTransfer *transfer)
{
  const KeelTransferRecord *record = keel_transfer_get_record (transfer);
  g_autoptr (GString) line = g_string_new (NULL);
  g_autofree char *path = keel_transfer_record_dup_path (record);

  g_string_append_printf (line, "{\"id\": %" G_GINT64_FORMAT, record->id);
  append_string (line, "name", name_of (record));
  append_string (line, "state", keel_transfer_state_to_string (record->state));
  append_string (line, "wait_reason", keel_wait_reason_to_string (record->wait_reason));
  append_string (line, "pause_reason", keel_pause_reason_to_string (record->pause_reason));
  append_string (line, "error",
                 record->error_code < 0 ?
                   NULL :
                   keel_task_error_to_string ((KeelTaskError) record->error_code));
  append_string (line, "error_message", record->error_message);
  append_number (line, "durable", record->durable);
  append_number (line, "total", record->has_total ? record->total : 0);
  append_number (line, "resumed_bytes", record->resumed_bytes);
  append_number (line, "refetched_bytes", record->refetched_bytes);
  append_string (line, "part_name", record->part_name);
  append_string (line, "path", path);
  say ("%s}\n", line->str);
}

/* --- adding ---------------------------------------------------------------------------------- */

static void
say_accepted (Batch  *batch,
              gint64  first_id)
{
  batch->is_there = TRUE;
  for (guint i = 0; i < batch->n_files; i++)
    say ("accepted %" G_GINT64_FORMAT " %s\n", first_id + i, batch->files[i].name);
}

static void
added_cb (KeelEngine   *engine,
          const GError *error,
          gpointer      user_data)
{
  Batch *batch = user_data;
  gint64 first_id;
  guint count;

  batch->is_asked = FALSE;
  if (error != NULL)
    say ("refused %s\n", batch->nonce);
  else if (keel_engine_find_addition (engine, batch->run->session_id, batch->nonce, &first_id,
                                      &count))
    say_accepted (batch, first_id);
}

static void
add_batch (Batch *batch)
{
  Run *run = batch->run;
  GPtrArray *records;
  gint64 first_id;
  guint count;

  if (batch->is_there || batch->is_asked || batch->tries > MOST_RETRIES ||
      (batch->tries > 0 && !is_calm (run)))
    return;
  if (keel_engine_find_addition (run->engine, run->session_id, batch->nonce, &first_id, &count))
    {
      batch->is_there = TRUE;
      return;
    }
  records = g_ptr_array_new_with_free_func ((GDestroyNotify) keel_transfer_record_free);
  for (guint i = 0; i < batch->n_files; i++)
    {
      KeelTransferRecord *record = keel_transfer_record_new ();

      record->uri = g_strconcat (run->url, "/", batch->files[i].name, NULL);
      record->dir = g_strdup (run->dir);
      record->max_connections = MAX (batch->files[i].n_connections, 1);
      record->conflict = batch->files[i].conflict;
      g_ptr_array_add (records, record);
    }
  batch->tries++;
  batch->is_asked = TRUE;
  keel_engine_add (run->engine, run->session_id, records, batch->nonce, added_cb, batch);
}

/* A list that stays as it is while the engine's own changes. (transfer full) */
static GPtrArray *
dup_transfers (Run *run)
{
  GPtrArray *transfers = keel_engine_get_transfers (run->engine);
  GPtrArray *copy = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < transfers->len; i++)
    g_ptr_array_add (copy, g_object_ref (g_ptr_array_index (transfers, i)));
  return copy;
}

/* --- what a person does ---------------------------------------------------------------------- */

static const File *
find_file (Run        *run,
           const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (run->batches); i++)
    for (guint j = 0; j < run->batches[i].n_files; j++)
      if (strcmp (run->batches[i].files[j].name, name) == 0)
        return &run->batches[i].files[j];
  return NULL;
}

typedef struct {
  Run *run;
  gint64 id;
  KeelControl verb;
} Pressed;

static void
at_rest_cb (KeelTransfer *transfer,
            const GError *error,
            gpointer      user_data)
{
  g_autofree Pressed *pressed = user_data;
  guint64 durable = keel_transfer_get_committed (transfer);

  g_hash_table_remove (pressed->run->pressed, GINT_TO_POINTER (pressed->id));
  if (pressed->verb == KEEL_CONTROL_CANCEL)
    say ("cancelled %" G_GINT64_FORMAT "\n", pressed->id);
  else if (pressed->verb == KEEL_CONTROL_REMOVE)
    say ("removed %" G_GINT64_FORMAT "\n", pressed->id);
  else if (keel_transfer_get_record (transfer)->state == KEEL_TRANSFER_PAUSED)
    {
      say ("checkpoint %" G_GINT64_FORMAT " %" G_GUINT64_FORMAT "\n", pressed->id, durable);
      keel_transfer_control (transfer, KEEL_CONTROL_RESUME);
    }
}

/* Presses a button, and takes note of what came of it. */
static void
press (Run          *run,
       KeelTransfer *transfer,
       KeelControl   verb)
{
  gint64 id = keel_transfer_get_record (transfer)->id;
  Pressed *pressed;

  if (!g_hash_table_add (run->pressed, GINT_TO_POINTER (id)))
    return;
  /* Its end is told only if it is still the end when that is on disk. */
  if (keel_transfer_get_record (transfer)->state == KEEL_TRANSFER_FINISHED)
    say ("late %" G_GINT64_FORMAT "\n", id);
  if (verb == KEEL_CONTROL_CANCEL || verb == KEEL_CONTROL_REMOVE)
    say ("%s %" G_GINT64_FORMAT "\n", verb == KEEL_CONTROL_CANCEL ? "cancelling" : "removing", id);
  if (!keel_transfer_control (transfer, verb))
    {
      g_hash_table_remove (run->pressed, GINT_TO_POINTER (id));
      return;
    }
  pressed = g_new (Pressed, 1);
  *pressed = (Pressed) { run, id, verb };
  keel_transfer_when_at_rest (transfer, at_rest_cb, pressed);
}

/* Whether the server has stopped sending. One that goes on after a pause has as many bytes for a
 * while, and one that had to begin further up stops there a second time. */
static gboolean
is_at_stop (Run          *run,
            KeelTransfer *transfer,
            const File   *file)
{
  const KeelTransferRecord *record = keel_transfer_get_record (transfer);
  guint64 received = keel_transfer_get_received (transfer);
  gint64 now_usec = g_get_monotonic_time ();
  gboolean is_stop = FALSE;
  Stop *last;

  for (gsize i = 0; i < G_N_ELEMENTS (file->stops); i++)
    is_stop = is_stop || (file->stops[i] != 0 && file->stops[i] == received);
  if (record->state != KEEL_TRANSFER_RUNNING || !is_stop)
    return FALSE;
  last = g_hash_table_lookup (run->stopped, GINT_TO_POINTER (record->id));
  if (last != NULL && last->received == received && now_usec - last->since_usec < STUCK_USEC)
    return FALSE;
  last = g_new (Stop, 1);
  *last = (Stop) { received, now_usec };
  g_hash_table_insert (run->stopped, GINT_TO_POINTER (record->id), last);
  return TRUE;
}

/* The timer of the journal, as if two seconds had passed. */
static void
look_at_large (Run          *run,
               KeelTransfer *transfer)
{
  guint64 received = keel_transfer_get_received (transfer);
  gpointer id = GINT_TO_POINTER (keel_transfer_get_record (transfer)->id);
  guint64 noticed = GPOINTER_TO_SIZE (g_hash_table_lookup (run->noticed, id));

  if (keel_transfer_get_record (transfer)->state != KEEL_TRANSFER_RUNNING ||
      received < noticed + CHECKPOINT_BYTES)
    return;
  g_hash_table_insert (run->noticed, id, GSIZE_TO_POINTER (received));
  keel_clock_advance (run->clock, CHECKPOINT_USEC);
}

/* Whether it is in the middle, and has not been paused there. */
static gboolean
is_to_be_paused (Run          *run,
                 KeelTransfer *transfer)
{
  gboolean is_half = keel_transfer_get_record (transfer)->state == KEEL_TRANSFER_RUNNING &&
                     keel_transfer_get_received (transfer) > HALF_OF_PIECES && !run->has_paused;

  run->has_paused |= is_half;
  return is_half;
}

static void
retry (Run          *run,
       KeelTransfer *transfer)
{
  const KeelTransferRecord *record = keel_transfer_get_record (transfer);
  gpointer id = GINT_TO_POINTER (record->id);
  guint count = GPOINTER_TO_UINT (g_hash_table_lookup (run->retried, id));
  gboolean has_failed = record->state == KEEL_TRANSFER_FAILED;

  if (count >= MOST_RETRIES || !keel_transfer_is_settled (transfer) ||
      (!has_failed && record->state != KEEL_TRANSFER_PAUSED))
    return;
  g_hash_table_insert (run->retried, id, GUINT_TO_POINTER (count + 1));
  keel_transfer_control (transfer, has_failed ? KEEL_CONTROL_RETRY : KEEL_CONTROL_RESUME);
}

static gboolean
has_to_go (KeelTransfer *transfer,
           const File   *file)
{
  const KeelTransferRecord *record = keel_transfer_get_record (transfer);

  if (keel_transfer_get_received (transfer) < file->stops[1])
    return FALSE;
  return file->kind == KIND_REMOVED ||
         (file->kind == KIND_CANCELLED && keel_transfer_record_is_unfinished (record));
}

static void
look_at (Run          *run,
         KeelTransfer *transfer)
{
  const KeelTransferRecord *record = keel_transfer_get_record (transfer);
  const File *file = find_file (run, name_of (record));

  if (file == NULL || g_hash_table_contains (run->pressed, GINT_TO_POINTER (record->id)))
    return;
  if (has_to_go (transfer, file))
    press (run, transfer, file->kind == KIND_CANCELLED ? KEEL_CONTROL_CANCEL : KEEL_CONTROL_REMOVE);
  else if (is_at_stop (run, transfer, file))
    press (run, transfer, KEEL_CONTROL_PAUSE);
  else if (file->kind == KIND_PIECES && is_to_be_paused (run, transfer))
    press (run, transfer, KEEL_CONTROL_PAUSE);
  else if (file->kind == KIND_SEGMENTED || file->kind == KIND_PIECES)
    look_at_large (run, transfer);
  if (run->retries)
    retry (run, transfer);
}

/* What the person had begun when the program died: what was to go is pressed away again, what was
 * paused is resumed. */
static void
take_up (Run *run)
{
  g_autoptr (GPtrArray) transfers = dup_transfers (run);

  for (guint i = 0; i < transfers->len; i++)
    {
      KeelTransfer *transfer = g_ptr_array_index (transfers, i);
      const KeelTransferRecord *record = keel_transfer_get_record (transfer);
      const File *file = find_file (run, name_of (record));

      if (file != NULL && file->kind == KIND_REMOVED)
        press (run, transfer, KEEL_CONTROL_REMOVE);
      else if (file != NULL && file->kind == KIND_CANCELLED &&
               keel_transfer_record_is_unfinished (record))
        press (run, transfer, KEEL_CONTROL_CANCEL);
      else if (record->state == KEEL_TRANSFER_PAUSED &&
               record->pause_reason == KEEL_PAUSE_REASON_USER)
        keel_transfer_control (transfer, KEEL_CONTROL_RESUME);
    }
}

/* --- time ------------------------------------------------------------------------------------ */

static void
changed_cb (KeelEngine   *engine,
            KeelTransfer *transfer,
            gpointer      user_data)
{
  Run *run = user_data;

  run->calm_since_usec = g_get_monotonic_time ();
}

static void
ended_cb (KeelEngine   *engine,
          KeelTransfer *transfer,
          gpointer      user_data)
{
  const KeelTransferRecord *record = keel_transfer_get_record (transfer);

  changed_cb (engine, transfer, user_data);
  say ("ended %" G_GINT64_FORMAT " %s\n", record->id,
       keel_transfer_state_to_string (record->state));
}

/* Whether nothing happens without time passing. */
static gboolean
is_calm (Run *run)
{
  GPtrArray *transfers = keel_engine_get_transfers (run->engine);

  for (guint i = 0; i < transfers->len; i++)
    if (keel_transfer_is_busy (g_ptr_array_index (transfers, i)) ||
        !keel_transfer_is_settled (g_ptr_array_index (transfers, i)))
      return FALSE;
  return g_get_monotonic_time () - run->calm_since_usec > CALM_USEC;
}

/* How long until something that waits goes on. */
static gint64
next_step (Run *run)
{
  GPtrArray *transfers = keel_engine_get_transfers (run->engine);
  gint64 now_usec = keel_clock_get_wall_usec (run->clock);
  gint64 step_usec = G_MAXINT64;

  for (guint i = 0; i < transfers->len; i++)
    {
      const KeelTransferRecord *record = keel_transfer_get_record (
        g_ptr_array_index (transfers, i));

      if (record->state == KEEL_TRANSFER_WAITING && record->wait_until_usec > now_usec)
        step_usec = MIN (step_usec, record->wait_until_usec - now_usec);
    }
  return step_usec == G_MAXINT64 ? STEP_USEC : step_usec;
}

static gboolean
is_done (Run *run)
{
  GPtrArray *transfers = keel_engine_get_transfers (run->engine);

  for (gsize i = 0; i < G_N_ELEMENTS (run->batches); i++)
    if (!run->batches[i].is_there && run->batches[i].tries <= MOST_RETRIES)
      return FALSE;
  if (g_hash_table_size (run->pressed) > 0)
    return FALSE;
  for (guint i = 0; i < transfers->len; i++)
    {
      KeelTransfer *transfer = g_ptr_array_index (transfers, i);
      const KeelTransferRecord *record = keel_transfer_get_record (transfer);

      if (keel_transfer_record_is_unfinished (record) || !keel_transfer_is_settled (transfer) ||
          (record->state == KEEL_TRANSFER_PAUSED && record->pause_reason == KEEL_PAUSE_REASON_USER))
        return FALSE;
    }
  return !run->retries || is_calm (run);
}

static void
turn (Run *run)
{
  g_autoptr (GPtrArray) transfers = dup_transfers (run);

  add_batch (&run->batches[0]);
  if (run->batches[0].is_there)
    add_batch (&run->batches[1]);
  for (guint i = 0; i < transfers->len; i++)
    look_at (run, g_ptr_array_index (transfers, i));
  if (is_calm (run))
    {
      gint64 step_usec = next_step (run);

      run->skipped_usec += step_usec;
      run->calm_since_usec = g_get_monotonic_time ();
      keel_clock_advance (run->clock, step_usec);
    }
  if (!g_main_context_iteration (NULL, FALSE))
    g_usleep (200);
}

static gboolean
late_cb (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
  return G_SOURCE_REMOVE;
}

static void
stopped_cb (KeelEngine   *engine,
            const GError *error,
            gpointer      user_data)
{
  *(gboolean *) user_data = TRUE;
}

/* --- the program ----------------------------------------------------------------------------- */

static void
say_end (Run *run)
{
  GPtrArray *transfers = keel_engine_get_transfers (run->engine);
  guint n_left = 0;

  for (guint i = 0; i < transfers->len; i++)
    {
      const KeelTransferRecord *record = keel_transfer_get_record (
        g_ptr_array_index (transfers, i));

      say_task (g_ptr_array_index (transfers, i));
      n_left += keel_transfer_record_is_unfinished (record) ? 1 : 0;
    }
  say ("left %u\n", n_left);
}

static void
limited_cb (KeelEngine   *engine,
            const GError *error,
            gpointer      user_data)
{
  if (error != NULL)
    say ("unlimited\n");
}

static void
run_all (Run *run)
{
  KeelEngineLimits limits;

  run->session_id = keel_engine_open_session (run->engine, "crash-run", "default")->id;
  g_signal_connect (run->engine, "transfer-changed", G_CALLBACK (changed_cb), run);
  g_signal_connect (run->engine, "transfer-ended", G_CALLBACK (ended_cb), run);
  keel_engine_get_limits (run->engine, &limits);
  limits.max_active = limits.max_per_host = 12;
  keel_engine_set_limits (run->engine, &limits, limited_cb, NULL);
  keel_engine_start (run->engine);
  take_up (run);
  while (!is_done (run) && !run->is_late && run->skipped_usec < MOST_SKIPPED_USEC)
    turn (run);
  say_end (run);
  keel_engine_stop_async (run->engine, stopped_cb, &run->has_stopped);
  while (!run->has_stopped)
    g_main_context_iteration (NULL, TRUE);
}

static void
choose_batches (Run      *run,
                gboolean  is_many)
{
  run->batches[0] = (Batch) { run, "first", first_batch, G_N_ELEMENTS (first_batch) };
  run->batches[1] = (Batch) { run, "second", second_batch, G_N_ELEMENTS (second_batch) };
  for (guint i = 0; is_many && i < G_N_ELEMENTS (run->batches); i++)
    {
      run->batches[i].files = many_batch[i];
      run->batches[i].n_files = G_N_ELEMENTS (many_batch[i]);
    }
}

int
main (int    argc,
      char **argv)
{
  g_autofree char *state = NULL;
  g_autofree char *downloads = NULL;
  g_autofree char *url = NULL;
  gint seconds = DEFAULT_SECONDS;
  gboolean retries = FALSE;
  gboolean is_many = FALSE;
  const GOptionEntry entries[] = {
    { "state", 0, 0, G_OPTION_ARG_FILENAME, &state, "Folder of the database", "DIR" },
    { "downloads", 0, 0, G_OPTION_ARG_FILENAME, &downloads, "Folder of the files", "DIR" },
    { "url", 0, 0, G_OPTION_ARG_STRING, &url, "Where the files are", "BASE" },
    { "retry", 0, 0, G_OPTION_ARG_NONE, &retries, "Try what failed again", NULL },
    { "many", 0, 0, G_OPTION_ARG_NONE, &is_many, "Many small files instead", NULL },
    { "wait-seconds", 0, 0, G_OPTION_ARG_INT, &seconds, "End then at the latest", "N" },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;
  Run run = { .retries = FALSE };

  setlocale (LC_ALL, "");
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || state == NULL ||
      downloads == NULL || url == NULL)
    {
      g_printerr ("%s\n", error != NULL ? error->message : "--state, --downloads and --url");
      return 2;
    }
  run.retries = retries;
  run.dir = downloads;
  run.url = url;
  choose_batches (&run, is_many);
  run.retried = g_hash_table_new (NULL, NULL);
  run.pressed = g_hash_table_new (NULL, NULL);
  run.noticed = g_hash_table_new (NULL, NULL);
  run.stopped = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  run.calm_since_usec = g_get_monotonic_time ();
  g_timeout_add_seconds ((guint) seconds, late_cb, &run.is_late);
  run.clock = keel_clock_new (NULL);
  run.engine = keel_engine_new (run.clock);
  if (!keel_engine_open (run.engine, state, &error))
    {
      g_printerr ("%s\n", error->message);
      return 1;
    }
  run_all (&run);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  g_object_unref (run.engine);
  keel_clock_free (run.clock);
  g_hash_table_unref (run.retried);
  g_hash_table_unref (run.pressed);
  g_hash_table_unref (run.noticed);
  g_hash_table_unref (run.stopped);
  return 0;
}

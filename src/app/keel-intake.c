/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-intake.h"

#include <glib/gi18n.h>
#include <string.h>

#include "keel-links.h"
#include "keel-metalink.h"
#include "keel-own-uri.h"

/* The one way in for what others hand over: arguments of the command line, what the desktop opens
 * with us, what is dropped on one of our windows. A thing is
 *
 *   - text with links in it, which are taken as they are;
 *   - a link of our own kind (keel-own-uri.c);
 *   - the address of a file: a metalink (keel-metalink.c), or a text with links in it.
 *
 * What is found is only ever offered in the Add window; nothing starts by itself. If nothing is
 * found in a thing, that is said: silence looks like a mistake of one's own.
 *
 * Files are looked at before they are opened, because a pipe would never end, and they are read one
 * after the other and never whole if they are large: nobody writes such lists of links. */

#define FILES_MAX 100
#define FILE_BYTES_MAX KEEL_METALINK_BYTES_MAX

typedef struct {
  KeelIntake *intake; /* (owned) */
  GStrv things;       /* (owned) */
  guint next;         /* of the things */
  guint n_files;

  /* The file that is being read. */
  char *name; /* (owned) (nullable), for display */
  char *text; /* (owned) (nullable) */
} Job;

static void go_on (GTask *task);

void
keel_intake_free (KeelIntake *self)
{
  g_ptr_array_unref (self->offers);
  g_free (self->trouble);
  g_free (self);
}

static void
job_free (Job *job)
{
  g_clear_pointer (&job->intake, keel_intake_free);
  g_strfreev (job->things);
  g_free (job->name);
  g_free (job->text);
  g_free (job);
}

/* Only the first is told: people mend one thing at a time.
 *
 * @words: (transfer full) */
static void
tell (Job  *job,
      char *words)
{
  if (job->intake->trouble == NULL)
    job->intake->trouble = words;
  else
    g_free (words);
}

static void
take_offers (Job       *job,
             GPtrArray *offers)
{
  for (guint i = 0; i < offers->len && job->intake->offers->len < KEEL_LINKS_MAX; i++)
    g_ptr_array_add (job->intake->offers, keel_offer_ref (offers->pdata[i]));
}

/* Says whether there were any. */
static gboolean
take_links (Job        *job,
            const char *text)
{
  g_auto (GStrv) links = keel_links_find (text);
  g_autoptr (GPtrArray) offers = keel_offers_for_links ((const char *const *) links);

  take_offers (job, offers);

  return offers->len > 0;
}

/* --- files ----------------------------------------------------------------------------------- */

/* Kinds of files that stand for downloads, but that nobody here can read. */
static gboolean
is_unsupported (const char *name)
{
  static const char *const endings[] = { ".metalink", ".torrent" };
  g_autofree char *lower = g_ascii_strdown (name, -1);

  for (gsize i = 0; i < G_N_ELEMENTS (endings); i++)
    {
      if (g_str_has_suffix (lower, endings[i]))
        return TRUE;
    }

  return FALSE;
}

static void
tell_unsupported (Job *job)
{
  /* Translators: %s is the name of a file. */
  tell (job, g_strdup_printf (_("Files like “%s” are not supported"), job->name));
}

static void
tell_nothing_found (Job *job)
{
  /* Translators: %s is the name of a file. */
  tell (job, g_strdup_printf (_("There are no links in “%s”"), job->name));
}

static void
tell_too_large (Job *job)
{
  /* Translators: %s is the name of a file. */
  tell (job, g_strdup_printf (_("“%s” is too large for a list of links"), job->name));
}

static void
tell_not_opened (Job          *job,
                 const GError *error)
{
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    /* Translators: %s is what somebody typed in a terminal, or the name of a file. */
    tell (job, g_strdup_printf (_("“%s” is neither a link nor a file"), job->name));
  else
    /* Translators: %s is the name of a file. */
    tell (job, g_strdup_printf (_("“%s” cannot be opened"), job->name));
}

static void
take_metalink (Job   *job,
               gsize  length)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) offers = keel_metalink_parse (job->text, length, &error);

  if (offers != NULL)
    take_offers (job, offers);
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED))
    tell_unsupported (job);
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    tell_nothing_found (job);
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE))
    tell_too_large (job);
  else
    /* Translators: %s is the name of a file. */
    tell (job, g_strdup_printf (_("“%s” is damaged"), job->name));
}

/* job->text has a NUL behind its @length bytes. */
static void
take_file (Job   *job,
           gsize  length)
{
  g_autofree char *lower = g_ascii_strdown (job->name, -1);

  if (length > FILE_BYTES_MAX)
    tell_too_large (job);
  else if (g_str_has_suffix (lower, ".meta4") || keel_metalink_is_one (job->text, length))
    take_metalink (job, length);
  else if (is_unsupported (job->name))
    tell_unsupported (job);
  else if (!take_links (job, job->text))
    tell_nothing_found (job);
}

static void
read_cb (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;
  Job *job = g_task_get_task_data (task);
  gsize length = 0;

  if (g_input_stream_read_all_finish (G_INPUT_STREAM (source), result, &length, &error))
    take_file (job, length);
  else
    tell_not_opened (job, error);
  g_clear_pointer (&job->text, g_free);
  go_on (g_steal_pointer (&task));
}

static void
opened_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GFileInputStream) stream = g_file_read_finish (G_FILE (source), result, &error);
  Job *job = g_task_get_task_data (task);

  if (stream == NULL)
    {
      tell_not_opened (job, error);
      go_on (g_steal_pointer (&task));
      return;
    }

  /* One byte more than it may have, and a NUL behind. */
  job->text = g_malloc0 (FILE_BYTES_MAX + 2);
  g_input_stream_read_all_async (G_INPUT_STREAM (stream), job->text, FILE_BYTES_MAX + 1,
                                 G_PRIORITY_DEFAULT, g_task_get_cancellable (task), read_cb,
                                 g_object_ref (task));
}

static void
looked_at_cb (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GFileInfo) info = g_file_query_info_finish (G_FILE (source), result, &error);
  Job *job = g_task_get_task_data (task);

  if (info != NULL && g_file_info_get_file_type (info) == G_FILE_TYPE_REGULAR &&
      g_file_info_get_size (info) <= FILE_BYTES_MAX)
    {
      g_file_read_async (G_FILE (source), G_PRIORITY_DEFAULT, g_task_get_cancellable (task),
                         opened_cb, g_object_ref (task));
      return;
    }

  if (info == NULL)
    tell_not_opened (job, error);
  else if (g_file_info_get_file_type (info) != G_FILE_TYPE_REGULAR)
    tell_nothing_found (job);
  else
    tell_too_large (job);
  go_on (g_steal_pointer (&task));
}

/* Takes @task. */
static void
look_at_file (GTask      *task,
              const char *uri)
{
  Job *job = g_task_get_task_data (task);
  g_autoptr (GFile) file = g_file_new_for_uri (uri);
  g_autofree char *base = g_file_get_basename (file);

  g_free (job->name);
  job->name = g_filename_display_name (base != NULL ? base : uri);
  job->n_files++;
  g_file_query_info_async (file, G_FILE_ATTRIBUTE_STANDARD_TYPE "," G_FILE_ATTRIBUTE_STANDARD_SIZE,
                           G_FILE_QUERY_INFO_NONE, G_PRIORITY_DEFAULT,
                           g_task_get_cancellable (task), looked_at_cb, task);
}

/* --- things ---------------------------------------------------------------------------------- */

static void
take_own_uri (Job        *job,
              const char *uri)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) offers = keel_own_uri_parse (uri, &error);

  if (offers != NULL)
    take_offers (job, offers);
  else
    tell (job, g_strdup (error->message));
}

/* Takes one thing after the other, until one has to be waited for. Takes @task. */
static void
go_on (GTask *task)
{
  Job *job = g_task_get_task_data (task);
  const char *thing;

  while ((thing = job->things[job->next]) != NULL)
    {
      gboolean is_file = g_ascii_strncasecmp (thing, "file:", 5) == 0;

      job->next++;
      if (is_file && job->n_files >= FILES_MAX)
        {
          tell (job, g_strdup_printf (_("Only the first %d files were looked at"), FILES_MAX));
        }
      else if (is_file)
        {
          look_at_file (task, thing);
          return;
        }
      else if (keel_own_uri_is_one (thing))
        {
          take_own_uri (job, thing);
        }
      else if (!take_links (job, thing))
        {
          tell (job, g_strdup (_("This kind of link is not supported")));
        }
    }

  g_task_return_pointer (task, g_steal_pointer (&job->intake), (GDestroyNotify) keel_intake_free);
  g_object_unref (task);
}

/* Reads @things, which are copied. It may be done before this returns; the callback comes later. */
void
keel_intake_read_async (const char *const   *things,
                        GCancellable        *cancellable,
                        GAsyncReadyCallback  callback,
                        gpointer             user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  Job *job = g_new0 (Job, 1);

  job->intake = g_new0 (KeelIntake, 1);
  job->intake->offers = keel_offers_new ();
  job->things = g_strdupv ((char **) things);
  g_task_set_source_tag (task, keel_intake_read_async);
  g_task_set_task_data (task, job, (GDestroyNotify) job_free);
  go_on (task);
}

/* Returns: (transfer full) (nullable): NULL only if it was cancelled */
KeelIntake *
keel_intake_read_finish (GAsyncResult  *result,
                         GError       **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

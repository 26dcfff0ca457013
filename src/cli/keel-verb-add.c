/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-add-input.h"
#include "keel-argument.h"
#include "keel-await.h"
#include "keel-follow.h"
#include "keel-options.h"
#include "keel-password.h"
#include "keel-task-json.h"

#include <glib/gi18n.h>

/* keel add: hands transfers to the service, all of them or none, and if wanted stays until they
 * have ended. What is said on the command line is checked before the service is asked, so that a
 * mistake in it neither starts the service nor leaves half of a batch behind. */

/* What one message to the service may hold is twice that; keys and short values of a task. */
#define CHUNK_TASKS 1000
#define CHUNK_BYTES (512 * 1024)
#define TASK_BYTES 256

typedef struct {
  char *dir;
  char *name;
  char *checksum;
  char *limit;
  char *connections;
  char *referer;
  char *user_agent;
  char *user;
  char *not_before;
  char *network;
  char *power;
  char *priority;
  char *conflict;
  char *session;
  char *input;
  char *timeout;
  char **headers;
  char **mirrors;
  char **urls;
  gboolean paused;
  gboolean wait;
  gboolean json;
} Options;

/* What the options mean. */
typedef struct {
  GPtrArray *urls;    /* (owned) (element-type utf8) */
  GFile *directory;   /* (owned) (nullable) */
  GPtrArray *headers; /* (owned) name, value, name, value, ... */
  guint64 max_rate;
  guint max_connections;
  int network;
  int power;
  int priority;
  int conflict;
  GDateTime *not_before; /* (owned) (nullable) */
  char *password;        /* (owned) (nullable) */
  guint64 timeout_seconds;
  gsize bytes_each; /* beside the address */
} Wish;

static void
options_clear (Options *self)
{
  g_free (self->dir);
  g_free (self->name);
  g_free (self->checksum);
  g_free (self->limit);
  g_free (self->connections);
  g_free (self->referer);
  g_free (self->user_agent);
  g_free (self->user);
  g_free (self->not_before);
  g_free (self->network);
  g_free (self->power);
  g_free (self->priority);
  g_free (self->conflict);
  g_free (self->session);
  g_free (self->input);
  g_free (self->timeout);
  g_strfreev (self->headers);
  g_strfreev (self->mirrors);
  g_strfreev (self->urls);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static void
wish_clear (Wish *self)
{
  g_clear_pointer (&self->urls, g_ptr_array_unref);
  g_clear_pointer (&self->headers, g_ptr_array_unref);
  g_clear_object (&self->directory);
  g_clear_pointer (&self->not_before, g_date_time_unref);
  if (self->password != NULL)
    explicit_bzero (self->password, strlen (self->password));
  g_clear_pointer (&self->password, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Wish, wish_clear)

static gboolean
parse_options (Options   *self,
               char     **argv,
               KeelExit  *out_exit)
{
  GOptionEntry entries[] = {
    { "dir", 0, 0, G_OPTION_ARG_FILENAME, &self->dir,
      N_("Destination folder (default: the Downloads folder)"), "DIR" },
    { "name", 0, 0, G_OPTION_ARG_FILENAME, &self->name, N_("File name (one URL only)"), "NAME" },
    { "mirror", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &self->mirrors,
      N_("Another link to the same file (one URL only; repeatable)"), "URL" },
    { "checksum", 0, 0, G_OPTION_ARG_FILENAME, &self->checksum,
      N_("What the file must be: sha-256, sha-512, sha-1 or md5"), "ALGO:HEX" },
    { "header", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &self->headers,
      N_("Request header (repeatable)"), "'NAME: VALUE'" },
    { "referer", 0, 0, G_OPTION_ARG_FILENAME, &self->referer, N_("The page with the link"),
      "URL" },
    { "user-agent", 0, 0, G_OPTION_ARG_FILENAME, &self->user_agent,
      N_("What to be for the server"), "TEXT" },
    { "user", 0, 0, G_OPTION_ARG_FILENAME, &self->user,
      N_("Whom the server shall know; the password is asked for on the terminal"), "NAME" },
    { "limit", 0, 0, G_OPTION_ARG_FILENAME, &self->limit, N_("Bytes per second: 500k, 2M"),
      "RATE" },
    { "connections", 0, 0, G_OPTION_ARG_FILENAME, &self->connections,
      N_("At most N connections at once, 1 to 32 (default: as many as help)"), "N" },
    { "not-before", 0, 0, G_OPTION_ARG_FILENAME, &self->not_before,
      N_("When to start: RFC 3339, or +30m"), "TIME" },
    { "network", 0, 0, G_OPTION_ARG_FILENAME, &self->network,
      N_("Over which networks: any, or unmetered ones only"), "any|unmetered" },
    { "power", 0, 0, G_OPTION_ARG_FILENAME, &self->power,
      N_("On which power: any, or only while plugged in"), "any|ac" },
    { "priority", 0, 0, G_OPTION_ARG_FILENAME, &self->priority, N_("Which transfers come first"),
      "low|normal|high" },
    { "conflict", 0, 0, G_OPTION_ARG_FILENAME, &self->conflict,
      N_("What to do when the name is taken (default: rename)"), "rename|fail|replace" },
    { "session", 0, 0, G_OPTION_ARG_FILENAME, &self->session,
      N_("The session to add to (default: “default”)"), "ID" },
    { "input", 0, 0, G_OPTION_ARG_FILENAME, &self->input,
      N_("Read URLs from FILE, one a line; - is standard input"), "FILE" },
    { "paused", 0, 0, G_OPTION_ARG_NONE, &self->paused, N_("Create without starting"), NULL },
    { "wait", 0, 0, G_OPTION_ARG_NONE, &self->wait,
      N_("Stay until all have ended, or one is paused or needs you"), NULL },
    { "timeout", 0, 0, G_OPTION_ARG_FILENAME, &self->timeout,
      N_("With --wait: give up waiting after this time; the transfers go on"), "DURATION" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &self->json, N_("Machine-readable output"), NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &self->urls, NULL, NULL },
    { NULL }
  };

  return keel_options_parse (&keel_verb_add, entries, argv, out_exit);
}

static gboolean
refuse_value (const char *option,
              const char *value)
{
  /* Translators: an option of the command line, and what the user gave for it. */
  keel_complain (_("This is not a value for %s: “%s”"), option, value);
  return FALSE;
}

static gboolean
read_words (Wish          *self,
            const Options *options)
{
  if (options->network != NULL &&
      !keel_argument_parse_word (KEEL_TYPE_NETWORK_USE, options->network, &self->network))
    return refuse_value ("--network", options->network);
  if (options->power != NULL &&
      !keel_argument_parse_word (KEEL_TYPE_POWER_USE, options->power, &self->power))
    return refuse_value ("--power", options->power);
  if (options->priority != NULL &&
      !keel_argument_parse_word (KEEL_TYPE_PRIORITY, options->priority, &self->priority))
    return refuse_value ("--priority", options->priority);
  if (options->conflict != NULL &&
      !keel_argument_parse_word (KEEL_TYPE_CONFLICT, options->conflict, &self->conflict))
    return refuse_value ("--conflict", options->conflict);
  return TRUE;
}

static gboolean
read_values (Wish          *self,
             const Options *options)
{
  self->priority = KEEL_PRIORITY_NORMAL;
  self->conflict = KEEL_CONFLICT_RENAME;
  if (options->limit != NULL && !keel_argument_parse_rate (options->limit, &self->max_rate))
    return refuse_value ("--limit", options->limit);
  if (options->connections != NULL &&
      !keel_argument_parse_connections (options->connections, &self->max_connections))
    return refuse_value ("--connections", options->connections);
  if (!read_words (self, options))
    return FALSE;
  if (options->not_before != NULL &&
      !keel_argument_parse_time (options->not_before, &self->not_before))
    return refuse_value ("--not-before", options->not_before);
  if (options->timeout != NULL &&
      (!keel_argument_parse_duration (options->timeout, &self->timeout_seconds) ||
       self->timeout_seconds == 0))
    return refuse_value ("--timeout", options->timeout);
  if (options->dir != NULL && !keel_argument_parse_directory (options->dir, &self->directory))
    return refuse_value ("--dir", options->dir);
  return TRUE;
}

/* What can be said of one file only. */
static gboolean
check_single (const Wish    *self,
              const Options *options)
{
  if (options->name != NULL && self->urls->len > 1)
    {
      keel_complain (_("--name goes with one URL only"));
      return FALSE;
    }
  if (options->mirrors != NULL && self->urls->len > 1)
    {
      keel_complain (_("--mirror goes with one URL only"));
      return FALSE;
    }
  for (guint i = 0; options->mirrors != NULL && options->mirrors[i] != NULL; i++)
    if (!keel_add_input_check_url (options->mirrors[i]))
      return FALSE;
  return TRUE;
}

/* Says itself what is wrong. */
static gboolean
read_wish (Wish          *self,
           const Options *options)
{
  if (options->timeout != NULL && !options->wait)
    {
      keel_complain (_("--timeout goes with --wait"));
      return FALSE;
    }
  if (!read_values (self, options))
    return FALSE;
  self->headers = keel_add_input_read_headers (options->headers, options->referer,
                                               options->user_agent, &self->bytes_each);
  if (self->headers == NULL)
    return FALSE;
  self->bytes_each += TASK_BYTES;
  if (self->directory != NULL)
    self->bytes_each += strlen (g_file_peek_path (self->directory));
  if (options->user != NULL)
    self->bytes_each += strlen (options->user) + KEEL_PASSWORD_MOST_BYTES;
  self->urls = keel_add_input_read_urls (options->urls, options->input);
  if (self->urls == NULL || !check_single (self, options))
    return FALSE;
  if (options->user == NULL)
    return TRUE;
  if (*options->user == '\0' || !g_utf8_validate (options->user, -1, NULL))
    return refuse_value ("--user", options->user);
  /* The last of all, when nothing else is wrong. */
  self->password = keel_password_ask (options->user);
  return self->password != NULL;
}

static KeelDownload *
create_download (const Wish    *wish,
                 const Options *options,
                 const char    *url)
{
  KeelDownload *download = keel_download_new (url);

  keel_download_set_directory (download, wish->directory);
  keel_download_set_name (download, options->name);
  keel_download_set_checksum (download, options->checksum);
  keel_download_set_max_rate (download, wish->max_rate);
  keel_download_set_max_connections (download, wish->max_connections);
  keel_download_set_mirrors (download, (const char *const *) options->mirrors);
  if (options->network != NULL)
    keel_download_set_network (download, (KeelNetworkUse) wish->network);
  if (options->power != NULL)
    keel_download_set_power (download, (KeelPowerUse) wish->power);
  keel_download_set_priority (download, (KeelPriority) wish->priority);
  keel_download_set_conflict (download, (KeelConflict) wish->conflict);
  keel_download_set_not_before (download, wish->not_before);
  keel_download_set_start (download, !options->paused);
  keel_download_set_user (download, options->user);
  keel_download_set_password (download, wish->password);
  for (guint i = 0; i < wish->headers->len; i += 2)
    keel_download_add_header (download, g_ptr_array_index (wish->headers, i),
                              g_ptr_array_index (wish->headers, i + 1));
  return download;
}

/* The downloads of the next message to the service, from *position on. */
static GPtrArray *
create_chunk (const Wish    *wish,
              const Options *options,
              guint         *position)
{
  GPtrArray *chunk = g_ptr_array_new_with_free_func (g_object_unref);
  gsize bytes = 0;

  while (*position < wish->urls->len && chunk->len < CHUNK_TASKS && bytes < CHUNK_BYTES)
    {
      const char *url = g_ptr_array_index (wish->urls, (*position)++);

      bytes += strlen (url) + wish->bytes_each;
      g_ptr_array_add (chunk, create_download (wish, options, url));
    }
  return chunk;
}

static GArray *
collect_ids (GPtrArray *tasks)
{
  GArray *ids = g_array_new (FALSE, FALSE, sizeof (guint64));

  for (guint i = 0; i < tasks->len; i++)
    {
      const guint64 id = keel_task_get_id (g_ptr_array_index (tasks, i));

      g_array_append_val (ids, id);
    }
  return ids;
}

/* A later part of a large batch was refused: nothing of it shall stay. */
static void
take_back (GPtrArray *tasks)
{
  g_autoptr (GArray) ids = collect_ids (tasks);
  g_autoptr (KeelManager) manager = NULL;
  g_autoptr (GVariant) refused = NULL;
  g_autoptr (GError) error = NULL;

  if (ids->len == 0)
    return;
  manager = keel_await_manager (KEEL_MANAGER_NO_TASKS, &error);
  if (manager != NULL)
    refused = keel_await_control (manager, KEEL_VERB_REMOVE, (const guint64 *) (void *) ids->data,
                                  ids->len, FALSE, &error);
  if (refused == NULL)
    keel_complain (_("Some transfers of the batch could not be taken back: %s"), error->message);
}

/* (transfer full) (element-type KeelTask) */
static GPtrArray *
add_all (const Wish     *wish,
         const Options  *options,
         GError        **error)
{
  g_autoptr (KeelSession) session = NULL;
  g_autoptr (GPtrArray) tasks = g_ptr_array_new_with_free_func (g_object_unref);
  guint position = 0;

  /* Who waits hears of them anyway. */
  session = keel_await_session (options->session != NULL ? options->session : "default",
                                options->json && !options->wait, error);
  if (session == NULL)
    return NULL;

  while (position < wish->urls->len)
    {
      g_autoptr (GPtrArray) chunk = create_chunk (wish, options, &position);
      GPtrArray *added;

      added = keel_await_add (session, (KeelDownload **) chunk->pdata, chunk->len, error);
      if (added == NULL)
        {
          take_back (tasks);
          return NULL;
        }
      g_ptr_array_extend_and_steal (tasks, added);
    }
  return g_steal_pointer (&tasks);
}

static void
print_added (GPtrArray *tasks,
             gboolean   json)
{
  for (guint i = 0; i < tasks->len; i++)
    if (json)
      keel_task_json_print (g_ptr_array_index (tasks, i));
    else
      g_print ("%" G_GUINT64_FORMAT "\n", keel_task_get_id (g_ptr_array_index (tasks, i)));
}

/* What @manager has not heard of yet, it asks for. One that somebody has removed already makes the
 * service refuse the whole question: then each is asked for by itself. */
static void
fetch_unheard (KeelManager *manager,
               GArray      *ids)
{
  g_autoptr (GArray) unheard = g_array_new (FALSE, FALSE, sizeof (guint64));

  for (guint i = 0; i < ids->len; i++)
    if (keel_manager_get_task (manager, g_array_index (ids, guint64, i)) == NULL)
      g_array_append_val (unheard, g_array_index (ids, guint64, i));
  for (guint i = 0; i < unheard->len; i += CHUNK_TASKS)
    {
      const guint64 *some = &g_array_index (unheard, guint64, i);
      guint n_some = MIN (unheard->len - i, CHUNK_TASKS);
      g_autoptr (GPtrArray) tasks = keel_await_tasks (manager, some, n_some, NULL);

      for (guint j = 0; tasks == NULL && j < n_some; j++)
        {
          g_autoptr (GPtrArray) task = keel_await_tasks (manager, &some[j], 1, NULL);

          if (task == NULL)
            g_debug ("Task %" G_GUINT64_FORMAT " is gone", some[j]);
        }
    }
}

/* The objects that @manager keeps true, instead of those of the session; they have their last
 * values also when the task is gone. */
static void
take_followed (GPtrArray   *tasks,
               KeelManager *manager)
{
  for (guint i = 0; i < tasks->len; i++)
    {
      KeelTask *task = g_ptr_array_index (tasks, i);
      KeelTask *followed = keel_manager_get_task (manager, keel_task_get_id (task));

      if (followed == NULL)
        continue;
      tasks->pdata[i] = g_object_ref (followed);
      g_object_unref (task);
    }
}

/* @manager is live since before they were added. */
static KeelExit
wait_for (KeelManager   *manager,
          GPtrArray     *tasks,
          const Wish    *wish,
          const Options *options)
{
  g_autoptr (GArray) ids = collect_ids (tasks);
  KeelFollow follow;
  KeelExit exit;

  fetch_unheard (manager, ids);
  take_followed (tasks, manager);
  follow = (KeelFollow) {
    .manager = manager,
    .ids = (const guint64 *) (void *) ids->data,
    .n_ids = ids->len,
    .view = options->json ? KEEL_VIEW_NOTHING : keel_view_choose (FALSE),
    .until_attention = TRUE,
    .timeout_seconds = wish->timeout_seconds,
  };
  exit = keel_follow_run (&follow);
  for (guint i = 0; options->json && i < tasks->len; i++)
    keel_task_json_print (g_ptr_array_index (tasks, i));
  return exit;
}

static KeelExit
add (char **argv)
{
  g_auto (Options) options = { 0 };
  g_auto (Wish) wish = { 0 };
  g_autoptr (KeelManager) manager = NULL;
  g_autoptr (GPtrArray) tasks = NULL;
  g_autoptr (GError) error = NULL;
  KeelExit exit;

  if (!parse_options (&options, argv, &exit))
    return exit;
  if (!read_wish (&wish, &options))
    return KEEL_EXIT_USAGE;

  /* Watching begins first: what becomes of the tasks is then told, and need not be asked for. */
  if (options.wait)
    {
      manager = keel_await_manager (options.json ? KEEL_MANAGER_LIVE :
                                                   KEEL_MANAGER_LIVE | KEEL_MANAGER_BRIEF,
                                    &error);
      if (manager == NULL)
        return keel_exit_for_error (error);
    }
  tasks = add_all (&wish, &options, &error);
  if (tasks == NULL)
    return keel_exit_for_error (error);
  if (!options.json || !options.wait)
    print_added (tasks, options.json);
  return options.wait ? wait_for (manager, tasks, &wish, &options) : KEEL_EXIT_DONE;
}

const KeelVerbInfo keel_verb_add = {
  "add",
  "URL…",
  N_("Hand transfers to the service"),
  add,
};

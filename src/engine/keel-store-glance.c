/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-store-glance.h"

#include "keel-folder-list.h"
#include "keel-session-config.h"
#include "keel-store.h"

#include <sqlite3.h>
#include <sys/stat.h>

/* Whether there is anything to go on with, asked from outside, at login, when most of the time
 * there is nothing: so it must cost nothing, and nothing may be touched.
 *
 * A database that was closed is one file, and is read as one that nobody changes (`immutable`,
 * https://www.sqlite.org/uri.html): no lock, no log, nothing beside it. One with a log belongs to a
 * service that runs, or was left by one that died; who wants to know what is in there would have to
 * write. Then there may be something to do, and the service sees for itself. The same goes for one
 * that cannot be read: it takes a service to rescue it, and to say so. */

#define DATABASE "transfers.db"

static gboolean
is_there (const char *state_dir,
          const char *leaf)
{
  g_autofree char *path = g_build_filename (state_dir, leaf, NULL);
  struct stat info;

  return lstat (path, &info) == 0 && info.st_size > 0;
}

/* A row: the state of a transfer that may have to go on. */
static int
step_tasks (sqlite3 *db)
{
  static const char sql[] = "SELECT 1 FROM tasks WHERE state NOT IN"
                            " ('paused', 'finished', 'failed', 'cancelled') LIMIT 1";
  sqlite3_stmt *statement = NULL;
  int result = sqlite3_prepare_v2 (db, sql, -1, &statement, NULL);

  if (result == SQLITE_OK)
    result = sqlite3_step (statement);
  sqlite3_finalize (statement);
  return result;
}

/* A row: a session in whose journal is something that somebody has yet to be told. Where its
 * application does not want to be woken, that waits until it comes by itself. */
static int
step_sessions (sqlite3 *db)
{
  static const char sql[] = "SELECT config, wake_tries FROM sessions"
                            " WHERE id IN (SELECT session FROM events)";
  sqlite3_stmt *statement = NULL;
  int result = sqlite3_prepare_v2 (db, sql, -1, &statement, NULL);

  while (result == SQLITE_OK || result == SQLITE_ROW)
    {
      g_auto (KeelSessionConfig) config = { 0 };

      result = sqlite3_step (statement);
      if (result != SQLITE_ROW)
        break;
      keel_session_config_parse (&config, (const char *) sqlite3_column_text (statement, 0));
      if (!config.events ||
          (config.launch_events && sqlite3_column_int64 (statement, 1) < KEEL_SESSION_WAS_TOLD))
        break;
    }
  sqlite3_finalize (statement);
  return result;
}

static gboolean
database_has_work (const char *state_dir)
{
  g_autofree char *path = g_build_filename (state_dir, DATABASE, NULL);
  g_autofree char *escaped = g_uri_escape_string (path, "/", FALSE);
  g_autofree char *uri = g_strconcat ("file:", escaped, "?immutable=1", NULL);
  sqlite3 *db = NULL;
  gboolean has_none;

  has_none = sqlite3_open_v2 (uri, &db,
                              SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX,
                              NULL) == SQLITE_OK &&
             step_tasks (db) == SQLITE_DONE && step_sessions (db) == SQLITE_DONE;
  sqlite3_close (db);
  return !has_none;
}

/* Blocks. Changes nothing in @state_dir, which need not be there. */
gboolean
keel_store_glance_has_work (const char *state_dir)
{
  g_autoptr (GPtrArray) folders = NULL;

  if (is_there (state_dir, DATABASE "-wal") || is_there (state_dir, DATABASE ".rescued"))
    return TRUE;
  if (is_there (state_dir, DATABASE))
    return database_has_work (state_dir);
  /* It was lost; what is left of its transfers is in these. */
  folders = keel_folder_list_read (state_dir);
  return folders != NULL && folders->len > 0;
}

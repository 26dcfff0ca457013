/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-spool.h"

#include "keel-file-name.h"
#include "keel-part-label.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The spool: where files wait that nobody gave a folder for, until their application collects them.
 * A folder an application, which nobody else can look into, below one folder of ours.
 *
 * A file in there is called by the token of its task, with the extension of the name that it will
 * have, by which programs find out what it is. So no two want the same name, and of each file it
 * can be told whether a task still has it. What no task has is what a crash left between a commit
 * and the removal that was to follow it; at a start it goes. Only what is called as we call files
 * is ever touched. */

#define TOKEN_DIGITS 32
#define MOST_LEAF_BYTES 160

/* @app as a leaf name: it may be anything that a caller says. Two applications have two folders.
 * (transfer full) */
static char *
dup_leaf (const char *app)
{
  g_autofree char *escaped = g_uri_escape_string (app, NULL, FALSE);
  g_autofree char *leaf = *escaped == '.' ? g_strconcat ("%2E", escaped + 1, NULL) :
                                            g_steal_pointer (&escaped);
  g_autofree char *hash = NULL;

  if (strlen (leaf) <= MOST_LEAF_BYTES)
    return g_steal_pointer (&leaf);
  hash = g_compute_checksum_for_string (G_CHECKSUM_SHA256, app, -1);
  return g_strdup_printf ("%.*s-%s", MOST_LEAF_BYTES / 2, leaf, hash);
}

/* The folder for files of @app. Pure. (transfer full) */
char *
keel_spool_dup_dir (const char *spool_dir,
                    const char *app)
{
  g_autofree char *leaf = dup_leaf (app);

  return g_build_filename (spool_dir, leaf, NULL);
}

/* What the file is called there that will be called @chosen. Pure. (transfer full) */
char *
keel_spool_dup_name (const char *token,
                     const char *chosen)
{
  return g_strconcat (token, keel_file_name_get_extension (chosen), NULL);
}

/* Whether a file of ours may have that name. Pure. */
gboolean
keel_spool_is_name (const char *name)
{
  return strspn (name, "0123456789abcdef") == TOKEN_DIGITS &&
         (name[TOKEN_DIGITS] == '\0' || name[TOKEN_DIGITS] == '.');
}

/* Whether @dir is one of those folders. Pure. */
gboolean
keel_spool_contains (const char *spool_dir,
                     const char *dir)
{
  gsize length = strlen (spool_dir);

  return strncmp (dir, spool_dir, length) == 0 && dir[length] == '/' &&
         strchr (dir + length + 1, '/') == NULL;
}

/* --- what nobody has any more ---------------------------------------------------------------- */

static gboolean
is_orphan (int         dir_fd,
           const char *name,
           GHashTable *known)
{
  struct stat info;

  if ((!keel_spool_is_name (name) && !keel_part_label_is_part_name (name)) ||
      g_hash_table_contains (known, name))
    return FALSE;
  return fstatat (dir_fd, name, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG (info.st_mode) &&
         info.st_nlink == 1 && info.st_uid == geteuid ();
}

static void
sweep_folder (int         spool_fd,
              const char *leaf,
              GHashTable *known)
{
  int dir_fd = openat (spool_fd, leaf, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  DIR *dir = dir_fd >= 0 ? fdopendir (dir_fd) : NULL;
  const struct dirent *entry;

  if (dir == NULL)
    {
      if (dir_fd >= 0)
        close (dir_fd);
      return;
    }
  while ((entry = readdir (dir)) != NULL)
    {
      if (!is_orphan (dir_fd, entry->d_name, known))
        continue;
      if (unlinkat (dir_fd, entry->d_name, 0) == 0)
        g_message ("“%s” in the spool of %s belonged to no task; it is removed", entry->d_name,
                   leaf);
      else
        g_info ("%s: %s", entry->d_name, g_strerror (errno));
    }
  closedir (dir);
  /* If it is empty. */
  unlinkat (spool_fd, leaf, AT_REMOVEDIR);
}

/* Removes what is in the spool and not in @known, the leaf names of all files that a task has or
 * may make there. Blocks. */
void
keel_spool_sweep (const char *spool_dir,
                  GHashTable *known)
{
  int spool_fd = open (spool_dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  DIR *dir = spool_fd >= 0 ? fdopendir (spool_fd) : NULL;
  const struct dirent *entry;

  if (dir == NULL)
    {
      if (spool_fd >= 0)
        close (spool_fd);
      return;
    }
  while ((entry = readdir (dir)) != NULL)
    if (strcmp (entry->d_name, ".") != 0 && strcmp (entry->d_name, "..") != 0)
      sweep_folder (spool_fd, entry->d_name, known);
  closedir (dir);
}

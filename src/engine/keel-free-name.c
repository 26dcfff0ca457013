/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-free-name.h"

#include "keel-file-name.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

/* A name that nobody has, made of one that is taken by a number: “name (1).ext”.
 *
 * Numbers are mostly taken from 1 on without a gap, by downloads of one name into one folder, of
 * which there may be thousands. So the end is looked for in doubling steps and then by halves; in a
 * folder with gaps what is found is free as well, but perhaps not the smallest.
 *
 * A name that was found is committed before the file gets it. Meanwhile it is promised, so that
 * those that end at the same time do not all find the same one, of which all but one would have to
 * begin anew. A promise is a courtesy: only the rename decides, and after a while it is void,
 * because who had it may have been cancelled. */

#define PROMISE_USEC (60 * (gint64) G_USEC_PER_SEC)
#define MANY_PROMISES 4096

G_LOCK_DEFINE_STATIC (promises);
static GHashTable *promises; /* (owned) (nullable) "device:inode:name" -> gint64, when */

static char *
dup_key (const struct stat *dir,
         const char        *name)
{
  return g_strdup_printf ("%" G_GINT64_MODIFIER "x:%" G_GINT64_MODIFIER "x:%s",
                          (guint64) dir->st_dev, (guint64) dir->st_ino, name);
}

static gboolean
is_void (gpointer key,
         gpointer value,
         gpointer user_data)
{
  return g_get_monotonic_time () - *(gint64 *) value >= PROMISE_USEC;
}

static gboolean
is_promised (const struct stat *dir,
             const char        *name)
{
  g_autofree char *key = dup_key (dir, name);
  gint64 *since;
  gboolean is_so;

  G_LOCK (promises);
  since = promises != NULL ? g_hash_table_lookup (promises, key) : NULL;
  is_so = since != NULL && !is_void (key, since, NULL);
  G_UNLOCK (promises);
  return is_so;
}

static void
promise (const struct stat *dir,
         const char        *name)
{
  gint64 now_usec = g_get_monotonic_time ();

  G_LOCK (promises);
  if (promises == NULL)
    promises = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  if (g_hash_table_size (promises) >= MANY_PROMISES)
    g_hash_table_foreach_remove (promises, is_void, NULL);
  g_hash_table_insert (promises, dup_key (dir, name), g_memdup2 (&now_usec, sizeof now_usec));
  G_UNLOCK (promises);
}

/* The name @name in the folder @dir_fd has been given to a file, or will not be. */
void
keel_free_name_release (int         dir_fd,
                        const char *name)
{
  g_autofree char *key = NULL;
  struct stat dir;

  if (fstat (dir_fd, &dir) != 0)
    return;
  key = dup_key (&dir, name);
  G_LOCK (promises);
  if (promises != NULL)
    g_hash_table_remove (promises, key);
  if (promises != NULL && g_hash_table_size (promises) == 0)
    g_clear_pointer (&promises, g_hash_table_unref);
  G_UNLOCK (promises);
}

/* What cannot be looked at may be there. */
static gboolean
is_taken (int                dir_fd,
          const struct stat *dir,
          const char        *chosen,
          guint              number)
{
  g_autofree char *name = keel_file_name_number (chosen, number);
  struct stat info;

  return is_promised (dir, name) || fstatat (dir_fd, name, &info, AT_SYMLINK_NOFOLLOW) == 0 ||
         errno != ENOENT;
}

/* @chosen with a number, 1 or more, with which nobody has it in the folder @dir_fd. (transfer full)
 * (nullable): there is none */
char *
keel_free_name_find (int         dir_fd,
                     const char *chosen)
{
  struct stat dir;
  guint taken = 0;
  guint number = 1;

  if (fstat (dir_fd, &dir) != 0)
    return NULL;
  while (is_taken (dir_fd, &dir, chosen, number))
    {
      if (number == KEEL_FREE_NAME_MOST_NUMBERS)
        return NULL;
      taken = number;
      number = MIN (number * 2, KEEL_FREE_NAME_MOST_NUMBERS);
    }
  while (number - taken > 1)
    {
      guint middle = taken + (number - taken) / 2;

      if (is_taken (dir_fd, &dir, chosen, middle))
        taken = middle;
      else
        number = middle;
    }
  return keel_file_name_number (chosen, number);
}

/* Likewise, and nobody else is given it before it is released. */
char *
keel_free_name_promise (int         dir_fd,
                        const char *chosen)
{
  char *name = keel_free_name_find (dir_fd, chosen);
  struct stat dir;

  if (name != NULL && fstat (dir_fd, &dir) == 0)
    promise (&dir, name);
  return name;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-disk.h"

#include <string.h>

/* The disk threads: one lane a file system, made on demand, so that a network disk that hangs
 * delays only the transfers whose folder is on it.
 *
 * Which file system a folder is on must be found without touching it, since that is what may hang:
 * the kernel's mount table tells, and reading it never blocks. A folder reached through a symbolic
 * link to another mount is filed under the place of the link. */

struct _KeelDisks {
  GMainContext *context; /* (owned) (nullable) */
  GHashTable *lanes;     /* (owned) mount point -> KeelLane */
};

/* The field of a mountinfo line as it was before the kernel escaped it ("\040" is a blank). */
static char *
dup_field (const char *line,
           guint       index)
{
  g_auto (GStrv) fields = g_strsplit (line, " ", (gint) index + 2);

  return g_strv_length (fields) > index ? g_strcompress (fields[index]) : NULL;
}

static gboolean
is_below (const char *path,
          const char *mount)
{
  gsize length = strlen (mount);

  if (strcmp (mount, "/") == 0)
    return TRUE;
  return strncmp (path, mount, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

/* The mount point that @path is on, by the text of /proc/self/mountinfo. Pure. (transfer full) */
char *
keel_disks_find_mount (const char *mountinfo,
                       const char *path)
{
  g_auto (GStrv) lines = g_strsplit (mountinfo, "\n", -1);
  g_autofree char *best = g_strdup ("/");

  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_autofree char *mount = dup_field (lines[i], 4);

      if (mount != NULL && is_below (path, mount) && strlen (mount) >= strlen (best))
        {
          g_free (best);
          best = g_steal_pointer (&mount);
        }
    }
  return g_steal_pointer (&best);
}

KeelDisks *
keel_disks_new (GMainContext *context)
{
  KeelDisks *self = g_new0 (KeelDisks, 1);

  self->context = context != NULL ? g_main_context_ref (context) : NULL;
  self->lanes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return self;
}

/* Ends the threads, waiting for all of them together at most @timeout_usec. FALSE when one hangs;
 * it is then left behind, for the process to end. Frees @self. */
gboolean
keel_disks_close (KeelDisks *self,
                  gint64     timeout_usec)
{
  gint64 deadline = g_get_monotonic_time () + timeout_usec;
  gboolean all_ended = TRUE;
  GHashTableIter iter;
  gpointer lane;

  g_hash_table_iter_init (&iter, self->lanes);
  while (g_hash_table_iter_next (&iter, NULL, &lane))
    if (!keel_lane_close (lane, MAX (deadline - g_get_monotonic_time (), 0)))
      all_ended = FALSE;
  g_hash_table_unref (self->lanes);
  g_clear_pointer (&self->context, g_main_context_unref);
  g_free (self);
  return all_ended;
}

/* Runs @job in the thread of the file system that @dir is on. */
void
keel_disks_push (KeelDisks  *self,
                 const char *dir,
                 KeelJob    *job)
{
  g_autofree char *mountinfo = NULL;
  g_autofree char *mount = NULL;
  KeelLane *lane;

  if (g_file_get_contents ("/proc/self/mountinfo", &mountinfo, NULL, NULL))
    mount = keel_disks_find_mount (mountinfo, dir);
  else
    mount = g_strdup ("/");
  lane = g_hash_table_lookup (self->lanes, mount);
  if (lane == NULL)
    {
      lane = keel_lane_new ("keel-disk", self->context, NULL, NULL);
      g_hash_table_insert (self->lanes, g_steal_pointer (&mount), lane);
    }
  keel_lane_push (lane, job);
}

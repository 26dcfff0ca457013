/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-disk.h"

#include <errno.h>
#include <string.h>
#include <sys/vfs.h>

/* The disk threads: two lanes a file system, made on demand, so that a network disk that hangs
 * delays only the transfers whose folder is on it.
 *
 * Which file system a folder is on must be found without touching it, since that is what may hang:
 * the kernel's mount table tells, and reading it never blocks. A folder reached through a symbolic
 * link to another mount is filed under the place of the link.
 *
 * One lane opens and looks, the other one syncs, so that the next files are fetched while the last
 * ones become durable. What the second finds in its queue it does in one go, and what has to be
 * made durable of that is synced together at the end (keel-sync-group); then all of it is answered.
 * That is what makes thousands of small files bearable: they end in groups, as the commits of the
 * store do. The order between the lanes is each transfer's own affair: it has one job at a time.
 *
 * A disk that hangs is found out by asking it from time to time how full it is, which no cache
 * answers, and looking at how long the present job of the first lane takes. */

/* Who does not answer so long hangs, or is of no use now. */
#define HANGING_USEC (3 * (gint64) G_USEC_PER_SEC)
/* How long the mount table is believed. Reading it takes as long as a small file. */
#define KNOWN_USEC (200 * (gint64) 1000)

typedef struct {
  char *mount;          /* (owned) */
  gboolean *is_probed;  /* (owned) a box, shared with the probe that is in the queue */
  KeelLane *lane;       /* (owned) */
  KeelLane *sync_lane;  /* (owned) (nullable) before its first job */
  KeelSyncGroup *group; /* (owned) the second lane's thread only */
} Disk;

struct _KeelDisks {
  GMainContext *context; /* (owned) (nullable) */
  GHashTable *disks;     /* (owned) mount point -> Disk */
  GHashTable *known;     /* (owned) folder -> Disk, by the mount table as it was then: */
  gint64 known_usec;
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
  self->disks = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return self;
}

static gint64
get_rest (gint64 deadline)
{
  return MAX (deadline - g_get_monotonic_time (), 0);
}

/* FALSE: a thread of it hangs, and keeps what it needs. */
static gboolean
disk_close (Disk   *disk,
            gint64  deadline)
{
  gboolean has_ended = keel_lane_close (disk->lane, get_rest (deadline));

  if (disk->sync_lane != NULL && !keel_lane_close (disk->sync_lane, get_rest (deadline)))
    return FALSE;
  keel_sync_group_free (disk->group);
  g_rc_box_release (disk->is_probed);
  g_free (disk->mount);
  g_free (disk);
  return has_ended;
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
  gpointer value;

  g_hash_table_iter_init (&iter, self->disks);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (!disk_close (value, deadline))
      all_ended = FALSE;
  g_hash_table_unref (self->disks);
  g_hash_table_unref (self->known);
  g_clear_pointer (&self->context, g_main_context_unref);
  g_free (self);
  return all_ended;
}

static void
batch_end_cb (gpointer   user_data,
              GPtrArray *jobs)
{
  keel_sync_group_commit (user_data);
}

static Disk *
look_up_disk (KeelDisks  *self,
              const char *dir)
{
  g_autofree char *mountinfo = NULL;
  g_autofree char *mount = NULL;
  Disk *disk;

  if (g_file_get_contents ("/proc/self/mountinfo", &mountinfo, NULL, NULL))
    mount = keel_disks_find_mount (mountinfo, dir);
  else
    mount = g_strdup ("/");
  disk = g_hash_table_lookup (self->disks, mount);
  if (disk == NULL)
    {
      disk = g_new0 (Disk, 1);
      disk->mount = g_strdup (mount);
      disk->is_probed = g_rc_box_new0 (gboolean);
      disk->group = keel_sync_group_new ();
      disk->lane = keel_lane_new ("keel-disk", self->context, NULL, NULL);
      g_hash_table_insert (self->disks, g_steal_pointer (&mount), disk);
    }
  return disk;
}

/* That of the file system that @dir is on. */
static Disk *
find_disk (KeelDisks  *self,
           const char *dir)
{
  gint64 now_usec = g_get_monotonic_time ();
  Disk *disk;

  if (now_usec - self->known_usec > KNOWN_USEC)
    {
      g_hash_table_remove_all (self->known);
      self->known_usec = now_usec;
    }
  disk = g_hash_table_lookup (self->known, dir);
  if (disk == NULL)
    {
      disk = look_up_disk (self, dir);
      g_hash_table_insert (self->known, g_strdup (dir), disk);
    }
  return disk;
}

typedef struct {
  KeelJob job;
  gboolean *is_probed; /* (owned) the disk may be gone when it is done */
  char *mount;         /* (owned) */
} Probe;

static void
probe_run (KeelJob *job)
{
  struct statfs info;

  /* What it says is of no interest, only that it says something. */
  if (statfs (((Probe *) job)->mount, &info) != 0)
    g_debug ("%s: %s", ((Probe *) job)->mount, g_strerror (errno));
}

static void
probe_done (KeelJob *job)
{
  Probe *probe = (Probe *) job;

  *probe->is_probed = FALSE;
  g_rc_box_release (probe->is_probed);
  g_free (probe->mount);
  g_free (probe);
}

/* Asks every disk for a sign of life. */
void
keel_disks_probe (KeelDisks *self)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->disks);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Disk *disk = value;
      Probe *probe;

      if (*disk->is_probed)
        continue;
      *disk->is_probed = TRUE;
      probe = g_new0 (Probe, 1);
      probe->job.run = probe_run;
      probe->job.done = probe_done;
      probe->is_probed = g_rc_box_acquire (disk->is_probed);
      probe->mount = g_strdup (disk->mount);
      keel_lane_push (disk->lane, &probe->job);
    }
}

/* Whether the file system that @dir is on has not answered for some seconds. */
gboolean
keel_disks_is_hanging (KeelDisks  *self,
                       const char *dir)
{
  return keel_lane_get_running_usec (find_disk (self, dir)->lane) > HANGING_USEC;
}

/* Runs @job, which is quick unless the disk hangs, in a thread of the file system that @dir is on.
 */
void
keel_disks_push (KeelDisks  *self,
                 const char *dir,
                 KeelJob    *job)
{
  keel_lane_push (find_disk (self, dir)->lane, job);
}

/* Runs @job, which syncs something, in the other one. What it adds to its group is durable, or
 * known not to be, before its `done`. */
void
keel_disks_push_sync (KeelDisks   *self,
                      const char  *dir,
                      KeelSyncJob *job)
{
  KeelLaneBatch batch = { NULL, batch_end_cb };
  Disk *disk = find_disk (self, dir);

  if (disk->sync_lane == NULL)
    disk->sync_lane = keel_lane_new ("keel-sync", self->context, &batch, disk->group);
  job->group = disk->group;
  keel_lane_push (disk->sync_lane, &job->job);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-publisher.h"

#include "keel-free-name.h"
#include "keel-task-error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* From a part file that is complete to a file under its name, without ever a moment at which that
 * name stands for something that is not whole, and without taking a name from another file.
 *
 *   seal      cut the tail, mode, origin; off with our own attributes
 *             fsync the file; fsync the folder (the part file's own name)
 *   (owner)   commit `publishing(name, inode)`
 *   publish   rename to that name, never over another file
 *             fsync the folder
 *   (owner)   commit `finished`
 *
 * The order is what makes it safe to die, or lose power, between any two lines: before the first
 * commit the part file is what it was; after it, publishing is repeated until it is done, and finds
 * out by itself how far it had come. That is this table (keel_publisher_decide):
 *
 *   part file  final name  what happened                       what is done
 *   ours       free        not renamed yet                     rename, never over another
 *   ours       ours too    linked, not unlinked                sync, unlink the part file's name
 *   ours       empty       our placeholder, by its inode; or   rename over it
 *                          after a start, if it is committed
 *                          that there may be one
 *   ours       another's   somebody took the name              commit the next name first; or, if
 *                                                              the caller wants it so: rename over
 *                                                              a file, or give up and keep the part
 *   not there  ours        renamed                             sync the folder
 *   not there  not ours    the folder is not that folder       wait for its drive
 *                          after a start: moved by the user    nothing: it is finished
 *                          else: taken away                    fetch it again
 *
 * To replace a file is one rename as well: its name stands for the one or the other, never for
 * nothing. Only a file that was there when the caller said so, and has not changed since, is
 * replaced: somebody may have begun to work on one of that name. It is known by its time of change,
 * which nobody can set (but on FAT, and by moving the clock), so that nothing needs to be
 * remembered of it, not even its name, which may come with the answer. Anything else, a folder or a
 * link, too, is never replaced; then the next name is taken. What a link leads to is not touched.
 *
 * Where renameat2() knows no RENAME_NOREPLACE (NFS, some FUSE file systems), link() has the same
 * meaning. Where there are no links either, an empty file made with O_EXCL holds the place and is
 * renamed over; that there may be one is committed before it is made.
 *
 * Many small files that end together are sealed in one group and published in one group: the syncs
 * are those of keel-sync-group, the commits between them are gathered by the store. */

/* The name is another's. */
static KeelPublishAction
decide_conflict (const KeelPublishFacts *facts)
{
  if (facts->conflict == KEEL_CONFLICT_FAIL)
    return KEEL_PUBLISH_REFUSE;
  if (facts->conflict == KEEL_CONFLICT_REPLACE && facts->may_replace)
    return KEEL_PUBLISH_REPLACE;
  return KEEL_PUBLISH_NEXT_NAME;
}

KeelPublishAction
keel_publisher_decide (const KeelPublishFacts *facts)
{
  if (facts->part == KEEL_NAME_OURS)
    switch (facts->final)
      {
      case KEEL_NAME_FREE:
        return facts->has_placeholder ? KEEL_PUBLISH_RENAME_OVER : KEEL_PUBLISH_RENAME;
      case KEEL_NAME_OURS:
        return KEEL_PUBLISH_UNLINK_PART;
      case KEEL_NAME_EMPTY:
        return facts->is_placeholder ? KEEL_PUBLISH_RENAME_OVER : decide_conflict (facts);
      case KEEL_NAME_ANOTHERS:
      default:
        return decide_conflict (facts);
      }
  if (facts->final == KEEL_NAME_OURS)
    return KEEL_PUBLISH_SYNC;
  if (facts->is_away)
    return KEEL_PUBLISH_WAIT;
  return facts->is_recovery ? KEEL_PUBLISH_SYNC : KEEL_PUBLISH_GIVE_UP;
}

static void
fail (KeelPublication *self,
      int              code,
      const char      *what)
{
  self->verdict = KEEL_PUBLISH_ERROR;
  if (self->error == NULL)
    self->error = keel_task_error_new_errno (code, what);
}

static void
job_done (KeelJob *job)
{
  KeelPublication *self = (KeelPublication *) job;

  self->done (self);
}

/* --- seal ------------------------------------------------------------------------------------ */

static void
sealed_cb (int      code,
           gpointer user_data)
{
  KeelPublication *self = user_data;

  if (code != 0)
    fail (self, code, "The file cannot be synced");
  else if (!keel_part_file_is_in_place (self->part))
    self->verdict = KEEL_PUBLISH_LOST;
  else
    self->verdict = KEEL_PUBLISH_DONE;
}

static void
seal_run (KeelJob *job)
{
  KeelPublication *self = (KeelPublication *) job;

  /* Cutting the tail off a file that somebody has shortened would make it longer, with zeros. */
  if (keel_part_file_get_size (self->part) < self->length)
    self->verdict = KEEL_PUBLISH_SHORTENED;
  else if (keel_part_file_end (self->part, self->length, self->origin, self->labels_dir,
                               &self->error))
    keel_part_file_add_to (self->part, self->job.group, sealed_cb, self);
  else
    self->verdict = KEEL_PUBLISH_ERROR;
}

/* Ends the writing of @publication's part, of @length bytes, and makes all of it durable: DONE.
 * SHORTENED, or LOST: somebody shortened the file, or removed it or its folder, while it was
 * written; what has no name goes with the last descriptor. After an ERROR nothing that was written
 * since the last checkpoint is to be believed. */
void
keel_publisher_seal (KeelDisks       *disks,
                     KeelPublication *publication)
{
  publication->job.job.run = seal_run;
  publication->job.job.done = job_done;
  keel_disks_push_sync (disks, publication->place.dir, &publication->job);
}

/* --- publish --------------------------------------------------------------------------------- */

/* What has the name; an errno when the disk does not say, which means nothing. */
static int
look_up (KeelPublication *self,
         const char      *name,
         KeelNameHolder  *out_holder)
{
  struct stat info;

  *out_holder = KEEL_NAME_FREE;
  if (fstatat (self->dir_fd, name, &info, AT_SYMLINK_NOFOLLOW) != 0)
    return errno == ENOENT ? 0 : errno;
  if (info.st_ino == self->ino)
    *out_holder = KEEL_NAME_OURS;
  else if (S_ISREG (info.st_mode) && info.st_size == 0)
    *out_holder = KEEL_NAME_EMPTY;
  else
    *out_holder = KEEL_NAME_ANOTHERS;
  return 0;
}

/* The part file has a name that nobody else has. Where inode numbers change by themselves, that and
 * its length have to do; the number that it has now is what tells whether the final name is its
 * own, because the one that was recorded may be another file's by now. */
static int
look_up_part (KeelPublication *self,
              KeelNameHolder  *out_holder)
{
  struct stat info;
  int code = look_up (self, self->part_name, out_holder);

  if (code == 0 && *out_holder == KEEL_NAME_ANOTHERS &&
      !keel_folder_has_stable_inodes (self->dir_fd) &&
      fstatat (self->dir_fd, self->part_name, &info, AT_SYMLINK_NOFOLLOW) == 0 &&
      S_ISREG (info.st_mode) && (guint64) info.st_size == self->length)
    {
      *out_holder = KEEL_NAME_OURS;
      self->ino = info.st_ino;
    }
  return code;
}

/* 0, or an errno; EEXIST when the name is not free. */
static int
make_placeholder (KeelPublication *self)
{
  struct stat info;
  int fd = TEMP_FAILURE_RETRY (
    openat (self->dir_fd, self->name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));

  if (fd < 0)
    return errno;
  if (fstat (fd, &info) == 0)
    self->placeholder_ino = info.st_ino;
  close (fd);
  return 0;
}

/* The rename over it did not work, or so it says. */
static void
unlink_placeholder (KeelPublication *self)
{
  KeelNameHolder holder;

  /* What cannot be removed is known by its inode when the rename is tried again. */
  if (look_up (self, self->name, &holder) == 0 && holder == KEEL_NAME_EMPTY)
    TEMP_FAILURE_RETRY (unlinkat (self->dir_fd, self->name, 0));
}

/* 0, or an errno; EEXIST when the name has been taken since it was looked at. */
static int
rename_over (KeelPublication *self)
{
  KeelNameHolder holder;
  int code = look_up (self, self->name, &holder);

  if (code == 0 && holder == KEEL_NAME_FREE)
    code = make_placeholder (self);
  else if (code == 0 && holder != KEEL_NAME_EMPTY)
    code = EEXIST;
  if (code != 0)
    return code;
  if (renameat (self->dir_fd, self->part_name, self->dir_fd, self->name) == 0)
    return 0;
  code = errno;
  unlink_placeholder (self);
  return code;
}

/* The final name is a link to the file: it has to be on disk before the other one goes. 0, or an
 * errno. */
static int
unlink_part (KeelPublication *self)
{
  if (TEMP_FAILURE_RETRY (fsync (self->dir_fd)) != 0 && errno != EINVAL)
    return errno;
  return TEMP_FAILURE_RETRY (unlinkat (self->dir_fd, self->part_name, 0)) == 0 ? 0 : errno;
}

/* 0, or an errno; EEXIST when the name is taken, ENOLINK when only a placeholder will do. */
static int
rename_without_replacing (KeelPublication *self)
{
  if (renameat2 (self->dir_fd, self->part_name, self->dir_fd, self->name, RENAME_NOREPLACE) == 0)
    return 0;
  if (errno != EINVAL && errno != ENOSYS)
    return errno;
  if (linkat (self->dir_fd, self->part_name, self->dir_fd, self->name, 0) == 0)
    return unlink_part (self);
  return errno == EPERM || errno == ENOTSUP || errno == EMLINK || errno == ENOSYS ? ENOLINK : errno;
}

/* 0, or an errno; EEXIST when a folder has come there since it was looked at. */
static int
replace (KeelPublication *self)
{
  if (renameat (self->dir_fd, self->part_name, self->dir_fd, self->name) == 0)
    return 0;
  return errno == EISDIR ? EEXIST : errno;
}

static int
act (KeelPublication   *self,
     KeelPublishAction  action)
{
  switch (action)
    {
    case KEEL_PUBLISH_RENAME:
      return rename_without_replacing (self);
    case KEEL_PUBLISH_RENAME_OVER:
      return rename_over (self);
    case KEEL_PUBLISH_REPLACE:
      return replace (self);
    case KEEL_PUBLISH_UNLINK_PART:
      return unlink_part (self);
    case KEEL_PUBLISH_SYNC:
      return 0;
    case KEEL_PUBLISH_NEXT_NAME:
    case KEEL_PUBLISH_REFUSE:
      return EEXIST;
    case KEEL_PUBLISH_WAIT:
      return ENODEV;
    case KEEL_PUBLISH_GIVE_UP:
    default:
      return ENODATA;
    }
}

static void
published_cb (int      code,
              gpointer user_data)
{
  KeelPublication *self = user_data;

  if (code != 0)
    fail (self, code, "The folder cannot be synced");
  else
    self->verdict = KEEL_PUBLISH_DONE;
}

/* What is left in the spare part file is not worth a failure: the log names it. */
static void
discard_spare (KeelPublication *self)
{
  g_autoptr (GError) error = NULL;

  if (self->spare_name != NULL &&
      !keel_part_file_discard_at (self->dir_fd, self->place.dir, self->spare_name, self->token, 0,
                                  &error))
    g_warning ("“%s” in “%s” cannot be removed: %s", self->spare_name, self->place.dir,
               error->message);
}

static void
take_next_name (KeelPublication *self)
{
  if (self->conflict == KEEL_CONFLICT_FAIL)
    {
      self->verdict = KEEL_PUBLISH_REFUSED;
      return;
    }
  /* A number is put into the name that was chosen, not into one that has a number already. */
  self->next_name = keel_free_name_promise (self->dir_fd, self->chosen);
  self->verdict = self->next_name != NULL ? KEEL_PUBLISH_TAKEN : KEEL_PUBLISH_REFUSED;
}

static void
translate (KeelPublication *self,
           int              code)
{
  switch (code)
    {
    case 0:
      discard_spare (self);
      keel_sync_group_add (self->job.group, -1, self->dir_fd, published_cb, self);
      break;
    case EEXIST:
      take_next_name (self);
      break;
    case ENOLINK:
      self->verdict = KEEL_PUBLISH_PLACEHOLDER;
      break;
    case ENODATA:
      self->verdict = KEEL_PUBLISH_LOST;
      break;
    default:
      fail (self, code, "The file cannot get its name");
      break;
    }
}

static gboolean
is_own_placeholder (KeelPublication *self)
{
  struct stat info;

  return self->placeholder_ino != 0 &&
         fstatat (self->dir_fd, self->name, &info, AT_SYMLINK_NOFOLLOW) == 0 &&
         info.st_ino == self->placeholder_ino;
}

static gboolean
may_replace (KeelPublication *self)
{
  struct stat info;

  return self->conflict == KEEL_CONFLICT_REPLACE &&
         fstatat (self->dir_fd, self->name, &info, AT_SYMLINK_NOFOLLOW) == 0 &&
         S_ISREG (info.st_mode) &&
         (gint64) info.st_ctim.tv_sec * G_USEC_PER_SEC + info.st_ctim.tv_nsec / 1000 <=
           self->conflict_usec;
}

static void
publish_run (KeelJob *job)
{
  KeelPublication *self = (KeelPublication *) job;
  KeelPublishFacts facts = { .is_recovery = self->is_recovery,
                             .has_placeholder = self->has_placeholder,
                             .conflict = self->conflict };
  int code;

  self->dir_fd = keel_place_open (&self->place);
  code = self->dir_fd >= 0 ? look_up_part (self, &facts.part) : errno;
  if (code == 0)
    code = look_up (self, self->name, &facts.final);
  if (code == 0)
    {
      facts.is_placeholder = self->has_placeholder &&
                             (self->is_recovery || is_own_placeholder (self));
      facts.may_replace = may_replace (self);
      facts.is_away = keel_folder_is_away (self->dir_fd, &self->place.id);
      code = act (self, keel_publisher_decide (&facts));
    }
  if (self->dir_fd >= 0)
    keel_free_name_release (self->dir_fd, self->name);
  translate (self, code);
}

static void
publish_done (KeelJob *job)
{
  KeelPublication *self = (KeelPublication *) job;

  if (self->dir_fd >= 0)
    close (self->dir_fd);
  self->dir_fd = -1;
  self->done (self);
}

/* Gives the sealed part file (of inode @ino) the name @name; the caller has committed both. DONE is
 * durable. On TAKEN commit @next_name, on PLACEHOLDER that there may be one, and call again. */
void
keel_publisher_publish (KeelDisks       *disks,
                        KeelPublication *publication)
{
  publication->job.job.run = publish_run;
  publication->job.job.done = publish_done;
  keel_disks_push_sync (disks, publication->place.dir, &publication->job);
}

/* Frees what is in it. */
void
keel_publication_clear (KeelPublication *publication)
{
  keel_place_clear (&publication->place);
  g_free (publication->part_name);
  g_free (publication->spare_name);
  g_free (publication->token);
  g_free (publication->name);
  g_free (publication->chosen);
  g_free (publication->origin);
  g_free (publication->next_name);
  g_clear_pointer (&publication->part, keel_part_file_unref);
  g_clear_error (&publication->error);
}

/* Gives the file @part_name in @dir_fd, of inode @ino, the name @chosen or the next one that is
 * free, at once and without a word to anybody: after a crash it has the one name or the other, and
 * where a placeholder has to do that may be left. 0 with @out_name (transfer full), or an errno. */
int
keel_publisher_name_now (int          dir_fd,
                         const char  *part_name,
                         guint64      ino,
                         const char  *chosen,
                         char       **out_name)
{
  KeelPublication self = { .dir_fd = dir_fd,
                           .part_name = (char *) part_name,
                           .chosen = (char *) chosen,
                           .ino = ino };
  g_autofree char *name = g_strdup (chosen);

  for (guint tries = 0; name != NULL && tries < KEEL_FREE_NAME_MOST_TRIES; tries++)
    {
      int code;

      self.name = name;
      code = rename_without_replacing (&self);
      if (code == ENOLINK)
        code = rename_over (&self);
      if (code == 0)
        *out_name = g_steal_pointer (&name);
      if (code != EEXIST)
        return code;
      g_free (name);
      name = keel_free_name_find (dir_fd, chosen);
    }
  return EEXIST;
}

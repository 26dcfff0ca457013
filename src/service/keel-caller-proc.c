/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-caller-proc.h"

#include "keel-task-error.h"

#include <glib/gstdio.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What a process is, as the kernel tells it: in a Flatpak and in which one, or a program of the
 * user's. Blocks, if only for what the kernel itself needs, so it is not for the main thread.
 *
 * It fails closed: what cannot be found out is a refusal. There is one answer that means "no
 * sandbox", that there is no file /.flatpak-info, and even then:
 *   - a bus proxy is what sandboxed programs speak through, so one that is not in a sandbox itself
 *     speaks for somebody unknown (Firejail starts it so);
 *   - what has another root folder than we, or is in other namespaces for users or processes, is in
 *     some other sandbox or a container (Bubblewrap by hand, Firejail, Toolbox, a confined snap).
 *     That only some mounts differ means nothing: services are started so, ours may be one day;
 *   - what AppArmor holds to the rules of a snap is one.
 *
 * A number of a process may be given to another one while we look. The folder in /proc is held
 * open, and what is read through it fails once that process has gone; that it was the caller is
 * then up to the time at which it began, which must be before the call, and to the bus, which is
 * asked for the number before and after. */

#define MOST_BYTES (64 * 1024)
#define SANDBOX_FILE ".flatpak-info"
#define PROXY "xdg-dbus-proxy"

static gboolean
refuse (GError     **error,
        const char  *what,
        int          code)
{
  g_set_error (error, KEEL_ERROR, KEEL_ERROR_NOT_ALLOWED,
               "Who is calling cannot be found out (%s: %s)", what, g_strerror (code));
  return FALSE;
}

/* All of a file, which must be a plain one. (transfer full) (nullable) with errno */
static char *
read_at (int         dir_fd,
         const char *name,
         gsize      *out_length)
{
  g_autofree char *text = NULL;
  struct stat about;
  gsize length = 0;
  gssize n = -1;
  int code;
  int fd = openat (dir_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK);

  if (fd < 0)
    return NULL;
  text = g_malloc (MOST_BYTES + 1);
  if (fstat (fd, &about) != 0)
    code = errno;
  else if (!S_ISREG (about.st_mode))
    code = EINVAL;
  else
    {
      while (length < MOST_BYTES && (n = read (fd, text + length, MOST_BYTES - length)) != 0)
        if (n > 0)
          length += (gsize) n;
        else if (errno != EINTR)
          break;
      code = n < 0 ? errno : length == MOST_BYTES ? EFBIG : 0;
    }
  close (fd);
  errno = code;
  if (code != 0)
    return NULL;
  text[length] = '\0';
  if (out_length != NULL)
    *out_length = length;
  return g_steal_pointer (&text);
}

static gboolean
read_start (int       proc_fd,
            guint64  *out_ticks,
            GError  **error)
{
  g_autofree char *stat = read_at (proc_fd, "stat", NULL);

  if (stat == NULL)
    return refuse (error, "stat", errno);
  return keel_caller_info_parse_start (stat, out_ticks) || refuse (error, "stat", EBADMSG);
}

/* --- not in a Flatpak ------------------------------------------------------------------------ */

static gboolean
dup_link_at (int          dir_fd,
             const char  *name,
             char       **out_target,
             GError     **error)
{
  char target[256];
  gssize length = readlinkat (dir_fd, name, target, sizeof target - 1);

  if (length < 0)
    return refuse (error, name, errno);
  *out_target = g_strndup (target, (gsize) length);
  return TRUE;
}

static gboolean
refuse_sandbox (GError **error)
{
  g_set_error_literal (error, KEEL_ERROR, KEEL_ERROR_NOT_ALLOWED,
                       "The caller is in a sandbox of a kind that is not known");
  return FALSE;
}

static gboolean
check_namespaces (int      proc_fd,
                  GError **error)
{
  static const char *const names[] = { "ns/user", "ns/pid" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *ours_path = g_strconcat ("/proc/self/", names[i], NULL);
      g_autofree char *ours = NULL;
      g_autofree char *theirs = NULL;

      if (!dup_link_at (AT_FDCWD, ours_path, &ours, error) ||
          !dup_link_at (proc_fd, names[i], &theirs, error))
        return FALSE;
      if (strcmp (ours, theirs) != 0)
        return refuse_sandbox (error);
    }
  return TRUE;
}

static gboolean
check_root (int      root_fd,
            GError **error)
{
  struct stat ours;
  struct stat theirs;

  if (stat ("/", &ours) != 0 || fstat (root_fd, &theirs) != 0)
    return refuse (error, "root", errno);
  return (ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino) || refuse_sandbox (error);
}

/* By its name, which it could change, and by its file, which may have been renamed: it has no
 * reason to lie, being ours rather than the application's. */
static gboolean
check_no_proxy (int      proc_fd,
                GError **error)
{
  g_autofree char *comm = read_at (proc_fd, "comm", NULL);
  g_autofree char *program = NULL;

  if (comm == NULL)
    return refuse (error, "comm", errno);
  if (!dup_link_at (proc_fd, "exe", &program, error))
    return FALSE;
  if (!g_str_has_prefix (comm, PROXY) && strstr (program, "/" PROXY) == NULL)
    return TRUE;
  g_set_error_literal (error, KEEL_ERROR, KEEL_ERROR_NOT_ALLOWED,
                       "The caller speaks through a proxy that does not say for whom");
  return FALSE;
}

static gboolean
look_at_host_program (int           proc_fd,
                      int           root_fd,
                      KeelProcess  *process,
                      GError      **error)
{
  g_autofree char *cgroup = NULL;
  g_autofree char *label = NULL;

  if (!check_no_proxy (proc_fd, error) || !check_namespaces (proc_fd, error) ||
      !check_root (root_fd, error))
    return FALSE;
  cgroup = read_at (proc_fd, "cgroup", NULL);
  if (cgroup == NULL)
    return refuse (error, "cgroup", errno);
  /* Without AppArmor there is nothing to read. */
  label = read_at (proc_fd, "attr/current", NULL);
  if (label != NULL && keel_caller_info_is_confined (label))
    return refuse_sandbox (error);
  process->unit_app = keel_caller_info_dup_unit_app (cgroup);
  return TRUE;
}

/* --- all of it ------------------------------------------------------------------------------- */

static gboolean
look_at_root (int           proc_fd,
              int           root_fd,
              KeelProcess  *process,
              GError      **error)
{
  g_autofree char *text = NULL;
  gsize length = 0;

  text = read_at (root_fd, SANDBOX_FILE, &length);
  if (text == NULL && errno == ENOENT)
    return look_at_host_program (proc_fd, root_fd, process, error);
  if (text == NULL)
    return refuse (error, SANDBOX_FILE, errno);
  process->is_sandboxed = TRUE;
  return keel_caller_info_parse_sandbox (text, length, &process->sandbox, error);
}

static gboolean
open_root (int           proc_fd,
           KeelProcess  *process,
           GError      **error)
{
  int root_fd = openat (proc_fd, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
  gboolean ok;

  if (root_fd < 0)
    return refuse (error, "root", errno);
  ok = look_at_root (proc_fd, root_fd, process, error);
  close (root_fd);
  return ok;
}

static gboolean
look (int           proc_fd,
      gint64        seen_usec,
      KeelProcess  *process,
      GError      **error)
{
  guint64 ticks_per_second = (guint64) sysconf (_SC_CLK_TCK);
  guint64 start;
  guint64 start_again;

  if (!read_start (proc_fd, &start, error) || !open_root (proc_fd, process, error) ||
      !read_start (proc_fd, &start_again, error))
    return FALSE;
  if (start == start_again && start <= (guint64) seen_usec * ticks_per_second / G_USEC_PER_SEC + 1)
    return TRUE;
  return refuse (error, "stat", ESRCH);
}

/* What the process @pid is, whose call came at @seen_usec of CLOCK_BOOTTIME. KEEL_ERROR_NOT_ALLOWED
 * when that cannot be found out, or is nothing that we serve. */
gboolean
keel_caller_proc_read (guint32       pid,
                       gint64        seen_usec,
                       KeelProcess  *out_process,
                       GError      **error)
{
  g_autofree char *path = g_strdup_printf ("/proc/%" G_GUINT32_FORMAT, pid);
  g_auto (KeelProcess) process = { 0 };
  int proc_fd = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  gboolean ok;

  *out_process = process;
  if (proc_fd < 0)
    return refuse (error, path, errno);
  ok = look (proc_fd, seen_usec, &process, error);
  close (proc_fd);
  if (!ok)
    return FALSE;
  *out_process = process;
  process = (KeelProcess) { 0 };
  return TRUE;
}

/* Whether this process cannot see the others, being in a Flatpak itself. */
gboolean
keel_caller_proc_are_we_sandboxed (void)
{
  return g_access ("/" SANDBOX_FILE, F_OK) == 0;
}

void
keel_process_clear (KeelProcess *self)
{
  keel_sandbox_clear (&self->sandbox);
  g_clear_pointer (&self->unit_app, g_free);
}

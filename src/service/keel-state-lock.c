/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-state-lock.h"

#include "keel-task-error.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

/* One service a state directory: whoever has the lock may open the database. It is flock(), so it
 * goes with the process however that ends, and holds between buses (a second seat, a private bus),
 * where the bus name says nothing. */

/* Makes @state_dir if need be and opens the lock file in it. -1 with KEEL_ERROR_STATE. */
int
keel_state_lock_open (const char  *state_dir,
                      GError     **error)
{
  g_autofree char *path = g_build_filename (state_dir, "lock", NULL);
  int fd = -1;

  if (g_mkdir_with_parents (state_dir, 0700) == 0)
    fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0)
    g_set_error (error, KEEL_ERROR, KEEL_ERROR_STATE,
                 "The folder “%s”, where the list of transfers is kept, cannot be used: %s",
                 state_dir, g_strerror (errno));
  return fd;
}

/* Whether the lock is ours now; never blocks. */
gboolean
keel_state_lock_try (int fd)
{
  int result;

  do
    result = flock (fd, LOCK_EX | LOCK_NB);
  while (result != 0 && errno == EINTR);
  return result == 0;
}

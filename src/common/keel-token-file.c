/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "keel-token-file.h"

#include <glib/gstdio.h>

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

/* The secret by which a service that is in a sandbox itself, and cannot see who calls it, knows an
 * application: 32 random bytes in the application's own data folder. Our own programs and the
 * service of the same Flatpak share that folder, and so the token: whoever comes first makes it. */

static gboolean
fail (const char  *path,
      GError     **error)
{
  const int code = errno;

  g_set_error (error, G_IO_ERROR, (gint) g_io_error_from_errno (code), "%s: %s", path,
               g_strerror (code));
  return FALSE;
}

/* Under another name first, and linked: of two processes that make it at the same time, one wins
 * for both, and neither reads half of it. */
static gboolean
make (const char  *folder,
      const char  *path,
      GError     **error)
{
  g_autofree char *temporary = g_strconcat (path, ".XXXXXX", NULL);
  guint8 token[KEEL_TOKEN_BYTES];
  gboolean ok;
  int fd;

  if (g_mkdir_with_parents (folder, 0700) != 0)
    return fail (folder, error);
  if (getrandom (token, sizeof token, 0) != sizeof token)
    return fail ("getrandom", error);
  fd = g_mkstemp (temporary);
  if (fd < 0)
    return fail (temporary, error);
  ok = write (fd, token, sizeof token) == sizeof token && fsync (fd) == 0 &&
       (link (temporary, path) == 0 || errno == EEXIST);
  if (!ok)
    fail (path, error);
  close (fd);
  g_unlink (temporary);
  return ok;
}

/* Makes the token if there is none. Blocks for a small file. */
gboolean
keel_token_file_load (guint8   token[KEEL_TOKEN_BYTES],
                      GError **error)
{
  g_autofree char *folder = g_build_filename (g_get_user_data_dir (), "keelboat", NULL);
  g_autofree char *path = g_build_filename (folder, "token", NULL);
  g_autofree char *bytes = NULL;
  gsize length = 0;

  if (!g_file_test (path, G_FILE_TEST_EXISTS) && !make (folder, path, error))
    return FALSE;
  if (!g_file_get_contents (path, &bytes, &length, error))
    return FALSE;
  if (length != KEEL_TOKEN_BYTES)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s: not a token", path);
      return FALSE;
    }
  memcpy (token, bytes, KEEL_TOKEN_BYTES);
  return TRUE;
}

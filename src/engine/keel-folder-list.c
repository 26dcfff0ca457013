/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-folder-list.h"

#include "keel-small-file.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <string.h>
#include <unistd.h>

/* In which folders there may be part files: `folders` in the state folder, one escaped path a
 * line. It is read only when the database is lost or damaged, and says then where to look for part
 * files with a label.
 *
 * It is written before the first part file of a folder is made, and by itself: what it says must
 * not depend on the database. A line too many costs a look into that folder, so lines are only
 * appended, by any thread, and those that are not needed any more go when the list is written anew
 * at a start. A line that cannot be read is passed over. */

#define LEAF "folders"
#define MOST_BYTES (4 * 1024 * 1024)
#define MOST_PATH_BYTES 4096

/* A path without the bytes that end a line, or would be taken for an escape. (transfer full) */
static char *
escape (const char *dir)
{
  GString *line = g_string_new (NULL);

  for (const char *p = dir; *p != '\0'; p++)
    if ((guchar) *p < 0x20 || *p == 0x7f || *p == '%')
      g_string_append_printf (line, "%%%02X", (guchar) *p);
    else
      g_string_append_c (line, *p);
  return g_string_free (line, FALSE);
}

/* (transfer full) (nullable) */
static char *
unescape (const char *line)
{
  g_autofree char *dir = g_uri_unescape_string (line, NULL);

  if (dir == NULL || !g_path_is_absolute (dir) || strlen (dir) >= MOST_PATH_BYTES)
    return NULL;
  return g_steal_pointer (&dir);
}

/* What is in the list now; never NULL. (transfer full) */
static char *
load (const char *state_dir)
{
  g_autofree char *path = g_build_filename (state_dir, LEAF, NULL);
  g_autofree char *text = NULL;
  gsize length = 0;

  if (!g_file_get_contents (path, &text, &length, NULL) || length > MOST_BYTES)
    return g_strdup ("");
  /* A list that was damaged still has lines that are good. */
  for (gsize i = 0; i < length; i++)
    if (text[i] == '\0')
      text[i] = '\n';
  return g_steal_pointer (&text);
}

static gboolean
has_line (const char *text,
          const char *line)
{
  gsize length = strlen (line);

  for (const char *p = strstr (text, line); p != NULL; p = strstr (p + 1, line))
    if ((p == text || p[-1] == '\n') && p[length] == '\n')
      return TRUE;
  return FALSE;
}

/* 0, or an errno. */
static int
append (const char *path,
        const char *line)
{
  g_autofree char *whole = g_strconcat (line, "\n", NULL);
  gsize length = strlen (whole);
  int fd = open (path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
  ssize_t written;
  int code = 0;

  if (fd < 0)
    return errno;
  written = write (fd, whole, length);
  if (written < 0 || fdatasync (fd) != 0)
    code = errno;
  else if ((gsize) written != length)
    code = ENOSPC;
  close (fd);
  return code;
}

/* There will be part files in @dir. If that cannot be noted, downloading goes on: it matters only
 * when the database is lost as well. */
void
keel_folder_list_note (const char *state_dir,
                       const char *dir)
{
  g_autofree char *path = g_build_filename (state_dir, LEAF, NULL);
  g_autofree char *text = load (state_dir);
  g_autofree char *line = escape (dir);
  int code;

  if (has_line (text, line))
    return;
  /* The last line was cut short, by a full disk or a crash: it must not swallow this one. */
  if (*text != '\0' && !g_str_has_suffix (text, "\n"))
    {
      char *joined = g_strconcat ("\n", line, NULL);

      g_free (line);
      line = joined;
    }
  code = append (path, line);
  if (code != 0)
    g_info ("%s: %s", path, g_strerror (code));
}

/* (transfer full) (element-type filename) */
GPtrArray *
keel_folder_list_read (const char *state_dir)
{
  g_autofree char *text = load (state_dir);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  GPtrArray *dirs = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_autofree char *dir = unescape (lines[i]);

      if (dir != NULL && !g_ptr_array_find_with_equal_func (dirs, dir, g_str_equal, NULL))
        g_ptr_array_add (dirs, g_steal_pointer (&dir));
    }
  return dirs;
}

/* The list is @dirs from now on. (element-type filename) */
void
keel_folder_list_write (const char *state_dir,
                        GPtrArray  *dirs)
{
  g_autofree char *path = g_build_filename (state_dir, LEAF, NULL);
  g_autofree char *present = load (state_dir);
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < dirs->len; i++)
    {
      g_autofree char *line = escape (g_ptr_array_index (dirs, i));

      g_string_append_printf (text, "%s\n", line);
    }
  if (strcmp (text->str, present) == 0)
    keel_small_file_tidy (path);
  else if (!keel_small_file_replace (path, text->str, text->len, &error))
    g_info ("%s", error->message);
}

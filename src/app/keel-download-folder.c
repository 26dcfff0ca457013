/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-download-folder.h"

/* The folder of downloads for which none is named, and how a folder is called before people's eyes.
 * The service reads the same setting, so that what is added elsewhere goes there, too. */

#define KEY "download-folder"
#define LAST_KEY "last-folder"

static GFile *
dup_usual (void)
{
  const char *path = g_get_user_special_dir (G_USER_DIRECTORY_DOWNLOAD);
  g_autofree char *made = NULL;

  if (path != NULL)
    return g_file_new_for_path (path);

  made = g_build_filename (g_get_home_dir (), "Downloads", NULL);

  return g_file_new_for_path (made);
}

/* Returns: (transfer full) */
GFile *
keel_download_folder_dup (GSettings *settings)
{
  g_autoptr (GVariant) value = g_settings_get_value (settings, KEY);
  const char *path = g_variant_get_bytestring (value);

  return g_path_is_absolute (path) ? g_file_new_for_path (path) : dup_usual ();
}

static void
set_path (GSettings  *settings,
          const char *key,
          const char *path)
{
  if (path == NULL)
    g_settings_reset (settings, key);
  else
    g_settings_set_value (settings, key, g_variant_new_bytestring (path));
}

/* The desktop's own is not written down: it may be called otherwise in another language. Who says
 * where downloads go from now on does not want them where the last one went. */
void
keel_download_folder_set (GSettings *settings,
                          GFile     *folder)
{
  g_autoptr (GFile) usual = dup_usual ();

  set_path (settings, KEY, g_file_equal (folder, usual) ? NULL : g_file_peek_path (folder));
  g_settings_reset (settings, LAST_KEY);
}

/* Returns: (transfer full) (nullable): the one that keel_download_folder_remember() was given */
GFile *
keel_download_folder_dup_remembered (GSettings *settings)
{
  g_autoptr (GVariant) value = g_settings_get_value (settings, LAST_KEY);
  const char *path = g_variant_get_bytestring (value);

  return g_path_is_absolute (path) ? g_file_new_for_path (path) : NULL;
}

/* @folder: (nullable): where somebody has put the last download by hand; NULL forgets it */
void
keel_download_folder_remember (GSettings *settings,
                               GFile     *folder)
{
  set_path (settings, LAST_KEY, folder != NULL ? g_file_peek_path (folder) : NULL);
}

/* Returns: (transfer full): below the home folder without that, else the whole path */
char *
keel_download_folder_dup_name (GFile *folder)
{
  g_autoptr (GFile) home = g_file_new_for_path (g_get_home_dir ());
  g_autofree char *relative = g_file_get_relative_path (home, folder);

  return relative != NULL ? g_filename_display_name (relative) : g_file_get_parse_name (folder);
}

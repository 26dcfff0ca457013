/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-file-type.h"

#include "keel-config.h"

/* What kind of file a name stands for: the picture in its row, and whether one click may open it.
 *
 * Files that run or install something when they are opened are shown in their folder instead; the
 * person opens them there, with the file manager's own care. The name decides, not what the server
 * says about it, because the name is what the desktop goes by. The notifications of the service go
 * by the same list. */

/* What the name says, or where that leaves a choice what the server says. */
static char *
dup_content_type (const char *name,
                  const char *mime_type)
{
  g_autofree char *by_name = NULL;
  g_autofree char *by_server = NULL;
  gboolean is_uncertain = TRUE;

  if (name != NULL && *name != '\0')
    by_name = g_content_type_guess (name, NULL, 0, &is_uncertain);
  if (mime_type != NULL)
    by_server = g_content_type_from_mime_type (mime_type);

  if (by_server != NULL && !g_content_type_is_unknown (by_server) &&
      (by_name == NULL || is_uncertain))
    return g_steal_pointer (&by_server);

  return g_steal_pointer (&by_name);
}

/* Returns: (transfer full): a full-colour icon */
GIcon *
keel_file_type_get_icon (const char *name,
                         const char *mime_type)
{
  g_autofree char *content_type = dup_content_type (name, mime_type);

  if (content_type == NULL || g_content_type_is_unknown (content_type))
    return g_themed_icon_new ("application-x-generic");

  /* The icon theme knows disks as devices, not as files. */
  if (g_content_type_is_a (content_type, "application/x-cd-image") ||
      g_content_type_is_a (content_type, "application/x-raw-disk-image"))
    return g_themed_icon_new ("media-optical");

  return g_content_type_get_icon (content_type);
}

gboolean
keel_file_type_is_dangerous (const char *name)
{
  g_auto (GStrv) suffixes = g_strsplit (KEEL_DANGEROUS_SUFFIXES, " ", -1);
  g_autofree char *folded = NULL;

  if (name == NULL)
    return FALSE;

  folded = g_ascii_strdown (name, -1);
  for (guint i = 0; suffixes[i] != NULL; i++)
    {
      if (g_str_has_suffix (folded, suffixes[i]))
        return TRUE;
    }

  return FALSE;
}

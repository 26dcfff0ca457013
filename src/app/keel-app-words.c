/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-app-words.h"

#include <gio/gdesktopappinfo.h>

#include "keel-config.h"

/* The name and the icon of the application that a download belongs to, from its launcher. Looked
 * up once an application: rows come and go while the list is scrolled, launchers hardly ever. An
 * application without a launcher (a program from a terminal) is called by its id. */

/* What asks for a person by hand: the window, and the command line. */
#define OWN_APP "host"

static void
words_free (gpointer data)
{
  KeelAppWords *words = data;

  g_free (words->name);
  g_object_unref (words->icon);
  g_free (words);
}

static KeelAppWords *
look_up (const char *app)
{
  KeelAppWords *words = g_new0 (KeelAppWords, 1);
  g_autofree char *id = g_strconcat (app, ".desktop", NULL);
  g_autoptr (GDesktopAppInfo) info = g_desktop_app_info_new (id);
  GIcon *icon = info != NULL ? g_app_info_get_icon (G_APP_INFO (info)) : NULL;

  words->name = g_strdup (info != NULL ? g_app_info_get_name (G_APP_INFO (info)) : app);
  words->icon = icon != NULL ? g_object_ref (icon) : g_themed_icon_new ("application-x-executable");

  return words;
}

/**
 * keel_app_words_for:
 * @app: (nullable): id of an application
 *
 * Returns: (transfer none) (nullable): valid for good; %NULL if the person asked for it by hand
 */
const KeelAppWords *
keel_app_words_for (const char *app)
{
  static GHashTable *known; /* of this thread, the main one */
  KeelAppWords *words;

  if (app == NULL || *app == '\0' || g_str_equal (app, OWN_APP) || g_str_equal (app, KEEL_APP_ID))
    return NULL;

  if (known == NULL)
    known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, words_free);

  words = g_hash_table_lookup (known, app);
  if (words == NULL)
    {
      words = look_up (app);
      g_hash_table_insert (known, g_strdup (app), words);
    }

  return words;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-task-search.h"

#include <string.h>

/* What is found when somebody searches, in the window or from the desktop (keel-search-provider.c):
 * downloads whose name, or whose server's name, has each word of it somewhere, in whatever case. */

struct _KeelTaskSearch {
  GStrv words; /* (owned), folded */
};

/* What is the same to somebody who searches: an accent may be a character of its own. */
static char *
fold (const char *text)
{
  g_autofree char *normal = g_utf8_normalize (text, -1, G_NORMALIZE_ALL);

  return g_utf8_casefold (normal != NULL ? normal : text, -1);
}

/* Returns: (nullable): NULL if there is no word in @text. @text: (nullable) */
KeelTaskSearch *
keel_task_search_new (const char *text)
{
  g_autoptr (KeelTaskSearch) self = g_new0 (KeelTaskSearch, 1);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autofree char *folded = NULL;
  g_auto (GStrv) parts = NULL;

  if (text == NULL)
    return NULL;

  folded = fold (text);
  parts = g_strsplit_set (folded, " \t\r\n", -1);
  for (guint i = 0; parts[i] != NULL; i++)
    {
      if (*parts[i] != '\0')
        g_strv_builder_add (builder, parts[i]);
    }

  self->words = g_strv_builder_end (builder);

  return self->words[0] != NULL ? g_steal_pointer (&self) : NULL;
}

void
keel_task_search_free (KeelTaskSearch *self)
{
  g_strfreev (self->words);
  g_free (self);
}

/* Whether they find the same. Both: (nullable) */
gboolean
keel_task_search_equal (const KeelTaskSearch *self,
                        const KeelTaskSearch *other)
{
  if (self == NULL || other == NULL)
    return self == other;

  return g_strv_equal ((const char *const *) self->words, (const char *const *) other->words);
}

/* Returns: (transfer full) (nullable): the server that the list names. Ten thousand links are
 * looked at while somebody types, so they are not parsed. */
static char *
dup_folded_host (KeelTask *task)
{
  const char *uri = keel_task_get_effective_uri (task);
  const char *host;
  gsize length;
  g_autofree char *text = NULL;

  if (uri == NULL)
    uri = keel_task_get_uri (task);
  host = uri != NULL ? strstr (uri, "://") : NULL;
  if (host == NULL)
    return NULL;

  host += strlen ("://");
  length = strcspn (host, "/?#");
  text = g_strndup (host, length);

  return fold (text);
}

static char *
dup_folded_name (KeelTask *task)
{
  const char *name = keel_task_get_title (task);

  if (name == NULL || *name == '\0')
    name = keel_task_get_name (task);

  return name != NULL ? fold (name) : NULL;
}

/* @self: (nullable): NULL finds everything */
gboolean
keel_task_search_matches (const KeelTaskSearch *self,
                          KeelTask             *task)
{
  g_autofree char *name = self != NULL ? dup_folded_name (task) : NULL;
  g_autofree char *host = NULL;

  for (guint i = 0; self != NULL && self->words[i] != NULL; i++)
    {
      if (name != NULL && strstr (name, self->words[i]) != NULL)
        continue;
      if (host == NULL)
        host = dup_folded_host (task);
      if (host == NULL || strstr (host, self->words[i]) == NULL)
        return FALSE;
    }

  return TRUE;
}

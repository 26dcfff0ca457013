/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-window-private.h"

#include "keel-links.h"

/* What is dropped on the window: links, text with links in it, or text files with links in them.
 * Whatever links are found fill the Add window; nothing starts by itself. */

/* Longer files are not lists of links that somebody wrote. */
#define FILE_BYTES_MAX (1024 * 1024)

static void
file_read_cb (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_autoptr (KeelWindow) self = user_data;
  g_autoptr (GBytes) bytes = NULL;
  g_autofree char *text = NULL;
  g_auto (GStrv) links = NULL;

  bytes = g_input_stream_read_bytes_finish (G_INPUT_STREAM (source), result, NULL);
  if (bytes == NULL)
    return;

  text = g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  links = keel_links_find (text);
  if (links[0] != NULL)
    keel_window_add_links (self, (const char *const *) links);
}

static void
file_opened_cb (GObject      *source,
                GAsyncResult *result,
                gpointer      user_data)
{
  g_autoptr (KeelWindow) self = user_data;
  g_autoptr (GFileInputStream) stream = g_file_read_finish (G_FILE (source), result, NULL);

  if (stream != NULL)
    g_input_stream_read_bytes_async (G_INPUT_STREAM (stream), FILE_BYTES_MAX, G_PRIORITY_DEFAULT,
                                     self->cancellable, file_read_cb, g_object_ref (self));
}

static gboolean
drop_files (KeelWindow *self,
            GSList     *files)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_auto (GStrv) links = NULL;

  for (GSList *l = files; l != NULL; l = l->next)
    {
      g_autofree char *uri = g_file_get_uri (l->data);

      if (g_file_is_native (l->data))
        g_file_read_async (l->data, G_PRIORITY_DEFAULT, self->cancellable, file_opened_cb,
                           g_object_ref (self));
      else
        g_string_append_printf (text, "%s\n", uri);
    }

  links = keel_links_find (text->str);
  if (links[0] != NULL)
    keel_window_add_links (self, (const char *const *) links);

  return TRUE;
}

static gboolean
drop_text (KeelWindow *self,
           const char *text)
{
  g_auto (GStrv) links = keel_links_find (text);

  if (links[0] == NULL)
    return FALSE;

  keel_window_add_links (self, (const char *const *) links);

  return TRUE;
}

static gboolean
drop_cb (KeelWindow   *self,
         const GValue *value,
         double        x,
         double        y)
{
  if (G_VALUE_HOLDS (value, GDK_TYPE_FILE_LIST))
    return drop_files (self, g_value_get_boxed (value));
  if (G_VALUE_HOLDS_STRING (value))
    return drop_text (self, g_value_get_string (value));

  return FALSE;
}

void
keel_window_init_dnd (KeelWindow *self)
{
  GtkDropTarget *target = gtk_drop_target_new (G_TYPE_INVALID, GDK_ACTION_COPY);
  GType types[] = { GDK_TYPE_FILE_LIST, G_TYPE_STRING };

  gtk_drop_target_set_gtypes (target, types, G_N_ELEMENTS (types));
  g_signal_connect_object (target, "drop", G_CALLBACK (drop_cb), self, G_CONNECT_SWAPPED);
  gtk_widget_add_controller (self->content_box, GTK_EVENT_CONTROLLER (target));
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-drop.h"

#include "keel-links.h"
#include "keel-own-uri.h"

/* What is dropped on our windows: links, text with links in it, or files with links in them. All of
 * it goes the way that everything goes which others hand over (keel-intake.c).
 *
 * Text is taken by a field under the pointer first, if there is one, and by the window only if it
 * has links in it. Files are nothing that could be typed, so they are taken before any field
 * would: it would take their names. */

typedef struct {
  GtkWidget *window;         /* outlives its controllers */
  GCancellable *cancellable; /* (owned) */
  KeelDropFunc func;
} Target;

typedef struct {
  GtkWidget *window; /* (owned) */
  KeelDropFunc func;
} Reading;

static void
target_free (gpointer  data,
             GClosure *closure)
{
  Target *target = data;

  g_object_unref (target->cancellable);
  g_free (target);
}

static void
read_cb (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autofree Reading *reading = user_data;
  g_autoptr (GtkWidget) window = reading->window;
  g_autoptr (KeelIntake) intake = keel_intake_read_finish (result, NULL);

  if (intake != NULL)
    reading->func (window, intake);
}

static void
read_things (Target            *target,
             const char *const *things)
{
  Reading *reading = g_new (Reading, 1);

  *reading = (Reading) { g_object_ref (target->window), target->func };
  keel_intake_read_async (things, target->cancellable, read_cb, reading);
}

/* A row that is let go of where it came from is nothing that comes in. */
static gboolean
accept_files_cb (GtkDropTarget *controller,
                 GdkDrop       *drop,
                 Target        *target)
{
  g_autoptr (GdkContentFormats) formats = gdk_content_formats_union_deserialize_gtypes (
    gdk_content_formats_ref (gdk_drop_get_formats (drop)));

  return gdk_drop_get_drag (drop) == NULL &&
         gdk_content_formats_contain_gtype (formats, GDK_TYPE_FILE_LIST);
}

static gboolean
drop_files_cb (GtkDropTarget *controller,
               const GValue  *value,
               double         x,
               double         y,
               Target        *target)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) things = NULL;

  for (GSList *l = g_value_get_boxed (value); l != NULL; l = l->next)
    {
      g_autofree char *uri = g_file_get_uri (l->data);

      g_strv_builder_add (builder, uri);
    }

  things = g_strv_builder_end (builder);
  read_things (target, (const char *const *) things);

  return TRUE;
}

static gboolean
drop_text_cb (GtkDropTarget *controller,
              const GValue  *value,
              double         x,
              double         y,
              Target        *target)
{
  const char *const things[] = { g_value_get_string (value), NULL };
  g_auto (GStrv) links = keel_links_find (things[0]);

  if (things[0] == NULL || (links[0] == NULL && !keel_own_uri_is_one (things[0])))
    return FALSE;

  read_things (target, things);

  return TRUE;
}

static void
add_target (GtkWidget           *widget,
            GType                type,
            GtkPropagationPhase  phase,
            GCallback            callback,
            const Target        *values)
{
  GtkDropTarget *controller = gtk_drop_target_new (type, GDK_ACTION_COPY);
  Target *target = g_memdup2 (values, sizeof *values);

  g_object_ref (target->cancellable);
  gtk_event_controller_set_propagation_phase (GTK_EVENT_CONTROLLER (controller), phase);
  g_signal_connect_data (controller, "drop", callback, target, target_free, 0);
  if (type == GDK_TYPE_FILE_LIST)
    g_signal_connect (controller, "accept", G_CALLBACK (accept_files_cb), target);
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (controller));
}

/* Makes @widget, which is in @window, take what is dropped on it. */
void
keel_drop_add_target (GtkWidget    *widget,
                      GtkWidget    *window,
                      GCancellable *cancellable,
                      KeelDropFunc  func)
{
  const Target target = { window, cancellable, func };

  add_target (widget, GDK_TYPE_FILE_LIST, GTK_PHASE_CAPTURE, G_CALLBACK (drop_files_cb), &target);
  add_target (widget, G_TYPE_STRING, GTK_PHASE_BUBBLE, G_CALLBACK (drop_text_cb), &target);
}

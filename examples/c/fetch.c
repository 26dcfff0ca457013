/* SPDX-License-Identifier: CC0-1.0 */
/* A small download program: `fetch-c LINK...` hands the links over and shows how they fare. Close
 * the window, kill it, log out: the downloads go on. When the last one has ended the program is
 * started in the background, notes what has come, and goes again. */
#include <gtk/gtk.h>
#include <keel/keel.h>

#define APP_ID "org.example.FetchC"
#define SESSION "downloads"

static KeelSession *session;

/* What a program does with a file that has come. It may be called twice for the same file, if the
 * program was killed in it: so what it does should be harmless the second time. */
static void
finished_cb (KeelSession *self,
             KeelTask    *task,
             gpointer     user_data)
{
  g_print ("finished %s\n", g_file_peek_path (keel_task_get_file (task)));
}

static void
failed_cb (KeelSession *self,
           KeelTask    *task,
           gpointer     user_data)
{
  const GError *error = keel_task_get_error (task);

  g_print ("failed %s: %s\n", keel_task_get_uri (task), error != NULL ? error->message : "?");
}

static void
began_cb (KeelSession *self,
          guint        n_events,
          gpointer     user_data)
{
  g_print ("events-began %u\n", n_events);
}

static void
drained_cb (KeelSession *self,
            gpointer     user_data)
{
  g_print ("events-drained\n");
}

static void
added_cb (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) tasks = keel_session_add_batch_finish (session, result, &error);

  if (tasks != NULL)
    g_print ("added %u\n", tasks->len);
  else
    g_printerr ("%s\n", error->message);
}

/* The links are those of the command line, if the program was started with any. */
static void
opened_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr (GPtrArray) downloads = user_data;
  g_autoptr (GError) error = NULL;
  KeelSession *opened = keel_session_open_finish (result, &error);

  if (opened == NULL)
    {
      g_printerr ("%s\n", error->message);
      return;
    }
  if (session == NULL)
    {
      session = g_object_ref (opened);
      g_signal_connect (session, "task-finished", G_CALLBACK (finished_cb), NULL);
      g_signal_connect (session, "task-failed", G_CALLBACK (failed_cb), NULL);
      g_signal_connect (session, "events-began", G_CALLBACK (began_cb), NULL);
      g_signal_connect (session, "events-drained", G_CALLBACK (drained_cb), NULL);
      g_print ("opened %u\n", g_list_model_get_n_items (G_LIST_MODEL (session)));
    }
  if (downloads->len > 0)
    keel_session_add_batch_async (session, (KeelDownload **) downloads->pdata, downloads->len, NULL,
                                  added_cb, NULL);
  g_object_unref (opened);
}

static void
open_session (const char *identifier,
              GPtrArray  *downloads)
{
  keel_session_open_async (identifier, NULL, NULL, opened_cb, downloads);
}

static void
background_events_cb (KeelBackground *background,
                      const char     *identifier,
                      gpointer        user_data)
{
  g_print ("background-events %s\n", identifier);
  open_session (identifier, g_ptr_array_new ());
}

static void
setup_row_cb (GtkSignalListItemFactory *factory,
              GtkListItem              *item,
              gpointer                  user_data)
{
  gtk_list_item_set_child (item, gtk_progress_bar_new ());
}

static void
bind_row_cb (GtkSignalListItemFactory *factory,
             GtkListItem              *item,
             gpointer                  user_data)
{
  GtkWidget *bar = gtk_list_item_get_child (item);
  KeelTask *task = gtk_list_item_get_item (item);

  gtk_progress_bar_set_show_text (GTK_PROGRESS_BAR (bar), TRUE);
  g_object_bind_property (task, "name", bar, "text", G_BINDING_SYNC_CREATE);
  g_object_bind_property (task, "fraction", bar, "fraction", G_BINDING_SYNC_CREATE);
}

/* A session is a list model: nothing is needed to show it. */
static void
show_window (GtkApplication *application)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  GtkWidget *window = gtk_application_window_new (application);
  GtkSelectionModel *model;

  g_signal_connect (factory, "setup", G_CALLBACK (setup_row_cb), NULL);
  g_signal_connect (factory, "bind", G_CALLBACK (bind_row_cb), NULL);
  model = GTK_SELECTION_MODEL (gtk_no_selection_new (G_LIST_MODEL (g_object_ref (session))));
  gtk_window_set_title (GTK_WINDOW (window), "Fetch");
  gtk_window_set_default_size (GTK_WINDOW (window), 400, 300);
  gtk_window_set_child (GTK_WINDOW (window), gtk_list_view_new (model, factory));
  gtk_window_present (GTK_WINDOW (window));
}

static void
shown_cb (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  g_autoptr (GApplication) application = user_data;

  opened_cb (source, result, g_ptr_array_new ());
  if (session != NULL)
    show_window (GTK_APPLICATION (application));
  g_application_release (application);
}

static void
activate_cb (GApplication *application,
             gpointer      user_data)
{
  g_application_hold (application);
  keel_session_open_async (SESSION, NULL, NULL, shown_cb, g_object_ref (application));
}

static void
open_cb (GApplication  *application,
         GFile        **files,
         int            n_files,
         const char    *hint,
         gpointer       user_data)
{
  GPtrArray *downloads = g_ptr_array_new_with_free_func (g_object_unref);

  for (int i = 0; i < n_files; i++)
    {
      g_autofree char *link = g_file_get_uri (files[i]);

      g_ptr_array_add (downloads, keel_download_new (link));
    }
  open_session (SESSION, downloads);
  activate_cb (application, NULL);
}

int
main (int    argc,
      char **argv)
{
  g_autoptr (GtkApplication) application = NULL;
  KeelBackground *background;

  application = gtk_application_new (APP_ID, G_APPLICATION_HANDLES_OPEN);
  g_signal_connect (application, "activate", G_CALLBACK (activate_cb), NULL);
  g_signal_connect (application, "open", G_CALLBACK (open_cb), NULL);
  /* The one line that makes it wakeable. */
  background = keel_application_attach (G_APPLICATION (application));
  g_signal_connect (background, "background-events", G_CALLBACK (background_events_cb), NULL);
  return g_application_run (G_APPLICATION (application), argc, argv);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-details-page-private.h"

#include <glib/gi18n.h>

#include "keel-format.h"
#include "keel-history-words.h"

/* What the page says of the source, of the file, of the transfer in numbers, and of the past. */

/* What a stranger wrote is no markup. */
static void
set_subtitle (AdwActionRow *row,
              const char   *text)
{
  g_autofree char *markup = text != NULL ? g_markup_escape_text (text, -1) : g_strdup ("");

  adw_action_row_set_subtitle (row, markup);
  gtk_widget_set_visible (GTK_WIDGET (row), *markup != '\0');
}

/* --- the file -------------------------------------------------------------------------------- */

/* A path as people know it: below the home folder it begins with a tilde. */
static char *
dup_folder (GFile *folder)
{
  g_autoptr (GFile) home = g_file_new_for_path (g_get_home_dir ());
  g_autofree char *below = g_file_get_relative_path (home, folder);
  g_autofree char *name = NULL;

  if (below != NULL)
    {
      name = g_filename_display_name (below);
      return g_strconcat ("~/", name, NULL);
    }
  return g_file_equal (home, folder) ? g_strdup ("~") : g_file_get_parse_name (folder);
}

static void
set_checksum_word (KeelDetailsPage *self,
                   const char      *word,
                   const char      *icon_name,
                   const char      *css_class)
{
  static const char *const classes[] = { "success", "error", "dim-label" };
  GtkWidget *const widgets[] = { GTK_WIDGET (self->checksum_label),
                                 GTK_WIDGET (self->checksum_image) };

  gtk_label_set_label (self->checksum_label, word);
  /* What is still to come is said as quietly as what stands beside it. */
  if (icon_name == NULL)
    gtk_widget_add_css_class (widgets[0], "caption");
  else
    gtk_widget_remove_css_class (widgets[0], "caption");
  gtk_widget_set_visible (widgets[1], icon_name != NULL);
  gtk_image_set_from_icon_name (self->checksum_image, icon_name);
  for (guint i = 0; i < G_N_ELEMENTS (widgets); i++)
    {
      for (guint n = 0; n < G_N_ELEMENTS (classes); n++)
        gtk_widget_remove_css_class (widgets[i], classes[n]);
      gtk_widget_add_css_class (widgets[i], css_class);
    }
}

static void
update_checksum (KeelDetailsPage *self)
{
  const char *algorithm = keel_task_get_checksum_algorithm (self->task);
  const char *expected = keel_task_get_checksum_expected (self->task);
  const char *actual = keel_task_get_checksum_actual (self->task);
  g_autofree char *name = algorithm != NULL ? g_ascii_strup (algorithm, -1) : NULL;

  gtk_widget_set_visible (GTK_WIDGET (self->checksum_row), name != NULL && expected != NULL);
  if (name == NULL || expected == NULL)
    return;
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->checksum_row), name);
  set_subtitle (self->checksum_row, expected);
  if (actual == NULL)
    set_checksum_word (self, _("Checked when complete"), NULL, "dim-label");
  else if (keel_task_get_checksum_ok (self->task))
    set_checksum_word (self, _("Matches"), "emblem-ok-symbolic", "success");
  else
    set_checksum_word (self, _("Does not match"), "dialog-warning-symbolic", "error");
}

/* What the task itself knows. */
void
keel_details_page_update_facts (KeelDetailsPage *self)
{
  const char *uri = keel_task_get_uri (self->task);
  const char *served = keel_task_get_effective_uri (self->task);
  GFile *directory = keel_task_get_directory (self->task);
  g_autofree char *folder = directory != NULL ? dup_folder (directory) : NULL;

  set_subtitle (self->address_row, uri);
  set_subtitle (self->served_row, g_strcmp0 (uri, served) != 0 ? served : NULL);
  set_subtitle (self->folder_row, folder);
  gtk_actionable_set_action_target (GTK_ACTIONABLE (self->folder_button), "t",
                                    keel_task_get_id (self->task));
  /* After its target, without which it is none. */
  gtk_actionable_set_action_name (GTK_ACTIONABLE (self->folder_button), "task.show-in-folder");
  update_checksum (self);
  gtk_widget_set_visible (self->file_group,
                          gtk_widget_get_visible (GTK_WIDGET (self->folder_row)) ||
                            gtk_widget_get_visible (GTK_WIDGET (self->checksum_row)));
}

/* --- numbers --------------------------------------------------------------------------------- */

/* Returns: (transfer full) (nullable): what was saved by going on where it was; NULL if nothing */
char *
keel_details_page_dup_provenance (KeelDetailsPage *self)
{
  guint resumes = self->details != NULL ? keel_task_details_get_resumes (self->details) : 0;
  g_autofree char *size = NULL;

  if (resumes == 0)
    return NULL;
  size = keel_format_size (keel_task_details_get_resumed_bytes (self->details));
  /* Translators: how often a download went on where it was, and how much was saved by that. */
  return g_strdup_printf (ngettext ("Resumed %1$u time, %2$s not fetched again",
                                    "Resumed %1$u times, %2$s not fetched again", resumes),
                          resumes, size);
}

/* Bytes per second in all the time that it ran, 0: not known. */
static guint64
get_average (KeelDetailsPage *self)
{
  gint64 usec = keel_task_details_get_running_time (self->details);

  if (usec < G_USEC_PER_SEC)
    return 0;
  return (guint64) ((double) keel_task_get_received (self->task) * G_USEC_PER_SEC / (double) usec);
}

static char *
dup_server (KeelDetailsPage *self)
{
  const char *version = keel_task_details_get_http_version (self->details);
  const char *server = keel_task_details_get_server (self->details);
  GDateTime *changed = keel_task_details_get_last_modified (self->details);
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func (g_free);

  /* The service tells a header as it was sent, and one may be empty. */
  if (server != NULL && *server != '\0')
    g_ptr_array_add (parts, g_strdup (server));
  if (version != NULL)
    g_ptr_array_add (parts, g_strconcat ("HTTP/", version, NULL));
  if (version != NULL)
    g_ptr_array_add (parts,
                     g_strdup (keel_task_get_resumable (self->task) ? _("Can be resumed") :
                                                                      _("Cannot be resumed")));
  if (changed != NULL)
    {
      g_autofree char *day = keel_format_date (changed, now);

      /* Translators: when a file was changed on the server; %s is a day, "24 October". */
      g_ptr_array_add (parts, g_strdup_printf (_("Changed on %s"), day));
    }
  g_ptr_array_add (parts, NULL);
  return g_strjoinv (KEEL_FORMAT_MIDDLE_DOT, (char **) parts->pdata);
}

/* The transfer of what has finished, in a line. */
static char *
dup_transfer (KeelDetailsPage *self,
              const char      *average)
{
  g_autofree char *provenance = keel_details_page_dup_provenance (self);
  g_autofree char *span = NULL;
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func (g_free);

  if (keel_task_get_state (self->task) != KEEL_TASK_STATE_FINISHED)
    return NULL;
  if (average != NULL)
    {
      gint64 usec = keel_task_details_get_running_time (self->details);

      span = keel_format_span ((guint) (usec / G_USEC_PER_SEC));
      /* Translators: a span of time and a speed: "3 minutes at 12.9 MB/s". */
      g_ptr_array_add (parts, g_strdup_printf (_("%1$s at %2$s"), span, average));
    }
  if (provenance != NULL)
    g_ptr_array_add (parts, g_steal_pointer (&provenance));
  g_ptr_array_add (parts, NULL);
  return g_strjoinv (KEEL_FORMAT_MIDDLE_DOT, (char **) parts->pdata);
}

/* What the last answer says, if there was one. */
void
keel_details_page_update_numbers (KeelDetailsPage *self)
{
  guint64 average_bps = self->details != NULL ? get_average (self) : 0;
  g_autofree char *rate = average_bps > 0 ? keel_format_rate (average_bps) : NULL;
  /* Translators: how fast a download was in all; %s is a speed. */
  g_autofree char *average = rate != NULL ? g_strdup_printf (_("Average %s"), rate) : NULL;
  g_autofree char *provenance = keel_details_page_dup_provenance (self);
  g_autofree char *server = self->details != NULL ? dup_server (self) : NULL;
  g_autofree char *transfer = self->details != NULL ? dup_transfer (self, rate) : NULL;
  g_autoptr (GVariant) none = g_variant_ref_sink (g_variant_new ("a(tts)", NULL));

  gtk_label_set_label (self->average_label, average != NULL ? average : "");
  gtk_label_set_label (self->provenance_label, provenance != NULL ? provenance : "");
  gtk_widget_set_visible (GTK_WIDGET (self->provenance_label), provenance != NULL);
  set_subtitle (self->server_row, server);
  set_subtitle (self->numbers_row, transfer);
  keel_segment_strip_show (self->segment_strip,
                           self->details != NULL ? keel_task_details_get_ranges (self->details) :
                                                   none,
                           self->details != NULL ? keel_task_details_get_total (self->details) :
                                                   -1);
}

/* --- history --------------------------------------------------------------------------------- */

static GtkWidget *
make_line (const KeelHistoryLine *line,
           GDateTime             *now)
{
  GtkWidget *row = adw_action_row_new ();
  g_autofree char *moment = keel_format_moment (line->time, now);
  g_autofree char *title = g_markup_escape_text (line->words, -1);
  GtkWidget *label = gtk_label_new (moment);

  gtk_widget_add_css_class (label, "numeric");
  gtk_widget_add_css_class (label, "dim-label");
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), label);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), FALSE);
  return row;
}

/* Shows the history that came last, if it is not on the screen. */
void
keel_details_page_update_history (KeelDetailsPage *self)
{
  GVariant *history = self->details != NULL ? keel_task_details_get_history (self->details) : NULL;
  g_autoptr (GPtrArray) lines = NULL;
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  GtkWidget *row;

  /* This answer was one without. */
  if (self->details != NULL && history == NULL)
    return;
  if (history != NULL && self->history != NULL && g_variant_equal (history, self->history))
    return;
  while ((row = gtk_widget_get_first_child (GTK_WIDGET (self->history_list))) != NULL)
    gtk_list_box_remove (self->history_list, row);
  g_clear_pointer (&self->history, g_variant_unref);
  if (history != NULL)
    {
      self->history = g_variant_ref (history);
      lines = keel_history_words_new (history);
    }
  for (guint i = 0; lines != NULL && i < lines->len; i++)
    gtk_list_box_append (self->history_list, make_line (g_ptr_array_index (lines, i), now));
  gtk_widget_set_visible (self->history_group, lines != NULL && lines->len > 0);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-details-page-private.h"

#include <glib/gi18n.h>

#include "keel-day.h"
#include "keel-file-type.h"
#include "keel-format.h"
#include "keel-task-action.h"

/* One download, and everything that there is to know of it.
 *
 * What its row knows comes from the task; the rest (where the bytes are, what it went through) has
 * to be asked for. That is done once a second while bytes move and somebody looks, and with the
 * history when the state changes; a page that is not on the screen asks nothing and has no timer.
 * Its satellites: keel-details-page-facts.c (what it says of the source, the file and the past),
 * keel-details-page-controls.c (what can be set). */

#define REFRESH_SECONDS 1
#define ICON_WIDE 64
#define ICON_NARROW 48

G_DEFINE_FINAL_TYPE (KeelDetailsPage, keel_details_page, ADW_TYPE_BIN)

static void
read_facts (KeelDetailsPage *self,
            KeelFacts       *facts)
{
  gint64 now_usec = g_get_monotonic_time ();

  keel_facts_from_task (facts, self->task);
  keel_pace_update (&self->pace, now_usec, facts->state == KEEL_TASK_STATE_RUNNING,
                    facts->received_bytes, keel_task_get_eta (self->task));
  facts->left_seconds = keel_pace_get_time_left (&self->pace);
  facts->is_stalled = keel_pace_is_stalled (&self->pace, now_usec);
}

/* --- asking ---------------------------------------------------------------------------------- */

static void
told_cb (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autoptr (KeelDetailsPage) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (KeelTaskDetails)
    details = keel_task_get_details_finish (KEEL_TASK (source), result, &error);

  /* Another task is shown, or none. */
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  self->is_asking = FALSE;
  /* What the row knows is there without it, and what is older stays. */
  if (details == NULL)
    {
      self->is_history_due = self->is_history_due || self->is_asking_history;
      self->is_unsupported = g_error_matches (error, KEEL_ERROR, KEEL_ERROR_UNSUPPORTED);
      g_debug ("No details: %s", error->message);
      return;
    }
  g_set_object (&self->details, details);
  keel_details_page_update_numbers (self);
  keel_details_page_update_history (self);
  if (self->is_history_due)
    keel_details_page_ask (self, TRUE);
}

/* A history that was asked for in vain is asked for again with the next numbers. A service that
 * does not know the question is asked once. */
void
keel_details_page_ask (KeelDetailsPage *self,
                       gboolean         with_history)
{
  self->is_history_due = self->is_history_due || with_history;
  if (self->is_asking || self->is_unsupported)
    return;
  self->is_asking = TRUE;
  self->is_asking_history = self->is_history_due;
  self->is_history_due = FALSE;
  keel_task_get_details_async (self->task, self->is_asking_history, self->cancellable, told_cb,
                               g_object_ref (self));
}

/* --- showing --------------------------------------------------------------------------------- */

static char *
words_for_end (const KeelFacts *facts,
               GDateTime       *now)
{
  guint days_ago = keel_day_of (now) - keel_day_of (facts->finished);
  g_autofree char *size = keel_format_size (facts->received_bytes);
  g_autofree char *clock = keel_format_clock (facts->finished);
  g_autofree char *moment = keel_format_moment (facts->finished, now);

  if (days_ago == 0)
    /* Translators: of a finished download: its size, and a time of day. */
    return g_strdup_printf (_("%1$s · Finished today, %2$s"), size, clock);
  if (days_ago == 1)
    /* Translators: of a finished download: its size, and a time of day. */
    return g_strdup_printf (_("%1$s · Finished yesterday, %2$s"), size, clock);
  /* Translators: of a finished download: its size, and a day and a time. */
  return g_strdup_printf (_("%1$s · Finished %2$s"), size, moment);
}

static void
update_words (KeelDetailsPage *self,
              const KeelFacts *facts)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autofree char *error_words = NULL;
  g_autofree char *line = NULL;
  g_autofree char *rate = keel_format_moving_rate (facts->rate_bps);
  g_autofree char *now_words = NULL;
  g_autofree char *percent = keel_format_percent (facts->fraction);

  if (facts->state == KEEL_TASK_STATE_FINISHED && facts->finished != NULL)
    line = words_for_end (facts, now);
  else
    line = keel_status_line (facts, now, self->width, &error_words);
  gtk_label_set_label (self->name_label, facts->name);
  gtk_label_set_label (self->status_label, line);
  gtk_widget_set_visible (GTK_WIDGET (self->status_label), *line != '\0');
  gtk_label_set_label (self->error_label, error_words != NULL ? error_words : "");
  gtk_widget_set_visible (GTK_WIDGET (self->error_label), error_words != NULL);
  /* Translators: how fast a download is at the moment; %s is a speed. */
  now_words = g_strdup_printf (_("Now %s"), rate);
  gtk_label_set_label (self->now_label, facts->state == KEEL_TASK_STATE_RUNNING ? now_words : "");
  gtk_label_set_label (self->percent_label, facts->total_bytes > 0 ? percent : "");
}

static void
update_button (KeelDetailsPage *self,
               const KeelFacts *facts)
{
  const KeelTaskAction *action = keel_task_action_for (facts);
  GtkButton *const buttons[] = { self->wide_button, self->narrow_button };
  gboolean is_open = g_str_equal (action->action_name, "task.open");

  for (guint i = 0; i < G_N_ELEMENTS (buttons); i++)
    {
      GtkWidget *content = gtk_button_get_child (buttons[i]);

      adw_button_content_set_icon_name (ADW_BUTTON_CONTENT (content), action->icon_name);
      adw_button_content_set_label (ADW_BUTTON_CONTENT (content), _(action->label));
      if (is_open)
        gtk_widget_add_css_class (GTK_WIDGET (buttons[i]), "suggested-action");
      else
        gtk_widget_remove_css_class (GTK_WIDGET (buttons[i]), "suggested-action");
    }
}

static void
update_menu (KeelDetailsPage *self,
             const KeelFacts *facts)
{
  g_autoptr (GMenuModel)
    menu = keel_task_action_menu (facts, keel_task_get_id (self->task),
                                  keel_task_get_file (self->task) != NULL ||
                                    keel_task_get_directory (self->task) != NULL,
                                  KEEL_TASK_MENU_DETAILS);

  gtk_menu_button_set_menu_model (self->menu_button, menu);
}

/* What is at an end has no speed; what it is comes first then. */
static void
update_order (KeelDetailsPage *self,
              const KeelFacts *facts)
{
  gboolean has_finished = facts->state == KEEL_TASK_STATE_FINISHED;

  gtk_widget_set_visible (self->transfer_box, !has_finished);
  gtk_widget_set_visible (self->controls_group, !has_finished);
  gtk_box_reorder_child_after (self->content_box, self->file_group,
                               has_finished ? self->heading_box : self->source_group);
}

/* Two minutes in which nothing ran are no picture. */
static void
update_graph (KeelDetailsPage *self,
              const KeelFacts *facts)
{
  KeelSpeedLog *log = keel_speed_log_of_task (self->task);
  gint64 second = g_get_monotonic_time () / G_USEC_PER_SEC;

  keel_speed_graph_show (self->speed_graph, log, second);
  gtk_widget_set_visible (self->speed_card, facts->state == KEEL_TASK_STATE_RUNNING ||
                                              !keel_speed_log_is_empty (log, second));
}

/* Everything, as it is now. */
static void
update (KeelDetailsPage *self)
{
  g_autoptr (GIcon) icon = keel_file_type_get_icon (keel_task_get_name (self->task),
                                                    keel_task_get_mime_type (self->task));
  KeelFacts facts;

  read_facts (self, &facts);
  gtk_image_set_from_gicon (self->type_image, icon);
  update_words (self, &facts);
  update_button (self, &facts);
  update_menu (self, &facts);
  update_order (self, &facts);
  update_graph (self, &facts);
  keel_details_page_update_facts (self);
  keel_details_page_update_numbers (self);
  keel_details_page_update_controls (self);
}

static gboolean
refresh_cb (gpointer user_data)
{
  KeelDetailsPage *self = user_data;
  KeelFacts facts;

  read_facts (self, &facts);
  update_words (self, &facts);
  update_graph (self, &facts);
  if (facts.state == KEEL_TASK_STATE_RUNNING)
    keel_details_page_ask (self, FALSE);
  return G_SOURCE_CONTINUE;
}

static void
update_timer (KeelDetailsPage *self)
{
  gboolean is_needed = self->task != NULL && gtk_widget_get_mapped (GTK_WIDGET (self)) &&
                       !keel_task_has_ended (self->task);

  if (!is_needed)
    g_clear_handle_id (&self->timer, g_source_remove);
  else if (self->timer == 0)
    self->timer = g_timeout_add_seconds (REFRESH_SECONDS, refresh_cb, self);
}

/* Numbers have a time of their own; every word may change what is offered. */
static void
task_notify_cb (KeelDetailsPage *self,
                GParamSpec      *pspec)
{
  static const char *const numbers[] = { "received", "durable", "rate", "eta", "fraction", NULL };

  if (!gtk_widget_get_mapped (GTK_WIDGET (self)) || g_strv_contains (numbers, pspec->name))
    return;
  update (self);
  update_timer (self);
  if (g_str_equal (pspec->name, "state") || g_str_equal (pspec->name, "uri") ||
      g_str_equal (pspec->name, "pause-reason"))
    keel_details_page_ask (self, TRUE);
}

static void
keel_details_page_button_clicked_cb (KeelDetailsPage *self)
{
  KeelFacts facts;

  if (self->task == NULL)
    return;
  read_facts (self, &facts);
  gtk_widget_activate_action (GTK_WIDGET (self), keel_task_action_for (&facts)->action_name, "t",
                              keel_task_get_id (self->task));
}

static void
copy (KeelDetailsPage *self,
      const char      *uri)
{
  if (uri == NULL)
    return;
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), uri);
  gtk_widget_activate_action (GTK_WIDGET (self), "win.say-copied", NULL);
}

static void
keel_details_page_copy_address_cb (KeelDetailsPage *self)
{
  copy (self, keel_task_get_uri (self->task));
}

static void
keel_details_page_copy_served_cb (KeelDetailsPage *self)
{
  copy (self, keel_task_get_effective_uri (self->task));
}

/* --- the widget ------------------------------------------------------------------------------ */

static void
keel_details_page_map (GtkWidget *widget)
{
  KeelDetailsPage *self = KEEL_DETAILS_PAGE (widget);

  GTK_WIDGET_CLASS (keel_details_page_parent_class)->map (widget);
  if (self->task == NULL)
    return;
  update (self);
  update_timer (self);
  keel_details_page_ask (self, TRUE);
}

static void
keel_details_page_unmap (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (keel_details_page_parent_class)->unmap (widget);
  update_timer (KEEL_DETAILS_PAGE (widget));
}

static void
keel_details_page_dispose (GObject *object)
{
  keel_details_page_set_task (KEEL_DETAILS_PAGE (object), NULL);

  G_OBJECT_CLASS (keel_details_page_parent_class)->dispose (object);
}

static void
bind_facts (GtkWidgetClass *widget_class)
{
  gtk_widget_class_bind_template_child (widget_class, KeelDetailsPage, source_group);
  gtk_widget_class_bind_template_child (widget_class, KeelDetailsPage, address_row);
  gtk_widget_class_bind_template_child (widget_class, KeelDetailsPage, served_row);
  gtk_widget_class_bind_template_child (widget_class, KeelDetailsPage, server_row);
  gtk_widget_class_bind_template_child (widget_class, KeelDetailsPage, numbers_row);
  gtk_widget_class_bind_template_child (widget_class, KeelDetailsPage, file_group);
  gtk_widget_class_bind_template_child (widget_class, KeelDetailsPage, folder_row);
  gtk_widget_class_bind_template_child (widget_class, KeelDetailsPage, folder_button);
  gtk_widget_class_bind_template_child (widget_class, KeelDetailsPage, checksum_row);
  gtk_widget_class_bind_template_child (widget_class, KeelDetailsPage, checksum_image);
  gtk_widget_class_bind_template_child (widget_class, KeelDetailsPage, checksum_label);
  gtk_widget_class_bind_template_child (widget_class, KeelDetailsPage, history_group);
  gtk_widget_class_bind_template_child (widget_class, KeelDetailsPage, history_list);
}

static void
bind_transfer (GtkWidgetClass *widget_class)
{
  gtk_widget_class_bind_template_child (widget_class, KeelDetailsPage, back_button);
  gtk_widget_class_bind_template_child (widget_class, KeelDetailsPage, menu_button);
  gtk_widget_class_bind_template_child (widget_class, KeelDetailsPage, scrolled_window);
  gtk_widget_class_bind_template_child (widget_class, KeelDetailsPage, content_box);
  gtk_widget_class_bind_template_child (widget_class, KeelDetailsPage, heading_box);
  gtk_widget_class_bind_template_child (widget_class, KeelDetailsPage, type_image);
  gtk_widget_class_bind_template_child (widget_class, KeelDetailsPage, name_label);
  gtk_widget_class_bind_template_child (widget_class, KeelDetailsPage, error_label);
  gtk_widget_class_bind_template_child (widget_class, KeelDetailsPage, status_label);
  gtk_widget_class_bind_template_child (widget_class, KeelDetailsPage, wide_button);
  gtk_widget_class_bind_template_child (widget_class, KeelDetailsPage, narrow_button);
  gtk_widget_class_bind_template_child (widget_class, KeelDetailsPage, transfer_box);
  gtk_widget_class_bind_template_child (widget_class, KeelDetailsPage, speed_card);
  gtk_widget_class_bind_template_child (widget_class, KeelDetailsPage, now_label);
  gtk_widget_class_bind_template_child (widget_class, KeelDetailsPage, average_label);
  gtk_widget_class_bind_template_child (widget_class, KeelDetailsPage, speed_graph);
  gtk_widget_class_bind_template_child (widget_class, KeelDetailsPage, percent_label);
  gtk_widget_class_bind_template_child (widget_class, KeelDetailsPage, segment_strip);
  gtk_widget_class_bind_template_child (widget_class, KeelDetailsPage, legend_box);
  gtk_widget_class_bind_template_child (widget_class, KeelDetailsPage, provenance_label);
}

static void
keel_details_page_class_init (KeelDetailsPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = keel_details_page_dispose;
  widget_class->map = keel_details_page_map;
  widget_class->unmap = keel_details_page_unmap;

  g_type_ensure (KEEL_TYPE_SPEED_GRAPH);
  g_type_ensure (KEEL_TYPE_SEGMENT_STRIP);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/keelboat/Keelboat/keel-details-page.ui");
  bind_transfer (widget_class);
  bind_facts (widget_class);
  keel_details_page_class_bind_controls (widget_class);
  gtk_widget_class_bind_template_callback (widget_class, keel_details_page_button_clicked_cb);
  gtk_widget_class_bind_template_callback (widget_class, keel_details_page_copy_address_cb);
  gtk_widget_class_bind_template_callback (widget_class, keel_details_page_copy_served_cb);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "win.back", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Left, GDK_ALT_MASK, "win.back", NULL);
}

static void
update_width (KeelDetailsPage *self)
{
  gboolean is_narrow = self->width == KEEL_STATUS_NARROW;

  gtk_image_set_pixel_size (self->type_image, is_narrow ? ICON_NARROW : ICON_WIDE);
  gtk_widget_remove_css_class (GTK_WIDGET (self->name_label), is_narrow ? "title-2" : "title-4");
  gtk_widget_add_css_class (GTK_WIDGET (self->name_label), is_narrow ? "title-4" : "title-2");
  gtk_widget_set_visible (GTK_WIDGET (self->wide_button), !is_narrow);
  gtk_widget_set_visible (GTK_WIDGET (self->narrow_button), is_narrow);
  gtk_orientable_set_orientation (GTK_ORIENTABLE (self->legend_box), is_narrow ?
                                                                       GTK_ORIENTATION_VERTICAL :
                                                                       GTK_ORIENTATION_HORIZONTAL);
}

static void
keel_details_page_init (KeelDetailsPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));

  gtk_button_set_child (self->wide_button, adw_button_content_new ());
  gtk_button_set_child (self->narrow_button, adw_button_content_new ());
  gtk_widget_set_halign (gtk_button_get_child (self->narrow_button), GTK_ALIGN_CENTER);
  update_width (self);
}

KeelTask *
keel_details_page_get_task (KeelDetailsPage *self)
{
  return self->task;
}

/* Shows @task, or nothing. */
void
keel_details_page_set_task (KeelDetailsPage *self,
                            KeelTask        *task)
{
  if (self->task == task)
    return;

  if (self->task != NULL)
    g_signal_handlers_disconnect_by_data (self->task, self);
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->task);
  g_clear_object (&self->details);
  g_clear_pointer (&self->history, g_variant_unref);
  self->is_asking = self->is_history_due = self->is_unsupported = FALSE;
  self->pace = (KeelPace) { 0 };
  if (task != NULL)
    {
      self->task = g_object_ref (task);
      self->cancellable = g_cancellable_new ();
      g_signal_connect_swapped (task, "notify", G_CALLBACK (task_notify_cb), self);
      keel_details_page_update_history (self);
      update (self);
    }
  update_timer (self);
  if (task != NULL && gtk_widget_get_mapped (GTK_WIDGET (self)))
    keel_details_page_ask (self, TRUE);
}

void
keel_details_page_set_width (KeelDetailsPage *self,
                             KeelStatusWidth  width)
{
  if (self->width == width)
    return;

  self->width = width;
  update_width (self);
  if (self->task != NULL)
    update (self);
}

/* Puts somebody who has just come at the beginning. */
void
keel_details_page_start (KeelDetailsPage *self)
{
  gtk_adjustment_set_value (gtk_scrolled_window_get_vadjustment (self->scrolled_window), 0);
  gtk_widget_grab_focus (
    GTK_WIDGET (self->width == KEEL_STATUS_NARROW ? self->narrow_button : self->wide_button));
}

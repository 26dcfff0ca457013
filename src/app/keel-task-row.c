/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-task-row.h"

#include <glib/gi18n.h>

#include "keel-app-words.h"
#include "keel-file-type.h"
#include "keel-format.h"
#include "keel-task-action.h"

/* One download in the list.
 *
 * The bar follows the task; the words follow the list's one timer (keel_task_row_refresh(), once a
 * second), so that they can be read; a change of state shows in both at once. A row has no timer
 * of its own. Rows are recycled: everything that is remembered here belongs to the task that is
 * set, and goes with it. What is remembered about the pace of a transfer stays with the task
 * itself, because a row forgets it whenever the list is scrolled. */

/* A state that was asked for and does not come is not shown for longer. */
#define EXPECTING_USEC (3 * G_USEC_PER_SEC)

/* How often a screen reader is told the whole row anew while only its numbers change. */
#define SPOKEN_EVERY_USEC (5 * G_USEC_PER_SEC)

struct _KeelTaskRow {
  GtkWidget parent_instance;

  GtkCheckButton *check;
  GtkImage *type_image;
  GtkLabel *name_label;
  GtkImage *app_image;
  GtkLabel *app_label;
  GtkLabel *app_dot_label; /* of its own: a text is laid out in the direction of its letters */
  GtkLabel *error_label;
  GtkLabel *dot_label;
  GtkLabel *status_label;
  GtkLabel *percent_label;
  GtkProgressBar *progress_bar;
  GtkButton *text_button;
  GtkButton *icon_button;

  KeelTask *task; /* (owned) (nullable) */
  KeelStatusWidth width;
  gboolean has_tick;            /* downloads are being selected */
  gint64 expecting_usec;        /* monotonic, since when; 0: nothing is expected */
  KeelTaskState expected_state; /* asked for, not confirmed yet */
  gboolean is_gone;             /* the finished file is not where it was put */
  GCancellable *look_up;        /* (owned) (nullable), while looking for the file */
  gint64 spoken_usec;
};

G_DEFINE_FINAL_TYPE (KeelTaskRow, keel_task_row, GTK_TYPE_WIDGET)

static G_DEFINE_QUARK (keel - task - pace, keel_task_pace)

  static KeelPace *pace_of (KeelTask *task)
{
  KeelPace *pace = g_object_get_qdata (G_OBJECT (task), keel_task_pace_quark ());

  if (pace == NULL)
    {
      pace = g_new0 (KeelPace, 1);
      g_object_set_qdata_full (G_OBJECT (task), keel_task_pace_quark (), pace, g_free);
    }

  return pace;
}

/* The task as the row shows it: with the state that has been asked for, if one has. */
void
keel_task_row_read_facts (KeelTaskRow *self,
                          KeelFacts   *facts)
{
  gint64 now_usec = g_get_monotonic_time ();
  KeelPace *pace = pace_of (self->task);

  keel_facts_from_task (facts, self->task);
  facts->is_gone = self->is_gone;
  facts->is_app_told = facts->app_name != NULL;

  keel_pace_update (pace, now_usec, facts->state == KEEL_TASK_STATE_RUNNING, facts->received_bytes,
                    keel_task_get_eta (self->task));
  facts->left_seconds = keel_pace_get_time_left (pace);
  facts->is_stalled = keel_pace_is_stalled (pace, now_usec);

  if (self->expecting_usec != 0)
    {
      facts->state = self->expected_state;
      facts->wait_reason = KEEL_WAIT_REASON_NONE;
    }
}

static void
update_bar (KeelTaskRow     *self,
            const KeelFacts *facts)
{
  gboolean has_bar = keel_facts_has_bar (facts);
  gboolean flows = facts->state == KEEL_TASK_STATE_RUNNING ||
                   facts->state == KEEL_TASK_STATE_VERIFYING;

  gtk_widget_set_visible (GTK_WIDGET (self->progress_bar), has_bar);
  gtk_widget_set_visible (GTK_WIDGET (self->percent_label),
                          has_bar && self->width == KEEL_STATUS_WIDE);
  if (!has_bar)
    return;

  gtk_progress_bar_set_fraction (self->progress_bar, facts->fraction);
  if (flows)
    gtk_widget_remove_css_class (GTK_WIDGET (self->progress_bar), "idle");
  else
    gtk_widget_add_css_class (GTK_WIDGET (self->progress_bar), "idle");
}

/* What the server says of its error, if that is written for people and not for browsers. */
static const char *
get_explanation (const KeelFacts *facts)
{
  const char *details = facts->error_details;

  if (details == NULL || details[strspn (details, " \t\r\n")] == '<')
    return NULL;
  return details;
}

static void
update_words (KeelTaskRow     *self,
              const KeelFacts *facts,
              GDateTime       *now)
{
  g_autofree char *error_words = NULL;
  g_autofree char *line = keel_status_line (facts, now, self->width, &error_words);
  g_autofree char *percent = keel_format_percent (facts->fraction);

  gtk_label_set_label (self->name_label, facts->name);
  gtk_label_set_label (self->status_label, line);
  gtk_label_set_label (self->percent_label, percent);
  gtk_label_set_label (self->error_label, error_words != NULL ? error_words : "");
  gtk_widget_set_visible (GTK_WIDGET (self->error_label), error_words != NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->dot_label), error_words != NULL && *line != '\0');
  gtk_widget_set_has_tooltip (GTK_WIDGET (self->error_label), get_explanation (facts) != NULL);
}

static void
update_buttons (KeelTaskRow     *self,
                const KeelFacts *facts)
{
  const KeelTaskAction *action = keel_task_action_for (facts);
  gboolean has_text = keel_task_action_has_text (facts) && self->width == KEEL_STATUS_WIDE;
  const char *label = _(action->label);

  gtk_button_set_label (self->text_button, label);
  if (g_strcmp0 (gtk_button_get_icon_name (self->icon_button), action->icon_name) != 0)
    gtk_button_set_icon_name (self->icon_button, action->icon_name);
  if (g_strcmp0 (gtk_widget_get_tooltip_text (GTK_WIDGET (self->icon_button)), label) != 0)
    {
      gtk_widget_set_tooltip_text (GTK_WIDGET (self->icon_button), label);
      gtk_accessible_update_property (GTK_ACCESSIBLE (self->icon_button),
                                      GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
    }
  gtk_widget_set_visible (GTK_WIDGET (self->text_button), has_text && !self->has_tick);
  gtk_widget_set_visible (GTK_WIDGET (self->icon_button), !has_text && !self->has_tick);
}

/* Asked for when the pointer rests there, and not set with each row that is bound: whenever the
 * text of a tooltip is set, GTK asks the display where the pointer is, which costs more than the
 * row. */
static gboolean
keel_task_row_query_name_cb (KeelTaskRow *self,
                             int          x,
                             int          y,
                             gboolean     keyboard_mode,
                             GtkTooltip  *tooltip)
{
  if (!pango_layout_is_ellipsized (gtk_label_get_layout (self->name_label)))
    return FALSE;

  gtk_tooltip_set_text (tooltip, gtk_label_get_label (self->name_label));
  return TRUE;
}

static gboolean
keel_task_row_query_error_cb (KeelTaskRow *self,
                              int          x,
                              int          y,
                              gboolean     keyboard_mode,
                              GtkTooltip  *tooltip)
{
  KeelFacts facts;

  if (self->task == NULL)
    return FALSE;
  keel_task_row_read_facts (self, &facts);
  gtk_tooltip_set_text (tooltip, get_explanation (&facts));
  return get_explanation (&facts) != NULL;
}

/* The list's own widget around this one is what has the focus, so it is what is read out. */
static void
update_spoken (KeelTaskRow     *self,
               const KeelFacts *facts,
               GDateTime       *now)
{
  GtkWidget *parent = gtk_widget_get_parent (GTK_WIDGET (self));
  g_autofree char *spoken = NULL;

  if (parent == NULL)
    return;

  spoken = keel_status_spoken (facts, now);
  gtk_accessible_update_property (GTK_ACCESSIBLE (parent), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken,
                                  -1);
  self->spoken_usec = g_get_monotonic_time ();
}

/* Shows everything as it is now. */
static void
update (KeelTaskRow *self)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  KeelFacts facts;

  keel_task_row_read_facts (self, &facts);
  update_bar (self, &facts);
  update_words (self, &facts, now);
  update_buttons (self, &facts);
  update_spoken (self, &facts, now);
}

/* Whose download it is, unless it is the person's own. */
static void
update_app (KeelTaskRow *self)
{
  const KeelAppWords *app = keel_app_words_for (keel_task_get_app (self->task));

  gtk_widget_set_visible (GTK_WIDGET (self->app_image), app != NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->app_label), app != NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->app_dot_label), app != NULL);
  if (app == NULL)
    return;

  gtk_label_set_label (self->app_label, app->name);
  gtk_image_set_from_gicon (self->app_image, app->icon);
}

static void
update_type (KeelTaskRow *self)
{
  g_autoptr (GIcon) icon = keel_file_type_get_icon (keel_task_get_name (self->task),
                                                    keel_task_get_mime_type (self->task));
  const char *name = keel_task_get_name (self->task);

  gtk_image_set_from_gicon (self->type_image, icon);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->progress_bar),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL, name != NULL ? name : "", -1);
}

static void
file_looked_up_cb (GObject      *source,
                   GAsyncResult *result,
                   gpointer      user_data)
{
  g_autoptr (KeelTaskRow) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GFileInfo) info = g_file_query_info_finish (G_FILE (source), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  g_clear_object (&self->look_up);
  if (info == NULL && g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    {
      self->is_gone = TRUE;
      update (self);
    }
}

/* A finished download of last week may have been moved since. */
static void
look_up_file (KeelTaskRow *self)
{
  GFile *file = keel_task_get_file (self->task);

  g_cancellable_cancel (self->look_up);
  g_clear_object (&self->look_up);
  self->is_gone = FALSE;
  if (keel_task_get_state (self->task) != KEEL_TASK_STATE_FINISHED || file == NULL)
    return;

  self->look_up = g_cancellable_new ();
  g_file_query_info_async (file, G_FILE_ATTRIBUTE_STANDARD_TYPE, G_FILE_QUERY_INFO_NONE,
                           G_PRIORITY_LOW, self->look_up, file_looked_up_cb, g_object_ref (self));
}

static void
task_notify_cb (KeelTask    *task,
                GParamSpec  *pspec,
                KeelTaskRow *self)
{
  KeelFacts facts;

  if (g_str_equal (pspec->name, "received"))
    {
      keel_task_row_read_facts (self, &facts);
      update_bar (self, &facts);
    }
  else if (g_str_equal (pspec->name, "state"))
    {
      self->expecting_usec = 0;
      look_up_file (self);
      update (self);
    }
  else if (g_str_equal (pspec->name, "name") || g_str_equal (pspec->name, "mime-type"))
    {
      update_type (self);
      update (self);
    }
  else if (g_str_equal (pspec->name, "wait-reason") || g_str_equal (pspec->name, "wait-detail") ||
           g_str_equal (pspec->name, "pause-reason") || g_str_equal (pspec->name, "error") ||
           g_str_equal (pspec->name, "total"))
    {
      self->expecting_usec = 0;
      update (self);
    }
}

static void
keel_task_row_button_clicked_cb (KeelTaskRow *self)
{
  KeelFacts facts;

  if (self->task == NULL)
    return;

  keel_task_row_read_facts (self, &facts);
  gtk_widget_activate_action (GTK_WIDGET (self), keel_task_action_for (&facts)->action_name, "t",
                              keel_task_get_id (self->task));
}

static void
keel_task_row_dispose (GObject *object)
{
  KeelTaskRow *self = KEEL_TASK_ROW (object);
  GtkWidget *child;

  keel_task_row_set_task (self, NULL);
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);

  G_OBJECT_CLASS (keel_task_row_parent_class)->dispose (object);
}

static void
keel_task_row_class_init (KeelTaskRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = keel_task_row_dispose;

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/keelboat/Keelboat/keel-task-row.ui");
  gtk_widget_class_bind_template_child (widget_class, KeelTaskRow, check);
  gtk_widget_class_bind_template_child (widget_class, KeelTaskRow, type_image);
  gtk_widget_class_bind_template_child (widget_class, KeelTaskRow, app_image);
  gtk_widget_class_bind_template_child (widget_class, KeelTaskRow, app_label);
  gtk_widget_class_bind_template_child (widget_class, KeelTaskRow, app_dot_label);
  gtk_widget_class_bind_template_child (widget_class, KeelTaskRow, name_label);
  gtk_widget_class_bind_template_child (widget_class, KeelTaskRow, error_label);
  gtk_widget_class_bind_template_child (widget_class, KeelTaskRow, dot_label);
  gtk_widget_class_bind_template_child (widget_class, KeelTaskRow, status_label);
  gtk_widget_class_bind_template_child (widget_class, KeelTaskRow, percent_label);
  gtk_widget_class_bind_template_child (widget_class, KeelTaskRow, progress_bar);
  gtk_widget_class_bind_template_child (widget_class, KeelTaskRow, text_button);
  gtk_widget_class_bind_template_child (widget_class, KeelTaskRow, icon_button);
  gtk_widget_class_bind_template_callback (widget_class, keel_task_row_button_clicked_cb);
  gtk_widget_class_bind_template_callback (widget_class, keel_task_row_query_name_cb);
  gtk_widget_class_bind_template_callback (widget_class, keel_task_row_query_error_cb);
  gtk_widget_class_set_css_name (widget_class, "task");
}

static void
keel_task_row_init (KeelTaskRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
keel_task_row_new (void)
{
  return g_object_new (KEEL_TYPE_TASK_ROW, NULL);
}

/* Returns: (transfer none) (nullable) */
KeelTask *
keel_task_row_get_task (KeelTaskRow *self)
{
  return self->task;
}

/* Binds the row to @task, or to nothing; call it when the row is in the list. */
void
keel_task_row_set_task (KeelTaskRow *self,
                        KeelTask    *task)
{
  if (self->task == task)
    return;

  if (self->task != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->task, self);
      g_cancellable_cancel (self->look_up);
      g_clear_object (&self->look_up);
      g_clear_object (&self->task);
    }
  self->expecting_usec = 0;
  self->is_gone = FALSE;

  if (task == NULL)
    return;

  self->task = g_object_ref (task);
  g_signal_connect (task, "notify", G_CALLBACK (task_notify_cb), self);
  update_type (self);
  update_app (self);
  look_up_file (self);
  update (self);
}

void
keel_task_row_set_width (KeelTaskRow     *self,
                         KeelStatusWidth  width)
{
  if (self->width == width)
    return;

  self->width = width;
  if (self->task != NULL)
    update (self);
}

static void
set_css_class (GtkWidget  *widget,
               const char *css_class,
               gboolean    has)
{
  if (has)
    gtk_widget_add_css_class (widget, css_class);
  else
    gtk_widget_remove_css_class (widget, css_class);
}

/* Whether the row is the first and the last of its group: they have the round corners. */
void
keel_task_row_set_edges (KeelTaskRow *self,
                         gboolean     is_first,
                         gboolean     is_last)
{
  set_css_class (GTK_WIDGET (self), "first", is_first);
  set_css_class (GTK_WIDGET (self), "last", is_last);
}

/* While downloads are being selected a row has a tick, or room for one, instead of its button. */
void
keel_task_row_set_tick (KeelTaskRow *self,
                        gboolean     has_tick,
                        gboolean     is_ticked)
{
  gtk_check_button_set_active (self->check, is_ticked);
  if (self->has_tick == has_tick)
    return;

  self->has_tick = has_tick;
  gtk_widget_set_visible (GTK_WIDGET (self->check), has_tick);
  if (has_tick)
    gtk_widget_add_css_class (GTK_WIDGET (self), "ticked");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self), "ticked");
  if (self->task != NULL)
    update (self);
}

/* Shows @state already, because it has been asked for; until the task says what it really is. */
void
keel_task_row_expect (KeelTaskRow   *self,
                      KeelTaskState  state)
{
  self->expecting_usec = g_get_monotonic_time ();
  self->expected_state = state;
  if (self->task != NULL)
    update (self);
}

/* What was asked for was refused. */
void
keel_task_row_expect_none (KeelTaskRow *self)
{
  self->expecting_usec = 0;
  if (self->task != NULL)
    update (self);
}

/* The words, once a second. */
void
keel_task_row_refresh (KeelTaskRow *self)
{
  g_autoptr (GDateTime) now = NULL;
  KeelFacts facts;

  if (self->task == NULL || keel_task_has_ended (self->task))
    return;

  if (self->expecting_usec != 0 && g_get_monotonic_time () - self->expecting_usec > EXPECTING_USEC)
    {
      keel_task_row_expect_none (self);
      return;
    }

  now = g_date_time_new_now_utc ();
  keel_task_row_read_facts (self, &facts);
  update_words (self, &facts, now);
  if (g_get_monotonic_time () - self->spoken_usec >= SPOKEN_EVERY_USEC)
    update_spoken (self, &facts, now);
}

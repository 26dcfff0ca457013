/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-lines-row.h"

#include <glib/gi18n.h>

#include "keel-hint-row.h"

/* A row that others are added to, each with a line to type: mirrors, request headers. They come
 * right after it in the list that it is in, so that they look like all the others there.
 *
 * What is wrong with a line is told when it is left, not while it is being typed; what is right is
 * seen at once. */

/* The service takes no more of either. */
#define LINES_MAX 64

typedef struct {
  GtkWidget *entry; /* these two: (owned), in the list */
  KeelHintRow *hint;
} Line;

static void
line_free (Line *line)
{
  g_object_unref (line->entry);
  g_object_unref (line->hint);
  g_free (line);
}

struct _KeelLinesRow {
  AdwActionRow parent_instance;

  GtkWidget *add_button;
  GPtrArray *lines; /* (owned) (element-type Line), in their order */
  char *line_title; /* (owned) */
  KeelLineCheck check;
};

enum {
  PROP_0,
  PROP_LINE_TITLE,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];
static guint changed_signal;

G_DEFINE_FINAL_TYPE (KeelLinesRow, keel_lines_row, ADW_TYPE_ACTION_ROW)

static Line *
find_line (KeelLinesRow *self,
           gpointer      entry)
{
  for (guint i = 0; i < self->lines->len; i++)
    {
      Line *line = g_ptr_array_index (self->lines, i);

      if (line->entry == entry)
        return line;
    }

  return NULL;
}

static const char *
get_text (Line *line)
{
  return gtk_editable_get_text (GTK_EDITABLE (line->entry));
}

/* Returns: (transfer full): what has been typed; lines without a word are left out */
GStrv
keel_lines_row_dup_lines (KeelLinesRow *self)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (guint i = 0; i < self->lines->len; i++)
    {
      g_autofree char *text = g_strstrip (g_strdup (get_text (self->lines->pdata[i])));

      if (*text != '\0')
        g_strv_builder_add (builder, text);
    }

  return g_strv_builder_end (builder);
}

static void
update (KeelLinesRow *self)
{
  g_auto (GStrv) lines = keel_lines_row_dup_lines (self);
  g_autofree char *subtitle = NULL;

  if (lines[0] == NULL)
    /* Translators: of mirrors, request headers, or a user name. */
    subtitle = g_strdup (_("None"));
  else
    subtitle = g_strdup_printf ("%u", g_strv_length (lines));
  adw_action_row_set_subtitle (ADW_ACTION_ROW (self), subtitle);
  gtk_widget_set_sensitive (self->add_button, self->lines->len < LINES_MAX);
  g_signal_emit (self, changed_signal, 0);
}

/* Says whether @line is right; with what is wrong if @is_told. */
static gboolean
check_line (KeelLinesRow *self,
            Line         *line,
            gboolean      is_told)
{
  g_autofree char *text = g_strstrip (g_strdup (get_text (line)));
  g_autofree char *words = *text != '\0' && self->check != NULL ? self->check (text) : NULL;

  if (words == NULL || is_told)
    keel_hint_row_tell (line->hint, line->entry, words);

  return words == NULL;
}

static void
typed_cb (GtkWidget    *entry,
          KeelLinesRow *self)
{
  check_line (self, find_line (self, entry), FALSE);
  update (self);
}

static void
left_cb (GtkEventController *controller,
         KeelLinesRow       *self)
{
  GtkWidget *text = gtk_event_controller_get_widget (controller);
  Line *line = find_line (self, gtk_widget_get_ancestor (text, ADW_TYPE_ENTRY_ROW));

  if (line == NULL)
    return;

  check_line (self, line, TRUE);
  update (self);
}

static void
remove_line (KeelLinesRow *self,
             Line         *line)
{
  GtkListBox *list = GTK_LIST_BOX (gtk_widget_get_parent (line->entry));

  gtk_list_box_remove (list, line->entry);
  gtk_list_box_remove (list, GTK_WIDGET (line->hint));
  g_ptr_array_remove (self->lines, line);
}

static void
remove_cb (GtkWidget    *button,
           KeelLinesRow *self)
{
  gtk_widget_grab_focus (self->add_button);
  remove_line (self, find_line (self, g_object_get_data (G_OBJECT (button), "entry")));
  update (self);
}

static GtkWidget *
create_remove_button (KeelLinesRow *self,
                      GtkWidget    *entry)
{
  GtkWidget *button = gtk_button_new_from_icon_name ("list-remove-symbolic");

  gtk_widget_set_tooltip_text (button, _("Remove"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _("Remove"), -1);
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (button, "flat");
  g_object_set_data (G_OBJECT (button), "entry", entry);
  g_signal_connect_object (button, "clicked", G_CALLBACK (remove_cb), self, 0);

  return button;
}

static Line *
add_line (KeelLinesRow *self,
          const char   *text)
{
  GtkListBox *list = GTK_LIST_BOX (gtk_widget_get_parent (GTK_WIDGET (self)));
  int place = gtk_list_box_row_get_index (GTK_LIST_BOX_ROW (self)) + 1;
  GtkEventController *focus = gtk_event_controller_focus_new ();
  Line *line = g_new (Line, 1);

  line->entry = g_object_ref_sink (adw_entry_row_new ());
  line->hint = KEEL_HINT_ROW (g_object_ref_sink (keel_hint_row_new ()));
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (line->entry), self->line_title);
  adw_entry_row_add_suffix (ADW_ENTRY_ROW (line->entry), create_remove_button (self, line->entry));
  gtk_editable_set_text (GTK_EDITABLE (line->entry), text);
  g_signal_connect_object (line->entry, "changed", G_CALLBACK (typed_cb), self, 0);
  g_signal_connect_object (focus, "leave", G_CALLBACK (left_cb), self, 0);
  gtk_widget_add_controller (GTK_WIDGET (gtk_editable_get_delegate (GTK_EDITABLE (line->entry))),
                             focus);

  place += 2 * (int) self->lines->len;
  g_ptr_array_add (self->lines, line);
  gtk_list_box_insert (list, line->entry, place);
  gtk_list_box_insert (list, GTK_WIDGET (line->hint), place + 1);

  return line;
}

static void
add_cb (KeelLinesRow *self)
{
  Line *line = add_line (self, "");

  update (self);
  gtk_widget_grab_focus (line->entry);
}

static void
keel_lines_row_get_property (GObject    *object,
                             guint       prop_id,
                             GValue     *value,
                             GParamSpec *pspec)
{
  if (prop_id == PROP_LINE_TITLE)
    g_value_set_string (value, KEEL_LINES_ROW (object)->line_title);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
keel_lines_row_set_property (GObject      *object,
                             guint         prop_id,
                             const GValue *value,
                             GParamSpec   *pspec)
{
  KeelLinesRow *self = KEEL_LINES_ROW (object);

  if (prop_id != PROP_LINE_TITLE)
    {
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
      return;
    }

  g_free (self->line_title);
  self->line_title = g_value_dup_string (value);
}

static void
keel_lines_row_finalize (GObject *object)
{
  KeelLinesRow *self = KEEL_LINES_ROW (object);

  g_ptr_array_unref (self->lines);
  g_free (self->line_title);

  G_OBJECT_CLASS (keel_lines_row_parent_class)->finalize (object);
}

static void
keel_lines_row_class_init (KeelLinesRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = keel_lines_row_get_property;
  object_class->set_property = keel_lines_row_set_property;
  object_class->finalize = keel_lines_row_finalize;

  properties[PROP_LINE_TITLE] = g_param_spec_string ("line-title", NULL, NULL, NULL,
                                                     G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY |
                                                       G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  changed_signal = g_signal_new ("changed", KEEL_TYPE_LINES_ROW, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                 NULL, G_TYPE_NONE, 0);
}

static void
keel_lines_row_init (KeelLinesRow *self)
{
  self->lines = g_ptr_array_new_with_free_func ((GDestroyNotify) line_free);
  self->add_button = gtk_button_new_from_icon_name ("list-add-symbolic");
  /* Its name is the title of the row. */
  gtk_widget_set_tooltip_text (self->add_button, _("Add"));
  gtk_widget_set_valign (self->add_button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (self->add_button, "flat");
  g_signal_connect_object (self->add_button, "clicked", G_CALLBACK (add_cb), self,
                           G_CONNECT_SWAPPED);
  adw_action_row_add_suffix (ADW_ACTION_ROW (self), self->add_button);
  adw_action_row_set_activatable_widget (ADW_ACTION_ROW (self), self->add_button);
  update (self);
}

/* @check: says what is wrong with a line, if anything is */
void
keel_lines_row_set_check (KeelLinesRow  *self,
                          KeelLineCheck  check)
{
  self->check = check;
}

/* Puts @texts in the place of what is there. @texts: (element-type utf8) */
void
keel_lines_row_set_lines (KeelLinesRow *self,
                          GPtrArray    *texts)
{
  while (self->lines->len > 0)
    remove_line (self, self->lines->pdata[self->lines->len - 1]);
  for (guint i = 0; i < texts->len && i < LINES_MAX; i++)
    add_line (self, texts->pdata[i]);
  update (self);
}

/* Says whether all lines are right. Under those that are not, what is wrong; the focus goes to the
 * first of them. */
gboolean
keel_lines_row_check (KeelLinesRow *self)
{
  GtkWidget *wrong = NULL;

  for (guint i = 0; i < self->lines->len; i++)
    {
      Line *line = g_ptr_array_index (self->lines, i);

      if (!check_line (self, line, TRUE) && wrong == NULL)
        wrong = line->entry;
    }
  if (wrong != NULL)
    gtk_widget_grab_focus (wrong);

  return wrong == NULL;
}

/* Puts @words under the lines that begin with @text. */
void
keel_lines_row_tell (KeelLinesRow *self,
                     const char   *text,
                     const char   *words)
{
  for (guint i = 0; i < self->lines->len; i++)
    {
      Line *line = g_ptr_array_index (self->lines, i);

      if (!g_str_has_prefix (get_text (line), text))
        continue;

      keel_hint_row_tell (line->hint, line->entry, words);
      gtk_widget_grab_focus (line->entry);
    }
}

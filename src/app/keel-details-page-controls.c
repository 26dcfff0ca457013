/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-details-page-private.h"

#include <glib/gi18n.h>

#include "keel-error-words.h"
#include "keel-format.h"

/* What can be set of a download while it is there. Each control shows what the service says and
 * asks it for something else; if that is refused, it goes back, and a toast says why. */

#define KB G_GUINT64_CONSTANT (1000)
#define MB (1000 * KB)

static const guint64 RATES[] = { 0,      100 * KB, 250 * KB, 500 * KB, 1 * MB,
                                 2 * MB, 5 * MB,   10 * MB,  25 * MB,  50 * MB };
static const guint64 CONNECTIONS[] = { 0, 1, 2, 4, 8, 16, 32 };

/* --- choices --------------------------------------------------------------------------------- */

static char *
words_for_rate (KeelDetailsPage *self,
                guint64          rate_bps)
{
  return rate_bps != 0 ? keel_format_rate (rate_bps) : g_strdup (_("No limit"));
}

static char *
words_for_connections (KeelDetailsPage *self,
                       guint64          n)
{
  guint in_use = keel_task_get_connections (self->task);

  if (n != 0)
    return g_strdup_printf ("%" G_GUINT64_FORMAT, n);
  if (in_use == 0)
    return g_strdup (_("Automatic"));
  /* Translators: how many connections a download has when nobody says how many. */
  return g_strdup_printf (ngettext ("Automatic, %u in use", "Automatic, %u in use", in_use),
                          in_use);
}

/* The values of a row: those of the table, and @present in its place if it is not among them. */
static GArray *
make_values (const guint64 *table,
             gsize          length,
             guint64        present)
{
  GArray *values = g_array_new (FALSE, FALSE, sizeof (guint64));
  gboolean has_present = FALSE;

  for (gsize i = 0; i < length; i++)
    {
      has_present = has_present || table[i] == present;
      if (!has_present && table[i] > present)
        {
          g_array_append_val (values, present);
          has_present = TRUE;
        }
      g_array_append_val (values, table[i]);
    }
  if (!has_present)
    g_array_append_val (values, present);
  return values;
}

static gboolean
is_same_list (GListModel  *model,
              char       **words)
{
  guint n = model != NULL ? g_list_model_get_n_items (model) : 0;

  if (n != g_strv_length (words))
    return FALSE;
  for (guint i = 0; i < n; i++)
    if (!g_str_equal (gtk_string_list_get_string (GTK_STRING_LIST (model), i), words[i]))
      return FALSE;
  return TRUE;
}

/* Shows @present among the values of the table. A row that is open is not changed for nothing. */
static void
show_value (KeelDetailsPage *self,
            AdwComboRow *row,
            const guint64 *table,
            gsize length,
            guint64 present,
            char *(*words_for) (KeelDetailsPage *self, guint64 value))
{
  GArray *values = make_values (table, length, present);
  g_auto (GStrv) words = g_new0 (char *, values->len + 1);
  guint selected = 0;

  for (guint i = 0; i < values->len; i++)
    {
      words[i] = words_for (self, g_array_index (values, guint64, i));
      if (g_array_index (values, guint64, i) == present)
        selected = i;
    }
  if (!is_same_list (adw_combo_row_get_model (row), words))
    {
      g_autoptr (GtkStringList) list = gtk_string_list_new ((const char *const *) words);

      adw_combo_row_set_model (row, G_LIST_MODEL (list));
    }
  adw_combo_row_set_selected (row, selected);
  g_object_set_data_full (G_OBJECT (row), "keel-values", values, (GDestroyNotify) g_array_unref);
}

static guint64
get_value (AdwComboRow *row)
{
  GArray *values = g_object_get_data (G_OBJECT (row), "keel-values");
  guint selected = adw_combo_row_get_selected (row);

  return values != NULL && selected < values->len ? g_array_index (values, guint64, selected) : 0;
}

void
keel_details_page_update_controls (KeelDetailsPage *self)
{
  self->is_updating = TRUE;
  show_value (self, self->rate_row, RATES, G_N_ELEMENTS (RATES),
              keel_task_get_max_rate (self->task), words_for_rate);
  show_value (self, self->connections_row, CONNECTIONS, G_N_ELEMENTS (CONNECTIONS),
              keel_task_get_max_connections (self->task), words_for_connections);
  adw_combo_row_set_selected (self->priority_row, (guint) keel_task_get_priority (self->task));
  gtk_switch_set_active (self->network_switch,
                         keel_task_get_network (self->task) == KEEL_NETWORK_USE_UNMETERED);
  gtk_switch_set_active (self->power_switch, keel_task_get_power (self->task) == KEEL_POWER_USE_AC);
  gtk_actionable_set_action_target (GTK_ACTIONABLE (self->link_row), "t",
                                    keel_task_get_id (self->task));
  /* After its target, without which it is none. */
  gtk_actionable_set_action_name (GTK_ACTIONABLE (self->link_row), "task.new-link");
  self->is_updating = FALSE;
}

/* --- asking for something else --------------------------------------------------------------- */

static void
updated_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr (KeelDetailsPage) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *words = NULL;

  if (keel_task_update_finish (KEEL_TASK (source), result, &error) ||
      g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (self->task == KEEL_TASK (source))
    keel_details_page_update_controls (self);
  words = keel_error_words_for_call (error);
  gtk_widget_activate_action (GTK_WIDGET (self), "win.say", "s", words);
}

/* Whether a control was moved by a person. */
static gboolean
is_by_hand (KeelDetailsPage *self)
{
  return self->task != NULL && !self->is_updating;
}

static void
keel_details_page_rate_selected_cb (KeelDetailsPage *self)
{
  guint64 rate_bps = get_value (self->rate_row);

  if (is_by_hand (self) && rate_bps != keel_task_get_max_rate (self->task))
    keel_task_set_max_rate_async (self->task, rate_bps, self->cancellable, updated_cb,
                                  g_object_ref (self));
}

static void
keel_details_page_connections_selected_cb (KeelDetailsPage *self)
{
  guint n = (guint) get_value (self->connections_row);

  if (is_by_hand (self) && n != keel_task_get_max_connections (self->task))
    keel_task_set_max_connections_async (self->task, n, self->cancellable, updated_cb,
                                         g_object_ref (self));
}

static void
keel_details_page_priority_selected_cb (KeelDetailsPage *self)
{
  KeelPriority priority = (KeelPriority) adw_combo_row_get_selected (self->priority_row);

  if (is_by_hand (self) && priority != keel_task_get_priority (self->task))
    keel_task_set_priority_async (self->task, priority, self->cancellable, updated_cb,
                                  g_object_ref (self));
}

static void
keel_details_page_network_switched_cb (KeelDetailsPage *self)
{
  KeelNetworkUse network = gtk_switch_get_active (self->network_switch) ?
                             KEEL_NETWORK_USE_UNMETERED :
                             KEEL_NETWORK_USE_ANY;

  if (is_by_hand (self))
    keel_task_set_network_async (self->task, network, self->cancellable, updated_cb,
                                 g_object_ref (self));
}

static void
keel_details_page_power_switched_cb (KeelDetailsPage *self)
{
  KeelPowerUse power = gtk_switch_get_active (self->power_switch) ? KEEL_POWER_USE_AC :
                                                                    KEEL_POWER_USE_ANY;

  if (is_by_hand (self))
    keel_task_set_power_async (self->task, power, self->cancellable, updated_cb,
                               g_object_ref (self));
}

void
keel_details_page_class_bind_controls (GtkWidgetClass *widget_class)
{
  gtk_widget_class_bind_template_child (widget_class, KeelDetailsPage, controls_group);
  gtk_widget_class_bind_template_child (widget_class, KeelDetailsPage, rate_row);
  gtk_widget_class_bind_template_child (widget_class, KeelDetailsPage, connections_row);
  gtk_widget_class_bind_template_child (widget_class, KeelDetailsPage, priority_row);
  gtk_widget_class_bind_template_child (widget_class, KeelDetailsPage, network_switch);
  gtk_widget_class_bind_template_child (widget_class, KeelDetailsPage, power_switch);
  gtk_widget_class_bind_template_child (widget_class, KeelDetailsPage, link_row);
  gtk_widget_class_bind_template_callback (widget_class, keel_details_page_rate_selected_cb);
  gtk_widget_class_bind_template_callback (widget_class, keel_details_page_connections_selected_cb);
  gtk_widget_class_bind_template_callback (widget_class, keel_details_page_priority_selected_cb);
  gtk_widget_class_bind_template_callback (widget_class, keel_details_page_network_switched_cb);
  gtk_widget_class_bind_template_callback (widget_class, keel_details_page_power_switched_cb);
}

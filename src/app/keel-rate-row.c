/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-rate-row.h"

#include <glib/gi18n.h>

#include "keel-format.h"

/* A row in which a speed limit is chosen. There are a dozen to choose from; a limit that somebody
 * has set elsewhere, with `keel limit` for example, takes its place among them. */

struct _KeelRateRow {
  AdwComboRow parent_instance;

  GArray *rates;         /* (owned) (element-type guint64), rising */
  GtkStringList *labels; /* (owned) one each */
};

/* Bytes per second; 0 is no limit. */
static const guint64 USUAL_BPS[] = {
  0,       100000,  250000,   500000,   1000000,  2000000,
  4000000, 5000000, 10000000, 20000000, 50000000, 100000000,
};

enum {
  PROP_0,
  PROP_RATE,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (KeelRateRow, keel_rate_row, ADW_TYPE_COMBO_ROW)

static void
insert (KeelRateRow *self,
        guint        position,
        guint64      rate_bps)
{
  g_autofree char *label = rate_bps == 0 ? g_strdup (_("No limit")) : keel_format_rate (rate_bps);
  const char *const labels[] = { label, NULL };

  g_array_insert_val (self->rates, position, rate_bps);
  gtk_string_list_splice (self->labels, position, 0, labels);
}

static guint
find_place (KeelRateRow *self,
            guint64      rate_bps)
{
  guint position = 0;

  while (position < self->rates->len && g_array_index (self->rates, guint64, position) < rate_bps)
    position++;

  return position;
}

guint64
keel_rate_row_get_rate (KeelRateRow *self)
{
  guint selected = adw_combo_row_get_selected (ADW_COMBO_ROW (self));

  return selected < self->rates->len ? g_array_index (self->rates, guint64, selected) : 0;
}

void
keel_rate_row_set_rate (KeelRateRow *self,
                        guint64      rate_bps)
{
  guint position = find_place (self, rate_bps);

  if (keel_rate_row_get_rate (self) == rate_bps)
    return;

  if (position == self->rates->len || g_array_index (self->rates, guint64, position) != rate_bps)
    insert (self, position, rate_bps);
  adw_combo_row_set_selected (ADW_COMBO_ROW (self), position);
}

static void
selected_cb (KeelRateRow *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_RATE]);
}

static void
keel_rate_row_get_property (GObject    *object,
                            guint       prop_id,
                            GValue     *value,
                            GParamSpec *pspec)
{
  if (prop_id == PROP_RATE)
    g_value_set_uint64 (value, keel_rate_row_get_rate (KEEL_RATE_ROW (object)));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
keel_rate_row_set_property (GObject      *object,
                            guint         prop_id,
                            const GValue *value,
                            GParamSpec   *pspec)
{
  if (prop_id == PROP_RATE)
    keel_rate_row_set_rate (KEEL_RATE_ROW (object), g_value_get_uint64 (value));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
keel_rate_row_finalize (GObject *object)
{
  KeelRateRow *self = KEEL_RATE_ROW (object);

  g_array_unref (self->rates);
  g_object_unref (self->labels);

  G_OBJECT_CLASS (keel_rate_row_parent_class)->finalize (object);
}

static void
keel_rate_row_class_init (KeelRateRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = keel_rate_row_get_property;
  object_class->set_property = keel_rate_row_set_property;
  object_class->finalize = keel_rate_row_finalize;

  properties[PROP_RATE] = g_param_spec_uint64 ("rate", NULL, NULL, 0, G_MAXUINT64, 0,
                                               G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY |
                                                 G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
keel_rate_row_init (KeelRateRow *self)
{
  self->rates = g_array_new (FALSE, FALSE, sizeof (guint64));
  self->labels = gtk_string_list_new (NULL);
  for (guint i = 0; i < G_N_ELEMENTS (USUAL_BPS); i++)
    insert (self, i, USUAL_BPS[i]);

  adw_combo_row_set_model (ADW_COMBO_ROW (self), G_LIST_MODEL (self->labels));
  g_signal_connect (self, "notify::selected", G_CALLBACK (selected_cb), NULL);
}

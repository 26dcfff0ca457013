/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-segment-strip.h"

#include <glib/gi18n.h>

#include "keel-format.h"
#include "keel-paint.h"

/* A file from its first to its last byte: what is on disk, what is written, where connections are
 * fetching, what is missing.
 *
 * A connection asks for much more than what comes next; all of that hatched would say nothing. So
 * what is arriving is shown as a short hatched piece before each connection. The hatching tells it
 * from the rest without colour. */

#define HEIGHT 14
#define RADIUS 7
#define WRITTEN_ALPHA .50
#define ARRIVING_ALPHA .18
#define HATCH_ALPHA .75
#define MISSING_ALPHA .12
/* Of the whole strip, before each connection. */
#define ARRIVING_SHARE .015
#define LEAST_WIDTH 1.0f
#define HATCH 4.0f

typedef enum {
  DURABLE,
  WRITTEN,
  ARRIVING,
  OTHER,
} Kind;

struct _KeelSegmentStrip {
  GtkWidget parent_instance;

  GVariant *ranges; /* (owned) (nullable) a(tts) */
  gint64 total_bytes;
};

G_DEFINE_FINAL_TYPE (KeelSegmentStrip, keel_segment_strip, GTK_TYPE_WIDGET)

static Kind
kind_of (const char *word)
{
  if (g_str_equal (word, "durable"))
    return DURABLE;
  if (g_str_equal (word, "written"))
    return WRITTEN;
  return g_str_equal (word, "arriving") ? ARRIVING : OTHER;
}

static void
append_hatching (KeelSegmentStrip      *self,
                 GtkSnapshot           *snapshot,
                 const graphene_rect_t *area)
{
  GdkRGBA line, none;
  graphene_point_t start = GRAPHENE_POINT_INIT (0, 0);
  graphene_point_t end = GRAPHENE_POINT_INIT (HATCH / 2, HATCH / 2);
  GskColorStop stops[4];

  keel_paint_get_color (GTK_WIDGET (self), HATCH_ALPHA, &line);
  keel_paint_get_color (GTK_WIDGET (self), 0, &none);
  stops[0] = (GskColorStop) { 0, line };
  stops[1] = (GskColorStop) { .45f, line };
  stops[2] = (GskColorStop) { .55f, none };
  stops[3] = (GskColorStop) { 1, none };
  gtk_snapshot_append_repeating_linear_gradient (snapshot, area, &start, &end, stops,
                                                 G_N_ELEMENTS (stops));
}

static void
append_piece (KeelSegmentStrip      *self,
              GtkSnapshot           *snapshot,
              Kind                   kind,
              const graphene_rect_t *area)
{
  static const double alphas[] = { 1, WRITTEN_ALPHA, ARRIVING_ALPHA };
  GdkRGBA color;

  keel_paint_get_color (GTK_WIDGET (self), alphas[kind], &color);
  gtk_snapshot_append_color (snapshot, &color, area);
  if (kind == ARRIVING)
    append_hatching (self, snapshot, area);
}

static void
append_pieces (KeelSegmentStrip *self,
               GtkSnapshot      *snapshot,
               float             width,
               float             height)
{
  gboolean is_rtl = gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL;
  double total = (double) self->total_bytes;
  GVariantIter iter;
  const char *word;
  guint64 from, to;

  g_variant_iter_init (&iter, self->ranges);
  while (g_variant_iter_next (&iter, "(tt&s)", &from, &to, &word))
    {
      Kind kind = kind_of (word);
      float x = width * (float) MIN ((double) from / total, 1);
      float end = width * (float) MIN ((double) to / total, 1);

      if (kind == OTHER)
        continue;
      if (kind == ARRIVING)
        end = MIN (end, x + MAX (width * (float) ARRIVING_SHARE, HATCH * 2));
      end = MIN (MAX (end, x + LEAST_WIDTH), width);
      append_piece (self, snapshot, kind,
                    &GRAPHENE_RECT_INIT (is_rtl ? width - end : x, 0, end - x, height));
    }
}

static void
keel_segment_strip_snapshot (GtkWidget   *widget,
                             GtkSnapshot *snapshot)
{
  KeelSegmentStrip *self = KEEL_SEGMENT_STRIP (widget);
  float width = (float) gtk_widget_get_width (widget);
  float height = (float) gtk_widget_get_height (widget);
  graphene_rect_t area = GRAPHENE_RECT_INIT (0, 0, width, height);
  GskRoundedRect outline;
  GdkRGBA missing;

  gsk_rounded_rect_init_from_rect (&outline, &area, RADIUS);
  keel_paint_get_color (gtk_widget_get_parent (widget), MISSING_ALPHA, &missing);
  gtk_snapshot_push_rounded_clip (snapshot, &outline);
  gtk_snapshot_append_color (snapshot, &missing, &area);
  if (self->ranges != NULL && self->total_bytes > 0)
    append_pieces (self, snapshot, width, height);
  gtk_snapshot_pop (snapshot);
}

static void
keel_segment_strip_measure (GtkWidget      *widget,
                            GtkOrientation  orientation,
                            int             for_size,
                            int            *minimum,
                            int            *natural,
                            int            *minimum_baseline,
                            int            *natural_baseline)
{
  *minimum = *natural = orientation == GTK_ORIENTATION_VERTICAL ? HEIGHT : 0;
  *minimum_baseline = *natural_baseline = -1;
}

static void
keel_segment_strip_finalize (GObject *object)
{
  g_clear_pointer (&KEEL_SEGMENT_STRIP (object)->ranges, g_variant_unref);

  G_OBJECT_CLASS (keel_segment_strip_parent_class)->finalize (object);
}

static void
keel_segment_strip_class_init (KeelSegmentStripClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = keel_segment_strip_finalize;
  widget_class->snapshot = keel_segment_strip_snapshot;
  widget_class->measure = keel_segment_strip_measure;
  gtk_widget_class_set_css_name (widget_class, "segmentstrip");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
keel_segment_strip_init (KeelSegmentStrip *self)
{
}

/* How many bytes are there, and in how many places somebody is fetching. */
static void
sum_up (GVariant *ranges,
        guint64   bytes[OTHER],
        guint    *out_places)
{
  GVariantIter iter;
  const char *word;
  guint64 from, to;

  *out_places = 0;
  g_variant_iter_init (&iter, ranges);
  while (g_variant_iter_next (&iter, "(tt&s)", &from, &to, &word))
    if (kind_of (word) != OTHER && to > from)
      {
        bytes[kind_of (word)] += to - from;
        *out_places += kind_of (word) == ARRIVING;
      }
}

static void
update_spoken (KeelSegmentStrip *self)
{
  guint64 bytes[OTHER] = { 0 };
  g_autofree char *durable = NULL;
  g_autofree char *written = NULL;
  g_autofree char *spoken = NULL;
  guint places;

  sum_up (self->ranges, bytes, &places);
  durable = keel_format_size (bytes[DURABLE]);
  written = keel_format_size (bytes[WRITTEN]);
  /* Translators: what a screen reader says of the strip that shows which parts of a file are there:
   * two sizes, and in how many places of the file bytes are arriving. */
  spoken = g_strdup_printf (ngettext ("%1$s on disk, %2$s written, arriving in %3$u place",
                                      "%1$s on disk, %2$s written, arriving in %3$u places",
                                      places),
                            durable, written, places);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
}

/* @ranges: as the library gives them; those of a file that has so many bytes, or -1 if nobody
 * knows: then there is nothing to be seen. */
void
keel_segment_strip_show (KeelSegmentStrip *self,
                         GVariant         *ranges,
                         gint64            total_bytes)
{
  g_clear_pointer (&self->ranges, g_variant_unref);
  self->ranges = g_variant_ref (ranges);
  self->total_bytes = total_bytes;
  update_spoken (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

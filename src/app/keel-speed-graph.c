/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-speed-graph.h"

#include <glib/gi18n.h>
#include <math.h>

#include "keel-format.h"
#include "keel-paint.h"

/* How fast a transfer was in the last two minutes: a line, filled below, the present at its end. A
 * pause is a gap with a word in it and never a line at zero, because nothing was tried then.
 *
 * It is a picture of numbers that it was given, and has no timer: whoever shows it gives it new
 * ones. To somebody who does not see it, it says what they come to. */

#define HEIGHT 128
#define LINE_WIDTH 2.0
#define FILL_ALPHA .16
#define GRID_ALPHA .10
#define BASE_ALPHA .30
#define TEXT_ALPHA .70
#define N_GRID_LINES 3
#define CAPTION_SCALE .82
#define TEXT_MARGIN 4.0
#define LAST (KEEL_SPEED_LOG_SECONDS - 1)

struct _KeelSpeedGraph {
  GtkWidget parent_instance;

  gint64 rates[KEEL_SPEED_LOG_SECONDS]; /* oldest first */
  guint64 scale_bps;                    /* what the top line stands for */
};

G_DEFINE_FINAL_TYPE (KeelSpeedGraph, keel_speed_graph, GTK_TYPE_WIDGET)

/* What a scale goes up to, so that @rate_bps is on it: 1, 1.5, 2, 3, 5, 7.5 or 10 of something. */
guint64
keel_speed_graph_round_up (guint64 rate_bps)
{
  static const double steps[] = { 1, 1.5, 2, 3, 5, 7.5, 10 };
  double unit = 1000;

  while (unit * 10 < (double) rate_bps)
    unit *= 10;
  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    if (steps[i] * unit >= (double) rate_bps)
      return (guint64) (steps[i] * unit);
  return (guint64) (10 * unit);
}

/* --- drawing --------------------------------------------------------------------------------- */

typedef struct {
  double width;
  double top; /* of the plot; above it is the word for the scale */
  double bottom;
  double scale_bps;
  gboolean is_rtl;
} Plot;

static double
x_of (const Plot *plot,
      double      index)
{
  double x = plot->width * index / LAST;

  return plot->is_rtl ? plot->width - x : x;
}

static double
y_of (const Plot *plot,
      gint64      rate_bps)
{
  double share = MIN ((double) rate_bps / plot->scale_bps, 1.0);

  return plot->bottom - share * (plot->bottom - plot->top);
}

static PangoLayout *
make_text (KeelSpeedGraph *self,
           const char     *text)
{
  PangoLayout *layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), text);
  g_autoptr (PangoAttrList) attributes = pango_attr_list_new ();

  pango_attr_list_insert (attributes, pango_attr_scale_new (CAPTION_SCALE));
  pango_layout_set_attributes (layout, attributes);
  return layout;
}

static void
draw_grid (KeelSpeedGraph *self,
           cairo_t        *cr,
           const Plot     *plot)
{
  GdkRGBA color;

  cairo_set_line_width (cr, 1);
  for (guint i = 0; i <= N_GRID_LINES; i++)
    {
      double y = floor (plot->top + (plot->bottom - plot->top) * i / N_GRID_LINES) + .5;

      keel_paint_get_color (gtk_widget_get_parent (GTK_WIDGET (self)),
                            i == N_GRID_LINES ? BASE_ALPHA : GRID_ALPHA, &color);
      gdk_cairo_set_source_rgba (cr, &color);
      cairo_move_to (cr, 0, y);
      cairo_line_to (cr, plot->width, y);
      cairo_stroke (cr);
    }
}

/* The samples from @first up to @end (exclusive), none of which is a gap. */
static void
draw_run (KeelSpeedGraph *self,
          cairo_t        *cr,
          const Plot     *plot,
          guint           first,
          guint           end)
{
  GdkRGBA color;

  /* Words leave a point behind. */
  cairo_new_path (cr);
  /* One alone would be nothing. */
  if (end - first == 1)
    {
      cairo_move_to (cr, x_of (plot, MAX (first - .5, 0)), y_of (plot, self->rates[first]));
      cairo_line_to (cr, x_of (plot, MIN (first + .5, LAST)), y_of (plot, self->rates[first]));
    }
  for (guint i = first; end - first > 1 && i < end; i++)
    cairo_line_to (cr, x_of (plot, i), y_of (plot, self->rates[i]));
  keel_paint_get_color (GTK_WIDGET (self), 1, &color);
  gdk_cairo_set_source_rgba (cr, &color);
  cairo_set_line_width (cr, LINE_WIDTH);
  cairo_set_line_join (cr, CAIRO_LINE_JOIN_ROUND);
  cairo_stroke_preserve (cr);
  cairo_line_to (cr, x_of (plot, end - 1), plot->bottom);
  cairo_line_to (cr, x_of (plot, first), plot->bottom);
  cairo_close_path (cr);
  keel_paint_get_color (GTK_WIDGET (self), FILL_ALPHA, &color);
  gdk_cairo_set_source_rgba (cr, &color);
  cairo_fill (cr);
}

/* A gap between two runs is a pause; before the first one nothing is known. */
static void
draw_gap (KeelSpeedGraph *self,
          cairo_t        *cr,
          const Plot     *plot,
          guint           first,
          guint           end)
{
  g_autoptr (PangoLayout) layout = make_text (self, _("Paused"));
  double from = x_of (plot, first);
  double to = x_of (plot, MIN (end, LAST));
  GdkRGBA color;
  int width, height;

  pango_layout_get_pixel_size (layout, &width, &height);
  if (fabs (to - from) < width + 2)
    return;
  keel_paint_get_color (gtk_widget_get_parent (GTK_WIDGET (self)), TEXT_ALPHA, &color);
  gdk_cairo_set_source_rgba (cr, &color);
  cairo_move_to (cr, (from + to - width) / 2, plot->bottom - height - TEXT_MARGIN);
  pango_cairo_show_layout (cr, layout);
}

static void
draw_curve (KeelSpeedGraph *self,
            cairo_t        *cr,
            const Plot     *plot)
{
  gboolean has_run = FALSE;
  guint end;

  for (guint first = 0; first <= LAST; first = end)
    {
      gboolean is_gap = self->rates[first] == KEEL_SPEED_LOG_GAP;

      for (end = first; end <= LAST && (self->rates[end] == KEEL_SPEED_LOG_GAP) == is_gap;)
        end++;
      if (!is_gap)
        draw_run (self, cr, plot, first, end);
      else if (has_run)
        draw_gap (self, cr, plot, first, end);
      has_run = has_run || !is_gap;
    }
}

static void
keel_speed_graph_snapshot (GtkWidget   *widget,
                           GtkSnapshot *snapshot)
{
  KeelSpeedGraph *self = KEEL_SPEED_GRAPH (widget);
  int width = gtk_widget_get_width (widget);
  int height = gtk_widget_get_height (widget);
  g_autofree char *rate = keel_format_rate (self->scale_bps);
  g_autoptr (PangoLayout) layout = make_text (self, rate);
  cairo_t *cr = gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, width, height));
  Plot plot = { width, 0, height - 1, (double) self->scale_bps, FALSE };
  GdkRGBA color;
  int text_width, text_height;

  plot.is_rtl = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
  pango_layout_get_pixel_size (layout, &text_width, &text_height);
  plot.top = text_height + 1;
  draw_grid (self, cr, &plot);
  if (self->scale_bps > 0)
    {
      keel_paint_get_color (gtk_widget_get_parent (widget), TEXT_ALPHA, &color);
      gdk_cairo_set_source_rgba (cr, &color);
      cairo_move_to (cr, plot.is_rtl ? width - text_width : 0, 0);
      pango_cairo_show_layout (cr, layout);
      draw_curve (self, cr, &plot);
    }
  cairo_destroy (cr);
}

static void
keel_speed_graph_measure (GtkWidget      *widget,
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
keel_speed_graph_class_init (KeelSpeedGraphClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  widget_class->snapshot = keel_speed_graph_snapshot;
  widget_class->measure = keel_speed_graph_measure;
  gtk_widget_class_set_css_name (widget_class, "speedgraph");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
keel_speed_graph_init (KeelSpeedGraph *self)
{
  for (guint i = 0; i <= LAST; i++)
    self->rates[i] = KEEL_SPEED_LOG_GAP;
}

/* --- what it shows --------------------------------------------------------------------------- */

static void
update_spoken (KeelSpeedGraph *self,
               guint64         fastest_bps)
{
  g_autofree char *now = NULL;
  g_autofree char *fastest = keel_format_rate (fastest_bps);
  g_autofree char *spoken = NULL;

  if (self->rates[LAST] == KEEL_SPEED_LOG_GAP)
    {
      /* Translators: what a screen reader says of the graph of the speed; %s is a speed. */
      spoken = g_strdup_printf (_("Speed of the last two minutes: not running now, at most %s"),
                                fastest);
    }
  else
    {
      now = keel_format_rate ((guint64) self->rates[LAST]);
      /* Translators: what a screen reader says of the graph of the speed; both are speeds. */
      spoken = g_strdup_printf (_("Speed of the last two minutes: now %1$s, at most %2$s"), now,
                                fastest);
    }
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
}

/* Shows the two minutes of @log up to @second. */
void
keel_speed_graph_show (KeelSpeedGraph     *self,
                       const KeelSpeedLog *log,
                       gint64              second)
{
  gint64 fastest_bps = 0;

  for (guint i = 0; i <= LAST; i++)
    {
      self->rates[i] = keel_speed_log_get (log, second - LAST + i);
      fastest_bps = MAX (fastest_bps, self->rates[i]);
    }
  self->scale_bps = fastest_bps > 0 ? keel_speed_graph_round_up ((guint64) fastest_bps) : 0;
  update_spoken (self, (guint64) fastest_bps);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/* Returns: what the top line stands for; 0: nothing has been fetched in these two minutes */
guint64
keel_speed_graph_get_scale (KeelSpeedGraph *self)
{
  return self->scale_bps;
}

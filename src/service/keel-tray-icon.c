/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-tray-icon.h"

#include <math.h>

/* The picture among the desktop's status icons: our symbolic icon, whose bar fills from the left in
 * eighths.
 *
 * It is drawn here, as pixels, and not named after a file in a theme. A named symbolic icon would
 * be painted in the panel's own colour by some hosts, but xfce4-panel (without its option for that)
 * and waybar draw it as it lies on the disk: dark grey, also on a dark panel. Pixels are shown by
 * all of them, and need no file that a sandbox would have to hand out. They cannot follow the
 * panel's colour, so theirs has a luminance at which it stands out by 3:1 (WCAG 2.1, 1.4.11) from
 * light panels up to #ebebeb as well as from dark ones down to #303030.
 *
 * What wants somebody is another colour and another shape, because a colour alone says nothing to
 * many people.
 *
 * The outlines are those of data/icons/hicolor/symbolic/apps, on its grid of 16. A pixel is covered
 * exactly in width, and in height as far as SUBROWS lines through it tell. */

#define GRID 16.0
#define SUBROWS 8
#define CURVE_PARTS 8
#define MOST_CROSSINGS 16
/* What the bar still lacks. */
#define TRACK_ALPHA 0.35
/* Blue 3 of GNOME's palette (luminance 0.23), and between its oranges 4 and 5 (0.24). */
#define CALM 0x3584e4
#define URGENT 0xde5e00

static const int sizes[] = { 16, 22, 24, 32, 48, 64 };

/* A line has its end in the first pair, a curve two control points before it. */
typedef struct {
  gboolean is_curve;
  double at[6];
} Segment;

#define LINE(x, y)                                                                                 \
  {                                                                                                \
    FALSE,                                                                                         \
    {                                                                                              \
      x, y                                                                                         \
    }                                                                                              \
  }
#define CURVE(x1, y1, x2, y2, x, y)                                                                \
  {                                                                                                \
    TRUE,                                                                                          \
    {                                                                                              \
      x1, y1, x2, y2, x, y                                                                         \
    }                                                                                              \
  }

static const Segment big_sail[] = { LINE (8, 0), CURVE (11.4, 1.6, 13.3, 3.8, 14, 7), LINE (8, 7) };
static const Segment small_sail[] = { LINE (7, 2), LINE (7, 7), LINE (2, 7),
                                      CURVE (4.7, 6, 6.3, 4.4, 7, 2) };
static const Segment bar[] = { LINE (1, 8),
                               LINE (15, 8),
                               CURVE (15.55, 8, 16, 8.45, 16, 9),
                               CURVE (16, 9.55, 15.55, 10, 15, 10),
                               LINE (1, 10),
                               CURVE (0.45, 10, 0, 9.55, 0, 9),
                               CURVE (0, 8.45, 0.45, 8, 1, 8) };
static const Segment arrow[] = { LINE (7, 10), LINE (9, 10),   LINE (9, 12), LINE (12.5, 12),
                                 LINE (8, 16), LINE (3.5, 12), LINE (7, 12) };
/* In the corner below the bar, and what is cut out around it. */
static const Segment dot[] = { LINE (10.6, 13.4), CURVE (10.6, 11.964, 11.764, 10.8, 13.2, 10.8),
                               CURVE (14.636, 10.8, 15.8, 11.964, 15.8, 13.4),
                               CURVE (15.8, 14.836, 14.636, 16, 13.2, 16),
                               CURVE (11.764, 16, 10.6, 14.836, 10.6, 13.4) };
static const Segment dot_gap[] = { LINE (9.8, 13.4), CURVE (9.8, 11.522, 11.322, 10, 13.2, 10),
                                   CURVE (15.078, 10, 16.6, 11.522, 16.6, 13.4),
                                   CURVE (16.6, 15.278, 15.078, 16.8, 13.2, 16.8),
                                   CURVE (11.322, 16.8, 9.8, 15.278, 9.8, 13.4) };

typedef struct {
  double x;
  double y;
} Point;

typedef struct {
  int size;
  float *cover; /* (owned) of each pixel, 0 to 1 */
} Canvas;

/* --- outlines -------------------------------------------------------------------------------- */

static void
add_curve (GArray       *points,
           const double *at)
{
  Point from = g_array_index (points, Point, points->len - 1);

  for (int i = 1; i <= CURVE_PARTS; i++)
    {
      double t = i / (double) CURVE_PARTS;
      double u = 1 - t;
      double a = u * u * u, b = 3 * u * u * t, c = 3 * u * t * t, d = t * t * t;
      Point point = { a * from.x + b * at[0] + c * at[2] + d * at[4],
                      a * from.y + b * at[1] + c * at[3] + d * at[5] };

      g_array_append_val (points, point);
    }
}

/* (transfer full) (element-type Point) */
static GArray *
trace (const Segment *path,
       gsize          length)
{
  GArray *points = g_array_new (FALSE, FALSE, sizeof (Point));

  for (gsize i = 0; i < length; i++)
    if (path[i].is_curve)
      add_curve (points, path[i].at);
    else
      g_array_append_vals (points, &(Point) { path[i].at[0], path[i].at[1] }, 1);
  return points;
}

/* Where the outline crosses a horizontal line, from left to right. */
static guint
find_crossings (GArray *points,
                double  y,
                double *out_xs)
{
  guint n = 0;

  for (guint i = 0; i < points->len && n < MOST_CROSSINGS; i++)
    {
      Point a = g_array_index (points, Point, i);
      Point b = g_array_index (points, Point, (i + 1) % points->len);
      double x;
      guint place;

      if ((a.y <= y) == (b.y <= y))
        continue;
      x = a.x + (y - a.y) * (b.x - a.x) / (b.y - a.y);
      for (place = n++; place > 0 && out_xs[place - 1] > x; place--)
        out_xs[place] = out_xs[place - 1];
      out_xs[place] = x;
    }
  return n;
}

/* --- covering -------------------------------------------------------------------------------- */

static void
cover_span (float  *row,
            int     size,
            double  left,
            double  right)
{
  left = CLAMP (left, 0, size);
  right = CLAMP (right, 0, size);
  for (int x = (int) floor (left); x < size && x < right; x++)
    row[x] += (float) ((MIN (right, x + 1) - MAX (left, x)) / SUBROWS);
}

/* How much of each pixel lies in the outline, between two columns of the grid. */
static float *
cover (int            size,
       const Segment *path,
       gsize          length,
       double         left,
       double         right)
{
  g_autoptr (GArray) points = trace (path, length);
  float *mask = g_new0 (float, size *size);
  double scale = size / GRID;
  double xs[MOST_CROSSINGS];

  for (int line = 0; line < size * SUBROWS; line++)
    {
      guint n = find_crossings (points, (line + 0.5) / SUBROWS / scale, xs);

      for (guint i = 0; i + 1 < n; i += 2)
        cover_span (mask + line / SUBROWS * size, size, MAX (xs[i], left) * scale,
                    MIN (xs[i + 1], right) * scale);
    }
  return mask;
}

static void
fill (Canvas        *canvas,
      const Segment *path,
      gsize          length,
      double         left,
      double         right,
      double         alpha)
{
  g_autofree float *mask = cover (canvas->size, path, length, left, right);

  for (int i = 0; i < canvas->size * canvas->size; i++)
    canvas->cover[i] = MIN (canvas->cover[i] + (float) alpha * mask[i], 1);
}

static void
cut (Canvas        *canvas,
     const Segment *path,
     gsize          length)
{
  g_autofree float *mask = cover (canvas->size, path, length, 0, GRID);

  for (int i = 0; i < canvas->size * canvas->size; i++)
    canvas->cover[i] *= 1 - MIN (mask[i], 1);
}

/* --- pictures -------------------------------------------------------------------------------- */

static void
draw (Canvas   *canvas,
      guint     step,
      gboolean  needs_attention)
{
  double split = GRID * step / KEEL_TRAY_ICON_STEPS;

  fill (canvas, big_sail, G_N_ELEMENTS (big_sail), 0, GRID, 1);
  fill (canvas, small_sail, G_N_ELEMENTS (small_sail), 0, GRID, 1);
  fill (canvas, arrow, G_N_ELEMENTS (arrow), 0, GRID, 1);
  fill (canvas, bar, G_N_ELEMENTS (bar), 0, split, 1);
  fill (canvas, bar, G_N_ELEMENTS (bar), split, GRID, TRACK_ALPHA);
  if (!needs_attention)
    return;
  cut (canvas, dot_gap, G_N_ELEMENTS (dot_gap));
  fill (canvas, dot, G_N_ELEMENTS (dot), 0, GRID, 1);
}

/* ARGB, not premultiplied, in network byte order. */
static GVariant *
encode (const Canvas *canvas,
        guint32       colour)
{
  gsize n_pixels = (gsize) (canvas->size * canvas->size);
  guint8 *bytes = g_new (guint8, 4 * n_pixels);

  for (gsize i = 0; i < n_pixels; i++)
    {
      bytes[4 * i] = (guint8) lround (255.0 * canvas->cover[i]);
      bytes[4 * i + 1] = (guint8) (colour >> 16);
      bytes[4 * i + 2] = (guint8) (colour >> 8);
      bytes[4 * i + 3] = (guint8) colour;
    }
  return g_variant_new_from_data (G_VARIANT_TYPE_BYTESTRING, bytes, 4 * n_pixels, TRUE, g_free,
                                  bytes);
}

/* With so many eighths of the bar full. (transfer floating): a(iiay), in several sizes */
GVariant *
keel_tray_icon_new (guint    step,
                    gboolean needs_attention)
{
  GVariantBuilder pictures = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(iiay)"));

  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      Canvas canvas = { sizes[i], g_new0 (float, sizes[i] * sizes[i]) };

      draw (&canvas, MIN (step, KEEL_TRAY_ICON_STEPS), needs_attention);
      g_variant_builder_add (&pictures, "(ii@ay)", sizes[i], sizes[i],
                             encode (&canvas, needs_attention ? URGENT : CALM));
      g_free (canvas.cover);
    }
  return g_variant_builder_end (&pictures);
}

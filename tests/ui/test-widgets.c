/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-banner.h"
#include "keel-segment-strip.h"
#include "keel-speed-graph.h"

/* Widgets that draw or choose, with made-up numbers: what they paint is looked at pixel by pixel.
 */

#define MB ((guint64) 1000 * 1000)
#define WIDTH 480
#define NOW 1000

/* --- looking --------------------------------------------------------------------------------- */

/* A window of that width with @child in it, on the screen. */
static GtkWindow *
show_widget (GtkWidget *child)
{
  GtkWidget *window = gtk_window_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);

  gtk_widget_set_size_request (child, WIDTH, -1);
  gtk_widget_set_halign (child, GTK_ALIGN_START);
  gtk_box_append (GTK_BOX (box), child);
  gtk_window_set_child (GTK_WINDOW (window), box);
  gtk_window_set_default_size (GTK_WINDOW (window), WIDTH, 400);
  gtk_window_present (GTK_WINDOW (window));
  while (gtk_widget_get_width (child) == 0 || !gtk_widget_get_mapped (child))
    g_main_context_iteration (NULL, TRUE);
  return GTK_WINDOW (window);
}

static cairo_surface_t *
paint (GtkWidget *widget)
{
  int width = gtk_widget_get_width (widget);
  int height = gtk_widget_get_height (widget);
  g_autoptr (GtkSnapshot) snapshot = gtk_snapshot_new ();
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, width, height);
  cairo_t *cr = cairo_create (surface);
  GskRenderNode *node;

  GTK_WIDGET_GET_CLASS (widget)->snapshot (widget, snapshot);
  node = gtk_snapshot_to_node (snapshot);
  if (node != NULL)
    {
      gsk_render_node_draw (node, cr);
      gsk_render_node_unref (node);
    }
  cairo_destroy (cr);
  cairo_surface_flush (surface);
  return surface;
}

/* How opaque a pixel is, of 255. */
static guint
alpha_at (cairo_surface_t *surface,
          int              x,
          int              y)
{
  const guchar *row = cairo_image_surface_get_data (surface) +
                      (gsize) y * (gsize) cairo_image_surface_get_stride (surface);

  return ((const guint32 *) (const void *) row)[x] >> 24;
}

/* --- the graph ------------------------------------------------------------------------------- */

static void
test_scale (void)
{
  static const struct {
    guint64 rate_bps;
    guint64 scale_bps;
  } table[] = {
    { 0, 1000 },
    { 1, 1000 },
    { 1000, 1000 },
    { 1001, 1500 },
    { 1501, 2000 },
    { 7501, 10000 },
    { 10000, 10000 },
    { 10001, 15000 },
    { 14300000, 15000000 },
    { 15000001, 20000000 },
    { 999999999, 1000000000 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    g_assert_cmpuint (keel_speed_graph_round_up (table[i].rate_bps), ==, table[i].scale_bps);
  for (guint64 rate_bps = 1; rate_bps < G_MAXUINT64 / 4; rate_bps = rate_bps * 3 + 1)
    g_assert_cmpuint (keel_speed_graph_round_up (rate_bps), >=, rate_bps);
}

/* Full speed, then a pause in the middle, then half of it. */
static void
fill_log (KeelSpeedLog *log)
{
  for (gint64 second = NOW - 119; second < NOW - 80; second++)
    keel_speed_log_add (log, second, 10 * MB);
  for (gint64 second = NOW - 40; second <= NOW; second++)
    keel_speed_log_add (log, second, 5 * MB);
}

static void
test_graph_has_a_gap (void)
{
  GtkWidget *graph = g_object_new (KEEL_TYPE_SPEED_GRAPH, NULL);
  KeelSpeedLog log = { 0 };
  GtkWindow *window;
  cairo_surface_t *surface;
  int height;

  fill_log (&log);
  window = show_widget (graph);
  keel_speed_graph_show (KEEL_SPEED_GRAPH (graph), &log, NOW);
  g_assert_cmpuint (keel_speed_graph_get_scale (KEEL_SPEED_GRAPH (graph)), ==, 10 * MB);
  surface = paint (graph);
  height = cairo_image_surface_get_height (surface);

  /* Near the bottom: filled where it ran, clear where it did not, and never a line at zero. */
  g_assert_cmpuint (alpha_at (surface, WIDTH / 6, height - 30), >, 20);
  g_assert_cmpuint (alpha_at (surface, WIDTH * 5 / 6, height - 30), >, 20);
  g_assert_cmpuint (alpha_at (surface, WIDTH * 2 / 5, height - 30), ==, 0);
  /* At three quarters of the height only the fast part is filled. */
  g_assert_cmpuint (alpha_at (surface, WIDTH / 6, height / 3 + 6), >, 20);
  g_assert_cmpuint (alpha_at (surface, WIDTH * 5 / 6, height / 3 + 6), ==, 0);
  cairo_surface_destroy (surface);
  gtk_window_destroy (window);
}

static void
test_graph_from_right_to_left (void)
{
  GtkWidget *graph = g_object_new (KEEL_TYPE_SPEED_GRAPH, NULL);
  KeelSpeedLog log = { 0 };
  GtkWindow *window;
  cairo_surface_t *surface;
  int height;

  fill_log (&log);
  gtk_widget_set_direction (graph, GTK_TEXT_DIR_RTL);
  window = show_widget (graph);
  keel_speed_graph_show (KEEL_SPEED_GRAPH (graph), &log, NOW);
  surface = paint (graph);
  height = cairo_image_surface_get_height (surface);
  g_assert_cmpuint (alpha_at (surface, WIDTH * 5 / 6, height / 3 + 6), >, 20);
  g_assert_cmpuint (alpha_at (surface, WIDTH / 6, height / 3 + 6), ==, 0);
  cairo_surface_destroy (surface);
  gtk_window_destroy (window);
}

/* Nothing is known, one second alone, and the first second of all. */
static void
test_graph_of_little (void)
{
  GtkWidget *graph = g_object_new (KEEL_TYPE_SPEED_GRAPH, NULL);
  GtkWindow *window = show_widget (graph);
  KeelSpeedLog log = { 0 };

  keel_speed_graph_show (KEEL_SPEED_GRAPH (graph), &log, NOW);
  g_assert_cmpuint (keel_speed_graph_get_scale (KEEL_SPEED_GRAPH (graph)), ==, 0);
  cairo_surface_destroy (paint (graph));
  keel_speed_log_add (&log, NOW - 119, 1);
  keel_speed_log_add (&log, NOW, 1);
  keel_speed_graph_show (KEEL_SPEED_GRAPH (graph), &log, NOW);
  g_assert_cmpuint (keel_speed_graph_get_scale (KEEL_SPEED_GRAPH (graph)), ==, 1000);
  cairo_surface_destroy (paint (graph));
  gtk_window_destroy (window);
}

/* --- the strip ------------------------------------------------------------------------------- */

static GVariant *
ranges (const char *text)
{
  g_autoptr (GError) error = NULL;
  GVariant *parsed = g_variant_parse (G_VARIANT_TYPE ("a(tts)"), text, NULL, NULL, &error);

  g_assert_no_error (error);
  return g_variant_ref_sink (parsed);
}

/* @text: the ranges of a file of 480 bytes, one a pixel */
static cairo_surface_t *
paint_strip (const char       *text,
             gint64            total_bytes,
             GtkTextDirection  direction)
{
  GtkWidget *strip = g_object_new (KEEL_TYPE_SEGMENT_STRIP, NULL);
  g_autoptr (GVariant) pieces = ranges (text);
  GtkWindow *window;
  cairo_surface_t *surface;

  gtk_widget_set_direction (strip, direction);
  window = show_widget (strip);
  keel_segment_strip_show (KEEL_SEGMENT_STRIP (strip), pieces, total_bytes);
  surface = paint (strip);
  gtk_window_destroy (window);
  return surface;
}

static void
test_strip (void)
{
  cairo_surface_t *surface = paint_strip (
    "[(0, 120, 'durable'), (120, 240, 'written'), (240, 480, 'arriving')]", WIDTH,
    GTK_TEXT_DIR_LTR);
  guint durable = alpha_at (surface, 60, 7);
  guint written = alpha_at (surface, 180, 7);
  guint missing = alpha_at (surface, 400, 7);

  g_assert_cmpuint (durable, >, written);
  g_assert_cmpuint (written, >, missing);
  g_assert_cmpuint (missing, >, 0);
  /* What a connection will ask for is not arriving; only what is just before it. */
  g_assert_cmpuint (alpha_at (surface, 300, 7), ==, missing);
  cairo_surface_destroy (surface);

  surface = paint_strip ("[(0, 120, 'durable')]", WIDTH, GTK_TEXT_DIR_RTL);
  g_assert_cmpuint (alpha_at (surface, 420, 7), ==, durable);
  g_assert_cmpuint (alpha_at (surface, 60, 7), ==, missing);
  cairo_surface_destroy (surface);
}

/* A service may know more words than we, count beyond the end, or not know the end. */
static void
test_strip_of_odd_ranges (void)
{
  static const char *const odd[] = {
    "@a(tts) []",
    "[(0, 10000, 'durable')]",
    "[(600, 700, 'durable'), (5, 5, 'written'), (9, 3, 'arriving')]",
    "[(0, 240, 'imagined')]",
    "[(0, 18446744073709551615, 'arriving')]",
  };
  static const gint64 totals[] = { WIDTH, 0, -1, 1, G_MAXINT64 };

  for (guint i = 0; i < G_N_ELEMENTS (odd); i++)
    for (guint j = 0; j < G_N_ELEMENTS (totals); j++)
      cairo_surface_destroy (paint_strip (odd[i], totals[j], GTK_TEXT_DIR_LTR));
}

/* --- the banner ------------------------------------------------------------------------------ */

/* The first widget below @root that is of @type and to be seen. */
static GtkWidget *
find (GtkWidget *root,
      GType      type)
{
  if (!gtk_widget_get_visible (root))
    return NULL;
  if (G_TYPE_CHECK_INSTANCE_TYPE (root, type))
    return root;
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = find (child, type);

      if (found != NULL)
        return found;
    }
  return NULL;
}

static void
assert_banner (GtkWidget  *banner,
               const char *words,
               const char *way_out)
{
  GtkWidget *revealer = find (banner, GTK_TYPE_REVEALER);
  GtkWidget *button = find (banner, GTK_TYPE_BUTTON);

  if (words == NULL)
    {
      g_assert_true (revealer == NULL || !gtk_revealer_get_reveal_child (GTK_REVEALER (revealer)));
      return;
    }
  g_assert_true (gtk_revealer_get_reveal_child (GTK_REVEALER (revealer)));
  g_assert_cmpstr (gtk_label_get_label (GTK_LABEL (find (banner, GTK_TYPE_LABEL))), ==, words);
  g_assert_cmpstr (button != NULL ? gtk_button_get_label (GTK_BUTTON (button)) : NULL, ==, way_out);
}

static void
test_banner (void)
{
  GtkWidget *widget = g_object_new (KEEL_TYPE_BANNER, NULL);
  KeelBanner *banner = KEEL_BANNER (widget);
  GtkWindow *window = show_widget (widget);

  assert_banner (widget, NULL, NULL);
  keel_banner_set_state (banner, KEEL_BANNER_AWAY, "away");
  assert_banner (widget, "away", "Show");
  keel_banner_set_state (banner, KEEL_BANNER_OFFLINE, "offline");
  assert_banner (widget, "offline", NULL);
  keel_banner_set_state (banner, KEEL_BANNER_POWER, "power");
  assert_banner (widget, "offline", NULL);
  keel_banner_set_state (banner, KEEL_BANNER_METERED, "metered");
  keel_banner_set_state (banner, KEEL_BANNER_OFFLINE, NULL);
  assert_banner (widget, "metered", "Download Anyway");
  keel_banner_set_state (banner, KEEL_BANNER_SERVICE, "stopped");
  assert_banner (widget, "stopped", "Restart");
  keel_banner_set_connected (banner, TRUE);
  assert_banner (widget, "metered", "Download Anyway");
  keel_banner_set_width (banner, KEEL_STATUS_NARROW);
  keel_banner_set_state (banner, KEEL_BANNER_METERED, NULL);
  keel_banner_set_state (banner, KEEL_BANNER_POWER, NULL);
  assert_banner (widget, "away", "Show");
  keel_banner_set_state (banner, KEEL_BANNER_AWAY, NULL);
  assert_banner (widget, NULL, NULL);
  gtk_window_destroy (window);
}

/* That the service is away is told when it lasts, and not if it is back before. */
static void
test_banner_is_patient (void)
{
  GtkWidget *widget = g_object_new (KEEL_TYPE_BANNER, NULL);
  KeelBanner *banner = KEEL_BANNER (widget);
  GtkWindow *window = show_widget (widget);
  gint64 began_usec = g_get_monotonic_time ();

  keel_banner_set_connected (banner, FALSE);
  keel_banner_set_connected (banner, TRUE);
  keel_banner_set_connected (banner, FALSE);
  keel_banner_set_connected (banner, FALSE);
  assert_banner (widget, NULL, NULL);
  while (find (widget, GTK_TYPE_REVEALER) == NULL ||
         !gtk_revealer_get_reveal_child (GTK_REVEALER (find (widget, GTK_TYPE_REVEALER))))
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (g_get_monotonic_time () - began_usec, >, G_USEC_PER_SEC);
  assert_banner (widget, "The download service has stopped", "Restart");
  gtk_window_destroy (window);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  adw_init ();

  g_test_add_func ("/graph/scale", test_scale);
  g_test_add_func ("/graph/gap", test_graph_has_a_gap);
  g_test_add_func ("/graph/right-to-left", test_graph_from_right_to_left);
  g_test_add_func ("/graph/little", test_graph_of_little);
  g_test_add_func ("/strip/kinds", test_strip);
  g_test_add_func ("/strip/odd", test_strip_of_odd_ranges);
  g_test_add_func ("/banner/priority", test_banner);
  g_test_add_func ("/banner/patience", test_banner_is_patient);
  return g_test_run ();
}

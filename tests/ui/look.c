/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <dlfcn.h>
#include <gtk/gtk.h>
#include <libintl.h>
#include <time.h>

/* Preloaded into a program of GTK, gives it a look that a desktop would: right to left
 * (KEEL_LOOK_RTL), for which the toolkit would need a translation of its own to be installed, and
 * larger text (KEEL_LOOK_DPI), which comes by the desktop's settings daemon. KEEL_LOOK_WORDS is a
 * folder of translations that are not installed. KEEL_LOOK_TOASTS is how many seconds a toast
 * stays, for tests that press its button however busy the machine is. KEEL_LOOK_SPEED makes its
 * clock run faster, for a graph of two minutes in some seconds. With KEEL_LOOK_FRAMES, a moment of
 * the monotonic clock, each frame of each window is written down: how long after that moment it was
 * done, what it took, and what this thread has worked since the one before, in microseconds. */

static gint64 zero_usec;
static gint64 begun_usec;
static gint64 done_work_usec;

static gint64
get_work_usec (void)
{
  struct timespec time;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &time);
  return time.tv_sec * G_USEC_PER_SEC + time.tv_nsec / 1000;
}

static void
begin_cb (GdkFrameClock *clock,
          gpointer       user_data)
{
  begun_usec = g_get_monotonic_time ();
}

static void
end_cb (GdkFrameClock *clock,
        gpointer       user_data)
{
  gint64 now_usec = g_get_monotonic_time ();
  gint64 work_usec = get_work_usec ();

  g_printerr ("frame %" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT "\n",
              now_usec - zero_usec, now_usec - begun_usec, work_usec - done_work_usec);
  done_work_usec = work_usec;
}

static void
realize_cb (GtkWidget *window,
            gpointer   user_data)
{
  GdkFrameClock *clock = gtk_widget_get_frame_clock (window);

  g_signal_connect (clock, "before-paint", G_CALLBACK (begin_cb), NULL);
  g_signal_connect (clock, "after-paint", G_CALLBACK (end_cb), NULL);
}

static void
window_added_cb (GtkApplication *application,
                 GtkWindow      *window,
                 gpointer        user_data)
{
  g_signal_connect_after (window, "realize", G_CALLBACK (realize_cb), NULL);
}

static int
get_speed (void)
{
  const char *text = g_getenv ("KEEL_LOOK_SPEED");

  return text != NULL ? atoi (text) : 1;
}

gint64
g_get_monotonic_time (void)
{
  static gint64 (*real) (void);

  if (real == NULL)
    real = dlsym (RTLD_NEXT, "g_get_monotonic_time");

  return real () * get_speed ();
}

guint
g_timeout_add_seconds (guint       seconds,
                       GSourceFunc function,
                       gpointer    data)
{
  return g_timeout_add (seconds * 1000 / (guint) get_speed (), function, data);
}

gpointer adw_toast_new (const char *title);

gpointer
adw_toast_new (const char *title)
{
  gpointer (*real) (const char *) = dlsym (RTLD_NEXT, "adw_toast_new");
  gpointer toast = real (title);
  const char *seconds = g_getenv ("KEEL_LOOK_TOASTS");

  if (seconds != NULL)
    g_object_set (toast, "timeout", (guint) atoi (seconds), NULL);

  return toast;
}

/* At once: GLib decides with the first message whether there are any. */
char *
bindtextdomain (const char *domain,
                const char *folder)
{
  char *(*real) (const char *, const char *) = dlsym (RTLD_NEXT, "bindtextdomain");
  const char *words = g_getenv ("KEEL_LOOK_WORDS");

  return real (domain, words != NULL && g_str_equal (domain, "keelboat") ? words : folder);
}

int g_application_run (GApplication *application, int argc, char **argv);

int
g_application_run (GApplication  *application,
                   int            argc,
                   char         **argv)
{
  int (*real) (GApplication *, int, char **) = dlsym (RTLD_NEXT, "g_application_run");
  const char *dpi = g_getenv ("KEEL_LOOK_DPI");

  if (g_getenv ("KEEL_LOOK_FRAMES") != NULL)
    {
      zero_usec = g_ascii_strtoll (g_getenv ("KEEL_LOOK_FRAMES"), NULL, 10);
      g_signal_connect (application, "window-added", G_CALLBACK (window_added_cb), NULL);
    }

  gtk_init ();
  if (g_getenv ("KEEL_LOOK_RTL") != NULL)
    gtk_widget_set_default_direction (GTK_TEXT_DIR_RTL);
  if (dpi != NULL)
    g_object_set (gtk_settings_get_default (), "gtk-xft-dpi", atoi (dpi) * 1024, NULL);

  return real (application, argc, argv);
}

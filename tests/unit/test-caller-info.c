/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-caller-info.h"

#include "keel-task-error.h"

#include <string.h>

static void
test_ids (void)
{
  g_autofree char *long_id = g_strnfill (250, 'a');
  g_autofree char *too_long = g_strconcat ("org.", long_id, "aa", NULL);

  g_assert_true (keel_caller_info_is_app_id ("org.example.App"));
  g_assert_true (keel_caller_info_is_app_id ("org.example.App-Devel"));
  g_assert_false (keel_caller_info_is_app_id (""));
  g_assert_false (keel_caller_info_is_app_id ("host"));
  g_assert_false (keel_caller_info_is_app_id ("org.example/App"));
  g_assert_false (keel_caller_info_is_app_id (too_long));

  g_assert_true (keel_caller_info_is_claim ("host"));
  g_assert_true (keel_caller_info_is_claim ("org.example.App"));
  g_assert_true (keel_caller_info_is_claim ("firefox-esr"));
  g_assert_false (keel_caller_info_is_claim (""));
  g_assert_false (keel_caller_info_is_claim (".."));
  g_assert_false (keel_caller_info_is_claim (".hidden"));
  g_assert_false (keel_caller_info_is_claim ("a/b"));
  g_assert_false (keel_caller_info_is_claim ("a b"));
  g_assert_false (keel_caller_info_is_claim ("a\nb"));
  g_assert_false (keel_caller_info_is_claim (too_long));
}

static const struct {
  const char *text;
  const char *app; /* NULL: refused */
  const char *instance_path;
  gboolean has_network;
} sandboxes[] = {
  { "[Application]\nname=org.example.App\n[Context]\nshared=network;ipc;\n", "org.example.App",
    NULL, TRUE },
  { "[Application]\nname=org.example.App\n[Context]\nshared=ipc;network\n", "org.example.App", NULL,
    TRUE },
  { "[Application]\nname=org.example.App\n[Context]\nshared=ipc;\n", "org.example.App", NULL,
    FALSE },
  { "[Application]\nname=org.example.App\n[Context]\nshared=networks;nonetwork;\n",
    "org.example.App", NULL, FALSE },
  { "[Application]\nname=org.example.App\n", "org.example.App", NULL, FALSE },
  { "[Application]\nname=org.example.App\nshared=network;\n", "org.example.App", NULL, FALSE },
  { "# made by Flatpak\n\n[Instance]\ninstance-path=/home/u/.var/app/org.example.App\n"
    "[Application]\nname = org.example.App\n",
    "org.example.App", "/home/u/.var/app/org.example.App", FALSE },
  { "", NULL, NULL, FALSE },
  { "name=org.example.App\n", NULL, NULL, FALSE },
  { "[Runtime]\nname=org.example.App\n", NULL, NULL, FALSE },
  { "[Application]\nname=\n", NULL, NULL, FALSE },
  { "[Application]\nname=host\n", NULL, NULL, FALSE },
  { "[Application]\nname=../../etc\n", NULL, NULL, FALSE },
  { "[Application]\nname=org.example.App\\nx\n", NULL, NULL, FALSE },
  { "[Application\nname=org.example.App\n", NULL, NULL, FALSE },
  { "[Application]\nname=org.example.\xff\n", NULL, NULL, FALSE },
  /* Two escapes that are wrong, the second at the end of the line: GLib itself trips over them. */
  { "[Application]\nname=org.\\x.App\\\n", NULL, NULL, FALSE },
  { "[Application]\nname=org.example.App\n[Context]\nshared=network;\\x;\\\n", "org.example.App",
    NULL, FALSE },
};

static void
test_sandboxes (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (sandboxes); i++)
    {
      g_auto (KeelSandbox) sandbox = { 0 };
      g_autoptr (GError) error = NULL;
      gboolean ok = keel_caller_info_parse_sandbox (sandboxes[i].text, strlen (sandboxes[i].text),
                                                    &sandbox, &error);

      g_test_message ("%" G_GSIZE_FORMAT, i);
      g_assert_cmpstr (sandbox.app, ==, sandboxes[i].app);
      g_assert_cmpstr (sandbox.instance_path, ==, sandboxes[i].instance_path);
      g_assert_cmpint (sandbox.has_network, ==, sandboxes[i].has_network);
      g_assert_cmpint (ok, ==, sandboxes[i].app != NULL);
      if (!ok)
        g_assert_error (error, KEEL_ERROR, KEEL_ERROR_NOT_ALLOWED);
    }
}

#define FIELDS "S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 "

static const struct {
  const char *text;
  gint64 ticks; /* -1: refused */
} stats[] = {
  { "7 (keel) " FIELDS "1234 20 21 22\n", 1234 },
  { "7 (keel) " FIELDS "1234\n", -1 },
  { "7 (a) b) " FIELDS "99 20\n", 99 },
  { "7 () S 1 2 3 (x) " FIELDS "99 20\n", 99 },
  { "7 (keel) " FIELDS "-5 20\n", -1 },
  { "7 (keel) " FIELDS "x 20\n", -1 },
  { "7 (keel) " FIELDS " 20\n", -1 },
  { "7 (keel) " FIELDS "99999999999999999999 20\n", -1 },
  { "7 (keel) S 1 2\n", -1 },
  { "7 (keel)", -1 },
  { "", -1 },
};

static void
test_starts (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (stats); i++)
    {
      guint64 ticks = 0;

      g_test_message ("“%s”", stats[i].text);
      g_assert_cmpint (keel_caller_info_parse_start (stats[i].text, &ticks), ==,
                       stats[i].ticks >= 0);
      if (stats[i].ticks >= 0)
        g_assert_cmpuint (ticks, ==, (guint64) stats[i].ticks);
    }
}

#define USER "0::/user.slice/user-1000.slice/user@1000.service/app.slice/"

static const struct {
  const char *cgroup;
  const char *app;
} units[] = {
  { USER "app-gnome-org.gnome.Maps-4242.scope\n", "org.gnome.Maps" },
  { USER "app-org.gnome.Maps-4242.scope\n", "org.gnome.Maps" },
  { USER "app-flatpak-org.gnome.Maps-4242.scope\n", "org.gnome.Maps" },
  { USER "app-gnome-firefox\\x2desr-4242.scope\n", "firefox-esr" },
  { USER "app-org.kde.kate@5f3a.service\n", "org.kde.kate" },
  { USER "app-org.kde.kate.service\n", "org.kde.kate" },
  { USER "app-kde-org.kde.kate@autostart.service\n", "org.kde.kate" },
  { USER "app-gnome-org.gnome.Maps-4242.scope/child\n", "org.gnome.Maps" },
  { USER "app-gnome-org.a.A-1.scope/app-gnome-org.b.B-2.scope\n", "org.b.B" },
  { "1:name=systemd:/app.slice/app-org.gnome.Maps-1.scope\n0::/\n", "org.gnome.Maps" },
  /* A terminal's programs, of which nobody says what they are. */
  { USER "app-org.gnome.Terminal.slice/vte-spawn-8a.scope\n", NULL },
  { "4:memory:/app-org.gnome.Maps-1.scope\n", NULL },
  { USER "app-org.gnome.Maps.scope\n", NULL },
  { USER "app-.scope\n", NULL },
  { USER "app--.scope\n", NULL },
  { USER "app-gnome-\\x2e\\x2e\\x2f-1.scope\n", NULL },
  { USER "app-gnome-a\\x00b-1.scope\n", NULL },
  { USER "app-gnome-a\\x-1.scope\n", NULL },
  { USER "dbus.service\n", NULL },
  { "0::/\n", NULL },
  { "0:\n::\n\n:", NULL },
  { "", NULL },
};

static void
test_units (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (units); i++)
    {
      g_autofree char *app = keel_caller_info_dup_unit_app (units[i].cgroup);

      g_test_message ("“%s”", units[i].cgroup);
      g_assert_cmpstr (app, ==, units[i].app);
    }
}

static void
test_confined (void)
{
  g_assert_true (keel_caller_info_is_confined ("snap.firefox.firefox (enforce)\n"));
  g_assert_false (keel_caller_info_is_confined ("snap.code.code (complain)\n"));
  g_assert_false (keel_caller_info_is_confined ("firefox (enforce)\n"));
  g_assert_false (keel_caller_info_is_confined ("unconfined\n"));
  g_assert_false (keel_caller_info_is_confined (""));
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/caller-info/ids", test_ids);
  g_test_add_func ("/caller-info/sandboxes", test_sandboxes);
  g_test_add_func ("/caller-info/starts", test_starts);
  g_test_add_func ("/caller-info/units", test_units);
  g_test_add_func ("/caller-info/confined", test_confined);
  return g_test_run ();
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-search-provider.h"

#include <glib/gi18n.h>
#include <locale.h>

#include "keel-config.h"

int
main (int   argc,
      char *argv[])
{
  g_autoptr (KeelSearchProvider) provider = NULL;

  setlocale (LC_ALL, "");
  bindtextdomain (KEEL_GETTEXT_DOMAIN, KEEL_LOCALEDIR);
  bind_textdomain_codeset (KEEL_GETTEXT_DOMAIN, "UTF-8");
  textdomain (KEEL_GETTEXT_DOMAIN);
  g_set_application_name ("Keelboat");

  provider = keel_search_provider_new ();

  return g_application_run (G_APPLICATION (provider), argc, argv);
}

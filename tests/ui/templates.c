/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <adwaita.h>
#include <dlfcn.h>
#include <gmodule.h>

/* Preloaded into gtk4-builder-tool, which knows the types of GTK only: brings along those of
 * libadwaita and of the application, and a function for each handler. The handlers of a template
 * are its class's own, under names that nothing outside of the class can look up. */

static void
handler (void)
{
}

gboolean
g_module_symbol (GModule    *module,
                 const char *symbol_name,
                 gpointer   *symbol)
{
  static gboolean (*real) (GModule *, const char *, gpointer *);

  if (real == NULL)
    real = dlsym (RTLD_NEXT, "g_module_symbol");
  if (real (module, symbol_name, symbol))
    return TRUE;

  if (!g_str_has_prefix (symbol_name, "keel_") || !g_str_has_suffix (symbol_name, "_cb"))
    return FALSE;

  *symbol = (gpointer) handler;

  return TRUE;
}

/* The tool finds what a template is made of, but not what it is derived from. */
__attribute__ ((constructor)) static void
register_parents (void)
{
  g_type_ensure (ADW_TYPE_ACTION_ROW);
  g_type_ensure (ADW_TYPE_APPLICATION_WINDOW);
  g_type_ensure (ADW_TYPE_BIN);
  g_type_ensure (ADW_TYPE_EXPANDER_ROW);
  g_type_ensure (ADW_TYPE_MESSAGE_DIALOG);
  g_type_ensure (ADW_TYPE_PREFERENCES_WINDOW);
  g_type_ensure (ADW_TYPE_WINDOW);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-module.h"

#include "keel-config.h"

#include <gmodule.h>

/* Parts of the service that are in files of their own, for the sake of the libraries they bring
 * with them: these would be mapped and relocated at each start, and most of what is downloaded
 * needs no password and is looked at. libnotify (with GdkPixbuf) and libsecret (with libgcrypt) are
 * a tenth of what an idle service takes.
 *
 * They lie beside the program, in the build folder as well as when installed, wherever that is.
 * After an update the file may be newer than the process: then it is not used, as if it were not
 * there, and the next start of the service has it. */

#define FOLDER "keelboat-modules"

static const KeelModule *
open_module (const char  *path,
             GError     **error)
{
  GModule *module = g_module_open_full (path, G_MODULE_BIND_LOCAL, error);
  gpointer symbol = NULL;

  if (module == NULL)
    return NULL;
  /* Its types and threads stay, so it does as well. */
  g_module_make_resident (module);
  if (!g_module_symbol (module, "keel_module", &symbol))
    {
      g_set_error_literal (error, G_MODULE_ERROR, G_MODULE_ERROR_FAILED, g_module_error ());
      return NULL;
    }
  if (!g_str_equal (((const KeelModule *) symbol)->version, KEEL_VERSION))
    {
      g_set_error_literal (error, G_MODULE_ERROR, G_MODULE_ERROR_FAILED,
                           "it is of another version");
      return NULL;
    }
  return symbol;
}

/* Loads the module @name, from any thread. It is there from then on; each caller keeps the answer.
 * (transfer none) (nullable): it is not installed, or does not fit, which is logged */
const KeelModule *
keel_module_load (const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *program = g_file_read_link ("/proc/self/exe", &error);
  g_autofree char *folder = program != NULL ? g_path_get_dirname (program) : NULL;
  g_autofree char *file = g_strconcat (name, "." G_MODULE_SUFFIX, NULL);
  g_autofree char *path = folder != NULL ? g_build_filename (folder, FOLDER, file, NULL) : NULL;
  const KeelModule *module = path != NULL ? open_module (path, &error) : NULL;

  if (module == NULL)
    g_info ("Without the module %s: %s", name, error->message);
  return module;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-caller-info.h"

#include "keel-task-error.h"

#include <gio/gio.h>

#include <string.h>

/* The texts that tell who a process is: what Flatpak puts at the root of a sandbox, the control
 * groups and the numbers of /proc. Pure, because some of it is written by other people.
 *
 * The name of a unit is only what a desktop called the program when it started it
 * (https://systemd.io/DESKTOP_ENVIRONMENTS): app[-LAUNCHER]-ID-RANDOM.scope and
 * app[-LAUNCHER]-ID[@RANDOM].service, where what would be a "-" in the id is "\x2d". */

#define MOST_ID_BYTES 255
#define SANDBOX_GROUP "Application"

/* Whether it can be what a sandbox is called: the same rule as for the name of a desktop file that
 * the bus can start. There is a "." in each, so none is one of the words that we use ourselves. */
gboolean
keel_caller_info_is_app_id (const char *text)
{
  return strlen (text) <= MOST_ID_BYTES && g_application_id_is_valid (text);
}

/* Whether it can be what a program of the host is called, by itself or by the desktop: the name of
 * a desktop file, which need not have a "." in it, and can be that of a folder. */
gboolean
keel_caller_info_is_claim (const char *text)
{
  for (const char *p = text; *p != '\0'; p++)
    if (!g_ascii_isalnum (*p) && strchr ("._-", *p) == NULL)
      return FALSE;
  return *text != '\0' && *text != '.' && strlen (text) <= MOST_ID_BYTES;
}

/* --- .flatpak-info --------------------------------------------------------------------------- */

/* The value as it stands there. None of those that are asked for has a byte that Flatpak would have
 * to escape; and GLib itself complains (of an error set over another) where it undoes two escapes
 * that are wrong, which is not for a caller to bring about. (transfer full) (nullable) */
static char *
dup_value (GKeyFile   *file,
           const char *group,
           const char *key)
{
  g_autofree char *value = g_key_file_get_value (file, group, key, NULL);

  if (value == NULL || strchr (value, '\\') != NULL || !g_utf8_validate (value, -1, NULL))
    return NULL;
  return g_steal_pointer (&value);
}

static gboolean
has_word (GKeyFile   *file,
          const char *group,
          const char *key,
          const char *word)
{
  g_autofree char *value = dup_value (file, group, key);
  g_auto (GStrv) words = value != NULL ? g_strsplit (value, ";", -1) : NULL;

  return words != NULL && g_strv_contains ((const char *const *) words, word);
}

/* What is at the root of a sandbox. KEEL_ERROR_NOT_ALLOWED if it names no application. */
gboolean
keel_caller_info_parse_sandbox (const char   *text,
                                gsize         length,
                                KeelSandbox  *out_sandbox,
                                GError      **error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GError) unreadable = NULL;
  g_autofree char *app = NULL;

  *out_sandbox = (KeelSandbox) { 0 };
  if (!g_key_file_load_from_data (file, text, length, G_KEY_FILE_NONE, &unreadable))
    {
      g_set_error (error, KEEL_ERROR, KEEL_ERROR_NOT_ALLOWED,
                   "What the sandbox says of itself cannot be read: %s", unreadable->message);
      return FALSE;
    }
  app = dup_value (file, SANDBOX_GROUP, "name");
  if (app == NULL || !keel_caller_info_is_app_id (app))
    {
      g_set_error_literal (error, KEEL_ERROR, KEEL_ERROR_NOT_ALLOWED,
                           "The sandbox does not say which application is in it");
      return FALSE;
    }
  out_sandbox->app = g_steal_pointer (&app);
  out_sandbox->instance_path = dup_value (file, "Instance", "instance-path");
  out_sandbox->has_network = has_word (file, "Context", "shared", "network");
  return TRUE;
}

void
keel_sandbox_clear (KeelSandbox *self)
{
  g_clear_pointer (&self->app, g_free);
  g_clear_pointer (&self->instance_path, g_free);
}

/* --- /proc/PID/stat -------------------------------------------------------------------------- */

/* When the process began, in ticks since the machine did: the 22nd field (proc(5)). The second is
 * the name of the program, in which there may be anything, a ")" too. */
gboolean
keel_caller_info_parse_start (const char *stat,
                              guint64    *out_ticks)
{
  const char *rest = strrchr (stat, ')');
  g_auto (GStrv) fields = NULL;
  guint i = 0;

  if (rest == NULL || rest[1] != ' ')
    return FALSE;
  fields = g_strsplit (rest + 2, " ", 21);
  while (i < 20 && fields[i] != NULL)
    i++;
  return i == 20 && g_ascii_string_to_unsigned (fields[19], 10, 0, G_MAXUINT64, out_ticks, NULL);
}

/* --- /proc/PID/cgroup ------------------------------------------------------------------------ */

/* A byte for each "\xHH"; nothing at all if one of them is zero. */
static char *
unescape (const char *text)
{
  g_autoptr (GString) plain = g_string_new (NULL);

  while (*text != '\0')
    if (text[0] == '\\' && text[1] == 'x' && g_ascii_isxdigit (text[2]) &&
        g_ascii_isxdigit (text[3]))
      {
        g_string_append_c (plain, (char) (g_ascii_xdigit_value (text[2]) * 16 +
                                          g_ascii_xdigit_value (text[3])));
        text += 4;
      }
    else
      g_string_append_c (plain, *text++);
  return strlen (plain->str) == plain->len ? g_strdup (plain->str) : g_strdup ("");
}

/* The id in the name of one unit. (transfer full) (nullable) */
static char *
dup_app_of_unit (const char *unit)
{
  g_autofree char *id = NULL;
  g_autofree char *plain = NULL;
  char *end;

  if (!g_str_has_prefix (unit, "app-"))
    return NULL;
  id = g_strdup (unit + strlen ("app-"));
  end = strrchr (id, '.');
  if (end == NULL)
    return NULL;
  if (strcmp (end, ".scope") == 0)
    {
      *end = '\0';
      end = strrchr (id, '-');
      if (end == NULL)
        return NULL;
      *end = '\0';
    }
  else if (strcmp (end, ".service") == 0)
    {
      *end = '\0';
      end = strchr (id, '@');
      if (end != NULL)
        *end = '\0';
    }
  else
    return NULL;
  end = strrchr (id, '-');
  plain = unescape (end != NULL ? end + 1 : id);
  return keel_caller_info_is_claim (plain) ? g_steal_pointer (&plain) : NULL;
}

/* The path in a line "N:CONTROLLERS:PATH" that is systemd's: of the only hierarchy, or of its own
 * where there are several. (transfer none) (nullable) */
static const char *
systemd_path (const char *line)
{
  const char *controllers = strchr (line, ':');
  const char *path = controllers != NULL ? strchr (controllers + 1, ':') : NULL;

  if (path == NULL)
    return NULL;
  if (path == controllers + 1 || g_str_has_prefix (controllers, ":name=systemd:"))
    return path + 1;
  return NULL;
}

/* What the desktop called the program that it started, by the unit that is deepest. (transfer full)
 * (nullable) */
char *
keel_caller_info_dup_unit_app (const char *cgroup)
{
  g_auto (GStrv) lines = g_strsplit (cgroup, "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++)
    {
      const char *path = systemd_path (lines[i]);
      g_auto (GStrv) units = path != NULL ? g_strsplit (path, "/", -1) : NULL;

      for (guint n = units != NULL ? g_strv_length (units) : 0; n > 0; n--)
        {
          char *app = dup_app_of_unit (units[n - 1]);

          if (app != NULL)
            return app;
        }
    }
  return NULL;
}

/* --- /proc/PID/attr/current ------------------------------------------------------------------ */

/* Whether AppArmor holds the process to the rules of a snap. Classic snaps (editors with a terminal
 * in them) have a label as well, but not enforced: those are programs like others. */
gboolean
keel_caller_info_is_confined (const char *label)
{
  return g_str_has_prefix (label, "snap.") && strstr (label, "(enforce)") != NULL;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "keel-download-private.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <glib/gstdio.h>

#include "keel-enum-types.h"
#include "keel-error.h"

/* On which terms a download is to be transferred: over which network, on which power, within which
 * time, what happens if its name is taken, what it belongs to; and the folder as an open one, for
 * programs whose paths mean nothing to the service. Like everything else in KeelDownload these are
 * only kept here. What was not set is not sent: then the session decides, or the service. */

static GParamSpec *props[KEEL_DOWNLOAD_N_PROPS - KEEL_DOWNLOAD_TERMS];

void
keel_download_init_terms (KeelDownload *self)
{
  self->folder_fd = -1;
  self->timeout = -1;
}

void
keel_download_clear_terms (KeelDownload *self)
{
  g_free (self->group);
  if (self->folder_fd >= 0)
    g_close (self->folder_fd, NULL);
}

gboolean
keel_download_check_terms (KeelDownload  *self,
                           GError       **error)
{
  if (self->group == NULL || g_utf8_validate (self->group, -1, NULL))
    return TRUE;
  g_set_error (error, KEEL_ERROR, KEEL_ERROR_INVALID_ARGUMENT,
               "The name of the group is not valid UTF-8");
  return FALSE;
}

static void
insert_word (GVariantDict *dict,
             const char   *key,
             GType         type,
             int           value)
{
  g_autoptr (GEnumClass) words = g_type_class_ref (type);

  g_variant_dict_insert (dict, key, "s", g_enum_get_value (words, value)->value_nick);
}

/* Whether both are the same folder, as far as the kernel knows without asking a disk. */
static gboolean
is_same_folder (int first,
                int second)
{
  const int flags = AT_EMPTY_PATH | AT_STATX_DONT_SYNC;
  struct statx a, b;

  return statx (first, "", flags, STATX_INO, &a) == 0 &&
         statx (second, "", flags, STATX_INO, &b) == 0 && a.stx_ino == b.stx_ino &&
         a.stx_dev_major == b.stx_dev_major && a.stx_dev_minor == b.stx_dev_minor;
}

/* The place of the folder in fds; -1 on error. A message carries few descriptors, and the downloads
 * of a batch mostly go to one folder: it is sent once. */
static int
add_folder (GUnixFDList  *fds,
            int           fd,
            GError      **error)
{
  int n_fds;
  const int *known = g_unix_fd_list_peek_fds (fds, &n_fds);

  for (int i = n_fds - 1; i >= 0; i--)
    if (is_same_folder (known[i], fd))
      return i;
  return g_unix_fd_list_append (fds, fd, error);
}

/* Handles are places in fds. */
gboolean
keel_download_insert_terms (KeelDownload  *self,
                            GVariantDict  *dict,
                            GUnixFDList   *fds,
                            GError       **error)
{
  if (self->folder_fd >= 0)
    {
      const int handle = add_folder (fds, self->folder_fd, error);

      if (handle < 0)
        return FALSE;
      g_variant_dict_insert (dict, "dir-fd", "h", handle);
    }
  if (self->group != NULL)
    g_variant_dict_insert (dict, "group", "s", self->group);
  if (self->has_network)
    insert_word (dict, "network", KEEL_TYPE_NETWORK_USE, (int) self->network);
  if (self->has_power)
    insert_word (dict, "power", KEEL_TYPE_POWER_USE, (int) self->power);
  if (self->timeout >= 0)
    g_variant_dict_insert (dict, "timeout", "x", self->timeout);
  if (self->conflict != KEEL_CONFLICT_RENAME)
    insert_word (dict, "conflict", KEEL_TYPE_CONFLICT, (int) self->conflict);
  if (self->size_hint > 0)
    g_variant_dict_insert (dict, "size-hint", "t", self->size_hint);
  if (self->spool)
    g_variant_dict_insert (dict, "spool", "b", TRUE);
  return TRUE;
}

gboolean
keel_download_get_term (KeelDownload *self,
                        guint         prop_id,
                        GValue       *value)
{
  switch (prop_id)
    {
    case PROP_GROUP:
      g_value_set_string (value, self->group);
      return TRUE;
    case PROP_NETWORK:
      g_value_set_enum (value, (int) self->network);
      return TRUE;
    case PROP_POWER:
      g_value_set_enum (value, (int) self->power);
      return TRUE;
    case PROP_TIMEOUT:
      g_value_set_int64 (value, self->timeout);
      return TRUE;
    case PROP_CONFLICT:
      g_value_set_enum (value, (int) self->conflict);
      return TRUE;
    case PROP_SIZE_HINT:
      g_value_set_uint64 (value, self->size_hint);
      return TRUE;
    case PROP_SPOOL:
      g_value_set_boolean (value, self->spool);
      return TRUE;
    default:
      return FALSE;
    }
}

gboolean
keel_download_set_term (KeelDownload *self,
                        guint         prop_id,
                        const GValue *value)
{
  switch (prop_id)
    {
    case PROP_GROUP:
      keel_download_set_group (self, g_value_get_string (value));
      return TRUE;
    case PROP_NETWORK:
      keel_download_set_network (self, (KeelNetworkUse) g_value_get_enum (value));
      return TRUE;
    case PROP_POWER:
      keel_download_set_power (self, (KeelPowerUse) g_value_get_enum (value));
      return TRUE;
    case PROP_TIMEOUT:
      keel_download_set_timeout (self, g_value_get_int64 (value));
      return TRUE;
    case PROP_CONFLICT:
      keel_download_set_conflict (self, (KeelConflict) g_value_get_enum (value));
      return TRUE;
    case PROP_SIZE_HINT:
      keel_download_set_size_hint (self, g_value_get_uint64 (value));
      return TRUE;
    case PROP_SPOOL:
      keel_download_set_spool (self, g_value_get_boolean (value));
      return TRUE;
    default:
      return FALSE;
    }
}

void
keel_download_install_terms (GObjectClass *object_class)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  props[PROP_GROUP - KEEL_DOWNLOAD_TERMS] = g_param_spec_string ("group", NULL, NULL, NULL, flags);
  props[PROP_NETWORK - KEEL_DOWNLOAD_TERMS] = g_param_spec_enum ("network", NULL, NULL,
                                                                 KEEL_TYPE_NETWORK_USE,
                                                                 KEEL_NETWORK_USE_ANY, flags);
  props[PROP_POWER - KEEL_DOWNLOAD_TERMS] = g_param_spec_enum ("power", NULL, NULL,
                                                               KEEL_TYPE_POWER_USE,
                                                               KEEL_POWER_USE_ANY, flags);
  props[PROP_TIMEOUT - KEEL_DOWNLOAD_TERMS] = g_param_spec_int64 ("timeout", NULL, NULL, -1,
                                                                  G_MAXINT64, -1, flags);
  props[PROP_CONFLICT - KEEL_DOWNLOAD_TERMS] = g_param_spec_enum ("conflict", NULL, NULL,
                                                                  KEEL_TYPE_CONFLICT,
                                                                  KEEL_CONFLICT_RENAME, flags);
  props[PROP_SIZE_HINT - KEEL_DOWNLOAD_TERMS] = g_param_spec_uint64 ("size-hint", NULL, NULL, 0,
                                                                     G_MAXUINT64, 0, flags);
  props[PROP_SPOOL - KEEL_DOWNLOAD_TERMS] = g_param_spec_boolean ("spool", NULL, NULL, FALSE,
                                                                  flags);

  for (guint i = KEEL_DOWNLOAD_TERMS; i < KEEL_DOWNLOAD_N_PROPS; i++)
    g_object_class_install_property (object_class, i, props[i - KEEL_DOWNLOAD_TERMS]);
}

/**
 * KeelDownload:group:
 *
 * The name that the tasks of the session that belong together share.
 *
 * Since: 0.1
 */

/**
 * keel_download_get_group:
 * @self: a description
 *
 * The name that the tasks of the session that belong together share.
 *
 * Returns: (transfer none) (nullable): the name, owned by the description
 *
 * Since: 0.1
 */
const char *
keel_download_get_group (KeelDownload *self)
{
  g_return_val_if_fail (KEEL_IS_DOWNLOAD (self), NULL);

  return self->group;
}

/**
 * keel_download_set_group:
 * @self: a description
 * @group: (nullable): a name, the same for all that belong together
 *
 * Makes the task one of a group; see [method@Keel.Session.get_group].
 *
 * Since: 0.1
 */
void
keel_download_set_group (KeelDownload *self,
                         const char   *group)
{
  g_return_if_fail (KEEL_IS_DOWNLOAD (self));

  if (g_strcmp0 (self->group, group) == 0)
    return;
  g_free (self->group);
  self->group = g_strdup (group);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_GROUP - KEEL_DOWNLOAD_TERMS]);
}

/**
 * KeelDownload:network:
 *
 * Which networks the task may use; as the session says if it was never set.
 *
 * Since: 0.1
 */

/**
 * keel_download_get_network:
 * @self: a description
 *
 * Which networks the task may use.
 *
 * Returns: the networks; %KEEL_NETWORK_USE_ANY also if it was never set
 *
 * Since: 0.1
 */
KeelNetworkUse
keel_download_get_network (KeelDownload *self)
{
  g_return_val_if_fail (KEEL_IS_DOWNLOAD (self), KEEL_NETWORK_USE_ANY);

  return self->network;
}

/**
 * keel_download_set_network:
 * @self: a description
 * @network: the networks
 *
 * Sets which networks the task may use, whatever its session says. Elsewhere it waits with
 * %KEEL_WAIT_REASON_METERED.
 *
 * Since: 0.1
 */
void
keel_download_set_network (KeelDownload   *self,
                           KeelNetworkUse  network)
{
  g_return_if_fail (KEEL_IS_DOWNLOAD (self));

  self->has_network = TRUE;
  self->network = network;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_NETWORK - KEEL_DOWNLOAD_TERMS]);
}

/**
 * KeelDownload:power:
 *
 * From which power the task may run; as the session says if it was never set.
 *
 * Since: 0.1
 */

/**
 * keel_download_get_power:
 * @self: a description
 *
 * From which power the task may run.
 *
 * Returns: the power; %KEEL_POWER_USE_ANY also if it was never set
 *
 * Since: 0.1
 */
KeelPowerUse
keel_download_get_power (KeelDownload *self)
{
  g_return_val_if_fail (KEEL_IS_DOWNLOAD (self), KEEL_POWER_USE_ANY);

  return self->power;
}

/**
 * keel_download_set_power:
 * @self: a description
 * @power: the power
 *
 * Sets from which power the task may run, whatever its session says. Without it the task waits with
 * %KEEL_WAIT_REASON_POWER.
 *
 * Since: 0.1
 */
void
keel_download_set_power (KeelDownload *self,
                         KeelPowerUse  power)
{
  g_return_if_fail (KEEL_IS_DOWNLOAD (self));

  self->has_power = TRUE;
  self->power = power;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_POWER - KEEL_DOWNLOAD_TERMS]);
}

/**
 * KeelDownload:timeout:
 *
 * In how many seconds the task must have ended; 0 for any time, -1 for as the session says.
 *
 * Since: 0.1
 */

/**
 * keel_download_get_timeout:
 * @self: a description
 *
 * In which time the task must have ended.
 *
 * Returns: seconds; 0 for any time, -1 for as the session says
 *
 * Since: 0.1
 */
gint64
keel_download_get_timeout (KeelDownload *self)
{
  g_return_val_if_fail (KEEL_IS_DOWNLOAD (self), -1);

  return self->timeout;
}

/**
 * keel_download_set_timeout:
 * @self: a description
 * @timeout: seconds; 0 for any time, -1 for as the session says
 *
 * Sets in which time, from when it is added, the task must have ended; else it fails with
 * %KEEL_TASK_ERROR_TIMEOUT. Time in which the user has paused it does not count.
 *
 * Since: 0.1
 */
void
keel_download_set_timeout (KeelDownload *self,
                           gint64        timeout)
{
  g_return_if_fail (KEEL_IS_DOWNLOAD (self));
  g_return_if_fail (timeout >= -1);

  if (self->timeout == timeout)
    return;
  self->timeout = timeout;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_TIMEOUT - KEEL_DOWNLOAD_TERMS]);
}

/**
 * KeelDownload:conflict:
 *
 * What happens when there is a file of the same name already.
 *
 * Since: 0.1
 */

/**
 * keel_download_get_conflict:
 * @self: a description
 *
 * What happens when there is a file of the same name already.
 *
 * Returns: what happens
 *
 * Since: 0.1
 */
KeelConflict
keel_download_get_conflict (KeelDownload *self)
{
  g_return_val_if_fail (KEEL_IS_DOWNLOAD (self), KEEL_CONFLICT_RENAME);

  return self->conflict;
}

/**
 * keel_download_set_conflict:
 * @self: a description
 * @conflict: what happens
 *
 * Sets what happens when there is a file of the same name already.
 *
 * Since: 0.1
 */
void
keel_download_set_conflict (KeelDownload *self,
                            KeelConflict  conflict)
{
  g_return_if_fail (KEEL_IS_DOWNLOAD (self));

  if (self->conflict == conflict)
    return;
  self->conflict = conflict;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_CONFLICT - KEEL_DOWNLOAD_TERMS]);
}

/**
 * KeelDownload:size-hint:
 *
 * How large the file will be, in bytes, if the program knows; 0 if not.
 *
 * Since: 0.1
 */

/**
 * keel_download_get_size_hint:
 * @self: a description
 *
 * How large the program thinks that the file will be.
 *
 * Returns: bytes; 0 for not known
 *
 * Since: 0.1
 */
guint64
keel_download_get_size_hint (KeelDownload *self)
{
  g_return_val_if_fail (KEEL_IS_DOWNLOAD (self), 0);

  return self->size_hint;
}

/**
 * keel_download_set_size_hint:
 * @self: a description
 * @size_hint: bytes; 0 for not known
 *
 * Sets how large the file will be, for progress before the server has said it. What the server says
 * counts.
 *
 * Since: 0.1
 */
void
keel_download_set_size_hint (KeelDownload *self,
                             guint64       size_hint)
{
  g_return_if_fail (KEEL_IS_DOWNLOAD (self));

  if (self->size_hint == size_hint)
    return;
  self->size_hint = size_hint;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_SIZE_HINT - KEEL_DOWNLOAD_TERMS]);
}

/**
 * KeelDownload:spool:
 *
 * Whether the file is left with the service until it is taken.
 *
 * Since: 0.1
 */

/**
 * keel_download_get_spool:
 * @self: a description
 *
 * Whether the file is left with the service until it is taken.
 *
 * Returns: %TRUE if it is
 *
 * Since: 0.1
 */
gboolean
keel_download_get_spool (KeelDownload *self)
{
  g_return_val_if_fail (KEEL_IS_DOWNLOAD (self), FALSE);

  return self->spool;
}

/**
 * keel_download_set_spool:
 * @self: a description
 * @spool: whether the file is left with the service
 *
 * Leaves the file with the service, and in no folder of the user's, until
 * [method@Keel.Task.collect_async] takes it. From within a sandbox that is what happens anyway to a
 * download without a folder.
 *
 * Since: 0.1
 */
void
keel_download_set_spool (KeelDownload *self,
                         gboolean      spool)
{
  g_return_if_fail (KEEL_IS_DOWNLOAD (self));

  if (self->spool == !!spool)
    return;
  self->spool = !!spool;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_SPOOL - KEEL_DOWNLOAD_TERMS]);
}

/**
 * keel_download_set_folder_fd:
 * @self: a description
 * @fd: a file descriptor of a folder that was opened for reading (not with `O_PATH`), or -1 for
 * none
 * @error: return location for an error
 *
 * Sets the folder that the file goes to, as an open one. It counts more than
 * [property@Keel.Download:directory], and is the way to say it from within a sandbox.
 *
 * The descriptor is duplicated: @fd remains the caller's. Whether the folder can be written to is
 * checked when the download is added, which fails with %KEEL_ERROR_BAD_DESTINATION if not.
 *
 * Errors: %KEEL_ERROR_BAD_DESTINATION when @fd cannot be duplicated.
 *
 * Returns: %TRUE if it was set
 *
 * Since: 0.1
 */
gboolean
keel_download_set_folder_fd (KeelDownload  *self,
                             int            fd,
                             GError       **error)
{
  int copy = -1;

  g_return_val_if_fail (KEEL_IS_DOWNLOAD (self), FALSE);
  g_return_val_if_fail (fd >= -1, FALSE);

  if (fd >= 0)
    {
      copy = fcntl (fd, F_DUPFD_CLOEXEC, 3);
      if (copy < 0)
        {
          g_set_error (error, KEEL_ERROR, KEEL_ERROR_BAD_DESTINATION,
                       "The folder cannot be used: %s", g_strerror (errno));
          return FALSE;
        }
    }
  if (self->folder_fd >= 0)
    g_close (self->folder_fd, NULL);
  self->folder_fd = copy;
  return TRUE;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "keel-download-private.h"

#include "keel-enum-types.h"
#include "keel-error.h"

/* What is to be downloaded, before it is a task: a bag of values that is filled in, handed to a
 * session, and can be thrown away then. Nothing is checked here; the service says what is wrong.
 * On which terms it is to be transferred (network, power, time) is in keel-download-terms.c. */

/**
 * KeelDownload:
 *
 * What is to be downloaded: filled in, handed to [method@Keel.Session.add_download_async], and not
 * needed afterwards. Each property says the same as the getter of the same name.
 *
 * May be used from any one thread at a time.
 *
 * Since: 0.1
 */

G_DEFINE_FINAL_TYPE (KeelDownload, keel_download, G_TYPE_OBJECT)

static GParamSpec *props[KEEL_DOWNLOAD_TERMS];

static void
keel_download_set_string (KeelDownload  *self,
                          char         **member,
                          const char    *value,
                          guint          prop)
{
  if (g_strcmp0 (*member, value) == 0)
    return;
  g_free (*member);
  *member = g_strdup (value);
  g_object_notify_by_pspec (G_OBJECT (self), props[prop]);
}

/* D-Bus carries no other text. */
static gboolean
keel_download_check_text (KeelDownload  *self,
                          GError       **error)
{
  const char *const texts[] = { self->name, self->title,    self->checksum,
                                self->user, self->password, self->user_data };

  if (!g_utf8_validate (self->uri, -1, NULL))
    {
      g_set_error (error, KEEL_ERROR, KEEL_ERROR_BAD_URI, "The link is not valid UTF-8");
      return FALSE;
    }
  for (guint i = 0; self->mirrors != NULL && self->mirrors[i] != NULL; i++)
    if (!g_utf8_validate (self->mirrors[i], -1, NULL))
      {
        g_set_error (error, KEEL_ERROR, KEEL_ERROR_BAD_URI, "A mirror is not valid UTF-8");
        return FALSE;
      }
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    if (texts[i] != NULL && !g_utf8_validate (texts[i], -1, NULL))
      {
        g_set_error (error, KEEL_ERROR, KEEL_ERROR_INVALID_ARGUMENT,
                     "A name or another text of the download is not valid UTF-8");
        return FALSE;
      }
  return keel_download_check_terms (self, error);
}

static void
insert_text (GVariantDict *dict,
             const char   *key,
             const char   *value)
{
  if (value != NULL)
    g_variant_dict_insert (dict, key, "s", value);
}

/* (transfer floating): as AddTasks takes it, with an open folder added to fds; or NULL for what
 * cannot be said on the bus. */
GVariant *
keel_download_to_variant (KeelDownload  *self,
                          GUnixFDList   *fds,
                          GError       **error)
{
  g_autoptr (GEnumClass) words = g_type_class_ref (KEEL_TYPE_PRIORITY);
  const char *path = self->directory != NULL ? g_file_peek_path (self->directory) : NULL;
  GVariantDict dict;

  if (!keel_download_check_text (self, error))
    return NULL;
  if (self->directory != NULL && path == NULL)
    {
      g_set_error (error, KEEL_ERROR, KEEL_ERROR_BAD_DESTINATION, "The folder is not a local one");
      return NULL;
    }

  g_variant_dict_init (&dict, NULL);
  if (!keel_download_insert_terms (self, &dict, fds, error))
    {
      g_variant_dict_clear (&dict);
      return NULL;
    }
  insert_text (&dict, "uri", self->uri);
  if (path != NULL && self->folder_fd < 0)
    g_variant_dict_insert (&dict, "dir", "^ay", path);
  insert_text (&dict, "name", self->name);
  insert_text (&dict, "title", self->title);
  insert_text (&dict, "checksum", self->checksum);
  insert_text (&dict, "user", self->user);
  insert_text (&dict, "password", self->password);
  insert_text (&dict, "user-data", self->user_data);
  insert_text (&dict, "priority", g_enum_get_value (words, (int) self->priority)->value_nick);
  if (self->max_rate > 0)
    g_variant_dict_insert (&dict, "max-rate", "t", self->max_rate);
  if (self->max_connections > 0)
    g_variant_dict_insert (&dict, "max-connections", "u", self->max_connections);
  if (self->mirrors != NULL && self->mirrors[0] != NULL)
    g_variant_dict_insert (&dict, "mirrors", "^as", self->mirrors);
  if (self->not_before != NULL)
    g_variant_dict_insert (&dict, "not-before", "x",
                           g_date_time_to_unix (self->not_before) * G_USEC_PER_SEC +
                             g_date_time_get_microsecond (self->not_before));
  if (!self->start)
    g_variant_dict_insert (&dict, "start", "b", FALSE);
  if (self->headers->len > 0)
    g_variant_dict_insert_value (&dict, "headers",
                                 g_variant_new_array (G_VARIANT_TYPE ("(ss)"),
                                                      (GVariant *const *) self->headers->pdata,
                                                      self->headers->len));
  return g_variant_dict_end (&dict);
}

static void
keel_download_get_property (GObject    *object,
                            guint       prop_id,
                            GValue     *value,
                            GParamSpec *pspec)
{
  KeelDownload *self = KEEL_DOWNLOAD (object);

  switch (prop_id)
    {
    case PROP_URI:
      g_value_set_string (value, self->uri);
      break;
    case PROP_DIRECTORY:
      g_value_set_object (value, self->directory);
      break;
    case PROP_NAME:
      g_value_set_string (value, self->name);
      break;
    case PROP_TITLE:
      g_value_set_string (value, self->title);
      break;
    case PROP_CHECKSUM:
      g_value_set_string (value, self->checksum);
      break;
    case PROP_USER:
      g_value_set_string (value, self->user);
      break;
    case PROP_USER_DATA:
      g_value_set_string (value, self->user_data);
      break;
    case PROP_MAX_RATE:
      g_value_set_uint64 (value, self->max_rate);
      break;
    case PROP_MAX_CONNECTIONS:
      g_value_set_uint (value, self->max_connections);
      break;
    case PROP_MIRRORS:
      g_value_set_boxed (value, self->mirrors);
      break;
    case PROP_PRIORITY:
      g_value_set_enum (value, (int) self->priority);
      break;
    case PROP_NOT_BEFORE:
      g_value_set_boxed (value, self->not_before);
      break;
    case PROP_START:
      g_value_set_boolean (value, self->start);
      break;
    default:
      if (!keel_download_get_term (self, prop_id, value))
        G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
keel_download_set_property (GObject      *object,
                            guint         prop_id,
                            const GValue *value,
                            GParamSpec   *pspec)
{
  KeelDownload *self = KEEL_DOWNLOAD (object);

  switch (prop_id)
    {
    case PROP_URI:
      self->uri = g_value_dup_string (value);
      break;
    case PROP_DIRECTORY:
      keel_download_set_directory (self, g_value_get_object (value));
      break;
    case PROP_NAME:
      keel_download_set_name (self, g_value_get_string (value));
      break;
    case PROP_TITLE:
      keel_download_set_title (self, g_value_get_string (value));
      break;
    case PROP_CHECKSUM:
      keel_download_set_checksum (self, g_value_get_string (value));
      break;
    case PROP_USER:
      keel_download_set_user (self, g_value_get_string (value));
      break;
    case PROP_PASSWORD:
      keel_download_set_password (self, g_value_get_string (value));
      break;
    case PROP_USER_DATA:
      keel_download_set_user_data (self, g_value_get_string (value));
      break;
    case PROP_MAX_RATE:
      keel_download_set_max_rate (self, g_value_get_uint64 (value));
      break;
    case PROP_MAX_CONNECTIONS:
      keel_download_set_max_connections (self, g_value_get_uint (value));
      break;
    case PROP_MIRRORS:
      keel_download_set_mirrors (self, g_value_get_boxed (value));
      break;
    case PROP_PRIORITY:
      keel_download_set_priority (self, (KeelPriority) g_value_get_enum (value));
      break;
    case PROP_NOT_BEFORE:
      keel_download_set_not_before (self, g_value_get_boxed (value));
      break;
    case PROP_START:
      keel_download_set_start (self, g_value_get_boolean (value));
      break;
    default:
      if (!keel_download_set_term (self, prop_id, value))
        G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
keel_download_finalize (GObject *object)
{
  KeelDownload *self = KEEL_DOWNLOAD (object);

  g_free (self->uri);
  g_clear_object (&self->directory);
  g_free (self->name);
  g_free (self->title);
  g_free (self->checksum);
  g_free (self->user);
  g_free (self->password);
  g_free (self->user_data);
  g_strfreev (self->mirrors);
  g_clear_pointer (&self->not_before, g_date_time_unref);
  g_ptr_array_unref (self->headers);
  keel_download_clear_terms (self);
  G_OBJECT_CLASS (keel_download_parent_class)->finalize (object);
}

static GParamSpec *
create_string_pspec (const char *name)
{
  return g_param_spec_string (name, NULL, NULL, NULL,
                              G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
}

static void
keel_download_class_init (KeelDownloadClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->get_property = keel_download_get_property;
  object_class->set_property = keel_download_set_property;
  object_class->finalize = keel_download_finalize;

  props[PROP_URI] = g_param_spec_string ("uri", NULL, NULL, NULL,
                                         G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY |
                                           G_PARAM_STATIC_STRINGS);
  props[PROP_DIRECTORY] = g_param_spec_object ("directory", NULL, NULL, G_TYPE_FILE, flags);
  props[PROP_NAME] = create_string_pspec ("name");
  props[PROP_TITLE] = create_string_pspec ("title");
  props[PROP_CHECKSUM] = create_string_pspec ("checksum");
  props[PROP_USER] = create_string_pspec ("user");
  props[PROP_PASSWORD] = g_param_spec_string ("password", NULL, NULL, NULL,
                                              G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS |
                                                G_PARAM_EXPLICIT_NOTIFY);
  props[PROP_USER_DATA] = create_string_pspec ("user-data");
  props[PROP_MAX_RATE] = g_param_spec_uint64 ("max-rate", NULL, NULL, 0, G_MAXUINT64, 0, flags);
  props[PROP_MAX_CONNECTIONS] = g_param_spec_uint ("max-connections", NULL, NULL, 0, G_MAXUINT, 0,
                                                   flags);
  props[PROP_MIRRORS] = g_param_spec_boxed ("mirrors", NULL, NULL, G_TYPE_STRV, flags);
  props[PROP_PRIORITY] = g_param_spec_enum ("priority", NULL, NULL, KEEL_TYPE_PRIORITY,
                                            KEEL_PRIORITY_NORMAL, flags);
  props[PROP_NOT_BEFORE] = g_param_spec_boxed ("not-before", NULL, NULL, G_TYPE_DATE_TIME, flags);
  props[PROP_START] = g_param_spec_boolean ("start", NULL, NULL, TRUE, flags);
  g_object_class_install_properties (object_class, KEEL_DOWNLOAD_TERMS, props);
  keel_download_install_terms (object_class);
}

static void
keel_download_init (KeelDownload *self)
{
  self->priority = KEEL_PRIORITY_NORMAL;
  self->start = TRUE;
  keel_download_init_terms (self);
  self->headers = g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);
}

/**
 * keel_download_new:
 * @uri: what to download: an http or https address
 *
 * Makes a description with nothing but the address.
 *
 * The address is not checked here; a bad one is refused with %KEEL_ERROR_BAD_URI when the download
 * is added.
 *
 * Returns: (transfer full): a new description
 *
 * Since: 0.1
 */
KeelDownload *
keel_download_new (const char *uri)
{
  g_return_val_if_fail (uri != NULL, NULL);

  return g_object_new (KEEL_TYPE_DOWNLOAD, "uri", uri, NULL);
}

/**
 * KeelDownload:uri:
 *
 * What is downloaded.
 *
 * Since: 0.1
 */

/**
 * keel_download_get_uri:
 * @self: a description
 *
 * What is downloaded.
 *
 * Returns: (transfer none): the address, owned by the description
 *
 * Since: 0.1
 */
const char *
keel_download_get_uri (KeelDownload *self)
{
  g_return_val_if_fail (KEEL_IS_DOWNLOAD (self), NULL);

  return self->uri;
}

/**
 * KeelDownload:directory:
 *
 * The folder that the file goes to.
 *
 * Since: 0.1
 */

/**
 * keel_download_get_directory:
 * @self: a description
 *
 * The folder that the file goes to.
 *
 * Returns: (transfer none) (nullable): the folder, owned by the description; %NULL for the
 *   Downloads folder
 *
 * Since: 0.1
 */
GFile *
keel_download_get_directory (KeelDownload *self)
{
  g_return_val_if_fail (KEEL_IS_DOWNLOAD (self), NULL);

  return self->directory;
}

/**
 * keel_download_set_directory:
 * @self: a description
 * @directory: (nullable): a local folder, or %NULL for the Downloads folder
 *
 * Sets the folder that the file goes to.
 *
 * It must exist and be writable when the download is added, or that fails with
 * %KEEL_ERROR_BAD_DESTINATION.
 *
 * Since: 0.1
 */
void
keel_download_set_directory (KeelDownload *self,
                             GFile        *directory)
{
  g_return_if_fail (KEEL_IS_DOWNLOAD (self));

  if (g_set_object (&self->directory, directory))
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_DIRECTORY]);
}

/**
 * KeelDownload:name:
 *
 * The name that the file gets.
 *
 * Since: 0.1
 */

/**
 * keel_download_get_name:
 * @self: a description
 *
 * The name that the file gets.
 *
 * Returns: (transfer none) (nullable): the name, owned by the description; %NULL for the one
 *   that the server gives
 *
 * Since: 0.1
 */
const char *
keel_download_get_name (KeelDownload *self)
{
  g_return_val_if_fail (KEEL_IS_DOWNLOAD (self), NULL);

  return self->name;
}

/**
 * keel_download_set_name:
 * @self: a description
 * @name: (nullable): a name without a folder, or %NULL for the one that the server gives
 *
 * Sets the name that the file gets.
 *
 * The service makes it safe, and adds a number to it if it is taken.
 *
 * Since: 0.1
 */
void
keel_download_set_name (KeelDownload *self,
                        const char   *name)
{
  g_return_if_fail (KEEL_IS_DOWNLOAD (self));

  keel_download_set_string (self, &self->name, name, PROP_NAME);
}

/**
 * KeelDownload:title:
 *
 * What the download is called, for display.
 *
 * Since: 0.1
 */

/**
 * keel_download_get_title:
 * @self: a description
 *
 * What the download is called, for display.
 *
 * Returns: (transfer none) (nullable): the title, owned by the description
 *
 * Since: 0.1
 */
const char *
keel_download_get_title (KeelDownload *self)
{
  g_return_val_if_fail (KEEL_IS_DOWNLOAD (self), NULL);

  return self->title;
}

/**
 * keel_download_set_title:
 * @self: a description
 * @title: (nullable): a text for people, or %NULL for the name
 *
 * Sets what the download is called, for display.
 *
 * Since: 0.1
 */
void
keel_download_set_title (KeelDownload *self,
                         const char   *title)
{
  g_return_if_fail (KEEL_IS_DOWNLOAD (self));

  keel_download_set_string (self, &self->title, title, PROP_TITLE);
}

/**
 * KeelDownload:checksum:
 *
 * The checksum that the file shall have.
 *
 * Since: 0.1
 */

/**
 * keel_download_get_checksum:
 * @self: a description
 *
 * The checksum that the file shall have.
 *
 * Returns: (transfer none) (nullable): the checksum, owned by the description
 *
 * Since: 0.1
 */
const char *
keel_download_get_checksum (KeelDownload *self)
{
  g_return_val_if_fail (KEEL_IS_DOWNLOAD (self), NULL);

  return self->checksum;
}

/**
 * keel_download_set_checksum:
 * @self: a description
 * @checksum: (nullable): "sha-256:" and hexadecimal digits; likewise sha-512, sha-1 and md5
 *
 * Sets the checksum that the file shall have; it is checked before the file appears under its
 * name.
 *
 * A malformed one is refused with %KEEL_ERROR_INVALID_ARGUMENT when the download is added.
 *
 * Since: 0.1
 */
void
keel_download_set_checksum (KeelDownload *self,
                            const char   *checksum)
{
  g_return_if_fail (KEEL_IS_DOWNLOAD (self));

  keel_download_set_string (self, &self->checksum, checksum, PROP_CHECKSUM);
}

/**
 * KeelDownload:max-rate:
 *
 * The limit of this download.
 *
 * Since: 0.1
 */

/**
 * keel_download_get_max_rate:
 * @self: a description
 *
 * The limit of this download.
 *
 * Returns: bytes per second, or 0 for none
 *
 * Since: 0.1
 */
guint64
keel_download_get_max_rate (KeelDownload *self)
{
  g_return_val_if_fail (KEEL_IS_DOWNLOAD (self), 0);

  return self->max_rate;
}

/**
 * keel_download_set_max_rate:
 * @self: a description
 * @bytes_per_second: the limit, or 0 for none
 *
 * Limits how fast this download is fetched.
 *
 * Since: 0.1
 */
void
keel_download_set_max_rate (KeelDownload *self,
                            guint64       bytes_per_second)
{
  g_return_if_fail (KEEL_IS_DOWNLOAD (self));

  if (self->max_rate == bytes_per_second)
    return;
  self->max_rate = bytes_per_second;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_MAX_RATE]);
}

/**
 * KeelDownload:max-connections:
 *
 * How many connections may fetch this download at once.
 *
 * Since: 0.1
 */

/**
 * keel_download_get_max_connections:
 * @self: a description
 *
 * How many connections may fetch this download at once.
 *
 * Returns: the number, or 0 for as many as make it faster
 *
 * Since: 0.1
 */
guint
keel_download_get_max_connections (KeelDownload *self)
{
  g_return_val_if_fail (KEEL_IS_DOWNLOAD (self), 0);

  return self->max_connections;
}

/**
 * keel_download_set_max_connections:
 * @self: a description
 * @max_connections: at most so many, up to 32; or 0 for as many as make it faster, within the
 *   limits of the service
 *
 * Sets how many connections may fetch this download at once.
 *
 * A larger number is refused with %KEEL_ERROR_INVALID_ARGUMENT when the download is added.
 *
 * Since: 0.1
 */
void
keel_download_set_max_connections (KeelDownload *self,
                                   guint         max_connections)
{
  g_return_if_fail (KEEL_IS_DOWNLOAD (self));

  if (self->max_connections == max_connections)
    return;
  self->max_connections = max_connections;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_MAX_CONNECTIONS]);
}

/**
 * KeelDownload:mirrors:
 *
 * Other addresses of the same file.
 *
 * Since: 0.1
 */

/**
 * keel_download_get_mirrors:
 * @self: a description
 *
 * Other addresses of the same file.
 *
 * Returns: (transfer none) (nullable) (array zero-terminated=1): the addresses, owned by the
 *   description
 *
 * Since: 0.1
 */
const char *const *
keel_download_get_mirrors (KeelDownload *self)
{
  g_return_val_if_fail (KEEL_IS_DOWNLOAD (self), NULL);

  return (const char *const *) self->mirrors;
}

/**
 * keel_download_set_mirrors:
 * @self: a description
 * @mirrors: (nullable) (array zero-terminated=1): http or https addresses
 *
 * Sets other addresses of the same file, from which parts of it may be fetched.
 *
 * At most 16, or adding the download fails with %KEEL_ERROR_LIMITS_EXCEEDED. A bad one, or one with
 * a user name and a password in it, is refused with %KEEL_ERROR_BAD_URI.
 *
 * Since: 0.1
 */
void
keel_download_set_mirrors (KeelDownload      *self,
                           const char *const *mirrors)
{
  const char *const *present;

  g_return_if_fail (KEEL_IS_DOWNLOAD (self));

  present = keel_download_get_mirrors (self);
  if (present == mirrors || (present != NULL && mirrors != NULL && g_strv_equal (present, mirrors)))
    return;
  g_strfreev (self->mirrors);
  self->mirrors = g_strdupv ((char **) mirrors);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_MIRRORS]);
}

/**
 * KeelDownload:priority:
 *
 * Which of the waiting downloads comes first.
 *
 * Since: 0.1
 */

/**
 * keel_download_get_priority:
 * @self: a description
 *
 * Which of the waiting downloads comes first.
 *
 * Returns: the priority
 *
 * Since: 0.1
 */
KeelPriority
keel_download_get_priority (KeelDownload *self)
{
  g_return_val_if_fail (KEEL_IS_DOWNLOAD (self), KEEL_PRIORITY_NORMAL);

  return self->priority;
}

/**
 * keel_download_set_priority:
 * @self: a description
 * @priority: the priority
 *
 * Sets which of the waiting downloads comes first.
 *
 * Since: 0.1
 */
void
keel_download_set_priority (KeelDownload *self,
                            KeelPriority  priority)
{
  g_return_if_fail (KEEL_IS_DOWNLOAD (self));

  g_return_if_fail (priority <= KEEL_PRIORITY_HIGH);
  if (self->priority == priority)
    return;
  self->priority = priority;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_PRIORITY]);
}

/**
 * KeelDownload:not-before:
 *
 * When the download may start.
 *
 * Since: 0.1
 */

/**
 * keel_download_get_not_before:
 * @self: a description
 *
 * When the download may start.
 *
 * Returns: (transfer none) (nullable): the time, owned by the description; %NULL for at once
 *
 * Since: 0.1
 */
GDateTime *
keel_download_get_not_before (KeelDownload *self)
{
  g_return_val_if_fail (KEEL_IS_DOWNLOAD (self), NULL);

  return self->not_before;
}

/**
 * keel_download_set_not_before:
 * @self: a description
 * @not_before: (nullable): the earliest time, or %NULL for at once
 *
 * Sets when the download may start.
 *
 * Since: 0.1
 */
void
keel_download_set_not_before (KeelDownload *self,
                              GDateTime    *not_before)
{
  g_return_if_fail (KEEL_IS_DOWNLOAD (self));

  if (self->not_before == not_before)
    return;
  g_clear_pointer (&self->not_before, g_date_time_unref);
  self->not_before = not_before != NULL ? g_date_time_ref (not_before) : NULL;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_NOT_BEFORE]);
}

/**
 * KeelDownload:start:
 *
 * Whether the download starts by itself.
 *
 * Since: 0.1
 */

/**
 * keel_download_get_start:
 * @self: a description
 *
 * Whether the download starts by itself.
 *
 * Returns: %FALSE if it is added paused
 *
 * Since: 0.1
 */
gboolean
keel_download_get_start (KeelDownload *self)
{
  g_return_val_if_fail (KEEL_IS_DOWNLOAD (self), TRUE);

  return self->start;
}

/**
 * keel_download_set_start:
 * @self: a description
 * @start: %FALSE to add it paused
 *
 * Sets whether the download starts by itself; it does unless told otherwise.
 *
 * Since: 0.1
 */
void
keel_download_set_start (KeelDownload *self,
                         gboolean      start)
{
  g_return_if_fail (KEEL_IS_DOWNLOAD (self));

  if (self->start == start)
    return;
  self->start = start;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_START]);
}

/**
 * KeelDownload:user:
 *
 * Whom the server shall know.
 *
 * Since: 0.1
 */

/**
 * keel_download_get_user:
 * @self: a description
 *
 * Whom the server shall know.
 *
 * Returns: (transfer none) (nullable): the name, owned by the description
 *
 * Since: 0.1
 */
const char *
keel_download_get_user (KeelDownload *self)
{
  g_return_val_if_fail (KEEL_IS_DOWNLOAD (self), NULL);

  return self->user;
}

/**
 * keel_download_set_user:
 * @self: a description
 * @user: (nullable): a user name
 *
 * Sets whom the server shall know. Without a password, the keyring is asked for one, and then the
 * person.
 *
 * Since: 0.1
 */
void
keel_download_set_user (KeelDownload *self,
                        const char   *user)
{
  g_return_if_fail (KEEL_IS_DOWNLOAD (self));

  keel_download_set_string (self, &self->user, user, PROP_USER);
}

/**
 * KeelDownload:password:
 *
 * The password that belongs to the user name; write-only.
 *
 * Since: 0.1
 */

/**
 * keel_download_set_password:
 * @self: a description
 * @password: (nullable): the password that goes with the user name
 *
 * Sets the password. It cannot be read again, here or from the task; it is sent only to the server
 * of the address, and only when that asks for it, and it is kept in the keyring when it has proved
 * right.
 *
 * Since: 0.1
 */
void
keel_download_set_password (KeelDownload *self,
                            const char   *password)
{
  g_return_if_fail (KEEL_IS_DOWNLOAD (self));

  keel_download_set_string (self, &self->password, password, PROP_PASSWORD);
}

/**
 * KeelDownload:user-data:
 *
 * What the application wants to have kept with the task.
 *
 * Since: 0.1
 */

/**
 * keel_download_get_user_data:
 * @self: a description
 *
 * What the application wants to have kept with the task.
 *
 * Returns: (transfer none) (nullable): the text, owned by the description
 *
 * Since: 0.1
 */
const char *
keel_download_get_user_data (KeelDownload *self)
{
  g_return_val_if_fail (KEEL_IS_DOWNLOAD (self), NULL);

  return self->user_data;
}

/**
 * keel_download_set_user_data:
 * @self: a description
 * @user_data: (nullable): any text; it comes back as [property@Keel.Task:user-data]
 *
 * Sets what the application wants to have kept with the task; the service never looks at it.
 *
 * Since: 0.1
 */
void
keel_download_set_user_data (KeelDownload *self,
                             const char   *user_data)
{
  g_return_if_fail (KEEL_IS_DOWNLOAD (self));

  keel_download_set_string (self, &self->user_data, user_data, PROP_USER_DATA);
}

/**
 * keel_download_add_header:
 * @self: a description
 * @name: the name of a request header
 * @value: its value; both are UTF-8
 *
 * Adds a header to the requests of this download.
 *
 * Headers that frame the message, Host, Range, If-* and Proxy-*, and values with line breaks are
 * refused with %KEEL_ERROR_INVALID_ARGUMENT when the download is added.
 *
 * Since: 0.1
 */
void
keel_download_add_header (KeelDownload *self,
                          const char   *name,
                          const char   *value)
{
  g_return_if_fail (KEEL_IS_DOWNLOAD (self));
  g_return_if_fail (name != NULL);
  g_return_if_fail (value != NULL);
  g_return_if_fail (g_utf8_validate (name, -1, NULL) && g_utf8_validate (value, -1, NULL));

  g_ptr_array_add (self->headers, g_variant_ref_sink (g_variant_new ("(ss)", name, value)));
}

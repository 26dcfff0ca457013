/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-part-label.h"

#include "keel-open.h"
#include "keel-small-file.h"
#include "keel-words.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

/* A part file says what it is: so its transfer can be rebuilt when the database is lost.
 *
 * The label is a text of "key value" lines in the extended attribute `user.keelboat.label`; the
 * number of bytes that are durable is beside it in `user.keelboat.durable`, twenty digits, so that
 * a later one always fits in the place of an earlier one. Where the file system keeps no
 * attributes, or none so large, the same text is in `labels/<token>` in the state folder, with the
 * number in a line of fixed width at its beginning, which is rewritten in place.
 *
 * The number is never larger than the truth: it is set after a sync, to what that sync made
 * durable, and it is zero while the text changes. While the file is suspect after a crash the text
 * says so.
 *
 * A label has no password and no request header, which may hold secrets; it has the folder of the
 * service that wrote it, so that a second service with another state folder leaves the file alone.
 * It is gone when the file gets its final name.
 *
 * Anybody can write such an attribute. So what is read here is bounded and checked in form, keys
 * that are not known are passed over, and anything else that is odd makes the whole no label. A
 * file counts only if it is a regular one with one link that belongs to the user. Whether the link
 * may be fetched and the like is asked by the one who rebuilds (keel-store-rescue.c). */

#define LABEL_XATTR "user.keelboat.label"
#define DURABLE_XATTR "user.keelboat.durable"
#define FIRST_LINE "keelboat-label 1\n"
#define DURABLE_KEY "durable "
#define DURABLE_DIGITS 20
#define MOST_BYTES (64 * 1024)
#define TOKEN_DIGITS 32
#define PART_DIGITS 16

typedef struct {
  const char *key;
  gsize offset; /* in the record */
  gsize most_bytes;
  gboolean is_bytes; /* else it is UTF-8 */
} TextField;

#define TEXT(key, field, most)                                                                     \
  {                                                                                                \
    key, G_STRUCT_OFFSET (KeelTransferRecord, field), most, FALSE                                  \
  }
#define BYTES(key, field, most)                                                                    \
  {                                                                                                \
    key, G_STRUCT_OFFSET (KeelTransferRecord, field), most, TRUE                                   \
  }

static const TextField text_fields[] = {
  TEXT ("token", token, TOKEN_DIGITS),
  TEXT ("uri", uri, 8192),
  BYTES ("dir", dir, 4095),
  BYTES ("part", part_name, 255),
  TEXT ("wanted", wanted, 1024),
  BYTES ("chosen", chosen, 255),
  TEXT ("title", title, 4096),
  TEXT ("etag", etag, 1024),
  TEXT ("last-modified", last_modified, 256),
  TEXT ("date", date, 256),
  TEXT ("content-type", content_type, 1024),
  TEXT ("coding", coding, 64),
  TEXT ("checksum-algorithm", checksum_algorithm, 16),
  TEXT ("checksum", checksum_expected, 128),
};

#define MOST_NAME_BYTES 255
#define MOST_HOME_BYTES 4095

void
keel_part_label_free (KeelPartLabel *self)
{
  keel_transfer_record_free (self->record);
  g_free (self->app);
  g_free (self->identifier);
  g_free (self->home);
  g_free (self);
}

/* --- the text -------------------------------------------------------------------------------- */

static void
append_text (GString    *text,
             const char *key,
             const char *value,
             gsize       most_bytes)
{
  if (value == NULL || *value == '\0' || strlen (value) > most_bytes)
    return;
  g_string_append_printf (text, "%s ", key);
  for (const char *p = value; *p != '\0'; p++)
    if ((guchar) *p < 0x20 || *p == 0x7f || *p == '%')
      g_string_append_printf (text, "%%%02X", (guchar) *p);
    else
      g_string_append_c (text, *p);
  g_string_append_c (text, '\n');
}

static void
append_number (GString    *text,
               const char *key,
               guint64     value)
{
  g_string_append_printf (text, "%s %" G_GUINT64_FORMAT "\n", key, value);
}

/* The text for @record. Its `durable` comes first, at a place that does not move. Pure. (transfer
 * full) */
char *
keel_part_label_format (const KeelTransferRecord *record,
                        const char               *home)
{
  GString *text = g_string_new (FIRST_LINE);

  g_string_append_printf (text, DURABLE_KEY "%020" G_GUINT64_FORMAT "\n", record->durable);
  append_number (text, "id", (guint64) record->id);
  append_number (text, "created", (guint64) record->created_usec);
  append_text (text, "app", record->app, MOST_NAME_BYTES);
  append_text (text, "session", record->identifier, MOST_NAME_BYTES);
  append_text (text, "home", home, MOST_HOME_BYTES);
  append_text (text, "priority", keel_priority_to_string (record->priority), MOST_NAME_BYTES);
  if (record->has_total)
    append_number (text, "total", record->total);
  if (record->checksum_is_servers)
    append_number (text, "checksum-is-servers", 1);
  if (record->is_suspect)
    append_number (text, "suspect", 1);
  if (record->state == KEEL_TRANSFER_PAUSED)
    append_number (text, "paused", 1);
  for (gsize i = 0; i < G_N_ELEMENTS (text_fields); i++)
    append_text (text, text_fields[i].key,
                 G_STRUCT_MEMBER (const char *, record, text_fields[i].offset),
                 text_fields[i].most_bytes);
  return g_string_free (text, FALSE);
}

/* NULL: a bad escape, too long, or not the kind of text that is wanted. (transfer full) */
static char *
unescape (const char *value,
          gsize       most_bytes,
          gboolean    is_bytes)
{
  g_autofree char *plain = NULL;

  /* Refuses %00, and what follows a % that is no byte. */
  plain = g_uri_unescape_string (value, NULL);
  if (plain == NULL || *plain == '\0' || strlen (plain) > most_bytes)
    return NULL;
  if (!is_bytes && !g_utf8_validate (plain, -1, NULL))
    return NULL;
  return g_steal_pointer (&plain);
}

/* A line twice is nothing that we wrote. */
static gboolean
take_text (char       **place,
           const char  *value,
           gsize        most_bytes,
           gboolean     is_bytes)
{
  if (*place != NULL)
    return FALSE;
  *place = unescape (value, most_bytes, is_bytes);
  return *place != NULL;
}

static gboolean
take_number (guint64    *place,
             const char *value)
{
  return g_ascii_string_to_unsigned (value, 10, 0, G_MAXINT64, place, NULL);
}

static gboolean
take_field (KeelPartLabel *self,
            const char    *key,
            const char    *value)
{
  KeelTransferRecord *record = self->record;
  guint64 number;

  for (gsize i = 0; i < G_N_ELEMENTS (text_fields); i++)
    if (strcmp (key, text_fields[i].key) == 0)
      return take_text (&G_STRUCT_MEMBER (char *, record, text_fields[i].offset), value,
                        text_fields[i].most_bytes, text_fields[i].is_bytes);
  if (strcmp (key, "app") == 0)
    return take_text (&self->app, value, MOST_NAME_BYTES, FALSE);
  if (strcmp (key, "session") == 0)
    return take_text (&self->identifier, value, MOST_NAME_BYTES, FALSE);
  if (strcmp (key, "home") == 0)
    return take_text (&self->home, value, MOST_HOME_BYTES, TRUE);
  if (strcmp (key, "durable") == 0)
    return take_number (&record->durable, value);
  if (strcmp (key, "id") == 0)
    return take_number ((guint64 *) &record->id, value);
  if (strcmp (key, "created") == 0)
    return take_number ((guint64 *) &record->created_usec, value);
  if (strcmp (key, "total") == 0)
    {
      record->has_total = TRUE;
      return take_number (&record->total, value);
    }
  if (strcmp (key, "checksum-is-servers") == 0)
    {
      record->checksum_is_servers = TRUE;
      return take_number (&number, value);
    }
  if (strcmp (key, "paused") == 0)
    {
      record->state = KEEL_TRANSFER_PAUSED;
      record->pause_reason = KEEL_PAUSE_REASON_USER;
      return TRUE;
    }
  if (strcmp (key, "suspect") == 0)
    {
      record->is_suspect = TRUE;
      return take_number (&number, value);
    }
  /* An unknown word leaves it at normal, an unknown key says nothing. */
  if (strcmp (key, "priority") == 0)
    keel_priority_from_string (value, &record->priority);
  return TRUE;
}

static gboolean
is_hex (const char *text,
        gsize       digits)
{
  return strspn (text, "0123456789abcdef") == digits;
}

gboolean
keel_part_label_is_token (const char *token)
{
  return is_hex (token, TOKEN_DIGITS) && token[TOKEN_DIGITS] == '\0';
}

/* Whether a file of ours may have that name: ".<16 digits>.part". */
gboolean
keel_part_label_is_part_name (const char *name)
{
  return *name == '.' && is_hex (name + 1, PART_DIGITS) &&
         strcmp (name + 1 + PART_DIGITS, ".part") == 0;
}

static gboolean
is_leaf (const char *name)
{
  return strchr (name, '/') == NULL && strcmp (name, ".") != 0 && strcmp (name, "..") != 0;
}

static gboolean
is_whole (const KeelPartLabel *self)
{
  const KeelTransferRecord *record = self->record;

  if (record->id <= 0 || record->uri == NULL || record->token == NULL || self->app == NULL ||
      self->identifier == NULL || self->home == NULL)
    return FALSE;
  if (!keel_part_label_is_token (record->token) ||
      (record->checksum_algorithm == NULL) != (record->checksum_expected == NULL))
    return FALSE;
  if (record->part_name != NULL && !keel_part_label_is_part_name (record->part_name))
    return FALSE;
  return record->chosen == NULL || is_leaf (record->chosen);
}

/* The label that @text is, or NULL. Pure. (transfer full) */
KeelPartLabel *
keel_part_label_parse (const char *text,
                       gsize       length)
{
  g_autoptr (KeelPartLabel) self = g_new0 (KeelPartLabel, 1);
  g_autofree char *copy = NULL;
  g_auto (GStrv) lines = NULL;

  self->record = keel_transfer_record_new ();
  if (length > MOST_BYTES || memchr (text, '\0', length) != NULL)
    return NULL;
  copy = g_strndup (text, length);
  if (!g_str_has_prefix (copy, FIRST_LINE))
    return NULL;
  lines = g_strsplit (copy + strlen (FIRST_LINE), "\n", -1);
  for (guint i = 0; lines[i] != NULL && *lines[i] != '\0'; i++)
    {
      char *blank = strchr (lines[i], ' ');

      if (blank == NULL)
        return NULL;
      *blank = '\0';
      if (!take_field (self, lines[i], blank + 1))
        return NULL;
    }
  if (!is_whole (self))
    return NULL;
  /* Until the file gets it, the name that was chosen is its name. */
  self->record->name = g_strdup (self->record->chosen);
  return g_steal_pointer (&self);
}

/* --- writing --------------------------------------------------------------------------------- */

static char *
dup_beside (const char *labels_dir,
            const char *token)
{
  return g_build_filename (labels_dir, token, NULL);
}

static gboolean
set_xattr (int         fd,
           const char *name,
           const char *value,
           int         flags)
{
  return fsetxattr (fd, name, value, strlen (value), flags) == 0;
}

static void
format_durable (char    *digits,
                guint64  durable)
{
  g_snprintf (digits, DURABLE_DIGITS + 1, "%020" G_GUINT64_FORMAT, durable);
}

static void
write_beside (const char *text,
              const char *token,
              const char *labels_dir)
{
  g_autofree char *path = dup_beside (labels_dir, token);
  g_autoptr (GError) error = NULL;

  /* Not worth failing a download for: it matters only when the database is lost as well. */
  if (g_mkdir_with_parents (labels_dir, 0700) != 0)
    g_info ("%s: %s", labels_dir, g_strerror (errno));
  else if (!keel_small_file_replace (path, text, strlen (text), &error))
    g_info ("%s", error->message);
}

/* Labels the part file @fd, which is @record's, with what is known of it; @record->durable has been
 * synced. To be called when the file is made, when an answer has told more, and, with a `durable`
 * of 0, before it is emptied for another version. */
void
keel_part_label_write (int                       fd,
                       const KeelTransferRecord *record,
                       const char               *labels_dir)
{
  g_autofree char *text = NULL;
  g_autofree char *path = NULL;
  char digits[DURABLE_DIGITS + 1];

  if (record->token == NULL || record->app == NULL)
    return;
  text = keel_part_label_format (record, labels_dir);
  path = dup_beside (labels_dir, record->token);
  format_durable (digits, 0);
  if (set_xattr (fd, DURABLE_XATTR, digits, 0) && set_xattr (fd, LABEL_XATTR, text, 0))
    {
      format_durable (digits, record->durable);
      if (record->durable > 0)
        set_xattr (fd, DURABLE_XATTR, digits, XATTR_REPLACE);
      if (unlink (path) != 0 && errno != ENOENT)
        g_info ("%s: %s", path, g_strerror (errno));
      return;
    }
  /* No attributes here, or no room for this one. An older text must not stay. */
  fremovexattr (fd, LABEL_XATTR);
  fremovexattr (fd, DURABLE_XATTR);
  write_beside (text, record->token, labels_dir);
}

/* So many bytes of the part file have been synced. */
void
keel_part_label_set_durable (int         fd,
                             const char *token,
                             guint64     durable,
                             const char *labels_dir)
{
  g_autofree char *path = NULL;
  char digits[DURABLE_DIGITS + 1];
  int beside;

  format_durable (digits, durable);
  if (set_xattr (fd, DURABLE_XATTR, digits, XATTR_REPLACE))
    return;
  path = dup_beside (labels_dir, token);
  beside = open (path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
  if (beside < 0)
    return;
  if (pwrite (beside, digits, DURABLE_DIGITS, strlen (FIRST_LINE DURABLE_KEY)) != DURABLE_DIGITS)
    g_info ("%s: the label cannot be written", path);
  close (beside);
}

/* The part file becomes the file, or goes. @fd may be -1 when it is gone already. */
void
keel_part_label_remove (int         fd,
                        const char *token,
                        const char *labels_dir)
{
  g_autofree char *path = dup_beside (labels_dir, token);

  if (fd >= 0)
    {
      fremovexattr (fd, LABEL_XATTR);
      fremovexattr (fd, DURABLE_XATTR);
    }
  if (unlink (path) != 0 && errno != ENOENT && errno != ENOTDIR)
    g_info ("%s: %s", path, g_strerror (errno));
}

/* --- reading --------------------------------------------------------------------------------- */

static gboolean
is_mine (int          fd,
         struct stat *out_info)
{
  return fstat (fd, out_info) == 0 && S_ISREG (out_info->st_mode) && out_info->st_nlink == 1 &&
         out_info->st_uid == geteuid ();
}

/* -1: none. */
static gssize
get_xattr (int         fd,
           const char *name,
           char       *buffer,
           gsize       size)
{
  return fgetxattr (fd, name, buffer, size);
}

static void
take_durable (int            fd,
              KeelPartLabel *self)
{
  char digits[DURABLE_DIGITS + 1] = { 0 };

  self->record->durable = 0;
  if (get_xattr (fd, DURABLE_XATTR, digits, DURABLE_DIGITS) != DURABLE_DIGITS ||
      !take_number (&self->record->durable, digits))
    self->record->durable = 0;
}

/* Where it is, whatever the label says of that. */
static void
take_place (KeelPartLabel     *self,
            const char        *dir,
            const char        *part_name,
            const struct stat *info)
{
  KeelTransferRecord *record = self->record;

  g_free (record->dir);
  record->dir = g_strdup (dir);
  g_free (record->part_name);
  record->part_name = g_strdup (part_name);
  record->part_ino = info->st_ino;
  record->durable = MIN (record->durable, (guint64) info->st_size);
}

/* The label of the part file @part_name in @dir, with its inode and with no more bytes than it has;
 * NULL when there is none of the service whose labels are in @labels_dir. (transfer full) */
KeelPartLabel *
keel_part_label_read (int         dir_fd,
                      const char *dir,
                      const char *part_name,
                      const char *labels_dir)
{
  g_autofree char *text = g_malloc (MOST_BYTES);
  KeelPartLabel *self = NULL;
  struct stat info;
  gssize length;
  int fd = keel_open_file_at (dir_fd, part_name, O_RDONLY);

  if (fd < 0)
    return NULL;
  length = is_mine (fd, &info) ? get_xattr (fd, LABEL_XATTR, text, MOST_BYTES) : -1;
  if (length > 0)
    self = keel_part_label_parse (text, (gsize) length);
  if (self != NULL && strcmp (self->home, labels_dir) == 0)
    {
      take_durable (fd, self);
      take_place (self, dir, part_name, &info);
    }
  else
    g_clear_pointer (&self, keel_part_label_free);
  close (fd);
  return self;
}

/* (transfer full) (nullable) */
static char *
load_beside (const char *path,
             gsize      *out_length)
{
  g_autofree char *text = g_malloc (MOST_BYTES);
  struct stat info;
  gssize length = -1;
  int fd = open (path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

  if (fd < 0)
    return NULL;
  if (is_mine (fd, &info))
    length = read (fd, text, MOST_BYTES);
  close (fd);
  *out_length = (gsize) MAX (length, 0);
  return length > 0 ? g_steal_pointer (&text) : NULL;
}

/* Likewise by the label for @token in @labels_dir. (transfer full) (nullable) */
KeelPartLabel *
keel_part_label_read_beside (const char *labels_dir,
                             const char *token)
{
  g_autofree char *path = dup_beside (labels_dir, token);
  gsize length;
  g_autofree char *text = load_beside (path, &length);
  g_autoptr (KeelPartLabel) self = text != NULL ? keel_part_label_parse (text, length) : NULL;
  g_autofree char *part_name = NULL;
  g_autofree char *dir = NULL;
  struct stat info;
  gboolean is_there = FALSE;
  int dir_fd;
  int fd = -1;

  if (self == NULL || strcmp (self->home, labels_dir) != 0 ||
      strcmp (self->record->token, token) != 0 || self->record->dir == NULL ||
      self->record->part_name == NULL)
    return NULL;
  dir = g_strdup (self->record->dir);
  part_name = g_strdup (self->record->part_name);
  dir_fd = open (dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (dir_fd >= 0)
    fd = keel_open_file_at (dir_fd, part_name, O_RDONLY);
  if (fd >= 0)
    {
      is_there = is_mine (fd, &info);
      close (fd);
    }
  if (dir_fd >= 0)
    close (dir_fd);
  if (!is_there)
    return NULL;
  take_place (self, dir, part_name, &info);
  return g_steal_pointer (&self);
}

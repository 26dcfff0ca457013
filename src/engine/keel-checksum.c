/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-checksum.h"

#include "keel-task-error.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <string.h>

/* The checksum that a file should have, and the one that it has. GnuTLS, because it is here for
 * TLS anyway and computes SHA-256 seven times as fast as GChecksum. */

#define READ_BYTES (1024 * 1024)

static const struct {
  const char *word;
  gnutls_digest_algorithm_t digest;
} algorithms[] = {
  { "sha-256", GNUTLS_DIG_SHA256 },
  { "sha-512", GNUTLS_DIG_SHA512 },
  { "sha-1", GNUTLS_DIG_SHA1 },
  { "md5", GNUTLS_DIG_MD5 },
};

static gboolean
find_algorithm (const char                *word,
                gnutls_digest_algorithm_t *out_digest)
{
  for (gsize i = 0; i < G_N_ELEMENTS (algorithms); i++)
    if (g_ascii_strcasecmp (algorithms[i].word, word) == 0)
      {
        *out_digest = algorithms[i].digest;
        return TRUE;
      }
  return FALSE;
}

static gboolean
is_hex (const char *text,
        gsize       digits)
{
  return strlen (text) == digits && strspn (text, "0123456789abcdefABCDEF") == digits;
}

/* Takes "sha-256:<hex>" apart. KEEL_ERROR_INVALID_ARGUMENT when it is not that. */
gboolean
keel_checksum_parse (const char  *text,
                     char       **out_algorithm,
                     char       **out_hex,
                     GError     **error)
{
  const char *colon = strchr (text, ':');
  g_autofree char *word = colon != NULL ? g_ascii_strdown (text, colon - text) : NULL;
  gnutls_digest_algorithm_t digest;

  if (word == NULL || !find_algorithm (word, &digest))
    {
      g_set_error_literal (error, KEEL_ERROR, KEEL_ERROR_INVALID_ARGUMENT,
                           "A checksum is sha-256, sha-512, sha-1 or md5, a colon, and digits");
      return FALSE;
    }
  if (!is_hex (colon + 1, 2 * (gsize) gnutls_hash_get_len (digest)))
    {
      g_set_error (error, KEEL_ERROR, KEEL_ERROR_INVALID_ARGUMENT,
                   "A %s checksum has %d hexadecimal digits", word,
                   2 * gnutls_hash_get_len (digest));
      return FALSE;
    }
  *out_hex = g_ascii_strdown (colon + 1, -1);
  *out_algorithm = g_steal_pointer (&word);
  return TRUE;
}

static char *
to_hex (const guint8 *bytes,
        gsize         length)
{
  GString *hex = g_string_sized_new (2 * length);

  for (gsize i = 0; i < length; i++)
    g_string_append_printf (hex, "%02x", bytes[i]);
  return g_string_free (hex, FALSE);
}

static gboolean
hash_all (gnutls_hash_hd_t   hash,
          KeelPartFile      *part,
          guint64            length,
          GCancellable      *cancellable,
          GError           **error)
{
  g_autofree char *buffer = g_malloc (READ_BYTES);

  for (guint64 offset = 0; offset < length;)
    {
      gsize wanted = (gsize) MIN (length - offset, READ_BYTES);
      gssize count;

      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
      count = keel_part_file_read (part, buffer, wanted, offset, error);
      if (count < 0)
        return FALSE;
      if (count == 0)
        {
          g_set_error_literal (error, KEEL_TASK_ERROR, KEEL_TASK_ERROR_DISK,
                               "The file became shorter while it was checked");
          return FALSE;
        }
      gnutls_hash (hash, buffer, (gsize) count);
      offset += (guint64) count;
    }
  return TRUE;
}

/* The checksum of the first @length bytes, as hexadecimal digits; blocks. NULL with @error. */
char *
keel_checksum_compute (KeelPartFile  *part,
                       guint64        length,
                       const char    *algorithm,
                       GCancellable  *cancellable,
                       GError       **error)
{
  guint8 value[64];
  gnutls_digest_algorithm_t digest;
  gnutls_hash_hd_t hash;
  gboolean ok;

  if (!find_algorithm (algorithm, &digest) || gnutls_hash_init (&hash, digest) != 0)
    {
      g_set_error (error, KEEL_TASK_ERROR, KEEL_TASK_ERROR_INTERNAL,
                   "The checksum %s cannot be computed on this machine", algorithm);
      return NULL;
    }
  ok = hash_all (hash, part, length, cancellable, error);
  gnutls_hash_deinit (hash, value);
  return ok ? to_hex (value, (gsize) gnutls_hash_get_len (digest)) : NULL;
}

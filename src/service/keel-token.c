/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-token.h"

#include "keel-token-file.h"

/* Tokens: what stands for the identity of a caller when this service is in a sandbox itself and
 * sees no processes. 32 random bytes, which the library makes once for each application and keeps
 * in its private data; here only their SHA-256 is kept.
 *
 * Our own programs are those of the same Flatpak, whichever instance they run in: they have the
 * same data folder as this service, and so the same token, in the same file. Whoever comes first,
 * service or program, makes it (src/common/keel-token-file.c). */

static char *
hash (gconstpointer bytes)
{
  return g_compute_checksum_for_data (G_CHECKSUM_SHA256, bytes, KEEL_TOKEN_BYTES);
}

/* Of the token in the options of a call. (transfer full) (nullable): there is none */
char *
keel_token_dup_hash (GVariant *options)
{
  g_autoptr (GVariant) token = g_variant_lookup_value (options, "token", G_VARIANT_TYPE ("ay"));

  return token != NULL && g_variant_get_size (token) == KEEL_TOKEN_BYTES ?
           hash (g_variant_get_data (token)) :
           NULL;
}

/* Of our own programs' token, which is made if there is none. Blocks. (transfer full) */
char *
keel_token_dup_own_hash (GError **error)
{
  guint8 token[KEEL_TOKEN_BYTES];

  return keel_token_file_load (token, error) ? hash (token) : NULL;
}

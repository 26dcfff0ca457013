/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fuzz-input.h"
#include "keel-checksum-text.h"
#include "keel-links.h"
#include "keel-metalink.h"
#include "keel-own-uri.h"

#include <string.h>

/* What strangers offer, as a metalink or as a link of our own: whatever comes of it are links that
 * can be downloaded, names that lead nowhere, and checksums. */

static void
check_offer (const KeelOffer *offer)
{
  g_assert_true (keel_links_is_plain (offer->link));
  g_assert_cmpuint (offer->mirrors->len, <=, KEEL_OFFER_MIRRORS_MAX);
  for (guint i = 0; i < offer->mirrors->len; i++)
    {
      g_assert_true (keel_links_is_plain (offer->mirrors->pdata[i]));
      g_assert_cmpstr (offer->mirrors->pdata[i], !=, offer->link);
    }

  if (offer->name != NULL)
    {
      g_assert_true (g_utf8_validate (offer->name, -1, NULL));
      g_assert_true (strpbrk (offer->name, "/\\\n") == NULL && *offer->name != '\0');
      g_assert_cmpuint (strlen (offer->name), <=, 255);
      g_assert_true (strcmp (offer->name, ".") != 0 && strcmp (offer->name, "..") != 0);
    }

  if (offer->checksum != NULL)
    {
      g_autofree char *again = keel_checksum_text_parse (offer->checksum);

      g_assert_cmpstr (again, ==, offer->checksum);
    }
}

static void
check (GPtrArray    *offers,
       guint         most,
       const GError *error)
{
  g_assert_true ((offers != NULL) == (error == NULL));
  if (offers == NULL)
    {
      g_assert_true (error->domain == G_IO_ERROR);
      return;
    }

  g_assert_true (offers->len > 0 && offers->len <= most);
  for (guint i = 0; i < offers->len; i++)
    check_offer (offers->pdata[i]);
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  FuzzInput input = { data, size };
  g_autoptr (GError) metalink_error = NULL;
  g_autoptr (GError) uri_error = NULL;
  g_autoptr (GPtrArray) from_metalink = NULL;
  g_autoptr (GPtrArray) from_uri = NULL;
  g_autofree char *text = NULL;

  /* Not with a NUL behind it: it must not read on. */
  from_metalink = keel_metalink_parse ((const char *) data, size, &metalink_error);
  check (from_metalink, KEEL_LINKS_MAX, metalink_error);
  keel_metalink_is_one ((const char *) data, size);

  text = fuzz_input_take_text (&input);
  from_uri = keel_own_uri_parse (text, &uri_error);
  check (from_uri, KEEL_OWN_URI_OFFERS_MAX, uri_error);

  return 0;
}

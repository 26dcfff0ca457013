/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-own-uri.h"

#include <glib/gi18n.h>
#include <string.h>

#include "keel-checksum-text.h"
#include "keel-links.h"

/* Links of our own kind, with which a web page or a program offers downloads:
 *
 *   keelboat:add?url=URL[&name=NAME][&checksum=ALGORITHM:DIGITS][&mirror=URL]...[&url=URL...]
 *
 * Each "url" begins a download, and what follows belongs to it until the next one. Values are
 * percent-encoded UTF-8 (RFC 3986); a "+" is a plus. URLs are http or https, without a user name.
 *
 * Any page that somebody looks at may open such a link, so all that comes of it is the Add window,
 * filled in, before the eyes of a person. There is nothing in it that chooses a folder, headers or
 * credentials, or that starts anything. And it is taken whole or not at all: what is not
 * understood, comes twice, is too long or is not encoded is refused with a sentence, because a link
 * of which a part is dropped would be another one than its maker has written. Pure. */

#define SCHEME "keelboat:"
#define VERB "add?"

/* As they stand in a query, besides letters and digits (RFC 3986, 3.4); "&" and "=" divide. */
#define QUERY_CHARACTERS "-._~!$'()*+,;:@/?%"

static gboolean
refuse (GError     **error,
        const char  *words)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, words);

  return FALSE;
}

static gboolean
refuse_form (GError **error)
{
  return refuse (error, _("This “keelboat:” link is not valid"));
}

static gboolean
is_encoded (const char *text)
{
  for (const char *p = text; *p != '\0'; p++)
    {
      if (!g_ascii_isalnum (*p) && strchr (QUERY_CHARACTERS, *p) == NULL)
        return FALSE;
    }

  return TRUE;
}

/* Returns: (transfer full) (nullable): what @text stands for; NULL if it is not encoded well */
static char *
decode (const char *text)
{
  g_autofree char *plain = is_encoded (text) ? g_uri_unescape_string (text, NULL) : NULL;

  if (plain == NULL || *plain == '\0' || !g_utf8_validate (plain, -1, NULL))
    return NULL;

  return g_steal_pointer (&plain);
}

static gboolean
take_url (GPtrArray   *offers,
          const char  *url,
          GError     **error)
{
  if (!keel_links_is_plain (url))
    return refuse (error, _("This kind of link is not supported"));
  if (offers->len >= KEEL_OWN_URI_OFFERS_MAX)
    return refuse (error, _("This “keelboat:” link is too long"));

  g_ptr_array_add (offers, keel_offer_new (url));

  return TRUE;
}

/* What is said of the download that was begun last. */
static gboolean
take_word (KeelOffer   *offer,
           const char  *key,
           const char  *value,
           GError     **error)
{
  if (g_str_equal (key, "name"))
    return (offer->name == NULL && keel_offer_take_name (offer, value)) || refuse_form (error);

  if (g_str_equal (key, "checksum"))
    {
      if (offer->checksum != NULL)
        return refuse_form (error);
      offer->checksum = keel_checksum_text_parse (value);
      return offer->checksum != NULL || refuse_form (error);
    }

  if (g_str_equal (key, "mirror"))
    {
      if (!keel_links_is_plain (value))
        return refuse (error, _("This kind of link is not supported"));
      return keel_offer_add_mirror (offer, value) ||
             refuse (error, _("This “keelboat:” link is too long"));
    }

  return refuse (error, _("This “keelboat:” link asks for too much"));
}

static gboolean
take_part (GPtrArray   *offers,
           const char  *part,
           GError     **error)
{
  const char *equals = strchr (part, '=');
  g_autofree char *key = equals != NULL ? g_strndup (part, (gsize) (equals - part)) : NULL;
  g_autofree char *value = equals != NULL ? decode (equals + 1) : NULL;

  if (key == NULL || value == NULL)
    return refuse_form (error);
  if (g_str_equal (key, "url"))
    return take_url (offers, value, error);
  if (offers->len == 0)
    return refuse_form (error);

  return take_word (g_ptr_array_index (offers, offers->len - 1), key, value, error);
}

/* Whether it is for us, right or wrong. */
gboolean
keel_own_uri_is_one (const char *text)
{
  return g_ascii_strncasecmp (text, SCHEME, strlen (SCHEME)) == 0;
}

/* Returns: (transfer full) (nullable) (element-type KeelOffer): what @text offers, one at least.
 * Else @error has a sentence for people. */
GPtrArray *
keel_own_uri_parse (const char  *text,
                    GError     **error)
{
  g_autoptr (GPtrArray) offers = keel_offers_new ();
  g_auto (GStrv) parts = NULL;
  const char *rest;

  if (!keel_own_uri_is_one (text))
    {
      refuse_form (error);
      return NULL;
    }
  if (strlen (text) > KEEL_OWN_URI_BYTES_MAX)
    {
      refuse (error, _("This “keelboat:” link is too long"));
      return NULL;
    }

  rest = text + strlen (SCHEME);
  if (!g_str_has_prefix (rest, VERB))
    {
      refuse (error, _("This “keelboat:” link asks for too much"));
      return NULL;
    }

  parts = g_strsplit (rest + strlen (VERB), "&", -1);
  for (guint i = 0; parts[i] != NULL; i++)
    {
      if (!take_part (offers, parts[i], error))
        return NULL;
    }

  if (offers->len == 0)
    {
      refuse_form (error);
      return NULL;
    }

  return g_steal_pointer (&offers);
}

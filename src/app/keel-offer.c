/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-offer.h"

#include <string.h>

/* What the Add window is filled with: a link, and what the one who gave it says of the file behind
 * it. Links that are pasted or typed say nothing; a metalink file (keel-metalink.c) and a link of
 * our own kind (keel-own-uri.c) may name the file, its checksum and its mirrors.
 *
 * All of that is a stranger's word. It is shown before anything is downloaded, and it never says
 * where a file goes: of a name with a folder in it only the last part is taken. The service makes
 * each name safe by its own rules, wherever it comes from; here it is only made fit to be looked
 * at. */

/* Most file systems take no longer names. */
#define NAME_BYTES_MAX 255

KeelOffer *
keel_offer_new (const char *link)
{
  KeelOffer *self = g_rc_box_new0 (KeelOffer);

  self->link = g_strdup (link);
  self->mirrors = g_ptr_array_new_with_free_func (g_free);

  return self;
}

KeelOffer *
keel_offer_ref (KeelOffer *self)
{
  return g_rc_box_acquire (self);
}

static void
clear (gpointer data)
{
  KeelOffer *self = data;

  g_free (self->link);
  g_free (self->name);
  g_free (self->checksum);
  g_ptr_array_unref (self->mirrors);
}

void
keel_offer_unref (KeelOffer *self)
{
  g_rc_box_release_full (self, clear);
}

/* What is not seen, or makes a name look like another one. */
static gboolean
is_hidden (gunichar c)
{
  GUnicodeType type = g_unichar_type (c);

  return type == G_UNICODE_CONTROL || type == G_UNICODE_FORMAT ||
         type == G_UNICODE_LINE_SEPARATOR || type == G_UNICODE_PARAGRAPH_SEPARATOR;
}

/* The last part of @name, fit to be looked at, is what the file shall be called. Says whether there
 * is anything left of it. */
gboolean
keel_offer_take_name (KeelOffer  *self,
                      const char *name)
{
  const char *slash = strrchr (name, '/');
  const char *backslash = strrchr (name, '\\');
  const char *last = MAX (slash != NULL ? slash + 1 : name,
                          backslash != NULL ? backslash + 1 : name);
  g_autoptr (GString) fit = g_string_new (NULL);

  if (!g_utf8_validate (name, -1, NULL))
    return FALSE;

  for (const char *p = last; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (fit->len + (gsize) (g_utf8_next_char (p) - p) > NAME_BYTES_MAX)
        return FALSE;
      g_string_append_unichar (fit, is_hidden (c) ? '_' : c);
    }

  g_strstrip (fit->str);
  if (*fit->str == '\0' || g_str_equal (fit->str, ".") || g_str_equal (fit->str, ".."))
    return FALSE;

  g_free (self->name);
  self->name = g_strdup (fit->str);

  return TRUE;
}

/* Says whether there was room for it, or it was there already. */
gboolean
keel_offer_add_mirror (KeelOffer  *self,
                       const char *link)
{
  if (g_str_equal (link, self->link) ||
      g_ptr_array_find_with_equal_func (self->mirrors, link, g_str_equal, NULL))
    return TRUE;
  if (self->mirrors->len >= KEEL_OFFER_MIRRORS_MAX)
    return FALSE;

  g_ptr_array_add (self->mirrors, g_strdup (link));

  return TRUE;
}

/* Returns: (transfer full) (element-type KeelOffer): none yet */
GPtrArray *
keel_offers_new (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) keel_offer_unref);
}

/* Returns: (transfer full) (element-type KeelOffer): of which no more is known than @links */
GPtrArray *
keel_offers_for_links (const char *const *links)
{
  GPtrArray *offers = keel_offers_new ();

  for (guint i = 0; links[i] != NULL; i++)
    g_ptr_array_add (offers, keel_offer_new (links[i]));

  return offers;
}

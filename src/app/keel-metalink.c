/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-metalink.h"

#include <string.h>

#include "keel-checksum-text.h"
#include "keel-links.h"

/* Reads metalink files (RFC 5854): what a file is called, how large it is, its checksums, and the
 * servers that have it, the best ones first.
 *
 *   metalink > file (name) > size, hash (type), url (priority)
 *
 * Everything else is passed over: pieces, because the service has hashes of its own for what is on
 * disk, languages, signatures, and metaurls, which lead to torrents. Of the checksums the strongest
 * is taken; a file that has no link of a kind that can be downloaded is left out.
 *
 * Such files come from anywhere. GMarkup knows no DTDs and no entities but those of XML itself, so
 * nothing is fetched and nothing grows; depth, counts and lengths have limits here. Names are taken
 * as those of strangers (keel-offer.c), links as well. A document that is not well formed, or in
 * which a number or a checksum is none, is refused as a whole: something has cut or changed it.
 * Pure. */

#define NAMESPACE "urn:ietf:params:xml:ns:metalink"

/* Who has a file with another name looks here for what it is. */
#define HEAD_BYTES 4096

#define DEPTH_MAX 32
#define URLS_MAX 256 /* of a file; of those the best ones are taken */
#define TEXT_BYTES_MAX 8192
#define PRIORITY_LAST 999999 /* RFC 5854, 4.1.5.2: 1 is the best, this the last */

typedef enum {
  TEXT_NONE,
  TEXT_SIZE,
  TEXT_HASH,
  TEXT_URL,
} TextKind;

typedef struct {
  char *link; /* (owned) */
  guint64 priority;
} Url;

typedef struct {
  GPtrArray *offers; /* (owned) (element-type KeelOffer) */
  char *prefix;      /* (owned) (nullable) with its colon, of elements in our namespace */
  guint depth;
  gboolean has_root;

  /* The file that is being read. */
  gboolean is_in_file;
  char *name;     /* (owned) (nullable) */
  char *checksum; /* (owned) (nullable) */
  int strength;   /* of that; -1: there is none */
  guint64 size_bytes;
  GArray *urls; /* (owned) (element-type Url) */

  /* The element of it that is being read. */
  TextKind kind;
  GString *text;    /* (owned) */
  char *hash_type;  /* (owned) (nullable) */
  guint64 priority; /* of the link */
} Reader;

static void
url_clear (gpointer data)
{
  g_free (((Url *) data)->link);
}

static Reader *
reader_new (void)
{
  Reader *self = g_new0 (Reader, 1);

  self->offers = keel_offers_new ();
  self->urls = g_array_new (FALSE, FALSE, sizeof (Url));
  g_array_set_clear_func (self->urls, url_clear);
  self->text = g_string_new (NULL);

  return self;
}

static void
reader_free (Reader *self)
{
  g_ptr_array_unref (self->offers);
  g_array_unref (self->urls);
  g_string_free (self->text, TRUE);
  g_free (self->prefix);
  g_free (self->name);
  g_free (self->checksum);
  g_free (self->hash_type);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Reader, reader_free)

static void
fail (GError       **error,
      GIOErrorEnum   code,
      const char    *message)
{
  g_set_error_literal (error, G_IO_ERROR, (int) code, message);
}

static const char *
find_attribute (const char **names,
                const char **values,
                const char  *wanted)
{
  for (guint i = 0; names[i] != NULL; i++)
    {
      if (g_str_equal (names[i], wanted))
        return values[i];
    }

  return NULL;
}

/* Says whether @element is called @wanted in our namespace. */
static gboolean
is_called (Reader     *self,
           const char *element,
           const char *wanted)
{
  gsize length = self->prefix != NULL ? strlen (self->prefix) : 0;

  return (length == 0 || strncmp (element, self->prefix, length) == 0) &&
         g_str_equal (element + length, wanted);
}

/* The first element says which namespace its prefix, or no prefix, stands for. GMarkup does not
 * care; that another element gives them another meaning is not expected of these documents. */
static void
begin_document (Reader      *self,
                const char  *element,
                const char **names,
                const char **values,
                GError     **error)
{
  const char *colon = strchr (element, ':');
  gsize length = colon != NULL ? (gsize) (colon - element) : 0;
  g_autofree char *prefix = g_strndup (element, length);
  g_autofree char *attribute = length > 0 ? g_strconcat ("xmlns:", prefix, NULL) :
                                            g_strdup ("xmlns");

  if (self->has_root)
    {
      fail (error, G_IO_ERROR_INVALID_DATA, "It has more than one root");
      return;
    }

  self->has_root = TRUE;
  if (length > 0)
    self->prefix = g_strconcat (prefix, ":", NULL);
  if (!is_called (self, element, "metalink") ||
      g_strcmp0 (find_attribute (names, values, attribute), NAMESPACE) != 0)
    fail (error, G_IO_ERROR_NOT_SUPPORTED, "It is no metalink of RFC 5854");
}

static void
begin_file (Reader     *self,
            const char *name)
{
  self->is_in_file = TRUE;
  g_free (self->name);
  self->name = g_strdup (name);
  g_clear_pointer (&self->checksum, g_free);
  self->strength = -1;
  self->size_bytes = 0;
  g_array_set_size (self->urls, 0);
}

static void
begin_text (Reader      *self,
            const char  *element,
            const char **names,
            const char **values)
{
  const char *priority = find_attribute (names, values, "priority");

  g_string_truncate (self->text, 0);
  if (is_called (self, element, "size"))
    self->kind = TEXT_SIZE;
  else if (is_called (self, element, "hash"))
    self->kind = TEXT_HASH;
  else if (is_called (self, element, "url"))
    self->kind = TEXT_URL;

  g_free (self->hash_type);
  self->hash_type = g_strdup (find_attribute (names, values, "type"));
  if (priority == NULL ||
      !g_ascii_string_to_unsigned (priority, 10, 1, PRIORITY_LAST, &self->priority, NULL))
    self->priority = PRIORITY_LAST;
}

static void
start_element_cb (GMarkupParseContext  *context,
                  const char           *element,
                  const char          **names,
                  const char          **values,
                  gpointer              user_data,
                  GError              **error)
{
  Reader *self = user_data;

  self->depth++;
  if (self->depth > DEPTH_MAX)
    fail (error, G_IO_ERROR_INVALID_DATA, "It is too deep");
  else if (self->depth == 1)
    begin_document (self, element, names, values, error);
  else if (self->depth == 2 && is_called (self, element, "file"))
    begin_file (self, find_attribute (names, values, "name"));
  else if (self->depth == 3 && self->is_in_file)
    begin_text (self, element, names, values);
}

static void
text_cb (GMarkupParseContext  *context,
         const char           *text,
         gsize                 length,
         gpointer              user_data,
         GError              **error)
{
  Reader *self = user_data;

  if (self->kind == TEXT_NONE || self->depth != 3)
    return;

  g_string_append_len (self->text, text, (gssize) length);
  if (self->text->len > TEXT_BYTES_MAX)
    fail (error, G_IO_ERROR_INVALID_DATA, "A value in it is too long");
}

static void
end_size (Reader  *self,
          GError **error)
{
  if (!g_ascii_string_to_unsigned (self->text->str, 10, 0, G_MAXINT64, &self->size_bytes, NULL))
    fail (error, G_IO_ERROR_INVALID_DATA, "A size in it is no number");
}

/* Keeps the strongest; those of kinds that nobody here can compute are passed over. */
static void
end_hash (Reader  *self,
          GError **error)
{
  /* The weakest first. */
  static const char *const types[] = { "md5", "sha-1", "sha-256", "sha-512" };
  g_autofree char *named = NULL;
  g_autofree char *checksum = NULL;
  int strength = (int) G_N_ELEMENTS (types) - 1;

  while (strength >= 0 && g_strcmp0 (self->hash_type, types[strength]) != 0)
    strength--;
  if (strength < 0)
    return;

  named = g_strconcat (types[strength], ":", self->text->str, NULL);
  checksum = keel_checksum_text_parse (named);
  if (checksum == NULL)
    {
      fail (error, G_IO_ERROR_INVALID_DATA, "A checksum in it is none");
    }
  else if (strength > self->strength)
    {
      g_free (self->checksum);
      self->checksum = g_steal_pointer (&checksum);
      self->strength = strength;
    }
}

static void
end_url (Reader *self)
{
  Url url = { NULL, self->priority };

  if (!keel_links_is_plain (self->text->str) || self->urls->len >= URLS_MAX)
    return;

  url.link = g_strdup (self->text->str);
  g_array_append_val (self->urls, url);
}

static int
compare_urls (gconstpointer a,
              gconstpointer b)
{
  const Url *left = a;
  const Url *right = b;

  return left->priority < right->priority ? -1 : left->priority > right->priority;
}

static void
end_file (Reader  *self,
          GError **error)
{
  KeelOffer *offer;

  self->is_in_file = FALSE;
  if (self->urls->len == 0)
    return;
  if (self->offers->len >= KEEL_LINKS_MAX)
    {
      fail (error, G_IO_ERROR_NO_SPACE, "It has too many files");
      return;
    }

  /* It keeps the order of equal ones. */
  g_array_sort (self->urls, compare_urls);
  offer = keel_offer_new (g_array_index (self->urls, Url, 0).link);
  g_ptr_array_add (self->offers, offer);
  for (guint i = 1; i < self->urls->len; i++)
    {
      if (!keel_offer_add_mirror (offer, g_array_index (self->urls, Url, i).link))
        break;
    }

  if (self->name != NULL)
    keel_offer_take_name (offer, self->name);
  offer->checksum = g_steal_pointer (&self->checksum);
  offer->size_bytes = self->size_bytes;
}

static void
end_element_cb (GMarkupParseContext  *context,
                const char           *element,
                gpointer              user_data,
                GError              **error)
{
  Reader *self = user_data;

  if (self->depth == 3 && self->kind != TEXT_NONE)
    {
      g_strstrip (self->text->str);
      if (self->kind == TEXT_SIZE)
        end_size (self, error);
      else if (self->kind == TEXT_HASH)
        end_hash (self, error);
      else
        end_url (self);
      self->kind = TEXT_NONE;
    }
  else if (self->depth == 2 && self->is_in_file)
    {
      end_file (self, error);
    }

  self->depth--;
}

/* Whether @text begins like a metalink of RFC 5854, whatever its name is. */
gboolean
keel_metalink_is_one (const char *text,
                      gsize       length)
{
  return g_strstr_len (text, (gssize) MIN (length, HEAD_BYTES), NAMESPACE) != NULL;
}

/* @length: what is larger than KEEL_METALINK_BYTES_MAX is not for here.
 *
 * Returns: (transfer full) (nullable) (element-type KeelOffer): one at least. Else @error is
 * G_IO_ERROR_NOT_SUPPORTED (it is something else), _INVALID_DATA (it is damaged), _NO_SPACE (it has
 * too many files) or _NOT_FOUND (it has nothing that can be downloaded) */
GPtrArray *
keel_metalink_parse (const char  *text,
                     gsize        length,
                     GError     **error)
{
  static const GMarkupParser parser = { start_element_cb, end_element_cb, text_cb, NULL, NULL };
  static const char mark[] = "\xef\xbb\xbf"; /* that it is UTF-8; GMarkup does not know it */
  g_autoptr (Reader) self = reader_new ();
  g_autoptr (GMarkupParseContext) context = NULL;
  g_autoptr (GError) reason = NULL;

  if (length >= strlen (mark) && memcmp (text, mark, strlen (mark)) == 0)
    {
      text += strlen (mark);
      length -= strlen (mark);
    }

  /* GMarkup does that, too, but goes on after it has found something in a CDATA section. */
  if (!g_utf8_validate_len (text, length, NULL))
    {
      fail (error, G_IO_ERROR_INVALID_DATA, "It is not UTF-8");
      return NULL;
    }

  context = g_markup_parse_context_new (&parser, G_MARKUP_TREAT_CDATA_AS_TEXT, self, NULL);
  if (!g_markup_parse_context_parse (context, text, (gssize) length, &reason) ||
      !g_markup_parse_context_end_parse (context, &reason))
    {
      if (reason->domain == G_IO_ERROR)
        g_propagate_error (error, g_steal_pointer (&reason));
      else
        fail (error, G_IO_ERROR_INVALID_DATA, reason->message);
      return NULL;
    }

  if (self->offers->len == 0)
    {
      if (self->has_root)
        fail (error, G_IO_ERROR_NOT_FOUND, "It has nothing that can be downloaded");
      else
        fail (error, G_IO_ERROR_INVALID_DATA, "It has no element");
      return NULL;
    }

  return g_ptr_array_ref (self->offers);
}

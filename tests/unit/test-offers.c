/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-intake.h"
#include "keel-links.h"
#include "keel-metalink.h"
#include "keel-own-uri.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

/* What strangers hand over: their links, their documents, their names. */

#define SHA256 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define OTHER_SHA256 "ffff456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define SHA512 SHA256 SHA256
#define MD5 "0123456789abcdef0123456789abcdef"

/* "link [name] [checksum] [size] [+mirror]...", one a line. */
static char *
describe (GPtrArray *offers)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < offers->len; i++)
    {
      KeelOffer *offer = offers->pdata[i];

      g_string_append_printf (text, "%s%s", i > 0 ? "\n" : "", offer->link);
      if (offer->name != NULL)
        g_string_append_printf (text, " (%s)", offer->name);
      if (offer->checksum != NULL)
        g_string_append_printf (text, " %s", offer->checksum);
      if (offer->size_bytes > 0)
        g_string_append_printf (text, " %" G_GUINT64_FORMAT, offer->size_bytes);
      for (guint j = 0; j < offer->mirrors->len; j++)
        g_string_append_printf (text, " +%s", (char *) offer->mirrors->pdata[j]);
    }

  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* --- names ----------------------------------------------------------------------------------- */

static const struct {
  const char *name;
  const char *fit; /* NULL: there is nothing left */
} names[] = {
  { "boat.iso", "boat.iso" },
  { "  boat.iso ", "boat.iso" },
  { "a/b/boat.iso", "boat.iso" },
  { "/etc/passwd", "passwd" },
  { "../../.bashrc", ".bashrc" },
  { "C:\\Windows\\boat.exe", "boat.exe" },
  { "a\\b/c", "c" },
  { "船.iso", "船.iso" },
  /* Seen from the right it would be a picture. */
  { "cod\342\200\256gpj.exe", "cod_gpj.exe" },
  { "a\nb\tc", "a_b_c" },
  { "", NULL },
  { "   ", NULL },
  { ".", NULL },
  { "..", NULL },
  { "a/..", NULL },
  { "folder/", NULL },
  { "\xff\xfe", NULL },
};

static void
test_names (void)
{
  g_autofree char *longest = g_strnfill (255, 'x');
  g_autofree char *longer = g_strnfill (256, 'x');
  g_autoptr (KeelOffer) offer = keel_offer_new ("https://example.org/");

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (KeelOffer) one = keel_offer_new ("https://example.org/");

      g_assert_cmpint (keel_offer_take_name (one, names[i].name), ==, names[i].fit != NULL);
      g_assert_cmpstr (one->name, ==, names[i].fit);
    }

  g_assert_true (keel_offer_take_name (offer, longest));
  g_assert_false (keel_offer_take_name (offer, longer));
  g_assert_cmpstr (offer->name, ==, longest);
}

static void
test_plain_links (void)
{
  static const char *const plain[] = {
    "http://example.org",
    "https://example.org:8443/a%20b/c?d=e&f=g#h",
    "HTTPS://[::1]/x",
    "https://例子.测试/文件.zip",
  };
  static const char *const others[] = {
    "",
    "boat",
    "ftp://example.org/x",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "keelboat:add?url=https://example.org/x",
    "http://",
    "http:///x",
    "https://user@example.org/x",
    "https://user:secret@example.org/x",
    "https://example.org\\@evil.example/x",
    "https://example.org/a b",
    " https://example.org/x",
    "https://example.org/x\n",
    "https://example.org/\001",
    "https://example.org/x https://example.org/y",
    "see https://example.org/x",
    "https://example.org/\xff",
  };
  g_autofree char *path = g_strnfill (8192, 'x');
  g_autofree char *too_long = g_strconcat ("https://example.org/", path, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (plain); i++)
    g_assert_true (keel_links_is_plain (plain[i]));
  for (gsize i = 0; i < G_N_ELEMENTS (others); i++)
    g_assert_false (keel_links_is_plain (others[i]));
  g_assert_false (keel_links_is_plain (too_long));
}

/* --- links of our own ------------------------------------------------------------------------ */

static const struct {
  const char *uri;
  const char *offers; /* NULL: it is refused */
} uris[] = {
  { "keelboat:add?url=https%3A%2F%2Fexample.org%2Fboat.iso", "https://example.org/boat.iso" },
  { "KeelBoat:add?url=https://example.org/boat.iso", "https://example.org/boat.iso" },
  { "keelboat:add?url=https://example.org/x%3Fa%3Db%26c%3Dd", "https://example.org/x?a=b&c=d" },
  { "keelboat:add?url=https://a.org/1&url=https://a.org/2", "https://a.org/1\nhttps://a.org/2" },
  { "keelboat:add?url=https://a.org/1&name=boat.iso&checksum=sha-256:" SHA256
    "&mirror=https://b.org/1&mirror=http://c.org/1",
    "https://a.org/1 (boat.iso) sha-256:" SHA256 " +https://b.org/1 +http://c.org/1" },
  { "keelboat:add?url=https://a.org/1&name=one&url=https://a.org/2&name=two",
    "https://a.org/1 (one)\nhttps://a.org/2 (two)" },
  { "keelboat:add?url=https://a.org/1&name=%E8%88%B9.iso", "https://a.org/1 (船.iso)" },
  { "keelboat:add?url=https://a.org/1&name=a+b", "https://a.org/1 (a+b)" },
  { "keelboat:add?url=https://a.org/1&name=..%2F..%2F.bashrc", "https://a.org/1 (.bashrc)" },
  { "keelboat:add?url=https://a.org/1&mirror=https://a.org/1", "https://a.org/1" },

  { "", NULL },
  { "keelboat", NULL },
  { "keelboat:", NULL },
  { "keelboat:add", NULL },
  { "keelboat:add?", NULL },
  { "keelboat:add?url", NULL },
  { "keelboat:add?url=", NULL },
  { "keelboat:ADD?url=https://a.org/1", NULL },
  { "keelboat://add?url=https://a.org/1", NULL },
  { "keelboat:remove?url=https://a.org/1", NULL },
  { "keelboat:add/?url=https://a.org/1", NULL },
  { "https://a.org/1", NULL },
  /* What a link may not say. */
  { "keelboat:add?url=https://a.org/1&dir=/etc", NULL },
  { "keelboat:add?url=https://a.org/1&folder=/etc", NULL },
  { "keelboat:add?url=https://a.org/1&header=Cookie:x", NULL },
  { "keelboat:add?url=https://a.org/1&user=ann", NULL },
  { "keelboat:add?url=https://a.org/1&start=now", NULL },
  { "keelboat:add?url=https://a.org/1&URL=https://a.org/2", NULL },
  /* What is not encoded belongs to nobody. */
  { "keelboat:add?url=https://a.org/x?a=b&c=d", NULL },
  { "keelboat:add?url=https://a.org/1#part", NULL },
  { "keelboat:add?url=https://a.org/1&name=a b", NULL },
  { "keelboat:add?url=https://a.org/1&name=\"x\"", NULL },
  { "keelboat:add?url=https://a.org/1&", NULL },
  { "keelboat:add?&url=https://a.org/1", NULL },
  { "keelboat:add?url=https://a.org/%2", NULL },
  { "keelboat:add?url=https://a.org/%zz", NULL },
  { "keelboat:add?url=https://a.org/%00", NULL },
  { "keelboat:add?url=https://a.org/1&name=%FF%FE", NULL },
  { "keelboat:add?url=https://a.org/1&name=\xe8\x88\xb9", NULL },
  /* Nothing to download. */
  { "keelboat:add?url=ftp://a.org/1", NULL },
  { "keelboat:add?url=file:///etc/passwd", NULL },
  { "keelboat:add?url=keelboat:add%3Furl=https://a.org/1", NULL },
  { "keelboat:add?url=https://ann:secret@a.org/1", NULL },
  { "keelboat:add?url=https://a.org/1%0D%0AHost:%20b.org", NULL },
  { "keelboat:add?url=https://a.org/1%20https://b.org/2", NULL },
  { "keelboat:add?url=https://a.org/1&mirror=ftp://b.org/1", NULL },
  { "keelboat:add?url=https://a.org/1&url=nonsense", NULL },
  /* Not said well. */
  { "keelboat:add?name=boat.iso&url=https://a.org/1", NULL },
  { "keelboat:add?url=https://a.org/1&name=x&name=y", NULL },
  { "keelboat:add?url=https://a.org/1&name=..", NULL },
  { "keelboat:add?url=https://a.org/1&checksum=1234", NULL },
  { "keelboat:add?url=https://a.org/1&checksum=sha-256:" MD5, NULL },
  { "keelboat:add?url=https://a.org/1&checksum=" SHA256 "&checksum=" SHA256, NULL },
};

static void
test_own_uris (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (uris); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GPtrArray) offers = keel_own_uri_parse (uris[i].uri, &error);
      g_autofree char *text = offers != NULL ? describe (offers) : NULL;

      g_assert_cmpstr (text, ==, uris[i].offers);
      if (offers == NULL)
        g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
    }
}

/* A link with @n parts of that kind, in numbers. */
static GPtrArray *
parse_many (const char *part,
            guint       n)
{
  g_autoptr (GString) uri = g_string_new ("keelboat:add?url=https://a.org/0");

  for (guint i = 0; i < n; i++)
    g_string_append_printf (uri, "&%s=https://a.org/%u", part, i + 1);

  return keel_own_uri_parse (uri->str, NULL);
}

static void
test_long_own_uris (void)
{
  g_autoptr (GPtrArray) most = parse_many ("url", KEEL_OWN_URI_OFFERS_MAX - 1);
  g_autoptr (GPtrArray) most_mirrors = parse_many ("mirror", KEEL_OFFER_MIRRORS_MAX);
  g_autofree char *tail = g_strnfill (KEEL_OWN_URI_BYTES_MAX, 'x');
  g_autofree char *too_long = g_strconcat ("keelboat:add?url=https://a.org/1&name=", tail, NULL);

  g_assert_cmpuint (most->len, ==, KEEL_OWN_URI_OFFERS_MAX);
  g_assert_null (parse_many ("url", KEEL_OWN_URI_OFFERS_MAX));
  g_assert_cmpuint (((KeelOffer *) most_mirrors->pdata[0])->mirrors->len, ==,
                    KEEL_OFFER_MIRRORS_MAX);
  g_assert_null (parse_many ("mirror", KEEL_OFFER_MIRRORS_MAX + 1));
  g_assert_null (keel_own_uri_parse (too_long, NULL));
}

/* --- metalinks ------------------------------------------------------------------------------- */

#define HEAD "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
#define ROOT "<metalink xmlns=\"urn:ietf:params:xml:ns:metalink\">"
#define META(inside) HEAD ROOT inside "</metalink>"
#define FILE_(inside) "<file name=\"boat.iso\">" inside "</file>"
#define URL(link) "<url>" link "</url>"

static const struct {
  const char *what;
  const char *text;
  const char *offers; /* NULL: it is refused */
  GIOErrorEnum code;  /* then */
} documents[] = {
  { "the least", META (FILE_ (URL ("https://a.org/1"))), "https://a.org/1 (boat.iso)", 0 },
  { "all that is read",
    META ("<published>2026-01-01T00:00:00Z</published><generator>x</generator>" FILE_ (
      "<identity>Boat</identity><size>1500000</size><language>en</language>"
      "<hash type=\"sha-256\">" SHA256 "</hash>"
      "<pieces length=\"262144\" type=\"sha-256\"><hash>" OTHER_SHA256 "</hash></pieces>"
      "<metaurl mediatype=\"torrent\" priority=\"1\">https://a.org/boat.torrent</metaurl>"
      "<url location=\"de\" priority=\"2\">https://b.org/1</url>"
      "<url priority=\"1\">https://a.org/1</url><url>https://c.org/1</url>")),
    "https://a.org/1 (boat.iso) sha-256:" SHA256 " 1500000 +https://b.org/1 +https://c.org/1", 0 },
  { "several files",
    META (FILE_ (URL ("https://a.org/1")) "<file name=\"b\"><size>2</size>" URL (
      "https://a.org/2") "</file>"),
    "https://a.org/1 (boat.iso)\nhttps://a.org/2 (b) 2", 0 },
  { "the order of equal ones",
    META (FILE_ (URL ("https://c.org/1") URL ("https://a.org/1") URL ("https://b.org/1"))),
    "https://c.org/1 (boat.iso) +https://a.org/1 +https://b.org/1", 0 },
  { "priorities that are none",
    META (FILE_ ("<url priority=\"0\">https://a.org/1</url><url priority=\"x\">https://b.org/1"
                 "</url><url priority=\"7\">https://c.org/1</url>")),
    "https://c.org/1 (boat.iso) +https://a.org/1 +https://b.org/1", 0 },
  { "the strongest checksum",
    META (FILE_ ("<hash type=\"md5\">" MD5 "</hash><hash type=\"sha-512\">" SHA512
                 "</hash><hash type=\"sha-256\">" SHA256 "</hash><hash type=\"whirlpool\">x"
                 "</hash>" URL ("https://a.org/1"))),
    "https://a.org/1 (boat.iso) sha-512:" SHA512, 0 },
  { "blanks around values",
    META (FILE_ ("<size> 7\n</size><hash type=\"md5\">\n " MD5
                 "\n</hash>" URL ("\n  https://a.org/1\n"))),
    "https://a.org/1 (boat.iso) md5:" MD5 " 7", 0 },
  { "links of other kinds",
    META (FILE_ (URL ("ftp://a.org/1") URL ("https://ann:x@a.org/1") URL ("file:///etc/passwd")
                   URL ("https://a.org/1") URL ("rsync://a.org/1"))),
    "https://a.org/1 (boat.iso)", 0 },
  { "a file of which nothing can be had is left out",
    META (FILE_ (URL ("ftp://a.org/1")) "<file name=\"b\">" URL ("https://a.org/2") "</file>"),
    "https://a.org/2 (b)", 0 },
  { "what one file says is not the other's",
    META (FILE_ ("<size>7</size><hash type=\"md5\">" MD5
                 "</hash>" URL ("https://a.org/1")) "<file>" URL ("https://a.org/2") "</file>"),
    "https://a.org/1 (boat.iso) md5:" MD5 " 7\nhttps://a.org/2", 0 },
  { "a name with a folder",
    META ("<file name=\"../../etc/cron.d/boat\">" URL ("https://a.org/1") "</file>"),
    "https://a.org/1 (boat)", 0 },
  { "a name that is none", META ("<file name=\"..\">" URL ("https://a.org/1") "</file>"),
    "https://a.org/1", 0 },
  { "a prefix",
    "<m:metalink xmlns:m=\"urn:ietf:params:xml:ns:metalink\"><m:file name=\"a\"><m:url>"
    "https://a.org/1</m:url><url>https://b.org/1</url></m:file></m:metalink>",
    "https://a.org/1 (a)", 0 },
  { "elements of others",
    META ("<x:y xmlns:x=\"urn:x\"><file name=\"no\">" URL (
      "https://no.org/1") "</file></x:y>" FILE_ ("<x:size>9</x:size>" URL ("https://a.org/1"))),
    "https://a.org/1 (boat.iso)", 0 },
  { "elements inside of values", META (FILE_ ("<url>https://a.org/1<b>2</b></url>")),
    "https://a.org/1 (boat.iso)", 0 },
  { "escapes and sections",
    META (FILE_ ("<url>https://a.org/?a&amp;b&#x3D;c</url><url><![CDATA[https://b.org/?a&b]]>"
                 "</url>")),
    "https://a.org/?a&b=c (boat.iso) +https://b.org/?a&b", 0 },
  { "a mark of UTF-8", "\xef\xbb\xbf" META (FILE_ (URL ("https://a.org/1"))),
    "https://a.org/1 (boat.iso)", 0 },
  { "a link twice", META (FILE_ (URL ("https://a.org/1") URL ("https://a.org/1"))),
    "https://a.org/1 (boat.iso)", 0 },

  { "nothing", "", NULL, G_IO_ERROR_INVALID_DATA },
  { "no XML", "https://a.org/1", NULL, G_IO_ERROR_INVALID_DATA },
  { "other XML", "<html><body>urn:ietf:params:xml:ns:metalink</body></html>", NULL,
    G_IO_ERROR_NOT_SUPPORTED },
  { "version 3",
    "<metalink version=\"3.0\" xmlns=\"http://www.metalinker.org/\"><files/></metalink>", NULL,
    G_IO_ERROR_NOT_SUPPORTED },
  { "no namespace", "<metalink><file name=\"a\"/></metalink>", NULL, G_IO_ERROR_NOT_SUPPORTED },
  { "no files", META (""), NULL, G_IO_ERROR_NOT_FOUND },
  { "no links", META (FILE_ ("<size>7</size>")), NULL, G_IO_ERROR_NOT_FOUND },
  { "only torrents", META (FILE_ ("<metaurl>https://a.org/1.torrent</metaurl>")), NULL,
    G_IO_ERROR_NOT_FOUND },
  { "two of them", META (FILE_ (URL ("https://a.org/1"))) ROOT "</metalink>", NULL,
    G_IO_ERROR_INVALID_DATA },
  { "cut", HEAD ROOT FILE_ (URL ("https://a.org/1")), NULL, G_IO_ERROR_INVALID_DATA },
  { "crossed", META ("<file name=\"a\"><url>https://a.org/1</file></url>"), NULL,
    G_IO_ERROR_INVALID_DATA },
  { "a size that is none", META (FILE_ ("<size>-1</size>" URL ("https://a.org/1"))), NULL,
    G_IO_ERROR_INVALID_DATA },
  { "a size that is too large",
    META (FILE_ ("<size>9223372036854775808</size>" URL ("https://a.org/1"))), NULL,
    G_IO_ERROR_INVALID_DATA },
  { "a checksum that is cut",
    META (FILE_ ("<hash type=\"sha-256\">" MD5 "</hash>" URL ("https://a.org/1"))), NULL,
    G_IO_ERROR_INVALID_DATA },
  { "an entity of its own",
    "<!DOCTYPE metalink [<!ENTITY a SYSTEM \"file:///etc/passwd\">]>" ROOT
    "<file name=\"&a;\">" URL ("https://a.org/1") "</file></metalink>",
    NULL, G_IO_ERROR_INVALID_DATA },
  { "another encoding in a section, and then not well formed",
    ROOT "<file><url><![CDATA[\xe4]]></file></metalink>", NULL, G_IO_ERROR_INVALID_DATA },
  { "another encoding", META ("<file name=\"\xe4\">" URL ("https://a.org/1") "</file>"), NULL,
    G_IO_ERROR_INVALID_DATA },
};

static void
test_metalinks (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (documents); i++)
    {
      const char *text = documents[i].text;
      g_autoptr (GError) error = NULL;
      g_autoptr (GPtrArray) offers = keel_metalink_parse (text, strlen (text), &error);
      g_autofree char *said = offers != NULL ? describe (offers) : NULL;

      g_test_message ("%s", documents[i].what);
      g_assert_cmpstr (said, ==, documents[i].offers);
      if (offers == NULL)
        g_assert_error (error, G_IO_ERROR, (int) documents[i].code);
    }
}

/* Each beginning of a good one is refused, and none reads too far. */
static void
test_cut_metalinks (void)
{
  const char *whole = META (FILE_ ("<size>7</size>" URL ("https://a.org/?a&amp;b")));

  for (gsize length = 0; length < strlen (whole); length++)
    {
      g_autofree char *part = g_memdup2 (whole, length + 1);
      g_autoptr (GError) error = NULL;
      g_autofree char *exact = g_realloc (g_steal_pointer (&part), MAX (length, 1));

      g_assert_null (keel_metalink_parse (exact, length, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
    }
}

/* The head, @n times @unit with a number in it, and the tail. */
static GPtrArray *
parse_repeated (const char  *head,
                const char  *unit,
                guint        n,
                const char  *tail,
                GError     **error)
{
  g_autoptr (GString) text = g_string_new (head);

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *number = g_strdup_printf ("%u", i);
      g_auto (GStrv) parts = g_strsplit (unit, "#", -1);
      g_autofree char *one = g_strjoinv (number, parts);

      g_string_append (text, one);
    }
  g_string_append (text, tail);

  return keel_metalink_parse (text->str, text->len, error);
}

static void
test_large_metalinks (void)
{
  const char *file = "<file name=\"#\"><url>https://a.org/#</url></file>";
  const char *end = "</file></metalink>";
  g_autoptr (GPtrArray) most = NULL;
  g_autoptr (GPtrArray) mirrors = NULL;
  g_autoptr (GError) error = NULL;

  most = parse_repeated (ROOT, file, KEEL_LINKS_MAX, "</metalink>", NULL);
  g_assert_cmpuint (most->len, ==, KEEL_LINKS_MAX);
  g_assert_null (parse_repeated (ROOT, file, KEEL_LINKS_MAX + 1, "</metalink>", &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
  g_clear_error (&error);

  mirrors = parse_repeated (ROOT "<file>", "<url>https://a.org/#</url>", 5000, end, NULL);
  g_assert_cmpuint (((KeelOffer *) mirrors->pdata[0])->mirrors->len, ==, KEEL_OFFER_MIRRORS_MAX);

  g_assert_null (parse_repeated (ROOT "<file>", "<x>", 100000, end, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
  g_clear_error (&error);

  g_assert_null (parse_repeated (ROOT "<file><url>https://a.org/", "#", 10000, "</url>", &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
}

static void
test_recognised (void)
{
  g_autofree char *far = g_strnfill (5000, ' ');
  g_autofree char *late = g_strconcat (far, ROOT, NULL);

  g_assert_true (keel_metalink_is_one (HEAD ROOT, strlen (HEAD ROOT)));
  g_assert_false (keel_metalink_is_one (HEAD ROOT, strlen (HEAD) + 20));
  g_assert_false (keel_metalink_is_one ("https://a.org/1", 15));
  g_assert_false (keel_metalink_is_one (late, strlen (late)));
}

/* --- things ---------------------------------------------------------------------------------- */

static void
read_cb (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static KeelIntake *
read_things (const char *const *things)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  KeelIntake *intake;

  keel_intake_read_async (things, NULL, read_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  intake = keel_intake_read_finish (result, &error);
  g_assert_no_error (error);

  return intake;
}

/* @thing gives @offers, and (nullable) @trouble is said. */
static void
assert_intake (const char *thing,
               const char *offers,
               const char *trouble)
{
  const char *const things[] = { thing, NULL };
  g_autoptr (KeelIntake) intake = read_things (things);
  g_autofree char *said = describe (intake->offers);

  g_assert_cmpstr (said, ==, offers);
  g_assert_cmpstr (intake->trouble, ==, trouble);
}

static void
assert_file (const char *folder,
             const char *name,
             const char *text,
             const char *offers,
             const char *trouble)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autofree char *uri = g_filename_to_uri (path, NULL, NULL);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  assert_intake (uri, offers, trouble);
  g_assert_cmpint (g_unlink (path), ==, 0);
}

static void
test_things (void)
{
  assert_intake ("https://a.org/1", "https://a.org/1", NULL);
  assert_intake ("See https://a.org/1, and https://a.org/2.", "https://a.org/1\nhttps://a.org/2",
                 NULL);
  assert_intake ("keelboat:add?url=https://a.org/1&name=x", "https://a.org/1 (x)", NULL);
  assert_intake ("keelboat:add?url=https://a.org/1&dir=/etc", "",
                 "This “keelboat:” link asks for too much");
  assert_intake ("ftp://a.org/1", "", "This kind of link is not supported");
}

static void
test_files (void)
{
  g_autofree char *folder = g_dir_make_tmp ("keel-XXXXXX", NULL);
  const char *good = META (FILE_ (URL ("https://a.org/1")));

  assert_file (folder, "a.meta4", good, "https://a.org/1 (boat.iso)", NULL);
  /* By what is in it, whatever it is called. */
  assert_file (folder, "a.metalink", good, "https://a.org/1 (boat.iso)", NULL);
  assert_file (folder, "a.xml", good, "https://a.org/1 (boat.iso)", NULL);
  assert_file (folder, "a.META4", "<metalink", "", "“a.META4” is damaged");
  assert_file (folder, "a.meta4", META (""), "", "There are no links in “a.meta4”");
  assert_file (folder, "a.metalink", "<metalink version=\"3.0\">https://a.org/1</metalink>", "",
               "Files like “a.metalink” are not supported");
  assert_file (folder, "a.torrent", "d8:announce", "", "Files like “a.torrent” are not supported");
  assert_file (folder, "links.txt", "One: https://a.org/1\ntwo: https://a.org/2\n",
               "https://a.org/1\nhttps://a.org/2", NULL);
  assert_file (folder, "poem.txt", "Row, row, row your boat\n", "",
               "There are no links in “poem.txt”");
  assert_file (folder, "empty", "", "", "There are no links in “empty”");
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

/* What is no file, or too much of one: nobody waits for it. */
static void
test_odd_files (void)
{
  g_autofree char *folder = g_dir_make_tmp ("keel-XXXXXX", NULL);
  g_autofree char *folder_uri = g_filename_to_uri (folder, NULL, NULL);
  g_autofree char *pipe = g_build_filename (folder, "pipe", NULL);
  g_autofree char *pipe_uri = g_filename_to_uri (pipe, NULL, NULL);
  g_autofree char *missing_uri = g_strconcat (folder_uri, "/missing", NULL);
  g_autofree char *name = g_path_get_basename (folder);
  g_autofree char *no_links = g_strdup_printf ("There are no links in “%s”", name);
  g_autofree char *large = g_strnfill (KEEL_METALINK_BYTES_MAX + 1, ' ');

  assert_intake (folder_uri, "", no_links);
  assert_intake (missing_uri, "", "“missing” is neither a link nor a file");
  g_assert_cmpint (mkfifo (pipe, 0600), ==, 0);
  assert_intake (pipe_uri, "", "There are no links in “pipe”");
  g_assert_cmpint (g_unlink (pipe), ==, 0);
  assert_file (folder, "large.txt", large, "", "“large.txt” is too large for a list of links");
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

static void
test_many_files (void)
{
  g_autofree char *folder = g_dir_make_tmp ("keel-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "a.txt", NULL);
  g_autofree char *uri = g_filename_to_uri (path, NULL, NULL);
  g_autoptr (GPtrArray) things = g_ptr_array_new ();
  g_autoptr (KeelIntake) most = NULL;
  g_autoptr (KeelIntake) more = NULL;

  g_assert_true (g_file_set_contents (path, "https://a.org/1", -1, NULL));
  for (guint i = 0; i < 100; i++)
    g_ptr_array_add (things, uri);
  g_ptr_array_add (things, NULL);
  most = read_things ((const char *const *) things->pdata);
  g_assert_cmpuint (most->offers->len, ==, 100);
  g_assert_null (most->trouble);

  things->pdata[100] = uri;
  g_ptr_array_add (things, NULL);
  more = read_things ((const char *const *) things->pdata);
  g_assert_cmpuint (more->offers->len, ==, 100);
  g_assert_cmpstr (more->trouble, ==, "Only the first 100 files were looked at");
  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

/* All of them count, in their order; of what is wrong the first is told. */
static void
test_several_things (void)
{
  g_autofree char *folder = g_dir_make_tmp ("keel-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "a.meta4", NULL);
  g_autofree char *uri = g_filename_to_uri (path, NULL, NULL);
  const char *const things[] = { "https://z.org/1", uri,          "nonsense",
                                 "https://b.org/1", "keelboat:x", NULL };
  g_autoptr (KeelIntake) intake = NULL;
  g_autofree char *said = NULL;

  g_assert_true (g_file_set_contents (path, META (FILE_ (URL ("https://a.org/1"))), -1, NULL));
  intake = read_things (things);
  said = describe (intake->offers);
  g_assert_cmpstr (said, ==, "https://z.org/1\nhttps://a.org/1 (boat.iso)\nhttps://b.org/1");
  g_assert_cmpstr (intake->trouble, ==, "This kind of link is not supported");
  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/offers/names", test_names);
  g_test_add_func ("/offers/plain-links", test_plain_links);
  g_test_add_func ("/offers/own-uris", test_own_uris);
  g_test_add_func ("/offers/own-uris/long", test_long_own_uris);
  g_test_add_func ("/offers/metalinks", test_metalinks);
  g_test_add_func ("/offers/metalinks/cut", test_cut_metalinks);
  g_test_add_func ("/offers/metalinks/large", test_large_metalinks);
  g_test_add_func ("/offers/metalinks/recognised", test_recognised);
  g_test_add_func ("/offers/things", test_things);
  g_test_add_func ("/offers/things/files", test_files);
  g_test_add_func ("/offers/things/odd-files", test_odd_files);
  g_test_add_func ("/offers/things/many-files", test_many_files);
  g_test_add_func ("/offers/things/several", test_several_things);

  return g_test_run ();
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-part-label.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#define TOKEN "0123456789abcdef0123456789abcdef"
#define PART ".0123456789abcdef.part"
#define LABEL_XATTR "user.keelboat.label"
#define DURABLE_XATTR "user.keelboat.durable"

typedef struct {
  char *dir;
  char *labels_dir;
  char *beside;
  int dir_fd;
  int fd;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  fixture->dir = g_dir_make_tmp ("keel-XXXXXX", NULL);
  fixture->labels_dir = g_build_filename (fixture->dir, "labels", NULL);
  fixture->beside = g_build_filename (fixture->labels_dir, TOKEN, NULL);
  fixture->dir_fd = open (fixture->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  fixture->fd = openat (fixture->dir_fd, PART, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  g_assert_cmpint (fixture->fd, >=, 0);
  g_assert_cmpint (ftruncate (fixture->fd, 10000), ==, 0);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  close (fixture->fd);
  g_assert_cmpint (unlinkat (fixture->dir_fd, PART, 0), ==, 0);
  close (fixture->dir_fd);
  g_unlink (fixture->beside);
  g_rmdir (fixture->labels_dir);
  g_assert_cmpint (g_rmdir (fixture->dir), ==, 0);
  g_free (fixture->dir);
  g_free (fixture->labels_dir);
  g_free (fixture->beside);
}

static KeelTransferRecord *
make_record (Fixture *fixture)
{
  KeelTransferRecord *record = keel_transfer_record_new ();

  record->id = 77;
  record->app = "org.example.App";
  record->identifier = "my downloads";
  record->uri = g_strdup ("http://example.org/a?b=c%20d");
  record->headers = g_strdup ("Cookie: secret\n");
  record->dir = g_strdup (fixture->dir);
  record->part_name = g_strdup (PART);
  record->token = g_strdup (TOKEN);
  record->wanted = g_strdup ("100 %\nsure");
  record->chosen = g_strdup ("b\xc3\xa4r\xff.bin");
  record->title = g_strdup ("B\xc3\xa4r");
  record->etag = g_strdup ("\"v1\"");
  record->date = g_strdup ("Sun, 06 Nov 1994 08:49:37 GMT");
  record->checksum_algorithm = g_strdup ("md5");
  record->checksum_expected = g_strdup ("d41d8cd98f00b204e9800998ecf8427e");
  record->checksum_is_servers = TRUE;
  record->has_total = TRUE;
  record->total = 20000;
  record->durable = 5000;
  record->created_usec = 1767225600 * (gint64) G_USEC_PER_SEC;
  record->priority = KEEL_PRIORITY_HIGH;
  return record;
}

static void
assert_same (const KeelPartLabel      *label,
             const KeelTransferRecord *record)
{
  const KeelTransferRecord *found = label->record;

  g_assert_cmpstr (label->app, ==, record->app);
  g_assert_cmpstr (label->identifier, ==, record->identifier);
  g_assert_cmpint (found->id, ==, record->id);
  g_assert_cmpstr (found->uri, ==, record->uri);
  g_assert_cmpstr (found->dir, ==, record->dir);
  g_assert_cmpstr (found->part_name, ==, record->part_name);
  g_assert_cmpstr (found->token, ==, record->token);
  g_assert_cmpstr (found->wanted, ==, record->wanted);
  g_assert_cmpstr (found->chosen, ==, record->chosen);
  g_assert_cmpstr (found->name, ==, record->chosen);
  g_assert_cmpstr (found->title, ==, record->title);
  g_assert_cmpstr (found->etag, ==, record->etag);
  g_assert_null (found->last_modified);
  g_assert_cmpstr (found->date, ==, record->date);
  g_assert_cmpstr (found->checksum_expected, ==, record->checksum_expected);
  g_assert_true (found->checksum_is_servers);
  g_assert_true (found->has_total);
  g_assert_cmpuint (found->total, ==, record->total);
  g_assert_cmpint (found->created_usec, ==, record->created_usec);
  g_assert_cmpint (found->priority, ==, record->priority);
  g_assert_null (found->headers);
}

/* As an attribute, with the number beside it. */
static void
test_attribute (Fixture       *fixture,
                gconstpointer  data)
{
  g_autoptr (KeelTransferRecord) record = make_record (fixture);
  g_autoptr (KeelPartLabel) label = NULL;
  g_autoptr (KeelPartLabel) later = NULL;
  g_autoptr (KeelPartLabel) suspect = NULL;
  char text[4096] = { 0 };

  keel_part_label_write (fixture->fd, record, fixture->labels_dir);
  g_assert_false (g_file_test (fixture->beside, G_FILE_TEST_EXISTS));
  g_assert_cmpint (fgetxattr (fixture->fd, LABEL_XATTR, text, sizeof text - 1), >, 0);
  g_assert_null (strstr (text, "secret"));
  label = keel_part_label_read (fixture->dir_fd, fixture->dir, PART, fixture->labels_dir);
  g_assert_nonnull (label);
  assert_same (label, record);
  g_assert_cmpuint (label->record->durable, ==, 5000);
  g_assert_cmpuint (label->record->part_ino, >, 0);

  keel_part_label_set_durable (fixture->fd, TOKEN, 9000, fixture->labels_dir);
  later = keel_part_label_read (fixture->dir_fd, fixture->dir, PART, fixture->labels_dir);
  g_assert_cmpuint (later->record->durable, ==, 9000);

  record->is_suspect = TRUE;
  keel_part_label_write (fixture->fd, record, fixture->labels_dir);
  suspect = keel_part_label_read (fixture->dir_fd, fixture->dir, PART, fixture->labels_dir);
  g_assert_true (suspect->record->is_suspect);
  g_assert_false (later->record->is_suspect);

  keel_part_label_remove (fixture->fd, TOKEN, fixture->labels_dir);
  g_assert_cmpint (flistxattr (fixture->fd, NULL, 0), ==, 0);
  keel_part_label_set_durable (fixture->fd, TOKEN, 10000, fixture->labels_dir);
  g_assert_cmpint (flistxattr (fixture->fd, NULL, 0), ==, 0);
}

/* Beside, where there is no room for an attribute. */
static void
test_beside (Fixture       *fixture,
             gconstpointer  data)
{
  g_autoptr (KeelTransferRecord) record = make_record (fixture);
  g_autoptr (KeelPartLabel) label = NULL;
  g_autoptr (KeelPartLabel) later = NULL;
  g_autofree char *text = keel_part_label_format (record, fixture->labels_dir);
  struct stat info;

  g_assert_cmpint (g_mkdir (fixture->labels_dir, 0700), ==, 0);
  g_assert_true (
    g_file_set_contents_full (fixture->beside, text, -1, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
  label = keel_part_label_read_beside (fixture->labels_dir, TOKEN);
  g_assert_nonnull (label);
  assert_same (label, record);
  g_assert_cmpuint (label->record->durable, ==, 5000);
  keel_part_label_set_durable (fixture->fd, TOKEN, 8000, fixture->labels_dir);
  later = keel_part_label_read_beside (fixture->labels_dir, TOKEN);
  g_assert_nonnull (later);
  assert_same (later, record);
  g_assert_cmpuint (later->record->durable, ==, 8000);
  g_assert_cmpint (g_stat (fixture->beside, &info), ==, 0);
  g_assert_cmpuint (info.st_size, ==, strlen (text));
  keel_part_label_remove (fixture->fd, TOKEN, fixture->labels_dir);
  g_assert_false (g_file_test (fixture->beside, G_FILE_TEST_EXISTS));
}

/* The attributes of a file are filled up: what does not fit goes beside, and nothing of an older
 * label stays. Where attributes have no limit to speak of, there is nothing to be seen. */
static void
test_too_large (Fixture       *fixture,
                gconstpointer  data)
{
  g_autoptr (KeelTransferRecord) record = make_record (fixture);
  g_autoptr (KeelPartLabel) label = NULL;
  g_autofree char *fill = g_strnfill (8000, 'x');
  struct stat info;

  keel_part_label_write (fixture->fd, record, fixture->labels_dir);
  g_free (record->uri);
  record->uri = g_strconcat ("http://example.org/", fill, NULL);
  keel_part_label_write (fixture->fd, record, fixture->labels_dir);
  if (!g_file_test (fixture->beside, G_FILE_TEST_EXISTS))
    {
      g_test_skip ("attributes may be large here");
      return;
    }
  g_assert_cmpint (flistxattr (fixture->fd, NULL, 0), ==, 0);
  g_assert_cmpint (g_stat (fixture->beside, &info), ==, 0);
  g_assert_cmpuint (info.st_mode & 0777, ==, 0600);
  g_assert_cmpint (g_stat (fixture->labels_dir, &info), ==, 0);
  g_assert_cmpuint (info.st_mode & 0777, ==, 0700);
  label = keel_part_label_read_beside (fixture->labels_dir, TOKEN);
  g_assert_nonnull (label);
  assert_same (label, record);

  /* It fits again: the one beside goes. */
  g_free (record->uri);
  record->uri = g_strdup ("http://example.org/");
  keel_part_label_write (fixture->fd, record, fixture->labels_dir);
  g_assert_false (g_file_test (fixture->beside, G_FILE_TEST_EXISTS));
  g_assert_cmpint (flistxattr (fixture->fd, NULL, 0), >, 0);
}

/* No more is claimed than is there; nothing when the number is missing or odd. */
static void
test_durable (Fixture       *fixture,
              gconstpointer  data)
{
  static const struct {
    const char *digits;
    guint64 durable;
  } cases[] = {
    { "00000000000000007000", 7000 },
    { "00000000000000020000", 10000 },
    { "7000", 0 },
    { "-0000000000000000001", 0 },
    { "99999999999999999999", 0 },
    { "0000000000000000x000", 0 },
    { "", 0 },
  };
  g_autoptr (KeelTransferRecord) record = make_record (fixture);

  keel_part_label_write (fixture->fd, record, fixture->labels_dir);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (KeelPartLabel) label = NULL;

      g_assert_cmpint (fsetxattr (fixture->fd, DURABLE_XATTR, cases[i].digits,
                                  strlen (cases[i].digits), 0),
                       ==, 0);
      label = keel_part_label_read (fixture->dir_fd, fixture->dir, PART, fixture->labels_dir);
      g_assert_nonnull (label);
      g_assert_cmpuint (label->record->durable, ==, cases[i].durable);
    }
}

/* Files that are not what they say, and labels of others. */
static void
test_foreign (Fixture       *fixture,
              gconstpointer  data)
{
  g_autoptr (KeelTransferRecord) record = make_record (fixture);

  keel_part_label_write (fixture->fd, record, fixture->labels_dir);
  g_assert_null (keel_part_label_read (fixture->dir_fd, fixture->dir, PART, "/other/labels"));
  g_assert_null (
    keel_part_label_read (fixture->dir_fd, fixture->dir, ".none.part", fixture->labels_dir));
  g_assert_cmpint (linkat (fixture->dir_fd, PART, fixture->dir_fd, "second", 0), ==, 0);
  g_assert_null (keel_part_label_read (fixture->dir_fd, fixture->dir, PART, fixture->labels_dir));
  g_assert_cmpint (unlinkat (fixture->dir_fd, "second", 0), ==, 0);
  g_assert_cmpint (symlinkat (PART, fixture->dir_fd, "second"), ==, 0);
  g_assert_null (
    keel_part_label_read (fixture->dir_fd, fixture->dir, "second", fixture->labels_dir));
  g_assert_cmpint (unlinkat (fixture->dir_fd, "second", 0), ==, 0);
  if (geteuid () == 0)
    {
      g_assert_cmpint (fchown (fixture->fd, 12345, (gid_t) -1), ==, 0);
      g_assert_null (
        keel_part_label_read (fixture->dir_fd, fixture->dir, PART, fixture->labels_dir));
    }
}

#define HEAD "keelboat-label 1\n"
#define GOOD                                                                                       \
  "id 1\napp a\nsession s\nhome /h\nuri http://h/\ntoken " TOKEN "\npart " PART "\ndir /d\n"

static void
test_parse (void)
{
  static const struct {
    const char *text;
    gboolean is_good;
  } cases[] = {
    { HEAD GOOD, TRUE },
    { HEAD GOOD "unknown thing\n", TRUE },
    { HEAD GOOD "chosen a%2Eb\n", TRUE },
    { HEAD GOOD "priority enormous\n", TRUE },
    { "", FALSE },
    { GOOD, FALSE },
    { "keelboat-label 2\n" GOOD, FALSE },
    { HEAD GOOD "id 0\n", FALSE },
    { HEAD GOOD "id 2\n", TRUE },
    { HEAD GOOD "id -2\n", FALSE },
    { HEAD GOOD "id 99999999999999999999\n", FALSE },
    { HEAD GOOD "uri http://h/\n", FALSE },
    { HEAD GOOD "blank\n", FALSE },
    { HEAD GOOD "chosen a%00b\n", FALSE },
    { HEAD GOOD "chosen a%zz\n", FALSE },
    { HEAD GOOD "chosen a%2Fb\n", FALSE },
    { HEAD GOOD "chosen ..\n", FALSE },
    { HEAD GOOD "title \xff\n", FALSE },
    { HEAD GOOD "total 12x\n", FALSE },
    { HEAD GOOD "checksum 00\n", FALSE },
    { HEAD "id 1\napp a\nsession s\nhome /h\nuri http://h/\ntoken ../../etc/passwd\n", FALSE },
    { HEAD "id 1\napp a\nsession s\nhome /h\nuri http://h/\ntoken " TOKEN "\npart ../x\n", FALSE },
    { HEAD "id 1\napp a\nsession s\nuri http://h/\ntoken " TOKEN "\n", FALSE },
    { HEAD "id 1\nsession s\nhome /h\nuri http://h/\ntoken " TOKEN "\n", FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (KeelPartLabel)
        label = keel_part_label_parse (cases[i].text, strlen (cases[i].text));

      if ((label != NULL) != cases[i].is_good)
        g_error ("case %" G_GSIZE_FORMAT ": %s", i, label == NULL ? "refused" : "accepted");
    }
  g_assert_null (keel_part_label_parse (HEAD GOOD "\0x", strlen (HEAD GOOD) + 2));
}

static void
test_names (void)
{
  g_assert_true (keel_part_label_is_part_name (PART));
  g_assert_false (keel_part_label_is_part_name ("0123456789abcdef.part"));
  g_assert_false (keel_part_label_is_part_name (".0123456789ABCDEF.part"));
  g_assert_false (keel_part_label_is_part_name (".0123456789abcde.part"));
  g_assert_false (keel_part_label_is_part_name (".0123456789abcdef0.part"));
  g_assert_false (keel_part_label_is_part_name (".0123456789abcdef.part "));
  g_assert_true (keel_part_label_is_token (TOKEN));
  g_assert_false (keel_part_label_is_token (TOKEN "0"));
  g_assert_false (keel_part_label_is_token ("../../../../../../../etc/passwd0"));
}

#define ADD(name, func) g_test_add ("/part-label/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("attribute", test_attribute);
  ADD ("beside", test_beside);
  ADD ("too-large", test_too_large);
  ADD ("durable", test_durable);
  ADD ("foreign", test_foreign);
  g_test_add_func ("/part-label/parse", test_parse);
  g_test_add_func ("/part-label/names", test_names);
  return g_test_run ();
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-publisher.h"

#include "keel-task-error.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* From a part file to a name: the table, and what is done to files. */

#define NAME ".0123.part"
#define TOKEN "feedbeef"

typedef struct {
  char *dir;
  KeelDisks *disks;
  gint64 conflict_usec;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  fixture->dir = g_dir_make_tmp ("keel-XXXXXX", NULL);
  fixture->disks = keel_disks_new (NULL);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  g_autoptr (GDir) dir = g_dir_open (fixture->dir, 0, NULL);
  const char *name;

  g_assert_true (keel_disks_close (fixture->disks, 10 * G_USEC_PER_SEC));
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (fixture->dir, name, NULL);

      g_assert_cmpint (g_remove (path), ==, 0);
    }
  if (dir != NULL)
    g_assert_cmpint (g_rmdir (fixture->dir), ==, 0);
  g_free (fixture->dir);
}

static char *
path_of (Fixture    *fixture,
         const char *name)
{
  return g_build_filename (fixture->dir, name, NULL);
}

static void
put (Fixture    *fixture,
     const char *name,
     const char *text)
{
  g_autofree char *path = path_of (fixture, name);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
assert_contents (Fixture    *fixture,
                 const char *name,
                 const char *text)
{
  g_autofree char *path = path_of (fixture, name);
  g_autofree char *contents = NULL;

  g_file_get_contents (path, &contents, NULL, NULL);
  g_assert_cmpstr (contents, ==, text);
}

static guint64
ino_of (Fixture    *fixture,
        const char *name)
{
  g_autofree char *path = path_of (fixture, name);
  struct stat info;

  return lstat (path, &info) == 0 ? info.st_ino : 0;
}

/* A part file of ours with "0123456789" in it; gives its inode. */
static guint64
make_part (Fixture *fixture)
{
  g_autoptr (KeelPartFile) part = NULL;

  g_assert_cmpint (keel_part_file_open (KEEL_PLACE_NAMED (fixture->dir), NAME, TOKEN, 0, 0, &part,
                                        NULL),
                   ==, KEEL_PART_FILE_OK);
  g_assert_true (keel_part_file_write (part, "0123456789", 10, 0, NULL));
  g_assert_true (keel_part_file_sync (part, NULL));
  return keel_part_file_get_ino (part);
}

/* --- driving it ------------------------------------------------------------------------------ */

typedef struct {
  KeelPublication publication;
  gboolean is_done;
} Passage;

static void
done_cb (KeelPublication *publication)
{
  ((Passage *) publication)->is_done = TRUE;
}

static void
passage_init (Passage    *passage,
              Fixture    *fixture,
              guint64     ino,
              const char *name)
{
  *passage = (Passage) { .publication = { .done = done_cb, .ino = ino, .length = 10 } };
  passage->publication.place.dir = g_strdup (fixture->dir);
  passage->publication.part_name = g_strdup (NAME);
  passage->publication.name = g_strdup (name);
  passage->publication.chosen = g_strdup ("a.txt");
  passage->publication.origin = g_strdup ("http://example.org/x");
}

static KeelPublishVerdict
wait_done (Passage *passage)
{
  while (!passage->is_done)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (passage->publication.verdict == KEEL_PUBLISH_ERROR, ==,
                   passage->publication.error != NULL);
  return passage->publication.verdict;
}

/* Publishes what make_part() made as @name; @out_next (transfer full) is the name that it gives. */
static KeelPublishVerdict
publish (Fixture     *fixture,
         guint64      ino,
         const char  *name,
         gboolean     is_recovery,
         char       **out_next)
{
  Passage passage;
  KeelPublishVerdict verdict;

  passage_init (&passage, fixture, ino, name);
  passage.publication.is_recovery = is_recovery;
  keel_publisher_publish (fixture->disks, &passage.publication);
  verdict = wait_done (&passage);
  *out_next = g_steal_pointer (&passage.publication.next_name);
  keel_publication_clear (&passage.publication);
  return verdict;
}

static KeelPublishVerdict
seal (Fixture      *fixture,
      KeelPartFile *part,
      guint64       length)
{
  Passage passage;
  KeelPublishVerdict verdict;

  passage_init (&passage, fixture, 0, NULL);
  passage.publication.part = keel_part_file_ref (part);
  passage.publication.length = length;
  keel_publisher_seal (fixture->disks, &passage.publication);
  verdict = wait_done (&passage);
  keel_publication_clear (&passage.publication);
  return verdict;
}

/* --- the table ------------------------------------------------------------------------------- */

static void
test_table (void)
{
  static const struct {
    KeelPublishFacts facts;
    KeelPublishAction action;
  } rows[] = {
    /* part, final, is_recovery, is_away, has_placeholder, is_placeholder */
    { { KEEL_NAME_OURS, KEEL_NAME_FREE, 0, 0, 0, 0 }, KEEL_PUBLISH_RENAME },
    { { KEEL_NAME_OURS, KEEL_NAME_FREE, 1, 0, 0, 0 }, KEEL_PUBLISH_RENAME },
    { { KEEL_NAME_OURS, KEEL_NAME_FREE, 0, 0, 1, 0 }, KEEL_PUBLISH_RENAME_OVER },
    { { KEEL_NAME_OURS, KEEL_NAME_OURS, 1, 0, 0, 0 }, KEEL_PUBLISH_UNLINK_PART },
    { { KEEL_NAME_OURS, KEEL_NAME_EMPTY, 1, 0, 1, 1 }, KEEL_PUBLISH_RENAME_OVER },
    { { KEEL_NAME_OURS, KEEL_NAME_EMPTY, 1, 0, 0, 0 }, KEEL_PUBLISH_NEXT_NAME },
    { { KEEL_NAME_OURS, KEEL_NAME_EMPTY, 0, 0, 1, 0 }, KEEL_PUBLISH_NEXT_NAME },
    { { KEEL_NAME_OURS, KEEL_NAME_ANOTHERS, 0, 0, 0, 0 }, KEEL_PUBLISH_NEXT_NAME },
    { { KEEL_NAME_OURS, KEEL_NAME_ANOTHERS, 1, 0, 1, 0 }, KEEL_PUBLISH_NEXT_NAME },
    { { KEEL_NAME_FREE, KEEL_NAME_OURS, 1, 0, 0, 0 }, KEEL_PUBLISH_SYNC },
    { { KEEL_NAME_ANOTHERS, KEEL_NAME_OURS, 0, 0, 0, 0 }, KEEL_PUBLISH_SYNC },
    { { KEEL_NAME_FREE, KEEL_NAME_FREE, 1, 1, 0, 0 }, KEEL_PUBLISH_WAIT },
    { { KEEL_NAME_FREE, KEEL_NAME_ANOTHERS, 0, 1, 0, 0 }, KEEL_PUBLISH_WAIT },
    { { KEEL_NAME_FREE, KEEL_NAME_FREE, 1, 0, 0, 0 }, KEEL_PUBLISH_SYNC },
    { { KEEL_NAME_FREE, KEEL_NAME_ANOTHERS, 1, 0, 1, 0 }, KEEL_PUBLISH_SYNC },
    { { KEEL_NAME_FREE, KEEL_NAME_FREE, 0, 0, 0, 0 }, KEEL_PUBLISH_GIVE_UP },
    { { KEEL_NAME_ANOTHERS, KEEL_NAME_ANOTHERS, 0, 0, 0, 0 }, KEEL_PUBLISH_GIVE_UP },
    /* may_replace, conflict */
    { { KEEL_NAME_OURS, KEEL_NAME_ANOTHERS, 0, 0, 0, 0, 1, KEEL_CONFLICT_RENAME },
      KEEL_PUBLISH_NEXT_NAME },
    { { KEEL_NAME_OURS, KEEL_NAME_ANOTHERS, 0, 0, 0, 0, 1, KEEL_CONFLICT_FAIL },
      KEEL_PUBLISH_REFUSE },
    { { KEEL_NAME_OURS, KEEL_NAME_ANOTHERS, 1, 0, 0, 0, 1, KEEL_CONFLICT_REPLACE },
      KEEL_PUBLISH_REPLACE },
    { { KEEL_NAME_OURS, KEEL_NAME_EMPTY, 0, 0, 0, 0, 1, KEEL_CONFLICT_REPLACE },
      KEEL_PUBLISH_REPLACE },
    { { KEEL_NAME_OURS, KEEL_NAME_EMPTY, 1, 0, 1, 1, 1, KEEL_CONFLICT_FAIL },
      KEEL_PUBLISH_RENAME_OVER },
    { { KEEL_NAME_OURS, KEEL_NAME_ANOTHERS, 0, 0, 0, 0, 0, KEEL_CONFLICT_REPLACE },
      KEEL_PUBLISH_NEXT_NAME },
    { { KEEL_NAME_OURS, KEEL_NAME_FREE, 0, 0, 0, 0, 0, KEEL_CONFLICT_FAIL }, KEEL_PUBLISH_RENAME },
    { { KEEL_NAME_FREE, KEEL_NAME_OURS, 1, 0, 0, 0, 1, KEEL_CONFLICT_REPLACE }, KEEL_PUBLISH_SYNC },
    { { KEEL_NAME_FREE, KEEL_NAME_ANOTHERS, 0, 0, 0, 0, 1, KEEL_CONFLICT_REPLACE },
      KEEL_PUBLISH_GIVE_UP },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    g_assert_cmpint (keel_publisher_decide (&rows[i].facts), ==, rows[i].action);
}

/* --- files ----------------------------------------------------------------------------------- */

static void
test_seal (Fixture       *fixture,
           gconstpointer  data)
{
  guint64 ino = make_part (fixture);
  g_autofree char *path = path_of (fixture, NAME);
  g_autoptr (KeelPartFile) part = NULL;
  struct stat info;

  keel_part_file_open (KEEL_PLACE_NAMED (fixture->dir), NAME, TOKEN, ino, 10, &part, NULL);
  g_assert_cmpint (seal (fixture, part, 7), ==, KEEL_PUBLISH_DONE);
  assert_contents (fixture, NAME, "0123456");
  g_assert_cmpint (stat (path, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0640);
}

static void
test_publish (Fixture       *fixture,
              gconstpointer  data)
{
  guint64 ino = make_part (fixture);
  char *next = NULL;

  g_assert_cmpint (publish (fixture, ino, "a.txt", FALSE, &next), ==, KEEL_PUBLISH_DONE);
  g_assert_cmpuint (ino_of (fixture, "a.txt"), ==, ino);
  g_assert_cmpuint (ino_of (fixture, NAME), ==, 0);
  /* again, as after a crash between the rename and its commit */
  g_assert_cmpint (publish (fixture, ino, "a.txt", FALSE, &next), ==, KEEL_PUBLISH_DONE);
  g_assert_cmpuint (ino_of (fixture, "a.txt"), ==, ino);
}

static void
test_publish_taken (Fixture       *fixture,
                    gconstpointer  data)
{
  guint64 ino = make_part (fixture);
  g_autofree char *next = NULL;
  char *none = NULL;

  put (fixture, "a.txt", "precious");
  put (fixture, "a (1).txt", "precious, too");
  g_assert_cmpint (publish (fixture, ino, "a.txt", FALSE, &next), ==, KEEL_PUBLISH_TAKEN);
  g_assert_cmpstr (next, ==, "a (2).txt");
  assert_contents (fixture, NAME, "0123456789");
  g_assert_cmpint (publish (fixture, ino, next, FALSE, &none), ==, KEEL_PUBLISH_DONE);
  assert_contents (fixture, "a.txt", "precious");
  assert_contents (fixture, "a (1).txt", "precious, too");
  assert_contents (fixture, "a (2).txt", "0123456789");
}

/* The name is a link to nowhere: it is somebody's, too. */
static void
test_publish_dangling (Fixture       *fixture,
                       gconstpointer  data)
{
  guint64 ino = make_part (fixture);
  g_autofree char *path = path_of (fixture, "a.txt");
  g_autofree char *next = NULL;

  g_assert_cmpint (symlink ("nowhere", path), ==, 0);
  g_assert_cmpint (publish (fixture, ino, "a.txt", FALSE, &next), ==, KEEL_PUBLISH_TAKEN);
  g_assert_cmpstr (next, ==, "a (1).txt");
}

/* A crash after link() and before unlink(), where there is no RENAME_NOREPLACE. */
static void
test_publish_linked (Fixture       *fixture,
                     gconstpointer  data)
{
  guint64 ino = make_part (fixture);
  g_autofree char *from = path_of (fixture, NAME);
  g_autofree char *to = path_of (fixture, "a.txt");
  char *next = NULL;

  g_assert_cmpint (link (from, to), ==, 0);
  g_assert_cmpint (publish (fixture, ino, "a.txt", FALSE, &next), ==, KEEL_PUBLISH_DONE);
  g_assert_cmpuint (ino_of (fixture, "a.txt"), ==, ino);
  g_assert_cmpuint (ino_of (fixture, NAME), ==, 0);
}

/* Shortened under our hands: it is not filled up with zeros. */
static void
test_seal_shortened (Fixture       *fixture,
                     gconstpointer  data)
{
  guint64 ino = make_part (fixture);
  g_autofree char *path = path_of (fixture, NAME);
  g_autoptr (KeelPartFile) part = NULL;

  keel_part_file_open (KEEL_PLACE_NAMED (fixture->dir), NAME, TOKEN, ino, 10, &part, NULL);
  g_assert_cmpint (truncate (path, 4), ==, 0);
  g_assert_cmpint (seal (fixture, part, 10), ==, KEEL_PUBLISH_SHORTENED);
  assert_contents (fixture, NAME, "0123");
}

/* Removed under our hands: the bytes that are written have no name, and that is told. */
static void
test_seal_lost (Fixture       *fixture,
                gconstpointer  data)
{
  guint64 ino = make_part (fixture);
  g_autofree char *path = path_of (fixture, NAME);
  g_autoptr (KeelPartFile) part = NULL;

  keel_part_file_open (KEEL_PLACE_NAMED (fixture->dir), NAME, TOKEN, ino, 10, &part, NULL);
  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_cmpint (seal (fixture, part, 10), ==, KEEL_PUBLISH_LOST);
  put (fixture, NAME, "precious");
  g_assert_cmpint (seal (fixture, part, 10), ==, KEEL_PUBLISH_LOST);
  assert_contents (fixture, NAME, "precious");
}

/* Neither name is there. After a start of the service the user has moved the file before its
 * commit, and nothing is made up; while the service runs, it was taken away. */
static void
test_publish_moved (Fixture       *fixture,
                    gconstpointer  data)
{
  char *next = NULL;

  g_assert_cmpint (publish (fixture, 12345, "a.txt", FALSE, &next), ==, KEEL_PUBLISH_LOST);
  g_assert_cmpint (publish (fixture, 12345, "a.txt", TRUE, &next), ==, KEEL_PUBLISH_DONE);
  g_assert_cmpuint (ino_of (fixture, "a.txt"), ==, 0);
}

/* The mount point without its drive: neither name is there, and that means nothing. */
static void
test_away (Fixture       *fixture,
           gconstpointer  data)
{
  Passage passage;

  passage_init (&passage, fixture, 12345, "a.txt");
  passage.publication.is_recovery = TRUE;
  passage.publication.place.id = (KeelFolderId) { .ino = 2, .fsid = 77 };
  keel_publisher_publish (fixture->disks, &passage.publication);
  g_assert_cmpint (wait_done (&passage), ==, KEEL_PUBLISH_ERROR);
  g_assert_error (passage.publication.error, KEEL_TASK_ERROR, KEEL_TASK_ERROR_DESTINATION);
  keel_publication_clear (&passage.publication);
}

/* After a start, an empty file under the name may be the placeholder that was announced. */
static void
test_placeholder (Fixture       *fixture,
                  gconstpointer  data)
{
  guint64 ino = make_part (fixture);
  Passage passage;

  put (fixture, "a.txt", "");
  passage_init (&passage, fixture, ino, "a.txt");
  passage.publication.is_recovery = TRUE;
  passage.publication.has_placeholder = TRUE;
  keel_publisher_publish (fixture->disks, &passage.publication);
  g_assert_cmpint (wait_done (&passage), ==, KEEL_PUBLISH_DONE);
  g_assert_cmpuint (ino_of (fixture, "a.txt"), ==, ino);
  g_assert_cmpuint (ino_of (fixture, NAME), ==, 0);
  keel_publication_clear (&passage.publication);
}

static KeelPublishVerdict
publish_against (Fixture      *fixture,
                 guint64       ino,
                 KeelConflict  conflict)
{
  KeelPublishVerdict verdict;
  Passage passage;

  passage_init (&passage, fixture, ino, "a.txt");
  passage.publication.conflict = conflict;
  passage.publication.conflict_usec = fixture->conflict_usec;
  keel_publisher_publish (fixture->disks, &passage.publication);
  verdict = wait_done (&passage);
  keel_publication_clear (&passage.publication);
  return verdict;
}

/* The old file stays, and so does what was to take its place. */
static void
test_refused (Fixture       *fixture,
              gconstpointer  data)
{
  guint64 ino = make_part (fixture);

  put (fixture, "a.txt", "precious");
  g_assert_cmpint (publish_against (fixture, ino, KEEL_CONFLICT_FAIL), ==, KEEL_PUBLISH_REFUSED);
  assert_contents (fixture, "a.txt", "precious");
  assert_contents (fixture, NAME, "0123456789");
}

static void
test_replaced (Fixture       *fixture,
               gconstpointer  data)
{
  guint64 ino = make_part (fixture);

  put (fixture, "a.txt", "stale");
  fixture->conflict_usec = g_get_real_time ();
  g_assert_cmpint (publish_against (fixture, ino, KEEL_CONFLICT_REPLACE), ==, KEEL_PUBLISH_DONE);
  assert_contents (fixture, "a.txt", "0123456789");
  g_assert_cmpuint (ino_of (fixture, NAME), ==, 0);
  /* again, as after a crash between the rename and its commit */
  g_assert_cmpint (publish_against (fixture, ino, KEEL_CONFLICT_REPLACE), ==, KEEL_PUBLISH_DONE);
  assert_contents (fixture, "a.txt", "0123456789");
}

/* Somebody has a file of that name that is younger than the wish. */
static void
test_not_replaced_if_younger (Fixture       *fixture,
                              gconstpointer  data)
{
  guint64 ino = make_part (fixture);

  fixture->conflict_usec = g_get_real_time () - G_USEC_PER_SEC;
  put (fixture, "a.txt", "precious");
  g_assert_cmpint (publish_against (fixture, ino, KEEL_CONFLICT_REPLACE), ==, KEEL_PUBLISH_TAKEN);
  assert_contents (fixture, "a.txt", "precious");
  assert_contents (fixture, NAME, "0123456789");
}

/* What is no file is not replaced, and what a link leads to is not touched. */
static void
test_not_replaced (Fixture       *fixture,
                   gconstpointer  data)
{
  guint64 ino = make_part (fixture);
  g_autofree char *path = path_of (fixture, "a.txt");
  struct stat info;

  fixture->conflict_usec = G_MAXINT64;
  put (fixture, "target", "precious");
  g_assert_cmpint (symlink ("target", path), ==, 0);
  g_assert_cmpint (publish_against (fixture, ino, KEEL_CONFLICT_REPLACE), ==, KEEL_PUBLISH_TAKEN);
  assert_contents (fixture, "target", "precious");
  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
  g_assert_cmpint (publish_against (fixture, ino, KEEL_CONFLICT_REPLACE), ==, KEEL_PUBLISH_TAKEN);
  g_assert_cmpint (lstat (path, &info), ==, 0);
  g_assert_true (S_ISDIR (info.st_mode));
}

/* What is left in the other part file goes with the rename, if it is ours. */
static void
test_spare (Fixture       *fixture,
            gconstpointer  data)
{
  guint64 ino = make_part (fixture);
  g_autoptr (KeelPartFile) spare = NULL;
  Passage passage;

  keel_part_file_open (KEEL_PLACE_NAMED (fixture->dir), ".spare.part", TOKEN, 0, 0, &spare, NULL);
  passage_init (&passage, fixture, ino, "a.txt");
  passage.publication.spare_name = g_strdup (".spare.part");
  passage.publication.token = g_strdup (TOKEN);
  keel_publisher_publish (fixture->disks, &passage.publication);
  g_assert_cmpint (wait_done (&passage), ==, KEEL_PUBLISH_DONE);
  g_assert_cmpuint (ino_of (fixture, ".spare.part"), ==, 0);
  keel_publication_clear (&passage.publication);
}

/* A whole queue of them: one group, each with its own end. */
static void
test_group (Fixture       *fixture,
            gconstpointer  data)
{
  Passage passages[40];
  g_autofree char *gone = path_of (fixture, ".p7");

  for (guint i = 0; i < G_N_ELEMENTS (passages); i++)
    {
      g_autofree char *name = g_strdup_printf (".p%u", i);

      passage_init (&passages[i], fixture, 0, NULL);
      keel_part_file_open (KEEL_PLACE_NAMED (fixture->dir), name, TOKEN, 0, 0,
                           &passages[i].publication.part, NULL);
      keel_part_file_write (passages[i].publication.part, "0123456789", 10, 0, NULL);
    }
  g_assert_cmpint (g_unlink (gone), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (passages); i++)
    keel_publisher_seal (fixture->disks, &passages[i].publication);
  for (guint i = 0; i < G_N_ELEMENTS (passages); i++)
    {
      g_assert_cmpint (wait_done (&passages[i]), ==,
                       i == 7 ? KEEL_PUBLISH_LOST : KEEL_PUBLISH_DONE);
      keel_publication_clear (&passages[i].publication);
    }
}

#define ADD(name, func) g_test_add ("/publisher/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int   argc,
      char *argv[])
{
  /* The engine looks at it once. */
  umask (027);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/publisher/table", test_table);
  ADD ("seal", test_seal);
  ADD ("seal-lost", test_seal_lost);
  ADD ("seal-shortened", test_seal_shortened);
  ADD ("publish", test_publish);
  ADD ("taken", test_publish_taken);
  ADD ("dangling", test_publish_dangling);
  ADD ("linked", test_publish_linked);
  ADD ("moved", test_publish_moved);
  ADD ("away", test_away);
  ADD ("placeholder", test_placeholder);
  ADD ("refused", test_refused);
  ADD ("replaced", test_replaced);
  ADD ("not-replaced", test_not_replaced);
  ADD ("not-replaced-if-younger", test_not_replaced_if_younger);
  ADD ("spare", test_spare);
  ADD ("group", test_group);
  return g_test_run ();
}

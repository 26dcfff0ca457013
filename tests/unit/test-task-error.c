/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-task-error.h"

#include <errno.h>
#include <libsoup/soup.h>

static void
test_errno (void)
{
  static const struct {
    int code;
    KeelTaskError error;
  } cases[] = {
    { ENOSPC, KEEL_TASK_ERROR_NO_SPACE },    { EDQUOT, KEEL_TASK_ERROR_NO_SPACE },
    { EFBIG, KEEL_TASK_ERROR_TOO_LARGE },    { EROFS, KEEL_TASK_ERROR_DESTINATION },
    { ENOENT, KEEL_TASK_ERROR_DESTINATION }, { EACCES, KEEL_TASK_ERROR_DESTINATION },
    { EIO, KEEL_TASK_ERROR_DISK },           { EBADF, KEEL_TASK_ERROR_DISK },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = keel_task_error_new_errno (cases[i].code, "x");

      g_assert_error (error, KEEL_TASK_ERROR, (gint) cases[i].error);
    }
}

static void
test_convert (void)
{
  const struct {
    GQuark domain;
    gint code;
    gboolean in_body;
    KeelTaskError error;
  } cases[] = {
    { G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND, FALSE, KEEL_TASK_ERROR_DNS },
    { G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED, FALSE, KEEL_TASK_ERROR_CONNECT },
    { G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED, FALSE, KEEL_TASK_ERROR_CONNECT },
    { G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED, TRUE, KEEL_TASK_ERROR_TRUNCATED },
    { G_IO_ERROR, G_IO_ERROR_PARTIAL_INPUT, TRUE, KEEL_TASK_ERROR_TRUNCATED },
    { G_IO_ERROR, G_IO_ERROR_TIMED_OUT, TRUE, KEEL_TASK_ERROR_TIMEOUT },
    { G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE, FALSE, KEEL_TASK_ERROR_TLS },
    { G_TLS_ERROR, G_TLS_ERROR_EOF, TRUE, KEEL_TASK_ERROR_TRUNCATED },
    { SOUP_SESSION_ERROR, SOUP_SESSION_ERROR_PARSING, FALSE, KEEL_TASK_ERROR_PROTOCOL },
    { KEEL_TASK_ERROR, KEEL_TASK_ERROR_CHECKSUM, FALSE, KEEL_TASK_ERROR_CHECKSUM },
    { G_FILE_ERROR, G_FILE_ERROR_FAILED, FALSE, KEEL_TASK_ERROR_INTERNAL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) foreign = g_error_new_literal (cases[i].domain, cases[i].code, "x");
      g_autoptr (GError) error = keel_task_error_convert (foreign, cases[i].in_body);

      g_test_message ("case %" G_GSIZE_FORMAT, i);
      g_assert_error (error, KEEL_TASK_ERROR, (gint) cases[i].error);
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/task-error/errno", test_errno);
  g_test_add_func ("/task-error/convert", test_convert);
  return g_test_run ();
}

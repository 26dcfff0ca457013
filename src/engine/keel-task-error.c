/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-task-error.h"

#include <errno.h>
#include <libsoup/soup.h>

/* The engine's border: foreign errors become ours here and nowhere else. Two tables, one for
 * errno, one for what GIO and libsoup say. Messages are for logs and for `error.message`; the
 * words that people read are made from the code, in the window and the command line. */

/* clang-format takes them for the beginning of what follows. */
/* clang-format off */
G_DEFINE_QUARK (keel-task-error-quark, keel_task_error)
G_DEFINE_QUARK (keel-error-quark, keel_error)
/* clang-format on */

KeelTaskError
keel_task_error_from_errno (int code)
{
  switch (code)
    {
    case ENOSPC:
    case EDQUOT:
      return KEEL_TASK_ERROR_NO_SPACE;
    case EFBIG:
      return KEEL_TASK_ERROR_TOO_LARGE;
    case EACCES:
    case ELOOP:
    case EMFILE: /* this and the next pass when others close theirs */
    case ENFILE:
    case ENAMETOOLONG:
    case ENODEV:
    case ENOENT:
    case ENOTDIR:
    case ENXIO:
    case EPERM:
    case EROFS:
    case ESTALE:
      return KEEL_TASK_ERROR_DESTINATION;
    default:
      return KEEL_TASK_ERROR_DISK;
    }
}

/* "@what: No space left on device", with the code that belongs to it. */
GError *
keel_task_error_new_errno (int         code,
                           const char *what)
{
  return g_error_new (KEEL_TASK_ERROR, (gint) keel_task_error_from_errno (code), "%s: %s", what,
                      g_strerror (code));
}

static KeelTaskError
from_io_error (gint     code,
               gboolean in_body)
{
  switch (code)
    {
    case G_IO_ERROR_TIMED_OUT:
      return KEEL_TASK_ERROR_TIMEOUT;
    case G_IO_ERROR_PARTIAL_INPUT:
    case G_IO_ERROR_CONNECTION_CLOSED: /* also BROKEN_PIPE, the same number */
      return in_body ? KEEL_TASK_ERROR_TRUNCATED : KEEL_TASK_ERROR_CONNECT;
    case G_IO_ERROR_INVALID_DATA:
      return KEEL_TASK_ERROR_PROTOCOL;
    case G_IO_ERROR_PROXY_AUTH_FAILED:
    case G_IO_ERROR_PROXY_NEED_AUTH:
      return KEEL_TASK_ERROR_AUTH_REQUIRED;
    case G_IO_ERROR_PROXY_FAILED:
    case G_IO_ERROR_PROXY_NOT_ALLOWED:
    case G_IO_ERROR_CONNECTION_REFUSED:
    case G_IO_ERROR_HOST_UNREACHABLE:
    case G_IO_ERROR_NETWORK_UNREACHABLE:
      return KEEL_TASK_ERROR_CONNECT;
    case G_IO_ERROR_HOST_NOT_FOUND:
      return KEEL_TASK_ERROR_DNS;
    default:
      return in_body ? KEEL_TASK_ERROR_TRUNCATED : KEEL_TASK_ERROR_CONNECT;
    }
}

/* What libsoup or GIO said while asking (@in_body FALSE) or reading, as one of ours. */
GError *
keel_task_error_convert (const GError *foreign,
                         gboolean      in_body)
{
  KeelTaskError code = KEEL_TASK_ERROR_INTERNAL;

  if (foreign->domain == KEEL_TASK_ERROR)
    return g_error_copy (foreign);
  if (foreign->domain == G_RESOLVER_ERROR)
    code = KEEL_TASK_ERROR_DNS;
  else if (foreign->domain == G_TLS_ERROR)
    code = foreign->code == G_TLS_ERROR_EOF && in_body ? KEEL_TASK_ERROR_TRUNCATED :
                                                         KEEL_TASK_ERROR_TLS;
  else if (foreign->domain == SOUP_SESSION_ERROR || foreign->domain == G_CONVERT_ERROR)
    code = KEEL_TASK_ERROR_PROTOCOL;
  else if (foreign->domain == G_IO_ERROR)
    code = from_io_error (foreign->code, in_body);
  return g_error_new_literal (KEEL_TASK_ERROR, (gint) code, foreign->message);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-password.h"

#include "keel-exit.h"
#include "keel-text.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

/* A password, from the person at the terminal and from nowhere else: what stands on a command line
 * is seen by everybody on the machine, and what comes through a pipe was in a file.
 *
 * Nothing is echoed meanwhile. A signal that ends the program comes through only after the echo is
 * on again, or the shell would be left deaf. */

static const int deadly[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };

static volatile sig_atomic_t caught;

static void
signal_cb (int number)
{
  caught = number;
}

/* The line without its end; FALSE at the end of the input, or when a signal came. */
static gboolean
read_line (int   fd,
           char *line)
{
  gsize length = 0;

  while (caught == 0 && length < KEEL_PASSWORD_MOST_BYTES)
    {
      gssize n = read (fd, line + length, 1);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        return FALSE;
      if (line[length] == '\n')
        {
          line[length] = '\0';
          return TRUE;
        }
      length++;
    }
  return FALSE;
}

static gboolean
read_silently (int   fd,
               char *line)
{
  struct sigaction action = { .sa_handler = signal_cb }; /* no SA_RESTART: reading shall end */
  struct sigaction before[G_N_ELEMENTS (deadly)];
  struct termios loud;
  struct termios silent;
  gboolean ok;

  if (tcgetattr (fd, &loud) != 0)
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (deadly); i++)
    sigaction (deadly[i], &action, &before[i]);
  silent = loud;
  silent.c_lflag &= ~(tcflag_t) ECHO;
  tcsetattr (fd, TCSAFLUSH, &silent);
  ok = read_line (fd, line);
  tcsetattr (fd, TCSAFLUSH, &loud);
  for (gsize i = 0; i < G_N_ELEMENTS (deadly); i++)
    sigaction (deadly[i], &before[i], NULL);
  return ok;
}

/* Asks for the password of @user. NULL when there is nobody to ask or no answer, and then it says
 * so itself; a signal ends the program. (transfer full) (nullable) */
char *
keel_password_ask (const char *user)
{
  g_autofree char *name = keel_text_make_safe (user);
  g_autofree char *line = g_malloc0 (KEEL_PASSWORD_MOST_BYTES + 1);
  int fd = open ("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
  gboolean ok;

  if (fd < 0)
    {
      keel_complain (_("--user needs a terminal on which to ask for the password"));
      return NULL;
    }
  /* Translators: asked on a terminal; %s is a user name. */
  dprintf (fd, _("Password for %s: "), name);
  ok = read_silently (fd, line);
  dprintf (fd, "\n");
  close (fd);
  if (caught != 0)
    raise (caught);
  if (!ok)
    {
      explicit_bzero (line, KEEL_PASSWORD_MOST_BYTES);
      keel_complain (_("No password was given"));
      return NULL;
    }
  return g_steal_pointer (&line);
}

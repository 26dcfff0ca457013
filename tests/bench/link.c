/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

/* A line between two network namespaces that is as slow, long and bad as it is told to be, for a
 * kernel that has no netem or a machine that lets nobody load it.
 *
 *     link [OPTION...] PID PID
 *
 * In the namespace of each process it makes a TUN interface, prints "ready", and carries packets
 * from one to the other until it is ended, when the interfaces go with it. Each direction is a
 * line of its own, as they are in life:
 *
 *     a packet is lost by chance, or joins a queue of so many bytes (or finds it full and is
 *     dropped), leaves it at the rate of the line, and arrives after the delay.
 *
 * All of that is decided when the packet comes: when the line will have sent what is before it is
 * known then, so there is one list, in the order in which packets arrive at the other side. */

#define INTERFACE "wire"
#define PACKET_BYTES 2048
/* More than are on their way in 20 ms at 1 Gbit/s; who needs more finds his packets dropped. */
#define PACKETS 8192
#define NSEC_PER_SEC 1000000000LL

typedef struct {
  gint64 due_nsec;
  gsize length;
  guint8 bytes[PACKET_BYTES];
} Packet;

typedef struct {
  int from;
  int to;
  gint64 idle_nsec; /* when the line will have sent all that is in the queue */
  Packet *packets;  /* (owned): a ring */
  guint first;
  guint n_packets;
} Line;

static gint64 rate_bps = 100 * 1000 * 1000;
static gint64 delay_usec = 20 * 1000;
static gint64 queue_bytes = 500 * 1000;
static double loss_percent;
static int seed = 1;

static const GOptionEntry options[] = {
  { "rate", 0, 0, G_OPTION_ARG_INT64, &rate_bps, "Bits a second", "BITS" },
  { "delay", 0, 0, G_OPTION_ARG_INT64, &delay_usec, "One way", "MICROSECONDS" },
  { "queue", 0, 0, G_OPTION_ARG_INT64, &queue_bytes, "What may wait before it", "BYTES" },
  { "loss", 0, 0, G_OPTION_ARG_DOUBLE, &loss_percent, "Packets that are lost", "PERCENT" },
  { "seed", 0, 0, G_OPTION_ARG_INT, &seed, "Of the chance", "NUMBER" },
  G_OPTION_ENTRY_NULL,
};

static gint64
now_nsec (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return now.tv_sec * NSEC_PER_SEC + now.tv_nsec;
}

/* Makes an interface in the network of a process, and leaves us there. */
static int
open_interface (const char *pid)
{
  g_autofree char *name = g_strdup_printf ("/proc/%s/ns/net", pid);
  struct ifreq request = { .ifr_flags = IFF_TUN | IFF_NO_PI, .ifr_name = INTERFACE };
  int network = open (name, O_RDONLY | O_CLOEXEC);
  int fd;

  if (network == -1 || setns (network, CLONE_NEWNET) == -1)
    g_error ("%s: %s", name, g_strerror (errno));
  close (network);
  fd = open ("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (fd == -1 || ioctl (fd, TUNSETIFF, &request) == -1)
    g_error ("No interface: %s", g_strerror (errno));
  return fd;
}

/* The packet that was read into the first free place joins the line, or is lost. */
static void
take (Line   *self,
      GRand  *chance,
      Packet *packet,
      gint64  now)
{
  gint64 waiting_nsec = MAX (self->idle_nsec - now, 0);
  gint64 waiting_bytes = waiting_nsec * rate_bps / 8 / NSEC_PER_SEC;

  if (g_rand_double (chance) * 100 < loss_percent ||
      waiting_bytes + (gint64) packet->length > queue_bytes)
    return;
  self->idle_nsec = now + waiting_nsec + (gint64) packet->length * 8 * NSEC_PER_SEC / rate_bps;
  packet->due_nsec = self->idle_nsec + delay_usec * 1000;
  self->n_packets++;
}

static void
read_packets (Line  *self,
              GRand *chance)
{
  while (self->n_packets < PACKETS)
    {
      Packet *packet = &self->packets[(self->first + self->n_packets) % PACKETS];
      ssize_t length = read (self->from, packet->bytes, PACKET_BYTES);

      if (length <= 0)
        {
          if (length == 0 || (errno != EAGAIN && errno != EINTR))
            g_error ("read: %s", g_strerror (errno));
          return;
        }
      packet->length = (gsize) length;
      take (self, chance, packet, now_nsec ());
    }
}

/* Sends on what has arrived; gives the time at which the next packet does, or G_MAXINT64. */
static gint64
deliver (Line *self)
{
  while (self->n_packets > 0)
    {
      Packet *packet = &self->packets[self->first];

      if (packet->due_nsec > now_nsec ())
        return packet->due_nsec;
      /* EIO: the interface is not up (yet), so nobody is there. */
      if (write (self->to, packet->bytes, packet->length) == -1 && errno != EIO)
        g_error ("write: %s", g_strerror (errno));
      self->first = (self->first + 1) % PACKETS;
      self->n_packets--;
    }
  return G_MAXINT64;
}

static void
carry (Line  *there,
       Line  *back,
       GRand *chance)
{
  struct pollfd fds[] = { { .fd = there->from, .events = POLLIN },
                          { .fd = back->from, .events = POLLIN } };

  for (;;)
    {
      gint64 there_nsec = deliver (there);
      gint64 back_nsec = deliver (back);
      gint64 next_nsec = MIN (there_nsec, back_nsec);
      gint64 left_nsec = next_nsec - now_nsec ();
      struct timespec wait = { .tv_sec = MAX (left_nsec, 0) / NSEC_PER_SEC,
                               .tv_nsec = MAX (left_nsec, 0) % NSEC_PER_SEC };

      if (ppoll (fds, G_N_ELEMENTS (fds), next_nsec == G_MAXINT64 ? NULL : &wait, NULL) == -1 &&
          errno != EINTR)
        g_error ("ppoll: %s", g_strerror (errno));
      read_packets (there, chance);
      read_packets (back, chance);
    }
}

int
main (int    argc,
      char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new ("PID PID");
  g_autoptr (GRand) chance = NULL;
  g_autoptr (GError) error = NULL;
  Line there = { .packets = g_new (Packet, PACKETS) };
  Line back = { .packets = g_new (Packet, PACKETS) };

  g_option_context_add_main_entries (context, options, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || argc != 3 || rate_bps <= 0)
    {
      g_printerr ("link: %s\n", error != NULL ? error->message : "two processes, and a rate");
      return 2;
    }

  /* The kernel would wake us 50 microseconds late, half a packet. */
  prctl (PR_SET_TIMERSLACK, 1);
  chance = g_rand_new_with_seed ((guint32) seed);
  there.from = back.to = open_interface (argv[1]);
  back.from = there.to = open_interface (argv[2]);
  g_print ("ready\n");
  carry (&there, &back, chance);
  return 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-disk.h"

static const char mountinfo[] = "22 28 0:21 / /proc rw - proc proc rw\n"
                                "28 1 254:0 / / rw - ext4 /dev/vda rw\n"
                                "31 28 0:25 / /home rw - btrfs /dev/vdb rw\n"
                                "32 31 0:26 / /home/ann/nas rw - nfs4 nas:/x rw\n"
                                "33 28 0:27 / /media/My\\040Disk rw - vfat /dev/sdb1 rw\n"
                                "34 28 0:28 / /homes rw - tmpfs tmpfs rw\n"
                                "truncated line\n";

static void
test_find_mount (void)
{
  static const struct {
    const char *path, *mount;
  } cases[] = {
    { "/", "/" },
    { "/tmp/x", "/" },
    { "/home", "/home" },
    { "/home/ann/Downloads", "/home" },
    { "/home/ann/nas", "/home/ann/nas" },
    { "/home/ann/nas/deep/er", "/home/ann/nas" },
    { "/home/ann/nasty", "/home" },
    { "/homes/x", "/homes" },
    { "/media/My Disk/x", "/media/My Disk" },
    { "/media/My", "/" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *mount = keel_disks_find_mount (mountinfo, cases[i].path);

      g_assert_cmpstr (mount, ==, cases[i].mount);
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/disk/find-mount", test_find_mount);
  return g_test_run ();
}

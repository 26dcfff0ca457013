#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Content-Encoding that was not asked for: undone at the end and checked, or refused.

The bytes on the wire are then not those of the file, so they are never continued by a range; and a
file that is compressed itself, as a .tar.gz is, stays what it is whatever the server calls it.
"""

import os

from keelserver import content
from keeltest import contents_of, main, rows
from truth import NAME, REST, SIZE, Truth


class Decoded(Truth):
    @rows({
        'gzip': ('zipped', {}), 'x_gzip': ('zipped', {'coding': 'x-gzip'}),
        'capitals': ('zipped', {'coding': 'GZip'}), 'chunked': ('zipped-chunked', {}),
        'several_members': ('zipped-members', {}), 'empty': ('zipped', {'size': 0}),
    })
    def test_right(self, behaviour, options):
        number = self.add(behaviour, **options)
        self.check_finished(number, size=options.get('size', SIZE))
        self.assertIsNone(self.asked()[0])

    @rows({'identity': ('identity',), 'nothing': ('',)})
    def test_no_coding_at_all(self, coding):
        self.check_finished(self.add('good', lines=f'Content-Encoding: {coding}'.encode()))

    @rows({name.replace('-', '_'): (name,) for name in [
        'zipped-cut', 'zipped-no-trailer', 'zipped-wrong-sum', 'zipped-wrong-size',
        'zipped-garbage']})
    def test_wrong_is_fetched_again(self, behaviour):
        number = self.add(behaviour, times=2)
        for _ in range(2):
            self.wait_waiting(number, 'retry', 'truncated')
            self.assertFalse(os.path.exists(os.path.join(self.house.downloads, NAME)))
            self.house.keel('retry', number)
        self.check_finished(number)
        self.assertEqual(self.asked(), [None, None, None])

    def test_cut_is_not_continued(self):
        """Another compression of the same file may have other bytes."""
        number = self.add('zipped-short')
        self.wait_waiting(number, 'retry', 'truncated')
        self.check_finished(number)
        self.assertEqual(self.asked(), [None, None])

    def test_restart_of_the_service_in_the_middle(self):
        number = self.add('zipped-short', times=2)
        self.wait_waiting(number, 'retry', 'truncated')
        self.house.signal_service(9)
        self.check_finished(number)

    def test_only_the_copy_after_the_cut_is_compressed(self):
        self.check_finished(self.cut('zipped-on-resume'))

    def test_size_on_the_wire_is_not_the_size_of_the_file(self):
        task = self.end(self.add('zeros-zipped', size=3 << 20))
        self.assertEqual(task['state'], 'finished', task)
        self.assertEqual(contents_of(task['file']), bytes(3 << 20))


class Refused(Truth):
    @rows({name: (name,) for name in [
        'br', 'deflate', 'compress', 'zstd', 'aes128gcm', 'harbour']})
    def test_coding(self, coding):
        self.wait_failed(self.add('coded', coding=coding), 'unsupported')
        self.check_nothing()
        self.assertEqual(len(self.asked()), 1)

    def test_two_codings(self):
        lines = b'Content-Encoding: gzip, br'
        self.wait_failed(self.add('good', lines=lines), 'unsupported')
        self.check_nothing()


class Archives(Truth):
    """Names that say that the file is gzip itself."""

    @rows({'tar_gz': ('a.tar.gz', 'x-gzip'), 'tgz': ('a.tgz', 'gzip'), 'gz': ('a.gz', 'x-gzip'),
           'capitals': ('A.TAR.GZ', 'gzip')})
    def test_kept_as_it_is(self, name, coding):
        number = self.house.add(self.url('archive', name=name, coding=coding))
        self.check_finished(number, name=name)

    def test_continued_after_a_cut(self):
        name = 'a.tar.gz'
        number = self.house.add(self.url('archive-short', name=name))
        self.wait_waiting(number, 'retry', 'truncated')
        self.check_finished(number, name=name)
        self.assertEqual(self.asked(name), [None, REST])

    def test_name_of_the_caller(self):
        """What the caller calls it decides, since that is what the file will be."""
        number = self.add('archive', '--name', 'b.tar.gz')
        task = self.end(number)
        self.assertEqual(task['state'], 'finished', task)
        self.check_bytes(contents_of(task['file']), content(NAME, SIZE))


class Bomb(Truth):
    def test_what_grows_a_thousandfold(self):
        """On the disk, where there is room for it or not; never in memory."""
        size = 100 << 20
        before = self.memory()
        number = self.add('zeros-zipped', size=size)
        task = self.end(number)
        self.assertEqual(task['state'], 'finished', task)
        self.assertEqual(os.path.getsize(task['file']), size)
        self.check_memory(before)


if __name__ == '__main__':
    main()

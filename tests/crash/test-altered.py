#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A part file that is not what it was when the service comes back after a SIGKILL: what was altered
is found and fetched again, that and little else, and the file arrives byte-exact.
"""

import os
import signal

from keeltest import Case, House, Nginx, contents_of, main, rows

MIB = 1 << 20
# Ten seconds, less what is there already: it is on its way when it is killed or paused.
SIZE = 96 * MIB + 777
RATE = 8 << 20
OVERLAP = 64 << 10


def mended(block):
    """The range that is asked for when one block was altered."""
    return f'bytes={block * MIB - OVERLAP}-{(block + 1) * MIB + OVERLAP - 1}'


class Altered(Case):
    def setUp(self):
        self.house = House(self)
        self.nginx = Nginx(self)
        self.nginx.make('a.bin', SIZE)

    def begin(self):
        number = self.house.add(self.nginx.url('a.bin', f'rate/{RATE}'), '--connections', '1')
        self.durable = self.house.wait_task(
            number, lambda task: task['durable'] > 10 * MIB)['durable']
        self.nginx.hurry()
        return number

    def flip(self, offsets):
        name, = os.listdir(self.house.downloads)
        with open(os.path.join(self.house.downloads, name), 'r+b') as part:
            for offset in offsets:
                part.seek(offset)
                byte = part.read(1)[0]
                part.seek(offset)
                part.write(bytes([byte ^ 0x10]))

    def check(self, number, blocks):
        task = self.house.wait_task(number, 'finished', seconds=60)
        self.assertTrue(contents_of(task['file']) == contents_of(self.nginx.file('a.bin')))
        self.assertEqual(os.listdir(self.house.downloads), ['a.bin'])
        first, *middle, rest = self.nginx.wait_requests('a.bin', len(blocks) + 2)
        self.assertEqual(first['range'], '')
        self.assertEqual([request['range'] for request in middle], [mended(b) for b in blocks])
        for request in middle:
            self.assertEqual(request['status'], 206)
            self.assertEqual(request['if_range'], first['etag'])
        self.assertRegex(rest['range'], rf'^bytes=\d+-({SIZE - 1})?$')
        # The last block is never whole, and is believed nevertheless: it has a hash, too.
        begin = int(rest['range'][6:].split('-')[0]) + OVERLAP
        self.assertGreaterEqual(begin, self.durable)
        return task

    @rows({'nothing': ([],), 'one': ([3],), 'two': ([2, 8],)})
    def test_running(self, blocks):
        number = self.begin()
        self.house.signal_service(signal.SIGKILL)
        self.flip(block * MIB + 4711 for block in blocks)
        self.check(number, blocks)

    def test_paused(self):
        """What nobody looks at for a while, another crash and a clean end included."""
        number = self.begin()
        self.house.keel('pause', number)
        self.house.wait_task(number, 'paused')
        self.house.signal_service(signal.SIGKILL)
        self.flip([5 * MIB])
        self.assertEqual(self.house.task(number)['state'], 'paused')
        self.house.keel('quit')
        self.house.wait_service_gone()
        self.house.keel('resume', number)
        task = self.check(number, [5])
        self.assertEqual(task['refetched_bytes'], MIB)


if __name__ == '__main__':
    main()

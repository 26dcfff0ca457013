#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The library from Vala: the bindings compile, and what they compile to works."""

import os
import shutil
import subprocess

from mocked import MockedHouse
from keeltest import Case, main, skip_all

FOLDER = os.path.join(os.environ['KEEL_BUILD_ROOT'], 'src/lib')

PROGRAM = '''
// SPDX-License-Identifier: GPL-3.0-or-later
async void run (MainLoop loop) throws Error {
  var session = yield Keel.Session.open_async ("default", null, null);
  session.event.connect ((event) => print ("event %s\\n", event.kind.to_string ()));
  session.task_finished.connect ((task) => print ("finished %s\\n", task.name));
  session.events_drained.connect (() => print ("drained\\n"));
  var download = new Keel.Download ("http://127.0.0.1:9/a");
  download.group = "g";
  download.conflict = Keel.Conflict.REPLACE;
  var task = yield session.add_download_async (download, null);
  print ("added %s to %s\\n", task.name, task.group);
  unowned Keel.TaskGroup group = session.get_group ("g");
  print ("%u of %u\\n", group.n_ended, group.n_tasks);
  try {
    yield task.resume_async (null);
  } catch (Keel.Error.INVALID_STATE refusal) {
    print ("refused\\n");
  }
  yield task.cancel_async (null);
  yield session.configure_async (new Variant ("a{sv}"), null);
  session.close ();
  loop.quit ();
}

int main () {
  var loop = new MainLoop ();
  var background = Keel.application_attach (new Application ("org.example.Vala", 0));
  background.background_events.connect ((identifier) => {});
  run.begin (loop, (source, result) => {
    try {
      run.end (result);
    } catch (Error problem) {
      error ("%s", problem.message);
    }
  });
  loop.run ();
  return 0;
}
'''


class Vala(Case):
    def test_program(self):
        house = MockedHouse(self)
        source = os.path.join(house.root, 'program.vala')
        program = os.path.join(house.root, 'program')
        with open(source, 'w', encoding='utf-8') as file:
            file.write(PROGRAM)
        options = ['--vapidir', FOLDER, '--pkg', 'gio-2.0', '--pkg', 'keel-1']
        for option in [f'-I{FOLDER}/public', f'-L{FOLDER}', '-lkeel-1', '-w']:
            options += ['-X', option]
        made = subprocess.run(
            ['valac', *options, '--directory', house.root, '-o', 'program', source], check=False,
            capture_output=True, text=True, cwd=house.root, env=house.environment)
        self.assertEqual(made.returncode, 0, made.stderr)
        said = subprocess.run([program], check=False, capture_output=True, text=True, timeout=30,
                              env=house.environment)
        self.assertEqual((said.returncode, said.stderr), (0, ''))
        lines = [line for line in said.stdout.splitlines() if line != 'drained']
        self.assertEqual(lines[:3], ['added a to g', '0 of 1', 'refused'])


if __name__ == '__main__':
    if not shutil.which('valac') or not os.path.exists(os.path.join(FOLDER, 'keel-1.vapi')):
        skip_all('built without Vala')
    main()

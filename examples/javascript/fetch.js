#!/usr/bin/gjs
// SPDX-License-Identifier: CC0-1.0
// A small download program: `fetch-javascript LINK...` hands the links over and waits for their
// end.
// Without links it waits for what is under way.
//
// Interrupt it, kill it, log out: the downloads go on. When the last one has ended the program is
// started in the background, notes what has come, and goes again.

imports.gi.versions.Keel = '1';
const {Gio, GObject, Keel} = imports.gi;
const System = imports.system;

const SESSION = 'downloads';

const Fetch = GObject.registerClass(class Fetch extends Gio.Application {
    _init() {
        super._init({
            application_id: 'org.example.FetchJavaScript',
            flags: Gio.ApplicationFlags.HANDLES_OPEN,
        });
        this._session = null;
        this._stays = false;
        // The one line that makes it wakeable.
        Keel.application_attach(this).connect('background-events', (_, identifier) => {
            print(`background-events ${identifier}`);
            this._openSession(identifier, []);
        });
    }

    vfunc_activate() {
        this._openSession(SESSION, []);
    }

    vfunc_open(files) {
        this._openSession(SESSION, files.map(file => Keel.Download.new(file.get_uri())));
    }

    _openSession(identifier, downloads) {
        this.hold();
        Keel.Session.open_async(identifier, null, null, (source, result) => {
            const session = Keel.Session.open_finish(result);
            if (this._session === null)
                this._connect(session);
            if (downloads.length > 0) {
                session.add_batch_async(downloads, null, (_, added) => {
                    print(`added ${session.add_batch_finish(added).length}`);
                });
            }
            // In a terminal one wants to see the end.
            if (!this._stays && (downloads.length > 0 || !this._allEnded())) {
                this._stays = true;
                this.hold();
            }
            this.release();
        });
    }

    _connect(session) {
        this._session = session;
        session.connect('events-began', (_, count) => print(`events-began ${count}`));
        // What a program does with a file that has come. It may be called twice for the same file,
        // if the program was killed in it: so what it does should be harmless the second time.
        session.connect('task-finished', (_, task) => {
            print(`finished ${task.get_file().get_path()}`);
        });
        session.connect('task-failed', (_, task) => {
            print(`failed ${task.uri}: ${task.error?.message ?? '?'}`);
        });
        session.connect('events-drained', () => {
            print('events-drained');
            if (this._stays && session.get_n_items() > 0 && this._allEnded()) {
                this._stays = false;
                this.release();
            }
        });
        print(`opened ${session.get_n_items()}`);
    }

    _allEnded() {
        for (let i = 0; i < this._session.get_n_items(); i++) {
            if (!this._session.get_item(i).has_ended())
                return false;
        }
        return true;
    }
});

System.exit(new Fetch().run([System.programInvocationName, ...ARGV]));

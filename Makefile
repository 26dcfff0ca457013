# SPDX-License-Identifier: GPL-3.0-or-later
# A door for people who do not know meson. What is done is in build-aux; see HACKING.md.

PREFIX ?= /usr/local
DESTDIR ?=

.PHONY: help run test test-desktop flatpak install uninstall deb deb-test bench bench-crash bench-truth crash fuzz screenshots format check-format clean

help:
	@echo "make run           install what is missing, build, show the main job"
	@echo "make test          install what is missing, build, run every test"
	@echo "make test-desktop  see it in real panels; pictures in build/screenshots/desktop"
	@echo "make flatpak       a Flatpak, made and tested without Flathub (root; 4 GB in build/flatpak)"
	@echo "make install       build and install (PREFIX=/usr/local DESTDIR=)"
	@echo "make uninstall     take away what make install installed last"
	@echo "make deb           packages for Debian, in build/deb"
	@echo "make deb-test      install, upgrade and purge them in a clean Debian"
	@echo "make bench         compare with curl, wget2, aria2 and axel"
	@echo "make bench-crash   kill them and Keelboat, and see what is fetched again"
	@echo "make bench-truth   what they and Keelboat make of lying servers"
	@echo "make crash         die and fail at every call that changes a disk (ROUNDS=200)"
	@echo "make fuzz          feed the parsers with odd input, an hour each (SECONDS_EACH=3600)"
	@echo "make screenshots   pictures of the window into build/screenshots"
	@echo "make format        format the C files; check-format only looks"
	@echo "make clean         remove the build folders"

run:
	@build-aux/setup build run
	@build-aux/build build
	@build-aux/run

test:
	@build-aux/setup build test $(APART)
	@build-aux/test $(if $(APART),all $(APART))

test-desktop:
	@build-aux/setup build test desktop
	@build-aux/test build desktop wayland

flatpak:
	@build-aux/setup build test flatpak
	@flatpak/debian-trees build/flatpak/trees
	@flatpak/debian-runtime build/flatpak/trees build/flatpak/runtime
	@flatpak/check-newer build/flatpak/trees $(SUITES)
	@flatpak/debian-app build/flatpak/runtime build/flatpak/app
	@build-aux/test build flatpak

install:
	@build-aux/setup build
	@build-aux/install "$(PREFIX)" "$(DESTDIR)"

uninstall:
	@build-aux/uninstall

deb:
	@build-aux/setup build deb
	@build-aux/deb

deb-test: deb
	@tests/deb/deb-test build/deb

bench:
	@build-aux/setup build test bench
	@build-aux/build build-bench --buildtype=release -Dtests=false -Dapp=disabled \
	  -Dintrospection=disabled
	@ninja -C build-bench --quiet tests/bench/link
	@tests/bench/bench --build build-bench $(BENCH)

bench-crash:
	@build-aux/setup build test bench
	@build-aux/build build-bench --buildtype=release -Dtests=false -Dapp=disabled \
	  -Dintrospection=disabled
	@tests/bench/bench-crash --build build-bench $(BENCH)

bench-truth:
	@build-aux/setup build test bench
	@build-aux/build build-bench --buildtype=release -Dtests=false -Dapp=disabled \
	  -Dintrospection=disabled
	@tests/bench/bench-truth --build build-bench $(BENCH)

fuzz:
	@build-aux/setup build test
	@KEEL_FUZZ_SECONDS=$(or $(SECONDS_EACH),3600) tests/fuzz/fuzz

crash:
	@build-aux/setup build test
	@build-aux/build build
	@KEEL_CRASH_ROUNDS=$(or $(ROUNDS),200) KEEL_CRASH_SERVICE_POINTS=$(or $(ROUNDS),200) \
	  KEEL_CRASH_POINTS=all meson test -C build --no-rebuild --suite crash \
	  --timeout-multiplier 0 --num-processes 1 --verbose

screenshots:
	@build-aux/setup build run test
	@build-aux/build build
	@build-aux/run --screenshots build/screenshots

format check-format:
	@build-aux/setup test
	@build-aux/format $(if $(filter check-format,$@),--check)

clean:
	rm -rf build build-asan build-bench build-fuzz build-install

# SPDX-License-Identifier: GPL-3.0-or-later
# A door for people who do not know meson. What is done is in build-aux; see HACKING.md.

PREFIX ?= /usr/local
DESTDIR ?=

.PHONY: help run test install bench bench-crash bench-truth crash fuzz screenshots format check-format clean

help:
	@echo "make run           install what is missing, build, show the main job"
	@echo "make test          install what is missing, build, run every test"
	@echo "make install       build and install (PREFIX=/usr/local DESTDIR=)"
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
	@build-aux/setup build test
	@build-aux/test

install:
	@build-aux/setup build
	@build-aux/install "$(PREFIX)" "$(DESTDIR)"

bench:
	@build-aux/setup build test bench
	@build-aux/build build-bench --buildtype=release -Dtests=false -Dapp=disabled \
	  -Dintrospection=disabled
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
	@build-aux/setup build run
	@build-aux/build build
	@build-aux/run --screenshots build/screenshots

format check-format:
	@build-aux/setup test
	@build-aux/format $(if $(filter check-format,$@),--check)

clean:
	rm -rf build build-asan build-bench build-fuzz build-install

#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# public.sh SOURCE BUILD GENERATED HEADER...: makes BUILD/public/keel, the folder in which programs
# of this project find <keel/keel.h>: links to the public headers in SOURCE and to the generated one
# in BUILD. Run at every configuration, so that a header that was renamed leaves nothing behind.
set -eu
source=$1
build=$2
generated=$3
shift 3

rm -rf "$build/public/keel"
mkdir -p "$build/public/keel"
ln -s "$build/$generated" "$build/public/keel/$generated"
for header; do
  ln -s "$source/$header" "$build/public/keel/$(basename "$header")"
done

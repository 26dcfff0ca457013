# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# Sourced, after folder=…: a home for flatpak below that folder, so that nothing is installed on
# the machine or for the person who runs this.
export HOME="$folder/home" XDG_CACHE_HOME="$folder/home/.cache"
export XDG_CONFIG_HOME="$folder/home/.config" XDG_DATA_HOME="$folder/home/.local/share"
export XDG_STATE_HOME="$folder/home/.local/state" XDG_RUNTIME_DIR="$folder/run"
export FLATPAK_USER_DIR="$XDG_DATA_HOME/flatpak"
mkdir -p "$XDG_CACHE_HOME" "$XDG_CONFIG_HOME" "$XDG_DATA_HOME" "$XDG_STATE_HOME" \
  "$HOME/Downloads" "$XDG_RUNTIME_DIR"
chmod 700 "$XDG_RUNTIME_DIR"

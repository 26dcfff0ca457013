# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# Completion of keel for bash. It needs nothing but bash itself; numbers of transfers are asked for
# with --no-start, so that a press of Tab never starts the service.

# The numbers of the transfers in these states, of all without any.
_keel_numbers() {
  local state
  if [ $# = 0 ]; then
    timeout 2 keel list --no-start
  fi 2>/dev/null
  for state; do
    timeout 2 keel list --no-start --state "$state"
  done 2>/dev/null
}

_keel_options() {
  case $1 in
    add)
      echo --dir --name --mirror --checksum --header --referer --user-agent --user --limit \
        --connections --not-before --network --power --priority --conflict --session --input \
        --paused --wait --timeout --json
      ;;
    list) echo --state --session --all-apps --no-start --json ;;
    show | watch | status) echo --json ;;
    pause | resume | retry | cancel | remove) echo --all ;;
    set) echo --url --dir --limit --connections --priority --first --last ;;
    limit)
      echo --host-rate --active --per-host --connections --connections-per-host \
        --connections-in-all --schedule --json
      ;;
  esac
  echo --help
}

# What may stand behind an option, as words; fails if the option stands alone.
_keel_values() {
  case $2 in
    --network) echo any unmetered ;;
    --power) echo any ac ;;
    --priority) echo low normal high ;;
    --conflict) echo rename fail replace ;;
    --state) echo queued waiting running verifying paused finished failed cancelled ;;
    --checksum) echo sha-256: sha-512: sha-1: md5: ;;
    --connections) if [ "$1" = set ]; then echo auto 1 2 4 8 16 32; else echo 1 2 4 8 16 32; fi ;;
    --active | --per-host | --connections-per-host | --connections-in-all) echo 1 2 4 8 16 32 ;;
    --limit) if [ "$1" = set ]; then echo off; fi ;;
    --host-rate | --schedule) echo off ;;
    --dir | --input | --name | --mirror | --header | --referer | --user-agent | --user) ;;
    --not-before | --session | --timeout | --url) ;;
    *) return 1 ;;
  esac
}

_keel_arguments() {
  case $1 in
    pause) _keel_numbers queued waiting running ;;
    resume) _keel_numbers paused ;;
    retry) _keel_numbers failed cancelled waiting ;;
    cancel) _keel_numbers queued waiting running paused failed ;;
    watch) _keel_numbers queued waiting running paused ;;
    show | remove | set) _keel_numbers ;;
    limit) echo off ;;
  esac | sed -n 's/^ *\([0-9a-z]*\).*/\1/p'
}

_keel() {
  local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} verb='' word words=''
  # "--priority=high" comes as three words.
  if [ "$current" = = ]; then
    current=
  elif [ "$before" = = ]; then
    before=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case $word in
      -*) ;;
      *) verb=$word && break ;;
    esac
  done

  COMPREPLY=()
  if [ -z "$verb" ]; then
    words='add list show watch pause resume retry cancel remove set limit status quit
      --help --version'
  elif [[ $before == --* ]] && words=$(_keel_values "$verb" "$before"); then
    case $before in
      --dir) compopt -o dirnames 2>/dev/null ;;
      --input) compopt -o default 2>/dev/null ;;
      --checksum) compopt -o nospace 2>/dev/null ;;
    esac
  elif [[ $current == -* ]]; then
    words=$(_keel_options "$verb")
  else
    words=$(_keel_arguments "$verb")
  fi
  # shellcheck disable=SC2207 # each word is one, and none has a space
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}

complete -F _keel keel

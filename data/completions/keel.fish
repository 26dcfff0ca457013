# SPDX-License-Identifier: GPL-3.0-or-later
# Completion of keel for fish. Numbers of transfers are asked for with --no-start, so that a press of
# Tab never starts the service.

# The transfers in these states, of all without any: the number, and what it is.
function __keel_numbers
    begin
        if not count $argv >/dev/null
            timeout 2 keel list --no-start
        end
        for state in $argv
            timeout 2 keel list --no-start --state $state
        end
    end 2>/dev/null | string replace --regex '^ *(\d+)  +(.*)$' '$1\t$2'
end

function __keel_verb
    set -l words (commandline -opc)
    test (count $words) -gt 1; and contains -- $words[2] $argv
end

# An option with a value, or (first argument "alone") without: of these verbs.
function __keel_option
    set -l rest $argv[5..-1]
    if test $argv[1] = alone
        complete -c keel -n "__keel_verb $argv[2]" -l $argv[3] -d $argv[4]
    else
        complete -c keel -n "__keel_verb $argv[2]" -x -l $argv[3] -d $argv[4] -a "$rest"
    end
end

complete -c keel -f
complete -c keel -n __fish_use_subcommand -a add -d 'Hand transfers to the service'
complete -c keel -n __fish_use_subcommand -a list -d 'List transfers'
complete -c keel -n __fish_use_subcommand -a show -d 'Show everything about a transfer'
complete -c keel -n __fish_use_subcommand -a watch -d 'Show the progress of transfers'
complete -c keel -n __fish_use_subcommand -a pause -d 'Stop transfers; they can go on later'
complete -c keel -n __fish_use_subcommand -a resume -d 'Let paused transfers go on'
complete -c keel -n __fish_use_subcommand -a retry -d 'Try transfers again now'
complete -c keel -n __fish_use_subcommand -a cancel -d 'Give transfers up'
complete -c keel -n __fish_use_subcommand -a remove -d 'Take transfers out of the list'
complete -c keel -n __fish_use_subcommand -a set -d 'Change a transfer'
complete -c keel -n __fish_use_subcommand -a limit -d 'Show or set the limits for all transfers'
complete -c keel -n __fish_use_subcommand -a status -d 'Show how the service is doing'
complete -c keel -n __fish_use_subcommand -a quit -d 'Stop the service'
complete -c keel -n __fish_use_subcommand -l version -d 'Print the version'
complete -c keel -l help -s h -d 'Show what is possible'

complete -c keel -n '__keel_verb add' -r -l dir -d 'Destination folder' -a '(__fish_complete_directories)'
complete -c keel -n '__keel_verb add' -r -F -l input -d 'Read URLs from this file'
__keel_option value add name 'File name'
__keel_option value add mirror 'Another link to the same file'
__keel_option value add checksum 'What the file must be' sha-256: sha-512: sha-1: md5:
__keel_option value add header 'Request header'
__keel_option value add referer 'The page with the link'
__keel_option value add user-agent 'What to be for the server'
__keel_option value add user 'Whom the server shall know'
__keel_option value add limit 'Bytes per second'
__keel_option value add connections 'At most so many connections' 1 2 4 8 16 32
__keel_option value add not-before 'When to start'
__keel_option value add network 'Over which networks' any unmetered
__keel_option value add power 'On which power' any ac
__keel_option value add priority 'Which transfers come first' low normal high
__keel_option value add conflict 'What to do when the name is taken' rename fail replace
__keel_option value add session 'The session to add to'
__keel_option alone add paused 'Create without starting'
__keel_option alone add wait 'Stay until all have ended'
__keel_option value add timeout 'Give up waiting after this time'
__keel_option alone add json 'Machine-readable output'

__keel_option value list state 'Only tasks in this state' queued waiting running verifying paused \
    finished failed cancelled
__keel_option value list session 'Only tasks of this session'
__keel_option alone list all-apps 'Also the tasks of other applications'
__keel_option alone list no-start 'Print nothing if the service is not running'
__keel_option alone 'list show status limit' json 'Machine-readable output'
__keel_option alone watch json 'One JSON object a line'

__keel_option alone 'pause resume retry cancel remove' all 'Every task to which this can be done'
complete -c keel -n '__keel_verb pause' -a '(__keel_numbers queued waiting running)'
complete -c keel -n '__keel_verb resume' -a '(__keel_numbers paused)'
complete -c keel -n '__keel_verb retry' -a '(__keel_numbers failed cancelled waiting)'
complete -c keel -n '__keel_verb cancel' -a '(__keel_numbers queued waiting running paused failed)'
complete -c keel -n '__keel_verb watch' -a '(__keel_numbers queued waiting running paused)'
complete -c keel -n '__keel_verb show remove set' -a '(__keel_numbers)'

complete -c keel -n '__keel_verb set' -r -l dir -d 'Another destination folder' -a '(__fish_complete_directories)'
__keel_option value set url 'Another link to the same file'
__keel_option value set limit 'Bytes per second' off
__keel_option value set connections 'At most so many connections' auto 1 2 4 8 16 32
__keel_option value set priority 'Which transfers come first' low normal high
__keel_option alone set first 'Before all others with the same priority'
__keel_option alone set last 'Behind them'

complete -c keel -n '__keel_verb limit' -a off
__keel_option value limit host-rate 'Bytes per second from one server' off
__keel_option value limit active 'Transfers that run at once' 1 2 4 8 16 32
__keel_option value limit per-host 'Likewise, from one server' 1 2 4 8 16 32
__keel_option value limit connections 'Connections for a transfer' 1 2 4 8 16 32
__keel_option value limit connections-per-host 'Connections to one server' 1 2 4 8 16 32
__keel_option value limit connections-in-all 'Connections in all' 1 2 4 8 16 32
__keel_option value limit schedule 'When another limit holds' off

functions --erase __keel_option

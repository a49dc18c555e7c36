# The supervisor of one run: starts the command, waits for it, and keeps its exit code. The only process beside the
# command while a run lasts; it needs some 300 kB, and neither the dashboard nor a free block on the disk.
#
# TERM ends the run (ask, wait the grace time, kill), USR1 kills it at once, ALRM is the timeout.

main() {
    status=$1 run=$2 grace=$3 python=$4 flags=$5 call=$6 root=$7
    shift 7
    reason=exited job='' early='' code=127

    listen
    "$python" "$flags" -c "$call" "$root" become "$status" "$run" "$@" &
    job=$!
    [ -z "$early" ] || end "$early" "$grace"

    while :; do
        interrupted=''
        wait "$job"
        got=$?
        # A shell may forget a code that it has told; 127 after a code means just that.
        if [ "$got" != 127 ] || [ "$code" = 127 ]; then code=$got; fi
        [ "$interrupted" ] || break
    done

    ignore
    printf '%-63s\n' "$code $reason" 1<>"$status"
}

listen() {
    trap 'end stopped "$grace"' TERM
    trap 'end stopped 0' USR1
    trap 'end timeout "$grace"' ALRM
}

ignore() {
    trap '' TERM USR1 ALRM
}

end() {
    interrupted=yes
    if [ -z "$job" ]; then
        early=$1
        return
    fi
    ignore # a second signal would spoil $?; who wants to kill at once does it himself while this one waits
    "$python" "$flags" -c "$call" "$root" end "$status" "$run" "$1" "$2" "$job"
    case $? in
        0) reason=$1 ;;
        3) ;; # it had ended by itself
        *)    # python is gone since the start, perhaps upgraded
            reason=$1
            kill -s TERM -- "-$job"
            sleep "$2"
            kill -s KILL -- "-$job"
            ;;
    esac 2>/dev/null
    listen
}

main "$@"
exit 0

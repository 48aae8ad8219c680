#!/bin/sh
# Jetpack's partner-cancel.sh for hosts that call it by that name: the same arguments, streams and exit codes,
# carried out by jetpack-start. The program is looked for in $JETPACK_START_BIN, beside this script, one folder up, in
# the PATH. Where this script is a symlink, beside the link counts first, then beside what it points to.
set -u

fail() {
	printf '{"success":false,"error_code":"jetpack_start_not_found","error_message":"%s","error":"jetpack_start_not_found","message":"%s"}\n' "$1" "$1" >&2
	exit 1
}

folder() { CDPATH='' cd -- "$(dirname -- "$1")" && pwd; }

self=$0
JETPACK_START_SCRIPT_DIR=$(folder "$self") || JETPACK_START_SCRIPT_DIR=
export JETPACK_START_SCRIPT_DIR

bin=${JETPACK_START_BIN-}
if [ -n "$bin" ]; then
	# Not looked for elsewhere: it was named.
	[ -f "$bin" ] && [ -x "$bin" ] || fail 'JETPACK_START_BIN names no program: set it to the path of jetpack-start, or unset it'
else
	links=0
	while :; do
		dir=$(folder "$self") || dir=.
		for bin in "$dir/jetpack-start" "$dir/../jetpack-start"; do
			[ -f "$bin" ] && [ -x "$bin" ] && break 2
		done
		bin=
		[ -L "$self" ] && [ "$links" -lt 20 ] || break
		links=$((links + 1))
		target=$(readlink "$self") || break
		case $target in
		/*) self=$target ;;
		*) self=$dir/$target ;;
		esac
	done
	[ -n "$bin" ] || bin=$(command -v jetpack-start) ||
		fail 'jetpack-start was not found: put it beside this script, one folder up or in the PATH, or set JETPACK_START_BIN'
fi
exec "$bin" partner-cancel "$@"

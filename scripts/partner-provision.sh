#!/bin/sh
# Jetpack's partner-provision.sh for hosts that call it by that name: the same arguments, streams and exit codes. It
# hands over to jetpack-start, which is looked for in JETPACK_START_BIN, beside this script, one folder up, and in the
# PATH. Where the script is a symlink, beside the link counts first, then beside what it points to.
set -u

folder() { CDPATH='' cd -- "$(dirname -- "$1")" && pwd; }
program() { [ -f "$1" ] && [ -x "$1" ]; }

self=$0
JETPACK_START_SCRIPT_DIR=$(folder "$self")
export JETPACK_START_SCRIPT_DIR

bin=${JETPACK_START_BIN-}
while [ -z "$bin" ]; do
	dir=$(folder "$self")
	for bin in "$dir/jetpack-start" "$dir/../jetpack-start"; do
		if program "$bin"; then break 2; fi
	done
	bin=
	if target=$(readlink "$self"); then
		case $target in
		/*) self=$target ;;
		*) self=$dir/$target ;;
		esac
	else
		bin=$(command -v jetpack-start) || bin=/
	fi
done

if ! program "$bin"; then
	code=jetpack_start_not_found
	text='jetpack-start was not found: put it beside this script, one folder up or in the PATH, or set JETPACK_START_BIN to its path'
	printf '{"success":false,"error_code":"%s","error_message":"%s","error":"%s","message":"%s"}\n' "$code" "$text" "$code" "$text" >&2
	exit 1
fi
exec "$bin" partner-provision "$@"

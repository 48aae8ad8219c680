#!/bin/sh
# A replacement for Jetpack's partner-provision.sh with the same arguments, streams and exit codes.
# It runs jetpack-start, which it searches in this order: JETPACK_START_BIN, the folder of this
# script and the one above it, the PATH. If the script is a symlink, the folders of the link come
# first, then those of its target.
set -u

# folder PATH prints the folder of a file, absolute.
folder() { CDPATH='' cd -- "$(dirname -- "$1")" && pwd; }
# program PATH reports whether a file can be run.
program() { [ -f "$1" ] && [ -x "$1" ]; }
# in_docroot FOLDER reports whether the folder or one above it holds a WordPress.
in_docroot() {
	above=$1
	until [ -e "$above/wp-load.php" ]; do
		[ -n "$above" ] || return 1
		above=${above%/*}
	done
}

# A customer can write to the docroot, and often to the working directory, so nothing is run from
# there: entries of the PATH that are relative or below a WordPress don't count.
rest=${PATH-}:
clean=
while [ -n "$rest" ]; do
	entry=${rest%%:*}
	rest=${rest#*:}
	case $entry in
	/*) in_docroot "$entry" || clean=$clean:$entry ;;
	esac
done
PATH=${clean#:}

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
	text='jetpack-start was not found: put it beside this script, one folder up or in the PATH,'
	text="$text or set JETPACK_START_BIN to its path"
	format='{"success":false,"error_code":"%s","error_message":"%s","error":"%s","message":"%s"}'
	# shellcheck disable=SC2059 # the format is the line above
	printf "$format\\n" "$code" "$text" "$code" "$text" >&2
	exit 1
fi
exec "$bin" partner-provision "$@"

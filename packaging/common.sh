# What the scripts in this folder share. Sourced, never run.
# shellcheck shell=bash

# rustup's programs are often not on the path of a shell that nobody logged in to.
PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"
export PATH

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
TARGET="${CARGO_TARGET_DIR:-$ROOT/target}"
# Programs that only the checks need, shared by every copy of the repository of this user.
TOOLS="${XDG_CACHE_HOME:-$HOME/.cache}/jinse-xuetang/tools"

say() { printf '%s\n' "$*"; }
complain() { printf '%s\n' "$*" >&2; }

# at_least 1.95 1.96.1: whether the second version is the first or newer.
at_least() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]; }

have() { command -v "$1" >/dev/null 2>&1; }

# Starts an X server of its own on a free display, 1920×1080. Sets DISPLAY and XVFB_PID; stop_xvfb ends it.
start_xvfb() {
    local told
    told="$(mktemp)"
    Xvfb -displayfd 3 -screen 0 1920x1080x24 -nolisten tcp 3>"$told" >/dev/null 2>&1 &
    XVFB_PID=$!
    local tries=0
    until [ -s "$told" ]; do
        if ! kill -0 "$XVFB_PID" 2>/dev/null || [ "$tries" -ge 100 ]; then
            rm -f "$told"
            complain "Xvfb does not start. Try: Xvfb :99 -screen 0 1920x1080x24"
            return 3
        fi
        tries=$((tries + 1))
        sleep 0.1
    done
    DISPLAY=":$(cat "$told")"
    export DISPLAY
    rm -f "$told"
    unset WAYLAND_DISPLAY
}

stop_xvfb() {
    if [ -n "${XVFB_PID:-}" ]; then
        kill "$XVFB_PID" 2>/dev/null || true
        wait "$XVFB_PID" 2>/dev/null || true
        XVFB_PID=
    fi
}

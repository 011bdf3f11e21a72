# Sourced by the other scripts: words to the reader, free ports, an unprivileged account.
# shellcheck shell=bash

# One short line for each step.
say() { printf '· %s\n' "$*" >&2; }

fail() { printf 'error: %s\n' "$*" >&2; exit 1; }

# Prints COUNT free TCP ports of 127.0.0.1, below the range from which the kernel takes client ports.
free_ports() {
  python3 - "$1" <<'PYTHON'
import random, socket, sys
held = []
while len(held) < int(sys.argv[1]):
    candidate = socket.socket()
    try:
        candidate.bind(("127.0.0.1", random.randrange(15000, 32000)))
        held.append(candidate)
    except OSError:
        candidate.close()
print(*[held_port.getsockname()[1] for held_port in held])
PYTHON
}

# The account that servers run as: the caller's own, or for root, whom PostgreSQL refuses, `nobody`.
plain_account() { if [ "$(id -u)" = 0 ]; then echo nobody; else id -un; fi; }

# Runs a command as that account, with no terminal to ask at.
as_plain() {
  if [ "$(id -u)" = 0 ]; then
    setpriv --reuid=nobody --regid="$(id -g nobody)" --clear-groups env HOME=/nonexistent "$@"
  else
    "$@"
  fi
}

# Runs a command as root: directly, or through sudo where that asks for no password.
as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

# Makes DIR for the plain account and says so in one sentence when that account cannot reach it.
make_plain_dir() {
  mkdir -p "$1"
  if [ "$(id -u)" = 0 ]; then chown "nobody:$(id -gn nobody)" "$1"; fi
  as_plain test -x "$1" || fail "the account $(plain_account) cannot enter $1: choose a folder whose parents all may enter, such as one made by 'mktemp -d' with chmod 755"
}

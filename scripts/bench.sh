#!/usr/bin/env bash
# Runs the benches of the release build: scripts/bench.sh [large]
# Gives them a folder on this disk, a PostgreSQL with fsync on and wrk; `large` adds the long forms and then
# kills the program KILL_ROUNDS (200) times, fuzzes every target for FUZZ_SECONDS (60) and loads two nodes with chats.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/common.sh
. scripts/common.sh

form=${1:-}
[[ $form =~ ^(large)?$ ]] || fail "usage: scripts/bench.sh [large]"
target=${CARGO_TARGET_DIR:-target}
program=$(realpath "$target/release/doithoai")
[ -x "$program" ] || fail "$program is not built: run make bench"

# On the disk that is measured, not in a memory file system that /tmp may be.
data=$target/bench-data
rm -rf "$data"
mkdir -p "$data"
place=$(mktemp -d "${TMPDIR:-/tmp}/doithoai-bench.XXXXXX")
chmod 755 "$place"
finish() {
  if [ -d "$place/pg" ]; then scripts/postgres.sh stop "$place/pg" || true; fi
  rm -rf "$place" "$data"
}
trap finish EXIT
trap 'exit 130' INT TERM

say "starting PostgreSQL with fsync on"
scripts/postgres.sh start "$place/pg" fsync on >"$place/env"
set -a
# shellcheck source=/dev/null
. "$place/env"
set +a
arguments=(bench --data "$data" --postgres "$TEST_POSTGRES_URL")
if [ "$form" = large ]; then arguments+=(--large); fi
"$program" "${arguments[@]}" </dev/null
if [ "$form" = large ]; then KILL_ROUNDS=${KILL_ROUNDS:-200} FUZZ_SECONDS=${FUZZ_SECONDS:-60} FUZZ_SEED=${FUZZ_SEED:-0} scripts/test.sh kill fuzz load; fi

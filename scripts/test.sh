#!/usr/bin/env bash
# All tests, or the parts named: scripts/test.sh [sqlite] [postgres] [mail] [browser] [clients] [kill] [fuzz] [load]
# Starts what they need in a temporary folder on free ports and stops it afterwards. A part that fails does not keep
# the others from running. The last line, also in test-results/summary, counts tests (a fuzz target is one).
#
#   sqlite    every test of the workspace, TEST_ENGINE=sqlite
#   postgres  the integration tests again, TEST_ENGINE=postgres and TEST_POSTGRES_URL
#   mail      mail:: of the integration tests, on both engines, against scripts/mail.sh
#   browser   crates/doithoai/tests/browser in Chromium against the built program
#   clients   crates/simulator/tests/clients: public clients of the vendors from npm and PyPI against the built simulator;
#             crates/channels/tests/smsc: a public SMSC from npm against our SMPP session, and against a city that runs
#   kill      kill:: of the integration tests, KILL_ROUNDS (50) rounds
#   fuzz      every target of fuzz/ for FUZZ_SECONDS (10), always the same way unless FUZZ_SEED=0
#   load      only when named, optimised: 100,000 webhooks over two nodes, 20,000 replies, 1,000 SMS a second for a minute
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/common.sh
. scripts/common.sh

PATH=$PATH:${CARGO_HOME:-$HOME/.cargo}/bin
export KILL_ROUNDS=${KILL_ROUNDS:-50} FUZZ_SECONDS=${FUZZ_SECONDS:-10} FUZZ_SEED=${FUZZ_SEED:-1022}
target=${CARGO_TARGET_DIR:-target}
results=test-results
parts=("$@")
[ $# -gt 0 ] || parts=(sqlite postgres mail browser clients kill fuzz)
for part in "${parts[@]}"; do
  [[ $part =~ ^(sqlite|postgres|mail|browser|clients|kill|fuzz|load)$ ]] ||
    fail "there is no part '$part': sqlite postgres mail browser clients kill fuzz load"
done
wanted() { [[ " ${parts[*]} " == *" $1 "* ]]; }

unset TEST_ENGINE TEST_POSTGRES_URL
passed=0
failed=0
mkdir -p "$results"
rm -f "$results/summary"
place=$(mktemp -d "${TMPDIR:-/tmp}/doithoai-test.XXXXXX")
chmod 755 "$place"

finish() {
  local rc=$?
  trap - EXIT
  if [ -d "$place/pg" ]; then scripts/postgres.sh stop "$place/pg" || true; fi
  if [ -d "$place/mail" ]; then scripts/mail.sh stop "$place/mail" || true; fi
  rm -rf "$place"
  if [ $rc != 0 ] && [ $failed = 0 ]; then failed=1; fi
  echo "$passed passed, $failed failed" | tee "$results/summary"
  if [ $failed != 0 ]; then exit 1; fi
}
trap finish EXIT
trap 'exit 130' INT TERM

# run NAME COMMAND…: runs it, keeps what it says in test-results/NAME.log, adds up what its runner counted.
run() {
  local name=$1 rc=0 ran_well ran_ill
  shift
  local log=$results/$name.log began=$SECONDS
  say "$name"
  "$@" </dev/null 2>&1 | tee "$log" || rc=$?
  read -r ran_well ran_ill <<<"$(counted "$log")"
  # A runner that failed without a failed test (it could not build, found no test) is a failure too.
  if [ $rc != 0 ] && [ "$ran_ill" = 0 ]; then ran_ill=1; fi
  passed=$((passed + ran_well))
  failed=$((failed + ran_ill))
  say "$name: $ran_well passed, $ran_ill failed, $((SECONDS - began)) s"
}

# The passed and failed tests that a log names: nextest's closing line, or those of node's or Python's test runner.
counted() {
  sed 's/\x1b\[[0-9;]*m//g' "$1" | awk '
    /^ *Summary \[/ {
      if (match($0, /[0-9]+(\/[0-9]+)? tests? run:/)) { split(substr($0, RSTART), run, /[ \/]/); ran += run[1] }
      if (match($0, /[0-9]+ passed/)) { split(substr($0, RSTART), well, " "); good += well[1] }
    }
    /^(#|ℹ) pass [0-9]+$/ { ran += $3; good += $3 }
    /^(#|ℹ) (fail|cancelled) [0-9]+$/ { ran += $3 }
    /^Ran [0-9]+ tests? in / { suite = $2; ran += suite }
    /^OK$/ { good += suite }
    /^FAILED \(/ { bad = 0; while (match($0, /[0-9]+/)) { bad += substr($0, RSTART, RLENGTH); $0 = substr($0, RSTART + RLENGTH) }
                   if (bad < suite) good += suite - bad }
    /^fuzz target .* held$/ { ran++; good++ }
    /^fuzz target .* failed$/ { ran++ }
    END { print good + 0, ran - good }'
}

# Starts a part's servers and puts their lines into the environment.
with() {
  say "starting $1"
  "scripts/$1.sh" start "$place/$2" >"$place/$2.env"
  set -a
  # shellcheck source=/dev/null
  . "$place/$2.env"
  set +a
}

# Public clients, fetched when their lock has changed: npm's beside their tests, PyPI's into an environment under target/.
clients=crates/simulator/tests/clients

# of_npm FOLDER
of_npm() {
  if [ "$1/package-lock.json" -nt "$1/node_modules/.package-lock.json" ]; then
    npm --prefix "$1" ci --ignore-scripts --no-audit --no-fund --loglevel=error || return 1
    touch "$1/node_modules/.package-lock.json"
  fi
  npm --prefix "$1" test --silent
}

clients_of_pypi() {
  local python
  python=$(realpath "$target")/clients/bin/python
  if [ "$clients/requirements.txt" -nt "$target/clients/fetched" ]; then
    python3 -m venv --clear "$target/clients" || return 1
    "$python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$clients/requirements.txt" || return 1
    touch "$target/clients/fetched"
  fi
  (cd "$clients" && "$python" -B -m unittest telegram_test viber_test smpp_test)
}

# Some of them run the city in their own process: program and tests are optimised alike.
load() {
  cargo build --locked --profile load --package doithoai || return 1
  local loaded=(cargo nextest run --locked --cargo-profile load --profile load --package doithoai --no-capture) rc=0
  export DOITHOAI_BIN
  DOITHOAI_BIN=$(realpath "$target/load/doithoai")
  TEST_ENGINE=postgres CHAT_LOAD=100000 "${loaded[@]}" -E 'test(replayed_and_shuffled)' || rc=1
  TEST_ENGINE=sqlite CHAT_LOAD=20000 "${loaded[@]}" -E 'test(vendors_that_misbehave)' || rc=1
  TEST_ENGINE=sqlite SMS_LOAD=60 "${loaded[@]}" -E 'test(a_load_is_stored)' || rc=1
  return $rc
}

fuzz_all() {
  local name names rc=0
  names=$(cargo fuzz list) || return 1
  if [ -z "$names" ]; then echo "there is no fuzz target"; return 1; fi
  for name in $names; do
    mkdir -p "$target/fuzz-corpus/$name"
    local seeds=()
    if [ -d "fuzz/seeds/$name" ]; then seeds=("fuzz/seeds/$name"); fi
    # Without a sanitizer (there is no unsafe code of ours) libFuzzer works with the stable compiler.
    if cargo fuzz run --sanitizer none "$name" "$(realpath "$target")/fuzz-corpus/$name" "${seeds[@]}" -- \
      -seed="$FUZZ_SEED" -max_total_time="$FUZZ_SECONDS" -timeout=5 -rss_limit_mb=2048 -print_final_stats=1 -verbosity=0; then
      echo "fuzz target $name held"
    else
      echo "fuzz target $name failed"
      rc=1
    fi
  done
  return $rc
}

if wanted sqlite || wanted postgres || wanted mail || wanted browser || wanted clients || wanted kill; then
  say "building the program"
  cargo build --locked --package doithoai </dev/null
  DOITHOAI_BIN=$(realpath "$target/debug/doithoai")
  export DOITHOAI_BIN
fi
if wanted sqlite || wanted postgres || wanted mail || wanted kill; then
  say "building the tests"
  cargo nextest run --locked --workspace --no-run </dev/null
fi
if wanted clients || wanted browser; then
  say "building the simulator and our side of SMPP"
  cargo build --locked --package simulator --example phone --package channels --example esme </dev/null
  SIMULATOR_BIN=$(realpath "$target/debug/examples/phone")
  ESME_BIN=$(realpath "$target/debug/examples/esme")
  export SIMULATOR_BIN ESME_BIN
fi
tests=(cargo nextest run --locked --workspace)

if wanted sqlite; then TEST_ENGINE=sqlite run sqlite "${tests[@]}"; fi
if wanted postgres || wanted mail || wanted load; then with postgres pg; fi
if wanted postgres; then TEST_ENGINE=postgres run postgres "${tests[@]}" -E 'kind(test)'; fi
if wanted mail; then
  with mail mail
  for engine in sqlite postgres; do
    TEST_ENGINE=$engine run "mail-$engine" "${tests[@]}" --ignore-default-filter -E 'test(/^mail::/)'
  done
  scripts/mail.sh stop "$place/mail"
fi
if wanted browser; then run browser npm --prefix crates/doithoai/tests/browser test --silent; fi
if wanted clients; then
  run clients-npm of_npm "$clients"
  run clients-smsc of_npm crates/channels/tests/smsc
  run clients-pypi clients_of_pypi
fi
if wanted kill; then TEST_ENGINE=sqlite run kill "${tests[@]}" --ignore-default-filter --no-capture -E 'test(/^kill::/)'; fi
if wanted fuzz; then run fuzz fuzz_all; fi
if wanted load; then run load load; fi

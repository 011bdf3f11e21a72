#!/usr/bin/env bash
# A throw-away PostgreSQL cluster in DIR on a free port of 127.0.0.1, run by an unprivileged account.
# Usage: scripts/postgres.sh start DIR [fsync on|off]   prints the environment lines of the running server
#        scripts/postgres.sh stop DIR                   stops it at once and removes DIR
# fsync off (the default) is for ordinary tests; tests that kill the server or the machine want it on.
set -euo pipefail
# shellcheck source=scripts/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() { fail "usage: scripts/postgres.sh start DIR [fsync on|off] | stop DIR"; }
[ $# -ge 2 ] || usage
verb=$1
dir=$(realpath -m "$2")
bin=$({ dirname "$(command -v initdb)"; find /usr/lib/postgresql -name initdb -printf '%h\n' | sort -V; } 2>/dev/null | tail -1)
[ -n "$bin" ] || fail "PostgreSQL's server programs are missing: run scripts/need.sh"

start() {
  local durable=off
  if [ $# -gt 0 ]; then
    if [ "$1" != fsync ] || [[ ! ${2:-} =~ ^(on|off)$ ]]; then usage; fi
    durable=$2
  fi
  [ ! -e "$dir/cluster" ] || fail "$dir already holds a cluster: stop it first"
  # PostgreSQL refuses a socket whose path is longer.
  [ ${#dir} -le 80 ] || fail "the path $dir is too long for a socket: choose one of at most 80 characters"
  make_plain_dir "$dir"
  cd "$dir"
  as_plain "$bin/initdb" --pgdata="$dir/cluster" --username=doithoai --auth=trust --encoding=UTF8 \
    --locale=C --no-sync >"$dir.initdb" 2>&1 || { cat "$dir.initdb" >&2; fail "initdb could not make a cluster in $dir"; }
  rm -f "$dir.initdb"
  local port
  # Another program may take the free port first: then the next one is tried.
  for _ in 1 2 3; do
    port=$(free_ports 1)
    as_plain tee "$dir/cluster/postgresql.auto.conf" >/dev/null <<CONF
listen_addresses = '127.0.0.1'
port = $port
unix_socket_directories = '$dir'
max_connections = 300
shared_buffers = '128MB'
max_wal_size = '1GB'
checkpoint_timeout = '15min'
fsync = $durable
synchronous_commit = $durable
full_page_writes = $durable
timezone = 'UTC'
log_min_duration_statement = -1
CONF
    if as_plain "$bin/pg_ctl" start --silent --wait --timeout=60 --pgdata="$dir/cluster" --log="$dir/log" >/dev/null 2>&1; then
      cat <<ENV
TEST_POSTGRES_URL=postgres://doithoai@127.0.0.1:$port/postgres
TEST_POSTGRES_SOCKET=$dir
TEST_POSTGRES_PORT=$port
TEST_POSTGRES_BIN=$bin
TEST_POSTGRES_CLUSTER=$dir/cluster
ENV
      return
    fi
  done
  tail -20 "$dir/log" >&2
  fail "PostgreSQL did not start: its own words are above"
}

stop() {
  if [ -f "$dir/cluster/postmaster.pid" ]; then
    cd "$dir"
    as_plain "$bin/pg_ctl" stop --silent --mode=immediate --timeout=30 --pgdata="$dir/cluster" >/dev/null 2>&1 || true
  fi
  cd /
  if [ -d "$dir/cluster" ]; then rm -rf "$dir"; fi
}

case $verb in
  start) shift 2; start "$@" ;;
  stop) stop ;;
  *) usage ;;
esac

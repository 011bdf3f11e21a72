#!/usr/bin/env bash
# Installs what the tests need and the machine lacks: Debian packages by apt-get, two tools by cargo.
# Usage: scripts/need.sh [build|test]   build: what `make run` needs; test (the default): everything.
# Quick when all is there. Services that come with the packages are neither started nor enabled.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/common.sh
. scripts/common.sh

scope=${1:-test}
nextest_version=0.9.143
fuzz_version=0.13.2

packages=()
services=()
# need COMMAND-OR-FILE PACKAGE [SERVICE]
need() {
  if [[ $1 == /* ]]; then compgen -G "$1" >/dev/null && return; else command -v "$1" >/dev/null && return; fi
  packages+=("$2")
  if [ $# -gt 2 ]; then services+=("$3"); fi
}

PATH=$PATH:/usr/sbin:/sbin
need cc gcc
need g++ g++
need npm npm
need node nodejs
if [ "$scope" = test ]; then
  need python3 python3
  # Debian packs what makes virtual environments apart.
  python3 -c 'import ensurepip' 2>/dev/null || packages+=(python3-venv)
  need setpriv util-linux
  need openssl openssl
  need '/usr/lib/postgresql/*/bin/initdb' postgresql postgresql
  need dovecot dovecot-core dovecot
  need /usr/lib/dovecot/imap dovecot-imapd dovecot
  need /usr/lib/dovecot/lmtp dovecot-lmtpd dovecot
  need /usr/sbin/postfix postfix postfix
  need chromium chromium
  need wrk wrk
  need shellcheck shellcheck
fi

install_packages() {
  local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -y -qq --no-install-recommends --no-remove)
  if ! command -v apt-get >/dev/null; then
    fail "missing here: ${packages[*]} (Debian's names). Install them with your system's package program and run this again."
  fi
  if ! as_root true 2>/dev/null; then
    fail "missing here, and only root may install it: apt-get install --no-install-recommends ${packages[*]}"
  fi
  say "installing ${packages[*]}"
  # Debian asks this script whether a service may start: for the length of the installation it may not.
  local policy=/usr/sbin/policy-rc.d placed=no
  if [ ! -e $policy ]; then
    printf '#!/bin/sh\nexit 101\n' | as_root tee $policy >/dev/null
    as_root chmod 755 $policy
    placed=yes
  fi
  # Postfix would ask at the terminal what kind of mail site this is: none, the tests bring their own configuration.
  echo 'postfix postfix/main_mailer_type select No configuration' | as_root debconf-set-selections 2>/dev/null || true
  local rc=0
  as_root "${apt[@]}" update >/dev/null || say "the package lists could not be renewed, trying with the old ones"
  as_root "${apt[@]}" install "${packages[@]}" >/dev/null </dev/null || rc=$?
  if [ $placed = yes ]; then as_root rm -f $policy; fi
  if [ -d /run/systemd/system ]; then
    for service in $(printf '%s\n' "${services[@]}" | sort -u); do as_root systemctl disable --quiet "$service" || true; done
  fi
  if [ $rc != 0 ]; then fail "apt-get could not install ${packages[*]}: its own words are above"; fi
}

if [ ${#packages[@]} -gt 0 ]; then install_packages; fi

if [ "$scope" = test ] && [ "$(node -p 'parseInt(process.versions.node)')" -lt 20 ]; then
  fail "Node.js $(node --version) is too old for the browser tests: install version 20 or newer"
fi
command -v cargo >/dev/null || fail "cargo is missing: install Rust 1.95 or newer (rustup)"
if [ "$scope" = test ]; then
  cargo_bin=${CARGO_HOME:-$HOME/.cargo}/bin
  PATH=$PATH:$cargo_bin
  # install_tool COMMAND CRATE VERSION
  install_tool() {
    if command -v "$1" >/dev/null; then return; fi
    say "installing $2 $3 by cargo (a few minutes, once)"
    cargo install --quiet --locked "$2@$3" </dev/null
  }
  install_tool cargo-nextest cargo-nextest $nextest_version
  install_tool cargo-fuzz cargo-fuzz $fuzz_version
fi

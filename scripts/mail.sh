#!/usr/bin/env bash
# A real mail house in DIR, on free ports of 127.0.0.1: Dovecot (IMAP) and Postfix (SMTP), own configuration.
# Usage: scripts/mail.sh start DIR   prints the environment lines of the running servers
#        scripts/mail.sh stop DIR    stops them and removes DIR
#        scripts/mail.sh check       starts one, proves it by a round trip (scripts/mail_check.py), stops it
#
# TEST_SMTP_PORT             as the world writes in: no log-in, an unknown address gets 550 5.1.1 at RCPT TO
# TEST_SMTP_SUBMISSION_PORT  as the city writes out: AUTH PLAIN or LOGIN, STARTTLS offered; an unknown address is
#                            accepted, fails on delivery and comes back as a delivery status notification (RFC 3464)
# TEST_SMTPS_PORT            the same over TLS from the first byte
# TEST_IMAP_PORT, TEST_IMAPS_PORT   IMAP with STARTTLS offered and plain log-ins allowed; IMAP over TLS
# Postfix needs root (sudo will do); Dovecot runs as an unprivileged account, which owns every mailbox.
set -euo pipefail
# shellcheck source=scripts/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
PATH=$PATH:/usr/sbin:/sbin

password=thu-nghiem
city=phananh@example.gov.vn
second=quan1@example.gov.vn
firm=dn1@doanhnghiep.example
other=dn2@kefoe.example
mailboxes=("$city" "$second" "$firm" "$other")

usage() { fail "usage: scripts/mail.sh start DIR | stop DIR | check"; }

# A certificate authority and a certificate for localhost, as rustls wants them: the one signs, the other serves.
certificates() {
  openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj '/CN=Test authority' -keyout ca.key -out ca.pem \
    -addext 'basicConstraints=critical,CA:TRUE' 2>/dev/null
  openssl req -newkey rsa:2048 -nodes -subj '/CN=localhost' -keyout server.key -out server.csr 2>/dev/null
  printf '%s\n' 'subjectAltName=DNS:localhost,IP:127.0.0.1' 'basicConstraints=CA:FALSE' 'extendedKeyUsage=serverAuth' >server.ext
  openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -extfile server.ext -out server.pem 2>/dev/null
  chmod 644 server.key ca.pem server.pem
}

configure_dovecot() {
  local account
  account=$(plain_account)
  mkdir -p dovecot/run dovecot/state mail
  for mailbox in "${mailboxes[@]}"; do
    printf '%s:{PLAIN}%s:%s:%s::%s/mail/%s\n' "$mailbox" "$password" "$(id -u "$account")" "$(id -g "$account")" "$dir" "$mailbox"
  done >dovecot/users
  cat >dovecot/dovecot.conf <<CONF
base_dir = $dir/dovecot/run
state_dir = $dir/dovecot/state
log_path = $dir/dovecot/log
default_internal_user = $account
default_internal_group = $(id -gn "$account")
default_login_user = $account
protocols = imap lmtp
listen = 127.0.0.1
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
ssl = yes
ssl_cert = <$dir/server.pem
ssl_key = <$dir/server.key
mail_location = maildir:~/Maildir
mail_max_userip_connections = 200
recipient_delimiter = +
lmtp_save_to_detail_mailbox = no
# Postfix writes Delivered-To and X-Original-To.
lmtp_hdr_delivery_address = none
postmaster_address = postmaster@example.gov.vn
imap_idle_notify_interval = 30 s
passdb {
  driver = passwd-file
  args = username_format=%u $dir/dovecot/users
}
userdb {
  driver = passwd-file
  args = username_format=%u $dir/dovecot/users
}
namespace inbox {
  inbox = yes
  mailbox Sent {
    auto = create
    special_use = \Sent
  }
}
service imap-login {
  chroot =
  process_limit = 200
  inet_listener imap {
    port = $imap
  }
  inet_listener imaps {
    port = $imaps
    ssl = yes
  }
}
service imap {
  process_limit = 400
}
service anvil {
  chroot =
  # All tests come from one address: no one waits for another's wrong password.
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service stats {
  chroot =
}
service lmtp {
  unix_listener lmtp {
    mode = 0666
  }
}
service auth {
  unix_listener postfix-auth {
    mode = 0666
  }
}
CONF
}

configure_postfix() {
  mkdir -p postfix/queue postfix/data
  as_root chown postfix postfix/data
  local domains
  domains=$(printf '%s\n' "${mailboxes[@]#*@}" | sort -u | paste -sd, -)
  printf '%s ok\n' "${mailboxes[@]}" >postfix/mailboxes
  # texthash: needs no compiled map and is read once.
  cat >postfix/main.cf <<CONF
compatibility_level = 3.6
queue_directory = $dir/postfix/queue
data_directory = $dir/postfix/data
maillog_file = $dir/postfix/log
maillog_file_prefixes = $dir
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.example.gov.vn
mydestination =
mynetworks_style = host
mynetworks =
virtual_mailbox_domains = $domains
virtual_mailbox_maps = texthash:$dir/postfix/mailboxes
virtual_transport = dovecot:unix:$dir/dovecot/run/lmtp
dovecot_destination_recipient_limit = 1
# Nothing leaves this machine: any other domain is an unknown one.
default_transport = error:5.1.2 Nothing is sent outside the test
alias_maps =
alias_database =
local_recipient_maps =
recipient_delimiter = +
message_size_limit = 300000000
virtual_mailbox_limit = 0
mailbox_size_limit = 0
queue_run_delay = 5s
minimal_backoff_time = 5s
smtpd_helo_required = no
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination
smtpd_error_sleep_time = 0
smtpd_sasl_type = dovecot
smtpd_sasl_path = $dir/dovecot/run/postfix-auth
smtpd_tls_cert_file = $dir/server.pem
smtpd_tls_key_file = $dir/server.key
smtpd_tls_security_level = may
CONF
  cat >postfix/master.cf <<CONF
127.0.0.1:$smtp inet n - n - - smtpd
  -o smtpd_sasl_auth_enable=no
127.0.0.1:$submission inet n - n - - smtpd
  -o syslog_name=postfix/submission
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_reject_unlisted_recipient=no
  -o smtpd_relay_restrictions=permit_sasl_authenticated,reject
127.0.0.1:$smtps inet n - n - - smtpd
  -o syslog_name=postfix/smtps
  -o smtpd_tls_wrappermode=yes
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_reject_unlisted_recipient=no
  -o smtpd_relay_restrictions=permit_sasl_authenticated,reject
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
dovecot unix - - n - - lmtp flags=DORX
postlog unix-dgram n - n - 1 postlogd
CONF
}

start() {
  command -v dovecot postfix openssl >/dev/null || fail "Dovecot, Postfix or openssl is missing: run scripts/need.sh"
  as_root true 2>/dev/null || fail "Postfix starts only as root: run this as root or allow sudo without a password"
  [ ! -e "$dir/dovecot" ] || fail "$dir already holds a mail house: stop it first"
  [ ${#dir} -le 70 ] || fail "the path $dir is too long for the servers' sockets: choose one of at most 70 characters"
  make_plain_dir "$dir"
  cd "$dir"
  certificates
  local imap imaps smtp submission smtps
  read -r imap imaps smtp submission smtps <<<"$(free_ports 5)"
  configure_dovecot
  configure_postfix
  if [ "$(id -u)" = 0 ]; then chown -R nobody dovecot mail; else as_root chown -R root postfix/*.cf postfix/mailboxes; fi
  as_root chown root postfix postfix/queue
  as_plain "$(command -v dovecot)" -c "$dir/dovecot/dovecot.conf" 2>dovecot.errors || { cat dovecot.errors >&2; fail "Dovecot did not start"; }
  as_root postfix -c "$dir/postfix" start >postfix.errors 2>&1 || { cat postfix.errors >&2; stop; fail "Postfix did not start"; }
  for port in $imap $smtp $submission; do await_greeting "$port"; done
  cat <<ENV
TEST_MAIL_HOST=127.0.0.1
TEST_MAIL_CA=$dir/ca.pem
TEST_MAIL_DIR=$dir/mail
TEST_MAIL_PASSWORD=$password
TEST_MAIL_CITY=$city
TEST_MAIL_CITY_SECOND=$second
TEST_MAIL_FIRM=$firm
TEST_MAIL_OTHER=$other
TEST_IMAP_PORT=$imap
TEST_IMAPS_PORT=$imaps
TEST_SMTP_PORT=$smtp
TEST_SMTP_SUBMISSION_PORT=$submission
TEST_SMTPS_PORT=$smtps
ENV
}

# Waits at most ten seconds until the server behind PORT says its first line.
await_greeting() {
  python3 - "$1" <<'PYTHON' || { tail -5 "$dir/dovecot/log" "$dir/postfix/log" >&2; stop; fail "nothing greets at port $1"; }
import socket, sys, time
end = time.monotonic() + 10
while time.monotonic() < end:
    try:
        with socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=5) as peer:
            sys.exit(0 if peer.recv(1) else 1)
    except OSError:
        time.sleep(0.02)
sys.exit(1)
PYTHON
}

stop() {
  cd /
  if [ -f "$dir/postfix/main.cf" ]; then as_root postfix -c "$dir/postfix" stop >/dev/null 2>&1 || true; fi
  if [ -f "$dir/dovecot/run/master.pid" ]; then as_plain doveadm -c "$dir/dovecot/dovecot.conf" stop 2>/dev/null || true; fi
  if [ -d "$dir/dovecot" ]; then as_root rm -rf "$dir"; fi
}

check() {
  parent=$(mktemp -d "${TMPDIR:-/tmp}/doithoai-mail.XXXXXX")
  chmod 755 "$parent"
  dir=$parent/mail
  trap 'stop; rm -rf "$parent"' EXIT
  start >"$parent/env"
  set -a
  # shellcheck source=/dev/null
  . "$parent/env"
  set +a
  python3 "$here/mail_check.py"
}

verb=${1:-}
dir=$(realpath -m "${2:-.}")
case $verb-$# in
  start-2) start ;;
  stop-2) stop ;;
  check-1) check ;;
  *) usage ;;
esac

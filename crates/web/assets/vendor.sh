#!/bin/sh
# Installs the locked third-party files and copies the few that pages need into assets/vendor.
# Does nothing when they are already there from the same lock.
set -eu
cd "$(dirname "$0")/.."
stamp=assets/vendor/.lock
if [ -f "$stamp" ] && cmp -s package-lock.json "$stamp"; then exit 0; fi
npm ci --no-audit --no-fund --loglevel=error
rm -rf assets/vendor
mkdir -p assets/vendor
for set in latin vietnamese; do
  for weight in 400 600; do
    cp "node_modules/@fontsource/be-vietnam-pro/files/be-vietnam-pro-$set-$weight-normal.woff2" \
       "assets/vendor/$set-$weight.woff2"
  done
done
cp node_modules/htmx.org/dist/htmx.min.js node_modules/htmx.org/dist/ext/hx-sse.min.js assets/vendor/
cp node_modules/@fontsource/be-vietnam-pro/LICENSE assets/vendor/be-vietnam-pro.license.txt
cp node_modules/htmx.org/LICENSE assets/vendor/htmx.license.txt
cp package-lock.json "$stamp"

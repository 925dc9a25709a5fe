#!/bin/sh
# Runs after a removal. Debian's purge leaves nothing behind, recordings neither.
set -e
if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi
if [ "$1" = purge ]; then rm -rf /var/lib/private/roots /var/lib/roots; fi

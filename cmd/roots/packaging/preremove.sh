#!/bin/sh
# Runs before a removal: Debian says "remove", RPM says how many will be left.
set -e
command -v systemctl >/dev/null || exit 0

case "$1" in
remove | 0)
	units="roots-firenze.socket roots-dudley.socket roots-imperio.socket roots.service"
	if [ -d /run/systemd/system ]; then systemctl stop $units; fi
	systemctl disable --quiet $units
	;;
esac

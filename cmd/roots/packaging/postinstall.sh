#!/bin/sh
# Runs after an installation: Debian says "configure" and the version before, if
# there was one, RPM says how many there are now. A system on which systemd does
# not run, as while an image is made, starts the service when it does.
set -e
command -v systemctl >/dev/null || exit 0
running() { [ -d /run/systemd/system ]; }

if running; then systemctl daemon-reload; fi
case "$1 $2" in
"configure ")
	systemctl enable --quiet roots.service
	if running; then systemctl start roots.service; fi
	;;
"1 ")
	systemctl preset --quiet roots.service
	;;
"configure "* | "2 ")
	if running; then systemctl try-restart roots.service; fi
	;;
esac

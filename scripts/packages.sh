#!/bin/sh
# packages.sh PACKAGE…: installs the Debian packages that are missing when it runs as root, else says which command does.
missing=
for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
[ -z "$missing" ] && exit 0
if [ "$(id -u)" -eq 0 ]; then
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
else
    echo "Missing packages. Run: sudo apt-get install$missing" >&2
    exit 1
fi

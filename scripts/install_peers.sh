#!/usr/bin/env bash
# Installs the Debian packages that some tests run against, where that is possible: as root, with apt-get. Without them
# those tests are skipped, and say so.
set -euo pipefail

packages=(nats-server prometheus python3-zmq)

missing=()
for package in "${packages[@]}"; do
  # Most are programs; a library has only the word of the package system.
  command -v "$package" >/dev/null || dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed$' ||
    missing+=("$package")
done
if [ "${#missing[@]}" -eq 0 ]; then exit 0; fi
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
  echo "not installed: ${missing[*]} (needs root and apt-get); their tests are skipped" >&2
  exit 0
fi
# Only the programs are wanted: services would take ports of the machine.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod +x "$policy"
  trap 'rm -f "$policy"' EXIT
fi
export DEBIAN_FRONTEND=noninteractive
if apt-get update -qq && apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null; then
  echo "installed: ${missing[*]}"
else
  echo "could not be installed: ${missing[*]}; their tests are skipped" >&2
fi

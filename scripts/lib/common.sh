# Shared by the scripts: where the project is, how to speak, how to read Debian's archive without changing the machine.
# shellcheck shell=bash

set -euo pipefail
project=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=$project/build
export project build

say() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; }
die() { printf '%s: error: %s\n' "$(basename "$0")" "$*" >&2; exit 1; }

# Makes a second run of such a script wait for the first.
one_at_a_time() {
    mkdir -p "$build"
    exec 9> "$build/.lock"
    flock -w 600 9 || die "another script has held $build/.lock for ten minutes"
}

# Debian's mirror as this machine has it configured, for example from /etc/apt/sources.list.d/debian.sources.
debian_mirror() {
    local uri
    uri=$(apt-get update --print-uris 2>/dev/null | sed -n "s#^'\(.*\)/dists/bookworm/InRelease'.*#\1#p" | head -n 1)
    if [ -z "$uri" ]; then
        # apt writes no InRelease line for a source it reads from a local folder or for an old style mirror.
        uri=$(sed -n 's/^URIs: *\([^ ]*\).*/\1/p; s/^deb  *\(\[[^]]*\]  *\)\{0,1\}\([^ ]*\)  *bookworm  *.*/\2/p' \
            /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | head -n 1)
    fi
    [ -n "$uri" ] || die "apt has no source for Debian 12 (bookworm); add one to /etc/apt/sources.list"
    printf '%s\n' "$uri"
}

# private_apt COMMAND ...: apt with lists, cache and sources of its own under build/apt, so that neither root nor a
# change of the machine's configuration is needed. Knows bookworm, its security updates and bookworm-backports.
private_apt() {
    local tool=$1
    shift
    local home=$build/apt
    if [ ! -e "$home/sources.list" ]; then
        mkdir -p "$home/lists/partial" "$home/cache/archives/partial"
        local mirror key=/usr/share/keyrings/debian-archive-keyring.gpg
        mirror=$(debian_mirror)
        {
            echo "deb [signed-by=$key] $mirror bookworm main"
            echo "deb [signed-by=$key] $mirror bookworm-backports main"
        } > "$home/sources.list"
    fi
    "$tool" \
        -o "Dir::Etc::SourceList=$home/sources.list" -o Dir::Etc::SourceParts=/dev/null \
        -o Dir::Etc::PreferencesParts=/dev/null -o "Dir::State::Lists=$home/lists" -o "Dir::Cache=$home/cache" \
        -o Debug::NoLocking=1 -o APT::Sandbox::User= -o Acquire::Languages=none -o Acquire::Retries=3 "$@"
}

# Brings the private lists up to date, at most once a day.
private_apt_update() {
    local stamp=$build/apt/updated
    if [ -n "$(find "$stamp" -mtime -1 2>/dev/null)" ]; then return; fi
    private_apt apt-get -qq update
    touch "$stamp"
}

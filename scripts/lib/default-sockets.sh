# Shared by the checks of libvirt's default sockets: a mount namespace with a /run of its own, in which root and a user whom nobody
# else is have their machines in folders of their own, and servers that are started and ended. Needs root.
# shellcheck shell=bash

# own_namespace SCRIPT PROGRAM: runs the script again in a namespace of its own, unless this is that run already.
own_namespace() {
    [ -z "${VMCTL_IN_NAMESPACE:-}" ] || return 0
    [ "$(id -u)" = 0 ] || skip "it needs root"
    unshare --mount true 2>/dev/null || skip "no mount namespaces here"
    local script=$1 program
    program=$(realpath "$2")
    shift 2
    VMCTL_IN_NAMESPACE=1 exec unshare --mount --propagation private "$script" "$program" "$@"
}

# prepare_users PROGRAM: makes `$work`, `$program` in it, and the folders of both users; what is left is removed at the end.
prepare_users() {
    work=$(mktemp -d "/var/tmp/vmctl-${0##*-}-XXXXXX")
    chmod 755 "$work"
    started=()
    trap clean EXIT
    mount -t tmpfs -o mode=755 tmpfs /run
    mkdir -p -m 755 /run/user
    user=64321
    mkdir -m 700 "/run/user/$user" "$work/user" "$work/root"
    chown "$user:$user" "/run/user/$user" "$work/user"
    cp "$1" "$work/vmctl"
    chmod 755 "$work/vmctl"
    program=$work/vmctl
    unset VMCTL_HOME XDG_RUNTIME_DIR XDG_CONFIG_HOME XDG_DATA_HOME LIBVIRT_DEFAULT_URI VIRSH_DEFAULT_CONNECT_URI
    # Root's machines are elsewhere while this runs.
    local folder
    for folder in /etc/vmctl /var/lib/vmctl; do
        mkdir -p "$folder"
        mount -t tmpfs -o mode=755 tmpfs "$folder"
    done
}

clean() {
    local pid
    for pid in "${started[@]}"; do kill "$pid" 2>/dev/null || true; done
    # Nobody else is that user.
    for pid in $(pgrep -u "$user" || true); do kill "$pid" 2>/dev/null || true; done
    wait 2>/dev/null || true
    rm -rf "$work"
}

skip() { say "skipped: $*"; exit 0; }

as_user() {
    setpriv --reuid="$user" --regid="$user" --clear-groups \
        env HOME="$work/user" XDG_RUNTIME_DIR="/run/user/$user" LC_ALL=C PATH="$PATH" "$@"
}
as_root() { env HOME="$work/root" LC_ALL=C "$@"; }

# serve WHO LOG WORDS ...: runs a server and waits until it says that it is ready.
serve() {
    local who=$1 log=$2
    shift 2
    rm -f "$work/user/pid"
    "$who" sh -c 'echo $$ > "$0" && exec "$@"' "$work/user/pid" "$@" > "$log" 2>&1 &
    until [ -s "$work/user/pid" ]; do sleep 0.02; done
    started+=("$(cat "$work/user/pid")")
    for _ in $(seq 200); do
        if grep -qx ready "$log"; then return; fi
        sleep 0.05
    done
    cat "$log" >&2
    die "the server isn't ready"
}
# end SIGNAL: ends the last one, and waits until it is gone.
end() {
    kill "-$1" "${started[-1]}"
    for _ in $(seq 200); do
        kill -0 "${started[-1]}" 2>/dev/null || return 0
        sleep 0.05
    done
    die "a server doesn't end by SIG$1"
}

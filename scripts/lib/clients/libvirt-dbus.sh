# What Cockpit and others ask libvirt's D-Bus service, on the bus that runs this. KIND is session or system.
#   KIND=session bash libvirt-dbus.sh MACHINE UUID LOG
set -eu
machine=$1 uuid=$2 log=$3
must() { local pattern=$1; shift; local output; output=$("$@" 2>&1) || true; grep -qE -- "$pattern" <<< "$output" || { echo "$*: $output"; exit 1; }; }
# Both kinds listen on the bus that is there; which connection they open is what differs.
DBUS_SYSTEM_BUS_ADDRESS=$DBUS_SESSION_BUS_ADDRESS libvirt-dbus "--$KIND" > "$log" 2>&1 &
service=$!
trap 'kill $service $monitor 2>/dev/null || true' EXIT
monitor=
for _ in $(seq 100); do
    gdbus call --session --dest org.freedesktop.DBus --object-path /org/freedesktop/DBus \
        --method org.freedesktop.DBus.NameHasOwner org.libvirt | grep -q true && break
    sleep 0.1
done
gdbus monitor --session --dest org.libvirt > "$log.signals" 2>&1 &
monitor=$!
call() { gdbus call --session --timeout 30 --dest org.libvirt --object-path "$@"; }
properties=org.freedesktop.DBus.Properties
connection=/org/libvirt/QEMU
domain=$connection/domain/_${uuid//-/_}
must 'uint64' call $connection --method $properties.Get org.libvirt.Connect LibVersion
must "$domain" call $connection --method org.libvirt.Connect.ListDomains 0
must "$domain" call $connection --method org.libvirt.Connect.DomainLookupByName "$machine"
must "'Active': <.*true" call "$domain" --method $properties.GetAll org.libvirt.Domain
must '<domain' call "$domain" --method org.libvirt.Domain.GetXMLDesc 0
must '^\(\)' call "$domain" --method org.libvirt.Domain.Suspend
must '3' call "$domain" --method org.libvirt.Domain.GetState 0
must '^\(\)' call "$domain" --method org.libvirt.Domain.Resume
must 'state.state' call "$domain" --method org.libvirt.Domain.GetStats 0 0
for list in ListStoragePools ListNetworks ListNodeDevices ListInterfaces ListSecrets; do
    must '^\(' call $connection --method org.libvirt.Connect.$list 0
done
must 'computer' call $connection --method org.libvirt.Connect.ListNodeDevices 0
must '<capabilities>' call $connection --method org.libvirt.Connect.GetCapabilities
must 'domainCapabilities' call $connection --method org.libvirt.Connect.GetDomainCapabilities '' x86_64 '' qemu 0
must 'org.libvirt.Error' call $connection --method org.libvirt.Connect.DomainLookupByName nosuch
for _ in $(seq 50); do grep -q 'DomainEvent' "$log.signals" && break; sleep 0.1; done
grep -q DomainEvent "$log.signals" || { echo "no signal: $(cat "$log.signals")"; exit 1; }
echo "all well"

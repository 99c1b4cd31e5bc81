# Whether programs of the host find a guest by its machine's name: libvirt's module for the C library reads what the network's
# process writes down of leases. The guest is one without a disk, whose boot program asks for an address. Runs as root in a mount
# namespace of the caller's.
#   bash nss.sh URI NETWORK.xml FOLDER
set -eu
uri=$1 network=$2 folder=$3
cat > "$folder/asker.xml" << 'XML'
<domain type='qemu'>
  <name>asker</name>
  <memory unit='MiB'>64</memory>
  <vcpu>1</vcpu>
  <os><type arch='x86_64' machine='pc'>hvm</type><boot dev='network'/></os>
  <features><acpi/></features>
  <devices><interface type='network'><source network='default'/><model type='virtio'/></interface></devices>
</domain>
XML
end() {
    virsh -q -c "$uri" destroy asker || true
    virsh -q -c "$uri" net-destroy default || true
    virsh -q -c "$uri" net-undefine default || true
} > /dev/null 2>&1
trap end EXIT
virsh -q -c "$uri" net-define "$network" > /dev/null
virsh -q -c "$uri" net-start default > /dev/null
virsh -q -c "$uri" create "$folder/asker.xml" > /dev/null
sed 's/^hosts:.*/hosts: files libvirt libvirt_guest/' /etc/nsswitch.conf > "$folder/nsswitch.conf"
chmod 644 "$folder/nsswitch.conf"
mount --bind "$folder/nsswitch.conf" /etc/nsswitch.conf
address=
for _ in $(seq 300); do
    address=$(virsh -q -c "$uri" net-dhcp-leases default | grep -oE '192\.168\.[0-9]+\.[0-9]+' || true)
    [ -z "$address" ] || break
    sleep 0.2
done
[ -n "$address" ] || { echo "the guest got no address"; exit 1; }
# What is written follows the lease a moment later.
for _ in $(seq 50); do
    found=$(getent ahostsv4 asker | head -n 1 | cut -d ' ' -f 1 || true)
    [ "$found" != "$address" ] || break
    sleep 0.1
done
umount /etc/nsswitch.conf
[ "$found" = "$address" ] || { echo "'asker' is '$found', and its lease is $address"; exit 1; }
echo "all well"

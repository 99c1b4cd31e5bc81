#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Network devices are made and changed by ioctl(2), which is variadic, with struct ifreq, which is a union.
// `name` has room for VMS_LINK_NAME bytes, the closing zero included. All return 0 or an errno unless they say otherwise.
enum { VMS_LINK_NAME = 16 };
// MACVLAN_MODE_… of linux/if_link.h.
enum { VMS_MACVTAP_PRIVATE = 1, VMS_MACVTAP_VEPA = 2, VMS_MACVTAP_BRIDGE = 4, VMS_MACVTAP_PASSTHROUGH = 8 };

// Opens `device` (/dev/net/tun) as a tap. An empty name or one with %d in it lets the kernel choose; `name` gets the
// name in the end. Returns a descriptor or minus errno.
int vms_tap_open(const char *device, char *name, bool vnet_header, bool multi_queue);

// Says how packets come through a queue of a macvtap device that was opened by its path; 0 or an errno.
int vms_macvtap_configure(int fd, bool vnet_header, bool multi_queue);
int vms_link_set_address(const char *name, const uint8_t address[6]);
// The largest packet of a device, or minus errno.
int vms_link_mtu(const char *name);
int vms_link_set_mtu(const char *name, int mtu);
int vms_link_set_up(const char *name, int up);
int vms_bridge_add(const char *bridge, const char *name);

// What has no ioctl is asked of the kernel over netlink, whose messages are structures behind structures.

// Makes a bridge and brings it up. `address` is its hardware address, or null; `delay` is in hundredths of a second; an
// `mtu` of 0 is the kernel's.
int vms_bridge_make(const char *name, const uint8_t *address, bool stp, unsigned delay, unsigned mtu);
int vms_link_remove(const char *name);
// Makes a macvtap device on another one. `mode` is one of VMS_MACVTAP_…; `address` may be null. It stays until it is removed.
int vms_macvtap_make(const char *name, const char *parent, unsigned mode, const uint8_t *address);
// Writes a text beside a device, which nobody but people and programs reads.
int vms_link_set_alias(const char *name, const char *text);
// A socket that becomes readable when a device of this network namespace comes, changes or goes; what it says is only to be
// read away. A descriptor or minus errno.
int vms_links_watch(void);
// Keeps the port of a bridge from talking to other isolated ones.
int vms_port_isolate(const char *name);
// Has a bridge look at the tags of packets. EOPNOTSUPP, or 0 and nothing is done, where bridges know no VLANs.
int vms_bridge_filter_vlans(const char *name);
// Makes the port of a bridge a member of a VLAN, or no longer: `native` is the VLAN of packets that come without a tag,
// `untagged` means that packets of it leave without one. EOPNOTSUPP where bridges know no VLANs.
int vms_port_vlan(const char *name, uint16_t number, bool native, bool untagged, bool present);
// Gives a device an address of 4 or 16 bytes, in the order of the network.
int vms_address_add(const char *name, const uint8_t *address, size_t size, uint8_t prefix);
int vms_route_add(
    const char *name, const uint8_t *destination, size_t size, uint8_t prefix, const uint8_t *gateway, unsigned metric);
// Gives the guest behind an open vhost-vsock device its number; 0, or -1 with errno: EADDRINUSE when another has it.
int vms_vsock_number(int fd, unsigned long long cid);


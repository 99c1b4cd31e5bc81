#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Network devices are made and changed by ioctl(2), which is variadic, with struct ifreq, which is a union.
// `name` has room for VMS_LINK_NAME bytes, the closing zero included. All return 0 or an errno unless they say otherwise.
enum { VMS_LINK_NAME = 16 };

// Opens `device` (/dev/net/tun) as a tap. An empty name or one with %d in it lets the kernel choose; `name` gets the
// name in the end. Returns a descriptor or minus errno.
int vms_tap_open(const char *device, char *name, bool vnet_header, bool multi_queue);

int vms_link_set_address(const char *name, const uint8_t address[6]);
// The largest packet of a device, or minus errno.
int vms_link_mtu(const char *name);
int vms_link_set_mtu(const char *name, int mtu);
int vms_link_set_up(const char *name);
int vms_bridge_add(const char *bridge, const char *name);

// What has no ioctl is asked of the kernel over netlink, whose messages are structures behind structures.

// Makes a bridge and brings it up. `address` is its hardware address, or null; `delay` is in hundredths of a second; an
// `mtu` of 0 is the kernel's.
int vms_bridge_make(const char *name, const uint8_t *address, bool stp, unsigned delay, unsigned mtu);
int vms_link_remove(const char *name);
// A socket that becomes readable when a device of this network namespace comes, changes or goes; what it says is only to be
// read away. A descriptor or minus errno.
int vms_links_watch(void);
// Keeps the port of a bridge from talking to other isolated ones.
int vms_port_isolate(const char *name);
// Gives a device an address of 4 or 16 bytes, in the order of the network.
int vms_address_add(const char *name, const uint8_t *address, size_t size, uint8_t prefix);
int vms_route_add(
    const char *name, const uint8_t *destination, size_t size, uint8_t prefix, const uint8_t *gateway, unsigned metric);
// Gives the guest behind an open vhost-vsock device its number; 0, or -1 with errno: EADDRINUSE when another has it.
int vms_vsock_number(int fd, unsigned long long cid);


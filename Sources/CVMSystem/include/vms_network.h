#pragma once

#include <stdbool.h>
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
// Gives the guest behind an open vhost-vsock device its number; 0, or -1 with errno: EADDRINUSE when another has it.
int vms_vsock_number(int fd, unsigned long long cid);


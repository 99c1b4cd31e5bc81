#define _GNU_SOURCE
#include "CVMSystem.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <string.h>
#include <linux/vhost.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int set_name(struct ifreq *request, const char *name) {
    memset(request, 0, sizeof *request);
    size_t length = strlen(name);
    if (length >= sizeof request->ifr_name) return EINVAL;
    memcpy(request->ifr_name, name, length);
    return 0;
}

int vms_tap_open(const char *device, char *name, bool vnet_header, bool multi_queue) {
    struct ifreq request;
    int error = set_name(&request, name);
    if (error) return -error;
    int fd = open(device, O_RDWR | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return -errno;
    request.ifr_flags = IFF_TAP | IFF_NO_PI;
    if (vnet_header) request.ifr_flags |= IFF_VNET_HDR;
    if (multi_queue) request.ifr_flags |= IFF_MULTI_QUEUE;
    if (ioctl(fd, TUNSETIFF, &request) < 0) {
        error = errno;
        close(fd);
        return -error;
    }
    memcpy(name, request.ifr_name, VMS_LINK_NAME);
    name[VMS_LINK_NAME - 1] = 0;
    return fd;
}

int vms_macvtap_configure(int fd, bool vnet_header, bool multi_queue) {
    struct ifreq request;
    memset(&request, 0, sizeof request);
    request.ifr_flags = IFF_TAP | IFF_NO_PI;
    if (vnet_header) request.ifr_flags |= IFF_VNET_HDR;
    if (multi_queue) request.ifr_flags |= IFF_MULTI_QUEUE;
    return ioctl(fd, TUNSETIFF, &request) < 0 ? errno : 0;
}

// One ioctl on any socket; 0 or an errno.
static int control(unsigned long command, struct ifreq *request) {
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return errno;
    int error = ioctl(fd, command, request) < 0 ? errno : 0;
    close(fd);
    return error;
}

int vms_link_set_address(const char *name, const uint8_t address[6]) {
    struct ifreq request;
    int error = set_name(&request, name);
    if (error) return error;
    request.ifr_hwaddr.sa_family = ARPHRD_ETHER;
    memcpy(request.ifr_hwaddr.sa_data, address, 6);
    return control(SIOCSIFHWADDR, &request);
}

int vms_link_mtu(const char *name) {
    struct ifreq request;
    int error = set_name(&request, name);
    if (!error) error = control(SIOCGIFMTU, &request);
    return error ? -error : request.ifr_mtu;
}

int vms_link_set_mtu(const char *name, int mtu) {
    struct ifreq request;
    int error = set_name(&request, name);
    if (error) return error;
    request.ifr_mtu = mtu;
    return control(SIOCSIFMTU, &request);
}

int vms_link_set_up(const char *name, int up) {
    struct ifreq request;
    int error = set_name(&request, name);
    if (!error) error = control(SIOCGIFFLAGS, &request);
    if (error) return error;
    if (up) request.ifr_flags |= IFF_UP;
    else request.ifr_flags &= ~IFF_UP;
    return control(SIOCSIFFLAGS, &request);
}

int vms_bridge_add(const char *bridge, const char *name) {
    struct ifreq request;
    int error = set_name(&request, bridge);
    if (error) return error;
    unsigned index = if_nametoindex(name);
    if (index == 0) return errno;
    request.ifr_ifindex = (int)index;
    return control(SIOCBRADDIF, &request);
}

int vms_vsock_number(int fd, unsigned long long cid) {
    __u64 number = cid;
    return ioctl(fd, VHOST_VSOCK_SET_GUEST_CID, &number) < 0 ? -1 : 0;
}

#define _GNU_SOURCE
#include "CVMSystem.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

// A request with room for its attributes. Everything that goes in is of a size that is known here, and fits.
struct request {
    struct nlmsghdr header;
    char body[1024];
};

static void *begin(struct request *request, int type, int flags, size_t size) {
    memset(request, 0, sizeof *request);
    request->header.nlmsg_len = NLMSG_LENGTH(size);
    request->header.nlmsg_type = (uint16_t)type;
    request->header.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags);
    request->header.nlmsg_seq = 1;
    return NLMSG_DATA(&request->header);
}

static struct rtattr *put(struct request *request, int type, const void *data, size_t size) {
    size_t place = NLMSG_ALIGN(request->header.nlmsg_len);
    if (place + RTA_SPACE(size) > sizeof *request) return NULL;
    struct rtattr *attribute = (struct rtattr *)((char *)request + place);
    attribute->rta_type = (uint16_t)type;
    attribute->rta_len = (uint16_t)RTA_LENGTH(size);
    if (size) memcpy(RTA_DATA(attribute), data, size);
    request->header.nlmsg_len = (uint32_t)(place + RTA_SPACE(size));
    return attribute;
}

static void end(struct request *request, struct rtattr *attribute) {
    if (attribute) {
        attribute->rta_len = (uint16_t)((char *)request + request->header.nlmsg_len - (char *)attribute);
    }
}

// Sends a request and waits for the kernel's answer; 0 or an errno.
static int ask(struct request *request) {
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (fd < 0) return errno;
    struct timeval patience = {.tv_sec = 5};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    int error = send(fd, request, request->header.nlmsg_len, 0) < 0 ? errno : EPROTO;
    if (error == EPROTO) {
        union {
            struct nlmsghdr header;
            char bytes[2048];
        } answer;
        ssize_t count;
        do count = recv(fd, &answer, sizeof answer, 0);
        while (count < 0 && errno == EINTR);
        if (count < 0) {
            error = errno;
        } else if (count >= (ssize_t)NLMSG_LENGTH(sizeof(struct nlmsgerr))
                   && answer.header.nlmsg_type == NLMSG_ERROR) {
            error = -((struct nlmsgerr *)NLMSG_DATA(&answer.header))->error;
        }
    }
    close(fd);
    return error;
}

int vms_bridge_make(const char *name, const uint8_t *address, bool stp, unsigned delay, unsigned mtu) {
    struct request request;
    struct ifinfomsg *link = begin(&request, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, sizeof *link);
    link->ifi_family = AF_UNSPEC;
    link->ifi_flags = link->ifi_change = IFF_UP;
    if (strlen(name) >= IFNAMSIZ) return EINVAL;
    put(&request, IFLA_IFNAME, name, strlen(name) + 1);
    if (address) put(&request, IFLA_ADDRESS, address, 6);
    uint32_t size = mtu;
    if (mtu) put(&request, IFLA_MTU, &size, sizeof size);
    struct rtattr *info = put(&request, IFLA_LINKINFO, NULL, 0);
    put(&request, IFLA_INFO_KIND, "bridge", 6);
    struct rtattr *data = put(&request, IFLA_INFO_DATA, NULL, 0);
    uint32_t state = stp, hundredths = delay;
    put(&request, IFLA_BR_FORWARD_DELAY, &hundredths, sizeof hundredths);
    put(&request, IFLA_BR_STP_STATE, &state, sizeof state);
    end(&request, data);
    end(&request, info);
    return ask(&request);
}

int vms_macvtap_make(const char *name, const char *parent, unsigned mode, const uint8_t *address) {
    struct request request;
    struct ifinfomsg *link = begin(&request, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, sizeof *link);
    if (strlen(name) >= IFNAMSIZ) return EINVAL;
    uint32_t below = if_nametoindex(parent), kind = mode;
    if (!below) return errno;
    put(&request, IFLA_IFNAME, name, strlen(name) + 1);
    put(&request, IFLA_LINK, &below, sizeof below);
    if (address) put(&request, IFLA_ADDRESS, address, 6);
    struct rtattr *info = put(&request, IFLA_LINKINFO, NULL, 0);
    put(&request, IFLA_INFO_KIND, "macvtap", 7);
    struct rtattr *data = put(&request, IFLA_INFO_DATA, NULL, 0);
    put(&request, IFLA_MACVLAN_MODE, &kind, sizeof kind);
    end(&request, data);
    end(&request, info);
    return ask(&request);
}

int vms_link_set_alias(const char *name, const char *text) {
    struct request request;
    struct ifinfomsg *link = begin(&request, RTM_SETLINK, 0, sizeof *link);
    link->ifi_index = (int)if_nametoindex(name);
    if (!link->ifi_index) return errno;
    if (!put(&request, IFLA_IFALIAS, text, strlen(text))) return EINVAL;
    return ask(&request);
}

int vms_link_remove(const char *name) {
    struct request request;
    struct ifinfomsg *link = begin(&request, RTM_DELLINK, 0, sizeof *link);
    link->ifi_index = (int)if_nametoindex(name);
    return link->ifi_index ? ask(&request) : errno;
}

int vms_port_isolate(const char *name) {
    struct request request;
    struct ifinfomsg *link = begin(&request, RTM_SETLINK, 0, sizeof *link);
    link->ifi_family = AF_BRIDGE;
    link->ifi_index = (int)if_nametoindex(name);
    if (!link->ifi_index) return errno;
    struct rtattr *port = put(&request, IFLA_PROTINFO | NLA_F_NESTED, NULL, 0);
    uint8_t isolated = 1;
    put(&request, IFLA_BRPORT_ISOLATED, &isolated, sizeof isolated);
    end(&request, port);
    return ask(&request);
}

int vms_bridge_filter_vlans(const char *name) {
    struct request request;
    struct ifinfomsg *link = begin(&request, RTM_NEWLINK, 0, sizeof *link);
    link->ifi_index = (int)if_nametoindex(name);
    if (!link->ifi_index) return errno;
    struct rtattr *info = put(&request, IFLA_LINKINFO, NULL, 0);
    put(&request, IFLA_INFO_KIND, "bridge", 6);
    struct rtattr *data = put(&request, IFLA_INFO_DATA, NULL, 0);
    uint8_t wanted = 1;
    put(&request, IFLA_BR_VLAN_FILTERING, &wanted, sizeof wanted);
    end(&request, data);
    end(&request, info);
    return ask(&request);
}

int vms_port_vlan(const char *name, uint16_t number, bool native, bool untagged, bool present) {
    struct request request;
    struct ifinfomsg *link = begin(&request, present ? RTM_SETLINK : RTM_DELLINK, 0, sizeof *link);
    link->ifi_family = AF_BRIDGE;
    link->ifi_index = (int)if_nametoindex(name);
    if (!link->ifi_index) return errno;
    struct rtattr *port = put(&request, IFLA_AF_SPEC, NULL, 0);
    struct bridge_vlan_info vlan = {.vid = number};
    if (native) vlan.flags |= BRIDGE_VLAN_INFO_PVID;
    if (untagged) vlan.flags |= BRIDGE_VLAN_INFO_UNTAGGED;
    put(&request, IFLA_BRIDGE_VLAN_INFO, &vlan, sizeof vlan);
    end(&request, port);
    return ask(&request);
}

int vms_address_add(const char *name, const uint8_t *address, size_t size, uint8_t prefix) {
    struct request request;
    struct ifaddrmsg *message = begin(&request, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, sizeof *message);
    message->ifa_family = size == 4 ? AF_INET : AF_INET6;
    message->ifa_prefixlen = prefix;
    message->ifa_flags = size == 16 ? IFA_F_NODAD : 0;
    message->ifa_index = if_nametoindex(name);
    if (!message->ifa_index) return errno;
    if (size != 4 && size != 16) return EINVAL;
    put(&request, IFA_LOCAL, address, size);
    put(&request, IFA_ADDRESS, address, size);
    if (size == 4 && prefix < 31) {
        uint32_t bits;
        memcpy(&bits, address, sizeof bits);
        bits |= htonl(prefix == 0 ? 0xffffffffu : (1u << (32 - prefix)) - 1);
        put(&request, IFA_BROADCAST, &bits, sizeof bits);
    }
    return ask(&request);
}

int vms_route_add(
    const char *name, const uint8_t *destination, size_t size, uint8_t prefix, const uint8_t *gateway, unsigned metric
) {
    struct request request;
    struct rtmsg *route = begin(&request, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, sizeof *route);
    if (size != 4 && size != 16) return EINVAL;
    route->rtm_family = size == 4 ? AF_INET : AF_INET6;
    route->rtm_dst_len = prefix;
    route->rtm_table = RT_TABLE_MAIN;
    route->rtm_protocol = RTPROT_STATIC;
    route->rtm_scope = RT_SCOPE_UNIVERSE;
    route->rtm_type = RTN_UNICAST;
    uint32_t index = if_nametoindex(name), priority = metric;
    if (!index) return errno;
    put(&request, RTA_DST, destination, size);
    put(&request, RTA_GATEWAY, gateway, size);
    put(&request, RTA_OIF, &index, sizeof index);
    if (metric) put(&request, RTA_PRIORITY, &priority, sizeof priority);
    return ask(&request);
}

int vms_links_watch(void) {
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
    if (fd < 0) return -errno;
    struct sockaddr_nl own = {.nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK};
    if (bind(fd, (struct sockaddr *)&own, sizeof own) == 0) return fd;
    int error = errno;
    close(fd);
    return -error;
}

#define _GNU_SOURCE
#include "CVMSystem.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include <linux/vm_sockets.h>

size_t vms_unix_path_max(void) { return sizeof(((struct sockaddr_un *)0)->sun_path) - 1; }

int vms_unix_address(const uint8_t *path, size_t length, int abstract, vms_address *address) {
    struct sockaddr_un *un = (struct sockaddr_un *)&address->storage;
    size_t skip = abstract ? 1 : 0;
    memset(address, 0, sizeof *address);
    if (length == 0) return EINVAL;
    if (length + 1 > sizeof un->sun_path) return ENAMETOOLONG;
    un->sun_family = AF_UNIX;
    memcpy(un->sun_path + skip, path, length);
    // An abstract name is exactly as long as the address says; a path ends at its zero byte.
    address->length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + 1);
    return 0;
}

int vms_inet_address(const char *host, uint16_t port, vms_address *address) {
    memset(address, 0, sizeof *address);
    struct sockaddr_in *in4 = (struct sockaddr_in *)&address->storage;
    if (inet_pton(AF_INET, host, &in4->sin_addr) == 1) {
        in4->sin_family = AF_INET;
        in4->sin_port = htons(port);
        address->length = sizeof *in4;
        return 0;
    }
    struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&address->storage;
    if (inet_pton(AF_INET6, host, &in6->sin6_addr) == 1) {
        in6->sin6_family = AF_INET6;
        in6->sin6_port = htons(port);
        address->length = sizeof *in6;
        return 0;
    }
    return EINVAL;
}

int vms_vsock_address(uint32_t cid, uint32_t port, vms_address *address) {
    struct sockaddr_vm *vm = (struct sockaddr_vm *)&address->storage;
    memset(address, 0, sizeof *address);
    vm->svm_family = AF_VSOCK;
    vm->svm_cid = cid;
    vm->svm_port = port;
    address->length = sizeof *vm;
    return 0;
}

int vms_address_family(const vms_address *address) { return address->storage.ss_family; }

uint32_t vms_address_port(const vms_address *address) {
    switch (address->storage.ss_family) {
    case AF_INET: return ntohs(((const struct sockaddr_in *)&address->storage)->sin_port);
    case AF_INET6: return ntohs(((const struct sockaddr_in6 *)&address->storage)->sin6_port);
    case AF_VSOCK: return ((const struct sockaddr_vm *)&address->storage)->svm_port;
    default: return 0;
    }
}

int vms_connect(int fd, const vms_address *address) {
    int result;
    do {
        result = connect(fd, (const struct sockaddr *)&address->storage, address->length);
    } while (result < 0 && errno == EINTR);
    return result < 0 ? errno : 0;
}

int vms_bind(int fd, const vms_address *address) {
    return bind(fd, (const struct sockaddr *)&address->storage, address->length) < 0 ? errno : 0;
}

int vms_accept(int fd) {
    int client;
    do {
        client = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    } while (client < 0 && (errno == EINTR || errno == ECONNABORTED));
    return client < 0 ? -errno : client;
}

int vms_open_path(const char *path, int directory) {
    int fd = open(path, O_PATH | O_CLOEXEC | (directory ? O_DIRECTORY : 0));
    return fd < 0 ? -errno : fd;
}

int vms_local_address(int fd, vms_address *address) {
    memset(address, 0, sizeof *address);
    address->length = sizeof address->storage;
    return getsockname(fd, (struct sockaddr *)&address->storage, &address->length) < 0 ? errno : 0;
}

int vms_peer_credentials(int fd, pid_t *pid, uid_t *uid, gid_t *gid) {
    struct ucred peer;
    socklen_t length = sizeof peer;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) < 0) return errno;
    *pid = peer.pid;
    *uid = peer.uid;
    *gid = peer.gid;
    return 0;
}

ssize_t vms_send(int fd, const void *bytes, size_t length, const int *fds, size_t count) {
    union {
        char room[CMSG_SPACE(sizeof(int) * VMS_MAX_FDS)];
        struct cmsghdr align;
    } control;
    struct iovec part = {.iov_base = (void *)bytes, .iov_len = length};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (count > VMS_MAX_FDS) return -EINVAL;
    if (count > 0) {
        memset(&control, 0, sizeof control);
        message.msg_control = control.room;
        message.msg_controllen = CMSG_SPACE(sizeof(int) * count);
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int) * count);
        memcpy(CMSG_DATA(header), fds, sizeof(int) * count);
    }
    ssize_t result;
    do {
        result = sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    } while (result < 0 && errno == EINTR);
    return result < 0 ? -errno : result;
}

static void keep_or_close(const struct cmsghdr *header, int *fds, size_t room, size_t *kept) {
    size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t index = 0; index < count; index++) {
        int fd;
        memcpy(&fd, CMSG_DATA(header) + index * sizeof fd, sizeof fd);
        if (*kept < room) fds[(*kept)++] = fd;
        else close(fd);
    }
}

ssize_t vms_receive(int fd, void *bytes, size_t length, int *fds, size_t *count) {
    union {
        char room[CMSG_SPACE(sizeof(int) * VMS_MAX_FDS)];
        struct cmsghdr align;
    } control;
    struct iovec part = {.iov_base = bytes, .iov_len = length};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    message.msg_control = control.room;
    message.msg_controllen = sizeof control.room;
    size_t room = *count;
    *count = 0;
    ssize_t result;
    do {
        result = recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    } while (result < 0 && errno == EINTR);
    if (result < 0) return -errno;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
            keep_or_close(header, fds, room, count);
    }
    return result;
}

#pragma once

// Socket addresses, and messages that carry file descriptors: unions, flexible members and macros that Swift's import
// of the C library can't express.

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

// A socket address with its length, large enough for every family used here.
typedef struct {
    struct sockaddr_storage storage;
    socklen_t length;
} vms_address;

// Bytes that fit into the path of a unix socket, without the closing zero.
size_t vms_unix_path_max(void);

// Fill `address`; 0, or an errno. `abstract` puts a zero byte before the name.
int vms_unix_address(const uint8_t *path, size_t length, int abstract, vms_address *address);
// `host` is a numeric IPv4 or IPv6 address; EINVAL when it is neither.
int vms_inet_address(const char *host, uint16_t port, vms_address *address);
int vms_vsock_address(uint32_t cid, uint32_t port, vms_address *address);

int vms_address_family(const vms_address *address);
// The port of an IPv4, IPv6 or vsock address, else 0.
uint32_t vms_address_port(const vms_address *address);

// connect(2) and bind(2) with such an address: 0, or an errno. connect is repeated after a signal.
int vms_connect(int fd, const vms_address *address);
int vms_bind(int fd, const vms_address *address);
// accept4(2), hidden from Swift: a non-blocking descriptor that is closed on exec, or minus errno.
int vms_accept(int fd);
// open(2) with O_PATH, hidden from Swift: a descriptor, or minus errno.
int vms_open_path(const char *path, int directory);
int vms_local_address(int fd, vms_address *address);

// The process at the other end of a unix socket: 0, or an errno.
int vms_peer_credentials(int fd, pid_t *pid, uid_t *uid, gid_t *gid);

// At most this many descriptors go into one message.
enum { VMS_MAX_FDS = 16 };

// sendmsg(2) with MSG_NOSIGNAL and MSG_DONTWAIT and `count` descriptors (0 for none): bytes sent, or minus errno.
ssize_t vms_send(int fd, const void *bytes, size_t length, const int *fds, size_t count);
// recvmsg(2) with MSG_DONTWAIT and close-on-exec: bytes received (0 at the end), or minus errno. `count` gives the room
// in `fds` (at most VMS_MAX_FDS) and gets the number received; descriptors beyond the room are closed.
ssize_t vms_receive(int fd, void *bytes, size_t length, int *fds, size_t *count);

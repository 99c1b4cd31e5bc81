#define _GNU_SOURCE
#include "CVMSystem.h"

#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

// The same on all architectures.
enum { CREATE_RULESET = 444, ADD_RULE = 445, RESTRICT_SELF = 446 };
enum { CREATE_RULESET_VERSION = 1, RULE_PATH_BENEATH = 1 };

struct path_beneath {
    uint64_t allowed;
    int32_t place;
} __attribute__((packed));

int vms_landlock_version(void) { return (int)syscall(CREATE_RULESET, NULL, (size_t)0, CREATE_RULESET_VERSION); }

int vms_landlock_create(uint64_t handled) { return (int)syscall(CREATE_RULESET, &handled, sizeof handled, 0); }

int vms_landlock_allow(int ruleset, int place, uint64_t allowed) {
    struct path_beneath rule = {.allowed = allowed, .place = place};
    return (int)syscall(ADD_RULE, ruleset, RULE_PATH_BENEATH, &rule, 0);
}

int vms_landlock_restrict(int ruleset) {
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) return -1;
    return (int)syscall(RESTRICT_SELF, ruleset, 0);
}

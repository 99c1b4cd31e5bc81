internal import Glibc

extension Need {
    /// The right to make control groups that share out processor time: in version 2, or in the two trees of version 1.
    public static let controlGroups = Need(
        "the right to make control groups",
        isMet: {
            guard geteuid() == 0 else { return false }
            let trees = access("/sys/fs/cgroup/cgroup.subtree_control", W_OK) == 0
            return trees
                || ["cpu", "cpuset"].allSatisfy { name in
                    let folder = "/sys/fs/cgroup/\(name)/vmctl-need-\(getpid())"
                    guard mkdir(folder, 0o755) == 0 else { return false }
                    return rmdir(folder) == 0
                }
        }())
}

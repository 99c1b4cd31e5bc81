import Foundation
import Testing

@testable import VMCore

/// Where the control groups of machines can be, by what the kernel's files say.
struct ControlGroupPlaceTests {
    /// A folder that stands for a tree of groups.
    private final class Tree {
        let root: String
        init() throws {
            root = NSTemporaryDirectory() + "vmctl-groups-\(UUID(high: .random(in: 0...(.max)), low: 1))"
            try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
        }
        deinit { try? FileManager.default.removeItem(atPath: root) }

        /// A group of version 2.
        @discardableResult
        func group(
            _ path: String, _ controllers: String, inside: String = "", processes: String = "", isHosts: Bool = false
        ) throws -> String {
            let folder = root + path
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            var files = [
                "cgroup.controllers": controllers, "cgroup.subtree_control": inside, "cgroup.procs": processes,
            ]
            if !isHosts { files["cgroup.type"] = "domain" }
            for (name, text) in files {
                try (text + "\n").write(toFile: "\(folder)/\(name)", atomically: false, encoding: .utf8)
            }
            if processes.isEmpty { try "".write(toFile: folder + "/cgroup.procs", atomically: false, encoding: .utf8) }
            return folder
        }

        func host(
            own: String = "/", isRoot: Bool = true, user: UInt32 = 0, systemd: Bool = false
        ) -> ControlGroupHost {
            var membership = ControlGroupMembership(text: [])
            membership.unified = own
            return ControlGroupHost(
                mounts: ControlGroupMounts(unified: .init(folder: root)), own: membership, isRoot: isRoot, user: user,
                hasSystemd: systemd)
        }
    }

    @Test
    func `Both versions are found among the mounts`() {
        let text = """
            24 1 0:22 / /proc rw shared:5 - proc proc rw
            31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
            32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
            36 31 0:35 /docker/1 /sys/fs/cgroup/block\\040devices rw shared:9 master:1 - cgroup cgroup rw,blkio
            41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
            short line
            """
        let mounts = ControlGroupMounts(mountInfo: Array(text.utf8))
        #expect(mounts.unified == .init(folder: "/sys/fs/cgroup/unified"))
        #expect(mounts.legacy[.cpu] == .init(folder: "/sys/fs/cgroup/cpu,cpuacct"))
        #expect(mounts.legacy[.io] == .init(folder: "/sys/fs/cgroup/block devices", root: "/docker/1"))
        #expect(mounts.legacy[.memory] == nil && mounts.legacy[.cpuset] == nil)
        #expect(mounts.legacy[.io]?.folder(of: "/docker/1/a") == "/sys/fs/cgroup/block devices/a")
        #expect(mounts.legacy[.io]?.folder(of: "/docker/12") == nil)
        #expect(mounts.unified?.folder(of: "/../other") == nil)
        let own = ControlGroupMembership(text: Array("7:blkio:/docker/1\n1:cpu,cpuacct:/\n0::/a:b\nodd\n".utf8))
        #expect(own.unified == "/a:b" && own.legacy == [.io: "/docker/1", .cpu: "/"])
    }

    @Test
    func `Without systemd root's machines are in the partition, with what the host's group can give on`() throws {
        let tree = try Tree()
        try tree.group("", "cpuset cpu io memory hugetlb pids", processes: "1", isHosts: true)
        let all: Set<ControlGroupController> = [.cpu, .cpuset, .memory, .io]
        let place = ControlGroupPlace.find(tree.host())
        #expect(place.controllers == all)
        guard case .below(let folders) = place else { throw CocoaError(.featureUnsupported) }
        #expect(folders[.cpu] == .init(tree.root + "/machine", isUnified: true))
        guard case .below(let prod) = ControlGroupPlace.find(tree.host(), partition: "/machine/prod/../x") else {
            throw CocoaError(.featureUnsupported)
        }
        #expect(prod[.cpu]?.path == tree.root + "/machine/prod.partition/x.partition")
    }

    @Test
    func `A group that holds processes gives only what it gives already, and the next one above is taken`() throws {
        let tree = try Tree()
        // A container's, which is not the host's.
        try tree.group("", "cpu memory", inside: "cpu memory", processes: "1")
        try tree.group("/box", "cpu memory", inside: "")
        try tree.group("/box/shell", "cpu", processes: "7")
        guard case .below(let folders) = ControlGroupPlace.find(tree.host(own: "/box/shell", isRoot: false)) else {
            throw CocoaError(.featureUnsupported)
        }
        #expect(folders[.memory]?.path == tree.root + "/box")
        let busy = try Tree()
        try busy.group("", "cpu memory", processes: "1")
        #expect(ControlGroupPlace.find(busy.host(own: "/", isRoot: false)).controllers.isEmpty)
        #expect(ControlGroupPlace.find(busy.host()).controllers.isEmpty)
    }

    @Test
    func `Where systemd runs the host, it is asked, with what it was given`() throws {
        let tree = try Tree()
        try tree.group("", "cpu io memory cpuset", isHosts: true)
        try tree.group("/user.slice/user-1000.slice/user@1000.service", "memory pids cpu")
        #expect(
            ControlGroupPlace.find(tree.host(systemd: true)) == .scope(ofUser: false, [.cpu, .io, .memory, .cpuset]))
        #expect(
            ControlGroupPlace.find(tree.host(isRoot: false, user: 1000, systemd: true))
                == .scope(ofUser: true, [.cpu, .memory]))
        #expect(ControlGroupPlace.find(tree.host(isRoot: false, user: 1001, systemd: true)).controllers.isEmpty)
    }

    @Test
    func `A parent that the user names is taken as it is`() throws {
        let tree = try Tree()
        let mine = try tree.group("/mine", "cpu")
        #expect(ControlGroupPlace.find(tree.host(), parent: mine).controllers == [.cpu])
        #expect(ControlGroupPlace.find(tree.host(), parent: tree.root + "/nothing").controllers.isEmpty)
    }

    @Test
    func `Version 1 is used below this process's own groups`() throws {
        let tree = try Tree()
        for name in ["cpu/own", "memory"] {
            try FileManager.default.createDirectory(atPath: "\(tree.root)/\(name)", withIntermediateDirectories: true)
        }
        var membership = ControlGroupMembership(text: [])
        membership.legacy = [.cpu: "/own", .memory: "/gone"]
        let host = ControlGroupHost(
            mounts: ControlGroupMounts(
                legacy: [.cpu: .init(folder: tree.root + "/cpu"), .memory: .init(folder: tree.root + "/memory")]),
            own: membership, isRoot: true, hasSystemd: true)
        #expect(
            ControlGroupPlace.find(host)
                == .below([.cpu: .init(tree.root + "/cpu/own/machine", isUnified: false)]))
        let none = ControlGroupHost(
            mounts: ControlGroupMounts(), own: ControlGroupMembership(text: []), isRoot: true, hasSystemd: false)
        #expect(ControlGroupPlace.find(none) == .none("no control groups are mounted"))
    }
}

internal import Glibc

/// What of a host decides where a machine's control group can be.
public struct ControlGroupHost: Sendable {
    public var mounts: ControlGroupMounts
    public var own: ControlGroupMembership
    public var isRoot: Bool
    public var user: UInt32
    /// Whether systemd runs the host, and so owns the tree of version 2.
    public var hasSystemd: Bool

    public init(
        mounts: ControlGroupMounts, own: ControlGroupMembership, isRoot: Bool, user: UInt32 = 0, hasSystemd: Bool
    ) {
        self.mounts = mounts
        self.own = own
        self.isRoot = isRoot
        self.user = user
        self.hasSystemd = hasSystemd
    }

    /// As it is for this process.
    public static func current() -> ControlGroupHost {
        ControlGroupHost(
            mounts: .current(), own: .of(), isRoot: geteuid() == 0, user: geteuid(),
            hasSystemd: Files.exists("/run/systemd/system"))
    }
}

/// Where a machine's control group can be made, and by whom.
public enum ControlGroupPlace: Sendable, Hashable {
    /// This process makes it, below these folders.
    case below([ControlGroupController: ControlGroup.Folder])
    /// systemd makes it and hands it over.
    case scope(ofUser: Bool, Set<ControlGroupController>)
    /// Nowhere, with the reason as the end of a sentence.
    case none(String)

    /// What can be shared out there.
    public var controllers: Set<ControlGroupController> {
        switch self {
        case .below(let folders): Set(folders.keys)
        case .scope(_, let controllers): controllers
        case .none: []
        }
    }

    /// - Parameters:
    ///   - parent: the folder of a group of version 2 that the user names, instead of looking for one.
    ///   - partition: where in the host's tree root's machines are, `/machine` for example.
    public static func find(
        _ host: ControlGroupHost, parent: String? = nil, partition: String = standardPartition
    ) -> ControlGroupPlace {
        if let parent { return find(below: parent) }
        if let tree = host.mounts.unified, !names(tree.folder + "/cgroup.controllers").isEmpty {
            let place = unified(tree, host, partition)
            if !place.controllers.isEmpty || host.mounts.legacy.isEmpty { return place }
        }
        return legacy(host, partition)
    }

    /// libvirt's.
    public static let standardPartition = "/machine"

    private static func find(below parent: String) -> ControlGroupPlace {
        let usable = usable(parent)
        guard !usable.isEmpty else { return .none("the control group '\(parent)' can't give any controller on") }
        return below(parent, usable)
    }

    private static func below(_ folder: String, _ controllers: Set<ControlGroupController>) -> ControlGroupPlace {
        let folder = ControlGroup.Folder(folder, isUnified: true)
        return .below(Dictionary(uniqueKeysWithValues: controllers.map { ($0, folder) }))
    }

    // MARK: Version 2

    private static func unified(
        _ tree: ControlGroupMounts.Tree, _ host: ControlGroupHost, _ partition: String
    ) -> ControlGroupPlace {
        if host.hasSystemd {
            // What a user's systemd was given is what its own group says.
            let manager = host.isRoot ? "" : "/user.slice/user-\(host.user).slice/user@\(host.user).service"
            let found = tree.folder(of: manager.isEmpty ? "/" : manager).map { names($0 + "/cgroup.controllers") } ?? []
            guard !found.isEmpty else { return .none("systemd has been given no control groups for this user") }
            return .scope(ofUser: !host.isRoot, found)
        }
        if host.isRoot, access(tree.folder, W_OK) == 0, case let usable = usable(tree.folder), !usable.isEmpty {
            return below(tree.folder + folders(of: partition), usable)
        }
        // The nearest group above this process that it may make others in. Its own holds this process.
        var group = host.own.unified ?? "/"
        while group != "/", !group.isEmpty {
            group = Files.folder(of: group)
            guard let folder = tree.folder(of: group), access(folder, W_OK) == 0,
                access(folder + "/cgroup.procs", W_OK) == 0
            else { continue }
            let usable = usable(folder)
            if !usable.isEmpty { return below(folder, usable) }
        }
        return .none("no control group was delegated to this user")
    }

    /// What a group can give to others inside it: all that it has, unless it holds processes, which the host's own group
    /// alone may do beside.
    private static func usable(_ folder: String) -> Set<ControlGroupController> {
        let isHosts = !Files.exists(folder + "/cgroup.type")
        let isEmpty = Files.head(folder + "/cgroup.procs", first: 1).isEmpty
        return names(folder + (isHosts || isEmpty ? "/cgroup.controllers" : "/cgroup.subtree_control"))
    }

    /// The controllers that a group of version 2 has.
    public static func controllers(of folder: String) -> Set<ControlGroupController> {
        names(folder + "/cgroup.controllers")
    }

    private static func names(_ path: String) -> Set<ControlGroupController> {
        guard let text = ProcText.read(path, limit: 4096) else { return [] }
        let words = ProcText.words(text[...]).map(ProcText.string)
        return Set(words.compactMap { ControlGroupController(rawValue: $0) })
    }

    /// As libvirt names the folders of a partition, so that they can't be taken for machines.
    private static func folders(of partition: String) -> String {
        partition.split(separator: "/").filter { $0 != "." && $0 != ".." }.enumerated().map { place, name in
            place == 0 && ["machine", "system", "user"].contains(name) ? "/\(name)" : "/\(name).partition"
        }.joined()
    }

    // MARK: Version 1

    /// Below this process's own group in each tree, so that limits of the host's go on to hold.
    private static func legacy(_ host: ControlGroupHost, _ partition: String) -> ControlGroupPlace {
        var found: [ControlGroupController: ControlGroup.Folder] = [:]
        for (controller, tree) in host.mounts.legacy {
            guard let own = host.own.legacy[controller], let folder = tree.folder(of: own), access(folder, W_OK) == 0
            else { continue }
            found[controller] = .init(folder + folders(of: partition), isUnified: false)
        }
        guard !found.isEmpty else {
            let isMounted = host.mounts.unified != nil || !host.mounts.legacy.isEmpty
            return .none(isMounted ? "no control group was delegated to this user" : "no control groups are mounted")
        }
        return .below(found)
    }
}

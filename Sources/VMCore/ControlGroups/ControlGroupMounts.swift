/// Where the kernel's control groups are mounted for this process: all in one tree (version 2), or a tree for each
/// controller (version 1).
public struct ControlGroupMounts: Sendable, Hashable {
    /// A tree of groups.
    public struct Tree: Sendable, Hashable {
        /// Where it is mounted.
        public var folder: String
        /// The group that stands there, as `/proc/PID/cgroup` names it.
        public var root: String

        public init(folder: String, root: String = "/") {
            self.folder = folder
            self.root = root
        }

        /// The folder of a group; nil when it lies outside of what is mounted.
        public func folder(of group: String) -> String? {
            let inner: Substring
            if root == "/" {
                inner = group[...]
            } else {
                guard group == root || group.hasPrefix(root + "/") else { return nil }
                inner = group.dropFirst(root.count)
            }
            // A group of an outer namespace begins with `/..`.
            guard !inner.split(separator: "/").contains("..") else { return nil }
            return inner.isEmpty || inner == "/" ? folder : folder + inner
        }
    }

    public var unified: Tree?
    public var legacy: [ControlGroupController: Tree]

    public init(unified: Tree? = nil, legacy: [ControlGroupController: Tree] = [:]) {
        self.unified = unified
        self.legacy = legacy
    }

    /// Those of this process.
    public static func current() -> ControlGroupMounts {
        ControlGroupMounts(mountInfo: ProcText.read("/proc/self/mountinfo", limit: 16 << 20) ?? [])
    }

    /// - Parameter mountInfo: what `/proc/PID/mountinfo` says.
    public init(mountInfo text: [UInt8]) {
        self.init()
        for line in ProcText.lines(text) {
            let words = ProcText.words(line)
            // Before the dash there are any number of further words; behind it the type, the source and the options.
            guard let dash = words.firstIndex(where: { $0.elementsEqual("-".utf8) }), dash > 5, words.count > dash + 3
            else { continue }
            let tree = Tree(folder: ProcText.unescaped(words[4]), root: ProcText.unescaped(words[3]))
            switch ProcText.string(words[dash + 1]) {
            case "cgroup2": unified = unified ?? tree
            case "cgroup":
                let options = ProcText.string(words[dash + 3]).split(separator: ",")
                for controller in ControlGroupController.allCases
                where options.contains(controller.legacyName[...]) && legacy[controller] == nil {
                    legacy[controller] = tree
                }
            default: continue
            }
        }
    }
}

/// In which groups a process is: `/proc/PID/cgroup`.
public struct ControlGroupMembership: Sendable, Hashable {
    public var unified: String?
    public var legacy: [ControlGroupController: String] = [:]

    /// - Parameter process: nil is this one.
    public static func of(_ process: Int32? = nil) -> ControlGroupMembership {
        let name = process.map { "\($0)" } ?? "self"
        return ControlGroupMembership(text: ProcText.read("/proc/\(name)/cgroup", limit: 1 << 20) ?? [])
    }

    public init(text: [UInt8]) {
        for line in ProcText.lines(text) {
            let parts = line.split(separator: UInt8(ascii: ":"), maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { continue }
            let path = ProcText.string(parts[2])
            if parts[0].elementsEqual("0".utf8), parts[1].isEmpty {
                unified = path
                continue
            }
            let names = ProcText.string(parts[1]).split(separator: ",")
            for controller in ControlGroupController.allCases where names.contains(controller.legacyName[...]) {
                legacy[controller] = path
            }
        }
    }
}

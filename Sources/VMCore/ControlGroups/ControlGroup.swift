internal import Glibc

/// A control group of the kernel: one folder for all controllers (version 2), or one in the tree of each (version 1).
public struct ControlGroup: Sendable, Hashable {
    public struct Folder: Sendable, Hashable {
        public var path: String
        /// Whether it is of version 2.
        public var isUnified: Bool

        public init(_ path: String, isUnified: Bool) {
            self.path = path
            self.isUnified = isUnified
        }
    }

    public var folders: [ControlGroupController: Folder]

    public init(folders: [ControlGroupController: Folder]) { self.folders = folders }

    /// A group of version 2 that has these controllers.
    public init(_ path: String, _ controllers: Set<ControlGroupController>) {
        let folder = Folder(path, isUnified: true)
        self.init(folders: Dictionary(uniqueKeysWithValues: controllers.map { ($0, folder) }))
    }

    /// The group of that name inside of this one.
    public func inner(_ name: String) -> ControlGroup {
        ControlGroup(folders: folders.mapValues { Folder($0.path + "/" + name, isUnified: $0.isUnified) })
    }

    /// The part that has these controllers.
    public func only(_ controllers: Set<ControlGroupController>) -> ControlGroup {
        ControlGroup(folders: folders.filter { controllers.contains($0.key) })
    }

    /// Each folder once.
    private var places: [Folder] {
        Set(folders.values).sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    }

    public var exists: Bool { !folders.isEmpty && places.allSatisfy { Files.exists($0.path) } }

    // MARK: Making and removing

    /// Makes the group and those above it that are missing, and has its controllers count in it.
    public func make() throws(VMError) {
        for folder in places {
            let controllers = ControlGroupController.allCases.filter { folders[$0] == folder }
            // A group above it may go between two steps, when the last one inside of it does.
            var attempts = 0
            while !(try Self.make(folder, controllers)) {
                attempts += 1
                guard attempts < 10 else { throw .system("cannot make control group '\(folder.path)'", errno: ENOENT) }
            }
        }
    }

    /// Makes the folders alone, inside of groups that are there: no controller counts in them yet.
    public func makeEmpty() throws(VMError) {
        for folder in places where mkdir(folder.path, 0o755) != 0 && errno != EEXIST {
            throw .system("cannot make control group '\(folder.path)'", errno: errno)
        }
    }

    /// - Returns: false when a group above it went meanwhile.
    private static func make(_ folder: Folder, _ controllers: [ControlGroupController]) throws(VMError) -> Bool {
        var missing: [String] = []
        var path = folder.path
        while !Files.exists(path), path != "/" {
            missing.append(path)
            path = Files.folder(of: path)
        }
        for path in missing.reversed() {
            guard mkdir(path, 0o755) != 0, errno != EEXIST else { continue }
            if errno == ENOENT { return false }
            throw .system("cannot make control group '\(path)'", errno: errno)
        }
        let made = missing.reversed() + (missing.isEmpty ? [folder.path] : [])
        for path in made {
            do throws(VMError) {
                for controller in controllers { try prepare(path, controller, folder.isUnified) }
            } catch {
                if !Files.exists(path) { return false }
                throw error
            }
        }
        return true
    }

    private static func prepare(
        _ path: String, _ controller: ControlGroupController, _ isUnified: Bool
    ) throws(VMError) {
        if isUnified { return try enable(controller, Files.folder(of: path)) }
        guard controller == .cpuset else { return }
        // A group of version 1 takes no process before it has processors and memory.
        for file in ["/cpuset.cpus", "/cpuset.mems"] { try fill(path, file) }
        try write("1", path + "/cpuset.memory_migrate")
    }

    /// Gives a group what the one above it has.
    private static func fill(_ path: String, _ file: String) throws(VMError) {
        guard try text(path + file).isEmpty else { return }
        let above = Files.folder(of: path)
        if Files.exists(above + file) { try fill(above, file) }
        try write(try text(above + file), path + file)
    }

    /// Has a controller count in the groups inside of one of version 2, and in that one.
    private static func enable(_ controller: ControlGroupController, _ path: String) throws(VMError) {
        let file = path + "/cgroup.subtree_control"
        func names(_ file: String) throws(VMError) -> [Substring] { try text(file).split(separator: " ") }
        let word = controller.rawValue
        if try names(file).contains(word[...]) { return }
        let above = Files.folder(of: path)
        if !(try names(path + "/cgroup.controllers")).contains(word[...]),
            Files.exists(above + "/cgroup.subtree_control")
        {
            try enable(controller, above)
        }
        try write("+" + word, file)
    }

    /// Removes the group with those inside of it, once no process is in them; and the standard partition above it, when
    /// nobody else uses that.
    ///
    /// - Returns: whether it is gone.
    @discardableResult
    public func remove() -> Bool {
        var isGone = true
        for folder in places {
            for name in (try? Folders.list(folder.path)) ?? [] where Files.kind(folder.path + "/" + name) == .folder {
                rmdir(folder.path + "/" + name)
            }
            if rmdir(folder.path) != 0, errno != ENOENT { isGone = false }
            let above = Files.folder(of: folder.path)
            if above.hasSuffix(ControlGroupPlace.standardPartition) { rmdir(above) }
        }
        return isGone
    }

    // MARK: Processes

    /// The files by which a process enters: it writes `0`.
    public func entrances() throws(VMError) -> ControlGroupEntrances { try ControlGroupEntrances(places.map(\.path)) }

    /// Moves a process with all its threads into the group. One that is gone is no error.
    public func add(process: Int32) throws(VMError) {
        for folder in places { try Self.move(process, to: folder.path + "/cgroup.procs") }
    }

    /// Moves one thread into the group, which is inside of the one where its process is.
    public func add(thread: Int32) throws(VMError) {
        for folder in places {
            try Self.move(thread, to: folder.path + (folder.isUnified ? "/cgroup.threads" : "/tasks"))
        }
    }

    private static func move(_ number: Int32, to path: String) throws(VMError) {
        let code = try put("\(number)", path)
        if code != 0, code != ESRCH { throw .system("cannot write '\(path)'", errno: code) }
    }

    /// Makes a group for threads of the processes that are in this one.
    public func makeThreadGroup(_ name: String) throws(VMError) -> ControlGroup {
        let group = inner(name)
        for folder in group.places {
            if mkdir(folder.path, 0o755) != 0, errno != EEXIST {
                throw .system("cannot make control group '\(folder.path)'", errno: errno)
            }
            guard folder.isUnified else { continue }
            if try Self.text(folder.path + "/cgroup.type") != "threaded" {
                try Self.write("threaded", folder.path + "/cgroup.type")
            }
            for controller in [ControlGroupController.cpu, .cpuset] where group.folders[controller] == folder {
                try Self.enable(controller, Files.folder(of: folder.path))
            }
        }
        return group
    }

    // MARK: Settings

    /// Whether a controller's group is of version 2; nil when this one hasn't the controller.
    public func isUnified(_ controller: ControlGroupController) -> Bool? { folders[controller]?.isUnified }

    public func has(_ file: String, of controller: ControlGroupController) -> Bool {
        folders[controller].map { Files.exists($0.path + "/" + file) } ?? false
    }

    /// What a file of a controller says, without the line's end; nil when it can't be read.
    public func read(_ file: String, of controller: ControlGroupController) -> String? {
        folders[controller].flatMap { try? Self.text($0.path + "/" + file) }
    }

    /// - Throws: `unsupported` where there is no such controller or file; `invalid-argument` for a value that the kernel
    ///   doesn't take.
    public func write(_ text: String, to file: String, of controller: ControlGroupController) throws(VMError) {
        guard let folder = folders[controller] else {
            throw VMError(
                .unsupported, "the machine's control group has no controller '\(controller.rawValue)'",
                remedy: "have it delegated to you, or run the machine as root")
        }
        let path = folder.path + "/" + file
        guard Files.exists(path) else { throw VMError(.unsupported, "the kernel has no '\(file)'") }
        let code = try Self.put(text, path)
        switch code {
        case 0: return
        case EINVAL, ERANGE:
            throw VMError(
                .invalidArgument, "invalid argument: the kernel takes no '\(text)' for '\(file)'",
                cause: .system("cannot write '\(path)'", errno: code))
        default: throw .system("cannot write '\(path)'", errno: code)
        }
    }

    private static func text(_ path: String) throws(VMError) -> String {
        let bytes = try Files.read(path, limit: 1 << 20, regularOnly: false)
        return String(decoding: bytes.last == 0x0a ? bytes.dropLast() : bytes[...], as: UTF8.self)
    }

    private static func write(_ text: String, _ path: String) throws(VMError) {
        let code = try put(text, path)
        if code != 0 { throw .system("cannot write '\(path)'", errno: code) }
    }

    /// Writes in one call, as the kernel wants it, and never into a file that isn't there.
    ///
    /// - Returns: what the kernel says of the value, an error number or 0.
    private static func put(_ text: String, _ path: String) throws(VMError) -> Int32 {
        let file = try FileDescriptor.open(path, flags: O_WRONLY | O_NOFOLLOW | O_TRUNC)
        let bytes = Array(text.utf8)
        while Glibc.write(file.raw, bytes, bytes.count) < 0 {
            let code = errno
            if code != EINTR { return code }
        }
        return 0
    }
}

/// Open files by which a process enters a control group.
public struct ControlGroupEntrances: ~Copyable, Sendable {
    public let raw: [Int32]

    fileprivate init(_ folders: [String]) throws(VMError) {
        var raw: [Int32] = []
        do throws(VMError) {
            for folder in folders {
                raw.append(try FileDescriptor.open(folder + "/cgroup.procs", flags: O_WRONLY).release())
            }
        } catch {
            for number in raw { close(number) }
            throw error
        }
        self.raw = raw
    }

    deinit { for number in raw { close(number) } }
}

internal import Glibc
internal import QEMULauncher
internal import VMCore
internal import VMDomain
internal import VMXML

/// Every path and port in the planned command line, with the place of the element that it comes from.
extension Preflight {
    /// The longest path that the address of a socket holds, and that QEMU takes.
    private static let longestSocketPath = 108

    mutating func checkCommandLine(_ draft: LaunchDraft) {
        checkPorts(PlannedPort.all(in: draft.line))
        let folders = ownFolders(draft.host.folders)
        var sockets: [String: XMLOrigin?] = [:]
        var seen: Set<PlannedPath> = []
        for planned in PlannedPath.all(in: draft.line) where !claimed.contains(planned.path) {
            if planned.use == .listen {
                if let first = sockets[planned.path] {
                    warn(
                        "the socket '\(planned.path)' is taken away from the device\(line(of: first)): a path can be "
                            + "listened on once", at: planned.origin)
                }
                sockets[planned.path] = planned.origin
            }
            // What a start makes by itself isn't there before.
            guard !folders.contains(where: { planned.path.hasPrefix($0 + "/") }), seen.insert(planned).inserted else {
                continue
            }
            if MemoryFolders.isOfHugePages(planned.path, draft.domain) {
                checkHugePageFolder(planned)
            } else {
                check(planned)
            }
        }
    }

    /// A start makes the folder, where it may.
    private mutating func checkHugePageFolder(_ planned: PlannedPath) {
        var existing = planned.path
        while !Files.exists(existing), existing != "/" { existing = Files.folder(of: existing) }
        guard let code = Files.obstacle(existing, writing: true) else { return }
        add(
            .system(
                "cannot make folder '\(planned.path)' for huge pages", errno: code,
                remedy: "have root make '\(Files.folder(of: planned.path))' for you, or use <source type='memfd'/>"),
            at: planned.origin)
    }

    private func ownFolders(_ folders: HostFacts.Folders) -> [String] {
        [
            machine.runtime.path, folders.machine, folders.sockets ?? "", folders.channels, folders.consoles,
            folders.memory, folders.passt, folders.tpm, folders.nvram,
        ].filter { !$0.isEmpty }
    }

    private mutating func check(_ planned: PlannedPath) {
        let path = planned.path
        switch planned.use {
        case .elsewhere: return
        case .read, .write: checkFile(planned)
        case .present: _ = checkAccess(planned, writing: false)
        case .make: checkMakeable(planned)
        case .folder:
            guard checkAccess(planned, writing: false) else { return }
            if let kind = Files.kind(path), kind != .folder {
                refuse(planned, "it is \(kind.phrase), not a folder", "name a folder")
            }
        case .device:
            guard checkAccess(planned, writing: true) else { return }
            if let kind = Files.kind(path), kind != .characterDevice {
                refuse(planned, "it is \(kind.phrase), not a character device", "name a device below /dev")
            }
        case .pipe: checkPipe(planned)
        case .listen: checkListening(planned)
        case .connect(let isPatient): checkConnecting(planned, isPatient)
        case .unknown: checkUnknown(planned)
        }
    }

    // MARK: Files

    /// Whether a path leads to what can be opened; else that is told.
    private mutating func checkAccess(_ planned: PlannedPath, writing: Bool) -> Bool {
        guard let problem = PathWalk.problem(planned.path, writing: writing, what: planned.what) else { return true }
        add(problem, at: planned.origin)
        return false
    }

    private mutating func refuse(_ planned: PlannedPath, _ why: String, _ remedy: Remedy = "name a file") {
        add(
            VMError(.io, "Cannot access \(planned.what) '\(planned.path)': \(why)", remedy: remedy),
            at: planned.origin)
    }

    private mutating func checkFile(_ planned: PlannedPath) {
        guard checkAccess(planned, writing: planned.use == .write) else { return }
        // A FIFO would have QEMU wait for somebody at its other end, for as long as a start may take.
        if let kind = Files.kind(planned.path), kind == .folder || kind == .socket || kind == .fifo {
            refuse(planned, "it is \(kind.phrase)")
        }
    }

    private mutating func checkMakeable(_ planned: PlannedPath) {
        if Files.exists(planned.path) {
            // Memory in a folder becomes a file without a name there.
            if Files.kind(planned.path) == .folder, planned.what != "file of memory" {
                return refuse(planned, "it is a folder")
            }
            if Files.kind(planned.path) == .fifo { return refuse(planned, "it is a FIFO") }
            return _ = checkAccess(planned, writing: true)
        }
        checkRoom(planned)
    }

    /// That something can be made in the folder of a path.
    private mutating func checkRoom(_ planned: PlannedPath) {
        let folder = Files.folder(of: planned.path)
        if let problem = PathWalk.problem(planned.path, inFolder: folder, what: planned.what) {
            add(problem, at: planned.origin)
        }
    }

    /// QEMU takes `path.in` and `path.out` when both are there, else the path itself.
    private mutating func checkPipe(_ planned: PlannedPath) {
        let both = [planned.path + ".in", planned.path + ".out"]
        if both.allSatisfy({ Files.exists($0) }) { return }
        guard checkAccess(planned, writing: true) else { return }
        if let kind = Files.kind(planned.path), kind == .folder || kind == .socket {
            refuse(planned, "it is \(kind.phrase), not a FIFO", "make one with 'mkfifo'")
        }
    }

    private mutating func checkUnknown(_ planned: PlannedPath) {
        if Files.exists(planned.path) {
            if let problem = PathWalk.problem(planned.path, writing: false, what: planned.what) {
                warn(problem.message, at: planned.origin)
            }
        } else if !Files.exists(Files.folder(of: planned.path)) {
            warn("'\(planned.path)' is in a folder that does not exist", at: planned.origin)
        }
    }

    // MARK: Sockets

    private mutating func checkListening(_ planned: PlannedPath) {
        let path = planned.path
        guard path.utf8.count <= Self.longestSocketPath else {
            return refuse(
                planned,
                "the path of a socket has \(Self.longestSocketPath) bytes at most, and this one \(path.utf8.count)",
                "choose a shorter path")
        }
        if Socket.isListening(path) {
            let holder = manager.domain(listeningAt: path, except: machine.uuid).map { " by domain '\($0)'" } ?? ""
            let problem = VMError(
                .busy, "the socket '\(path)' is taken\(holder): somebody listens there", remedy: "choose another path")
            return add(problem, at: planned.origin)
        }
        switch Files.kind(path) {
        case nil, .socket: checkRoom(planned)
        case .folder: refuse(planned, "it is a folder", "name a file in it")
        case let kind?:
            warn("QEMU removes '\(path)', which is \(kind.phrase), and makes a socket there", at: planned.origin)
        }
    }

    private mutating func checkConnecting(_ planned: PlannedPath, _ isPatient: Bool) {
        let path = planned.path
        guard !Socket.isListening(path) else { return _ = checkAccess(planned, writing: true) }
        if isPatient {
            return warn(
                "nobody listens at the socket '\(path)' yet; QEMU tries it until somebody does", at: planned.origin)
        }
        guard checkAccess(planned, writing: true) else { return }
        let kind = Files.kind(path) ?? .other
        if kind == .socket { return refuse(planned, "nobody listens there", "start the program that does") }
        refuse(planned, "it is \(kind.phrase), not a socket", "name the socket of the program that listens")
    }

    // MARK: Ports

    private mutating func checkPorts(_ ports: [PlannedPort]) {
        for port in ports where port.isConnection && TCPTable.listeners(on: port.port).isEmpty {
            // The machine itself may be the one.
            if ports.contains(where: { !$0.isConnection && $0.port == port.port }) { continue }
            add(VMError(.connection, "nobody listens on port \(port.port) of \(port.host)"), at: port.origin)
        }
        var byNumber: [UInt16: [PlannedPort]] = [:]
        for port in ports where !port.isConnection {
            if let other = byNumber[port.port, default: []].first(where: { $0.collides(with: port) }) {
                let problem = VMError(
                    .busy, "\(port.what) \(port.port) is that of the device\(line(of: other.origin)), too",
                    remedy: "choose another port")
                add(problem, at: port.origin)
            } else {
                checkPort(Int(port.port), port.host, port.what, port.transport, at: port.origin)
            }
            byNumber[port.port, default: []].append(port)
        }
    }

    /// ` in line 7`, or nothing.
    private func line(of origin: XMLOrigin?) -> String {
        guard let source, let place = origin?.place(in: source) else { return "" }
        return " in line \(place.line)"
    }
}

extension VMManager {
    /// The running domain whose QEMU listens on a socket of the file system.
    func domain(listeningAt path: String, except uuid: UUID) -> String? {
        let states = (try? activeStates()) ?? []
        return states.first { state in
            guard state.uuid != uuid, let document = try? Files.read(folder(state.uuid).domain),
                let domain = try? Domain.read(document, options: .lenient).value
            else { return false }
            return domain.listeningSockets.contains(path)
        }?.name
    }
}

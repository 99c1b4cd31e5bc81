internal import Glibc
internal import QEMULauncher
public import VMCore
internal import VMDomain
internal import VMXML

/// A start that goes on from a saved state.
struct SavedStart: Sendable {
    /// What is read in a second at the least.
    private static let slowest: UInt64 = 20 << 20

    var path: String
    var image: SaveImage
    var domain: Domain
    /// Leave the CPUs stopped; nil goes by the file.
    var paused: Bool?
    /// Whether the file is used up by the start.
    var isManaged = false
    /// The snapshot inside the machine's images that it goes on from, instead of a file.
    var snapshot: SnapshotLoad?

    /// A machine as it was, whose state is inside its images.
    init(_ domain: Domain, paused: Bool) {
        path = ""
        self.paused = paused
        self.domain = domain
        self.domain.id = nil
        image = SaveImage(resume: paused ? .paused : .running, xml: [])
    }

    init(_ path: String, xml: [UInt8]? = nil, paused: Bool? = nil) throws(VMError) {
        self.path = path
        self.paused = paused
        image = try SaveImage.read(path)
        guard image.packing != .mappedRAM else {
            throw VMError(
                .unsupported, "the state in '\(path)' is of libvirt's format 'sparse', which isn't read",
                remedy: "restore it with libvirt, and save it with save_image_format = \"raw\" in its qemu.conf")
        }
        domain = try Domain.read(xml ?? image.xml, file: path, options: .lenient).checked()
        if xml != nil {
            // Another machine than the one whose memory it is would have that one's addresses, disks and identity inside.
            let saved = try Domain.read(image.xml, file: path, options: .lenient).checked()
            if let uuid = saved.uuid, let name = saved.name {
                try VMManager.checkSame(domain, uuid: uuid, name: name)
            }
        }
        if image.format == .libvirt { domain.forgetLibvirtRun() }
        domain.id = nil
    }

    /// How much longer than others this start may take.
    var extraTime: Duration {
        // A packed stream is some times as long when it is unpacked, and that takes time, too.
        let length = image.streamLength.multipliedReportingOverflow(by: image.packing == .none ? 1 : 8)
        return .seconds(Int64(clamping: (length.overflow ? .max : length.partialValue) / Self.slowest))
    }

    func apply(to plan: inout SupervisorPlan) {
        plan.isRestored = true
        plan.pluggedProcessors = domain.pluggedProcessors
        plan.isPaused = paused ?? (image.resume == .paused)
        if isManaged { plan.managedSave = path }
        plan.snapshot = snapshot
    }

    /// The open file, at the place where the stream begins, or the pipe of the program that unpacks it.
    struct File: ~Copyable {
        private var file: FileDescriptor?

        init(_ saved: SavedStart?) throws(VMError) {
            guard let saved, saved.snapshot == nil else { return }
            let file = try FileDescriptor.open(saved.path, flags: O_RDONLY | O_NONBLOCK)
            guard lseek(file.raw, Int(saved.image.offset), SEEK_SET) >= 0 else {
                throw .system("cannot read '\(saved.path)'", errno: errno)
            }
            if let program = saved.image.packing.program {
                self.file = .some(try Self.unpacked(file, by: program, saved.path))
            } else {
                self.file = .some(file)
            }
        }

        /// Has a program of the system unpack a file from where it is read on. It ends when QEMU closes the pipe; when it
        /// fails, QEMU finds the stream cut short.
        private static func unpacked(
            _ file: borrowing FileDescriptor, by program: String, _ path: String
        ) throws(VMError) -> FileDescriptor {
            let places = ["/usr/bin/", "/bin/", "/usr/local/bin/"]
            guard let executable = places.map({ $0 + program }).first(where: { access($0, X_OK) == 0 }) else {
                throw VMError(
                    .unsupported, "the state in '\(path)' is packed by '\(program)', which isn't installed",
                    remedy: "install '\(program)'")
            }
            var pipe = try Pipe()
            let request = SpawnRequest(
                executable: executable, arguments: ["-dc"],
                descriptors: [.init(file.raw, as: STDIN_FILENO), .init(pipe.writer, as: STDOUT_FILENO)],
                workingDirectory: "/", detached: true)
            _ = try SpawnedProcess.spawn(request)
            pipe.closeWriter()
            let copy = fcntl(pipe.reader.raw, F_DUPFD_CLOEXEC, 3)
            guard copy >= 0 else { throw .system("cannot unpack '\(path)'", errno: errno) }
            return FileDescriptor(owning: copy)
        }

        var descriptors: [SpawnRequest.Descriptor] {
            switch file {
            case .some(let file): [.init(file.raw, as: SupervisorPlan.stateDescriptor)]
            case .none: []
            }
        }
    }
}

extension VMManager {
    /// What a start of the domain goes on from: its managed save, if it has one.
    func managedStart(_ machine: Machine, paused: Bool, forceBoot: Bool) async throws(VMError) -> SavedStart? {
        let usual = managedSavePath(machine.uuid)
        let isAside = [SaveImage.readSuffix, SaveImage.resumedSuffix].contains { Files.exists(usual + $0) }
        guard isAside || managedSave(of: machine) != nil else { return nil }
        try Operation.start.check(try await mend(machine).state, name: machine.name)
        // Of a start that the host's end interrupted: one that was run from doesn't fit the disks any more.
        SaveImage.putBack(usual)
        if Files.exists(usual + SaveImage.resumedSuffix) { try Files.remove(usual + SaveImage.resumedSuffix) }
        guard let path = managedSave(of: machine) else { return nil }
        if forceBoot {
            try Files.remove(path, durable: true)
            return nil
        }
        do throws(VMError) {
            var saved = try SavedStart(path, paused: paused ? true : nil)
            saved.isManaged = true
            // Whatever has put it there.
            try VMManager.checkSame(saved.domain, uuid: machine.uuid, name: machine.name)
            return saved
        } catch {
            throw VMError(
                error.code, "its managed save can't be used",
                remedy: "\(command: "start", "--force-boot", machine.name) boots it afresh", cause: error)
        }
    }

    /// The launch plan of a saved machine: as it was, with everything where it stood.
    func plan(_ saved: SavedStart) throws(VMError) -> LaunchPlan {
        var plan: LaunchPlan
        if let planner {
            plan = try planner(saved.domain)
        } else {
            let capabilities = try capabilities(for: saved.domain)
            var planned = saved.domain
            // libvirt leaves out of it what every machine of the type has.
            if saved.image.format == .libvirt { planned = try completed(planned) }
            let absent = StartupPolicy.apply(to: &planned, isRestored: true)
            var host = try HostFacts.current(for: planned)
            host.folders = folders(of: planned)
            try Planner.extend(&planned, capabilities: capabilities, host: host)
            // Processors that were plugged in are plugged in again: what devices are like hangs on how many there
            // were at the start.
            let plugged = UInt32(clamping: planned.pluggedProcessors.count)
            var base = planned
            if plugged > 0 {
                let current = planned.vcpu?.current ?? planned.vcpu?.count ?? 1
                base.vcpu?.current = current > plugged ? current - plugged : 1
            }
            plan = try finishedDraft(base, capabilities, host).plan()
            plan.domain.vcpu = planned.vcpu
            plan.absentDisks = absent
        }
        if saved.snapshot == nil { plan.arguments += ["-incoming", "defer"] }
        return plan
    }

    /// Starts a machine from a file that `save` wrote. The file stays.
    /// - Parameters:
    ///   - xml: what to start instead of the XML in the file.
    ///   - paused: leave its CPUs stopped, or not; nil goes by the file.
    ///   - resetNVRAM: make the file of firmware variables anew from its template.
    @discardableResult
    public func restore(
        _ path: String, xml: [UInt8]? = nil, paused: Bool? = nil, resetNVRAM: Bool = false,
        timeout: Duration = .seconds(30)
    ) throws(VMError) -> PublishedState {
        try blocking { (manager) async throws(VMError) in
            try await manager.startSaved(path, xml: xml, paused: paused, resetNVRAM: resetNVRAM, timeout: timeout)
        }
    }

    func startSaved(
        _ path: String, xml: [UInt8]?, paused: Bool?, resetNVRAM: Bool, timeout: Duration
    ) async throws(VMError) -> PublishedState {
        let saved = try SavedStart(path, xml: xml, paused: paused)
        guard let name = saved.domain.name, let uuid = saved.domain.uuid else {
            throw VMError(.invalidXML, "the XML in '\(path)' has no name or no UUID")
        }
        try DomainName.check(name)
        if let other = try machine(named: name), other.uuid != uuid {
            throw VMError(.exists, "domain '\(name)' is already defined with uuid \(other.uuid)")
        }
        if let other = try machine(with: uuid), other.name != name {
            throw VMError(
                .exists, "domain '\(other.name)' is already defined with uuid \(uuid)",
                remedy: "a saved machine is restored under the name that its UUID has")
        }
        let machine = Machine(name: name, uuid: uuid, isPersistent: store.contains(name), runtime: folder(uuid))
        var attempt: LaunchPlan?
        do throws(VMError) {
            return try await start(
                machine, paused: saved.paused ?? false, timeout: timeout, leash: nil, saved: saved,
                resetNVRAM: resetNVRAM, attempt: &attempt)
        } catch {
            if machine.isPersistent { recordFailure(machine, error, attempt) }
            throw error
        }
    }
}

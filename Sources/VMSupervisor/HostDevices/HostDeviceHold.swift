internal import Glibc
internal import SupervisorProtocol
internal import Synchronization
internal import VMCore
internal import VMHost
internal import VMJSON

/// The PCI devices that one machine has taken from the host. Which they are is written down before anything is done with
/// them, so that whoever clears away after a killed process gives them back.
struct HostDeviceHold: Sendable {
    let folder: RuntimeFolder
    /// The folder that stands for `/`; empty for the host itself.
    let root: String

    /// One thread at a time works with the record.
    private static let lock = Mutex(())

    init(_ folder: RuntimeFolder, root: String) {
        self.folder = folder
        self.root = root
    }

    /// As the machine's folder tells of it; nil when the machine has taken nothing.
    init?(recordedIn folder: RuntimeFolder) {
        guard let json = Self.record(folder) else { return nil }
        self.init(folder, root: json["root"]?.string ?? "")
    }

    private static func record(_ folder: RuntimeFolder) -> JSONValue? {
        (try? OwnFiles.read(folder.hostDevices, limit: 1 << 20)).flatMap { try? JSONParser.parse($0) }
    }

    private var held: [String] { (Self.record(folder)?["devices"]?.array ?? []).compactMap(\.string) }

    private func write(_ addresses: [String]) throws(VMError) {
        guard !addresses.isEmpty else {
            unlink(folder.hostDevices)
            return
        }
        let json: JSONObject = ["root": .string(root), "devices": .array(addresses.map { .string($0) })]
        try Files.write(Array(json.description.utf8), to: folder.hostDevices, durable: false)
    }

    /// Takes devices from the host's drivers, all or none. Those that guests may have already are left as they are, and not
    /// given back later either.
    ///
    /// - Parameter all: every device that the machine has, since those of one IOMMU group go together.
    func take(_ managed: [String], of all: [String]) throws(VMError) {
        guard !managed.isEmpty else { return }
        let problems = HostPCIDevices.problems(all, managed: Set(managed), root: root)
        if let problem = problems.first(where: { managed.contains($0.address) })?.problem { throw problem }
        try Self.lock.withLock { _ throws(VMError) in
            // Of two machines that start at the same time one comes first, and is found here by the other.
            let turn = try FileLock.take(folder.base + "/host-devices.lock", until: .after(.seconds(10)))
            guard turn != nil else {
                throw VMError(.busy, "another machine is taking devices from the host for too long")
            }
            for address in managed { if let other = otherMachine(with: address) { throw Self.taken(address, other) } }
            var taken: [String] = []
            do throws(VMError) {
                for address in managed {
                    let device = try PCIBinding(address: address, root: root)
                    if device.isDetached { continue }
                    try write(held.filter { $0 != address } + [address])
                    Failpoint.reached("device.recorded")
                    taken.append(address)
                    try device.detach()
                    Failpoint.reached("device.taken")
                }
            } catch {
                _ = giveBackLocked { taken.contains($0) }
                throw error
            }
        }
    }

    /// The machine that has taken a device, and may have it in its guest.
    private func otherMachine(with address: String) -> UUID? {
        let others = ((try? Folders.list(folder.base)) ?? []).compactMap { UUID($0) }.filter { $0 != folder.uuid }
        return others.first {
            HostDeviceHold(RuntimeFolder(base: folder.base, uuid: $0), root: root).held.contains(address)
        }
    }

    private static func taken(_ address: String, _ other: UUID) -> VMError {
        VMError(
            .busy, "PCI device \(address) is taken by the domain with UUID \(other)",
            remedy: "end that one, or wait until it has given the device back")
    }

    /// Gives devices back to the host's drivers. No QEMU may have them any more.
    ///
    /// - Returns: what went wrong; those devices stay in the record.
    @discardableResult
    func giveBack(_ isMeant: (String) -> Bool = { _ in true }) -> [VMError] {
        Self.lock.withLock { _ in giveBackLocked(isMeant) }
    }

    private func giveBackLocked(_ isMeant: (String) -> Bool) -> [VMError] {
        var problems: [VMError] = []
        var staying: [String] = []
        for address in held {
            guard isMeant(address) else {
                staying.append(address)
                continue
            }
            do throws(VMError) { try PCIBinding(address: address, root: root).reattach() } catch {
                // One that was unplugged meanwhile is nobody's.
                guard error.code != .notFound else { continue }
                problems.append(error)
                staying.append(address)
            }
        }
        do throws(VMError) { try write(staying) } catch { problems.append(error) }
        return problems
    }
}

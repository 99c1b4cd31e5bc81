internal import Glibc
internal import MonitorJSON
internal import SupervisorProtocol
internal import VMCore
internal import VMDomain
internal import VMJSON

/// The bitmaps of checkpoints: each disk's topmost image has one for each checkpoint, and all of them go on recording.
extension LiveMachine {
    func carryOut(_ order: CheckpointOrder) throws(VMError) -> SupervisorReply {
        switch order.action {
        case .create:
            try createCheckpoint(order)
            return .value([:])
        case .delete:
            try removeBitmaps(order.name)
            return .value([:])
        case .measure: return .value(.object(try measure(order)))
        }
    }

    private func createCheckpoint(_ order: CheckpointOrder) throws(VMError) {
        var nodes: [String] = []
        for target in order.disks { nodes.append(try checkpointNode(target)) }
        if order.quiesces { try freezeGuest() }
        do throws(VMError) {
            try run(Transaction.name, Transaction(Self.checkpointActions(order.name, nodes)).arguments)
            Failpoint.reached("checkpoint.noted")
        } catch {
            if order.quiesces { thawGuest() }
            throw error
        }
        if order.quiesces { thawGuest() }
    }

    /// The node of the image that gets a disk's bitmap.
    func checkpointNode(_ target: String) throws(VMError) -> String {
        let disk = domain.devices.disks[try domain.disk(target)]
        let images = try images(of: disk)
        guard images.layers[0].format == "qcow2" else {
            throw VMError(
                .unsupported,
                "unsupported configuration: checkpoint for disk \(target) unsupported for storage type "
                    + images.layers[0].format,
                remedy: "leave it out with checkpoint='no'",
                libvirt: LibvirtError(.configurationUnsupported))
        }
        return images.layers[0].node
    }

    static func checkpointActions(_ name: String, _ nodes: [String]) -> [QMPRequest] {
        nodes.map {
            DirtyBitmap(.add, node: $0, bitmap: name, isPersistent: true, isDisabled: false).request(for: nil)
        }
    }

    /// Removes bitmaps from all images in which they can be: those that are only read keep theirs, which nobody asks for.
    func removeBitmaps(_ name: String) throws(VMError) {
        for disk in domain.devices.disks {
            guard let images = try? images(of: disk) else { continue }
            for (place, layer) in images.layers.enumerated() where layer.bitmaps.contains(where: { $0.name == name }) {
                let remove = DirtyBitmap(.remove, node: layer.node, bitmap: name).request(for: nil)
                do throws(VMError) { try run(remove.command, remove.arguments) } catch {
                    guard place > 0 else { throw error }
                }
            }
        }
        Failpoint.reached("checkpoint.unnoted")
    }

    private func measure(_ order: CheckpointOrder) throws(VMError) -> JSONObject {
        var sizes: JSONObject = [:]
        for target in order.disks {
            guard let place = try? domain.disk(target), let images = try? images(of: domain.devices.disks[place]) else {
                sizes[target] = .null
                continue
            }
            let bitmaps = BackupBitmaps(order.name, in: images.layers)
            sizes[target] = bitmaps.flaw == nil ? JSONValue(try count(bitmaps, images)) : .null
        }
        return sizes
    }

    /// Bytes that are set in any of the layers' bitmaps: of several, a bitmap for a moment says how many are in all of them.
    private func count(_ bitmaps: BackupBitmaps, _ images: DiskImages) throws(VMError) -> UInt64 {
        guard bitmaps.layers.count > 1, let top = bitmaps.layers.first else { return bitmaps.dirtyBytes }
        let name = "vmctl-measure"
        let remove = DirtyBitmap(.remove, node: top.node, bitmap: name).request(for: nil)
        _ = try? run(remove.command, remove.arguments)
        let actions = [
            DirtyBitmap(
                .add, node: top.node, bitmap: name, granularity: UInt32(exactly: bitmaps.granularity),
                isPersistent: false, isDisabled: true
            ).request(for: nil),
            DirtyBitmapMerge(node: top.node, target: name, sources: bitmaps.sources).request(for: nil),
        ]
        try run(Transaction.name, Transaction(actions).arguments)
        defer { _ = try? run(remove.command, remove.arguments) }
        let layer = try blockGraph().chain(from: top.node).first
        return layer?.bitmaps.first { $0.name == name }?.count ?? 0
    }

    // MARK: File systems at rest

    /// Has the guest's file systems write everything and stand still. A mark says so, by which a supervisor that takes over thaws
    /// them.
    private func freezeGuest() throws(VMError) {
        try Files.write([], to: folder.freezeMark, durable: false)
        do throws(VMError) { try askAgent("guest-fsfreeze-freeze", .seconds(20)) } catch {
            if error.libvirt.number == .argumentUnsupported { unlink(folder.freezeMark) } else { thawGuest() }
            throw error
        }
        Failpoint.reached("checkpoint.frozen")
    }

    func thawGuest() {
        for attempt in 1...3 {
            do throws(VMError) {
                try askAgent("guest-fsfreeze-thaw", .seconds(10))
                break
            } catch {
                guard attempt == 3 else { continue }
                port.tell { $0.log.note("the guest's file systems may still be frozen: \(error)") }
            }
        }
        unlink(folder.freezeMark)
    }

    func askAgent(_ command: String, _ patience: Duration) throws(VMError) {
        let deadline = Deadline.after(patience)
        let value: JSONValue = try port.ask(deadline) { supervisor, done in
            supervisor.askAgent(command, [:], deadline) { result in
                done(
                    result.map { reply in
                        if case .value(let value) = reply { value } else { .null }
                    })
            }
        }
        if let words = value["error"]?["desc"]?.string {
            throw VMError(.agentUnresponsive, "the guest agent can't do '\(command)': \(words)")
        }
    }
}

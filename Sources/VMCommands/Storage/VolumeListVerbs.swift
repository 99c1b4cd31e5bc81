internal import VMCore
internal import VMJSON
internal import VMManager
internal import VMStorage

/// Looking at volumes.
extension Verb {
    /// `vol-list POOL [--details]`.
    static var volList: Verb {
        Verb(
            "vol-list", group: .storage, "list the volumes of a pool",
            parameters: [.pool(.active), .flag("details", "display extended details for volumes")]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let storage = try invocation.storage()
            let pool = try invocation.pool(storage)
            do throws(VMError) {
                guard invocation.flag("details") else {
                    let volumes = try storage.volumes(of: pool)
                    var table = TextTable(["Name", "Path"])
                    table.rows = volumes.map { [$0.name, $0.path] }
                    return Report(
                        .table(table), value: .array(volumes.map { .object($0.value) }), names: volumes.map(\.name))
                }
                let volumes = try storage.summaries(of: pool)
                var table = TextTable(["Name", "Path", "Type", "Capacity", "Allocation"])
                table.rows = volumes.map { volume in
                    [
                        volume.entry.name, volume.entry.path, volume.entry.kind.rawValue,
                        Capacity.text(volume.capacity), Capacity.text(volume.allocation),
                    ]
                }
                return Report(
                    .table(table), value: .array(volumes.map { .object($0.value) }), names: volumes.map(\.entry.name))
            } catch {
                throw error.wrapped("Failed to list volumes")
            }
        }
    }

    /// `vol-info VOL`.
    static var volInfo: Verb {
        Verb(
            "vol-info", group: .storage, "tell the main facts about a volume",
            parameters: [
                .volume(), .volumePool, .bytes,
                .flag("physical", "return the physical size of the volume in allocation field"),
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let storage = try invocation.storage()
            let volume = try storage.summary(try invocation.volume(storage))
            let second =
                invocation.flag("physical")
                ? ("Physical:", volume.physical) : ("Allocation:", volume.allocation)
            let lines = [
                ("Name:", volume.entry.name), ("Type:", volume.entry.kind.rawValue),
                ("Capacity:", invocation.shown(volume.capacity)), (second.0, invocation.shown(second.1)),
            ]
            return Report(.text(facts(lines)), value: .object(volume.value), names: [volume.entry.name])
        }
    }

    /// `vol-dumpxml VOL`.
    static var volDumpxml: Verb {
        Verb(
            "vol-dumpxml", group: .storage, "print a volume's XML",
            parameters: [
                .volume(), .volumePool, .option("xpath", "string", "xpath expression to filter the XML document"),
                .flag("wrap", "wrap xpath results in an common root element"),
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let storage = try invocation.storage()
            let volume = try invocation.volume(storage)
            var report = try invocation.printed(storage.xml(of: volume))
            if report.names.isEmpty { report.names = [volume.name] }
            return report
        }
    }

    /// `vol-path VOL`.
    static var volPath: Verb {
        oneFact("vol-path", "tell the path of a volume", hasPool: true, "volume name or key", \.path)
    }

    /// `vol-key VOL`.
    static var volKey: Verb {
        oneFact("vol-key", "tell the key of a volume", hasPool: true, "volume name or path", \.path)
    }

    /// `vol-name VOL`.
    static var volName: Verb {
        oneFact("vol-name", "tell the name of a volume", hasPool: false, "volume key or path", \.name)
    }

    private static func oneFact(
        _ name: String, _ summary: String, hasPool: Bool, _ help: String,
        _ fact: @escaping @Sendable (VolumeEntry) -> String
    ) -> Verb {
        Verb(
            name, group: .storage, summary, parameters: [.volume(help)] + (hasPool ? [.volumePool] : [])
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let volume = try invocation.volume(invocation.storage())
            return Report(.text(fact(volume)), value: .object(volume.value), names: [volume.name])
        }
    }

    /// `vol-pool VOL [--uuid]`.
    static var volPool: Verb {
        Verb(
            "vol-pool", group: .storage, "tell the pool of a volume",
            parameters: [
                .volume("volume key or path"), .flag("uuid", "return the pool uuid rather than pool name"),
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let storage = try invocation.storage()
            let pool = try storage.pool(of: try invocation.volume(storage))
            return Report(
                .text(invocation.flag("uuid") ? pool.uuid.description : pool.name), value: .object(pool.value),
                names: [pool.name])
        }
    }
}

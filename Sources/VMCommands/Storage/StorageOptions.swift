internal import VMCore
internal import VMJSON
internal import VMManager
internal import VMStorage

extension Parameter {
    /// The pool that a verb is about.
    static func pool(_ filter: PoolFilter = .any) -> Parameter {
        argument("pool", "string", "pool name or uuid", completion: .pool(filter))
    }

    /// The pool in which a volume is known by its name.
    static var volumePool: Parameter {
        option("pool", "string", "pool name or uuid", completion: .pool(.active))
    }

    /// The volume that a verb is about.
    static func volume(_ help: String = "vol name, key or path") -> Parameter {
        argument("vol", "string", help, completion: .volume)
    }

    static var preallocation: Parameter {
        flag("prealloc-metadata", "preallocate metadata (for qcow2 instead of full allocation)")
    }
    static var reflink: Parameter { flag("reflink", "share the source's blocks, or fail") }
    static var bytes: Parameter { flag("bytes", "sizes in bytes") }
}

extension [Parameter] {
    /// Whether a pool's folder is made, too.
    static var poolBuilding: [Parameter] {
        [
            .flag("build", "build the pool as normal"), .flag("no-overwrite", "do not overwrite any existing data"),
            .flag("overwrite", "overwrite any existing data"),
        ]
    }
}

extension Invocation {
    func storage() throws(VMError) -> HostStorage { try manager().storage }

    /// The pool that the user means, in virsh's words when there is none.
    func pool(_ storage: HostStorage, _ name: String = "pool") throws(VMError) -> PoolRecord {
        let key = try required(name)
        do throws(VMError) {
            return try storage.pool(key)
        } catch {
            throw error.code == .notFound ? error.wrapped("failed to get pool '\(key)'") : error
        }
    }

    /// The volume that the user means.
    ///
    /// - Parameter poolOption: the parameter that may name its pool.
    func volume(_ storage: HostStorage, poolOption: String = "pool") throws(VMError) -> VolumeEntry {
        let key = try required("vol")
        let pool = value(poolOption)
        do throws(VMError) {
            if let pool { _ = try storage.pool(pool) }
            return try storage.volume(key, pool: pool)
        } catch {
            guard error.code == .notFound else { throw error }
            if error.libvirt.number == .noStoragePool, let pool {
                throw error.wrapped("failed to get pool '\(pool)'")
            }
            let isBare = pool == nil && !key.utf8.contains(UInt8(ascii: "/"))
            throw error.wrapped(
                "failed to get vol '\(key)'" + (isBare ? ", specifying --\(poolOption) might help" : ""))
        }
    }

    /// `virStorageVolCreateFlags`.
    var creationFlags: UInt32 { (flag("prealloc-metadata") ? 1 : 0) | (flag("reflink") ? 2 : 0) }

    /// A size for people, unless bytes are asked for: `1.50 GiB`.
    func shown(_ bytes: UInt64) -> String { flag("bytes") ? "\(bytes)" : Capacity.text(bytes) }
}

/// Sizes as virsh shows those of storage.
enum Capacity {
    static func text(_ bytes: UInt64) -> String {
        var value = Double(bytes)
        var unit = 0
        let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
        while value >= 1024, unit < units.count - 1 {
            value /= 1024
            unit += 1
        }
        return Decimal.text(value, digits: 2) + " " + units[unit]
    }
}

extension PoolRecord {
    /// What programs are told of a pool.
    var value: JSONObject {
        var object: JSONObject = [
            "name": .string(name), "uuid": .string(uuid.description), "active": .bool(isActive),
            "persistent": .bool(isPersistent), "autostart": .bool(isAutostarted),
        ]
        if let pool {
            object["type"] = .string(pool.type.rawValue)
            object["target"] = pool.target.path.map { .string($0) }
        }
        object["problem"] = problem.map { .string($0) }
        return object
    }
}

extension PoolInformation {
    /// The state and the sizes.
    var value: JSONObject {
        [
            "state": .string(state.word), "capacity": JSONValue(capacity), "allocation": JSONValue(allocation),
            "available": JSONValue(available),
        ]
    }
}

extension VolumeEntry {
    /// What programs are told of a volume.
    var value: JSONObject {
        [
            "pool": .string(pool), "name": .string(name), "key": .string(path), "path": .string(path),
            "type": .string(kind.rawValue),
        ]
    }
}

extension VolumeSummary {
    var value: JSONObject {
        var object = entry.value
        object["format"] = .string(format.rawValue)
        object["capacity"] = JSONValue(capacity)
        object["allocation"] = JSONValue(allocation)
        object["physical"] = JSONValue(physical)
        return object
    }
}

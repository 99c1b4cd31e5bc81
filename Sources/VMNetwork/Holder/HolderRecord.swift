internal import Glibc
internal import VMCore
internal import VMJSON

/// What a network's process has made that doesn't go with it, and the programs that it has started: written down before
/// each is there, so that what a killed process leaves is known.
package struct HolderRecord: Sendable {
    /// Whether all of it is in a namespace, and so is gone when nobody uses that any more.
    var isApart: Bool
    var bridge: String
    var table: String?
    var programs: [ProcessIdentity] = []

    static func read(_ folder: HolderFolder) -> HolderRecord? {
        guard Files.exists(folder.record), let bytes = try? OwnFiles.read(folder.record),
            let json = try? JSONParser.parse(bytes), let bridge = json["bridge"]?.string,
            json["boot"]?.string == HostBoot.place
        else { return nil }
        let programs = (json["programs"]?.array ?? []).compactMap { entry -> ProcessIdentity? in
            guard let pid = entry["pid"]?.int64.flatMap({ Int32(exactly: $0) }), let start = entry["start"]?.uint64
            else { return nil }
            return ProcessIdentity(pid: pid, startTime: start)
        }
        return HolderRecord(
            isApart: json["apart"]?.bool ?? true, bridge: bridge, table: json["table"]?.string, programs: programs)
    }

    func write(_ folder: HolderFolder) throws(VMError) {
        var json: JSONObject = [
            "apart": .bool(isApart), "bridge": .string(bridge), "boot": .string(HostBoot.place),
            "programs": .array(
                programs.map { ["pid": .integer(Int64($0.pid)), "start": JSONValue($0.startTime)] }),
        ]
        json["table"] = table.map { .string($0) }
        try Files.write(Array(json.description.utf8), to: folder.record, durable: false)
        Failpoint.reached("network.recorded")
    }

    /// Removes what a process has left that was killed: the network's lock is held by whoever calls this.
    package static func clear(_ folder: HolderFolder) {
        guard let record = read(folder) else { return }
        for program in record.programs {
            guard let handle = try? program.open() else { continue }
            sendSignal(SIGKILL, to: handle)
            _ = ProcessExit.wait(for: handle, until: .after(.seconds(2)))
        }
        if !record.isApart {
            if let table = record.table { try? Firewall.load(FirewallRules.removal(table)) }
            if NetworkLink(record.bridge).isBridge { try? NetworkLink(record.bridge).remove() }
        }
        try? Files.remove(folder.record)
    }
}

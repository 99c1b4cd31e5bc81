public import VMCore
public import VMJSON

/// Something that takes a machine's supervisor a while: a save, a dump.
///
/// A machine has one at most, and beside it one for each of its disks. Its supervisor publishes each as a file beside the
/// state; the last one stays there when it is over. An event tells when it begins and ends.
public struct MachineJob: Sendable {
    /// What it does. A newer supervisor may have kinds that this version doesn't know.
    public struct Kind: RawRepresentable, Sendable, Hashable {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        public static let save = Kind(rawValue: "save")
        public static let dump = Kind(rawValue: "dump")
        public static let snapshot = Kind(rawValue: "snapshot")
        public static let backup = Kind(rawValue: "backup")
    }

    public enum Phase: String, Sendable {
        case running, completed, failed, cancelled
    }

    /// Tells one job of a machine from another.
    public var id: String
    public var kind: Kind
    public var phase = Phase.running
    /// What is being done just now, in a word: `stopping`, `writing`, `completing`.
    public var step: String?
    /// The disk whose job it is; nil for one of the whole machine.
    public var disk: String?
    /// The file that is written.
    public var path: String
    /// The program that asked for it: its name and process.
    public var owner: String?
    /// Why it was begun, where nobody asked for it.
    public var reason: String?
    /// Nanoseconds since 1970.
    public var started: Int64
    /// Nanoseconds since 1970; nil while it runs.
    public var ended: Int64?
    public var bytesTotal: UInt64 = 0
    public var bytesRemaining: UInt64 = 0
    public var bytesProcessed: UInt64 = 0
    /// Bytes a second, between the last two looks.
    public var speed: UInt64 = 0
    /// Why it failed.
    public var error: VMError?
    /// Whether the machine ran before and is let run again when the job comes to nothing.
    package var wasRunning = false
    /// What is done with a dumped machine.
    package var after: String?
    /// Where the guest's state begins in the file.
    package var offset: UInt64 = 0
    /// What was asked for, where more has to be known of it than this.
    package var order: JSONObject?
    /// What it does with a disk's images; nil for one of the whole machine.
    public internal(set) var block: BlockJob?

    /// What a backup does with each disk; nil for all other jobs.
    public package(set) var backup: BackupJob?

    /// What is written until it is whole.
    package var temporary: String { path + ".part" }

    /// The file that is written, under whichever name: another one that has the name isn't it.
    package var part: BlockJob.FileMark?

    /// Whether what it writes is whole and has its name.
    package var hasItsName: Bool { part?.isThere(as: path) ?? false }

    /// It has come to nothing, and nobody is there any more who does it.
    package mutating func fail(_ error: VMError) {
        phase = .failed
        step = nil
        ended = WallClock.now
        self.error = error
    }

    package mutating func setBlock(_ block: BlockJob) { self.block = block }

    package init(id: String, kind: Kind, path: String, wasRunning: Bool) {
        self.id = id
        self.kind = kind
        self.path = path
        self.wasRunning = wasRunning
        started = WallClock.now
    }

    /// How much is done, from 0 to 1; QEMU tells no total until it has begun.
    public var fraction: Double {
        if phase == .completed { return 1 }
        // What is written is less than what is done: pages of zeros take hardly any room.
        return bytesTotal == 0 ? 0 : Double(bytesTotal - min(bytesRemaining, bytesTotal)) / Double(bytesTotal)
    }

    /// How long it has taken, in milliseconds.
    public var elapsed: Int64 { max(0, ((ended ?? WallClock.now) &- started) / 1_000_000) }

    public var json: JSONObject {
        var object: JSONObject = [
            "id": .string(id), "kind": .string(kind.rawValue), "phase": .string(phase.rawValue),
            "path": .string(path), "started": .integer(started), "bytesTotal": JSONValue(bytesTotal),
            "bytesRemaining": JSONValue(bytesRemaining), "bytesProcessed": JSONValue(bytesProcessed),
            "wasRunning": .bool(wasRunning), "offset": JSONValue(offset),
        ]
        if speed > 0 { object["speed"] = JSONValue(speed) }
        object["step"] = step.map { .string($0) }
        object["disk"] = disk.map { .string($0) }
        object["owner"] = owner.map { .string($0) }
        object["reason"] = reason.map { .string($0) }
        object["ended"] = ended.map { .integer($0) }
        object["error"] = error.map { .object($0.json) }
        object["after"] = after.map { .string($0) }
        object["order"] = order.map { .object($0) }
        object["block"] = block.map { .object($0.json) }
        object["backup"] = backup.map { .object($0.json) }
        object["part"] = part.map { .object($0.json) }
        return object
    }

    package init?(json: JSONValue) {
        guard let id = json["id"]?.string, let kind = (json["kind"]?.string).map({ Kind(rawValue: $0) }),
            let phase = (json["phase"]?.string).flatMap({ Phase(rawValue: $0) }), let path = json["path"]?.string,
            let started = json["started"]?.int64
        else { return nil }
        self.id = id
        self.kind = kind
        self.phase = phase
        self.path = path
        self.started = started
        ended = json["ended"]?.int64
        bytesTotal = json["bytesTotal"]?.uint64 ?? 0
        bytesRemaining = json["bytesRemaining"]?.uint64 ?? 0
        bytesProcessed = json["bytesProcessed"]?.uint64 ?? 0
        error = json["error"]?.object.map { VMError(json: $0) }
        wasRunning = json["wasRunning"]?.bool ?? false
        after = json["after"]?.string
        speed = json["speed"]?.uint64 ?? 0
        step = json["step"]?.string
        disk = json["disk"]?.string
        owner = json["owner"]?.string
        reason = json["reason"]?.string
        offset = json["offset"]?.uint64 ?? 0
        order = json["order"]?.object
        block = json["block"].flatMap { BlockJob(json: $0) }
        backup = json["backup"].flatMap { BackupJob(json: $0) }
        part = json["part"].flatMap { BlockJob.FileMark(json: $0) }
    }
}

extension RuntimeFolder {
    /// The file of a job: of the machine's, or of a disk's.
    package func job(of disk: String?) -> String {
        disk.map { "\(path)/job-\(DomainName.fileName($0)).json" } ?? job
    }

    /// The last job of the machine, or of one of its disks; nil when there was none in this run.
    package func readJob(of disk: String? = nil) -> MachineJob? {
        (try? OwnFiles.read(job(of: disk), limit: 1 << 20)).flatMap { try? JSONParser.parse($0) }.flatMap {
            MachineJob(json: $0)
        }
    }

    /// The last jobs of the machine and of its disks.
    package func readJobs() -> [MachineJob] {
        let files = ((try? Folders.list(path)) ?? []).filter { $0.hasPrefix("job") && $0.hasSuffix(".json") }
        return files.sorted().compactMap { file in
            (try? OwnFiles.read("\(path)/\(file)", limit: 1 << 20)).flatMap { try? JSONParser.parse($0) }
                .flatMap { MachineJob(json: $0) }
        }
    }
}

internal import Glibc
public import VMCore
internal import VMImage
public import VMJSON

/// A backup of a domain in a folder of backups.
public struct StoredBackup: Sendable, Hashable {
    /// A disk's image in it.
    public struct Disk: Sendable, Hashable {
        public var target: String
        /// The file, in the folder.
        public var file: String
        /// `qcow2` or `raw`: what the domain's own image is.
        public var format: String
        /// The backup that this one builds on; nil for a whole image.
        public var base: Int?
        /// Why it is whole though an incremental backup was wanted.
        public var whyWhole: String?
    }

    public var number: Int
    /// The domain's name, and its UUID.
    public var domain: String
    public var uuid: UUID
    /// Seconds since 1970.
    public var created: Int64
    /// The checkpoint of the same moment, from which the next incremental backup goes on.
    public var checkpoint: String?
    public var disks: [Disk]
    /// Whether it has a copy of the firmware's variables.
    public var hasVariables = false
    /// Whether it has a copy of what the emulated TPM keeps.
    public var hasTPM = false
}

/// A folder with the backups of one domain: images that `qemu-img` alone can read, and for each backup a document that says what
/// there is of it.
///
/// `0002-vda.qcow2` is a whole image, or builds on `0001-vda.qcow2`, which it names without a folder. `0002.xml` is the domain's
/// definition, `0002-variables` the firmware's variables, `0002-tpm` what an emulated TPM keeps. `0002.json` is written last: what has none is no backup, and what is
/// going to be made is in `0002.part` before.
struct BackupFolder: Sendable {
    private static let documentLimit = 1 << 20
    private static let most = 100_000

    let path: String

    var lock: String { path + "/.lock" }

    static func prefix(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits
    }

    /// The file of a disk's image, without the folder. Targets of disks are plain words; anything else has no place in a name.
    static func image(_ number: Int, _ target: String) -> String { "\(prefix(number))-\(target).qcow2" }

    static func isTarget(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 32
            && text.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            }
    }

    func file(_ name: String) -> String { path + "/" + name }
    func document(_ number: Int) -> String { file(Self.prefix(number) + ".json") }
    func part(_ number: Int) -> String { file(Self.prefix(number) + ".part") }
    func definition(_ number: Int) -> String { file(Self.prefix(number) + ".xml") }
    func variables(_ number: Int) -> String { file(Self.prefix(number) + "-variables") }
    func tpm(_ number: Int) -> String { file(Self.prefix(number) + "-tpm") }

    // MARK: Reading

    /// All backups that are complete, the oldest first.
    ///
    /// - Throws: `io` for a document that can't be read: what builds on what isn't known then.
    func all() throws(VMError) -> [StoredBackup] {
        try numbers(".json").map { (number) throws(VMError) in try read(document(number), number) }
    }

    /// The numbers of backups that weren't completed.
    func unfinished() throws(VMError) -> [Int] { try numbers(".part") }

    private func numbers(_ ending: String) throws(VMError) -> [Int] {
        guard Files.exists(path) else { return [] }
        let names = try Folders.list(path).filter { $0.hasSuffix(ending) }
        return names.compactMap { name in
            guard let number = Int(name.dropLast(ending.utf8.count)), number > 0, number <= Self.most,
                Self.prefix(number) + ending == name
            else { return nil }
            return number
        }.sorted()
    }

    func readPart(_ number: Int) throws(VMError) -> StoredBackup { try read(part(number), number) }

    private func read(_ path: String, _ number: Int) throws(VMError) -> StoredBackup {
        let value = try JSONParser.parse(try Files.read(path, limit: Self.documentLimit))
        guard let backup = StoredBackup(json: value, number: number) else {
            throw VMError(.io, "'\(path)' can't be read: it is of another version, or damaged")
        }
        return backup
    }

    // MARK: Changing

    func write(_ backup: StoredBackup, to path: String) throws(VMError) {
        try Files.write(Array(JSONValue.object(backup.json).description.utf8), to: path, durable: true)
    }

    /// Removes everything of a backup that wasn't completed.
    func discard(_ backup: StoredBackup) throws(VMError) {
        for disk in backup.disks { try Files.remove(file(disk.file)) }
        try Files.remove(variables(backup.number))
        FolderCopy.remove(tpm(backup.number))
        try Files.remove(definition(backup.number))
        try Files.remove(part(backup.number), durable: true)
    }

    // MARK: Images

    /// The images that a disk of a backup consists of, the newest first.
    ///
    /// - Throws: `io` when one is missing or builds on something else than the documents say: nothing outside of the folder is read.
    func chain(_ disk: StoredBackup.Disk, _ backups: [StoredBackup]) throws(VMError) -> [String] {
        var files: [String] = []
        var next = disk
        while true {
            files.append(file(next.file))
            let below = try next.base.map { (number) throws(VMError) in
                guard
                    let base = backups.first(where: { $0.number == number })?.disks.first(where: {
                        $0.target == disk.target
                    })
                else {
                    throw VMError(
                        .io,
                        "backup \(number) of disk '\(disk.target)' isn't in '\(path)', and '\(next.file)' builds on it")
                }
                return base
            }
            try check(next.file, on: below?.file)
            guard let below else { return files }
            next = below
            guard files.count <= backups.count else {
                throw VMError(.io, "backups in '\(path)' build on each other in a circle")
            }
        }
    }

    private func check(_ name: String, on base: String?) throws(VMError) {
        let header = try ImageHeader(try ImageFile(file(name)), as: .qcow2)
        guard header.backing?.name == base, header.qcow2?.dataFile == nil,
            header.backing == nil || header.backing?.format == "qcow2"
        else {
            throw VMError(
                .io,
                "'\(file(name))' builds on '\(header.backing?.name ?? "nothing")', and should on '\(base ?? "nothing")'"
            )
        }
    }
}

extension StoredBackup {
    /// What programs are told.
    public var json: JSONObject {
        var object: JSONObject = [
            "number": .integer(Int64(number)), "domain": .string(domain), "uuid": .string(uuid.description),
            "created": .integer(created), "variables": .bool(hasVariables),
            "tpm": .bool(hasTPM),
            "disks": .array(
                disks.map { disk in
                    var entry: JSONObject = [
                        "disk": .string(disk.target), "file": .string(disk.file), "format": .string(disk.format),
                    ]
                    entry["base"] = disk.base.map { .integer(Int64($0)) }
                    entry["why_whole"] = disk.whyWhole.map { .string($0) }
                    return .object(entry)
                }),
        ]
        object["checkpoint"] = checkpoint.map { .string($0) }
        return object
    }

    init?(json: JSONValue, number: Int) {
        guard let domain = json["domain"]?.string, let uuid = (json["uuid"]?.string).flatMap({ UUID($0) }),
            let entries = json["disks"]?.array
        else { return nil }
        var disks: [Disk] = []
        for entry in entries {
            guard let target = entry["disk"]?.string, BackupFolder.isTarget(target),
                let format = entry["format"]?.string,
                format == "qcow2" || format == "raw"
            else { return nil }
            var disk = Disk(target: target, file: BackupFolder.image(number, target), format: format)
            if let base = entry["base"] {
                guard let below = base.int64.flatMap({ Int(exactly: $0) }), below > 0, below < number else {
                    return nil
                }
                disk.base = below
            }
            disk.whyWhole = entry["why_whole"]?.string
            disks.append(disk)
        }
        self.init(
            number: number, domain: domain, uuid: uuid, created: json["created"]?.int64 ?? 0,
            checkpoint: json["checkpoint"]?.string, disks: disks, hasVariables: json["variables"]?.bool ?? false,
            hasTPM: json["tpm"]?.bool ?? false)
    }
}

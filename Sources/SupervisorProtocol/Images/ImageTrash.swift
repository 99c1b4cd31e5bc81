internal import Glibc
package import VMCore
internal import VMImage
internal import VMJSON

/// An image that was taken away and can be had again.
public struct DiscardedImage: Sendable, Hashable {
    /// When it was taken away, in nanoseconds since 1970; no two have the same.
    public var id: Int64
    /// Where it was.
    public var path: String
    /// Where it is.
    public var place: String
    /// The domain whose image it was.
    public var domain: String
    /// Why it was taken away, as a phrase.
    public var reason: String
    /// What it builds on, as that was: as something else it would show something else.
    var below: [Mark]

    struct Mark: Hashable {
        var path: String
        var size: Int64
        var modified: Int64

        init?(_ path: String) {
            guard let stamp = Files.stamp(path) else { return nil }
            (self.path, size, modified) = (path, Int64(stamp.size), stamp.modified)
        }
    }

    /// How much of the disk it takes.
    public var bytes: UInt64 {
        var status = stat()
        guard lstat(place, &status) == 0 else { return 0 }
        let (bytes, overflow) = UInt64(clamping: status.st_blocks).multipliedReportingOverflow(by: 512)
        return overflow ? .max : bytes
    }

    /// Why it doesn't show what it did; nil when it does.
    public var flaw: String? {
        for mark in below {
            guard let now = Mark(mark.path) else { return "'\(mark.path)', on which it builds, isn't there" }
            if now != mark { return "'\(mark.path)', on which it builds, was changed since" }
        }
        return nil
    }
}

/// Images of snapshots that went, and of disks that went back or over to another image. Each is moved to a hidden folder
/// beside where it was, so that nothing is copied, and a record of it is in the state folder.
///
/// The record is written before the image is moved. One whose image isn't where it says counts for nothing, so whoever is killed
/// in between has lost nothing and has nothing to mend.
package struct ImageTrash {
    /// How long an image is kept at least, where nothing else is set.
    package static let standardDays = 7
    /// How many are kept at most.
    package static let limit = 1000
    /// How long before it goes something must have been found too old: a clock that is wrong for an hour costs nobody an image.
    private static let grace = Int64(86_400) * 1_000_000_000

    private let folder: String

    package init(_ paths: UserPaths) { folder = paths.state + "/trash" }

    private func record(_ id: Int64) -> String { "\(folder)/\(id).json" }
    private func oldMark(_ id: Int64) -> String { "\(folder)/\(id).old" }

    // MARK: Taking away

    /// Moves an image into the trash. It has to be one that nobody uses.
    @discardableResult
    package func discard(_ path: String, of domain: String, _ reason: String) throws(VMError) -> DiscardedImage {
        let hidden = Files.folder(of: path) + "/.vmctl-trash-\(geteuid())"
        try Folders.make(hidden)
        // Others may write beside images, and must not choose where they go.
        try Folders.requirePrivate(hidden)
        try Folders.make(folder)
        var image = DiscardedImage(
            id: WallClock.now, path: path, place: "", domain: domain, reason: reason,
            below: BackingChain(path, obstacle: { _, _ in nil }).images.compactMap { .init($0) })
        for _ in 0..<Self.limit {
            image.place = "\(hidden)/\(image.id)"
            if !Files.exists(record(image.id)), !Files.exists(image.place) {
                try Files.write(
                    Array(JSONValue.object(image.json).description.utf8), to: record(image.id), durable: true)
                Failpoint.reached("trash.record")
                do throws(VMError) {
                    if try Files.renameNew(path, to: image.place) {
                        Failpoint.reached("trash.moved")
                        try Files.syncFolder(of: image.place)
                        try Files.syncFolder(of: path)
                        return image
                    }
                } catch {
                    if !Files.exists(image.place) { unlink(record(image.id)) }
                    throw error
                }
                unlink(record(image.id))
            }
            image.id &+= 1
        }
        throw VMError(.io, "no place for '\(path)' in '\(hidden)'")
    }

    // MARK: What is there

    /// All that can be had again, the last one first.
    package func all() -> [DiscardedImage] {
        ids().compactMap { read($0) }.filter { Files.exists($0.place) }
    }

    private func ids() -> [Int64] {
        ((try? Folders.list(folder)) ?? []).compactMap { name in
            name.hasSuffix(".json") ? Int64(name.dropLast(5)) : nil
        }.sorted(by: >)
    }

    private func read(_ id: Int64) -> DiscardedImage? {
        (try? OwnFiles.read(record(id), limit: 1 << 20)).flatMap { try? JSONParser.parse($0) }
            .flatMap { DiscardedImage($0, id: id) }
    }

    package func get(_ id: String) throws(VMError) -> DiscardedImage {
        let all = all()
        if let found = all.first(where: { "\($0.id)" == id }) ?? all.first(where: { $0.path == id }) { return found }
        throw VMError(
            .notFound, "there is no image '\(id)' in the trash",
            remedy: "\(command: "trash-list") shows what there is")
    }

    // MARK: Taking back, and away for good

    /// Puts an image back where it was.
    ///
    /// - Parameter force: although it doesn't show any more what it did.
    /// - Throws: `exists` when something else is there; `wrong-state` when what it builds on was changed.
    package func restore(_ image: DiscardedImage, force: Bool) throws(VMError) {
        if !force, let flaw = image.flaw {
            throw VMError(
                .wrongState, "'\(image.path)' would not be what it was: \(flaw)",
                remedy: "\(option: "force") brings it back all the same")
        }
        guard try Files.renameNew(image.place, to: image.path) else {
            throw VMError(.exists, "the file '\(image.path)' exists already", remedy: "move that one away first")
        }
        Failpoint.reached("trash.restored")
        try Files.syncFolder(of: image.path)
        try Files.syncFolder(of: image.place)
        forget(image)
    }

    /// Removes an image for good; false when some program has it open.
    @discardableResult
    package func remove(_ image: DiscardedImage) throws(VMError) -> Bool {
        if ImageLocks(image.place).isTaken(forWriting: true) { return false }
        try Files.remove(image.place)
        Failpoint.reached("trash.removed")
        forget(image)
        return true
    }

    private func forget(_ image: DiscardedImage) {
        unlink(record(image.id))
        unlink(oldMark(image.id))
        // Only when it was the last one.
        rmdir(Files.folder(of: image.place))
    }

    /// Lets go what was there long enough, and records of what isn't there.
    ///
    /// - Parameter isUsed: whether something refers to an image where it is now; that one stays.
    package func expire(days: Int, isUsed: (DiscardedImage) -> Bool) {
        let now = WallClock.now
        let age = Int64(clamping: days).multipliedReportingOverflow(by: Self.grace)
        for (index, id) in ids().enumerated() {
            guard let image = read(id) else { continue }
            guard Files.exists(image.place) else {
                // Its image may be about to be moved.
                if id < now - Self.grace { unlink(record(id)) }
                continue
            }
            let isOld = !age.overflow && id <= now - age.partialValue
            // Beyond the limit, too, it is kept for a day.
            let isSurplus = index >= Self.limit && id < now - Self.grace
            guard isSurplus || isOld && (days == 0 || hasLongBeenOld(id, now)), !isUsed(image) else { continue }
            _ = try? remove(image)
        }
    }

    private func hasLongBeenOld(_ id: Int64, _ now: Int64) -> Bool {
        let mark = oldMark(id)
        if let noticed = Files.linkTarget(mark).flatMap({ Int64($0) }), noticed > 0, noticed <= now {
            return now - noticed >= Self.grace
        }
        unlink(mark)
        symlink(String(now), mark)
        return false
    }
}

extension DiscardedImage {
    fileprivate var json: JSONObject {
        [
            "path": .string(path), "place": .string(place), "domain": .string(domain), "reason": .string(reason),
            "below": .array(
                below.map {
                    ["path": .string($0.path), "size": .integer($0.size), "modified": .integer($0.modified)]
                }),
        ]
    }

    fileprivate init?(_ json: JSONValue, id: Int64) {
        guard let path = json["path"]?.string, let place = json["place"]?.string, place.hasPrefix("/"),
            let entries = json["below"]?.array
        else { return nil }
        let below = entries.map { Mark($0) }
        guard below.allSatisfy({ $0 != nil }) else { return nil }
        self.init(
            id: id, path: path, place: place, domain: json["domain"]?.string ?? "",
            reason: json["reason"]?.string ?? "", below: below.compactMap(\.self))
    }
}

extension DiscardedImage.Mark {
    fileprivate init?(_ json: JSONValue) {
        guard let path = json["path"]?.string, let size = json["size"]?.int64, let modified = json["modified"]?.int64
        else { return nil }
        (self.path, self.size, self.modified) = (path, size, modified)
    }
}

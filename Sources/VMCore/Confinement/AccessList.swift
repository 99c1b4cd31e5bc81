internal import CVMSystem
internal import Glibc

/// The POSIX access control list of a file: its mode, and what single users may do beyond it (acl(5)).
public struct AccessList: Equatable, Sendable {
    struct Entry: Equatable {
        var tag: UInt16
        var rights: UInt16
        var id: UInt32
    }

    private enum Tag {
        static let owner: UInt16 = 1
        static let user: UInt16 = 2
        static let group: UInt16 = 4
        static let namedGroup: UInt16 = 8
        static let mask: UInt16 = 16
        static let other: UInt16 = 32
    }

    private static let attribute = "system.posix_acl_access"
    private static let version: UInt32 = 2
    private static let noID = UInt32.max

    private(set) var entries: [Entry]

    /// The list that a mode alone amounts to.
    init(mode: UInt32) {
        entries = [
            Entry(tag: Tag.owner, rights: UInt16(mode >> 6 & 7), id: Self.noID),
            Entry(tag: Tag.group, rights: UInt16(mode >> 3 & 7), id: Self.noID),
            Entry(tag: Tag.other, rights: UInt16(mode & 7), id: Self.noID),
        ]
    }

    /// What a user has been given by name; nil when nothing.
    public func rights(of user: UInt32) -> UInt16? {
        entries.first { $0.tag == Tag.user && $0.id == user }?.rights
    }

    /// What the kernel lets a user do with a file of that owner and group.
    public func rights(of user: HostUser, owner: UInt32, group: UInt32) -> UInt16 {
        func value(_ tag: UInt16) -> UInt16 { entries.first { $0.tag == tag }?.rights ?? 0 }
        if user.id == owner { return value(Tag.owner) }
        let mask = entries.first { $0.tag == Tag.mask }?.rights ?? 7
        if let own = rights(of: user.id) { return own & mask }
        let groups = Set(user.groups + [user.group])
        var given: [UInt16] = groups.contains(group) ? [value(Tag.group)] : []
        given += entries.filter { $0.tag == Tag.namedGroup && groups.contains($0.id) }.map(\.rights)
        // One of the groups has to allow all that is asked for; the greatest stands for all here.
        return given.isEmpty ? value(Tag.other) : (given.max() ?? 0) & mask
    }

    /// Gives a user exactly these rights (read 4, write 2, execute 1), or takes its entry away.
    public mutating func set(_ rights: UInt16?, of user: UInt32) {
        let hadEntry = self.rights(of: user) != nil
        entries.removeAll { $0.tag == Tag.user && $0.id == user }
        if let rights { entries.append(Entry(tag: Tag.user, rights: rights, id: user)) }
        let isNamed = entries.contains { $0.tag == Tag.user || $0.tag == Tag.namedGroup }
        entries.removeAll { $0.tag == Tag.mask && (!isNamed || rights != nil || hadEntry) }
        if isNamed, !entries.contains(where: { $0.tag == Tag.mask }) {
            // All that is given by name, and to the group, takes effect.
            let given = entries.filter { [Tag.user, Tag.group, Tag.namedGroup].contains($0.tag) }
            entries.append(Entry(tag: Tag.mask, rights: given.reduce(0) { $0 | $1.rights }, id: Self.noID))
        }
        entries.sort { ($0.tag, $0.id) < ($1.tag, $1.id) }
    }

    // MARK: On files

    /// Reads the list of what is at a place.
    public init(of place: borrowing FilePlace) throws(VMError) {
        var bytes = [UInt8](repeating: 0, count: 4 + 8 * 512)
        let count = vms_get_attribute(place.file.raw, Self.attribute, &bytes, bytes.count)
        if count < 0 {
            guard errno == ENODATA || errno == ENOTSUP else {
                throw .system("cannot read a file's rights", errno: errno)
            }
            self.init(mode: place.mode)
            return
        }
        guard let list = AccessList(bytes: bytes.prefix(count)) else {
            throw VMError(.io, "a file's access control list can't be read")
        }
        self = list
    }

    /// Gives what is at a place this list.
    public func apply(to place: borrowing FilePlace) throws(VMError) {
        let bytes = self.bytes
        if vms_set_attribute(place.file.raw, Self.attribute, bytes, bytes.count) != 0 {
            throw .system("cannot change a file's rights", errno: errno)
        }
    }

    /// As the kernel takes it: a version, and eight bytes for each entry, all little-endian.
    var bytes: [UInt8] {
        var bytes = Self.little(Self.version)
        for entry in entries { bytes += Self.little(entry.tag) + Self.little(entry.rights) + Self.little(entry.id) }
        return bytes
    }

    init?(bytes: some Collection<UInt8>) {
        let bytes = Array(bytes)
        guard bytes.count >= 4, bytes.count % 8 == 4, Self.number(bytes[0..<4]) == Self.version else { return nil }
        entries = stride(from: 4, to: bytes.count, by: 8).map { at in
            Entry(
                tag: UInt16(truncatingIfNeeded: Self.number(bytes[at..<at + 2])),
                rights: UInt16(truncatingIfNeeded: Self.number(bytes[at + 2..<at + 4])) & 7,
                id: Self.number(bytes[at + 4..<at + 8]))
        }
    }

    private static func little(_ value: some FixedWidthInteger) -> [UInt8] {
        (0..<value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }
}

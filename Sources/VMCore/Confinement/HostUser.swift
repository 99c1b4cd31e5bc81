internal import Glibc

/// A user of this host, by /etc/passwd and /etc/group. What other services know of users a static program can't ask.
public struct HostUser: Hashable, Sendable {
    public var name: String
    public var id: UInt32
    public var group: UInt32
    /// Supplementary groups.
    public var groups: [UInt32] = []
    public var home: String?

    public init(name: String, id: UInt32, group: UInt32, groups: [UInt32] = [], home: String? = nil) {
        self.name = name
        self.id = id
        self.group = group
        self.groups = groups
        self.home = home
    }

    /// The user of that name, with the groups that /etc/group lists it in; nil when there is none.
    public static func find(_ name: String) -> HostUser? {
        guard var user = first(where: { $0[0] == name }) else { return nil }
        for fields in table("/etc/group") where fields.count >= 4 {
            guard let id = UInt32(fields[2]), fields[3].split(separator: ",").contains(Substring(name)) else {
                continue
            }
            user.groups.append(id)
        }
        return user
    }

    /// The user of that number, without its supplementary groups; nil when there is none.
    public static func find(_ id: UInt32) -> HostUser? { first { UInt32($0[2]) == id } }

    /// The number of a group; nil when there is none of that name.
    public static func group(_ name: String) -> UInt32? {
        table("/etc/group").first { $0.count >= 3 && $0[0] == name }.flatMap { UInt32($0[2]) }
    }

    /// Whether a group is this user's alone, as many hosts give each user one: it is the user's first group, nobody else's,
    /// and no other user is a member.
    public static func isPrivateGroup(_ group: UInt32) -> Bool {
        let id = geteuid()
        guard let user = find(id), user.group == group else { return false }
        let others = table("/etc/passwd").contains { $0.count >= 4 && UInt32($0[3]) == group && UInt32($0[2]) != id }
        let members = table("/etc/group").filter { $0.count >= 4 && UInt32($0[2]) == group }
            .flatMap { $0[3].split(separator: ",") }
        return !others && members.allSatisfy { $0 == user.name }
    }

    private static func first(where isWanted: ([String]) -> Bool) -> HostUser? {
        for fields in table("/etc/passwd") where fields.count >= 6 && isWanted(fields) {
            guard let id = UInt32(fields[2]), let group = UInt32(fields[3]) else { continue }
            let home = fields[5].hasPrefix("/") && fields[5].utf8.count > 1 ? fields[5] : nil
            return HostUser(name: fields[0], id: id, group: group, home: home)
        }
        return nil
    }

    /// The lines of a table, by their fields.
    private static func table(_ path: String) -> [[String]] {
        let bytes = (try? Files.read(path, limit: 4 << 20)) ?? []
        return bytes.split(separator: UInt8(ascii: "\n")).map { line in
            line.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
                .map { String(decoding: $0, as: UTF8.self) }
        }
    }
}

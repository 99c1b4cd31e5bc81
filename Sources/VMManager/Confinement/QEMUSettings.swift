internal import Glibc
internal import SupervisorProtocol
public import VMCore

/// As whom the machines of root run, and whether machines are confined: the file `qemu.conf` beside the definitions' folder.
///
/// Lines are `name = value`, a value may stand in quotes, `#` begins a comment. `user` and `group` are names or numbers and
/// count for root alone, whose machines else run as `vmctl-qemu` where that user exists. `confinement = off` lets QEMU use
/// all files that its user may use. `trash_days` says how long images are kept that were taken away; 0 removes them at once.
public struct QEMUSettings: Hashable, Sendable {
    public var user: String?
    public var group: String?
    public var isConfined = true
    public var trashDays = ImageTrash.standardDays

    /// The user that an installation makes for QEMU.
    public static let standardUser = "vmctl-qemu"

    public init() {}

    /// Reads a file's text.
    ///
    /// - Throws: `invalid-argument`, with the line, for anything but the settings there are.
    public init(_ text: String, file: String) throws(VMError) {
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let words = line.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
            let content = Self.trimmed(words.first ?? "")
            if content.isEmpty { continue }
            let place = "\(file):\(index + 1)"
            let parts = content.split(separator: "=", maxSplits: 1).map(Self.trimmed)
            guard parts.count == 2 else {
                throw VMError(.invalidArgument, "\(place): '\(content)' is no setting", remedy: "write 'name = value'")
            }
            try set(parts[0], Self.unquoted(parts[1]), place)
        }
    }

    private mutating func set(_ name: String, _ value: String, _ place: String) throws(VMError) {
        let names = ["user", "group", "confinement", "trash_days"]
        switch name {
        case "user": user = value
        case "group": group = value
        case "confinement":
            guard value == "on" || value == "off" else {
                throw VMError(
                    .invalidArgument, "\(place): confinement can't be '\(value)'", remedy: "it is 'on' or 'off'")
            }
            isConfined = value == "on"
        case "trash_days":
            guard let days = Int(value), days >= 0, days <= 36_500 else {
                throw VMError(
                    .invalidArgument, "\(place): trash_days can't be '\(value)'", remedy: "it is a number of days")
            }
            trashDays = days
        default:
            let near = NearMatch.best(for: name, among: names).map { "did you mean '\($0)'?" }
            throw VMError(
                .invalidArgument, "\(place): there is no setting '\(name)'",
                remedy: Remedy(near ?? "the settings are user, group, confinement and trash_days"))
        }
    }

    private static func trimmed(_ text: Substring) -> String {
        String(text.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }

    private static func unquoted(_ text: String) -> String {
        guard text.count >= 2, let first = text.first, first == text.last, first == "\"" || first == "'" else {
            return text
        }
        return String(text.dropFirst().dropLast())
    }

    /// The settings of the file of that path; the standard ones where there is none.
    public static func read(_ path: String) throws(VMError) -> QEMUSettings {
        guard Files.exists(path) else { return QEMUSettings() }
        let bytes = try OwnFiles.readFollowing(path, limit: 1 << 16)
        return try QEMUSettings(String(decoding: bytes, as: UTF8.self), file: path)
    }

    /// Whom root's QEMU becomes: the user that is set, else the standard one; nil for root itself, where the standard one
    /// doesn't exist or `root` is set.
    ///
    /// - Parameter label: the user and group of the document's `<seclabel model='dac'>`, which go before the settings.
    /// - Throws: `invalid-argument` when a user or group that is named isn't there.
    func account(label: String? = nil) throws(VMError) -> HostUser? {
        var names = (user: user, group: group)
        if let label {
            let parts = label.split(separator: ":", maxSplits: 1).map { String($0) }
            names = (parts.first, parts.count > 1 ? parts[1] : nil)
        }
        guard var account = try Self.find(names.user) else { return nil }
        if let group = names.group { account.group = try Self.findGroup(group) }
        // The devices that acceleration and rendering take.
        for device in ["/dev/kvm", "/dev/dri/renderD128", "/dev/vhost-net"] {
            var status = stat()
            guard stat(device, &status) == 0, status.st_gid != 0, !account.groups.contains(status.st_gid) else {
                continue
            }
            account.groups.append(status.st_gid)
        }
        return account.id == 0 ? nil : account
    }

    private static func find(_ name: String?) throws(VMError) -> HostUser? {
        guard let name else { return HostUser.find(standardUser) }
        if let user = HostUser.find(name) { return user }
        // libvirt writes numbers as '+107'.
        if let id = UInt32(name.hasPrefix("+") ? String(name.dropFirst()) : name) {
            if let known = HostUser.find(id) { return HostUser.find(known.name) ?? known }
            return HostUser(name: "\(id)", id: id, group: id)
        }
        throw VMError(
            .invalidArgument, "there is no user '\(name)' for QEMU to run as",
            remedy: "make one (useradd --system \(name)), or name another")
    }

    private static func findGroup(_ name: String) throws(VMError) -> UInt32 {
        if let id = HostUser.group(name) ?? UInt32(name.hasPrefix("+") ? String(name.dropFirst()) : name) { return id }
        throw VMError(.invalidArgument, "there is no group '\(name)' for QEMU to run as")
    }
}

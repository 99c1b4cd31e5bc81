internal import CVMSystem
internal import Glibc

/// A device that shares another one of the host with it: what a guest sends leaves by that under an address of its own.
///
/// Unlike a tap device it doesn't go with those who have it open. So it bears the machine's UUID, by which whoever clears up
/// after the machine finds it.
public struct MacVTap: Sendable, Hashable {
    /// What becomes of packets between guests that share a device.
    public enum Mode: String, Sendable, CaseIterable {
        /// They go out, and a switch sends them back.
        case vepa
        /// They don't get through.
        case `private`
        /// They go straight over.
        case bridge
        /// There is one guest alone, which has the whole device.
        case passthrough

        fileprivate var number: UInt32 {
            switch self {
            case .private: UInt32(VMS_MACVTAP_PRIVATE)
            case .vepa: UInt32(VMS_MACVTAP_VEPA)
            case .bridge: UInt32(VMS_MACVTAP_BRIDGE)
            case .passthrough: UInt32(VMS_MACVTAP_PASSTHROUGH)
            }
        }
    }

    public let link: NetworkLink

    private static let folder = "/sys/class/net"
    private static let most = 8192

    /// What is written beside a machine's devices.
    private static func mark(_ machine: UUID) -> String { "vmctl \(machine)" }

    /// Makes one.
    ///
    /// - Parameters:
    ///   - name: the device's name; the first `macvtap` with a number that is free where it is nil.
    ///   - parent: the device that is shared.
    ///   - machine: whose it is.
    public static func make(
        _ name: String?, on parent: String, _ mode: Mode, _ mac: MACAddress?, for machine: UUID
    ) throws(VMError) -> MacVTap {
        guard NetworkLink(parent).index != nil else {
            throw VMError(.notFound, "the host has no network device '\(parent)'")
        }
        removeOrphan(of: parent, mac)
        let names = name.map { [$0] } ?? (0..<most).map { "macvtap\($0)" }
        var code = EEXIST
        var made = ""
        for candidate in names where NetworkLink(candidate).index == nil {
            made = candidate
            let bytes = mac.map(\.bytes)
            code =
                if let bytes {
                    vms_macvtap_make(candidate, parent, mode.number, bytes)
                } else {
                    vms_macvtap_make(candidate, parent, mode.number, nil)
                }
            if code != EEXIST { break }
        }
        let what = "cannot make a macvtap device on '\(parent)'"
        switch code {
        case 0: break
        case EEXIST: throw .system("\(what) with the name '\(name ?? "macvtap")'", errno: code)
        case EBUSY, EINVAL:
            throw .system(
                what, errno: code,
                remedy:
                    "see what shares '\(parent)' already with 'ip -d link': a device in mode 'passthrough', and a bridge's "
                    + "port, is shared with nobody")
        case EADDRINUSE: throw .system("\(what) with the address \(mac.map { "\($0)" } ?? "")", errno: code)
        default: throw .system(what, errno: code)
        }
        Failpoint.reached("macvtap.made")
        let device = MacVTap(link: NetworkLink(made))
        do throws(VMError) {
            let code = vms_link_set_alias(made, mark(machine))
            if code != 0 { throw .system("cannot mark '\(made)' as a machine's", errno: code) }
            return device
        } catch {
            try? device.link.remove()
            throw error
        }
    }

    /// Opens a queue of it.
    public func open(carriesVirtioHeader: Bool, hasManyQueues: Bool) throws(VMError) -> FileDescriptor {
        guard let index = link.index else { throw VMError(.notFound, "the network device '\(link.name)' is gone") }
        let path = "/dev/tap\(index)"
        // udev may be at it.
        let deadline = Deadline.after(.seconds(5))
        while !Files.exists(path), !deadline.hasPassed { Poll.sleep(.milliseconds(5)) }
        let file = try Self.openFile(path)
        let code = vms_macvtap_configure(file.raw, carriesVirtioHeader, hasManyQueues)
        if code != 0 { throw .system("cannot open the macvtap device '\(link.name)'", errno: code) }
        return file
    }

    private static func openFile(_ path: String) throws(VMError) -> FileDescriptor {
        do throws(VMError) {
            return try FileDescriptor.open(path, flags: O_RDWR | O_NONBLOCK | O_NOFOLLOW)
        } catch {
            throw VMError(
                error.code, error.message,
                remedy: "macvtap devices need a /dev in which the kernel makes files, which a container may lack")
        }
    }

    /// Removes one device of a machine; nothing happens when it is another kind of device, or somebody else's.
    public static func remove(_ name: String, of machine: UUID) {
        let link = NetworkLink(name)
        if link.index != nil, text(link, "ifalias") == mark(machine) { try? link.remove() }
    }

    /// Removes all devices of a machine that has no process any more, or of one that is gone.
    public static func removeAll(of machine: UUID) {
        let mark = mark(machine)
        for link in all where text(link, "ifalias") == mark { try? link.remove() }
    }

    /// Removes a device that was made for the same card by a process that was killed before it could mark it.
    private static func removeOrphan(of parent: String, _ mac: MACAddress?) {
        guard let mac, let below = NetworkLink(parent).index.map({ String($0) }) else { return }
        for link in all
        where text(link, "iflink") == below && text(link, "ifalias") == "" && text(link, "address") == "\(mac)"
            && text(link, "operstate") == "down" && Files.exists("\(folder)/\(link.name)/macvtap")
        {
            try? link.remove()
        }
    }

    private static var all: [NetworkLink] { ((try? Folders.list(folder)) ?? []).map { NetworkLink($0) } }

    private static func text(_ link: NetworkLink, _ name: String) -> String {
        let bytes = (try? Files.read("\(folder)/\(link.name)/\(name)", limit: 4096, regularOnly: false)) ?? []
        return String(decoding: bytes.prefix { $0 != 0x0a }, as: UTF8.self)
    }

    /// How many devices of this kind share each of these.
    public static func count(on parent: String) -> Int {
        ((try? Folders.list("\(folder)/\(parent)")) ?? []).count { $0.hasPrefix("upper_") }
    }
}

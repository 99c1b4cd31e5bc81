internal import Glibc
internal import VMCore

/// A unit of systemd's for processes that it hasn't started: where systemd runs the host, the tree of control groups is its
/// own, and part of it is handed over for the asking.
struct SystemdScope {
    let name: String
    let description: String
    /// The slice that it is in; nil is the one for a user's programs.
    let slice: String?
    /// Whether it is asked of the user's own systemd.
    let isOfUser: Bool

    /// How long systemd may take.
    private static let patience = Duration.seconds(10)

    /// What speaks with systemd; a part of it.
    static let programs = ["/usr/bin/busctl", "/bin/busctl"]

    /// Asks for the unit, with these processes in it, and waits until the first of them is there.
    ///
    /// - Returns: the unit's group, as `/proc/PID/cgroup` names it.
    func make(for processes: [Int32], by programs: [String] = programs) throws(VMError) -> String {
        guard let program = programs.first(where: { access($0, X_OK) == 0 }) else {
            throw failure("the program 'busctl' of systemd is not installed", nil)
        }
        let deadline = Deadline.after(Self.patience)
        let words = try FileDescriptor.memory([], name: "vmctl-busctl")
        var request = SpawnRequest(executable: program, arguments: arguments(for: processes), workingDirectory: "/")
        request.descriptors = [.init(words.raw, as: 2)]
        request.diesWithParent = true
        let handle = try SpawnedProcess.spawn(request).takeHandle()
        guard let exit = ProcessExit.wait(for: handle, until: deadline) else {
            sendSignal(SIGKILL, to: handle)
            _ = ProcessExit.wait(for: handle, until: .after(.seconds(1)))
            throw failure("systemd has not answered in time", nil)
        }
        guard exit == .exited(0) else {
            lseek(words.raw, 0, SEEK_SET)
            let text = (try? words.readToEnd("busctl", limit: 1 << 16)) ?? []
            throw failure("systemd refuses it", VMError(.io, PrintableText.line(String(decoding: text, as: UTF8.self))))
        }
        // The answer only says that it is under way.
        while true {
            let group = processes.first.flatMap { ControlGroupMembership.of($0).unified }
            if let group, group.hasSuffix("/" + name) { return group }
            if deadline.hasPassed { throw failure("systemd has not moved the machine's processes in time", nil) }
            Poll.sleep(.milliseconds(1))
        }
    }

    private func failure(_ why: String, _ cause: VMError?) -> VMError {
        VMError(
            .unsupported, "cannot get a control group for the machine: \(why)",
            remedy: isOfUser ? "see that 'systemctl --user status' works, or take the limits out of the document" : nil,
            cause: cause)
    }

    /// The call of `StartTransientUnit`, whose arguments are a name, a mode, properties with their types, and no further
    /// units.
    private func arguments(for processes: [Int32]) -> [String] {
        var properties = [
            ["Description", "s", description], ["Delegate", "b", "true"], ["CollectMode", "s", "inactive-or-failed"],
            ["PIDs", "au", "\(processes.count)"] + processes.map { "\($0)" },
        ]
        if let slice { properties.append(["Slice", "s", slice]) }
        return [
            isOfUser ? "--user" : "--system", "--no-pager", "call", "org.freedesktop.systemd1",
            "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager", "StartTransientUnit", "ssa(sv)a(sa(sv))",
            name, "fail", "\(properties.count)",
        ] + properties.flatMap { $0 } + ["0"]
    }

    /// The slice of a partition: `machine-prod.slice` for `/machine/prod`.
    static func slice(of partition: String) -> String {
        let parts = partition.split(separator: "/").map { part in
            part.utf8.map { byte -> String in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                    return String(UnicodeScalar(byte))
                default:
                    let digits = String(byte, radix: 16)
                    return "\\x" + (digits.utf8.count < 2 ? "0" : "") + digits
                }
            }.joined()
        }
        return parts.isEmpty ? "-.slice" : parts.joined(separator: "-") + ".slice"
    }
}
